//! Forms that our own page did not send: each route that takes one refuses it before anything else.

use std::path::Path;

use super::managing::manager;
use super::{Browser, field};
use crate::world::on_both;

/// What nobody needs a log-in for; their forms carry no secret of one.
const OF_STRANGERS: [&str; 4] = ["/ui/enrol", "/ui/enrol/confirm", "/ui/login", "/ui/verify"];
const ID: &str = "0199a1b2-0000-7000-8000-000000000001";

/// Every path that takes a form, as the routes are written down.
fn forms() -> Vec<String> {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/daemon/src/http/ui");
    let mut found = Vec::new();
    for file in std::fs::read_dir(pages).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for resource in source.split("web::resource(").skip(1) {
            let path = resource.split('"').nth(1).unwrap();
            if resource.contains("post().to(") {
                found.push(format!("/ui{path}"));
            }
        }
    }
    found.sort();
    found
}

/// Such a path with something in it.
fn filled(path: &str) -> String {
    let path = path.replace("{id}", ID).replace("{held}", ID);
    let act = if path.starts_with("/ui/people") {
        "end"
    } else {
        "lock"
    };
    path.replace("{act}", act).replace("{way}", "refuse")
}

fn assert_stale(path: &str, how: &str, reply: &kyso_tests::http::Reply) {
    let html = reply.text();
    assert_eq!(reply.status, 403, "{path} {how}: {html}");
    assert!(html.contains("Biểu mẫu đã cũ"), "{path} {how}: {html}");
}

#[test]
fn no_form_of_another_site_or_another_log_in_does_anything() {
    let test = "it::pages::forged::no_form_of_another_site_or_another_log_in_does_anything";
    on_both(test, |world| {
        let forms = forms();
        assert!(forms.len() >= 24, "{forms:?}");
        let manager = manager(world);
        let csrf = csrf(&manager);
        let theirs = self::csrf(&Browser::of(world.http(), &world.province().clerk));
        for form in &forms {
            let path = filled(form);
            let right = [("csrf", csrf.as_str()), ("reason", "x")];
            let elsewhere = manager.post_from("https://ke-xau.example", &path, &right);
            assert_stale(&path, "from elsewhere", &elsewhere);
            if OF_STRANGERS.contains(&form.as_str()) {
                continue;
            }
            for secret in ["", theirs.as_str()] {
                let reply = manager.post(&path, &[("csrf", secret), ("reason", "x")]);
                assert_stale(&path, "with another secret", &reply);
            }
        }
    });
}

/// The secret that the forms of this log-in carry.
pub(super) fn csrf(browser: &Browser<'_>) -> String {
    field(&browser.get("/ui/account"), "csrf")
}
