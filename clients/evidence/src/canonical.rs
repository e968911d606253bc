//! The bytes of an entry, and back: RFC 8785, with the bounds a derive cannot express.

use std::io;

use crate::entry::{
    ContentRecord, DigestRecord, Entry, Fact, KeyRecord, MAX_ISSUER_BYTES, MAX_SERIAL_BYTES,
    ResultRecord,
};
use crate::{Event, instant};

/// The largest entry: 65,535 bytes, which is also what fits the length prefix of a C2SP
/// `tlog-tiles` bundle. About 230 SHA-512 digests with their results.
pub const MAX_ENTRY_BYTES: usize = 65_535;

/// Integers must stay below 2^53, where every JSON reader agrees on them (RFC 8785 §3.2.2.3).
const INTEGER_LIMIT: u64 = 1 << 53;

/// Why something is not an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// More than [`MAX_ENTRY_BYTES`].
    #[error("the entry has {0} bytes, more than {MAX_ENTRY_BYTES}")]
    TooLong(usize),
    /// Not JSON of the schema: unknown, doubled or missing members, wrong types, another version.
    #[error("the entry does not follow schema version 1 (line {line}, column {column})")]
    Schema {
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault, from 1.
        column: usize,
    },
    /// The right content in other than the canonical bytes.
    #[error("the entry's bytes are not canonical (RFC 8785)")]
    NotCanonical,
    /// A member's value is out of its bounds.
    #[error("the entry's member {0} is out of bounds")]
    Member(&'static str),
}

impl From<serde_json::Error> for EntryError {
    /// Keeps the place only: the message could quote the value.
    fn from(error: serde_json::Error) -> Self {
        Self::Schema {
            line: error.line(),
            column: error.column(),
        }
    }
}

impl Entry {
    /// The canonical bytes, which are what the log hashes and stores.
    ///
    /// # Errors
    ///
    /// [`EntryError::Member`] for a value out of bounds, [`EntryError::TooLong`] for too many.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        check(self)?;
        let bytes = serde_json::to_vec(self)?;
        within_limit(&bytes)?;
        Ok(bytes)
    }

    /// Reads an entry from its canonical bytes and from nothing else.
    ///
    /// # Errors
    ///
    /// Every [`EntryError`]: there is exactly one byte string for an entry.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        within_limit(bytes)?;
        let entry: Self = serde_json::from_slice(bytes)?;
        check(&entry)?;
        let mut rest = Rest(bytes);
        // Whatever is written otherwise than it stands ends it.
        match serde_json::to_writer(&mut rest, &entry) {
            Ok(()) if rest.0.is_empty() => Ok(entry),
            _ => Err(EntryError::NotCanonical),
        }
    }
}

/// What is left of bytes to which the same is written once more.
struct Rest<'a>(&'a [u8]);

impl io::Write for Rest<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let rest = self.0.strip_prefix(bytes);
        self.0 = rest.ok_or(io::ErrorKind::InvalidData)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn within_limit(bytes: &[u8]) -> Result<(), EntryError> {
    if bytes.len() > MAX_ENTRY_BYTES {
        Err(EntryError::TooLong(bytes.len()))
    } else {
        Ok(())
    }
}

fn check(entry: &Entry) -> Result<(), EntryError> {
    require("log", !entry.log.is_empty())?;
    require("boot", !entry.boot.is_empty())?;
    require("request", !entry.request.is_empty())?;
    require("time", instant::microseconds(&entry.time).is_some())?;
    check_integers(entry)?;
    check_maps(entry)?;
    entry.digests.iter().try_for_each(check_digest)?;
    entry.results.iter().try_for_each(check_result)?;
    entry.key.as_ref().map_or(Ok(()), check_key)?;
    check_intent(entry)
}

fn check_integers(entry: &Entry) -> Result<(), EntryError> {
    require("seq", entry.seq < INTEGER_LIMIT)?;
    require("epoch", entry.epoch < INTEGER_LIMIT)?;
    let within = |number: Option<u64>| number.is_none_or(|number| number < INTEGER_LIMIT);
    require("count", within(entry.count))?;
    require("latency_us", within(entry.latency_us))
}

fn check_maps(entry: &Entry) -> Result<(), EntryError> {
    let commitments = &entry.commitments;
    require(
        "commitments",
        commitments
            .iter()
            .all(|(key, hash)| is_name(key) && is_sha256(hash)),
    )?;
    require(
        "data",
        entry
            .data
            .iter()
            .all(|(key, fact)| is_name(key) && is_exact(fact)),
    )
}

fn check_digest(digest: &DigestRecord) -> Result<(), EntryError> {
    require("digests", !digest.alg.is_empty() && is_hex(&digest.value))?;
    digest.content.as_ref().map_or(Ok(()), check_content)
}

fn check_content(content: &ContentRecord) -> Result<(), EntryError> {
    let file = content.file.as_deref();
    require("digests", is_hex(&content.digest))?;
    require("digests", file.is_none_or(is_sha256))
}

fn check_result(result: &ResultRecord) -> Result<(), EntryError> {
    require("results", result.sha256.as_deref().is_none_or(is_sha256))
}

fn check_key(key: &KeyRecord) -> Result<(), EntryError> {
    require("key", is_hex(&key.cka_id))?;
    require(
        "key",
        key.certificate_sha256.as_deref().is_none_or(is_sha256),
    )?;
    require(
        "key",
        key.certificate_issuer.as_deref().is_none_or(is_issuer),
    )?;
    require(
        "key",
        key.certificate_serial.as_deref().is_none_or(is_serial),
    )
}

/// An outcome of a signature that names no intent would leave that intent open for ever.
fn check_intent(entry: &Entry) -> Result<(), EntryError> {
    let expected = entry.event == Event::SignatureOutcome;
    require(
        "intent",
        entry.intent.as_deref().map_or(!expected, is_sha256),
    )
}

fn require(member: &'static str, holds: bool) -> Result<(), EntryError> {
    if holds {
        Ok(())
    } else {
        Err(EntryError::Member(member))
    }
}

fn is_exact(fact: &Fact) -> bool {
    match fact {
        Fact::Integer(number) => number.unsigned_abs() < INTEGER_LIMIT,
        Fact::Text(_) => true,
    }
}

/// ASCII snake case: keeps the order of keys the same in bytes and in UTF-16.
fn is_name(key: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !key.is_empty() && key.bytes().all(allowed)
}

fn is_hex(text: &str) -> bool {
    let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    !text.is_empty() && text.len().is_multiple_of(2) && text.bytes().all(digit)
}

fn is_issuer(text: &str) -> bool {
    (1..=MAX_ISSUER_BYTES).contains(&text.len())
}

/// One way to write a number: no zero byte before it, unless it is zero.
fn is_serial(text: &str) -> bool {
    is_hex(text) && text.len() <= 2 * MAX_SERIAL_BYTES && (text == "00" || !text.starts_with("00"))
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && is_hex(text)
}
