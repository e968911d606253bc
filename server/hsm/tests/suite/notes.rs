//! Keys that sign notes of the log: one for each kind, found again, and for nothing else.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use kyso_core::{DigestOutcome, HashAlgorithm, KeyAlgorithm, KeyCustody, KeyRef, LaneClass};
use kyso_hsm::{HsmError, NoteKind, Token};

use crate::support::{digest, job, usual, with_token};

const NOTE: &str = "kyso.example/log\n1\nroot\n";

/// Whether the key's signature over the text verifies; the point is the last 65 bytes of the public half.
fn verifies(key: &KeyRef, text: &str, signature: &[u8]) -> bool {
    let point = &key.spki[key.spki.len() - 65..];
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point);
    public.verify(text.as_bytes(), signature).is_ok()
}

/// The token may be one that other tests have used.
async fn made(token: &Token, kind: NoteKind) -> KeyRef {
    match token.note_key(kind).await.unwrap() {
        Some(key) => key,
        None => token.make_note_key(kind).await.unwrap(),
    }
}

#[test]
fn each_kind_of_note_has_a_key_that_is_found_again() {
    with_token(
        "notes::each_kind_of_note_has_a_key_that_is_found_again",
        async |bench| {
            let token = bench.open();
            for kind in [NoteKind::Checkpoint, NoteKind::Export] {
                let key = made(&token, kind).await;
                let signature = token.sign_note(kind, &key, NOTE).await.unwrap();
                assert!(verifies(&key, NOTE, &signature));
                let again = token.make_note_key(kind).await;
                assert!(matches!(again, Err(HsmError::KeyExists(_))), "{again:?}");
                assert_eq!(token.note_key(kind).await.unwrap().as_ref(), Some(&key));
            }
            drop(token);
            let token = bench.open();
            let key = token.note_key(NoteKind::Checkpoint).await.unwrap().unwrap();
            let signature = token.sign_note(NoteKind::Checkpoint, &key, NOTE).await;
            assert!(verifies(&key, NOTE, &signature.unwrap()));
        },
    );
}

#[test]
fn a_key_of_notes_signs_nothing_else() {
    with_token("notes::a_key_of_notes_signs_nothing_else", async |bench| {
        let token = bench.open();
        let key = made(&token, NoteKind::Checkpoint).await;
        let document = digest(HashAlgorithm::Sha256, "một văn bản");
        let place = token.admit(LaneClass::Person, &key).unwrap();
        let asked = job(&key, usual(key.algorithm), vec![document]);
        let outcomes = token.sign(place, asked).await;
        assert_eq!(outcomes, [DigestOutcome::NotAttempted]);
        let other_kind = token.sign_note(NoteKind::Export, &key, NOTE).await;
        assert!(matches!(other_kind, Err(HsmError::Away)), "{other_kind:?}");
        let person = token.generate_key(KeyAlgorithm::P256).await.unwrap();
        let by_person = token.sign_note(NoteKind::Checkpoint, &person, NOTE).await;
        assert!(matches!(by_person, Err(HsmError::Away)), "{by_person:?}");
    });
}
