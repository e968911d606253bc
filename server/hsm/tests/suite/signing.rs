//! Signing: every kind of key and scheme, refusals, bounds.

use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use kyso_core::{
    DigestOutcome, HashAlgorithm, KeyAlgorithm, KeyCustody, LaneClass, SignatureScheme,
};
use kyso_hsm::Refusal;

use crate::support::{digest, job, sign, usual, with_token};

fn verify(algorithm: &'static dyn VerificationAlgorithm, spki: &[u8], outcome: DigestOutcome) {
    let DigestOutcome::Signed(signature) = outcome else {
        panic!("{outcome:?}")
    };
    UnparsedPublicKey::new(algorithm, spki)
        .verify("công văn".as_bytes(), &signature)
        .unwrap();
}

#[test]
fn every_kind_of_key_signs() {
    with_token("signing::every_kind_of_key_signs", async |bench| {
        let token = bench.open();
        for algorithm in KeyAlgorithm::ALL {
            let key = token.generate_key(algorithm).await.unwrap();
            for hash in HashAlgorithm::ALL {
                let scheme = match usual(algorithm) {
                    SignatureScheme::Ecdsa(_) => SignatureScheme::Ecdsa(hash),
                    _ => SignatureScheme::RsaPkcs1(hash),
                };
                let outcome = sign(&token, &key, scheme).await;
                let checker: &'static dyn VerificationAlgorithm = match (algorithm, hash) {
                    (KeyAlgorithm::P256, HashAlgorithm::Sha256) => {
                        &signature::ECDSA_P256_SHA256_ASN1
                    }
                    (KeyAlgorithm::P256, HashAlgorithm::Sha384) => {
                        &signature::ECDSA_P256_SHA384_ASN1
                    }
                    (KeyAlgorithm::P256, HashAlgorithm::Sha512) => {
                        &signature::ECDSA_P256_SHA512_ASN1
                    }
                    (KeyAlgorithm::P384, HashAlgorithm::Sha256) => {
                        &signature::ECDSA_P384_SHA256_ASN1
                    }
                    (KeyAlgorithm::P384, HashAlgorithm::Sha384) => {
                        &signature::ECDSA_P384_SHA384_ASN1
                    }
                    (KeyAlgorithm::P384, HashAlgorithm::Sha512) => {
                        &signature::ECDSA_P384_SHA512_ASN1
                    }
                    (_, HashAlgorithm::Sha256) => &signature::RSA_PKCS1_2048_8192_SHA256,
                    (_, HashAlgorithm::Sha384) => &signature::RSA_PKCS1_2048_8192_SHA384,
                    (_, HashAlgorithm::Sha512) => &signature::RSA_PKCS1_2048_8192_SHA512,
                };
                verify(checker, &key.spki, outcome);
            }
        }
    });
}

#[test]
fn pss_has_exactly_the_salt_asked_for_or_is_refused() {
    with_token(
        "signing::pss_has_exactly_the_salt_asked_for_or_is_refused",
        async |bench| {
            let token = bench.open();
            let key = token.generate_key(KeyAlgorithm::Rsa2048).await.unwrap();
            let pss = |salt| SignatureScheme::RsaPss {
                hash: HashAlgorithm::Sha256,
                salt,
            };
            // aws-lc's PSS_SHA256 wants a salt as long as the digest, so 32 verifies and 20 does not.
            verify(
                &signature::RSA_PSS_2048_8192_SHA256,
                &key.spki,
                sign(&token, &key, pss(32)).await,
            );
            for salt in [0, 20, 222] {
                let outcome = sign(&token, &key, pss(salt)).await;
                let DigestOutcome::Signed(bytes) = outcome else {
                    panic!("{salt}: {outcome:?}")
                };
                let whole =
                    UnparsedPublicKey::new(&signature::RSA_PSS_2048_8192_SHA256, &*key.spki);
                assert!(
                    whole.verify("công văn".as_bytes(), &bytes).is_err(),
                    "{salt}"
                );
            }
            assert_eq!(
                sign(&token, &key, pss(223)).await,
                DigestOutcome::NotAttempted
            );
            let refusal = Refusal::SaltTooLong {
                asked: 223,
                longest: 222,
            };
            assert_eq!(
                token.supports(KeyAlgorithm::Rsa2048, pss(223)),
                Err(refusal)
            );
            assert!(token.status().is_ready());
        },
    );
}

