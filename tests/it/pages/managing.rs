//! A subscriber manager's forms: somebody new, and a credential from its request to its certificate.

use kyso_tests::http::Reply;

use super::Browser;
use crate::log;
use crate::world::{World, on_both};

const NEW_PERSON: &str = "/ui/people/new";
/// The code of the province's department.
const DEPARTMENT: &str = "H27.3";

fn manager(world: &World) -> Browser<'_> {
    Browser::of(world.http(), &world.province().office.manager1)
}

/// The page says what is wrong at this field, and nothing of it was done.
fn assert_at(reply: &Reply, field: &str) {
    let html = reply.text();
    assert_eq!(reply.status, 422, "{field}: {html}");
    for mark in [
        format!("href=\"#{field}\""),
        format!("id=\"{field}-wrong\""),
    ] {
        assert!(html.contains(&mark), "{mark}: {html}");
    }
}

/// The fields of a form, one of them with another value.
fn but<'a>(fields: &[(&'a str, &'a str)], name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let other = |(field, typed): &(&'a str, &'a str)| match *field == name {
        true => (*field, value),
        false => (*field, *typed),
    };
    fields.iter().map(other).collect()
}

#[test]
fn a_manager_registers_a_person_and_gives_them_a_code() {
    let test = "it::pages::managing::a_manager_registers_a_person_and_gives_them_a_code";
    on_both(test, |world| {
        let (manager, login) = (manager(world), world.name("dang-ky"));
        let email = format!("{login}@hue.example.vn");
        let typed = [
            ("login", login.as_str()),
            ("name", "Tôn Nữ Ngọc Hạnh"),
            ("agency", DEPARTMENT),
            ("position", "Chuyên viên chính"),
            ("email", email.as_str()),
            ("position_required", "1"),
        ];
        assert!(manager.page("/ui/people").contains(NEW_PERSON));
        for (field, bad) in [
            ("login", "hạnh"),
            ("name", " "),
            ("agency", "H27.999"),
            ("agency", ""),
            ("position", ""),
            ("email", "hanh"),
        ] {
            let refused = manager.send(NEW_PERSON, NEW_PERSON, &but(&typed, field, bad));
            assert_at(&refused, field);
            // What was typed need not be typed again.
            assert!(refused.text().contains("Chuyên viên chính") || field == "position");
        }
        let registered = manager.send(NEW_PERSON, NEW_PERSON, &typed);
        assert_eq!(registered.status, 303, "{}", registered.text());
        assert_eq!(log::of_call(world, &registered).len(), 1);
        let person = registered.header("location").unwrap().to_owned();
        let page = manager.page(&person);
        assert!(page.contains("Tôn Nữ Ngọc Hạnh") && page.contains(&login));
        let code = manager.send(&person, &format!("{person}/enrolment-code"), &[]);
        assert_eq!(code.status, 200, "{}", code.text());
        assert_at(&manager.send(NEW_PERSON, NEW_PERSON, &typed), "login");
    });
}

#[test]
fn only_a_manager_registers_and_only_by_our_own_form() {
    let test = "it::pages::managing::only_a_manager_registers_and_only_by_our_own_form";
    on_both(test, |world| {
        let login = world.name("khong-duoc");
        let email = format!("{login}@hue.example.vn");
        let typed = [
            ("login", login.as_str()),
            ("name", "Không Được"),
            ("agency", DEPARTMENT),
            ("position", "Chuyên viên"),
            ("email", email.as_str()),
        ];
        let clerk = Browser::of(world.http(), &world.province().clerk);
        assert_eq!(clerk.get(NEW_PERSON).status, 403);
        let manager = manager(world);
        assert_eq!(manager.post(NEW_PERSON, &typed).status, 403, "no token");
        let found = manager.page(&format!("/ui/people?q={login}"));
        assert!(!found.contains("Không Được"), "{found}");
    });
}
