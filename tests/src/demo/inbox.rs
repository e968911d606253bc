//! Documents that wait in the leader's inbox, for whoever opens the page.

use anyhow::Context as _;
use kyso_api::csc::Document;
use kyso_api::encoding::encode_base64;
use kyso_api::management::{Approval, NewApproval, Urgency};
use kyso_client::Secret;
use kyso_documents::pdf::{Limits, Request, Target, prepare};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::narrate::{held, say};
use super::outgoing::PAPER;
use super::paper::{RSA_SHA256, SHA256};
use super::patience::patiently;
use crate::deployment::Deployment;
use crate::province::Province;
use crate::server::tls::{self, fingerprint};

/// Type, number, symbol, abstract, urgency.
pub(super) const WAITING: [(&str, &str, &str, &str, Urgency); 4] = [
    (
        "Quyết định",
        "18",
        "QĐ-UBND",
        "Về việc kiện toàn Ban Chỉ đạo chuyển đổi số tỉnh giai đoạn 2026 - 2030",
        Urgency::Usual,
    ),
    (
        "Công văn",
        "402",
        "UBND-NC",
        "Về việc tăng cường bảo đảm an toàn thông tin trong dịp nghỉ lễ",
        Urgency::Express,
    ),
    (
        "Tờ trình",
        "56",
        "TTr-UBND",
        "Đề nghị ban hành Nghị quyết về mức thu phí, lệ phí khi thực hiện dịch vụ công trực tuyến",
        Urgency::Urgent,
    ),
    (
        "Thông báo",
        "91",
        "TB-UBND",
        "Kết luận của Chủ tịch UBND tỉnh tại phiên họp thường kỳ",
        Urgency::Usual,
    ),
];

pub(super) fn request(province: &Province, at: usize) -> Option<NewApproval> {
    let (kind, number, symbol, summary, urgency) = *WAITING.get(at)?;
    let text = |text: &str| Some(text.to_owned());
    Some(NewApproval {
        credential: province.credentials.leader.clone(),
        files: Vec::new(),
        compose: Vec::new(),
        hashes: vec![encode_base64(&Sha256::digest(summary))],
        hash_algorithm: SHA256.to_owned(),
        sign_algorithm: RSA_SHA256.to_owned(),
        sign_algorithm_params: None,
        documents: vec![Document {
            summary: text(summary),
            drafter: text("Trần Thị Bình"),
            kind: text(kind),
            number: text(number),
            symbol: text(symbol),
            recipients: text("Các sở, ban, ngành; UBND các xã, phường; Lưu: VT, NC"),
            purpose: text("KY_DUYET"),
            secrecy: text("thường"),
            ..Document::default()
        }],
        urgency: Some(urgency),
        due_at: None,
        open_until: None,
        callback: None,
    })
}

/// A decision whose file the leader is shown, with room for their signature.
///
/// # Errors
/// If the file cannot be prepared.
pub(super) fn with_file(province: &Province, credential: &str) -> anyhow::Result<NewApproval> {
    let target = Target::New {
        name: "Lãnh đạo".to_owned(),
        place: None,
    };
    let request = Request::new(target, OffsetDateTime::now_utc());
    let prepared = prepare(PAPER, &request, &Limits::default());
    let prepared = prepared.map_err(|refusal| anyhow::anyhow!(refusal.code()))?;
    let mut wanted = self::request(province, 0).context("there is one")?;
    credential.clone_into(&mut wanted.credential);
    wanted.hashes = Vec::new();
    wanted.files = vec![encode_base64(&[PAPER, prepared.unsigned()].concat())];
    for document in &mut wanted.documents {
        document.summary = Some("Về việc ban hành Quy chế quản lý, sử dụng chữ ký số".to_owned());
        document.number = None;
    }
    Ok(wanted)
}

/// The document system puts them before the leader; the first is approved here, the others wait.
pub(super) fn fill(province: &Province) -> anyhow::Result<()> {
    let system = province.document_system.log_in(&province.office)?;
    let mut asked: Vec<Approval> = Vec::new();
    for request in (0..WAITING.len()).filter_map(|at| request(province, at)) {
        // A key of its own each time: a run that finds the inbox as it was left adds to it.
        let key = uuid::Uuid::now_v7().to_string();
        asked.push(system.submit_approval(&key, &request)?);
    }
    let key = uuid::Uuid::now_v7().to_string();
    let shown = with_file(province, &province.credentials.leader)?;
    asked.push(system.submit_approval(&key, &shown)?);
    held(&format!(
        "the document system put {} documents before the leader, one of them with its file",
        asked.len()
    ));
    let leader = province.leader.log_in(None)?;
    let first: Vec<String> = asked.iter().take(1).map(|one| one.id.clone()).collect();
    let shown = leader.open_approvals(&first)?;
    let given = patiently(&province.leader.authenticator, |otp| {
        leader.give_approvals(&shown, Secret::new(otp))
    })?;
    let signed = given.iter().all(|end| end.state.name() == "signed");
    anyhow::ensure!(signed, "the approved document was not signed: {given:?}");
    let end = system.approval(first.first().map_or("", String::as_str))?;
    anyhow::ensure!(
        end.signatures.is_some(),
        "the system did not get its signature"
    );
    held(
        "the leader approved one of them, over what the page shows, and the system got the signature",
    );
    Ok(())
}

/// How to approve what waits.
///
/// # Errors
/// If somebody removed the CA.
pub(super) fn tell(deployment: &Deployment) -> anyhow::Result<()> {
    let (server, leader) = (&deployment.server, &deployment.province.leader);
    say(&format!(
        "{} documents wait in the leader's inbox:",
        WAITING.len()
    ));
    say(&format!(
        "  1. open {}/ui/ (the browser warns: trust {})",
        server.http().base(),
        server.site().path(tls::CA).display()
    ));
    if server.site().is_on_the_lan() {
        say(
            "     on a phone: send it that file and install it as a CA certificate, for this trial only",
        );
        say("     and compare its SHA-256 there:");
        say(&format!("     {}", fingerprint(&server.site().ca()?)?));
        say(
            "     (iOS: Settings > General > VPN & Device Management, then About > Certificate Trust Settings;",
        );
        say(
            "     Android: Settings > Security > Encryption & credentials > Install a certificate > CA)",
        );
    }
    say(&format!(
        "  2. log in as {} with password {}",
        leader.login, leader.password
    ));
    say("  3. choose documents, press \"Ký duyệt mục đã chọn\", and type what this prints:");
    say(&format!("     ops/otp {}", leader.authenticator.base32()));
    Ok(())
}
