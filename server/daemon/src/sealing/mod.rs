//! What a PDF says that is to get an agency's seal: read in a process of its own ([`crate::apart`]), `kysod seal-file`,
//! which also draws what the seal shows where the system asks for that.
//!
//! Who signed before is for policy and the log to judge, and they are in the server. So the process says of every intact
//! signature what the document would be if that one counts, and the server chooses. It believes no place and no digest:
//! those it takes of the bytes that came.

mod answer;
mod composing;
mod feed;
mod lacking;
mod process;
mod question;

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;

use kyso_documents::HashAlgorithm;
use kyso_documents::appearance::Picture;
use kyso_documents::pdf::Verified;
use kyso_documents::seal::{
    ApprovedSeal, Check, ready_for_appendix, ready_for_copy, ready_for_seal,
};
use kyso_documents::timestamp::imprint;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::Date;

use crate::apart::open::Open;
use crate::documents;

use composing::Sketch;

pub use answer::pieces;
pub use feed::Feed;
pub use lacking::{Lacking, Undrawn};
pub use process::seen_apart;
pub use question::{Kind, Question, Seal};

/// How the program is told that it is to read a file that is to be sealed.
pub const COMMAND: &str = "seal-file";
/// Largest file, in bytes.
pub const FILE: usize = 16 << 20;
/// Room for what is drawn, in bytes.
pub const DRAWN: usize = 2 << 20;
/// Address space of the process, in bytes.
pub const MEMORY: u64 = 1 << 30;
/// Its time on the processor, in seconds.
pub const SECONDS: u64 = 20;
/// Intact signatures that are looked at, at most, and earlier ones that are said of a file that passes: each has the whole file
/// verified again.
pub const SIGNERS: usize = 16;

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What is to be appended to the file that came, where the seal was drawn here; all else is of both together.
    pub update: Option<Vec<u8>>,
    /// Of an outgoing document: whoever signed it before, in the order of the file.
    pub signers: Vec<Signer>,
    /// The seal's signature, of what needs no person's before it; or else what is missing if none of these counts.
    pub end: Result<Open, Lacking>,
}

/// An intact signature before the seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// SHA-256 of the certificate.
    pub certificate: [u8; 32],
    /// SHA-256 of the signature value, by which the log knows it.
    pub value: [u8; 32],
    /// The time that it claims, in seconds since 1970.
    pub claimed: i64,
    /// Where in the file stands what it is over.
    pub over: [Range<usize>; 2],
    /// What the document is if this signature counts.
    pub document: Result<Outgoing, Lacking>,
}

/// An outgoing document that is ready for its seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    /// The seal's signature.
    pub open: Open,
    /// The number.
    pub number: u32,
    /// Its symbol, where the field holds it.
    pub symbol: Option<String>,
    /// The date.
    pub date: Date,
    /// Whether the seal is shown.
    pub shows_seal: bool,
}

/// Reads here and now: for the process that does nothing else.
pub fn see(question: &Question) -> Seen {
    seen(question).unwrap_or_else(|lacking| Seen {
        update: None,
        signers: Vec::new(),
        end: Err(lacking),
    })
}

fn seen(question: &Question) -> Result<Seen, Lacking> {
    let limits = documents::limits(FILE + DRAWN);
    let picture = question.seal.as_ref().map(|seal| Picture::read(&seal.png));
    let picture = picture.transpose().map_err(|_| Undrawn::Undrawable)?;
    let seal = question.seal.as_ref().zip(picture.as_ref());
    let seal = seal.map(|(seal, picture)| ApprovedSeal {
        picture,
        width: f64::from(seal.width) / 10.0,
    });
    let update = question.compose.then(|| {
        let sketch = Sketch { question, seal };
        sketch.prepare(&limits)
    });
    let update = update.transpose()?;
    let file = match &update {
        Some(drawn) => Cow::Owned([question.file.as_ref(), drawn.as_slice()].concat()),
        None => Cow::Borrowed(question.file.as_ref()),
    };
    let check = Check {
        anchors: &question.anchors,
        at: question.now,
        hash: documents::hash(question.hash),
        limits: &limits,
        seal,
    };
    let (signers, end) = read(question, &file, &check);
    Ok(Seen {
        update,
        signers,
        end,
    })
}

fn read(
    question: &Question,
    file: &[u8],
    check: &Check<'_>,
) -> (Vec<Signer>, Result<Open, Lacking>) {
    let end = match &question.kind {
        Kind::Issue => return outgoing(file, check),
        Kind::Appendix { .. } => ready_for_appendix(file, check).map(|open| Open::from(&open)),
        Kind::Copy { kind, source } => {
            let ready = ready_for_copy(file, check, *kind, source);
            ready.map(|ready| Open::from(ready.open()))
        }
    };
    (Vec::new(), end.map_err(Lacking::from))
}

/// The library asks of each intact signature whether it counts, and is told of none at first.
fn outgoing(file: &[u8], check: &Check<'_>) -> (Vec<Signer>, Result<Open, Lacking>) {
    let intact = RefCell::new(Vec::new());
    let nobody = ready_for_seal(file, check, |one| {
        intact.borrow_mut().push(one.clone());
        false
    });
    let intact = intact.into_inner().into_iter().take(SIGNERS);
    let signers = intact.filter_map(|one| Signer::read(file, check, &one));
    let nobody = nobody.map(|ready| Open::from(ready.open()));
    (signers.collect(), nobody.map_err(Lacking::from))
}

impl Signer {
    /// None if it does not say who signed and when, as no signature can that counts.
    fn read(file: &[u8], check: &Check<'_>, one: &Verified) -> Option<Self> {
        let same = |other: &Verified| other.embedded.field == one.embedded.field;
        let ready = ready_for_seal(file, check, same);
        let signer = one.report.as_ref().ok()?.signer.as_ref()?;
        let value = imprint(&one.embedded.cms, HashAlgorithm::Sha256).ok()?;
        Some(Self {
            certificate: Sha256::digest(&signer.certificate).into(),
            value: value.try_into().ok()?,
            claimed: one.embedded.claimed()?.unix_timestamp(),
            over: one.embedded.over()?,
            document: ready.map_err(Lacking::from).map(|ready| Outgoing {
                open: Open::from(ready.open()),
                number: ready.number().number(),
                symbol: ready.number().symbol().map(str::to_owned),
                date: ready.date(),
                shows_seal: ready.shows_seal(),
            }),
        })
    }
}
