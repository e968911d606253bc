//! A system that collected a leader's password, and logs in with it by CSC's `auth/login`.

use serde_json::{Value, json};
use ureq::http::Method;

use super::{Asking, DECLINED};
use crate::log;
use crate::oauth;
use crate::stamping::assert_problem;
use crate::world::{World, on_own, restarted};

/// What such a system might try at our own interface, with a code that is right.
fn tries(asking: &Asking<'_>, id: &str, shown: &Value) -> Vec<(Method, String, Value)> {
    let approvals = |path: &str| format!("/approvals{path}");
    let declined = json!({"reason": DECLINED, "otp": asking.code()});
    let given = json!({"approvals": [{"id": id, "shown": shown["shown"]}], "otp": asking.code()});
    vec![
        (Method::GET, approvals("?state=opened"), Value::Null),
        (Method::GET, approvals(&format!("/{id}")), Value::Null),
        (Method::POST, approvals("/open"), json!({"approvals": [id]})),
        (Method::POST, approvals("/give"), given),
        (
            Method::POST,
            approvals(&format!("/{id}/refuse")),
            declined.clone(),
        ),
        (Method::POST, approvals(&format!("/{id}/return")), declined),
        (Method::GET, "/me".to_owned(), Value::Null),
        (Method::GET, "/sessions".to_owned(), Value::Null),
        (Method::DELETE, "/sessions/current".to_owned(), Value::Null),
        (Method::GET, "/signatures".to_owned(), Value::Null),
    ]
}

fn lists(world: &World, token: &str) -> u16 {
    let call = world.http().post("/csc/v1/credentials/list").bearer(token);
    call.json(&json!({})).send().unwrap().status
}

/// What it is answered; whose password it is, and how often it was turned away.
fn try_all(world: &World) -> (String, u64) {
    let asking = Asking::new(world);
    let account = &asking.signer.account;
    let (id, _) = asking.ask(&["Của hệ thống khác"]);
    let shown = asking.open(&[&id]).remove(0);
    let (first, refresh) = oauth::remembered(world, &account.login, &account.password);
    let refreshed = oauth::refreshed(world, &refresh);
    let tries = tries(&asking, &id, &shown);
    for token in [&first, &refreshed] {
        assert_eq!(lists(world, token), 200, "CSC's methods take it");
        for (verb, path, body) in &tries {
            let call = world.http().call(verb.clone(), &format!("/api/v1{path}"));
            let reply = call.bearer(token).json(body).send().unwrap();
            assert_problem(&reply, 403, "forbidden");
            log::assert_events(world, &reply, &[]); // summed
        }
        assert_eq!(lists(world, token), 200, "and still do");
    }
    assert_eq!(asking.get(&id).json(), shown, "nothing came of it");
    let own = asking.get_as(&asking.own, &id);
    assert_eq!(own.status, 200, "the log-in of `kyso` sees it");
    (
        account.person_id.clone(),
        u64::try_from(2 * tries.len()).unwrap(),
    )
}

#[test]
fn what_a_system_logs_in_with_counts_at_csc_only() {
    let test = "it::approvals::service::what_a_system_logs_in_with_counts_at_csc_only";
    on_own(test, |world| {
        let (person, tried) = try_all(&world);
        let world = restarted(world);
        assert_eq!(log::sums_of(&world, &person, "token"), tried);
    });
}
