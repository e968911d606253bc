//! What is summed instead of entered, so that nobody fills the log by trying again and again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::desk::{Desk, hash};
use crate::log::{self, assert_events};
use crate::stamping::fresh_key;
use crate::world::{on_own, restarted};

/// An old refresh token may be shown for ever: the sum names whose it was.
#[test]
fn refresh_tokens_that_come_back_are_summed() {
    let test = "it::calls::sums::refresh_tokens_that_come_back_are_summed";
    on_own(test, |mut world| {
        let account = world.signer().account;
        let basic = STANDARD.encode(format!("{}:{}", account.login, account.password));
        let call = world.http().post("/csc/v1/auth/login");
        let call = call.header("Authorization", &format!("Basic {basic}"));
        let first = call.json(&json!({"rememberMe": true})).send().unwrap();
        let old: String = first.member("refresh_token").unwrap();
        for turn in 0..5 {
            let call = world.http().post("/csc/v1/auth/login");
            let reply = call.json(&json!({"refresh_token": old})).send().unwrap();
            assert_eq!(reply.status == 200, turn == 0, "{}", reply.text());
        }
        world = restarted(world);
        let summed = log::sums_of(&world, &account.person_id, "token");
        assert_eq!(summed, 4);
    });
}

/// Whoever guesses credentials makes no entry a guess: one sum that names them.
#[test]
fn guesses_at_keys_are_summed_and_name_who_guesses() {
    let test = "it::calls::sums::guesses_at_keys_are_summed_and_name_who_guesses";
    on_own(test, |mut world| {
        let (owner, thief) = (world.signer(), world.signer());
        let foreign = Desk::rsa(&world, &owner).credential;
        let desk = Desk::rsa(&world, &thief);
        let token = &desk.token;
        let mut guesses = 0;
        for credential in [foreign.as_str(), &fresh_key(), "x", ""] {
            let hashes = [hash("đoán")];
            let guess = Desk {
                credential: credential.to_owned(),
                ..desk.clone()
            };
            let stamp = json!({"credential": credential, "hashes": hashes,
                "hash_algorithm": "2.16.840.1.101.3.4.2.1",
                "sign_algorithm": "1.2.840.113549.1.1.11", "documents": [{}]});
            let call = world.http().post("/api/v1/stamps").bearer(token);
            let stamp = call.header("Idempotency-Key", &fresh_key()).json(&stamp);
            for reply in [
                guess.sign("không có", &hashes),
                guess.authorize(&hashes, "123456"),
                stamp.send().unwrap(),
            ] {
                assert!((400..500).contains(&reply.status), "{}", reply.text());
                assert_events(&world, &reply, &[]);
                guesses += 1;
            }
        }
        assert!(log::of_credential(&world, "signature.refused", &foreign).is_empty());
        world = restarted(world);
        let summed = log::sums_of(&world, &thief.account.person_id, "key");
        assert_eq!(summed, guesses);
    });
}