/// By a verifier that takes no other salt than one as long as the digest.
#[test]
fn pss_of_every_hash_verifies_on_every_size_of_key() {
    let name = "signing::pss_of_every_hash_verifies_on_every_size_of_key";
    with_token(name, async |bench| {
        let token = bench.open();
        let sizes = [
            KeyAlgorithm::Rsa2048,
            KeyAlgorithm::Rsa3072,
            KeyAlgorithm::Rsa4096,
        ];
        for size in sizes {
            let key = token.generate_key(size).await.unwrap();
            for hash in HashAlgorithm::ALL {
                let (salt, checker): (_, &'static dyn VerificationAlgorithm) = match hash {
                    HashAlgorithm::Sha256 => (32, &signature::RSA_PSS_2048_8192_SHA256),
                    HashAlgorithm::Sha384 => (48, &signature::RSA_PSS_2048_8192_SHA384),
                    HashAlgorithm::Sha512 => (64, &signature::RSA_PSS_2048_8192_SHA512),
                };
                let outcome = sign(&token, &key, SignatureScheme::RsaPss { hash, salt }).await;
                verify(checker, &key.spki, outcome);
            }
        }
    });
}

#[test]
fn a_batch_is_answered_in_order() {
    with_token("signing::a_batch_is_answered_in_order", async |bench| {
        let token = bench.open();
        let key = token.generate_key(KeyAlgorithm::P256).await.unwrap();
        let scheme = usual(key.algorithm);
        let texts: Vec<String> = (0..100).map(|number| format!("văn bản {number}")).collect();
        let digests = texts
            .iter()
            .map(|text| digest(scheme.hash(), text))
            .collect();
        let place = token.admit(LaneClass::Stamp, &key).unwrap();
        let outcomes = token.sign(place, job(&key, scheme, digests)).await;
        assert_eq!(outcomes.len(), 100);
        for (text, outcome) in texts.iter().zip(outcomes) {
            let DigestOutcome::Signed(bytes) = outcome else {
                panic!("{outcome:?}")
            };
            UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, &*key.spki)
                .verify(text.as_bytes(), &bytes)
                .unwrap();
        }
    });
}

#[test]
fn a_full_queue_is_busy_before_anything_is_asked() {
    with_token(
        "signing::a_full_queue_is_busy_before_anything_is_asked",
        async |bench| {
            let token = bench.open();
            let key = token.generate_key(KeyAlgorithm::P256).await.unwrap();
            let people = bench.profile.lanes.people.get();
            let places: Vec<_> = (0..people)
                .map(|_| token.admit(LaneClass::Person, &key).unwrap())
                .collect();
            let busy = token.admit(LaneClass::Person, &key).unwrap_err();
            assert!(busy.retry_after.as_secs() >= 1);
            assert!(token.admit(LaneClass::Stamp, &key).is_ok());
            assert_eq!(token.status().people, people);
            drop(places);
            assert_eq!(token.status().people, 0);
            assert!(token.admit(LaneClass::Person, &key).is_ok());
        },
    );
}

#[test]
fn a_place_is_for_one_key_and_one_hash() {
    with_token(
        "signing::a_place_is_for_one_key_and_one_hash",
        async |bench| {
            let token = bench.open();
            let key = token.generate_key(KeyAlgorithm::P256).await.unwrap();
            let other = token.generate_key(KeyAlgorithm::P256).await.unwrap();
            let scheme = usual(key.algorithm);
            let right = digest(HashAlgorithm::Sha256, "một");
            let wrong = digest(HashAlgorithm::Sha384, "một");
            let place = token.admit(LaneClass::Person, &key).unwrap();
            let outcomes = token.sign(place, job(&other, scheme, vec![right])).await;
            assert_eq!(outcomes, [DigestOutcome::NotAttempted]);
            let place = token.admit(LaneClass::Person, &key).unwrap();
            let outcomes = token
                .sign(place, job(&key, scheme, vec![right, wrong]))
                .await;
            assert_eq!(
                outcomes,
                [DigestOutcome::NotAttempted, DigestOutcome::NotAttempted]
            );
        },
    );
}

#[test]
fn a_wrong_pin_is_told_and_not_tried_again() {
    with_token(
        "signing::a_wrong_pin_is_told_and_not_tried_again",
        async |bench| {
            let wrong = secrecy::SecretString::from("00000000");
            let error = kyso_hsm::Token::open(&bench.profile, wrong).unwrap_err();
            assert!(
                matches!(error, kyso_hsm::HsmError::Pin("CKR_PIN_INCORRECT")),
                "{error}"
            );
            assert!(!format!("{error} {error:?}").contains("00000000"));
        },
    );
}
