//! Lists that the server cuts where their page is full: with the longest words they are light, with usual
//! ones they are as long as the server asks for.

#[expect(dead_code, reason = "the example's own pages are not called here")]
#[path = "../examples/gallery/main.rs"]
mod gallery;

use gallery::{frame, minute};
use kyso_web::{
    CredentialRow, CredentialState, Credentials, Digest, Foreign, Inbox, InboxRow, Language,
    Outcome, People, PersonRow, RequestState, Role, SignatureRow, Signatures, StampingSession,
    StampingSessionPage, StampingSessions, Tab, TimeStamped, Urgency, Weighed, assets, cut,
};

/// What the server counts as an id.
const ID: &str = "0196a1b2-c3d4-7e5f-8a6b-c7d8e9f0a1b2";

/// So many letters of three bytes each.
fn letters(most: usize) -> Foreign {
    Foreign::new(&"ệ".repeat(most))
}

/// The longest name that the server takes, 500 bytes, in letters that a page writes in five.
fn longest_name() -> Foreign {
    Foreign::new(&"&".repeat(500))
}

/// Bytes of a page with the files that it loads.
fn bytes(html: &str) -> usize {
    let files: usize = assets().iter().map(|asset| asset.bytes.len()).sum();
    html.len() + files
}

/// The list that the server would show of so many rows is light, and each row counts for what it is.
fn assert_light<R: Weighed + Clone>(
    name: &str,
    (row, beside): (&R, usize),
    rows: usize,
    page: impl Fn(Vec<R>) -> String,
) {
    let mut shown = vec![row.clone(); rows];
    assert!(cut(&mut shown, beside).is_some(), "{name}: all fit");
    assert!(shown.len() > 3, "{name}: {}", shown.len());
    let bytes = bytes(&page(shown));
    assert!(bytes < 100 * 1024, "{name}: {bytes} bytes");
    let length = |rows| page(vec![row.clone(); rows]).len();
    // Between the tenth and the first: what is on the page once is in neither.
    let one = (length(11) - length(1)).div_ceil(10);
    let weight = row.weight();
    assert!(one <= weight, "{name}: {one} bytes count as {weight}");
}

/// Nothing is taken off a list with words as offices write them.
fn assert_whole<R: Weighed + Clone>(name: &str, row: &R, rows: usize) {
    let mut shown = vec![row.clone(); rows];
    assert_eq!(cut(&mut shown, 0), None, "{name}: {}", row.weight());
}

fn request(subject: Foreign, short: Foreign, name: Foreign, reason: Foreign) -> InboxRow {
    InboxRow {
        id: ID.to_owned(),
        subject,
        others: 199,
        number: short.clone(),
        urgency: Urgency::MostUrgent,
        drafter: short,
        system: name,
        received: minute(-30),
        due: Some(minute(150)),
        overdue: true,
        state: RequestState::Opened,
        reason,
    }
}

fn inbox(rows: Vec<InboxRow>) -> String {
    Inbox {
        frame: frame(Language::Vietnamese, Some(Role::Leader), "/ui/inbox"),
        tab: Tab::ToSign,
        counts: [50, 1, 128, 2],
        rows,
        older: Some(format!("/ui/inbox?tab=to-sign&before={ID}")),
    }
    .render()
}

#[test]
fn an_inbox_of_the_longest_requests_is_light() {
    let (title, short) = (letters(500), letters(64));
    let row = request(title, short, longest_name(), letters(500));
    assert_light("inbox", (&row, 0), 50, inbox);
    let title =
        "Về việc giao dự toán ngân sách nhà nước năm 2027 cho các đơn vị sự nghiệp trực thuộc";
    let row = request(
        title.into(),
        "7816/QĐ-UBND".into(),
        "Quản lý văn bản và điều hành".into(),
        Foreign::default(),
    );
    assert_whole("inbox", &row, 50);
}

fn signature(subject: Foreign, number: Foreign, purpose: Foreign, name: Foreign) -> SignatureRow {
    SignatureRow {
        at: minute(-5),
        subject,
        others: 199,
        number,
        purpose,
        system: name,
        count: 200,
        digest: Digest {
            algorithm: "SHA-512".to_owned(),
            hex: "9f86d081884c7d659a2feaa0c55ad015".repeat(4),
        },
        entry: 1_000_000_000,
        call: Some("0199a1b2-0000-7000-8000-00000000001d".to_owned()),
        disputed: Some(minute(-5)),
        outcome: Outcome::Unknown,
        time_stamp: Some(TimeStamped::GivenUp),
    }
}

