//! Samples of what a subscriber manager fills in.

use kyso_web::{Choice, Language, Problems, RegisterPerson, RequestCredential, Role};

use super::frame;

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
