//! The head of the log, kept in a small file outside the database.
//!
//! Whoever can rewrite the database can recompute its tree; they cannot do so unseen while this
//! file lies somewhere they cannot reach. A database that is behind it, or disagrees with it, must
//! not be signed for.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::entry::Version;
use crate::instant;
use crate::tree::{Frontier, Hash};

/// The longest head file: 64 hashes and some words.
pub const MAX_HEAD_BYTES: usize = 8_192;

/// Size and root of a log at one time, with the frontier that proves the root can be grown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    log: String,
    time: String,
    frontier: Frontier,
}

/// Why bytes are not a head file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// Not the one line of canonical JSON that a head file is.
    #[error("the head file is not canonical JSON of schema version 1")]
    Form,
    /// The checksum does not fit the rest: a torn write or an edit.
    #[error("the head file's checksum does not fit")]
    Checksum,
    /// The log id is empty or the time is not RFC 3339 UTC with six decimals.
    #[error("the head file's log id or time is out of bounds")]
    Member,
    /// The hashes do not make a tree of this size with this root.
    #[error("the head file's frontier does not give its root")]
    Frontier,
}

/// The file's members, in RFC 8785 order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checksum: Option<String>,
    frontier: Vec<String>,
    log: String,
    root: String,
    size: u64,
    time: String,
    v: Version,
}

impl Head {
    /// The head of a log at a time.
    ///
    /// # Errors
    ///
    /// [`HeadError::Member`] if `log` is empty or `time` is not as in
    /// [`Entry::time`](crate::Entry::time).
    pub fn new(log: String, time: String, frontier: Frontier) -> Result<Self, HeadError> {
        if log.is_empty() || instant::microseconds(&time).is_none() {
            return Err(HeadError::Member);
        }
        Ok(Self {
            log,
            time,
            frontier,
        })
    }

    /// Id of the log.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// When the head was taken, RFC 3339 UTC with six decimals.
    pub fn time(&self) -> &str {
        &self.time
    }

    /// Number of entries.
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root of the tree over them.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// What is needed to append to that tree.
    pub const fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The file: one line of canonical JSON with a newline.
    ///
    /// The member `checksum` is SHA-256 over the same JSON without it. It shows a torn write; it
    /// is no protection against an editor.
    ///
    /// # Errors
    ///
    /// [`HeadError::Form`] if the log id makes the file longer than [`MAX_HEAD_BYTES`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, HeadError> {
        let mut file = File {
            checksum: None,
            frontier: self.frontier.roots().iter().map(hex::encode).collect(),
            log: self.log.clone(),
            root: hex::encode(self.root()),
            size: self.size(),
            time: self.time.clone(),
            v: Version,
        };
        file.checksum = Some(checksum(&file)?);
        let mut bytes = json(&file)?;
        bytes.push(b'\n');
        within_limit(&bytes)?;
        Ok(bytes)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote and nothing else.
    ///
    /// # Errors
    ///
    /// Every [`HeadError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, HeadError> {
        within_limit(bytes)?;
        let line = bytes.strip_suffix(b"\n").ok_or(HeadError::Form)?;
        let mut file: File = serde_json::from_slice(line).map_err(|_| HeadError::Form)?;
        if json(&file)? != line {
            return Err(HeadError::Form);
        }
        let stated = file.checksum.take().ok_or(HeadError::Form)?;
        if stated != checksum(&file)? {
            return Err(HeadError::Checksum);
        }
        let frontier = frontier(&file).ok_or(HeadError::Frontier)?;
        Self::new(file.log, file.time, frontier)
    }
}

fn within_limit(bytes: &[u8]) -> Result<(), HeadError> {
    if bytes.len() > MAX_HEAD_BYTES {
        Err(HeadError::Form)
    } else {
        Ok(())
    }
}

fn json(file: &File) -> Result<Vec<u8>, HeadError> {
    serde_json::to_vec(file).map_err(|_| HeadError::Form)
}

fn checksum(file: &File) -> Result<String, HeadError> {
    Ok(hex::encode(Sha256::digest(json(file)?)))
}

