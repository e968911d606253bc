//! What came of a file: its bytes, or what was computed while they passed. What is signed is of these, and the process that read
//! it says only where.

use std::borrow::Cow;
use std::ops::Range;

use actix_web::web::Bytes;
use kyso_core::HashAlgorithm;
use kyso_core::request::Idempotency;
use kyso_documents::DocumentDigest;

use super::super::Lack;
use super::layout::LEAST;
use super::passing::{Over, Passed};
use super::reading::FAILED;
use crate::apart::open::Open;
use crate::documents;

const OTHER_RANGE: Lack = Lack(
    "other_byte_range",
    "Ô chữ ký để trống trong tệp không có ByteRange như đã khai.",
    "The signature that is open in the file has another ByteRange than was said.",
);
const OTHER_PERSON: Lack = Lack(
    "other_signed",
    "ByteRange của chữ ký của người có thẩm quyền trong tệp không có trong những gì đã khai.",
    "The ByteRange of the authorised person's signature in the file is not among those that were said.",
);
const OTHER_BEFORE: Lack = Lack(
    "other_before",
    "Tệp trước khi chuẩn bị ô chữ ký của cơ quan có độ dài khác với độ dài đã khai.",
    "Before the seal's signature was prepared the file was not as long as was said.",
);
const NOT_OPEN: Lack = Lack(
    "not_open",
    "Chỗ dành cho chữ ký của cơ quan trong tệp không chỉ gồm các chữ số 0.",
    "The room for the seal's signature holds something else than zeros.",
);

/// A file that came.
#[derive(Debug)]
pub(super) enum Came {
    /// All of it, and whether the server was to draw in it.
    Held {
        file: Bytes,
        compose: bool,
    },
    Passed(Box<Passed>),
}

/// What the seal signs of it.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) digest: DocumentDigest,
    /// SHA-256 of the file before it was prepared, as the log has it.
    pub(super) before: [u8; 32],
    /// The file with the signature that the server drew and prepared, if it did.
    pub(super) whole: Option<Whole>,
}

/// A file in which the server drew.
#[derive(Debug)]
pub(super) struct Whole {
    /// As it came.
    pub(super) came: Bytes,
    /// All of it.
    pub(super) file: Vec<u8>,
    /// Where the digits of the signature will stand.
    pub(super) room: Range<usize>,
}

impl Came {
    /// SHA-256 of all of it.
    pub(super) fn sha256(&self) -> [u8; 32] {
        match self {
            Self::Held { file, .. } => documents::sha256(file),
            Self::Passed(passed) => passed.whole,
        }
    }

    /// The key of the call, bound to the file too where that was not in the request.
    pub(super) fn bound(&self, key: &Idempotency) -> Idempotency {
        let body = match self {
            Self::Held { .. } => key.body,
            Self::Passed(passed) => documents::sha256_of_parts([&key.body, &passed.whole]),
        };
        let key = key.clone();
        Idempotency { body, ..key }
    }

    /// What a person's signature is over that is said to be over these parts.
    pub(super) fn over(&self, parts: &[Range<usize>; 2]) -> Result<Over, Lack> {
        match self {
            Self::Held { file, .. } => {
                let [first, second] = parts.clone();
                let first = (first.start == 0).then(|| file.get(first)).flatten();
                let held = first.zip(file.get(second)).ok_or(FAILED)?;
                Ok(Over::of(held.into()))
            }
            Self::Passed(passed) => passed.over(parts).cloned().ok_or(OTHER_PERSON),
        }
    }

    /// What the seal signs where the process says that its signature is open, and what it drew.
    pub(super) fn signed(
        &self,
        open: &Open,
        drawn: Option<&[u8]>,
        hash: HashAlgorithm,
    ) -> Result<Signed, Lack> {
        match self {
            Self::Held { file, compose } => held((file, *compose), open, drawn, hash),
            Self::Passed(passed) => passed.signed(open, drawn),
        }
    }
}

fn held(
    (came, compose): (&Bytes, bool),
    open: &Open,
    drawn: Option<&[u8]>,
    hash: HashAlgorithm,
) -> Result<Signed, Lack> {
    let file = match drawn {
        Some(drawn) => Cow::Owned([came.as_ref(), drawn].concat()),
        None => Cow::Borrowed(came.as_ref()),
    };
    // Whoever sent the file has the rest of it, so nothing else than what follows may hold the signature.
    let fits = match drawn {
        Some(_) => compose && open.room.start > came.len(),
        None => !compose,
    };
    let parts = open.signed(&file, LEAST).filter(|_| fits).ok_or(FAILED)?;
    Ok(Signed {
        digest: DocumentDigest::of_parts(documents::hash(hash), &parts),
        before: documents::sha256(file.get(..open.before).unwrap_or_default()),
        whole: drawn.is_some().then(|| Whole {
            came: came.clone(),
            room: open.room.clone(),
            file: file.into_owned(),
        }),
    })
}

impl Passed {
    fn signed(&self, open: &Open, drawn: Option<&[u8]>) -> Result<Signed, Lack> {
        let Range { start, end } = open.room;
        let gap = start.checked_sub(1).zip(end.checked_add(1));
        if gap != Some((self.layout.gap.start, self.layout.gap.end)) {
            return Err(OTHER_RANGE);
        }
        let before = self.before.of(open).ok_or(OTHER_BEFORE)?;
        // Nothing was to be drawn.
        if drawn.is_some() {
            return Err(FAILED);
        }
        Ok(Signed {
            digest: self.signed.clone().ok_or(NOT_OPEN)?,
            before,
            whole: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::layout::Layout;
    use super::super::passing::Passing;
    use super::*;

    #[test]
    fn a_room_that_is_not_open_is_told_apart_from_a_process_that_fails() {
        let told = |file: &[u8], drawn| {
            let layout = Layout {
                length: file.len(),
                before: 0,
                gap: 6..12,
                earlier: Vec::new(),
            };
            let mut passing = Passing::new(layout, HashAlgorithm::Sha256);
            passing.pass(file).unwrap();
            let open = Open {
                field: String::new(),
                room: 7..11,
                before: 0,
                follows: Some(0),
            };
            let Lack(code, ..) = passing.end().unwrap().signed(&open, drawn).err()?;
            Some(code)
        };
        assert_eq!(told(b"update<0000>after", None), None);
        assert_eq!(told(b"update<00 0>after", None), Some("not_open"));
        assert_eq!(told(b"update<0000>after", Some(&b"x"[..])), Some("failed"));
    }
}
