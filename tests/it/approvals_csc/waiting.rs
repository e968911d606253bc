//! Version 1, implicit: the call waits for the signer, and a retry joins it.

use kyso_tests::http::Reply;
use serde_json::{Value, json};

use super::asking::{Asking, hashes};
use crate::desk::assert_csc_error;
use crate::log;
use crate::world::{Database, World, on_both, until};

fn body(asking: &Asking<'_>, texts: &[&str]) -> Value {
    json!({
        "credentialID": asking.desk.credential,
        "numSignatures": texts.len(),
        "hash": hashes(texts),
        "description": "Hồ sơ trình ký",
    })
}

/// Asks, and waits for what the signer decides.
pub(crate) fn ask(asking: &Asking<'_>, texts: &[&str]) -> Reply {
    asking
        .desk
        .call("credentials/authorize", &body(asking, texts))
}

/// The same of a server that may not be there any more when it should answer.
pub(super) fn try_to_ask(asking: &Asking<'_>, texts: &[&str]) -> Option<Reply> {
    let call = asking.desk.http.post("/csc/v1/credentials/authorize");
    let call = call.bearer(&asking.desk.token);
    call.json(&body(asking, texts)).send().ok()
}

/// A server whose calls wait for a second only.
fn hurried(database: Database) -> Option<World> {
    World::planned(database, |plan| plan.csc.push_str("wait_seconds = 1"))
}

fn on_hurried(test: &str, run: impl Fn(&Asking<'_>)) {
    let world = hurried(Database::Sqlite).unwrap();
    run(&Asking::new(&world));
    match hurried(Database::Postgres) {
        Some(world) => run(&Asking::new(&world)),
        None => kyso_tests::skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)"),
    }
}

pub(super) fn assert_undecided(reply: &Reply) {
    assert_csc_error(reply, 503, "temporarily_unavailable");
    assert!(
        reply.text().contains("send the same request again"),
        "{}",
        reply.text()
    );
    assert!(reply.header("retry-after").is_some());
}

#[test]
fn a_call_waits_until_the_signer_approves_and_others_join_it() {
    let test =
        "it::approvals_csc::waiting::a_call_waits_until_the_signer_approves_and_others_join_it";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let (texts, turned) = (["Công văn", "Phụ lục"], ["Phụ lục", "Công văn"]);
        let sads: Vec<String> = std::thread::scope(|scope| {
            let calls = [&texts, &turned, &texts].map(|texts| scope.spawn(|| ask(&asking, texts)));
            until(|| !asking.requests().is_empty());
            asking.approve(&asking.only_request());
            let replies = calls.map(|call| call.join().unwrap());
            replies
                .iter()
                .map(|reply| reply.member("SAD").unwrap())
                .collect()
        });
        assert!(sads.iter().all(|sad| *sad == sads[0]));
        asking.only_request();
        asking
            .desk
            .assert_signed(&asking.sign(&sads[0], &texts), &texts);
        let again = asking.sign(&sads[0], &texts);
        assert!(
            again.text().contains("not authorized by the SAD"),
            "{}",
            again.text()
        );
    });
}

#[test]
fn a_retry_goes_on_waiting_and_gets_what_was_missed() {
    let test = "it::approvals_csc::waiting::a_retry_goes_on_waiting_and_gets_what_was_missed";
    on_hurried(test, |asking| {
        let texts = ["Kiên nhẫn"];
        assert_undecided(&ask(asking, &texts));
        assert_undecided(&ask(asking, &texts));
        let id = asking.only_request();
        asking.approve(&id);
        let sad = ask(asking, &texts).member("SAD").unwrap();
        assert_eq!(ask(asking, &texts).member("SAD").unwrap(), sad);
        asking
            .desk
            .assert_signed(&asking.sign(&sad, &texts), &texts);
        // What is used up answers nobody: the signer is asked anew.
        assert_undecided(&ask(asking, &texts));
        assert_eq!(asking.requests().len(), 2);
        assert_eq!(asking.requests()[0]["state"], "waiting");
        let submitted =
            log::of_credential(asking.world, "approval.submitted", &asking.desk.credential);
        assert_eq!(submitted.len(), 2);
    });
}

#[test]
fn a_refusal_is_told_to_a_retry_and_the_signer_is_not_asked_again() {
    let test = "it::approvals_csc::waiting::a_refusal_is_told_to_a_retry_and_the_signer_is_not_asked_again";
    on_hurried(test, |asking| {
        for (texts, end) in [(["Dự thảo một"], "refuse"), (["Dự thảo hai"], "return")] {
            assert_undecided(&ask(asking, &texts));
            let id = asking.requests()[0]["id"].as_str().unwrap().to_owned();
            asking.decline(&id, end);
            for _ in 0..2 {
                let reply = ask(asking, &texts);
                assert_csc_error(&reply, 400, "access_denied");
                assert!(reply.text().contains("Sai thể thức"), "{}", reply.text());
            }
        }
        assert_eq!(asking.requests().len(), 2);
        // What the system took back it may ask again, however often.
        for number in 3..9 {
            assert_undecided(&ask(asking, &["Dự thảo ba"]));
            assert_eq!(asking.requests().len(), number);
            asking.withdraw(asking.requests()[0]["id"].as_str().unwrap());
        }
    });
}

#[test]
fn only_the_same_question_of_the_same_system_is_joined() {
    let test = "it::approvals_csc::waiting::only_the_same_question_of_the_same_system_is_joined";
    on_hurried(test, |asking| {
        let same = body(asking, &["Một văn bản"]);
        let mut renamed = same.clone();
        renamed["description"] = json!("Hồ sơ khác");
        let twice = body(asking, &["Một văn bản", "Một văn bản"]);
        for (number, asked) in [(1, &same), (1, &same), (2, &renamed), (3, &twice)] {
            assert_undecided(&asking.desk.call("credentials/authorize", asked));
            assert_eq!(asking.requests().len(), number, "{asked}");
        }
        let other = asking.another();
        assert_undecided(&other.call("credentials/authorize", &same));
        assert_eq!(asking.requests().len(), 3);
        let account = &asking.signer.account;
        let token = account.token().unwrap();
        let call = asking.world.http().get("/api/v1/approvals").bearer(&token);
        let asked = call.done().unwrap().json()["items"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(asked, 4, "the other system's is another request");
    });
}
