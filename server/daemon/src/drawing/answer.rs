//! What the process that draws says: what it found as JSON, what it drew into the file if it did, then each picture.

use std::borrow::Cow;
use std::io::Read;

use serde::{Deserialize, Serialize};

use super::{DRAWN, Drawn, PAGES, PICTURES, Unshown};
use crate::apart::Pieces;
use crate::apart::blocks::{Misread, block, end, framed};
use crate::apart::open::Open;

/// Longest first block: a name of a field, or two sentences.
const HEAD: usize = 64 << 10;
/// What every picture begins with (PNG, third edition, §5.2): what the signer's browser is told that it is.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[derive(Serialize, Deserialize)]
struct Found {
    open: Open,
    composed: bool,
    pages: usize,
}

/// What is written, in its order.
///
/// # Errors
/// If the first block cannot be written.
pub fn pieces(answer: &Result<Drawn, Unshown>) -> serde_json::Result<Pieces<'_>> {
    let found = answer.as_ref().map(|drawn| Found {
        open: drawn.open.clone(),
        composed: drawn.update.is_some(),
        pages: drawn.pages.len(),
    });
    let head = Cow::Owned(serde_json::to_vec(&found)?);
    let parts = answer
        .iter()
        .flat_map(|drawn| drawn.update.iter().chain(&drawn.pages));
    let parts = parts.map(|part| Cow::Borrowed(part.as_slice()));
    Ok(framed(std::iter::once(head).chain(parts)))
}

/// Reads one. The process read a stranger's file, so nothing that it says is believed to be in bounds.
///
/// # Errors
/// [`Misread`].
pub(super) fn read(mut from: impl Read) -> Result<Result<Drawn, Unshown>, Misread> {
    let head = block(&mut from, HEAD)?;
    let found: Result<Found, Unshown> = serde_json::from_slice(&head).map_err(|_| Misread::Head)?;
    let found = match found {
        Ok(found) if (1..=PAGES).contains(&found.pages) => found,
        Ok(_) => return Err(Misread::Head),
        Err(why) => return end(from).map(|()| Err(why)),
    };
    let update = found
        .composed
        .then(|| block(&mut from, DRAWN))
        .transpose()?;
    let pages = (0..found.pages).map(|_| page(&mut from));
    let pages = pages.collect::<Result<_, _>>()?;
    end(from)?;
    Ok(Ok(Drawn {
        open: found.open,
        update,
        pages,
    }))
}

fn page(from: &mut impl Read) -> Result<Vec<u8>, Misread> {
    let page = block(from, PICTURES)?;
    if page.starts_with(PNG) {
        Ok(page)
    } else {
        Err(Misread::Head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn() -> Drawn {
        let page = |byte| [PNG, &[byte]].concat();
        Drawn {
            open: Open {
                field: "Kyso1".to_owned(),
                room: 7..9,
                before: 6,
                follows: Some(6),
            },
            update: None,
            pages: vec![page(1), page(2)],
        }
    }

    fn unshown() -> Unshown {
        kyso_render::NotDrawn::TooManyPages.into()
    }

    #[test]
    fn what_is_written_is_read_and_nothing_less_or_more() {
        let composed = Drawn {
            update: Some(b"more".to_vec()),
            ..drawn()
        };
        for answer in [Ok(drawn()), Ok(composed), Err(unshown())] {
            let bytes = pieces(&answer).unwrap().concat();
            assert_eq!(read(bytes.as_slice()).unwrap(), answer);
            for length in 0..bytes.len() {
                assert!(read(&bytes[..length]).is_err(), "{length}");
            }
            let more = [bytes.as_slice(), b"x"].concat();
            assert!(matches!(read(more.as_slice()), Err(Misread::More)));
        }
    }

    #[test]
    fn more_than_a_signature_is_not_appended() {
        for (length, fits) in [(DRAWN, true), (DRAWN + 1, false)] {
            let answer = Ok(Drawn {
                update: Some(vec![b'%'; length]),
                ..drawn()
            });
            let bytes = pieces(&answer).unwrap().concat();
            assert_eq!(read(bytes.as_slice()).is_ok(), fits, "{length}");
        }
    }

    #[test]
    fn what_is_no_picture_and_a_file_without_pages_are_not_believed() {
        for pages in [
            vec![],
            vec![b"<script>".to_vec()],
            vec![PNG.to_vec(); PAGES + 1],
        ] {
            let answer = Ok(Drawn { pages, ..drawn() });
            let bytes = pieces(&answer).unwrap().concat();
            assert!(matches!(read(bytes.as_slice()), Err(Misread::Head)));
        }
    }
}
