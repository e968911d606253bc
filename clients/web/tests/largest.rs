//! The pages with the longest lists, filled with the most that the server lets them hold.

#[expect(dead_code, reason = "the example's own pages are not called here")]
#[path = "../examples/gallery/main.rs"]
mod gallery;

use gallery::{frame, minute};
use kyso_web::{
    Agencies, AgencyNode, AgencyPage, Approve, Audit, AuditFilter, Authorized, Change, Changes,
    Content, Coverage, CoverageRow, Digest, Document, EntryRow, Foreign, Language, LogRow,
    Problems, Role, ShownRequest, Terms, Urgency, assets,
};

/// What the server counts as an id.
const ID: &str = "0196a1b2-c3d4-7e5f-8a6b-c7d8e9f0a1b2";

/// So many letters of a title as offices write them.
fn letters(most: usize) -> Foreign {
    let title =
        "Quyết định về việc phê duyệt kế hoạch ứng dụng chữ ký số tại các cơ quan trong tỉnh, ";
    let text: String = title.chars().cycle().take(most).collect();
    Foreign::new(&text)
}

/// The longest name that the server takes: 500 bytes.
fn longest_name() -> Foreign {
    Foreign::new(&"Sở ".repeat(100))
}

fn assert_light(name: &str, html: &str) {
    let files: usize = assets().iter().map(|asset| asset.bytes.len()).sum();
    let bytes = html.len() + files;
    assert!(bytes < 100 * 1024, "{name}: {bytes} bytes");
}

fn document(subject: &Foreign) -> Document {
    Document {
        subject: subject.clone(),
        kind: "Quyết định".into(),
        number: "7816".into(),
        symbol: "QĐ-UBND-TH2".into(),
        urgency: Urgency::MostUrgent,
        drafter: "Phạm Thị Thúy Ưu".into(),
        recipients: Vec::new(),
        label: "Tờ trình.pdf".into(),
        purpose: "Ký duyệt văn bản".into(),
        purpose_code: "KY_DUYET".into(),
        secrecy: "thường".into(),
        urgency_said: "hỏa tốc".into(),
        authority_record: ID.into(),
        digest: Digest {
            algorithm: "SHA-256".to_owned(),
            hex: "9f86d081884c7d659a2feaa0c55ad015".repeat(2),
        },
        outcome: None,
        content: Some(Content {
            path: format!("/ui/requests/{ID}/documents/199"),
            total: 200,
            from: 1,
            shown: 0,
        }),
    }
}

fn approve(documents: usize, subject: &Foreign) -> String {
    let request = |_| ShownRequest {
        id: ID.to_owned(),
        system: "Quản lý văn bản và điều hành".into(),
        due: Some(minute(150)),
        overdue: true,
        credential: "Phạm Thị Thúy Ưu".into(),
        terms: Terms {
            scheme: Some("ecdsa-sha256".to_owned()),
            credential: ID.to_owned(),
            system: ID.to_owned(),
            request: ID.to_owned(),
        },
        authority: Foreign::default(),
        documents: vec![document(subject), document(subject)],
    };
    let view = Approve {
        frame: frame(Language::Vietnamese, Some(Role::Leader), "/ui/approve"),
        nothing_approved: false,
        left_out: Vec::new(),
        requests: (0..documents.div_ceil(2)).map(request).collect(),
        shown: "9f86d081884c7d659a2feaa0c55ad015".repeat(2),
        until: minute(5),
        problems: Problems::none(),
    };
    view.render()
}

/// The server counts 1,300 bytes around the words of a document and 300 around a request, and lets 80,000 in
/// all on the page.
#[test]
fn as_many_documents_to_approve_as_the_server_lets_on_a_page_are_light() {
    for title in [50, 100, 200, 500, 1000] {
        let subject = letters(title);
        let others = "Quyết định7816QĐ-UBND-TH2Phạm Thị Thúy ƯuTờ trình.pdfKY_DUYETthườnghỏa tốc";
        let words = subject.plain().len() + others.len() + ID.len();
        let most = 50.min(80_000 / (1_300 + words + 300 / 2));
        assert_light("approve", &approve(most, &subject));
    }
}

