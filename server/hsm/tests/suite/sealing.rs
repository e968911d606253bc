//! Sealing: only the same token, with the same associated data, opens.

use kyso_hsm::HsmError;

use crate::support::with_token;

const AAD: &[u8] = b"totp\0person 1\0row 1";

#[test]
fn what_was_sealed_opens_only_where_it_belongs() {
    with_token(
        "sealing::what_was_sealed_opens_only_where_it_belongs",
        async |bench| {
            let token = bench.open();
            token.ensure_sealing_key().await.unwrap();
            for secret in [&b""[..], b"secret", &[7; 4096]] {
                let sealed = token.seal(AAD, secret).await.unwrap();
                assert_eq!(sealed.len(), 1 + 16 + 12 + secret.len() + 16);
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
    with_token(
        "sealing::no_changed_byte_opens_and_the_token_stays",
        async |bench| {
            let token = bench.open();
            token.ensure_sealing_key().await.unwrap();
            let sealed = token.seal(AAD, b"secret").await.unwrap();
            for place in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[place] ^= 1;
                let opened = token.unseal(AAD, &changed).await;
                assert!(
                    matches!(opened, Err(HsmError::Unsealable)),
                    "byte {place}: {opened:?}"
                );
            }
            for length in 0..sealed.len() {
                let opened = token.unseal(AAD, &sealed[..length]).await;
                assert!(
                    matches!(opened, Err(HsmError::Unsealable)),
                    "{length} bytes: {opened:?}"
                );
            }
            assert_eq!(*token.unseal(AAD, &sealed).await.unwrap(), b"secret");
            assert_eq!(token.status().reopened, 0);
        },
    );
}

#[test]
fn the_same_value_is_never_sealed_alike() {
    with_token(
        "sealing::the_same_value_is_never_sealed_alike",
        async |bench| {
            let token = bench.open();
            token.ensure_sealing_key().await.unwrap();
            let (one, two) = (
                token.seal(AAD, b"x").await.unwrap(),
                token.seal(AAD, b"x").await.unwrap(),
            );
            assert_ne!(one, two);
        },
    );
}

#[test]
fn an_older_key_still_opens_after_rotation() {
    with_token(
        "sealing::an_older_key_still_opens_after_rotation",
        async |bench| {
            let token = bench.open();
            let first = token.ensure_sealing_key().await.unwrap();
            assert_eq!(token.ensure_sealing_key().await.unwrap(), first);
            let old = token.seal(AAD, b"old").await.unwrap();
            let second = token.rotate_sealing_key().await.unwrap();
            assert_ne!(first, second);
            drop(token);
            let token = bench.open();
            let new = token.seal(AAD, b"new").await.unwrap();
            assert_eq!((&old[1..17], &new[1..17]), (&first[..], &second[..]));
            assert_eq!(*token.unseal(AAD, &old).await.unwrap(), b"old");
        },
    );
}
