//! An Idempotency-Key belongs to a client, a user, a route and a body: nobody meets another's.

use kyso_tests::http::Reply;
use serde_json::{Value, json};

use crate::desk::{Desk, hash};
use crate::log;
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::world::{World, on_both};

pub(crate) fn sign_hash(desk: &Desk<'_>, key: &str, body: &Value) -> Reply {
    let call = desk.http.post("/csc/v1/signatures/signHash");
    let call = call.bearer(&desk.token).header("Idempotency-Key", key);
    call.json(body).send().unwrap()
}

pub(crate) fn signatures(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()["signatures"].clone()
}

fn intents(world: &World, credential: &str) -> usize {
    log::of_credential(world, "signature.intent", credential).len()
}

#[test]
fn another_clients_key_is_another_key() {
    on_both(
        "it::idempotency::another_clients_key_is_another_key",
        |world| {
            let (bench, other) = (Bench::new(world), Bench::new(world));
            bench.open(5);
            other.open(5);
            let (key, text) = (fresh_key(), ["một khoá hai hệ thống"]);
            let body = bench.body(&text);
            let ours = signatures(&bench.post(&bench.token, &key, &body));
            let theirs = other.post(&other.token, &key, &other.body(&text));
            assert_ne!(signatures(&theirs), ours, "each signed with its own seal");
            assert_eq!(intents(world, &other.seal), 1);
            // Another body under the same key is told to whoever used it before, and only to them.
            let changed = bench.body(&["khác"]);
            assert_problem(
                &bench.post(&bench.token, &key, &changed),
                409,
                "idempotency_mismatch",
            );
            assert_eq!(signatures(&bench.post(&bench.token, &key, &body)), ours);
            assert_eq!(intents(world, &bench.seal), 1);
        },
    );
}

#[test]
fn another_users_key_is_another_key() {
    on_both(
        "it::idempotency::another_users_key_is_another_key",
        |world| {
            let key = fresh_key();
            for name in ["một", "hai"] {
                let signer = world.signer();
                let desk = Desk::p256(world, &signer);
                let hashes = [hash(name)];
                let sad = desk.sad(&signer, &hashes);
                let body = desk.sign_body(&sad, &hashes);
                let first = sign_hash(&desk, &key, &body);
                desk.assert_signed(&first, &[name]);
                let again = sign_hash(&desk, &key, &body);
                assert_eq!(signatures(&first), signatures(&again));
                assert_eq!(intents(world, &desk.credential), 1);
            }
        },
    );
}

#[test]
fn a_key_on_another_route_is_another_key() {
    on_both(
        "it::idempotency::a_key_on_another_route_is_another_key",
        |world| {
            let bench = Bench::new(world);
            bench.open(5);
            let (key, body) = (fresh_key(), bench.body(&["một khoá hai đường"]));
            signatures(&bench.post(&bench.token, &key, &body));
            let desk = Desk {
                http: world.http(),
                token: bench.token.clone(),
                credential: bench.seal.clone(),
                algorithm: crate::desk::RSA_SHA256,
            };
            let ask = json!({"credentialID": bench.seal, "numSignatures": 1});
            let sad = desk
                .call("credentials/authorize", &ask)
                .member("SAD")
                .unwrap();
            let mut by_sad = desk.sign_body(&sad, &[hash("một khoá hai đường")]);
            by_sad["documents"] = body["documents"].clone();
            let first = signatures(&sign_hash(&desk, &key, &by_sad));
            assert_eq!(signatures(&sign_hash(&desk, &key, &by_sad)), first);
            by_sad["hash"] = json!([hash("khác")]);
            let changed = sign_hash(&desk, &key, &by_sad);
            assert_eq!(changed.status, 409, "{}", changed.text());
            assert_eq!(intents(world, &bench.seal), 2);
        },
    );
}
