//! Whatever may be put before a signer, the pages on which they read it and decide stay under 100 KB.

use std::time::Duration;

use kyso_core::id::{ApprovalId, ClientId, CredentialId, PersonId};
use kyso_core::model::{
    Approval, ApprovalDocument, ApprovalFile, ApprovalState, ApprovalWay, Decision, Urgency,
};
use kyso_core::policy::{approved_together, fits_a_page, room_for_pictures};
use kyso_core::request::DocumentFacts;
use kyso_core::{Digest, HashAlgorithm, SignatureScheme, Snapshot, Timestamp};
use kyso_web::{
    Approve, Decline, Foreign, Frame, Language, Moment, PICTURES, Problems, RequestPage, Results,
    Role, Unseen, Viewer, Way, assets,
};

use super::inbox;
use crate::http::approving::End;

/// A reader with every role and the longest name that the server takes.
fn frame(language: Language, requests: usize) -> Frame {
    let id = ApprovalId::random().to_string();
    Frame {
        language,
        here: format!("/ui/approve?{}", format!("id={id}&").repeat(requests)),
        csrf: "0f".repeat(32),
        viewer: Some(Viewer {
            name: Foreign::new(&"&".repeat(500)),
            roles: vec![
                Role::Leader,
                Role::RecordsClerk,
                Role::SubscriberManager,
                Role::SecurityOfficer,
                Role::Operator,
            ],
        }),
        evaluation: true,
        waiting: 1_000,
        unseen: Unseen {
            alarms: 1_000,
            disputes: 1_000,
        },
    }
}

/// As much as may be said of a document, in this letter.
fn long(letter: &str) -> DocumentFacts {
    let text = |most| Some(letter.repeat(most));
    DocumentFacts {
        summary: text(500),
        authority: text(64),
        drafter: text(64),
        label: text(499),
        number: text(64),
        purpose: text(64),
        recipients: Some(format!("{letter};").repeat(250)),
        secrecy: Some("thường".to_owned()),
        symbol: text(64),
        kind: text(64),
        urgency: text(64),
    }
}

/// A document as offices have it.
fn usual() -> DocumentFacts {
    let text = |text: &str| Some(text.to_owned());
    DocumentFacts {
        summary: text("Quyết định về việc phê duyệt kế hoạch ứng dụng chữ ký số trong tỉnh"),
        authority: Some(PersonId::random().to_string()),
        drafter: text("Phạm Thị Thúy Ưu"),
        label: text("Tờ trình.pdf"),
        number: text("7816"),
        purpose: text("KY_DUYET"),
        recipients: text("Các sở, ban, ngành; Ủy ban nhân dân các xã, phường; Lưu: VT, TH2"),
        secrecy: text("thường"),
        symbol: text("QĐ-UBND-TH2"),
        kind: text("Quyết định"),
        urgency: text("hỏa tốc"),
    }
}

fn brief() -> DocumentFacts {
    DocumentFacts {
        label: Some("x".to_owned()),
        ..DocumentFacts::default()
    }
}

fn digest() -> Digest {
    Digest::new(HashAlgorithm::Sha512, &[7; 64]).unwrap()
}

fn file() -> ApprovalFile {
    ApprovalFile {
        sha256: [7; 32],
        before: [7; 32],
        range: digest(),
        field: "ChuKy".to_owned(),
        pages: vec![[7; 32]; 200],
        drawn: None,
    }
}

fn request(documents: Vec<ApprovalDocument>) -> Approval {
    let at = Timestamp::from_seconds(1_795_654_800);
    Approval {
        id: ApprovalId::random(),
        client: ClientId::random(),
        person: PersonId::random(),
        credential: CredentialId::random(),
        way: ApprovalWay::Sign,
        scheme: Some(SignatureScheme::RsaPss {
            hash: HashAlgorithm::Sha512,
            salt: 64,
        }),
        documents,
        urgency: Urgency::Express,
        key: (String::new(), [0; 32]),
        callback: None,
        files_key: None,
        submitted_at: at,
        due_at: Some(at),
        open_until: at.after(Duration::from_hours(24)),
        state: ApprovalState::Opened,
        state_at: at,
        reason: None,
        made_by: None,
    }
}

fn of(facts: &DocumentFacts, file: Option<ApprovalFile>) -> ApprovalDocument {
    ApprovalDocument {
        digest: digest(),
        facts: facts.clone(),
        file,
    }
}

/// Every kind of document, by itself and with its file.
fn kinds() -> Vec<ApprovalDocument> {
    let letters = ["x", "ế", "&", "\u{336}", "\u{200B}", "\u{3164}", "👍"];
    let facts = letters.into_iter().map(long).chain([usual(), brief()]);
    let both = facts.flat_map(|facts| [None, Some(file())].map(|file| of(&facts, file)));
    both.collect()
}

