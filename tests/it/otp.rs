//! One-time passwords: once, and not by guessing.

use crate::desk::{Desk, assert_csc_error, at_once, count, hash};
use crate::log;
use crate::world::on_both;

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
