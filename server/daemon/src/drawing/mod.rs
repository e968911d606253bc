//! What a signer is shown of a PDF: read and drawn in a process of its own ([`crate::apart`]), `kysod draw-file`, from
//! the very bytes whose digest will be signed.
//!
//! Where the file comes without the signature, it is drawn into it here first ([`Sketch`]), so that all that is read of a
//! stranger's file is read in that process.
//!
//! kyso-documents finds the signature that is open and what it would be over, refuses what does not look the same to whoever
//! shows it, and writes the rest anew; hayro draws that, and never the file itself, of which it might make something else.

mod answer;
mod process;
mod question;
mod sketch;

use kyso_documents::pdf::{Ambiguous, NotWhole, Pdf};
use kyso_documents::seal::{Check, NotReady, ready_for_person};
use kyso_render::NotDrawn;
use serde::{Deserialize, Serialize};

use crate::apart::open::Open;
use crate::documents;

pub use answer::pieces;
pub use process::drawn_apart;
pub use question::Question;
pub use sketch::{Sketch, Spot};

/// How the program is told that it is to draw a file.
pub const COMMAND: &str = "draw-file";
/// Largest file, in bytes.
pub const FILE: usize = 16 << 20;
/// Room for what is drawn into a file, in bytes: a picture of a million pixels that no packing makes smaller.
pub const DRAWN: usize = 4 << 20;
/// Address space of the process, in bytes.
pub const MEMORY: u64 = 1 << 30;
/// Its time on the processor, in seconds: a page of text takes a tenth of one at most.
pub const SECONDS: u64 = 30;
/// Most pages; who would read more before they sign?
const PAGES: usize = 200;
/// Bytes of all pictures together.
const PICTURES: usize = 24 << 20;

/// Least room for a signature, in digits: 6 KiB, which a CMS with its chain fits into.
pub const ROOM: usize = 2 * (6 << 10);

/// A PDF in which one signature is open, and a picture of each of its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// The signature.
    pub open: Open,
    /// What is to be appended to the file that came, where the signature was drawn here; all else is of both together.
    pub update: Option<Vec<u8>>,
    /// The pictures, as PNG.
    pub pages: Vec<Vec<u8>>,
}

/// Why a file is put before nobody: a code, and a sentence in each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unshown {
    /// For programs.
    pub code: String,
    /// For people.
    pub vietnamese: String,
    /// For people.
    pub english: String,
}

impl Unshown {
    /// For a reason of ours.
    pub fn of(code: &str, vietnamese: &str, english: &str) -> Self {
        let [code, vietnamese, english] = [code, vietnamese, english].map(str::to_owned);
        Self {
            code,
            vietnamese,
            english,
        }
    }
}

impl From<NotReady> for Unshown {
    fn from(why: NotReady) -> Self {
        Self::of(why.code(), why.vietnamese(), why.english())
    }
}

impl From<NotWhole> for Unshown {
    fn from(why: NotWhole) -> Self {
        Self::of(why.code(), why.vietnamese(), why.english())
    }
}

impl From<NotDrawn> for Unshown {
    fn from(why: NotDrawn) -> Self {
        Self::of(why.code(), why.vietnamese(), &why.to_string())
    }
}

/// Reads and draws here and now: for the process that does nothing else.
///
/// # Errors
/// [`Unshown`].
pub fn draw(question: &Question) -> Result<Drawn, Unshown> {
    let Some(sketch) = &question.sketch else {
        return shown(&question.file, question);
    };
    let update = sketch.update(&question.file, question)?;
    let drawn = shown(&[question.file.as_slice(), &update].concat(), question)?;
    let open = Open {
        before: question.file.len(),
        ..drawn.open
    };
    Ok(Drawn {
        open,
        update: Some(update),
        pages: drawn.pages,
    })
}

fn shown(file: &[u8], question: &Question) -> Result<Drawn, Unshown> {
    let limits = question.limits();
    let pdf = Pdf::read(file, &limits).map_err(NotReady::from)?;
    let check = Check {
        anchors: &question.anchors,
        at: question.now,
        hash: documents::hash(question.hash),
        limits: &limits,
        seal: None,
    };
    let (open, whole) = (ready_for_person(&pdf, &check)?, pdf.whole()?);
    let most = kyso_render::Limits {
        pages: PAGES,
        bytes: PICTURES,
    };
    let mut pages = Vec::new();
    kyso_render::draw(whole.file, most, |png| pages.push(png))?;
    if pages.len() != whole.pages {
        return Err(NotWhole::from(Ambiguous::Pages).into());
    }
    Ok(Drawn {
        open: Open::from(&open),
        update: None,
        pages,
    })
}
