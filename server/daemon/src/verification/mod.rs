//! Strangers' files, judged in a process of their own ([`crate::apart`]), `kysod verify-file`: it reads one [`Question`],
//! and writes one [`Answer`] as JSON. What that leaves open about revocation, the server asks authorities and has judged
//! again ([`Asking`]).

mod asking;
mod process;
mod question;

use kyso_documents::pdf::{self, Refusal};
use kyso_documents::validation::{
    Basis, Evidence, Fault, Report, SeenHash, detached, enveloping, pdf as signed_pdf,
};
use kyso_revocation::Reply;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use asking::Asking;
pub use process::judged_apart;
pub use question::Question;

/// Largest file, in bytes.
pub const FILE: usize = 16 << 20;
/// Address space in bytes: what a file of 15 MiB needs that is 95,000 annotations and nothing else; one of pictures
/// needs less than half of it (`ops/MEASURED.md`).
pub const MEMORY: u64 = 512 << 20;
/// Time on the processor, in seconds.
pub const SECONDS: u64 = 20;
/// How the program is told that it is to judge a file.
pub const COMMAND: &str = "verify-file";

/// What was found out about the file, or why there is nothing to judge.
pub type Answer = Result<Judged, Unread>;

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// About the file.
    pub report: Report,
    /// About what authorities answered, in the order of the question: until when it may be shown again, or that it does
    /// not count.
    pub replies: Vec<Option<OffsetDateTime>>,
}

/// Why there is nothing to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unread {
    /// The PDF is not read.
    Pdf(Refusal),
    /// There is no signature file.
    Signature(Fault),
}

impl Unread {
    /// In Vietnamese and in English.
    pub const fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::Pdf(refusal) => (refusal.vietnamese(), refusal.english()),
            Self::Signature(fault) => (fault.vietnamese(), fault.english()),
        }
    }
}

/// Judges here and now: for the process that does nothing else.
///
/// # Errors
/// [`Unread`].
pub fn judge(question: &Question) -> Answer {
    let replies = question.replies.iter();
    let until = |one: &Reply| {
        let (inquiry, source) = (&one.inquiry, &one.source);
        inquiry.kept_until(source, &one.bytes, question.now)
    };
    Ok(Judged {
        report: report(question)?,
        replies: replies.map(until).collect(),
    })
}

fn report(question: &Question) -> Result<Report, Unread> {
    let document = question.document.as_slice();
    let mut evidence = Evidence::default();
    let replies = question.replies.iter();
    replies.for_each(|reply| reply.add_to(&mut evidence));
    let basis = Basis {
        trust: &question.trust,
        evidence: &evidence,
        now: question.now,
    };
    if let Some(signature) = &question.signature {
        let digest = |hash: SeenHash| hash.digest(document);
        return detached(signature, &digest, &basis).map_err(Unread::Signature);
    }
    // A signature file begins as a SEQUENCE; whatever else comes alone was meant for a PDF.
    if document.first() == Some(&0x30) {
        let found = enveloping(document, &basis).map_err(Unread::Signature)?;
        return Ok(found.0);
    }
    let limits = pdf::Limits {
        bytes: FILE,
        objects: 200_000,
        unpacked: 32 << 20,
        ..pdf::Limits::default()
    };
    signed_pdf(document, &basis, &limits).map_err(Unread::Pdf)
}
