//! PDFs signed and read again.

mod anchored;
mod approved;
mod drawings;
mod drawn;
mod large;
mod later;
pub(crate) mod paper;
mod refused;
mod reserved;
mod sealing;
mod seeds;
mod signed;
mod stamped;
mod warned;
mod whole;

use kyso_documents::pdf::{
    Coverage, Limits, Place, Prepared, Refusal, Request, Target, Verified, prepare, verify,
};
use kyso_documents::{HashAlgorithm, Scheme};
use time::Duration;
use time::macros::datetime;

use crate::pki::{Pki, SIGNED_AT};

pub(crate) const PLACE: Place = Place {
    page: 2,
    left: 30.0,
    bottom: 40.0,
    width: 100.0,
    height: 50.0,
};

fn new(name: &str, place: Option<Place>) -> Request {
    let name = name.to_owned();
    let target = Target::New { name, place };
    Request::new(target, datetime!(2026-11-23 15:00 +7))
}

fn existing(name: &str) -> Request {
    let name = name.to_owned();
    Request::new(Target::Existing { name }, SIGNED_AT)
}

fn cms(prepared: &Prepared, pki: &Pki, scheme: Scheme) -> Vec<u8> {
    let attributes = prepared.attributes(&pki.certificate).unwrap();
    let signature = pki.sign(attributes.signed_attributes(), scheme, attributes.hash());
    let chain = std::slice::from_ref(&pki.authority);
    attributes.complete(&signature, scheme, chain).unwrap()
}

fn sign(file: &[u8], request: &Request) -> Vec<u8> {
    let pki = Pki::shared();
    let prepared = prepare(file, request, &Limits::default()).unwrap();
    let cms = cms(&prepared, pki, Scheme::Ecdsa);
    let done = prepared.complete(file.to_vec(), &cms).unwrap();
    assert!(done.starts_with(file), "what was there stays as it was");
    done
}

fn check(file: &[u8], pki: &Pki) -> Vec<Verified> {
    let anchors = [pki.authority.clone()];
    let at = SIGNED_AT + Duration::hours(1);
    verify(file, &anchors, at, &Limits::default()).unwrap()
}

/// Names and coverage of all signatures, which must be valid.
fn valid(file: &[u8]) -> Vec<(String, Coverage)> {
    let all = check(file, Pki::shared());
    let valid = all.into_iter().map(|one| {
        let report = one.report.unwrap();
        assert!(report.is_valid(), "{}: {report:?}", one.embedded.field);
        (one.embedded.field, one.embedded.coverage)
    });
    valid.collect()
}

fn refusal(file: &[u8], request: &Request) -> Refusal {
    let prepared = prepare(file, request, &Limits::default());
    prepared.map(drop).unwrap_err()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const HASH: HashAlgorithm = HashAlgorithm::Sha256;
