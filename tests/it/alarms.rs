//! Alarms and disputes reach the officers' own system: signed, in order, once each, and across restarts.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_client::Secret;
use kyso_tests::server::{Plan, Server, write_private};
use kyso_tests::skip;
use serde_json::json;

use crate::disputes::Signed;
use crate::log;
use crate::owner::Owner;
use crate::webhooks::receiver::{Answer, Heard, Receiver};
use crate::world::{Database, World, restarted, until};

const OK: Answer = Answer::Status(200);

fn secret() -> Secret {
    Secret::new(format!("whsec_{}", STANDARD.encode([7; 32])))
}

/// Has a server tell this receiver, with these lines in its table.
fn told(plan: &mut Plan, receiver: &Receiver, more: &str) {
    let file = plan.directory.join("alarms.secret");
    write_private(&file, secret().expose()).unwrap();
    let table = format!(
        "[alarms]\nurl = \"{}/soc\"\nsecret = {{ file = '{}' }}\nretry_seconds = 1\n{more}\n",
        receiver.origin,
        file.display()
    );
    plan.more.push_str(&table);
}

fn on_each(test: &str, more: &str, answers: &[Answer], body: impl Fn(World, Receiver)) {
    for database in [Database::Sqlite, Database::Postgres] {
        let receiver = Receiver::plain(answers);
        match World::planned(database, |plan| told(plan, &receiver, more)) {
            Some(world) => body(world, receiver),
            None => skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)"),
        }
    }
}

fn sequence(heard: &Heard) -> i64 {
    heard.json()["data"]["sequence"].as_i64().unwrap()
}

#[test]
fn a_dispute_is_told_signed_and_without_names() {
    let test = "it::alarms::a_dispute_is_told_signed_and_without_names";
    on_each(test, "", &[OK], |world, receiver| {
        let signed = Signed::once(&world);
        let reply = signed.dispute(&json!({"reason": "không phải tôi"}));
        let entered = log::of_call(&world, &reply).remove(0);
        let entry = &entered.entry;
        let heard = receiver.wait_for(1).remove(0);
        assert_eq!(heard.verify(&secret(), 0), Ok(()));
        assert_eq!(heard.path, "/soc");
        let data = json!({"sequence": entry["seq"], "word": "signature_disputed"});
        let body = json!({"type": "signature.disputed", "timestamp": entry["time"], "data": data});
        assert_eq!(heard.json(), body);
        assert_eq!(heard.field("webhook-id"), entered.leaf_hash);
    });
}

#[test]
fn one_that_stumbles_is_told_again_in_order_and_with_the_same_id() {
    let test = "it::alarms::one_that_stumbles_is_told_again_in_order_and_with_the_same_id";
    let answers = [Answer::Status(500), Answer::Elsewhere, OK];
    on_each(test, "", &answers, |world, receiver| {
        let (one, two) = (Signed::once(&world), Signed::once(&world));
        one.dispute(&json!({}));
        two.dispute(&json!({}));
        let heard = receiver.wait_for(4);
        let places: Vec<i64> = heard.iter().map(sequence).collect();
        assert!(
            places[0] == places[1] && places[1] == places[2],
            "{places:?}"
        );
        assert!(places[2] < places[3], "{places:?}");
        let ids: BTreeSet<&str> = heard.iter().map(|one| one.field("webhook-id")).collect();
        assert_eq!(ids.len(), 2);
    });
}

#[test]
fn what_could_not_be_told_is_told_after_a_restart() {
    let test = "it::alarms::what_could_not_be_told_is_told_after_a_restart";
    on_each(test, "", &[Answer::Status(503)], |world, receiver| {
        let signed = Signed::once(&world);
        signed.dispute(&json!({}));
        let first = receiver.wait_for(1).remove(0);
        let world = restarted(world);
        let before = receiver.heard().len();
        receiver.answer(OK);
        let last = receiver.wait_for(before + 1).pop().unwrap();
        assert_eq!(last.field("webhook-id"), first.field("webhook-id"));
        assert_eq!(last.verify(&secret(), 0), Ok(()));
        // What was told is not told again, and what comes later is.
        let mut owner = Owner::of(&world);
        let ended = format!(
            "SELECT count(*) AS value FROM alarm_call WHERE place > {}",
            sequence(&last)
        );
        until(|| owner.count(&ended) == 1);
        drop(owner);
        let world = restarted(world);
        let told = receiver.heard().len();
        Signed::once(&world).dispute(&json!({}));
        let next = receiver.wait_for(told + 1).pop().unwrap();
        assert!(sequence(&next) > sequence(&last));
    });
}

#[test]
fn one_that_is_given_up_does_not_keep_the_next_from_being_told() {
    let test = "it::alarms::one_that_is_given_up_does_not_keep_the_next_from_being_told";
    let answers = [Answer::Status(500), Answer::Status(500), OK];
    on_each(test, "tries = 2", &answers, |world, receiver| {
        let (one, two) = (Signed::once(&world), Signed::once(&world));
        one.dispute(&json!({}));
        two.dispute(&json!({}));
        let heard = receiver.wait_for(3);
        let places: Vec<i64> = heard.iter().map(sequence).collect();
        assert!(
            places[0] == places[1] && places[1] < places[2],
            "{places:?}"
        );
        let metrics = crate::health::internal(&world)
            .get("/metrics")
            .send()
            .unwrap();
        let line = "kyso_alarm_calls_total{outcome=\"given_up\"} 1";
        assert!(metrics.text().contains(line), "{}", metrics.text());
    });
}

#[test]
fn a_row_that_was_changed_is_told_by_its_word() {
    let test = "it::alarms::a_row_that_was_changed_is_told_by_its_word";
    on_each(test, "", &[OK], |world, receiver| {
        let signer = world.signer();
        let mut owner = Owner::of(&world);
        let id = owner.id(&signer.credentials.p256);
        owner.run(&format!(
            "UPDATE credential SET multisign = 99 WHERE id = {id}"
        ));
        owner.run("UPDATE policy_epoch SET counter = counter + 1");
        let heard = receiver.wait_for(1).remove(0);
        assert_eq!(heard.json()["type"], "alarm.raised");
        assert_eq!(heard.json()["data"]["word"], "row_changed");
    });
}

#[test]
fn two_servers_tell_each_once() {
    let receiver = Receiver::plain(&[OK]);
    let planned = |plan: &mut Plan| told(plan, &receiver, "");
    let Some(world) = World::planned(Database::Postgres, planned) else {
        let why = "no PostgreSQL (KYSO_TEST_POSTGRES)";
        return skip::because("it::alarms::two_servers_tell_each_once", why);
    };
    let directory = tempfile::tempdir().unwrap();
    let site = world.deployment.server.site().second(directory.path());
    let _second = Server::start(&site.unwrap()).unwrap();
    let all: Vec<Signed<'_>> = (0..4).map(|_| Signed::once(&world)).collect();
    for signed in &all {
        assert_eq!(signed.dispute(&json!({})).status, 200);
    }
    let heard = receiver.wait_for(4);
    let places: BTreeSet<i64> = heard.iter().map(sequence).collect();
    assert_eq!((heard.len(), places.len()), (4, 4));
}
