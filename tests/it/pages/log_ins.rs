//! One's own log-ins: where they are, and how each is ended.

use kyso_tests::http::Reply;
use kyso_tests::province::Account;
use serde_json::{Value, json};
use ureq::http::Method;

use super::{Browser, field};
use crate::log;
use crate::stamping::assert_problem;
use crate::world::{World, on_both};

fn call(world: &World, token: &str, verb: Method, path: &str) -> Reply {
    let call = world.http().call(verb, &format!("/api/v1{path}"));
    call.bearer(token).send().unwrap()
}

/// Ids of the log-ins that may be in use, the youngest first.
fn ids(world: &World, token: &str) -> Vec<String> {
    let reply = call(world, token, Method::GET, "/sessions");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let json = reply.json();
    let items = json["items"].as_array().unwrap().iter();
    let id = |one: &Value| one["id"].as_str().unwrap().to_owned();
    items.map(id).collect()
}

fn browser<'a>(world: &'a World, account: &Account) -> Browser<'a> {
    let browser = Browser::new(world.http());
    let fields = [("login", &*account.login), ("password", &*account.password)];
    assert_eq!(browser.post("/ui/login", &fields).status, 303);
    browser
}

#[test]
fn whoever_logs_in_elsewhere_is_seen_and_can_be_ended() {
    let test = "it::pages::log_ins::whoever_logs_in_elsewhere_is_seen_and_can_be_ended";
    on_both(test, |world| {
        let account = world.signer().account;
        let here = browser(world, &account);
        let (first, second) = (account.token().unwrap(), account.token().unwrap());
        let all = ids(world, &first);
        assert!(all.len() >= 3, "{all:?}");
        assert_eq!(ids(world, &second), all, "the same to each");

        let page = here.get("/ui/account");
        for told in ["203.0.113.7", "Trình duyệt này", "Kết thúc mọi phiên khác"] {
            assert!(page.text().contains(told), "{told}: {}", page.text());
        }
        assert_eq!(page.text().matches("Thiết bị này").count(), 1);
        assert_eq!(
            page.text().matches("Lần đăng nhập khác").count() / 2,
            all.len() - 1
        );
        assert!(log::of_call(world, &page).is_empty(), "to look is no entry");

        // The youngest is the second token's: it alone ends.
        let end = format!("/ui/account/sessions/{}/end", all[0]);
        let without = here.post(&end, &[]);
        assert_eq!(without.status, 403, "{}", without.text());
        assert_eq!(call(world, &second, Method::GET, "/me").status, 200);
        let ended = here.send("/ui/account", &end, &[]);
        assert_eq!(ended.status, 303, "{}", ended.text());
        log::assert_events(world, &ended, &["token.revoked"]);
        assert_eq!(call(world, &second, Method::GET, "/me").status, 401);
        assert_eq!(ids(world, &first), all[1..]);
        assert_eq!(
            here.post(&end, &[("csrf", &*field(&page, "csrf"))]).status,
            404
        );

        let others = "/ui/account/sessions/end-others";
        let ended = here.send("/ui/account", others, &[]);
        assert_eq!(ended.status, 303, "{}", ended.text());
        assert_eq!(call(world, &first, Method::GET, "/me").status, 401);
        assert!(!here.page("/ui/account").contains(others), "none is left");
    });
}

#[test]
fn nobody_ends_a_log_in_of_somebody_else() {
    let test = "it::pages::log_ins::nobody_ends_a_log_in_of_somebody_else";
    on_both(test, |world| {
        let (one, other) = (world.signer().account, world.signer().account);
        let (own, foreign) = (one.token().unwrap(), other.token().unwrap());
        let id = ids(world, &foreign).remove(0);
        assert!(!ids(world, &own).contains(&id));
        let path = format!("/sessions/{id}");
        let refused = call(world, &own, Method::DELETE, &path);
        assert_problem(&refused, 404, "not_found");
        let nobody = call(world, &own, Method::DELETE, "/sessions/khong-co");
        assert_problem(&nobody, 404, "not_found");
        let page = browser(world, &one);
        let csrf = field(&page.get("/ui/account"), "csrf");
        let end = format!("/ui/account/sessions/{id}/end");
        assert_eq!(page.post(&end, &[("csrf", &*csrf)]).status, 404);
        assert_eq!(call(world, &foreign, Method::GET, "/me").status, 200);
        let ended = call(world, &foreign, Method::DELETE, &path);
        assert_eq!(ended.status, 204, "{}", ended.text());
        assert_eq!(call(world, &foreign, Method::GET, "/me").status, 401);
    });
}

#[test]
fn what_a_new_password_ended_is_not_shown_any_more() {
    let test = "it::pages::log_ins::what_a_new_password_ended_is_not_shown_any_more";
    on_both(test, |world| {
        let account = world.signer().account;
        let old = account.token().unwrap();
        let change = json!({"old": account.password, "new": "Mat-khau-rat-dai-moi",
            "otp": account.authenticator.code().unwrap()});
        let changed = world.http().post("/api/v1/me/password").bearer(&old);
        assert_eq!(changed.json(&change).send().unwrap().status, 204);
        let log_in = json!({"login": account.login, "password": "Mat-khau-rat-dai-moi"});
        let entered = world.http().post("/api/v1/sessions").json(&log_in);
        let token = entered.done().unwrap().member("access_token").unwrap();
        let reply = call(world, &token, Method::GET, "/sessions").json();
        let shown = reply["items"].as_array().unwrap();
        assert_eq!(shown.len(), 1, "{reply}");
        assert_eq!(shown[0]["current"], true, "{reply}");
        assert!(shown[0]["address"].is_string(), "{reply}");
    });
}
