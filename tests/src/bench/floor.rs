//! What is left when everything is left out that could be: the lanes with nothing around them, and a call that does nothing.
//!
//! A signature cannot come out of the server for less than what these two take together, so they say which aims this
//! machine allows at all, before the first entry is written.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use futures_util::future::join_all;
use kyso_core::custody::{KeyCustody as _, LaneClass, ServerPurpose};
use kyso_core::{
    Digest, DigestOutcome, HashAlgorithm, KeyAlgorithm, KeyRef, SignJob, SignatureScheme,
};
use kyso_hsm::{HsmError, Token};
use kyso_hsm_config::Profile;
use serde::Serialize;

use super::calls::Call;
use crate::load::Connection;
use crate::server::Site;

/// The digests that are signed are of this kind, as in the calls over HTTPS.
const HASH: HashAlgorithm = HashAlgorithm::Sha256;

/// What a row of the table says at least takes place for each signature.
#[derive(Debug, Clone, Serialize)]
pub struct Floor {
    /// Kind of key.
    pub algorithm: String,
    /// Hashes in one call.
    pub hashes_per_call: usize,
    /// Signatures per second of the server's lanes by themselves: keys of the token, each signature verified.
    pub lanes_per_second: f64,
    /// Calls per second that the server answers without a question to database or token.
    pub calls_per_second: f64,
    /// The best raw rate.
    #[serde(skip)]
    pub raw: f64,
}

impl Floor {
    /// The head of the table.
    pub const HEADING: &str = "| key | hashes | lanes, sign/s | of raw | empty calls/s | both, sign/s | of raw |\n\
        |---|--:|--:|--:|--:|--:|--:|";

    /// Signatures per second if lanes and empty calls shared the cores and nothing else ran.
    pub fn both(&self) -> f64 {
        #[expect(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            reason = "a hundred at most"
        )]
        let hashes = self.hashes_per_call as f64;
        1.0 / (1.0 / self.lanes_per_second + 1.0 / (self.calls_per_second * hashes))
    }
}

impl std::fmt::Display for Floor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            algorithm,
            hashes_per_call,
            lanes_per_second,
            calls_per_second,
            raw,
        } = self;
        let (of_raw, both) = (lanes_per_second / raw, self.both());
        let both_of_raw = both / raw;
        write!(
            f,
            "| {algorithm} | {hashes_per_call} | {lanes_per_second:.0} | {of_raw:.2} | {calls_per_second:.0} | {both:.0} | {both_of_raw:.2} |"
        )
    }
}

/// `info`: nobody is asked who they are, and neither database nor token is asked anything.
#[derive(Debug)]
pub(super) struct EmptyCall;

impl Call for EmptyCall {
    fn perform(&mut self, connection: &mut Connection) -> anyhow::Result<Option<u64>> {
        let reply = connection.post("/csc/v1/info", "", b"{}")?;
        Ok((reply.status == 200).then_some(1))
    }
}

/// The lanes in this process: for the benchmark itself, which gives it the token of a site.
#[derive(Debug, Args)]
pub struct LanesCommand {
    profile: PathBuf,
    #[arg(value_parser = kind)]
    algorithm: KeyAlgorithm,
    hashes: usize,
    jobs: usize,
    seconds: u64,
}

impl LanesCommand {
    /// Makes a key, signs with it for a while, and prints signatures per second.
    ///
    /// # Errors
    /// If the token does not sign.
    pub fn run(&self) -> anyhow::Result<()> {
        let profile = Profile::parse(&std::fs::read_to_string(&self.profile)?)?;
        let token = Token::open(&profile, profile.pin.load(None)?)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        println!("{}", runtime.block_on(self.measure(&token))?);
        Ok(())
    }

    async fn measure(&self, token: &Token) -> anyhow::Result<f64> {
        // As for `kysod hsm init`: a token that was opened a moment ago may answer once neither yes nor no.
        let key = match token.generate_key(self.algorithm).await {
            Err(HsmError::Away) => token.generate_key(self.algorithm).await?,
            end => end?,
        };
        let signed = AtomicU64::new(0);
        let span = Duration::from_secs(self.seconds);
        let started = Instant::now();
        let callers = (0..self.jobs).map(|_| self.sign_for(token, &key, started + span, &signed));
        for end in join_all(callers).await {
            end?;
        }
        #[expect(
            clippy::as_conversions,
            clippy::cast_precision_loss,
            reason = "counts stay below 2^53"
        )]
        let signed = signed.into_inner() as f64;
        Ok(signed / started.elapsed().as_secs_f64())
    }

    async fn sign_for(
        &self,
        token: &Token,
        key: &KeyRef,
        end: Instant,
        signed: &AtomicU64,
    ) -> anyhow::Result<()> {
        let scheme = if self.algorithm.is_rsa() {
            SignatureScheme::RsaPkcs1(HASH)
        } else {
            SignatureScheme::Ecdsa(HASH)
        };
        let (digest, key) = (
            Digest::new(HASH, &[0x5a; 32])?,
            std::sync::Arc::new(key.clone()),
        );
        while Instant::now() < end {
            let place = token.admit(LaneClass::Stamp, &key);
            let place = place.map_err(|busy| anyhow::anyhow!("{busy:?}"))?;
            let digests = vec![digest; self.hashes];
            let purpose = ServerPurpose::CertificateRequest;
            let job = SignJob::of_server(key.clone(), purpose, scheme, digests);
            for outcome in token.sign(place, job).await {
                anyhow::ensure!(matches!(outcome, DigestOutcome::Signed(_)), "not signed");
                signed.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    }
}

fn kind(name: &str) -> anyhow::Result<KeyAlgorithm> {
    KeyAlgorithm::from_name(name).context("no such kind of key")
}

/// The lanes of this site's token, in a process of its own: the token is told by its environment.
///
/// # Errors
/// If it fails.
pub(super) fn lanes(
    site: &Site,
    algorithm: &str,
    hashes: usize,
    jobs: usize,
    seconds: u64,
) -> anyhow::Result<f64> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("lanes")
        .arg(site.path("hsm.toml"))
        .args([
            algorithm,
            &hashes.to_string(),
            &jobs.to_string(),
            &seconds.to_string(),
        ])
        .env("SOFTHSM2_CONF", site.path("softhsm2.conf"));
    let output = command.output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "the lanes alone: {told}");
    let rate = String::from_utf8(output.stdout)?;
    rate.trim().parse().context("no rate")
}
