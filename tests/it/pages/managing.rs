//! A subscriber manager's forms: somebody new, and a credential from its request to its certificate.

use kyso_tests::http::Reply;

use super::Browser;
use crate::log;
use crate::routes::issued_elsewhere;
use crate::world::{World, on_both};

const NEW_PERSON: &str = "/ui/people/new";
const NEW_CREDENTIAL: &str = "/ui/credentials/new";
/// The code of the province's department.
const DEPARTMENT: &str = "H27.3";

pub(super) fn manager(world: &World) -> Browser<'_> {
    Browser::of(world.http(), &world.province().office.manager1)
}

/// The page says what is wrong at this field, and nothing of it was done.
pub(super) fn assert_at(reply: &Reply, field: &str) {
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
pub(super) fn but<'a>(
    fields: &[(&'a str, &'a str)],
    name: &str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let other = |(field, typed): &(&'a str, &'a str)| {
        let typed = if *field == name { value } else { *typed };
        (*field, typed)
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
        let taken = manager.send(NEW_PERSON, NEW_PERSON, &typed);
        assert_at(&taken, "login");
        assert!(taken.text().contains("Tên đăng nhập này đã có người dùng"));
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

#[test]
fn a_manager_requests_a_credential_and_gets_its_certificate() {
    let test = "it::pages::managing::a_manager_requests_a_credential_and_gets_its_certificate";
    on_both(test, |world| {
        let manager = manager(world);
        let typed = [
            ("login", ""),
            ("agency", "h27.3"),
            ("algorithm", "p-256"),
            ("by_digest", "1"),
            ("common_name", "Sở Nội vụ (con dấu)"),
            ("organization", "UBND thành phố Huế"),
            ("email", ""),
        ];
        assert!(manager.page("/ui/credentials").contains(NEW_CREDENTIAL));
        let leader = &world.province().leader.login;
        for (field, bad, at) in [
            ("login", "khong.ai", "login"),
            ("login", leader, "login"), // no person's key is for digests
            ("agency", "H27.999", "agency"),
            ("agency", "", "agency"),
            ("algorithm", "rsa-1024", "algorithm"),
            ("common_name", " ", "common_name"),
            ("email", "a@b", "common_name"),
        ] {
            let typed = but(&typed, field, bad);
            assert_at(&manager.send(NEW_CREDENTIAL, NEW_CREDENTIAL, &typed), at);
        }
        let place = requested(&manager, &typed);
        let pem = manager.get(&format!("{place}/request.pem"));
        assert_eq!(pem.status, 200);
        assert!(
            pem.text()
                .starts_with("-----BEGIN CERTIFICATE REQUEST-----")
        );
        let named = pem.header("content-disposition").unwrap();
        assert!(named.starts_with("attachment; "), "{named}");
        let certify = format!("{place}/certify");
        let wrong = manager.send(&place, &certify, &[("chain_pem", "không phải PEM")]);
        assert_at(&wrong, "chain_pem");
        let issue = format!("{place}/issue");
        assert_eq!(manager.post(&issue, &[]).status, 403, "no token");
        let issued = manager.send(&place, &issue, &[]);
        assert_eq!(issued.status, 303, "{}", issued.text());
        let page = manager.page(&place);
        assert!(page.contains("Sở Nội vụ (con dấu)"), "{page}");
        assert!(page.contains("Con dấu chỉ ký giá trị băm"), "{page}");
        assert!(page.contains("/hand-over\"") && !page.contains("/issue\""));
        assert_goes_on_to_its_end(world, &manager, &place);
        assert_taken_from_elsewhere(&manager, leader, &but(&typed, "by_digest", ""));
        let clerk = Browser::of(world.http(), &world.province().clerk);
        assert_eq!(clerk.get(NEW_CREDENTIAL).status, 403);
    });
}

/// From its certificate on: it is handed over, put to use by two managers, and revoked.
fn assert_goes_on_to_its_end(world: &World, manager: &Browser<'_>, place: &str) {
    let send = |act: &str, fields: &[(&str, &str)]| {
        let reply = manager.send(place, &format!("{place}/{act}"), fields);
        assert_eq!(reply.status, 303, "{act}: {}", reply.text());
        reply
    };
    let handed = send("hand-over", &[("reason", "Biên bản bàn giao số 7")]);
    log::assert_events(world, &handed, &["credential.handed_over"]);
    let proposed = send("activate", &[]);
    log::assert_events(world, &proposed, &["change.proposed"]);
    let page = manager.page(place);
    assert!(page.contains("/activate\"") && !page.contains("/hand-over\""));
    let second = &world.province().office.manager2;
    let other = Browser::of(world.http(), second);
    let id = place.rsplit('/').next().unwrap();
    let change = change_about(&other, id);
    let approve = format!("{change}/approve");
    let approved = second.with_code(|otp| other.send(&change, &approve, &[("otp", &otp)]));
    let approved = approved.unwrap();
    assert_eq!(approved.status, 303, "{}", approved.text());
    let activated = log::of_credential(world, "credential.activated", id);
    assert_eq!(activated.len(), 1, "{activated:?}");
    let page = manager.page(place);
    assert!(page.contains("/lock\"") && !page.contains("/activate\""));
    let revoked = send("revoke", &[("reason", "Mất thiết bị")]);
    log::assert_events(world, &revoked, &["credential.revoked"]);
    let page = manager.page(place);
    assert!(!page.contains(&format!("action=\"{place}/")), "{page}");
}

/// Where the proposal is that is about this credential.
pub(crate) fn change_about(second: &Browser<'_>, credential: &str) -> String {
    let pages = second.every_page("/ui/changes").concat();
    let mut ids = pages.split("href=\"/ui/changes/").skip(1);
    let about = |id: &&str| {
        // Other tests' changes may be decided meanwhile.
        let page = second.get(&format!("/ui/changes/{id}"));
        page.text().contains(credential)
    };
    let id = ids.find_map(|rest| rest.split('"').next().filter(about));
    format!("/ui/changes/{}", id.unwrap())
}

/// A person's credential, found by login, with a chain that another authority issued for its request.
fn assert_taken_from_elsewhere(manager: &Browser<'_>, login: &str, typed: &[(&str, &str)]) {
    let place = requested(manager, &but(typed, "login", login));
    let pem = manager.get(&format!("{place}/request.pem")).text();
    let chain = issued_elsewhere(&pem, None);
    let certify = format!("{place}/certify");
    let taken = manager.send(&place, &certify, &[("chain_pem", &chain)]);
    assert_eq!(taken.status, 303, "{}", taken.text());
    let page = manager.page(&place);
    assert!(page.contains("CN=CA khác") && !page.contains("Con dấu chỉ ký"));
}

/// Where the credential is that this form asks for.
fn requested(manager: &Browser<'_>, typed: &[(&str, &str)]) -> String {
    let reply = manager.send(NEW_CREDENTIAL, NEW_CREDENTIAL, typed);
    assert_eq!(reply.status, 303, "{}", reply.text());
    let place = reply.header("location").unwrap();
    assert!(place.starts_with("/ui/credentials/"), "{place}");
    place.to_owned()
}
