//! A document system stamps: a clerk's session lets it, nothing else does.

use std::time::Duration;

use anyhow::Context;
use kyso_api::encoding::encode_base64;
use kyso_api::management::{NewStampingSession, StampRequest, StampingSession};
use kyso_client::{Client, Secret};
use kyso_core::{Clock, SystemClock};

use super::narrate::held;
use super::paper::{self, Paper, RSA_SHA256, SHA256};
use super::patience::patiently;
use super::verdict::refused;
use crate::province::Province;

/// Purpose: a confirmation, which nobody has to sign first.
const CONFIRM: &str = "XAC_NHAN";
/// Purpose: issuing an outgoing document, which goes with the PDF alone.
const ISSUE: &str = "PHAT_HANH";
/// Purpose: an appendix in a file of its own.
pub(super) const APPENDIX: &str = "PHU_LUC";
/// Purpose: a certified translation; not among the session's.
const TRANSLATION: &str = "BAN_DICH";

/// The clerk, logged in, with the sessions that were opened.
#[derive(Debug)]
pub(super) struct Sessions {
    clerk: Client,
    /// For what the system vouches for.
    confirming: StampingSession,
}

pub(super) fn open_sessions(province: &Province) -> anyhow::Result<Sessions> {
    let account = &province.clerk;
    let clerk = patiently(&account.authenticator, |otp| account.log_in(Some(otp)))?;
    let confirming = open(province, &clerk, stamp_of(province)?, &[CONFIRM])?;
    held(&format!(
        "{} opened a stamping session for the seal that signs digests: {} stamps until {}, to confirm",
        account.login, confirming.limit, confirming.until
    ));
    open(
        province,
        &clerk,
        &province.credentials.seal,
        &[CONFIRM, ISSUE, APPENDIX],
    )?;
    held("and one for the agency's seal: to issue, for appendices, and even to confirm");
    Ok(Sessions { clerk, confirming })
}

fn open(
    province: &Province,
    clerk: &Client,
    seal: &str,
    purposes: &[&str],
) -> anyhow::Result<StampingSession> {
    let until = SystemClock.now().after(Duration::from_hours(1)).to_string();
    let purposes: Vec<String> = purposes.iter().map(|&one| one.to_owned()).collect();
    patiently(&province.clerk.authenticator, |otp| {
        clerk.open_stamping_session(&NewStampingSession {
            client: province.document_system.id.clone(),
            credential: seal.to_owned(),
            limit: 20,
            until: until.clone(),
            purposes: purposes.clone(),
            otp: Secret::new(otp),
        })
    })
}

/// The seal that signs what the document system vouches for.
fn stamp_of(province: &Province) -> anyhow::Result<&str> {
    let stamp = province.credentials.stamp.as_deref();
    stamp.context("the agency has no seal for digests")
}

pub(super) fn stamp(province: &Province, paper: &Paper) -> anyhow::Result<()> {
    let system = province.document_system.log_in(&province.office)?;
    held("the document system proved itself with a signed assertion (private_key_jwt)");
    let seal = stamp_of(province)?;
    let draft = paper.draft(&paper::certificates(&system, seal)?)?;
    let key = uuid::Uuid::now_v7().to_string();
    let request = request(seal, &draft.digest(), paper, CONFIRM);
    let first = system.stamp(&key, &request)?;
    held(&format!(
        "POST /api/v1/stamps: \"{}\" stamped in one call",
        paper.name
    ));
    let again = system.stamp(&key, &request)?;
    anyhow::ensure!(
        first.signatures == again.signatures,
        "a retry was answered differently"
    );
    held("the same call again, as after a lost answer: the same signature, nothing signed twice");
    paper.complete(draft, first.signatures.first().map_or("", |s| s))?;
    held(&format!("wrote {}", paper.signature().display()));
    Ok(())
}

pub(super) fn not_allowed(
    province: &Province,
    paper: &Paper,
    sessions: &Sessions,
) -> anyhow::Result<()> {
    let system = province.document_system.log_in(&province.office)?;
    let (seal, stamp) = (&province.credentials.seal, stamp_of(province)?);
    let try_it = |request: &StampRequest| {
        let key = uuid::Uuid::now_v7().to_string();
        system.stamp(&key, request)
    };
    let other = try_it(&request(stamp, &[1; 32], paper, TRANSLATION));
    let other = refused("forbidden", other)?;
    held(&format!(
        "a stamp for a purpose that the clerk did not name: {other}"
    ));
    for (purpose, what) in [(ISSUE, "an outgoing document"), (CONFIRM, "a confirmation")] {
        let blind = try_it(&request(seal, &[4; 32], paper, purpose));
        let blind = refused("evidence_required", blind)?;
        held(&format!(
            "{what} by its digest alone, with the agency's seal: {blind}"
        ));
    }
    let mut secret = request(stamp, &[2; 32], paper, CONFIRM);
    for document in &mut secret.documents {
        document.secrecy = Some("mật".to_owned());
    }
    let secret = refused("secrecy_refused", try_it(&secret))?;
    held(&format!("a secret document: {secret}"));
    sessions
        .clerk
        .close_stamping_session(&sessions.confirming.id)?;
    held("the clerk closed the session");
    let outside = try_it(&request(stamp, &[3; 32], paper, CONFIRM));
    let outside = refused("no_stamping_session", outside)?;
    held(&format!("a stamp outside its session: {outside}"));
    Ok(())
}

fn request(seal: &str, digest: &[u8], paper: &Paper, purpose: &str) -> StampRequest {
    StampRequest {
        credential: seal.to_owned(),
        hashes: vec![encode_base64(digest)],
        hash_algorithm: SHA256.to_owned(),
        sign_algorithm: RSA_SHA256.to_owned(),
        sign_algorithm_params: None,
        documents: vec![paper.document(purpose)],
        time_stamp: false,
    }
}
