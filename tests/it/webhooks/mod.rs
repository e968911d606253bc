//! Systems are told of the end of their requests: once, signed, and in spite of what goes wrong there.

mod asker;
pub(crate) mod receiver;
mod registering;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use kyso_client::Secret;
use kyso_client::webhook::Disbelieved;
use kyso_tests::server::{Plan, Server};
use kyso_tests::skip;
use serde_json::json;

use crate::stamping::assert_problem;
use crate::world::{Database, World, restarted, until};
use asker::Asker;
use receiver::{Answer, Receiver};

const OK: Answer = Answer::Status(200);
const BROKEN: Answer = Answer::Status(500);

/// Tries again soon and not often, and trusts the CA that its own certificate comes from.
fn hasty(plan: &mut Plan) {
    plan.more
        .push_str("[callbacks]\nca_file = \"tls-ca.pem\"\nretry_seconds = 1\ntries = 3\n");
}

/// Runs a test's body on each database, on a server that tries again soon.
fn on_both(test: &str, body: impl Fn(&World)) {
    static SQLITE: OnceLock<Option<World>> = OnceLock::new();
    static POSTGRES: OnceLock<Option<World>> = OnceLock::new();
    let worlds = [(&SQLITE, Database::Sqlite), (&POSTGRES, Database::Postgres)];
    for (world, database) in worlds {
        match world.get_or_init(|| World::planned(database, hasty)) {
            Some(world) => body(world),
            None => skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)"),
        }
    }
}

/// A system of its own is called back once; the secret that signed the call.
pub(crate) fn called_back(world: &World) -> Secret {
    let receiver = Receiver::plain(&[OK]);
    let asker = Asker::new(world, &receiver);
    asker.withdraw(&asker.ask());
    receiver.wait_for(1);
    asker.secret
}

#[test]
fn each_end_is_told_once_and_signed() {
    on_both("it::webhooks::each_end_is_told_once_and_signed", |world| {
        let receiver = Receiver::plain(&[OK]);
        let asker = Asker::new(world, &receiver);
        let (signed, refused) = (asker.ask(), asker.ask());
        let (returned, withdrawn) = (asker.ask(), asker.ask());
        let (expired, failed) = (asker.ask_until(3), asker.ask());
        asker.sign(&signed);
        asker.refuse(&refused, "refuse");
        asker.refuse(&returned, "return");
        asker.withdraw(&withdrawn);
        asker.fail(&failed);
        let heard = receiver.wait_for(6);
        for (id, state) in [
            (&signed, "signed"),
            (&refused, "refused"),
            (&returned, "returned"),
            (&withdrawn, "withdrawn"),
            (&expired, "expired"),
            (&failed, "failed"),
        ] {
            let about = |one: &&receiver::Heard| one.json()["data"]["id"] == **id;
            let one = heard.iter().find(about).unwrap();
            // Exactly this: neither signatures nor names.
            let now = asker.one(id);
            let mut body = json!({"type": format!("approval.{state}"),
                "timestamp": now["state_at"], "data": {"id": id, "state": state}});
            if state == "signed" {
                body["data"]["request_id"] = now["request_id"].clone();
                assert!(body["data"]["request_id"].is_string(), "{now}");
            }
            assert_eq!(one.json(), body);
            assert_eq!(one.path, "/hook?a=b");
            assert_eq!(one.field("content-type"), "application/json");
            assert_eq!(one.verify(&asker.secret, 0), Ok(()));
        }
        let ids: BTreeSet<&str> = heard.iter().map(|one| one.field("webhook-id")).collect();
        assert_eq!(ids.len(), 6);
        asker.wait_until_nothing_is_due();
        assert_eq!(receiver.heard().len(), 6);
    });
}

#[test]
fn what_is_not_the_servers_is_not_believed() {
    on_both(
        "it::webhooks::what_is_not_the_servers_is_not_believed",
        |world| {
            let receiver = Receiver::plain(&[OK]);
            let asker = Asker::new(world, &receiver);
            asker.withdraw(&asker.ask());
            let mut heard = receiver.wait_for(1).remove(0);
            assert_eq!(heard.verify(&asker.secret, 0), Ok(()));
            assert_eq!(heard.verify(&asker.secret, 400), Err(Disbelieved::Time));
            // The next secret signs what comes next, and the one before nothing more.
            let next = asker.register(&receiver.origin);
            assert_eq!(heard.verify(&next, 0), Err(Disbelieved::Signature));
            asker.withdraw(&asker.ask());
            let later = receiver.wait_for(2).remove(1);
            assert_eq!(later.verify(&next, 0), Ok(()));
            assert_eq!(later.verify(&asker.secret, 0), Err(Disbelieved::Signature));
            heard.body.push(b' ');
            assert_eq!(heard.verify(&asker.secret, 0), Err(Disbelieved::Signature));
        },
    );
}

