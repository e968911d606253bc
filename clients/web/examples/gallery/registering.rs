//! Samples of what a subscriber manager fills in.

use kyso_web::{
    AgencyPage, Authorized, Choice, GrantRole, Language, PicturePage, Problems, RecordAuthority,
    RegisterAgency, RegisterPerson, RequestCredential, Role,
};

use super::{frame, minute};

const ROLE: Option<Role> = Some(Role::SubscriberManager);

pub(crate) fn person(language: Language) -> String {
    let wrong = language.choose("Giá trị không hợp lệ.", "The value is not valid.");
    RegisterPerson {
        frame: frame(language, ROLE, "/ui/people/new"),
        login: "ánh tuyết".into(),
        name: "Nguyễn Thị Ánh Tuyết".into(),
        agency: "H27.1".into(),
        position: "Phó Chủ tịch".into(),
        email: "tuyet@hatinh.example.vn".into(),
        position_required: true,
        problems: Problems::none().and("login", wrong),
    }
    .render()
}

pub(crate) fn credential(language: Language) -> String {
    let algorithm = |name: &str| Choice {
        value: name.to_owned(),
        text: name.into(),
        chosen: name == "p-256",
    };
    RequestCredential {
        frame: frame(language, ROLE, "/ui/credentials/new"),
        login: "anhtuyet".into(),
        agency: "".into(),
        algorithms: vec![algorithm("rsa-3072"), algorithm("p-256")],
        by_digest: false,
        common_name: "Nguyễn Thị Ánh Tuyết".into(),
        title: "Phó Chủ tịch".into(),
        units: ["Văn phòng".into(), "".into()],
        organization: "UBND tỉnh Hà Tĩnh".into(),
        locality: "Hà Tĩnh".into(),
        province: "".into(),
        user_id: "".into(),
        email: "tuyet@hatinh.example.vn".into(),
        problems: Problems::none(),
    }
    .render()
}

fn choice(value: &str, text: &str, chosen: bool) -> Choice {
    Choice {
        value: value.to_owned(),
        text: text.into(),
        chosen,
    }
}

pub(crate) fn agency_page(language: Language) -> String {
    AgencyPage {
        frame: frame(language, ROLE, "/ui/agencies/a1"),
        id: "a1".to_owned(),
        name: "Văn phòng Ủy ban nhân dân tỉnh".into(),
        above: Some(("a0".to_owned(), "Ủy ban nhân dân tỉnh Hà Tĩnh".into())),
        names: vec![
            (
                minute(-90_000),
                "Văn phòng Hội đồng nhân dân và Ủy ban nhân dân tỉnh".into(),
            ),
            (minute(-40_000), "Văn phòng Ủy ban nhân dân tỉnh".into()),
        ],
        places: vec![
            (minute(-90_000), None),
            (minute(50_000), Some("Ủy ban nhân dân tỉnh Hà Tĩnh".into())),
        ],
        codes: vec!["000.00.01.H27".into(), "H27.1".into()],
        former_codes: vec!["H26.1".into()],
        kind: "van_phong".into(),
        level: language.choose("Cấp tỉnh", "Province").into(),
        from: minute(-90_000),
        until: None,
        ended: false,
        people: 120,
        authorities: vec![Authorized {
            person: "p1".to_owned(),
            name: "Nguyễn Thị Ánh Tuyết".into(),
            how: "KT. 01/07/2025 – 30/06/2027, Quyết định 12/QĐ-UBND".into(),
        }],
        manages: true,
        code: "27.1".into(),
        new_above: "H27".into(),
        moved_from: String::new(),
        new_name: "Văn phòng Ủy ban nhân dân tỉnh".into(),
        named_from: String::new(),
        at: String::new(),
        problems: Problems::none().and(
            "code",
            language.choose("Giá trị không hợp lệ.", "The value is not valid."),
        ),
    }
    .render()
}

pub(crate) fn agency(language: Language) -> String {
    RegisterAgency {
        frame: frame(language, ROLE, "/ui/agencies/new"),
        name: "Trung tâm Phục vụ hành chính công".into(),
        above: "H27.1".into(),
        code: "H27.1.9".into(),
        kind: "trung_tam".into(),
        levels: vec![
            choice("tinh", language.choose("Cấp tỉnh", "Province"), true),
            choice("xa", language.choose("Cấp xã", "Commune"), false),
        ],
        from: "2026-12-01T08:00".to_owned(),
        problems: Problems::none(),
    }
    .render()
}

pub(crate) fn role(language: Language) -> String {
    let name = |role: Role| role.name(language);
    GrantRole {
        frame: frame(language, ROLE, "/ui/people/p1/roles/new"),
        id: "p1".to_owned(),
        name: "Nguyễn Thị Ánh Tuyết".into(),
        roles: vec![
            choice("signer", name(Role::Leader), false),
            choice("records_clerk", name(Role::RecordsClerk), true),
        ],
        agency: "H27.1".into(),
        problems: Problems::none(),
    }
    .render()
}

pub(crate) fn authority(language: Language) -> String {
    RecordAuthority {
        frame: frame(language, ROLE, "/ui/people/p1/authorities/new"),
        id: "p1".to_owned(),
        name: "Nguyễn Thị Ánh Tuyết".into(),
        kinds: vec![choice("KT", "KT. (ký thay)", true)],
        agency: "H27".into(),
        basis: "Quyết định 12/QĐ-UBND ngày 01/07/2025".into(),
        from: "2025-07-01T00:00".to_owned(),
        until: "2025-06-30T00:00".to_owned(),
        problems: Problems::none().and(
            "until",
            language.choose("Giá trị không hợp lệ.", "The value is not valid."),
        ),
    }
    .render()
}

pub(crate) fn picture(language: Language, there: bool) -> String {
    PicturePage {
        frame: frame(language, ROLE, "/ui/pictures/a1"),
        id: "a1".to_owned(),
        name: "Ủy ban nhân dân tỉnh Hà Tĩnh".into(),
        is_seal: there,
        shown: there.then(|| "36,0".to_owned()),
        manages: true,
        width: "36".into(),
        back: "/ui/agencies/a1".to_owned(),
        problems: Problems::none(),
    }
    .render()
}