fn frontier(file: &File) -> Option<Frontier> {
    let hashes: Option<Vec<Hash>> = file.frontier.iter().map(|text| hash(text)).collect();
    let frontier = Frontier::from_parts(file.size, hashes?).ok()?;
    (hash(&file.root)? == frontier.root()).then_some(frontier)
}

/// Lowercase only: one hash has one spelling.
fn hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(text, &mut hash).ok()?;
    (hex::encode(hash) == text).then_some(hash)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::leaf_hash;

    fn head(size: u64) -> Head {
        let mut frontier = Frontier::new();
        (0..size).for_each(|n| frontier.push(leaf_hash(&n.to_be_bytes())));
        Head::new(
            "kyso-1".into(),
            "2026-11-23T08:00:00.000000Z".into(),
            frontier,
        )
        .unwrap()
    }

    /// The file with its members changed and a checksum that fits.
    fn forged(change: fn(&mut File)) -> Vec<u8> {
        let mut file: File = serde_json::from_slice(&head(3).to_bytes().unwrap()).unwrap();
        file.checksum = None;
        change(&mut file);
        file.checksum = Some(checksum(&file).unwrap());
        [json(&file).unwrap().as_slice(), b"\n"].concat()
    }

    type Row = (HeadError, fn(&mut File));

    #[test]
    fn unfit_members_are_refused_even_with_a_fitting_checksum() {
        assert!(Head::parse(&forged(|_| ())).is_ok());
        let table: [Row; 8] = [
            (HeadError::Frontier, |f| f.size = 4),
            (HeadError::Frontier, |f| f.frontier.swap(0, 1)),
            (HeadError::Frontier, |f| f.frontier.clear()),
            (HeadError::Frontier, |f| f.root = "00".repeat(32)),
            (HeadError::Frontier, |f| f.root.make_ascii_uppercase()),
            (HeadError::Member, |f| f.log.clear()),
            (HeadError::Member, |f| f.time.clear()),
            (HeadError::Form, |f| f.log = "x".repeat(MAX_HEAD_BYTES)),
        ];
        for (number, (error, change)) in table.into_iter().enumerate() {
            assert_eq!(Head::parse(&forged(change)), Err(error), "case {number}");
        }
    }

    #[test]
    fn other_bytes_are_not_a_head() {
        let good = head(3).to_bytes().unwrap();
        let text = String::from_utf8(good.clone()).unwrap();
        for bad in [
            String::new(),
            "\n".into(),
            text.trim_end().into(),
            format!("{text}\n"),
            format!(" {text}"),
            text.replace(",\"v\":1", ""),
            text.replace("\"v\":1", "\"v\":2"),
            text.replace("\"v\":1", "\"v\":1,\"w\":1"),
            text.replacen("\"size\":3", "\"size\":3,\"size\":3", 1),
            text.replacen("\"size\":3", "\"size\":3.0", 1),
            text.replacen("{\"checksum\":", "{\"checksums\":", 1),
        ] {
            assert_eq!(Head::parse(bad.as_bytes()), Err(HeadError::Form), "{bad}");
        }
        let edited = text.replace("kyso-1", "kyso-2");
        assert_eq!(Head::parse(edited.as_bytes()), Err(HeadError::Checksum));
        for length in 0..good.len() {
            assert!(Head::parse(&good[..length]).is_err(), "cut to {length}");
        }
    }

    proptest! {
        #[test]
        fn bytes_are_canonical_and_lead_back(size in 0_u64..200) {
            let head = head(size);
            let bytes = head.to_bytes().unwrap();
            let line = bytes.strip_suffix(b"\n").unwrap();
            let value: serde_json::Value = serde_json::from_slice(line).unwrap();
            prop_assert_eq!(line, serde_jcs::to_vec(&value).unwrap());
            prop_assert_eq!(Head::parse(&bytes).unwrap(), head);
        }

        #[test]
        fn no_single_changed_byte_passes(size in 0_u64..9, at: prop::sample::Index, flip in 1_u8..) {
            let mut bytes = head(size).to_bytes().unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            prop_assert!(Head::parse(&bytes).is_err());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            if let Ok(head) = Head::parse(&bytes) {
                prop_assert_eq!(head.to_bytes().unwrap(), bytes);
            }
        }
    }
}