#[test]
fn a_full_page_of_the_coverage_is_light() {
    let row = |_| CoverageRow {
        agency: longest_name(),
        people: 3000,
        active: 2999,
        used: 2998,
    };
    let rows: Vec<CoverageRow> = (0..80).map(row).collect();
    let view = Coverage {
        frame: frame(
            Language::Vietnamese,
            Some(Role::SubscriberManager),
            "/ui/coverage",
        ),
        at: minute(0),
        total: CoverageRow::total(&rows),
        rows,
        further: Some("/ui/coverage?from=80".to_owned()),
    };
    assert_light("coverage", &view.render());
}

fn agency(above: Foreign, below: Vec<AgencyNode>, more: usize) -> AgencyNode {
    AgencyNode {
        id: ID.to_owned(),
        name: longest_name(),
        code: "H27.12.34.56.78.90.12.34.56.78.90.1".into(),
        people: 3000,
        ended: true,
        above,
        below,
        more,
    }
}

fn agencies(roots: Vec<AgencyNode>) -> String {
    let view = Agencies {
        frame: frame(
            Language::Vietnamese,
            Some(Role::SubscriberManager),
            "/ui/agencies",
        ),
        wanted: longest_name(),
        roots,
        may_register: true,
        part: true,
        further: Some("/ui/agencies?from=80".to_owned()),
    };
    view.render()
}

#[test]
fn a_full_page_of_agencies_is_light() {
    let below = (0..80).map(|_| agency(Foreign::default(), Vec::new(), 12));
    let tree = agency(Foreign::default(), below.collect(), 0);
    assert_light("tree", &agencies(vec![tree]));
    let found = (0..50).map(|_| agency(longest_name(), Vec::new(), 0));
    assert_light("search", &agencies(found.collect()));
}

#[test]
fn an_agency_with_fifty_who_sign_for_it_is_light() {
    let one = |_| Authorized {
        person: ID.to_owned(),
        name: longest_name(),
        how: letters(500),
    };
    let view = AgencyPage {
        frame: frame(
            Language::Vietnamese,
            Some(Role::SubscriberManager),
            "/ui/agencies/a1",
        ),
        id: ID.to_owned(),
        name: longest_name(),
        above: Some((ID.to_owned(), longest_name())),
        codes: vec!["000.00.01.H27".into(), "H27.1".into()],
        former_codes: vec!["H26.1".into()],
        kind: "van_phong".into(),
        level: "tinh".into(),
        from: minute(0),
        until: None,
        ended: false,
        people: 3_000,
        authorities: (0..50).map(one).collect(),
        manages: true,
        code: Foreign::default(),
        new_above: Foreign::default(),
        at: String::new(),
        problems: Problems::none(),
    };
    assert_light("agency", &view.render());
}

#[test]
fn a_full_page_of_proposals_is_light() {
    // A record of authority: who, position, where and by what.
    let what = format!("{} ", longest_name().plain()).repeat(4);
    let one = |_| Change {
        id: ID.to_owned(),
        what: Foreign::new(&what),
        by: longest_name(),
        at: minute(0),
        until: minute(60),
        own: true,
        members: Vec::new(),
    };
    let view = Changes {
        frame: frame(
            Language::Vietnamese,
            Some(Role::SubscriberManager),
            "/ui/changes",
        ),
        changes: (0..25).map(one).collect(),
        further: Some("/ui/changes?from=25".to_owned()),
    };
    assert_light("changes", &view.render());
}

#[test]
fn a_full_page_of_the_log_is_light() {
    let row = |at: u64| EntryRow {
        sequence: 1_000_000_000 + at,
        at: minute(0),
        meaning: "Yêu cầu ký bị từ chối vì hệ thống không còn được phép dùng khóa ký này".into(),
        event: "approval.documents.submitted".into(),
        actor: longest_name(),
        about: longest_name(),
        outcome: "refused".into(),
        alarming: true,
    };
    let view = Audit {
        frame: frame(
            Language::Vietnamese,
            Some(Role::SecurityOfficer),
            "/ui/audit",
        ),
        filter: AuditFilter::default(),
        rows: (0..50).map(row).map(LogRow::Whole).collect(),
        older: Some("/ui/audit?before=1204879".to_owned()),
        problems: Problems::none(),
    };
    assert_light("audit", &view.render());
}
