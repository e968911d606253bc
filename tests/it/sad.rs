//! A SAD: for one person, one credential, these hashes, once, and not for ever.

use kyso_tests::province::Granted;
use serde_json::json;

use crate::desk::{Desk, assert_csc_error, at_once, count, hash};
use crate::log;
use crate::world::{World, on_both, until};

fn assert_unauthorized_hash(reply: &kyso_tests::http::Reply) {
    assert_csc_error(reply, 400, "invalid_request");
    assert!(
        reply.text().contains("not authorized by the SAD"),
        "{}",
        reply.text()
    );
}

#[test]
fn replayed_sad_is_refused() {
    on_both("it::sad::replayed_sad_is_refused", |world| {
        let signer = world.signer();
        let desk = Desk::p256(world, &signer);
        let hashes = [hash("một lần")];
        let sad = desk.sad(&signer, &hashes);
        desk.assert_signed(&desk.sign(&sad, &hashes), &["một lần"]);
        assert_unauthorized_hash(&desk.sign(&sad, &hashes));
        let refused = log::of_credential(world, "signature.refused", &desk.credential);
        assert_eq!(log::reason(&refused[0]), "hash_not_authorized");
    });
}

#[test]
fn another_hash_is_refused_and_loses_nothing() {
    on_both(
        "it::sad::another_hash_is_refused_and_loses_nothing",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let (shown, other) = (hash("đã xem"), hash("chưa xem"));
            let sad = desk.sad(&signer, std::slice::from_ref(&shown));
            assert_unauthorized_hash(&desk.sign(&sad, std::slice::from_ref(&other)));
            assert_unauthorized_hash(&desk.sign(&sad, &[shown.clone(), other]));
            desk.assert_signed(&desk.sign(&sad, &[shown]), &["đã xem"]);
        },
    );
}

#[test]
fn twenty_parallel_uses_of_one_sad_sign_once() {
    on_both(
        "it::sad::twenty_parallel_uses_of_one_sad_sign_once",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let hashes = [hash("song song")];
            let sad = desk.sad(&signer, &hashes);
            let replies = at_once(20, |_| desk.sign(&sad, &hashes));
            assert_eq!(count(&replies, 200), 1);
            assert_eq!(count(&replies, 400), 19);
            let intents = log::of_credential(world, "signature.intent", &desk.credential);
            assert_eq!(intents.len(), 1);
        },
    );
}

#[test]
fn the_same_hash_twice_is_two_signatures() {
    on_both("it::sad::the_same_hash_twice_is_two_signatures", |world| {
        let signer = world.signer();
        let desk = Desk::p256(world, &signer);
        let twice = [hash("hai bản"), hash("hai bản")];
        let sad = desk.sad(&signer, &twice);
        let both = desk.sign(&sad, &twice);
        desk.assert_signed(&both, &["hai bản", "hai bản"]);
        assert_unauthorized_hash(&desk.sign(&sad, &twice[..1]));
    });
}

#[test]
fn the_same_hash_authorized_once_is_not_signed_twice() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::p256(world, &signer);
    let once = hash("một bản");
    let sad = desk.sad(&signer, std::slice::from_ref(&once));
    assert_unauthorized_hash(&desk.sign(&sad, &[once.clone(), once]));
}

#[test]
fn another_users_sad_and_credential_are_unknown() {
    on_both(
        "it::sad::another_users_sad_and_credential_are_unknown",
        |world| {
            let (owner, thief) = (world.signer(), world.signer());
            let (own, mut other) = (Desk::rsa(world, &owner), Desk::rsa(world, &thief));
            let hashes = [hash("của tôi")];
            let sad = own.sad(&owner, &hashes);
            let reply = other.sign(&sad, &hashes);
            assert_csc_error(&reply, 400, "invalid_request");
            assert!(
                reply.text().contains("Invalid parameter SAD"),
                "{}",
                reply.text()
            );
            other.credential.clone_from(&own.credential);
            let reply = other.sign(&sad, &hashes);
            assert!(
                reply.text().contains("Invalid parameter credentialID"),
                "{}",
                reply.text()
            );
            let absent = other.call(
                "credentials/info",
                &json!({"credentialID": uuid::Uuid::now_v7()}),
            );
            let foreign = other.call("credentials/info", &json!({"credentialID": own.credential}));
            assert_eq!(
                (absent.status, absent.text()),
                (foreign.status, foreign.text())
            );
            own.assert_signed(&own.sign(&sad, &hashes), &["của tôi"]);
        },
    );
}

