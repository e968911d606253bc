//! What the process says: what it read as JSON, then what it drew, if it did.

use std::borrow::Cow;
use std::io::Read;

use serde::{Deserialize, Serialize};

use super::{DRAWN, Lacking, SIGNERS, Seen, Signer};
use crate::apart::Pieces;
use crate::apart::blocks::{Misread, block, end, framed};
use crate::apart::open::Open;

/// Longest first block: some signatures, each with a name of a field.
const HEAD: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    composed: bool,
    signers: Cow<'a, [Signer]>,
    end: Result<Cow<'a, Open>, Lacking>,
}

/// What is written, in its order.
///
/// # Errors
/// If the first block cannot be written.
pub fn pieces(seen: &Seen) -> serde_json::Result<Pieces<'_>> {
    let head = serde_json::to_vec(&Head {
        composed: seen.update.is_some(),
        signers: Cow::Borrowed(&seen.signers),
        end: seen.end.as_ref().map(Cow::Borrowed).map_err(|why| *why),
    })?;
    let update = seen.update.iter().map(|update| Cow::Borrowed(&**update));
    Ok(framed(std::iter::once(Cow::Owned(head)).chain(update)))
}

/// Reads one. The process read a stranger's file, so nothing that it says is believed to be in bounds.
///
/// # Errors
/// [`Misread`].
pub(super) fn read(mut from: impl Read) -> Result<Seen, Misread> {
    let head = block(&mut from, HEAD)?;
    let head: Head<'_> = serde_json::from_slice(&head).map_err(|_| Misread::Head)?;
    if head.signers.len() > SIGNERS {
        return Err(Misread::Head);
    }
    let update = head.composed.then(|| block(&mut from, DRAWN)).transpose()?;
    end(from)?;
    Ok(Seen {
        update,
        signers: head.signers.into_owned(),
        end: head.end.map(Cow::into_owned),
    })
}

#[cfg(test)]
mod tests {
    use kyso_documents::seal::Obstacle;
    use time::macros::date;

    use super::super::Outgoing;
    use super::*;

    fn open() -> Open {
        Open {
            field: "Con dấu".to_owned(),
            room: 7..9,
            before: 6,
            follows: Some(6),
        }
    }

    fn signer() -> Signer {
        Signer {
            certificate: [1; 32],
            value: [2; 32],
            claimed: 3,
            over: [0..4, 6..8],
            document: Ok(Outgoing {
                open: open(),
                number: 12,
                symbol: Some("QĐ-UBND".to_owned()),
                date: date!(2026 - 11 - 27),
                shows_seal: true,
            }),
        }
    }

    fn seen() -> Seen {
        let other = Signer {
            document: Err(Lacking::Missing(Obstacle::NoNumber)),
            ..signer()
        };
        Seen {
            update: Some(b"more".to_vec()),
            signers: vec![signer(), other],
            end: Err(Lacking::Missing(Obstacle::PersonUnknown)),
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_less_or_more() {
        let plain = Seen {
            update: None,
            signers: Vec::new(),
            end: Ok(open()),
        };
        for seen in [seen(), plain] {
            let bytes = pieces(&seen).unwrap().concat();
            assert_eq!(read(bytes.as_slice()).unwrap(), seen);
            for length in 0..bytes.len() {
                assert!(read(&bytes[..length]).is_err(), "{length}");
            }
            let more = [bytes.as_slice(), b"x"].concat();
            assert!(matches!(read(more.as_slice()), Err(Misread::More)));
        }
    }

    #[test]
    fn too_much_of_anything_is_not_believed() {
        let drawn = Seen {
            update: Some(vec![b'%'; DRAWN + 1]),
            ..seen()
        };
        let signers = Seen {
            signers: vec![signer(); SIGNERS + 1],
            ..seen()
        };
        for much in [drawn, signers] {
            let bytes = pieces(&much).unwrap().concat();
            assert!(read(bytes.as_slice()).is_err());
        }
        let word = br#"{"composed":false,"signers":[],"end":{"Err":{"missing":"<script>"}}}"#;
        let bytes = framed([Cow::Borrowed(&word[..])]).concat();
        assert!(matches!(read(bytes.as_slice()), Err(Misread::Head)));
    }
}
