//! What a signer is shown of a PDF: read and drawn in a process of its own ([`crate::apart`]), `kysod draw-file`, from
//! the very bytes whose digest will be signed.
//!
//! Two readers look at the file. kyso-documents finds the signature that is open and what it would be over; hayro draws
//! the pages. A file that either cannot read is put before nobody.

mod answer;
mod process;
mod question;

use kyso_documents::pdf::Limits;
use kyso_documents::seal::{Check, NotReady, Open, ready_for_person};
use kyso_render::NotDrawn;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::documents;

pub use answer::pieces;
pub use process::drawn_apart;
pub use question::Question;

/// How the program is told that it is to draw a file.
pub const COMMAND: &str = "draw-file";
/// Largest file, in bytes.
pub const FILE: usize = 16 << 20;
/// Address space of the process, in bytes.
pub const MEMORY: u64 = 1 << 30;
/// Its time on the processor, in seconds: a page of text takes a tenth of one at most.
pub const SECONDS: u64 = 30;
/// Most pages; who would read more before they sign?
const PAGES: usize = 200;
/// Bytes of all pictures together.
const PICTURES: usize = 48 << 20;

/// A PDF in which one signature is open, and a picture of each of its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Name of the signature's field.
    pub field: String,
    /// SHA-256 of the file before it was prepared.
    pub before: [u8; 32],
    /// Digest of its `ByteRange`, in the hash of the question.
    pub range: Vec<u8>,
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

impl From<NotReady> for Unshown {
    fn from(why: NotReady) -> Self {
        Self {
            code: why.code().to_owned(),
            vietnamese: why.vietnamese().to_owned(),
            english: why.english().to_owned(),
        }
    }
}

impl From<NotDrawn> for Unshown {
    fn from(why: NotDrawn) -> Self {
        Self {
            code: why.code().to_owned(),
            vietnamese: why.vietnamese().to_owned(),
            english: why.to_string(),
        }
    }
}

/// Reads and draws here and now: for the process that does nothing else.
///
/// # Errors
/// [`Unshown`].
pub fn draw(question: &Question) -> Result<Drawn, Unshown> {
    let open = read(question)?;
    let limits = kyso_render::Limits {
        pages: PAGES,
        bytes: PICTURES,
    };
    let mut pages = Vec::new();
    kyso_render::draw(question.file.clone(), limits, |png| pages.push(png))?;
    Ok(Drawn {
        field: open.field().to_owned(),
        before: open.file().as_bytes().try_into().unwrap_or_default(),
        range: open.digest().as_bytes().to_vec(),
        pages,
    })
}

fn read(question: &Question) -> Result<Open, NotReady> {
    let limits = Limits {
        bytes: FILE,
        objects: 200_000,
        unpacked: 64 << 20,
        ..Limits::default()
    };
    ready_for_person(
        &question.file,
        &Check {
            anchors: &question.anchors,
            at: question.now,
            hash: documents::hash(question.hash),
            limits: &limits,
            seal: None,
        },
    )
}

/// SHA-256 of a file or a picture.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
