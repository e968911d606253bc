//! Samples for the subscriber manager.

use kyso_web::{
    Act, Agencies, AgencyNode, Certifying, Change, ChangePage, Changes, Choice, Coverage,
    CoverageRow, CredentialPage, CredentialRow, CredentialState, Credentials, Held, Language,
    People, PersonPage, PersonRow, Problems, Role, person_order, vietnamese_order,
};

use super::{Page, frame, minute, text};

const ROLE: Option<Role> = Some(Role::SubscriberManager);

pub(crate) fn pages(language: Language) -> Vec<Page> {
    vec![
        ("agencies", agencies(language)),
        ("agency", super::registering::agency_page(language)),
        ("agency-new", super::registering::agency(language)),
        ("people", people(language)),
        ("person", person(language)),
        ("role-new", super::registering::role(language)),
        ("authority-new", super::registering::authority(language)),
        ("picture", super::registering::picture(language, true)),
        ("picture-none", super::registering::picture(language, false)),
        ("person-new", super::registering::person(language)),
        ("credentials", credentials(language)),
        ("credential-new", super::registering::credential(language)),
        ("credential-requested", requested(language)),
        ("credential", credential(language, Role::SubscriberManager)),
        (
            "changes",
            Changes {
                frame: frame(language, ROLE, "/ui/changes"),
                changes: changes(),
                further: None,
            }
            .render(),
        ),
        ("change", change(language)),
        ("coverage", coverage(language)),
    ]
}

fn node(name: &str, code: &str, below: Vec<AgencyNode>) -> AgencyNode {
    AgencyNode {
        id: code.to_owned(),
        name: name.into(),
        code: code.into(),
        people: 12,
        ended: false,
        above: text(""),
        below,
        more: 0,
    }
}

fn agencies(language: Language) -> String {
    let mut departments = vec![
        node("Sở Tài chính", "H27.05", Vec::new()),
        node(
            "Sở Khoa học và Công nghệ",
            "H27.02",
            vec![node(
                "Trung tâm Công nghệ thông tin và Truyền thông",
                "H27.02.01",
                Vec::new(),
            )],
        ),
        node(
            "Văn phòng Ủy ban nhân dân tỉnh",
            "H27.01",
            vec![node(
                "Trung tâm Thông tin - Công báo - Tin học",
                "H27.01.02",
                Vec::new(),
            )],
        ),
        AgencyNode {
            ended: true,
            ..node("Ủy ban nhân dân huyện Đức Thọ", "000.00.23.H27", Vec::new())
        },
    ];
    departments.sort_by_key(|node| vietnamese_order(node.name.plain()));
    let roots = vec![node("Ủy ban nhân dân tỉnh Hà Tĩnh", "H27", departments)];
    Agencies {
        frame: frame(language, ROLE, "/ui/agencies"),
        wanted: text(""),
        roots,
        may_register: true,
        part: false,
        further: None,
    }
    .render()
}

fn people(language: Language) -> String {
    let states = [
        Some(CredentialState::Active),
        None,
        Some(CredentialState::HandedOver),
        Some(CredentialState::Locked),
    ];
    let names = [
        "Nguyễn Thị Ánh",
        "Đỗ Văn Ân",
        "Trần Đức An",
        "Lê Thị Hồng Ánh",
    ];
    let mut people: Vec<PersonRow> = names
        .into_iter()
        .zip(states)
        .map(|(name, credential)| PersonRow {
            id: "p1".to_owned(),
            name: name.into(),
            position: "Phó Giám đốc phụ trách".into(),
            agency: "Sở Khoa học và Công nghệ".into(),
            credential,
        })
        .collect();
    people.sort_by_key(|person| person_order(person.name.plain()));
    People {
        frame: frame(language, ROLE, "/ui/people?q=an"),
        wanted: "an".into(),
        may_register: true,
        people,
        older: None,
    }
    .render()
}

fn row(owner: &str, state: CredentialState, days_left: Option<u32>) -> CredentialRow {
    let agency = "Văn phòng Ủy ban nhân dân tỉnh".into();
    CredentialRow {
        id: "k1".to_owned(),
        owner: owner.into(),
        agency,
        state,
        until: Some(minute(30_000)),
        days_left,
    }
}

fn held(what: &str, proposes: bool) -> Held {
    Held {
        id: if proposes { "h2" } else { "h1" }.to_owned(),
        what: what.into(),
        proposes,
    }
}

fn person(language: Language) -> String {
    PersonPage {
        frame: frame(language, ROLE, "/ui/people/p1"),
        id: "p1".to_owned(),
        name: "Nguyễn Thị Ánh Tuyết".into(),
        login: "anhtuyet".into(),
        position: "Phó Chủ tịch".into(),
        agency: "Ủy ban nhân dân tỉnh Hà Tĩnh".into(),
        roles: vec![
            held("Lãnh đạo, Ủy ban nhân dân tỉnh Hà Tĩnh", false),
            held("An toàn thông tin", true),
        ],
        authorities: vec![held(
            "Ủy ban nhân dân tỉnh Hà Tĩnh KT. 01/07/2025 – 30/06/2027, Quyết định 12/QĐ-UBND",
            false,
        )],
        manages: true,
        enrolled: true,
        credentials: vec![row(
            "Nguyễn Thị Ánh Tuyết",
            CredentialState::Active,
            Some(20),
        )],
        ended: false,
    }
    .render()
}

