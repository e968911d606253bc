//! Signed notes: a text and the signature lines beneath it (C2SP `signed-note`, "Format").
//!
//! Reading one verifies nothing; the keys of [`key`](crate::key) do.

use std::fmt;
use std::str::FromStr;

use crate::line::{base64, to_base64};

/// The longest note. Sixteen signatures of 5 kB each, which a verifier must accept, fit.
pub const MAX_NOTE_BYTES: usize = 131_072;

const SIGNATURE_PREFIX: &str = "— ";

/// Why bytes are not a signed note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More than [`MAX_NOTE_BYTES`].
    #[error("the note has {0} bytes, more than {MAX_NOTE_BYTES}")]
    TooLong(usize),
    /// Not UTF-8, or with control characters other than newline.
    #[error("the note is not plain text")]
    Text,
    /// No blank line between text and signatures.
    #[error("the note has no signatures")]
    Unsigned,
    /// A line below the text is no signature line.
    #[error("line {0} below the note's text is not a signature")]
    Signature(usize),
}

/// A text with its signature lines, of which none has been verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    pub(crate) const fn new(text: String, signatures: Vec<NoteSignature>) -> Self {
        Self { text, signatures }
    }

    /// Reads a note from its one spelling.
    ///
    /// # Errors
    ///
    /// Every [`NoteError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        let note = plain_text(bytes)?;
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Unsigned)?;
        Ok(Self {
            text: format!("{text}\n"),
            signatures: parse_lines(lines)?,
        })
    }

    /// What is signed, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, those of unknown keys among them.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a line in place of that which the same key may already have.
    pub(crate) fn put(&mut self, signature: NoteSignature) {
        self.signatures.retain(|other| other.key != signature.key);
        self.signatures.push(signature);
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

fn plain_text(bytes: &[u8]) -> Result<&str, NoteError> {
    if bytes.len() > MAX_NOTE_BYTES {
        return Err(NoteError::TooLong(bytes.len()));
    }
    let control = |byte: &u8| *byte < b' ' && *byte != b'\n';
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.iter().any(control) => Ok(text),
        _ => Err(NoteError::Text),
    }
}

fn parse_lines(lines: &str) -> Result<Vec<NoteSignature>, NoteError> {
    let lines = lines.strip_suffix('\n').ok_or(NoteError::Unsigned)?;
    let parse =
        |(number, line)| NoteSignature::parse_line(line).ok_or(NoteError::Signature(number));
    (1..).zip(lines.split('\n')).map(parse).collect()
}

/// One signature line: whose key, and its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    key: KeyLabel,
    bytes: Vec<u8>,
}

impl NoteSignature {
    pub(crate) const fn new(key: KeyLabel, bytes: Vec<u8>) -> Self {
        Self { key, bytes }
    }

    /// Reads signature lines alone, as a witness answers them (C2SP `tlog-witness`,
    /// `add-checkpoint`).
    ///
    /// # Errors
    ///
    /// Every [`NoteError`].
    pub fn parse_lines(bytes: &[u8]) -> Result<Vec<Self>, NoteError> {
        parse_lines(plain_text(bytes)?)
    }

    /// Whose key it claims to be.
    pub const fn key(&self) -> &KeyLabel {
        &self.key
    }

    /// The signature without the key's id; what it means depends on the key.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn parse_line(line: &str) -> Option<Self> {
        let (name, coded) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
        let decoded = base64(coded)?;
        let (id, bytes) = decoded.split_first_chunk()?;
        let key = KeyLabel::new(name.parse().ok()?, *id);
        (!bytes.is_empty()).then(|| Self::new(key, bytes.to_vec()))
    }
}

impl fmt::Display for NoteSignature {
    /// Without the newline that ends the line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key.id.as_slice(), &self.bytes].concat();
        write!(
            f,
            "{SIGNATURE_PREFIX}{} {}",
            self.key.name,
            to_base64(&bytes)
        )
    }
}

/// Name and id, by which a signature finds its key.
///
/// The id is short: it keeps keys apart and proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyLabel {
    name: KeyName,
    id: [u8; 4],
}

impl KeyLabel {
    pub(crate) const fn new(name: KeyName, id: [u8; 4]) -> Self {
        Self { name, id }
    }

    /// The key's name.
    pub const fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key's id.
    pub const fn id(&self) -> [u8; 4] {
        self.id
    }
}

/// The name of a key: not empty, without spaces, plus signs or control characters.
///
/// Best a URL without scheme, such as `kyso.example/log/2026`; a log's is its origin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyName(String);

/// Why text is not the name of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key's name is not empty and has no spaces, plus signs or control characters")]
pub struct KeyNameError;

impl KeyName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(name: &str) -> Result<Self, KeyNameError> {
        let foreign = |c: char| c.is_whitespace() || c < ' ' || c == '+';
        if name.is_empty() || name.contains(foreign) {
            Err(KeyNameError)
        } else {
            Ok(Self(name.to_owned()))
        }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
