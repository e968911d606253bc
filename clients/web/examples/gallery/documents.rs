//! Samples for leaders.

use kyso_web::{
    Approve, Content, ContentPage, Decline, Digest, Dispute, Document, Foreign, Inbox, InboxRow,
    Language, LeftOut, Outcome, Problems, RequestPage, RequestState, ResultRow, Results, Role,
    ShownRequest, SignatureRow, Signatures, Tab, Terms, TimeStamped, Urgency, Way,
};

use super::everyone::language_text;
use super::{Page, frame, minute, text, titles};

const CALL: &str = "0199a1b2-0000-7000-8000-00000000001d";
pub(crate) const SYSTEM: &str = "Hệ thống quản lý văn bản và điều hành tỉnh Hà Tĩnh";

fn document(at: usize) -> Document {
    let urgencies = [Urgency::MostUrgent, Urgency::Urgent, Urgency::Normal];
    let numbers = [("", ""), ("7816", "UBND-TH2"), ("05", "GM-VP")];
    let (number, symbol) = numbers[at % 3];
    Document {
        subject: titles()[at % 3].clone(),
        kind: text(["Quyết định", "Công văn", "Giấy mời"][at % 3]),
        number: number.into(),
        symbol: symbol.into(),
        urgency: urgencies[at % 3],
        drafter: "Phạm Thị Thúy Ưu, Chuyên viên Phòng Tổng hợp".into(),
        recipients: vec![
            "Các sở, ban, ngành".into(),
            "UBND các xã, phường".into(),
            "Lưu: VT, TH2".into(),
        ],
        label: ["", "Tờ trình 7816 kèm phụ lục", ""][at % 3].into(),
        purpose: text("Ký duyệt"),
        purpose_code: "KY_DUYET".into(),
        secrecy: "thường".into(),
        urgency_said: "khẩn".into(),
        authority_record: "".into(),
        digest: digest(),
        outcome: None,
        content: (at % 3 == 1).then(|| content(2)),
    }
}

/// There is no file behind the gallery: whoever serves it makes the pictures up.
fn content(shown: usize) -> Content {
    Content {
        path: "/ui/requests/019ab000-0000-7000-8000-000000000003/documents/0".to_owned(),
        total: 12,
        from: 1,
        shown,
    }
}

fn content_page(language: Language) -> String {
    ContentPage {
        frame: frame(language, Some(Role::Leader), "/ui/requests/r0/documents/0"),
        subject: titles()[1].clone(),
        content: content(3),
        request: "r0".to_owned(),
    }
    .render()
}

fn terms() -> Terms {
    Terms {
        scheme: Some("ecdsa-sha256".to_owned()),
        credential: "019ab000-0000-7000-8000-000000000001".to_owned(),
        system: "019ab000-0000-7000-8000-000000000002".to_owned(),
        request: "019ab000-0000-7000-8000-000000000003".to_owned(),
    }
}

pub(crate) fn digest() -> Digest {
    Digest {
        algorithm: "SHA-256".to_owned(),
        hex: "9f86d081884c7d659a2feaa0c55ad015".repeat(2),
    }
}

fn row(at: usize, state: RequestState) -> InboxRow {
    let document = document(at);
    let others = [0, 4, 0][at % 3];
    InboxRow {
        id: format!("r{at}"),
        subject: document.subject,
        others,
        number: if at % 3 == 1 {
            "7816/UBND-TH2".into()
        } else {
            "".into()
        },
        urgency: document.urgency,
        drafter: "Phạm Thị Thúy Ưu".into(),
        system: SYSTEM.into(),
        received: minute(-30),
        due: (at != 2).then(|| minute(if at == 1 { -20 } else { 150 })),
        overdue: at == 1,
        state,
        reason: if state == RequestState::Returned {
            "Thiếu căn cứ pháp lý ở phần mở đầu.".into()
        } else {
            "".into()
        },
    }
}

fn inbox(language: Language, tab: Tab, states: &[RequestState]) -> String {
    let rows = states
        .iter()
        .enumerate()
        .map(|(at, state)| row(at, *state))
        .collect();
    let frame = frame(language, Some(Role::Leader), "/ui/inbox?tab=to-sign");
    let older = Some("/ui/inbox?tab=to-sign&before=r2".to_owned());
    Inbox {
        frame,
        tab,
        counts: [3, 1, 128, 2],
        rows,
        older,
    }
    .render()
}

pub(crate) fn pages(language: Language) -> Vec<Page> {
    use RequestState::{Expired, Failed, Opened, Returned, Waiting};
    vec![
        (
            "inbox",
            inbox(language, Tab::ToSign, &[Waiting, Opened, Waiting]),
        ),
        (
            "inbox-failed",
            inbox(language, Tab::Failed, &[Returned, Failed, Expired]),
        ),
        ("inbox-empty", inbox(language, Tab::InProgress, &[])),
        ("request", request(language, &[0])),
        ("request-many", request(language, &[1, 2])),
        ("content", content_page(language)),
        ("approve", approve(language, Problems::none())),
        ("approve-wrong", approve(language, wrong_code(language))),
        ("refuse", decline(language, Way::Refuse, Problems::none())),
        (
            "return",
            decline(language, Way::Return, no_reason(language)),
        ),
        ("results", results(language)),
        ("signatures", signatures(language)),
        ("dispute", dispute(language, 0, Problems::none())),
        ("disputed", dispute(language, 1, Problems::none())),
    ]
}

