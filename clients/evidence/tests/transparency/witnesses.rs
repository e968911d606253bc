//! The request to a witness, and everything for which it refuses to cosign.

use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::key::SignatureError;
use kyso_evidence::tiles::{Grower, Prover};
use kyso_evidence::tree::{ConsistencyError, empty_root};
use kyso_evidence::witness::{AddCheckpoint, Refusal, RequestError};
use proptest::prelude::*;

use crate::{Stored, cosigner, leaf, log_key, signed};

/// A log that has grown, with its checkpoints at both sizes and the request between them.
fn grown(old: u64, new: u64) -> (SignedCheckpoint, AddCheckpoint) {
    let (stored, grower) = Stored::grown(new, 300);
    let mut before = Grower::new();
    before.grow((0..old).map(leaf));
    let proof = Prover::new(&stored, new).consistency(old).unwrap();
    let request = AddCheckpoint::new(old, proof, signed(new, grower.root())).unwrap();
    (signed(old, before.root()), request)
}

fn refusal(request: &AddCheckpoint, last: Option<&Checkpoint>) -> (Refusal, u16) {
    let refusal = request.check(&log_key(), last).unwrap_err();
    let status = refusal.status();
    (refusal, status)
}

#[test]
fn a_witness_cosigns_what_continues_its_last_checkpoint() {
    let (last, request) = grown(300, 700);
    let read = AddCheckpoint::parse(request.to_string().as_bytes()).unwrap();
    assert_eq!(read, request);
    let checked = read.check(&log_key(), Some(last.unverified())).unwrap();
    assert_eq!(checked.checkpoint(), request.checkpoint().unverified());
    let line = cosigner(1).cosign(&checked, 7).unwrap();
    assert_eq!(
        request.checkpoint().clone().add(cosigner(1).key(), line),
        Ok(7)
    );
    let again = AddCheckpoint::new(300, vec![], last.clone()).unwrap();
    assert!(again.check(&log_key(), Some(last.unverified())).is_ok());
}

#[test]
fn a_witness_refuses_with_the_specifications_status() {
    let (last, request) = grown(300, 700);
    let last = last.unverified();
    assert_eq!(refusal(&request, None), (Refusal::Conflict(0), 409));
    let later = Checkpoint::new("x".to_owned(), 400, leaf(0)).unwrap();
    assert_eq!(
        refusal(&request, Some(&later)),
        (Refusal::Conflict(400), 409)
    );
    let forked = Checkpoint::new("x".to_owned(), 300, leaf(0)).unwrap();
    let inconsistent = Refusal::Inconsistent(ConsistencyError::OldRoot);
    assert_eq!(refusal(&request, Some(&forked)), (inconsistent, 422));

    let make = |old, checkpoint| AddCheckpoint::new(old, vec![], checkpoint).unwrap();
    let backwards = Refusal::Backwards {
        old: 300,
        size: 200,
    };
    let smaller = make(300, signed(200, leaf(0)));
    assert_eq!(refusal(&smaller, Some(last)), (backwards, 400));
    let rewritten = Refusal::Inconsistent(ConsistencyError::NewRoot);
    let same_size = make(300, signed(300, leaf(0)));
    assert_eq!(refusal(&same_size, Some(last)), (rewritten, 422));
    let unneeded = AddCheckpoint::new(0, vec![leaf(0)], signed(5, leaf(0))).unwrap();
    let length = Refusal::Inconsistent(ConsistencyError::Length);
    assert_eq!(refusal(&unneeded, None), (length, 422));
}

#[test]
fn a_witness_refuses_what_the_log_did_not_sign() {
    let (_, request) = grown(0, 5);
    let text = request.to_string().replacen("\n5\n", "\n6\n", 1);
    let changed = AddCheckpoint::parse(text.as_bytes()).unwrap();
    let invalid = SignatureError::Invalid(log_key().label().name().clone());
    assert_eq!(refusal(&changed, None), (Refusal::Signature(invalid), 403));
}

#[test]
fn other_text_is_no_request() {
    let good = grown(3, 5).1.to_string();
    let swap = |from: &str, to: &str| good.replacen(from, to, 1);
    for text in [
        String::new(),
        swap("old 3", "old 03"),
        swap("old 3", "old"),
        swap("old 3\n", ""),
        swap("old 3\n", "old 3\n\n").replacen("\n\n\n", "\n\nx\n", 1),
        swap("old 3\n", "old 3\nAAAA\n"),
        swap("=\n\n", "=\n"),
        good.replace('\n', "\r\n"),
    ] {
        assert!(AddCheckpoint::parse(text.as_bytes()).is_err(), "{text}");
    }
    let unlike = signed(0, empty_root())
        .to_string()
        .replacen("47DEQpj8", "AAAAAAAA", 1);
    let empty = AddCheckpoint::parse(format!("old 0\n\n{unlike}").as_bytes());
    assert_eq!(empty.unwrap_err().status(), 422);
    assert_eq!(AddCheckpoint::parse(b"").unwrap_err().status(), 400);
    let long = AddCheckpoint::new(3, vec![leaf(0); 64], signed(5, leaf(0)));
    assert_eq!(long, Err(RequestError::TooLong));
    let long = vec![b'x'; 200_000];
    assert_eq!(AddCheckpoint::parse(&long), Err(RequestError::TooLong));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_growth_is_cosigned(old in 0_u64..700, more in 0_u64..700) {
        let (last, request) = grown(old, old + more);
        let read = AddCheckpoint::parse(request.to_string().as_bytes()).unwrap();
        let last = (old > 0).then(|| last.unverified());
        prop_assert!(read.check(&log_key(), last).is_ok());
    }
}