#[test]
fn a_system_that_stumbles_is_told_again_with_the_same_id() {
    on_both(
        "it::webhooks::a_system_that_stumbles_is_told_again_with_the_same_id",
        |world| {
            let receiver = Receiver::plain(&[BROKEN, BROKEN, OK]);
            let asker = Asker::new(world, &receiver);
            asker.withdraw(&asker.ask());
            let heard = receiver.wait_for(3);
            for one in &heard {
                assert_eq!(one.field("webhook-id"), heard[0].field("webhook-id"));
                assert_eq!(one.verify(&asker.secret, 0), Ok(()));
            }
            asker.wait_until_nothing_is_due();
            assert_eq!(receiver.heard().len(), 3);
            assert_eq!(asker.given_up(), Vec::<String>::new());
        },
    );
}

#[test]
fn a_call_is_given_up_after_the_last_try() {
    on_both(
        "it::webhooks::a_call_is_given_up_after_the_last_try",
        |world| {
            // A redirect is no answer, and is not followed.
            for answer in [BROKEN, Answer::Elsewhere, Answer::Status(404)] {
                let receiver = Receiver::plain(&[answer]);
                let asker = Asker::new(world, &receiver);
                asker.withdraw(&asker.ask());
                asker.wait_until_nothing_is_due();
                let heard = receiver.heard();
                assert_eq!(heard.len(), 3, "{answer:?}");
                assert!(heard.iter().all(|one| one.path == "/hook?a=b"), "{heard:?}");
                assert_eq!(asker.given_up(), ["answer"], "{answer:?}");
            }
        },
    );
}

#[test]
fn a_system_that_never_answers_delays_nobody_else() {
    on_both(
        "it::webhooks::a_system_that_never_answers_delays_nobody_else",
        |world| {
            let (silent, other) = (Receiver::plain(&[Answer::Silence]), Receiver::plain(&[OK]));
            let (first, second) = (Asker::new(world, &silent), Asker::new(world, &other));
            for id in [first.ask(), first.ask(), first.ask(), first.ask()] {
                first.withdraw(&id);
            }
            silent.wait_for(1);
            second.withdraw(&second.ask());
            other.wait_for(1);
            // All of the first one's were due before; each takes ten seconds there.
            assert!(silent.heard().len() < 4, "{}", silent.heard().len());
        },
    );
}

#[test]
fn a_system_that_never_answers_is_given_up_when_its_time_is_over() {
    let once = |plan: &mut Plan| plan.more.push_str("[callbacks]\ntries = 1\n");
    for database in [Database::Sqlite, Database::Postgres] {
        let Some(world) = World::planned(database, once) else {
            skip::because(
                "it::webhooks::a_system_that_never_answers_is_given_up_when_its_time_is_over",
                "no PostgreSQL (KYSO_TEST_POSTGRES)",
            );
            continue;
        };
        let silent = Receiver::plain(&[Answer::Silence]);
        let asker = Asker::new(&world, &silent);
        asker.withdraw(&asker.ask());
        silent.wait_for(1);
        assert_eq!(asker.given_up(), Vec::<String>::new(), "it may answer yet");
        asker.wait_until_nothing_is_due();
        assert_eq!(asker.given_up(), ["unreachable"]);
        assert_eq!(silent.heard().len(), 1);
    }
}

#[test]
fn only_under_the_origin_of_the_system() {
    on_both(
        "it::webhooks::only_under_the_origin_of_the_system",
        |world| {
            let (receiver, other) = (Receiver::plain(&[OK]), Receiver::plain(&[OK]));
            let (asker, another) = (Asker::new(world, &receiver), Asker::new(world, &other));
            let origin = &receiver.origin;
            for url in [
                origin.clone(),
                format!("{}/hook", other.origin),
                format!("{origin}0/hook"),
                format!("{origin}@127.0.0.2/hook"),
                format!("{origin}/hook#there"),
                format!("{origin}/a b"),
                format!("{origin}/a\r\nhost: x"),
                format!("{origin}/{}", "x".repeat(500)),
                format!("https{}/hook", origin.trim_start_matches("http")),
                "/hook".to_owned(),
                String::new(),
            ] {
                let reply = asker.try_to_ask(&url);
                assert_problem(&reply, 400, "invalid_field");
                assert!(reply.text().contains("callback"), "{url}");
            }
            assert_eq!(asker.try_to_ask(&format!("{origin}/hook")).status, 201);
            asker.unregister();
            let reply = asker.try_to_ask(&format!("{origin}/hook"));
            assert_problem(&reply, 400, "invalid_field");
            another.withdraw(&another.ask());
            other.wait_for(1);
            assert_eq!(receiver.heard().len(), 0);
        },
    );
}

