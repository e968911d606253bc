//! A time stamp that comes later goes into the PDF's signature, and nothing else changes.

use kyso_documents::HashAlgorithm;
use kyso_documents::pdf::{Coverage, Limits, NotStamped, Pdf, Refusal, Request, stamp};
use kyso_documents::timestamp::{TimestampError, imprint};

use super::paper::{Form, Paper};
use super::{HASH, new, sign, valid};
use crate::openssl::Authority;

fn signed(name: &str, room: usize) -> Vec<u8> {
    let request = Request {
        room,
        ..new(name, None)
    };
    sign(&Paper::plain().write(Form::Table), &request)
}

/// A token over the signature of this field.
fn token(authority: &Authority, file: &[u8], field: &str) -> Vec<u8> {
    let pdf = Pdf::read(file, &Limits::default()).unwrap();
    let all = pdf.signatures().unwrap();
    let one = all.iter().find(|one| one.field == field).unwrap();
    authority.stamp(&imprint(&one.cms, HASH).unwrap())
}

fn stamped(file: &[u8], token: &[u8]) -> Result<Vec<u8>, NotStamped> {
    stamp(file.to_vec(), token, &Limits::default())
}

#[test]
fn a_signature_in_a_pdf_is_stamped_in_its_room_and_stays_valid() {
    let (authority, file) = (Authority::new(), signed("A", 16 << 10));
    let token = token(&authority, &file, "A");
    let done = stamped(&file, &token).unwrap();
    assert_eq!(valid(&done), [("A".to_owned(), Coverage::WholeFile)]);
    assert_eq!(done.len(), file.len());
    let of = |file: &[u8]| {
        let pdf = Pdf::read(file, &Limits::default()).unwrap();
        let one = pdf.signatures().unwrap().remove(0);
        (one.digest(file, HashAlgorithm::Sha256), one.cms.len())
    };
    let (before, after) = (of(&file), of(&done));
    assert_eq!(before.0, after.0, "what it is over");
    assert!(after.1 > before.1 + token.len());
    let again = stamped(&done, &token).unwrap_err();
    assert_eq!(again, TimestampError::Stamped.into());
}

#[test]
fn a_signature_is_not_touched_once_something_rests_on_it() {
    let authority = Authority::new();
    let one = signed("A", 16 << 10);
    let two = sign(&one, &new("B", None));
    let (first, second) = (token(&authority, &two, "A"), token(&authority, &two, "B"));
    assert_eq!(stamped(&two, &first), Err(NotStamped::Covered));
    let done = stamped(&two, &second).unwrap();
    assert_eq!(valid(&done).len(), 2);
    // With the first one stamped in time, both have theirs.
    let both = sign(&stamped(&one, &first).unwrap(), &new("B", None));
    let second = token(&authority, &both, "B");
    assert_eq!(valid(&stamped(&both, &second).unwrap()).len(), 2);
}

#[test]
fn what_does_not_belong_into_a_pdf_is_refused() {
    let (authority, file) = (Authority::new(), signed("A", 16 << 10));
    let right = token(&authority, &file, "A");
    let tight = signed("A", 2 << 10);
    let of_tight = token(&authority, &tight, "A");
    let plain = Paper::plain().write(Form::Table);
    let of_another = authority.stamp(&HASH.digest(b"another"));
    for (file, token, why) in [
        (&file, &of_another, NotStamped::NoSignature),
        (&plain, &right, NotStamped::NoSignature),
        (&file, &file, TimestampError::Token.into()),
        (
            &b"%PDF".to_vec(),
            &right,
            NotStamped::Refused(Refusal::NotPdf),
        ),
    ] {
        assert_eq!(stamped(file, token), Err(why));
    }
    let full = stamped(&tight, &of_tight).unwrap_err();
    assert!(
        matches!(full, NotStamped::Room { found, room: 2048 } if found > 2048),
        "{full:?}"
    );
}
