//! No bytes bring down the judgement of what was added after signatures, and none of them is
//! judged twice or not at all.

#![no_main]

use kyso_documents::HashAlgorithm;
use kyso_documents::pdf::{Coverage, Later, Pdf};
use kyso_documents::seal::{Check, ready_for_seal};
use kyso_fuzz::LIMITS;
use libfuzzer_sys::fuzz_target;
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pdf) = Pdf::read(bytes, &LIMITS) else {
        return;
    };
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
    }
    let check = Check {
        anchors: &[],
        at: OffsetDateTime::UNIX_EPOCH,
        hash: HashAlgorithm::Sha256,
        limits: &LIMITS,
        seal: None,
    };
    let nobody = ready_for_seal(bytes, &check, |_| false);
    assert!(nobody.is_err());
});