#[test]
fn what_was_registered_counts_when_it_is_told() {
    on_both(
        "it::webhooks::what_was_registered_counts_when_it_is_told",
        |world| {
            let receiver = Receiver::plain(&[OK]);
            let (asker, stopped) = (Asker::new(world, &receiver), Asker::new(world, &receiver));
            let (id, other) = (asker.ask(), stopped.ask());
            asker.unregister();
            asker.withdraw(&id);
            stopped.stop();
            stopped.refuse(&other, "refuse");
            for one in [&asker, &stopped] {
                one.wait_until_nothing_is_due();
                assert_eq!(one.given_up(), ["no_callback"]);
            }
            assert_eq!(receiver.heard().len(), 0);
        },
    );
}

#[test]
fn a_certificate_must_come_from_an_authority_that_is_named() {
    on_both(
        "it::webhooks::a_certificate_must_come_from_an_authority_that_is_named",
        |world| {
            let site = world.deployment.server.site();
            let key = site.path("tls-key.pem");
            let known = Receiver::tls(&[OK], &site.path("tls-chain.pem"), &key);
            let asker = Asker::new(world, &known);
            asker.withdraw(&asker.ask());
            assert_eq!(known.wait_for(1)[0].verify(&asker.secret, 0), Ok(()));

            let folder = tempfile::tempdir().unwrap();
            let (chain, key) = (folder.path().join("chain"), folder.path().join("key"));
            let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
            std::fs::write(&chain, own.cert.pem()).unwrap();
            std::fs::write(&key, own.signing_key.serialize_pem()).unwrap();
            let unknown = Receiver::tls(&[OK], &chain, &key);
            let asker = Asker::new(world, &unknown);
            asker.withdraw(&asker.ask());
            asker.wait_until_nothing_is_due();
            assert_eq!(asker.given_up(), ["unreachable"]);
            assert_eq!(unknown.heard().len(), 0);
        },
    );
}

#[test]
fn a_call_outlives_the_server() {
    let patient = |plan: &mut Plan| {
        plan.more
            .push_str("[callbacks]\nretry_seconds = 1\ntries = 30\n");
    };
    for database in [Database::Sqlite, Database::Postgres] {
        let Some(world) = World::planned(database, patient) else {
            skip::because(
                "it::webhooks::a_call_outlives_the_server",
                "no PostgreSQL (KYSO_TEST_POSTGRES)",
            );
            continue;
        };
        let receiver = Receiver::plain(&[BROKEN]);
        let asker = Asker::new(&world, &receiver);
        asker.withdraw(&asker.ask());
        let first = receiver.wait_for(1).remove(0);
        let secret = asker.secret.clone();
        let _world = restarted(world);
        let before = receiver.heard().len();
        receiver.answer(OK);
        let heard = receiver.wait_for(before + 1);
        let last = heard.last().unwrap();
        assert_eq!(last.field("webhook-id"), first.field("webhook-id"));
        assert_eq!(last.verify(&secret, 0), Ok(()));
    }
}

#[test]
fn two_servers_make_a_call_once() {
    let test = "it::webhooks::two_servers_make_a_call_once";
    let Some(world) = World::planned(Database::Postgres, hasty) else {
        return skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)");
    };
    let directory = tempfile::tempdir().unwrap();
    let site = world.deployment.server.site().second(directory.path());
    let _second = Server::start(&site.unwrap()).unwrap();
    let receiver = Receiver::plain(&[OK]);
    let askers: Vec<Asker<'_>> = (0..4).map(|_| Asker::new(&world, &receiver)).collect();
    for asker in askers.iter().cycle().take(24) {
        asker.withdraw(&asker.ask());
    }
    for asker in &askers {
        until(|| asker.due() == 0);
    }
    let heard = receiver.heard();
    let ids: BTreeSet<&str> = heard.iter().map(|one| one.field("webhook-id")).collect();
    assert_eq!((heard.len(), ids.len()), (24, 24));
}
