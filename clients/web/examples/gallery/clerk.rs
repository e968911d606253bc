//! Samples for the records clerk.

use kyso_web::{
    Choice, Language, OpenStamping, Outcome, Problems, Role, SignatureRow, StampingSession,
    StampingSessionPage, StampingSessions, TimeStamped,
};

use super::documents::{SYSTEM, digest};
use super::everyone::language_text;
use super::{Page, frame, minute, titles};

const SEAL: &str = "Con dấu Văn phòng Ủy ban nhân dân tỉnh";

fn session(used: u32, open: bool) -> StampingSession {
    StampingSession {
        id: "s1".to_owned(),
        system: "Cổng dịch vụ công trực tuyến".into(),
        seal: SEAL.into(),
        opened_by: "Đặng Thị Ngọc Bích".into(),
        opened: minute(-45),
        until: minute(495),
        ended: (!open).then(|| minute(0)),
        used,
        limit: 500,
        purposes: vec!["Phát hành văn bản".into(), "Sao y".into()],
    }
}

pub(crate) fn sessions(language: Language, role: Role) -> String {
    StampingSessions {
        frame: frame(language, Some(role), "/ui/stamping"),
        may_open: role == Role::RecordsClerk,
        sessions: vec![session(137, true), session(500, false)],
        older: None,
    }
    .render()
}

fn choice(value: &str, shown: &str, chosen: bool) -> Choice {
    Choice {
        value: value.to_owned(),
        text: shown.into(),
        chosen,
    }
}

pub(crate) fn pages(language: Language) -> Vec<Page> {
    let stamp = |at: usize| SignatureRow {
        at: minute(-5),
        subject: titles()[at].clone(),
        others: 0,
        number: "12/QĐ-UBND".into(),
        purpose: "Phát hành văn bản".into(),
        system: SYSTEM.into(),
        count: 1,
        digest: digest(),
        entry: 1_204_881,
        call: None,
        disputed: None,
        outcome: [Outcome::Signed, Outcome::Failed, Outcome::Signed][at],
        time_stamp: [Some(TimeStamped::Held), None, Some(TimeStamped::GivenUp)][at],
    };
    let page = StampingSessionPage {
        frame: frame(language, Some(Role::RecordsClerk), "/ui/stamping/s1"),
        session: session(137, true),
        stamps: (0..3).map(stamp).collect(),
        older: Some("/ui/stamping/s1?before=1".to_owned()),
    };
    vec![
        ("stamping", sessions(language, Role::RecordsClerk)),
        ("stamping-open", open_stamping(language)),
        ("stamping-session", page.render()),
    ]
}

fn open_stamping(language: Language) -> String {
    let text = language_text(language, "Nhiều nhất là 500.", "500 at most.");
    let none = language_text(
        language,
        "Chọn ít nhất một mục đích.",
        "Choose one purpose at least.",
    );
    OpenStamping {
        frame: frame(language, Some(Role::RecordsClerk), "/ui/stamping/open"),
        systems: vec![
            choice("egov", "Cổng dịch vụ công trực tuyến", true),
            choice("qlvb", SYSTEM, false),
        ],
        seals: vec![choice("seal", SEAL, true)],
        limit: "5000".to_owned(),
        most: 500,
        until: "2026-11-26T17:00".to_owned(),
        purposes: vec![
            choice("issue", "Phát hành văn bản", false),
            choice("copy", "Sao y", false),
        ],
        problems: Problems::none().and("limit", text).and("purpose", none),
    }
    .render()
}
