//! No bytes bring the verifier of others' signatures down, and nobody is trusted where nobody is believed, nor for
//! anything that is not intact; what became DER stays as it is.

#![no_main]

use kyso_documents::validation::trust::Kind;
use kyso_documents::validation::{
    Basis, Evidence, Integrity, Report, SeenHash, TrustList, ber, detached, enveloping, pdf,
};
use kyso_fuzz::{LIMITS, parts};
use libfuzzer_sys::fuzz_target;
use time::macros::datetime;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((der, taken)) = ber::read(bytes) {
        assert!(taken <= bytes.len());
        assert_eq!(ber::to_der(&der).as_deref(), Ok(der.as_slice()));
    }
    for report in judged(bytes, &TrustList::default(), bytes) {
        assert!(report.signatures.iter().all(|one| one.trust.is_err()));
        assert!(!report.is_good());
        assert!(report.inquiries.is_empty());
    }
    // An authority that is believed, and what is known about revocation, come first.
    if let Some(([authority, evidence], file)) = parts(bytes) {
        let trust = TrustList::given([authority.to_vec()]);
        judged(file, &trust, evidence).iter().for_each(check);
    }
});

fn judged(file: &[u8], trust: &TrustList, known: &[u8]) -> Vec<Report> {
    let mut evidence = Evidence::default();
    evidence.add_list(known);
    evidence.add_response(known);
    let basis = Basis {
        trust,
        evidence: &evidence,
        now: datetime!(2026-11-26 12:00 UTC),
    };
    let digest = |hash: SeenHash| hash.digest(b"");
    let beside = detached(file, &digest, &basis).ok();
    let around = enveloping(file, &basis).ok().map(|(report, _)| report);
    let inside = pdf(file, &basis, &LIMITS).ok();
    [beside, around, inside].into_iter().flatten().collect()
}

fn check(report: &Report) {
    let all = &report.signatures;
    let mut trusted = all.iter().filter_map(|one| one.trust.as_ref().ok());
    assert!(trusted.all(|root| root.kind == Kind::Given));
    let mut sound = all
        .iter()
        .map(|one| one.integrity == Integrity::Intact && one.trust.is_ok());
    assert!(!report.is_good() || sound.all(|one| one));
    let fits = all.iter().any(|one| one.integrity != Integrity::Broken);
    assert!(
        report.inquiries.is_empty() || fits,
        "nobody is asked about what does not fit"
    );
    for inquiry in &report.inquiries {
        assert!(inquiry.sources().iter().all(|one| !one.url().is_empty()));
    }
}
