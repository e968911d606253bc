//! A document system stamps: a clerk's session lets it, nothing else does.

use std::time::Duration;

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

/// The clerk, logged in, with the session that was opened.
#[derive(Debug)]
pub(super) struct Session {
    clerk: Client,
    open: StampingSession,
}

pub(super) fn open_session(province: &Province) -> anyhow::Result<Session> {
    let clerk = &province.clerk;
    let client = patiently(&clerk.authenticator, |otp| clerk.log_in(Some(otp)))?;
    let until = SystemClock.now().after(Duration::from_hours(1)).to_string();
    let open = patiently(&clerk.authenticator, |otp| {
        client.open_stamping_session(&NewStampingSession {
            client: province.document_system.id.clone(),
            credential: province.credentials.seal.clone(),
            limit: 20,
            until: until.clone(),
            purposes: [CONFIRM, ISSUE, APPENDIX].map(str::to_owned).to_vec(),
            otp: Secret::new(otp),
        })
    })?;
    held(&format!(
        "{} opened a stamping session: {} stamps until {}, to confirm, to issue and for appendices",
        clerk.login, open.limit, open.until
    ));
    Ok(Session {
        clerk: client,
        open,
    })
}

pub(super) fn stamp(province: &Province, paper: &Paper) -> anyhow::Result<()> {
    let system = province.document_system.log_in(&province.office)?;
    held("the document system proved itself with a signed assertion (private_key_jwt)");
    let seal = &province.credentials.seal;
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
    session: &Session,
) -> anyhow::Result<()> {
    let system = province.document_system.log_in(&province.office)?;
    let seal = &province.credentials.seal;
    let try_it = |request: &StampRequest| {
        let key = uuid::Uuid::now_v7().to_string();
        system.stamp(&key, request)
    };
    let other = try_it(&request(seal, &[1; 32], paper, TRANSLATION));
    let other = refused("forbidden", other)?;
    held(&format!(
        "a stamp for a purpose that the clerk did not name: {other}"
    ));
    let blind = try_it(&request(seal, &[4; 32], paper, ISSUE));
    let blind = refused("evidence_required", blind)?;
    held(&format!(
        "an outgoing document by its digest alone: {blind}"
    ));
    let mut secret = request(seal, &[2; 32], paper, CONFIRM);
    for document in &mut secret.documents {
        document.secrecy = Some("mật".to_owned());
    }
    let secret = refused("secrecy_refused", try_it(&secret))?;
    held(&format!("a secret document: {secret}"));
    session.clerk.close_stamping_session(&session.open.id)?;
    held("the clerk closed the session");
    let outside = try_it(&request(seal, &[3; 32], paper, CONFIRM));
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