fn assert_light(name: &str, about: &Approval, html: &str) {
    let files: usize = assets().iter().map(|asset| asset.bytes.len()).sum();
    let (bytes, documents) = (html.len() + files, about.documents.len());
    let first = about.documents.first().cloned();
    let text = first.and_then(|one| one.facts.summary).unwrap_or_default();
    let letter = text.chars().next();
    assert!(
        bytes < 100 * 1024,
        "{name} of {documents} in {letter:?}: {bytes}"
    );
}

const NOW: Timestamp = Timestamp::from_seconds(1_795_658_400);

fn request_page(snapshot: &Snapshot, approval: &Approval, language: Language) -> String {
    let pictures = PICTURES.min(room_for_pictures(snapshot, approval));
    let view = RequestPage {
        frame: frame(language, 1),
        id: approval.id.to_string(),
        state: inbox::state(approval.state),
        system: Foreign::new(&approval.client.to_string()),
        received: inbox::moment(approval.submitted_at),
        due: approval.due_at.map(inbox::moment),
        overdue: true,
        credential: inbox::credential(snapshot, approval),
        authority: inbox::authority(snapshot, approval),
        reason: inbox::reason(approval, language),
        documents: inbox::documents(approval, language, pictures),
        terms: inbox::terms(approval),
        may_decide: true,
    };
    view.render()
}

fn approve_page(snapshot: &Snapshot, asked: &[Approval], language: Language) -> String {
    let shown = |one| inbox::shown(snapshot, one, NOW, language);
    let view = Approve {
        frame: frame(language, asked.len()),
        nothing_approved: true,
        left_out: Vec::new(),
        requests: asked.iter().map(shown).collect(),
        shown: "0f".repeat(32),
        until: Moment::from_micros(NOW.as_micros()),
        problems: Problems::none().and("otp", "Mã xác thực không đúng"),
    };
    view.render()
}

fn decline_page(approval: &Approval, language: Language) -> String {
    let documents = approval.documents.iter();
    let view = Decline {
        frame: frame(language, 1),
        id: approval.id.to_string(),
        way: Way::Return,
        subjects: documents.map(|one| inbox::subject(&one.facts)).collect(),
        reason: Foreign::new(&"&".repeat(500)),
        problems: Problems::none().and("otp", "Mã xác thực không đúng"),
    };
    view.render()
}

fn results_page(asked: &[Approval], language: Language) -> String {
    let end = End::Decided(Decision::Failed("unavailable"));
    let rows = asked
        .iter()
        .flat_map(|one| inbox::results(one, &end, language));
    let view = Results {
        rows: rows.collect(),
        frame: frame(language, asked.len()),
    };
    view.render()
}

#[test]
fn the_largest_request_of_each_kind_has_light_pages() {
    let snapshot = Snapshot::default();
    for document in kinds() {
        let asked = (1..=200).map(|documents| request(vec![document.clone(); documents]));
        let fitting = asked.take_while(|one| room_for_pictures(&snapshot, one) > 0);
        let open = fitting.last().expect("one document fits");
        let returned = Approval {
            state: ApprovalState::Returned,
            reason: Some("&".repeat(500)),
            ..open.clone()
        };
        for language in [Language::Vietnamese, Language::English] {
            let one = std::slice::from_ref(&open);
            for (name, html) in [
                ("request", request_page(&snapshot, &open, language)),
                ("returned", request_page(&snapshot, &returned, language)),
                ("approve", approve_page(&snapshot, one, language)),
                ("decline", decline_page(&open, language)),
                ("results", results_page(one, language)),
            ] {
                assert_light(name, &open, &html);
            }
        }
    }
}

#[test]
fn as_many_requests_as_are_approved_together_have_light_pages() {
    let snapshot = Snapshot::default();
    for document in kinds() {
        let asked: Vec<Approval> = (0..51).map(|_| request(vec![document.clone()])).collect();
        let fits = |most: &usize| {
            let some = &asked[..*most];
            approved_together(some.iter().map(|one| one.documents.len()))
                && fits_a_page(&snapshot, some)
        };
        let most = (1..=asked.len()).take_while(fits).last().unwrap();
        for language in [Language::Vietnamese, Language::English] {
            let approve = approve_page(&snapshot, &asked[..most], language);
            assert_light("approve together", &asked[0], &approve);
            let results = results_page(&asked[..most], language);
            assert_light("results together", &asked[0], &results);
        }
    }
}
