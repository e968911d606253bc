//! No bytes bring the verifier of others' signatures down, and nobody is trusted where nobody is believed;
//! what became DER stays as it is.

#![no_main]

use kyso_documents::pdf::Limits;
use kyso_documents::validation::{
    Basis, Evidence, SeenHash, TrustList, ber, detached, enveloping, pdf,
};
use libfuzzer_sys::fuzz_target;
use time::macros::datetime;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((der, taken)) = ber::read(bytes) {
        assert!(taken <= bytes.len());
        assert_eq!(ber::to_der(&der).as_deref(), Ok(der.as_slice()));
    }
    let mut evidence = Evidence::default();
    evidence.add_list(bytes);
    evidence.add_response(bytes);
    let basis = Basis {
        trust: &TrustList::default(),
        evidence: &evidence,
        now: datetime!(2026-11-26 12:00 UTC),
    };
    let digest = |hash: SeenHash| hash.digest(b"");
    let beside = detached(bytes, &digest, &basis).ok();
    let around = enveloping(bytes, &basis).ok().map(|(report, _)| report);
    let inside = pdf(bytes, &basis, &Limits::default()).ok();
    for report in [beside, around, inside].into_iter().flatten() {
        assert!(report.signatures.iter().all(|one| one.trust.is_err()));
        assert!(!report.is_good());
        assert!(report.inquiries.is_empty());
    }
});
