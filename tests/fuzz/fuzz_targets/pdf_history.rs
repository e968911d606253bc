//! No bytes bring down the judgement of what was added after signatures, and none of them is
//! judged twice or not at all.

#![no_main]

use kyso_documents::HashAlgorithm;
use kyso_documents::pdf::{Coverage, Later, Limits, Pdf};
use kyso_documents::seal::{Check, ready_for_seal};
use libfuzzer_sys::fuzz_target;
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits {
        bytes: 1 << 20,
        objects: 10_000,
        sections: 100,
        unpacked: 1 << 20,
    };
    let Ok(pdf) = Pdf::read(bytes, &limits) else {
        return;
    };
    let (Ok(signatures), Ok(later)) = (pdf.signatures(), pdf.later(&limits)) else {
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
    }
    let check = Check {
        anchors: &[],
        at: OffsetDateTime::UNIX_EPOCH,
        hash: HashAlgorithm::Sha256,
        limits: &limits,
        seal: None,
    };
    let nobody = ready_for_seal(bytes, &check, |_| false);
    assert!(nobody.is_err());
});
