//! One-time passwords: once, and not by guessing.

use crate::desk::{Desk, assert_csc_error, at_once, count, hash};
use crate::log;
use crate::world::{World, on_both};

#[test]
fn a_used_otp_says_how_long_to_wait() {
    on_both("it::otp::a_used_otp_says_how_long_to_wait", |world| {
        let signer = world.signer();
        let desk = Desk::rsa(world, &signer);
        let code = signer.account.authenticator.code().unwrap();
        let hashes = [hash("một mã một lần")];
        assert_eq!(desk.authorize(&hashes, &code).status, 200);
        let again = desk.authorize(&hashes, &code);
        assert_csc_error(&again, 400, "invalid_otp");
        let text = again.text();
        assert!(
            text.contains("chờ mã mới (") && text.contains(" giây)"),
            "{text}"
        );
    });
}

#[test]
fn one_otp_in_twenty_parallel_calls_authorizes_once() {
    on_both(
        "it::otp::one_otp_in_twenty_parallel_calls_authorizes_once",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let code = signer.account.authenticator.code().unwrap();
            let replies = at_once(20, |_| desk.authorize(&[hash("cùng lúc")], &code));
            assert_eq!(
                count(&replies, 200),
                1,
                "{:?}",
                replies.iter().map(|r| r.status).collect::<Vec<_>>()
            );
            let sads = log::of_credential(world, "sad.authorized", &desk.credential);
            assert_eq!(sads.len(), 1);
        },
    );
}

/// As tests do that share a manager: no code of one comes after a later code of another.
#[test]
fn log_ins_of_one_person_at_once_all_succeed() {
    let world = World::sqlite();
    let account = world.signer().account;
    for token in at_once(2, |_| account.own_token_with_otp()) {
        token.unwrap();
    }
}

#[test]
fn twenty_parallel_guesses_are_slowed_down() {
    on_both(
        "it::otp::twenty_parallel_guesses_are_slowed_down",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let wrong = signer.account.authenticator.wrong();
            let replies = at_once(20, |_| desk.authorize(&[hash("đoán")], &wrong));
            let compared = replies
                .iter()
                .filter(|reply| reply.text().contains("invalid_otp"))
                .count();
            let slowed = count(&replies, 429);
            assert_eq!(compared + slowed, 20);
            assert!(
                (1..10).contains(&compared),
                "{compared} guesses were compared"
            );
            let waiting = replies.iter().find(|reply| reply.status == 429).unwrap();
            assert!(
                waiting
                    .header("retry-after")
                    .unwrap()
                    .parse::<u32>()
                    .unwrap()
                    > 0
            );
            // Whoever guesses does not get further by guessing right.
            let code = signer.account.authenticator.code().unwrap();
            assert_eq!(desk.authorize(&[hash("đoán")], &code).status, 429);
            let refused = log::of_credential(world, "sad.refused", &desk.credential);
            assert!(
                refused
                    .iter()
                    .any(|entry| log::reason(entry) == "invalid_otp")
            );
        },
    );
}

/// Over as many networks as anybody has: the day's hundred are compared and no more, however many
/// come at once, and the right one among those that are too many does not count.
#[test]
fn a_hundred_guesses_a_day_are_compared_over_all_networks() {
    let test = "it::otp::a_hundred_guesses_a_day_are_compared_over_all_networks";
    on_both(test, |world| {
        let signer = world.signer();
        let desk = Desk::rsa(world, &signer);
        let wrong = signer.account.authenticator.wrong();
        let guess = |network: usize, code: &str| {
            let call = desk.http.post("/csc/v1/credentials/authorize");
            let call = call.header("X-Forwarded-For", &format!("198.51.100.{network}"));
            let body = desk.authorize_body(&[hash("đoán mò")], code);
            call.bearer(&desk.token).json(&body).send().unwrap()
        };
        let mut replies = Vec::new();
        // Three from each network, since a network's fourth must wait.
        for round in 0..3 {
            for begin in [0, 20] {
                replies.extend(at_once(20, |index| guess(begin + index, &wrong)));
            }
            assert_eq!(count(&replies, 429), if round < 2 { 0 } else { 20 });
        }
        let code = signer.account.authenticator.code().unwrap();
        replies.extend(at_once(20, |index| {
            guess(100 + index, if index == 10 { &code } else { &wrong })
        }));
        let compared = replies.iter().filter(|one| one.status == 400);
        assert!(
            compared
                .clone()
                .all(|one| one.text().contains("invalid_otp"))
        );
        assert_eq!((compared.count(), count(&replies, 429)), (100, 40));
        let refused = log::of_credential(world, "sad.refused", &desk.credential);
        let with = |reason| {
            refused
                .iter()
                .filter(|one| log::reason(one) == reason)
                .count()
        };
        assert_eq!((with("invalid_otp"), with("throttled")), (100, 40));
    });
}

/// A client that writes a line of its own before the proxy's is still the one that the proxy saw.
#[test]
fn a_line_of_ones_own_is_no_other_network() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    let wrong = signer.account.authenticator.wrong();
    let replies = at_once(20, |index| {
        let call = desk.http.post("/csc/v1/credentials/authorize");
        let call = call.header("X-Forwarded-For", &format!("203.0.113.{index}"));
        let call = call.header("X-Forwarded-For", "198.51.100.200");
        let body = desk.authorize_body(&[hash("hai dòng")], &wrong);
        call.bearer(&desk.token).json(&body).send().unwrap()
    });
    assert!(count(&replies, 429) > 10, "{}", count(&replies, 429));
}

#[test]
fn a_neighbour_may_still_sign_while_somebody_is_guessed_at() {
    on_both(
        "it::otp::a_neighbour_may_still_sign_while_somebody_is_guessed_at",
        |world| {
            let (victim, neighbour) = (world.signer(), world.signer());
            let (guessed, desk) = (Desk::rsa(world, &victim), Desk::rsa(world, &neighbour));
            for _ in 0..6 {
                let wrong = victim.account.authenticator.wrong();
                assert_ne!(guessed.authorize(&[hash("x")], &wrong).status, 200);
            }
            let hashes = [hash("hàng xóm")];
            let sad = desk.sad(&neighbour, &hashes);
            desk.assert_signed(&desk.sign(&sad, &hashes), &["hàng xóm"]);
        },
    );
}
