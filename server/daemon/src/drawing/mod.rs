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

use std::ops::Range;

use kyso_documents::pdf::{Ambiguous, NotWhole, Pdf};
use kyso_documents::seal::{Check, NotReady, ready_for_person};
use kyso_render::NotDrawn;
use serde::{Deserialize, Serialize};

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
const ROOM: usize = 2 * (6 << 10);

/// A PDF in which one signature is open, and a picture of each of its pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Name of the signature's field.
    pub field: String,
    /// Where the digits of the signature will stand.
    pub room: Range<usize>,
    /// How long the file was before it was prepared.
    pub before: usize,
    /// What is to be appended to the file that came, where the signature was drawn here; all else is of both together.
    pub update: Option<Vec<u8>>,
    /// The pictures, as PNG.
    pub pages: Vec<Vec<u8>>,
}

impl Drawn {
    /// The two parts of the file that are signed, if the place that the process names is one that a signature may have:
    /// digits that are all still zero, between the signs for them, and the file before it was prepared ends before.
    pub fn signed<'f>(&self, file: &'f [u8]) -> Option<[&'f [u8]; 2]> {
        let Range { start, end } = self.room;
        let (first, rest) = file.split_at_checked(start.checked_sub(1)?)?;
        let (digits, last) = rest.split_at_checked(end.checked_add(2)?.checked_sub(start)?)?;
        let zeros = digits.strip_prefix(b"<")?.strip_suffix(b">")?;
        let open = zeros.iter().all(|digit| *digit == b'0');
        (open && zeros.len() >= ROOM && self.before <= first.len()).then_some([first, last])
    }
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
    Ok(Drawn {
        before: question.file.len(),
        update: Some(update),
        ..drawn
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
        field: open.field().to_owned(),
        room: open.room(),
        before: open.before(),
        update: None,
        pages,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_all_but_open_digits_between_their_signs() {
        let zeros = "0".repeat(ROOM);
        let file = format!("before<{zeros}>after").into_bytes();
        let drawn = |start: usize, end: usize, before| Drawn {
            field: String::new(),
            room: start..end,
            before,
            update: None,
            pages: Vec::new(),
        };
        let end = 7 + ROOM;
        let parts = drawn(7, end, 6).signed(&file).unwrap();
        assert_eq!(parts, [b"before".as_slice(), b"after"]);
        for (start, end, before) in [
            (6, end, 6),
            (8, end, 6),
            (7, end - 1, 6),
            (7, end + 1, 6),
            (7, end, 7), // it was longer before than what comes before its signature
            (0, end, 0),
            (end, 7, 6),
            (7, usize::MAX, 6),
            (usize::MAX, usize::MAX, 6),
        ] {
            assert_eq!(
                drawn(start, end, before).signed(&file),
                None,
                "{start} {end} {before}"
            );
        }
        let mut filled = file.clone();
        filled[100] = b'1';
        assert_eq!(drawn(7, end, 6).signed(&filled), None);
        let little = format!("before<{}>after", "0".repeat(ROOM - 2)).into_bytes();
        assert_eq!(drawn(7, end - 2, 6).signed(&little), None);
    }
}
