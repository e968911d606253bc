//! Samples of what a subscriber manager fills in.

use kyso_web::{Language, Problems, RegisterPerson, Role};

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