#[test]
fn another_clients_sad_is_unknown() {
    on_both("it::sad::another_clients_sad_is_unknown", |world| {
        let signer = world.signer();
        let own = Desk::rsa(world, &signer);
        let system = world.system(&own.credential);
        let office = &world.province().office;
        let other = Desk {
            token: system.token(office).unwrap(),
            ..own.clone()
        };
        let hashes = [hash("của riêng")];
        let sad = own.sad(&signer, &hashes);
        let mut body = other.sign_body(&sad, &hashes);
        body["documents"] = json!([{"label": "của riêng", "secrecy": "thường"}]);
        let reply = other.call("signatures/signHash", &body);
        assert_csc_error(&reply, 400, "invalid_request");
        assert!(
            reply.text().contains("Invalid parameter SAD"),
            "{}",
            reply.text()
        );
        own.assert_signed(&own.sign(&sad, &hashes), &["của riêng"]);
    });
}

#[test]
fn a_client_without_explicit_may_not_pass_on_an_otp() {
    let world = World::sqlite();
    let signer = world.signer();
    let own = Desk::rsa(world, &signer);
    let system = world.system(&own.credential);
    let office = &world.province().office;
    let desk = Desk {
        token: system.token(office).unwrap(),
        ..own
    };
    // Before the code is shown: making a system may take longer than the code is good.
    let explicit = office
        .system_without_grant(&world.name("he-thong"))
        .unwrap();
    let granted = Granted::Credential(&desk.credential);
    office.grant(&explicit.id, granted, true).unwrap();
    let hashes = [hash("hộ")];
    let code = signer.account.authenticator.code().unwrap();
    let mut body = desk.authorize_body(&hashes, &code);
    body["documents"] = json!([{"label": "hộ", "secrecy": "thường"}]);
    let refused = desk.call("credentials/authorize", &body);
    assert_eq!(refused.status, 400, "{}", refused.text());
    let desk = Desk {
        token: explicit.token(office).unwrap(),
        ..desk
    };
    let granted = desk.call("credentials/authorize", &body);
    assert_eq!(
        granted.status,
        200,
        "the refusal used the code up: {}",
        granted.text()
    );
}

#[test]
fn an_expired_sad_is_refused() {
    let world = World::sqlite();
    let signer = world.signer();
    // The shortest life that a credential can have.
    let brief = world.province().short_lived(&signer.account, 30).unwrap();
    let desk = Desk {
        credential: brief,
        ..Desk::p256(world, &signer)
    };
    let hashes = [hash("quá hạn")];
    let sad = desk.sad(&signer, &hashes);
    // Another hash uses nothing up, so the SAD can be asked until its time is over.
    let other = [hash("hỏi thăm")];
    until(|| desk.sign(&sad, &other).text().contains("SAD expired"));
    let reply = desk.sign(&sad, &hashes);
    assert_csc_error(&reply, 400, "invalid_request");
    assert!(reply.text().contains("SAD expired"), "{}", reply.text());
    let entry = log::refusal(world, &reply, "signature.refused", "sad_expired");
    assert_eq!(entry.entry["credential"], *desk.credential);
    let outcomes = log::of_credential(world, "signature.outcome", &desk.credential);
    assert!(outcomes.is_empty());
}

#[test]
fn a_person_cannot_have_a_sad_for_a_number() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    let otp = signer.account.authenticator.code().unwrap();
    let body = json!({"credentialID": desk.credential, "numSignatures": 3, "OTP": otp});
    let reply = desk.call("credentials/authorize", &body);
    assert_csc_error(&reply, 400, "invalid_request");
    assert!(reply.text().contains("hash"), "{}", reply.text());
}

#[test]
fn trap_more_signatures_than_hashes() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    let otp = signer.account.authenticator.code().unwrap();
    let mut body = desk.authorize_body(&[hash("một")], &otp);
    body["numSignatures"] = json!(2);
    assert_csc_error(
        &desk.call("credentials/authorize", &body),
        400,
        "invalid_request",
    );
}