fn longest_signature() -> SignatureRow {
    signature(letters(500), letters(129), letters(64), longest_name())
}

fn signatures(rows: Vec<SignatureRow>) -> String {
    Signatures {
        frame: frame(Language::Vietnamese, Some(Role::Leader), "/ui/signatures"),
        rows,
        older: Some("/ui/signatures?before=1204879".to_owned()),
    }
    .render()
}

#[test]
fn a_list_of_the_longest_signatures_is_light() {
    assert_light("signatures", (&longest_signature(), 0), 50, signatures);
    let title =
        "Về việc giao dự toán ngân sách nhà nước năm 2027 cho các đơn vị sự nghiệp trực thuộc";
    let row = signature(
        title.into(),
        "7816/QĐ-UBND".into(),
        "Ký duyệt".into(),
        "Quản lý văn bản và điều hành".into(),
    );
    assert_whole("signatures", &row, 50);
}

fn session(name: Foreign, purposes: Vec<Foreign>) -> StampingSession {
    StampingSession {
        id: ID.to_owned(),
        system: name.clone(),
        seal: name.clone(),
        opened_by: name,
        opened: minute(-45),
        until: minute(495),
        ended: None,
        used: 99_999,
        limit: 100_000,
        purposes,
    }
}

/// With as many purposes as the server takes, each of as many letters.
fn longest_session() -> StampingSession {
    let purpose = Foreign::new(&"PHAT_HANH_".repeat(4)[..32]);
    session(longest_name(), vec![purpose; 16])
}

#[test]
fn a_stamping_session_of_the_longest_stamps_is_light() {
    let page = |stamps| {
        StampingSessionPage {
            frame: frame(
                Language::Vietnamese,
                Some(Role::RecordsClerk),
                "/ui/stamping/s1",
            ),
            session: longest_session(),
            stamps,
            older: Some(format!("/ui/stamping/{ID}?before=1204879")),
        }
        .render()
    };
    assert_light(
        "session",
        (&longest_signature(), longest_session().weight()),
        50,
        page,
    );
}

#[test]
fn a_list_of_the_longest_sessions_is_light() {
    let page = |sessions| {
        StampingSessions {
            frame: frame(
                Language::Vietnamese,
                Some(Role::RecordsClerk),
                "/ui/stamping",
            ),
            may_open: true,
            sessions,
            older: Some("/ui/stamping?before=1795654800000000".to_owned()),
        }
        .render()
    };
    assert_light("sessions", (&longest_session(), 0), 40, page);
    let name: Foreign = "Văn phòng Ủy ban nhân dân tỉnh".into();
    let purposes = vec!["Phát hành văn bản".into(), "Sao y".into()];
    assert_whole("sessions", &session(name, purposes), 40);
}

#[test]
fn a_list_of_people_with_the_longest_names_is_light() {
    let row = |name: Foreign| PersonRow {
        id: ID.to_owned(),
        name: name.clone(),
        position: name.clone(),
        agency: name,
        credential: Some(CredentialState::HandedOver),
    };
    let page = |people| {
        People {
            frame: frame(
                Language::Vietnamese,
                Some(Role::SubscriberManager),
                "/ui/people",
            ),
            wanted: longest_name(),
            may_register: true,
            people,
            older: Some("/ui/people?from=50".to_owned()),
        }
        .render()
    };
    assert_light("people", (&row(longest_name()), 0), 50, page);
    assert_whole("people", &row("Ủy ban nhân dân xã Hương Thủy".into()), 50);
}

#[test]
fn a_list_of_credentials_with_the_longest_names_is_light() {
    let row = |name: Foreign| CredentialRow {
        id: ID.to_owned(),
        owner: name.clone(),
        agency: name,
        state: CredentialState::HandedOver,
        until: Some(minute(495)),
        days_left: Some(59),
    };
    let page = |rows| {
        Credentials {
            frame: frame(
                Language::Vietnamese,
                Some(Role::SubscriberManager),
                "/ui/credentials",
            ),
            wanted: longest_name(),
            states: Vec::new(),
            expiring: Some(60),
            may_request: true,
            rows,
            older: Some("/ui/credentials?from=100".to_owned()),
        }
        .render()
    };
    assert_light("credentials", (&row(longest_name()), 0), 100, page);
    assert_whole(
        "credentials",
        &row("Ủy ban nhân dân xã Hương Thủy".into()),
        100,
    );
}