fn wrong_code(language: Language) -> Problems {
    let text = language_text(
        language,
        "Mã không đúng. Còn 3 lần thử.",
        "Wrong code. Three attempts left.",
    );
    Problems::none().and("otp", text)
}

fn no_reason(language: Language) -> Problems {
    Problems::none().and(
        "reason",
        language_text(language, "Hãy ghi lý do trả lại.", "Please give a reason."),
    )
}

fn request(language: Language, documents: &[usize]) -> String {
    RequestPage {
        frame: frame(language, Some(Role::Leader), "/ui/requests/r0"),
        id: "r0".to_owned(),
        state: RequestState::Opened,
        system: SYSTEM.into(),
        received: minute(-30),
        due: Some(minute(150)),
        overdue: false,
        credential: "Nguyễn Thị Ánh Tuyết, chứng thư đến 14/03/2029".into(),
        authority: "KT. CHỦ TỊCH, PHÓ CHỦ TỊCH (Quyết định 12/QĐ-UBND, 01/07/2026 - 30/06/2027)"
            .into(),
        reason: "".into(),
        documents: documents.iter().map(|at| document(*at)).collect(),
        terms: terms(),
        may_decide: true,
    }
    .render()
}

fn approve(language: Language, problems: Problems) -> String {
    let shown = |at: usize| ShownRequest {
        id: format!("r{at}"),
        system: SYSTEM.into(),
        authority: if at == 0 {
            "KT. CHỦ TỊCH".into()
        } else {
            "".into()
        },
        due: Some(minute(150)),
        overdue: at == 1,
        credential: "Nguyễn Thị Ánh Tuyết, chứng thư đến 14/03/2029".into(),
        documents: vec![document(at)],
        terms: terms(),
    };
    Approve {
        frame: frame(
            language,
            Some(Role::Leader),
            "/ui/approve?id=r0&id=r1&id=r2",
        ),
        nothing_approved: false,
        left_out: vec![LeftOut {
            subject: titles()[0].clone(),
            state: RequestState::Withdrawn,
            reason: Foreign::default(),
        }],
        requests: (0..3).map(shown).collect(),
        shown: "s".to_owned(),
        until: minute(5),
        problems,
    }
    .render()
}

fn decline(language: Language, way: Way, problems: Problems) -> String {
    let frame = frame(language, Some(Role::Leader), "/ui/requests/r0/return");
    let subjects = vec![titles()[0].clone()];
    Decline {
        frame,
        id: "r0".to_owned(),
        way,
        subjects,
        reason: "".into(),
        problems,
    }
    .render()
}

fn results(language: Language) -> String {
    let outcomes = [Outcome::Signed, Outcome::Refused, Outcome::Unknown];
    let explanations = [
        "",
        "Hệ thống đã rút văn bản này lúc 08:03.",
        "Kết nối HSM đứt giữa chừng; không ký lại văn bản này.",
    ];
    let rows = outcomes.into_iter().zip(explanations).enumerate();
    let rows = rows.map(|(at, (outcome, explanation))| ResultRow {
        id: format!("r{at}"),
        subject: titles()[at].clone(),
        number: "".into(),
        outcome,
        explanation: explanation.into(),
    });
    let frame = frame(language, Some(Role::Leader), "/ui/inbox");
    Results {
        frame,
        rows: rows.collect(),
    }
    .render()
}

fn signature(language: Language, at: usize) -> SignatureRow {
    SignatureRow {
        at: minute(-60),
        subject: titles()[at].clone(),
        others: u32::from(at == 1),
        number: "179/KH-UBND".into(),
        purpose: language_text(language, "Ký duyệt", "Approve and sign").into(),
        system: SYSTEM.into(),
        outcome: Outcome::Signed,
        time_stamp: [Some(TimeStamped::Pending), None, Some(TimeStamped::Held)][at],
        count: 1 + u32::from(at == 1),
        digest: digest(),
        entry: 1_204_881,
        call: Some(CALL.to_owned()),
        disputed: (at == 1).then(|| minute(1)),
    }
}

fn signatures(language: Language) -> String {
    let frame = frame(language, Some(Role::Leader), "/ui/signatures");
    Signatures {
        frame,
        rows: (0..3).map(|at| signature(language, at)).collect(),
        older: None,
    }
    .render()
}

fn dispute(language: Language, at: usize, problems: Problems) -> String {
    let here = format!("/ui/signatures/{CALL}/dispute");
    Dispute {
        frame: frame(language, Some(Role::Leader), &here),
        call: CALL.to_owned(),
        row: SignatureRow {
            call: None,
            ..signature(language, at)
        },
        reason: "".into(),
        problems,
    }
    .render()
}
