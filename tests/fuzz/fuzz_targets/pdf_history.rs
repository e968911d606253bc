//! No bytes bring down the judgement of what was added after signatures, and none of them is
//! judged twice or not at all. What may be sealed has the digest of all but the room of the seal's signature.

#![no_main]

use kyso_documents::appearance::{CopyKind, Picture};
use kyso_documents::pdf::{Coverage, Later, Pdf};
use kyso_documents::seal::{
    ApprovedSeal, Check, Open, ready_for_appendix, ready_for_copy, ready_for_person, ready_for_seal,
};
use kyso_documents::{DocumentDigest, HashAlgorithm};
use kyso_fuzz::{LIMITS, parts};
use libfuzzer_sys::fuzz_target;
use time::macros::datetime;

const HASH: HashAlgorithm = HashAlgorithm::Sha256;
/// Of the seal in the seeds, millimetres.
const WIDTH: f64 = 16.0;

fuzz_target!(|bytes: &[u8]| {
    look(bytes, &[], None);
    // An authority that is believed, and the picture of the seal that was approved, come first.
    if let Some(([authority, png], file)) = parts(bytes) {
        let picture = Picture::read(png).ok();
        let seal = picture.as_ref().map(|picture| ApprovedSeal {
            picture,
            width: WIDTH,
        });
        look(file, &[authority.to_vec()], seal);
    }
});

fn look(bytes: &[u8], anchors: &[Vec<u8>], seal: Option<ApprovedSeal<'_>>) {
    let Ok(pdf) = Pdf::read(bytes, &LIMITS) else {
        return;
    };
    history(&pdf);
    let check = Check {
        anchors,
        at: datetime!(2026-11-23 9:00 UTC),
        hash: HASH,
        limits: &LIMITS,
        seal,
    };
    assert!(ready_for_seal(bytes, &check, |_| false).is_err());
    if let Ok(ready) = ready_for_seal(bytes, &check, |_| true) {
        open(bytes, ready.open());
    }
    for ready in [
        ready_for_appendix(bytes, &check),
        ready_for_person(&pdf, &check),
    ] {
        let _ = ready.map(|ready| open(bytes, &ready));
    }
    let _ = ready_for_copy(bytes, &check, CopyKind::Whole, "1/A");
}

fn history(pdf: &Pdf<'_>) {
    let (Ok(signatures), Ok(later)) = (pdf.signatures(), pdf.later(&LIMITS)) else {
        return;
    };
    assert_eq!(signatures.len(), later.len());
    for (signature, later) in signatures.iter().zip(&later) {
        let expected = match signature.coverage {
            Coverage::WholeFile => *later == Later::Nothing,
            Coverage::EarlierRevision => true,
            Coverage::Unclear => !later.is_explained(),
        };
        assert!(expected, "{signature:?} {later:?}");
        let _ = pdf.seen(&signature.field);
    }
}

fn open(file: &[u8], open: &Open) {
    let room = open.room();
    let parts = [&file[..room.start - 1], &file[room.end + 1..]];
    assert_eq!(&DocumentDigest::of_parts(HASH, &parts), open.digest());
    assert!(file[room].iter().all(|byte| *byte == b'0'));
}
