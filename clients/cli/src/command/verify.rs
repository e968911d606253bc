//! Verifies a detached signature, without asking anybody.

use std::fs;
use std::path::Path;

use kyso_client::Language;
use kyso_documents::{DocumentDigest, HashAlgorithm, Problem, Report, verify as check};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::signature::signature_file;
use crate::args::VerifyArgs;
use crate::catalogue::Message;
use crate::environment;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn verify(screen: &Screen, args: &VerifyArgs) -> Result<(), Failure> {
    let target = args
        .signature
        .clone()
        .unwrap_or_else(|| signature_file(&args.file));
    let cms = fs::read(&target).map_err(|error| Failure::file(&target, error))?;
    let report = examine(&cms, &args.file, &anchors(&args.ca)?)?;
    if screen.is_json() {
        screen.record(&described(&report));
    } else {
        show(screen, &report);
    }
    if report.is_valid() {
        Ok(())
    } else {
        Err(Failure::local(Message::NotValid, target.display()))
    }
}

/// The signature names its hash, so a document hashed with another one is hashed again.
fn examine(cms: &[u8], file: &Path, anchors: &[Vec<u8>]) -> Result<Report, Failure> {
    let report = with_hash(cms, file, anchors, HashAlgorithm::Sha256)?;
    match report.hash {
        Some(hash) if hash != HashAlgorithm::Sha256 => with_hash(cms, file, anchors, hash),
        _ => Ok(report),
    }
}

fn with_hash(
    cms: &[u8],
    file: &Path,
    anchors: &[Vec<u8>],
    hash: HashAlgorithm,
) -> Result<Report, Failure> {
    let document = fs::File::open(file).and_then(|open| DocumentDigest::of(hash, open));
    let document = document.map_err(|error| Failure::file(file, error))?;
    check(cms, &document, anchors, environment::now())
        .map_err(|error| Failure::local(Message::NoSignature, error))
}

fn anchors(file: &Path) -> Result<Vec<Vec<u8>>, Failure> {
    let read = CertificateDer::pem_file_iter(file).map_err(|error| Failure::file(file, error))?;
    let found: Vec<Vec<u8>> = read
        .map(|certificate| certificate.map(|der| der.to_vec()))
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::file(file, error))?;
    if found.is_empty() {
        return Err(Failure::local(Message::NoAuthority, file.display()));
    }
    Ok(found)
}

fn described(report: &Report) -> Value {
    let signer = report.signer.as_ref();
    json!({
        "valid": report.is_valid(),
        "digest_matches": report.digest_matches,
        "signature_valid": report.signature_valid,
        "trusted": report.trusted,
        "subject": signer.map(|signer| &signer.subject),
        "issuer": signer.map(|signer| &signer.issuer),
        "serial_number": signer.map(|signer| &signer.serial),
        "signing_time": report.signing_time.and_then(|time| time.format(&Rfc3339).ok()),
        "hash": report.hash.map(HashAlgorithm::name),
        "problems": report.problems.iter().map(|problem| problem.english()).collect::<Vec<_>>(),
    })
}

fn show(screen: &Screen, report: &Report) {
    let mut lines = described(report);
    if let Some(problems) = lines.get_mut("problems") {
        let sentence = |problem: &Problem| match screen.language() {
            Language::Vietnamese => problem.vietnamese(),
            Language::English => problem.english(),
        };
        *problems = report.problems.iter().map(sentence).collect();
    }
    screen.record(&lines);
}
