//! A request with the file itself, whose pages the leader is shown.

use anyhow::Context as _;
use kyso_api::encoding::encode_base64;
use kyso_documents::pdf::{Limits, Request, Target, prepare};
use serde_json::json;
use time::OffsetDateTime;

use super::asking::{ECDSA_SHA256, SHA256};
use crate::province::Province;
use crate::server::Server;

/// A decision of one page.
const DECISION: &[u8] = include_bytes!("../../../vectors/outgoing/quyet-dinh.pdf");

/// Puts a decision before the leader, who opens it; the request's id.
pub(super) fn ask(server: &Server, province: &Province) -> anyhow::Result<String> {
    let target = Target::New {
        name: "LanhDao".to_owned(),
        place: None,
    };
    let request = Request::new(target, OffsetDateTime::now_utc());
    let prepared = prepare(DECISION, &request, &Limits::default())?;
    let file = [DECISION, prepared.unsigned()].concat();
    let document =
        json!({"label": "Quyết định 12/QĐ-UBND", "purpose": "KY_DUYET", "secrecy": "thường"});
    let body = json!({
        "credential": province.credentials.leader_p256,
        "files": [encode_base64(&file)],
        "hash_algorithm": SHA256,
        "sign_algorithm": ECDSA_SHA256,
        "documents": [document],
    });
    let system = province.document_system.token(&province.office)?;
    let call = server.http().post("/api/v1/approvals").bearer(&system);
    let made = call
        .header("Idempotency-Key", "pages-file")
        .json(&body)
        .done()?;
    let id: String = made.member("/id")?;
    let open = server.http().post("/api/v1/approvals/open");
    let opened = open
        .bearer(&province.leader.token()?)
        .json(&json!({"approvals": [id]}));
    opened.done().context("the request could not be opened")?;
    Ok(id)
}
