//! Sealing: only the same token, with the same associated data, opens.

use kyso_hsm::{HsmError, Token};
use kyso_hsm_config::Sealing;

use crate::support::{Bench, with_token};

const AAD: &[u8] = b"totp\0person 1\0row 1";

/// The token as a profile opens it that seals in this way.
fn open(bench: &Bench, sealing: Sealing) -> Token {
    let mut profile = bench.profile.clone();
    profile.mechanisms.sealing = sealing;
    Token::open(&profile, bench.pin.clone()).unwrap()
}

/// What a sealed value has beside the secret: version and key id, IV or nonce, and tag.
const fn overhead(sealing: Sealing) -> usize {
    match sealing {
        Sealing::AesGcm => 1 + 16 + 12 + 16,
        Sealing::HmacKdf => 1 + 16 + 32 + 16,
    }
}

/// Runs `body` with a token that has a sealing key, once for each way to seal.
fn each_way(test: &str, body: impl AsyncFn(Token, Sealing)) {
    with_token(test, async |bench| {
        for sealing in Sealing::ALL {
            let token = open(&bench, sealing);
            token.ensure_sealing_key().await.unwrap();
            body(token, sealing).await;
        }
    });
}

#[test]
fn what_was_sealed_opens_only_where_it_belongs() {
    each_way(
        "sealing::what_was_sealed_opens_only_where_it_belongs",
        async |token, sealing| {
            for secret in [&b""[..], b"secret", &[7; 4096]] {
                let sealed = token.seal(AAD, secret).await.unwrap();
                assert_eq!(sealed.len(), secret.len() + overhead(sealing));
                assert_eq!(*token.unseal(AAD, &sealed).await.unwrap(), secret);
                let moved = token.unseal(b"totp\0person 2\0row 1", &sealed).await;
                assert!(matches!(moved, Err(HsmError::Unsealable)), "{moved:?}");
            }
            assert!(token.status().is_ready());
            assert_eq!(token.status().reopened, 0);
        },
    );
}

#[test]
fn no_changed_byte_opens_and_the_token_stays() {
    each_way(
        "sealing::no_changed_byte_opens_and_the_token_stays",
        async |token, _| {
            let sealed = token.seal(AAD, b"secret").await.unwrap();
            for place in 0..sealed.len() {
                for bit in [1, 2, 3] {
                    let mut changed = sealed.clone();
                    changed[place] ^= bit;
                    unopened(&token, &changed, &format!("byte {place} ^ {bit}")).await;
                }
            }
            for length in 0..sealed.len() {
                unopened(&token, &sealed[..length], &format!("{length} bytes")).await;
            }
            assert_eq!(*token.unseal(AAD, &sealed).await.unwrap(), b"secret");
            assert_eq!(token.status().reopened, 0);
        },
    );
}

async fn unopened(token: &Token, sealed: &[u8], what: &str) {
    let opened = token.unseal(AAD, sealed).await;
    assert!(
        matches!(opened, Err(HsmError::Unsealable)),
        "{what}: {opened:?}"
    );
}

#[test]
fn the_same_value_is_never_sealed_alike() {
    each_way(
        "sealing::the_same_value_is_never_sealed_alike",
        async |token, _| {
            let one = token.seal(AAD, b"x").await.unwrap();
            let two = token.seal(AAD, b"x").await.unwrap();
            assert_ne!(one[17..], two[17..]);
        },
    );
}

#[test]
fn an_older_key_still_opens_after_rotation() {
    with_token(
        "sealing::an_older_key_still_opens_after_rotation",
        async |bench| {
            for sealing in Sealing::ALL {
                let token = open(&bench, sealing);
                let first = token.ensure_sealing_key().await.unwrap();
                assert_eq!(token.ensure_sealing_key().await.unwrap(), first);
                let old = token.seal(AAD, b"old").await.unwrap();
                let second = token.rotate_sealing_key().await.unwrap();
                assert_ne!(first, second);
                drop(token);
                let token = open(&bench, sealing);
                let new = token.seal(AAD, b"new").await.unwrap();
                assert_eq!((&old[1..17], &new[1..17]), (&first[..], &second[..]));
                assert_eq!(*token.unseal(AAD, &old).await.unwrap(), b"old");
            }
        },
    );
}

#[test]
fn what_was_sealed_in_another_way_still_opens() {
    with_token(
        "sealing::what_was_sealed_in_another_way_still_opens",
        async |bench| {
            for (then, now) in [
                (Sealing::AesGcm, Sealing::HmacKdf),
                (Sealing::HmacKdf, Sealing::AesGcm),
            ] {
                let token = open(&bench, then);
                token.ensure_sealing_key().await.unwrap();
                let sealed = token.seal(AAD, b"secret").await.unwrap();
                drop(token);
                let token = open(&bench, now);
                assert_eq!(*token.unseal(AAD, &sealed).await.unwrap(), b"secret");
            }
        },
    );
}
