//! Verifies signatures, without our server: inside a PDF, beside a file, or around one.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kyso_documents::validation::{
    Basis, Evidence, Fault, Report, SeenHash, TrustList, detached, enveloping, pdf,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};

use super::online;
use super::target::{is_pdf, signature_file};
use super::verified::{every, show};
use crate::args::{TrustArgs, VerifyArgs};
use crate::catalogue::Message;
use crate::environment;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn verify(screen: &Screen, args: &VerifyArgs) -> Result<(), Failure> {
    let (trust, evidence) = (trust(&args.trust)?, evidence(args)?);
    let (signed, now) = (Signed::of(args)?, environment::now());
    let judge = |evidence: &Evidence| {
        signed.judge(
            screen,
            &Basis {
                trust: &trust,
                evidence,
                now,
            },
        )
    };
    let report = online::judged(&args.online, evidence, now, judge)?;
    signed.tell(screen, &report)
}

/// What is verified.
enum Signed<'a> {
    /// A PDF with its signatures in it.
    Inside(&'a Path, Vec<u8>),
    /// A signature file that carries its document.
    Around(&'a Path, Vec<u8>),
    /// A document, and the signature file beside it.
    Beside(&'a Path, PathBuf, Vec<u8>),
}

/// Whether the name says that the file carries its document (RFC 8551 §3.2.1) or is a signature.
fn is_signature(file: &Path) -> bool {
    let extension = file.extension().unwrap_or_default();
    ["p7m", "p7s"]
        .iter()
        .any(|one| extension.eq_ignore_ascii_case(one))
}

impl<'a> Signed<'a> {
    fn of(args: &'a VerifyArgs) -> Result<Self, Failure> {
        let file = args.file.as_path();
        let beside = args.signature.is_some() || args.detached;
        if is_pdf(file) && !beside {
            return Ok(Self::Inside(file, super::pdf::read(file)?));
        }
        if is_signature(file) && !beside {
            return Ok(Self::Around(file, read(file)?));
        }
        let target = args.signature.clone();
        let target = target.unwrap_or_else(|| signature_file(file));
        let cms = read(&target)?;
        Ok(Self::Beside(file, target, cms))
    }

    fn judge(&self, screen: &Screen, basis: &Basis<'_>) -> Result<Report, Failure> {
        let no_signature = |fault: Fault| {
            let words = screen.language();
            let words = words.choose(fault.vietnamese(), fault.english());
            Failure::local(Message::NoSignature, words)
        };
        match self {
            Self::Inside(path, file) => {
                let limits = kyso_documents::pdf::Limits::default();
                pdf(file, basis, &limits).map_err(|refusal| Failure::pdf(path, refusal))
            }
            Self::Around(_, cms) => {
                let found = enveloping(cms, basis).map_err(no_signature)?;
                Ok(found.0)
            }
            Self::Beside(file, _, cms) => beside(file, cms, basis)?.map_err(no_signature),
        }
    }

    fn tell(&self, screen: &Screen, report: &Report) -> Result<(), Failure> {
        match self {
            Self::Inside(path, _) => {
                every(screen, report);
                if report.signatures.is_empty() {
                    let beside = signature_file(path);
                    let named = [path, beside.as_path()].map(|one| one.display().to_string());
                    return Err(Failure::Local(Message::NoneInside, named.into()));
                }
                good(report, Message::NotAllValid, path)
            }
            Self::Around(target, _) => {
                show(screen, report);
                good(report, Message::NotValid, target)
            }
            Self::Beside(_, target, _) => {
                show(screen, report);
                good(report, Message::NotValid, target)
            }
        }
    }
}

fn beside(file: &Path, cms: &[u8], basis: &Basis<'_>) -> Result<Result<Report, Fault>, Failure> {
    let broken = RefCell::new(None);
    let document = |hash: SeenHash| {
        let read = fs::File::open(file).and_then(|open| hash.of(open));
        read.unwrap_or_else(|error: io::Error| {
            broken.replace(Some(error));
            Vec::new()
        })
    };
    let report = detached(cms, &document, basis);
    match broken.take() {
        Some(error) => Err(Failure::file(file, error)),
        None => Ok(report),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::file(path, error))
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
