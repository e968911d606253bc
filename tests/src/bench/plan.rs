//! What the benchmark runs: a server of its own, a stamping session, and one window after another.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use anyhow::Context;
use kyso_api::management::NewStampingSession;
use kyso_client::Secret;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::floor::{EmptyCall, lanes};
use super::{Call, CountBound, HashBound, Order};
use super::{Figures, Floor, Process, Standing, Window, Written, measure};
use crate::province::{Codes, Province};
use crate::server::{Plan, Server, Site};

/// How long and how wide.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Each window.
    pub span: Duration,
    /// Before each window.
    pub warm_up: Duration,
    /// Windows for each figure; the median counts.
    pub windows: usize,
}

/// A server with a province, ready to be loaded.
#[derive(Debug)]
pub struct Bench {
    server: Server,
    province: Province,
    tls: Arc<ClientConfig>,
    counter: Arc<AtomicU64>,
}

/// What the calls' one-time permissions are bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sad {
    /// One for so many signatures as policy lets a session have, then the next.
    Count,
    /// One for each call, for its hashes: each call is two.
    Hashes,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    /// Kind of key.
    pub algorithm: &'a str,
    /// Kept-alive connections.
    pub connections: usize,
    /// Hashes in one call.
    pub hashes: usize,
    /// What its permissions are bound to.
    pub sad: Sad,
}

impl Bench {
    /// Starts a server in this directory, with these lines more in its HSM profile, and sets a
    /// province up on it whose clerk has opened a stamping session for each seal.
    ///
    /// # Errors
    /// If the server does not start or refuses a step.
    pub fn start(
        directory: &Path,
        program: &Path,
        postgres: Option<String>,
        profile: &str,
    ) -> anyhow::Result<Self> {
        let mut plan = Plan::new(directory, program);
        plan.postgres = postgres;
        profile.clone_into(&mut plan.profile);
        // The policy's ceiling is 500 stamps a session; a window makes a hundred thousand.
        "[limits]\nsession_signatures = 100000000\n".clone_into(&mut plan.more);
        let site = Site::prepare(plan)?;
        site.run(&["migrate"])?;
        let codes = Codes::read(&site.run(&["bootstrap"])?)?;
        let server = Server::start(&site)?;
        let bench = Self {
            tls: Arc::new(trusting(&site)?),
            server,
            province: Province::found(&site, &codes, 0)?,
            counter: Arc::default(),
        };
        bench.open_sessions()?;
        Ok(bench)
    }

    /// Stops the server and starts it again; how long it took until it was ready.
    ///
    /// # Errors
    /// If it does not stop or does not start.
    pub fn restart(self) -> anyhow::Result<(Self, Duration)> {
        let site = self.site().clone();
        self.server.stop()?;
        let started = Instant::now();
        let server = Server::start(&site)?;
        Ok((Self { server, ..self }, started.elapsed()))
    }

    /// Where the server's files are.
    pub const fn site(&self) -> &Site {
        self.server.site()
    }

    /// The people and agencies on it.
    pub const fn province(&self) -> &Province {
        &self.province
    }

    /// Runs the windows of one load; the median, and what all of them wrote.
    ///
    /// # Errors
    /// If the server refuses the set-up or breaks a connection.
    pub fn run(&self, load: Load<'_>, extent: Extent) -> anyhow::Result<(Figures, Written)> {
        let before = Standing::of(self.site())?;
        let order = self.order(load)?;
        let figures = match load.sad {
            Sad::Count => self.windows(load, extent, || CountBound::new(order.clone())),
            Sad::Hashes => self.windows(load, extent, || HashBound::new(order.clone())),
        };
        Ok((figures?, before.until(&Standing::of(self.site())?)))
    }

    /// What a signature of this load takes at least: the lanes, and a call that does nothing.
    ///
    /// # Errors
    /// If the token does not sign or the server breaks a connection.
    pub fn floor(&self, load: Load<'_>, extent: Extent, raw: f64) -> anyhow::Result<Floor> {
        let (connections, seconds) = (load.connections, extent.span.as_secs());
        Ok(Floor {
            algorithm: load.algorithm.to_owned(),
            hashes_per_call: load.hashes,
            lanes_per_second: lanes(
                self.site(),
                load.algorithm,
                load.hashes,
                connections,
                seconds,
            )?,
            calls_per_second: self
                .windows(load, extent, || EmptyCall)?
                .signatures_per_second,
            raw,
        })
    }

    fn order(&self, load: Load<'_>) -> anyhow::Result<Order> {
        let credential = match load.algorithm {
            "rsa-2048" => &self.province.credentials.seal,
            _ => &self.province.credentials.seal_p256,
        };
        Ok(Order {
            token: self.province.document_system.token(&self.province.office)?,
            credential: credential.clone(),
            algorithm: load.algorithm.to_owned(),
            hashes: load.hashes,
            counter: Arc::clone(&self.counter),
        })
    }

    fn windows<C: Call>(
        &self,
        load: Load<'_>,
        extent: Extent,
        call: impl Fn() -> C,
    ) -> anyhow::Result<Figures> {
        let window = Window {
            address: SocketAddr::from(([127, 0, 0, 1], self.site().public_port())),
            tls: Arc::clone(&self.tls),
            server: Process(self.server.id()),
            warm_up: extent.warm_up,
            span: extent.span,
        };
        let windows = (0..extent.windows)
            .map(|_| measure(&window, (0..load.connections).map(|_| call()).collect()))
            .collect::<anyhow::Result<Vec<_>>>()?;
        Figures::median(windows).context("no windows")
    }

    /// A clerk opens a stamping session for each seal; the system draws its SADs from it.
    fn open_sessions(&self) -> anyhow::Result<()> {
        for credential in [
            &self.province.credentials.seal,
            &self.province.credentials.seal_p256,
        ] {
            let clerk = self
                .province
                .clerk
                .log_in(Some(self.province.clerk.authenticator.code()?))?;
            clerk.open_stamping_session(&NewStampingSession {
                client: self.province.document_system.id.clone(),
                credential: credential.clone(),
                limit: 100_000_000,
                until: in_eight_hours()?,
                purposes: vec!["PHAT_HANH".to_owned()],
                otp: Secret::new(self.province.clerk.authenticator.code()?),
            })?;
        }
        Ok(())
    }
}

/// Nearly the longest that a stamping session may last.
pub(super) fn in_eight_hours() -> anyhow::Result<String> {
    use time::format_description::well_known::Rfc3339;
    let until = time::OffsetDateTime::now_utc() + time::Duration::minutes(7 * 60 + 50);
    Ok(until.format(&Rfc3339)?)
}

/// A client's TLS that trusts the site's CA.
pub(super) fn trusting(site: &Site) -> anyhow::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(site.ca()?.as_bytes()) {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