fn credentials(language: Language) -> String {
    let states = CredentialState::ALL.iter().map(|state| Choice {
        value: state.name(Language::English).to_owned(),
        text: state.name(language).into(),
        chosen: *state == CredentialState::Active,
    });
    Credentials {
        frame: frame(language, ROLE, "/ui/credentials?expiring=30"),
        wanted: text(""),
        states: states.collect(),
        may_request: true,
        expiring: Some(30),
        rows: vec![
            row("Nguyễn Thị Ánh Tuyết", CredentialState::Active, Some(20)),
            row(
                "Con dấu Văn phòng Ủy ban nhân dân tỉnh",
                CredentialState::Locked,
                Some(1),
            ),
        ],
        older: None,
    }
    .render()
}

fn requested(language: Language) -> String {
    let wrong = language.choose("Giá trị không hợp lệ.", "The value is not valid.");
    CredentialPage {
        state: CredentialState::Requested,
        subject: "".into(),
        issuer: "".into(),
        serial: "".into(),
        valid: None,
        certifying: Some(Certifying {
            evaluation: true,
            typed: "-----BEGIN CERTIFICATE-----".into(),
        }),
        problems: Problems::none().and("chain_pem", wrong),
        ..credential_page(language, Role::SubscriberManager, vec![Act::Revoke])
    }
    .render()
}

pub(crate) fn credential(language: Language, role: Role) -> String {
    let acts = match role {
        Role::SecurityOfficer => vec![Act::Lock],
        _ => vec![
            Act::HandOver,
            Act::Activate,
            Act::Lock,
            Act::Unlock,
            Act::Revoke,
        ],
    };
    credential_page(language, role, acts).render()
}

fn credential_page(language: Language, role: Role, acts: Vec<Act>) -> CredentialPage {
    CredentialPage {
        frame: frame(language, Some(role), "/ui/credentials/k1"),
        id: "k1".to_owned(),
        owner: "Nguyễn Thị Ánh Tuyết".into(),
        agency: "Ủy ban nhân dân tỉnh Hà Tĩnh".into(),
        state: CredentialState::Active,
        subject:
            "C=VN, L=Hà Tĩnh, O=UBND tỉnh Hà Tĩnh, OU=Văn phòng UBND tỉnh, CN=Nguyễn Thị Ánh Tuyết"
                .into(),
        issuer: "C=VN, O=Kyso, CN=Kyso Evaluation CA (KHÔNG CÓ GIÁ TRỊ PHÁP LÝ)".into(),
        serial: "5404FFFEB7033FB316D672201B7BA4FE".into(),
        key: "ECDSA P-256".into(),
        by_digest: false,
        valid: Some((minute(-90_000), minute(30_000))),
        certifying: None,
        acts,
        done: "".into(),
        problems: Problems::none(),
    }
}

fn changes() -> Vec<Change> {
    let change = |id: &str, what: &str, own| Change {
        id: id.to_owned(),
        what: what.into(),
        by: "Lê Hoàng Ấn".into(),
        at: minute(-200),
        until: minute(1240),
        own,
        members: vec![
            (text("Khóa ký"), text("Nguyễn Thị Ánh Tuyết")),
            (text("Lý do"), text("Đã bàn giao theo biên bản 03/BB-VP")),
        ],
    };
    vec![
        change("c1", "Kích hoạt khóa ký của Nguyễn Thị Ánh Tuyết", false),
        change("c2", "Giao vai trò Văn thư cho Đặng Thị Ngọc Bích", true),
    ]
}

fn change(language: Language) -> String {
    let frame = frame(language, ROLE, "/ui/changes/c1");
    let change = changes().remove(0);
    ChangePage {
        picture: None,
        frame,
        change,
        problems: Problems::none(),
    }
    .render()
}

fn coverage(language: Language) -> String {
    let row = |name: &str, people, active, used| CoverageRow {
        name: name.into(),
        people,
        active,
        used,
    };
    let rows = vec![
        row("Sở Khoa học và Công nghệ", 84, 84, 80),
        row("Sở Tài chính", 96, 41, 12),
        row("Văn phòng Ủy ban nhân dân tỉnh", 120, 119, 101),
        row("Ủy ban nhân dân phường Thành Sen", 0, 0, 0),
    ];
    Coverage {
        frame: frame(language, ROLE, "/ui/coverage"),
        at: minute(0),
        total: CoverageRow::total(&rows),
        levels: vec![
            row(language.choose("Cấp tỉnh", "Province"), 300, 244, 193),
            row(language.choose("Cấp xã", "Commune"), 0, 0, 0),
        ],
        further: Some("/ui/coverage?from=80".to_owned()),
        rows,
    }
    .render()
}
