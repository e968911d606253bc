//! The cookie of a log-in: what counts as one, and who may have it taken away.

use super::{Browser, Leader};
use crate::log;
use crate::stamping::assert_problem;
use crate::world::{World, on_both};

/// What a browser that sends this cookie and says this of where the form comes from is answered.
fn answered(world: &World, cookie: Option<&str>, from: (&str, &str)) -> Option<String> {
    let call = world
        .http()
        .post("/ui/approve")
        .header(from.0, from.1)
        .header("X-Forwarded-For", "203.0.113.7");
    let call = match cookie {
        Some(cookie) => call.header("Cookie", &format!("__Host-kyso={cookie}")),
        None => call,
    };
    let reply = call.form(&[("otp", "000000")]).send().unwrap();
    assert_eq!(reply.status, 303, "{}", reply.text());
    reply.header("set-cookie").map(str::to_owned)
}

#[test]
fn a_log_in_is_a_cookie_that_only_our_own_pages_send_and_no_script_reads() {
    let test =
        "it::pages::cookie::a_log_in_is_a_cookie_that_only_our_own_pages_send_and_no_script_reads";
    on_both(test, |world| {
        let account = world.signer().account;
        let sent = [("login", &*account.login), ("password", &*account.password)];
        let entered = Browser::new(world.http()).post("/ui/login", &sent);
        assert_eq!(entered.status, 303, "{}", entered.text());
        let cookie = entered.header("set-cookie").unwrap();
        let mut parts = cookie.split("; ");
        let value = parts.next().unwrap().strip_prefix("__Host-kyso=");
        assert!(value.is_some_and(|value| value.len() > 20), "{cookie}");
        let told: Vec<&str> = parts.collect();
        for wanted in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(told.contains(&wanted), "{wanted} is not in {cookie}");
        }
        let domain = |part: &&str| part.to_lowercase().starts_with("domain");
        assert!(!told.iter().any(domain), "{cookie}");
    });
}

#[test]
fn no_other_site_logs_a_leader_out() {
    let test = "it::pages::cookie::no_other_site_logs_a_leader_out";
    on_both(test, |world| {
        let ours = ("Origin", world.http().base());
        // A browser withholds the cookie from another site's form; what is answered counts all the same.
        for (cookie, from) in [
            (None, ("Sec-Fetch-Site", "cross-site")),
            (None, ("Sec-Fetch-Site", "same-site")),
            (None, ("Origin", "https://ke-xau.example")),
            (None, ours),
            (Some("cu"), ("Sec-Fetch-Site", "cross-site")),
            (Some("cu"), ("Origin", "https://ke-xau.example")),
        ] {
            assert_eq!(answered(world, cookie, from), None, "{cookie:?} {from:?}");
        }
        for from in [ours, ("Sec-Fetch-Site", "same-origin")] {
            let set = answered(world, Some("cu"), from).unwrap_or_default();
            assert!(set.starts_with("__Host-kyso=;"), "{from:?}: {set}");
            assert!(set.contains("Max-Age=0"), "{from:?}: {set}");
        }
    });
}

#[test]
fn a_programs_token_is_no_cookie_of_a_page() {
    let test = "it::pages::cookie::a_programs_token_is_no_cookie_of_a_page";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let (id, _) = leader.asking.ask(&["Của hệ thống khác"]);
        let account = &leader.asking.signer.account;
        let (by_csc, _) = crate::oauth::remembered(world, &account.login, &account.password);
        for token in [&by_csc, &leader.asking.own, &leader.asking.token] {
            let cookie = format!("__Host-kyso={token}");
            for path in ["/ui/inbox".to_owned(), format!("/ui/requests/{id}")] {
                let call = world.http().get(&path).header("Cookie", &cookie);
                let call = call.header("X-Forwarded-For", "203.0.113.7");
                let reply = call.send().unwrap();
                assert_eq!(reply.status, 303, "{path}: {}", reply.text());
            }
        }
        assert_eq!(leader.asking.state(&id), "waiting");
        assert_eq!(leader.browser.get("/ui/inbox").status, 200);
    });
}

#[test]
fn whoever_signs_no_more_is_shown_nothing_that_ended() {
    let test = "it::pages::cookie::whoever_signs_no_more_is_shown_nothing_that_ended";
    on_both(test, |world| {
        let asking = Leader::new(world).asking;
        let (id, _) = asking.ask(&["Đã rút"]);
        asking.withdraw(&id);
        assert_eq!(asking.open(&[&id])[0]["state"], "withdrawn");
        let person = &asking.signer.account.person_id;
        let office = &world.province().office;
        let roles = office.manager1.acting(kyso_client::Client::roles).unwrap();
        let role = roles.iter().find(|role| role.person == *person).unwrap();
        let revoke = |client: &kyso_client::Client| client.withdraw_role(&role.id, None).map(drop);
        office.manager1.acting(revoke).unwrap();
        assert_problem(&asking.try_open(&[&id]), 403, "forbidden");
        let query = kyso_api::management::AuditQuery {
            event: Some("approval.opened".to_owned()),
            outcome: Some("refused".to_owned()),
            actor: Some(person.clone()),
            ..Default::default()
        };
        assert_eq!(log::entries(world, &query).len(), 1);
    });
}
