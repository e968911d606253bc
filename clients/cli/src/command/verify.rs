//! Verifies signatures, without asking anybody: inside a PDF, beside a file, or around one.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::Path;

use kyso_documents::validation::{
    Basis, Evidence, Fault, Report, SeenHash, TrustList, detached, enveloping, pdf,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};

use super::target::{is_pdf, signature_file};
use super::verified::{every, show};
use crate::args::{TrustArgs, VerifyArgs};
use crate::catalogue::Message;
use crate::environment;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn verify(screen: &Screen, args: &VerifyArgs) -> Result<(), Failure> {
    let (trust, evidence) = (trust(&args.trust)?, evidence(args)?);
    let basis = Basis {
        trust: &trust,
        evidence: &evidence,
        now: environment::now(),
    };
    let beside = args.signature.is_some() || args.detached;
    if is_pdf(&args.file) && !beside {
        inside(screen, &args.file, &basis)
    } else if is_signature(&args.file) && !beside {
        around(screen, &args.file, &basis)
    } else {
        detached_from(screen, args, &basis)
    }
}

/// Whether the name says that the file carries its document (RFC 8551 §3.2.1) or is a signature.
fn is_signature(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default();
    ["p7m", "p7s"]
        .iter()
        .any(|one| extension.eq_ignore_ascii_case(one))
}

fn inside(screen: &Screen, path: &Path, basis: &Basis<'_>) -> Result<(), Failure> {
    let file = super::pdf::read(path)?;
    let report = pdf(&file, basis, &kyso_documents::pdf::Limits::default())
        .map_err(|refusal| Failure::pdf(path, refusal))?;
    every(screen, &report);
    if report.signatures.is_empty() {
        let (file, beside) = (path.display(), signature_file(path));
        let named = vec![file.to_string(), beside.display().to_string()];
        return Err(Failure::Local(Message::NoneInside, named));
    }
    good(&report, Message::NotAllValid, path)
}

fn around(screen: &Screen, path: &Path, basis: &Basis<'_>) -> Result<(), Failure> {
    let cms = read(path)?;
    let (report, _) = enveloping(&cms, basis).map_err(|fault| no_signature(screen, fault))?;
    show(screen, &report);
    good(&report, Message::NotValid, path)
}

fn detached_from(screen: &Screen, args: &VerifyArgs, basis: &Basis<'_>) -> Result<(), Failure> {
    let target = args.signature.clone();
    let target = target.unwrap_or_else(|| signature_file(&args.file));
    let cms = read(&target)?;
    let broken = RefCell::new(None);
    let document = |hash: SeenHash| {
        let read = fs::File::open(&args.file).and_then(|open| hash.of(open));
        read.unwrap_or_else(|error: io::Error| {
            broken.replace(Some(error));
            Vec::new()
        })
    };
    let report = detached(&cms, &document, basis).map_err(|fault| no_signature(screen, fault))?;
    if let Some(error) = broken.take() {
        return Err(Failure::file(&args.file, error));
    }
    show(screen, &report);
    good(&report, Message::NotValid, &target)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::file(path, error))
}

fn no_signature(screen: &Screen, fault: Fault) -> Failure {
    let language = screen.language();
    Failure::local(
        Message::NoSignature,
        language.choose(fault.vietnamese(), fault.english()),
    )
}

fn good(report: &Report, otherwise: Message, path: &Path) -> Result<(), Failure> {
    if report.is_good() {
        Ok(())
    } else {
        Err(Failure::local(otherwise, path.display()))
    }
}

/// Certificates that are given and the list that is named, together.
fn trust(args: &TrustArgs) -> Result<TrustList, Failure> {
    let mut given = Vec::new();
    for file in &args.ca {
        given.extend(certificates(file)?);
    }
    let given = TrustList::given(given);
    let Some(folder) = &args.trust else {
        return Ok(given);
    };
    let listed =
        TrustList::read(folder).map_err(|error| Failure::local(Message::NoTrustList, error))?;
    Ok(listed.with_evaluation(args.evaluation).and(given))
}

fn certificates(file: &Path) -> Result<Vec<Vec<u8>>, Failure> {
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

/// Lists in DER or PEM, and OCSP responses in DER.
fn evidence(args: &VerifyArgs) -> Result<Evidence, Failure> {
    let mut evidence = Evidence::default();
    for file in &args.crl {
        let bytes = read(file)?;
        match CertificateRevocationListDer::from_pem_slice(&bytes) {
            Ok(list) => evidence.add_list(&list),
            Err(_) => evidence.add_list(&bytes),
        }
    }
    for file in &args.ocsp {
        evidence.add_response(&read(file)?);
    }
    Ok(evidence)
}
