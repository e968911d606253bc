//! The pages with the longest lists, filled with the most that the server lets them hold. Those of a signer are filled
//! where the server says how much may be put before them.

#[expect(dead_code, reason = "the example's own pages are not called here")]
#[path = "../examples/gallery/main.rs"]
mod gallery;

use gallery::{frame, minute};
use kyso_web::{
    Agencies, AgencyNode, AgencyPage, Audit, AuditFilter, Authorized, Change, Changes, Commitment,
    Coverage, CoverageRow, EntryPage, EntryRow, Foreign, Language, LogRow, Problems, Role, Weighed,
    assets, cut,
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

/// An entry of a call for 200 documents: as the server does, as much of it as fits beside the page.
fn entry(letter: &str) -> String {
    let commitment = |_| Commitment {
        member: "document_199".into(),
        hash: "9f86d081884c7d659a2feaa0c55ad015".repeat(2),
        opening: Some(Foreign::new(&letter.repeat(500))),
        fits: true,
    };
    let line = |_| Foreign::new(&format!("      \"value\": \"{}\",", "9f86d081".repeat(16)));
    let mut commitments: Vec<Commitment> = (0..200).map(commitment).collect();
    let mut json: Vec<Foreign> = (0..1_000).map(line).collect();
    if letter.is_empty() {
        commitments.clear();
    }
    assert!(letter.is_empty() || cut(&mut commitments, 0).is_some());
    cut(&mut json, commitments.iter().map(Weighed::weight).sum());
    let view = EntryPage {
        frame: frame(
            Language::Vietnamese,
            Some(Role::SecurityOfficer),
            "/ui/audit/1000000000?from=199",
        ),
        row: row_of_the_log(0),
        leaf_hash: "9f86d081884c7d659a2feaa0c55ad015".repeat(2),
        json,
        commitments,
        further: Some("/ui/audit/1000000000?from=1199".to_owned()),
        neighbours: (Some(999_999_999), Some(1_000_000_001)),
    };
    view.render()
}

#[test]
fn as_much_of_an_entry_as_fits_a_page_is_light() {
    for letter in ["", "x", "ế", "&", "\u{202E}"] {
        assert_light("entry", &entry(letter));
    }
}

#[test]
fn a_full_page_of_the_coverage_is_light() {
    let row = |_| CoverageRow {
        name: longest_name(),
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
        levels: rows.iter().take(10).cloned().collect(),
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
fn an_agency_with_fifty_who_sign_for_it_and_many_names_is_light() {
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
        names: (0..8).map(|_| (minute(0), longest_name())).collect(),
        places: (0..8).map(|_| (minute(0), Some(longest_name()))).collect(),
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
        moved_from: String::new(),
        new_name: longest_name(),
        named_from: String::new(),
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

fn row_of_the_log(at: u64) -> EntryRow {
    EntryRow {
        sequence: 1_000_000_000 + at,
        at: minute(0),
        meaning: "Yêu cầu ký bị từ chối vì hệ thống không còn được phép dùng khóa ký này".into(),
        event: "approval.documents.submitted".into(),
        actor: longest_name(),
        about: longest_name(),
        outcome: "refused".into(),
        alarming: true,
    }
}

#[test]
fn a_full_page_of_the_log_is_light() {
    let view = Audit {
        frame: frame(
            Language::Vietnamese,
            Some(Role::SecurityOfficer),
            "/ui/audit",
        ),
        filter: AuditFilter::default(),
        rows: (0..50).map(row_of_the_log).map(LogRow::Whole).collect(),
        older: Some("/ui/audit?before=1204879".to_owned()),
        problems: Problems::none(),
    };
    assert_light("audit", &view.render());
}
