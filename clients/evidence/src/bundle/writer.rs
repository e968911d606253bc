//! Writing a bundle: front to back, entry by entry, with at most 256 entries in memory.

use std::io::{self, Write};

use super::archive;
use super::disclosed::Disclosed;
use super::export::Export;
use super::held::{Held, TileFault};
use super::keys::Keys;
use super::list::Lists;
use super::name::Name;
use super::page::page;
use crate::checkpoint::SignedCheckpoint;
use crate::entry::Entry;
use crate::key::SignatureError;
use crate::note::{MAX_NOTE_BYTES, Note, NoteSignature};
use crate::tiles::{ReadError, ReadTile, TILE_WIDTH, Tile, read};
use crate::tree::Frontier;
use crate::{MAX_ENTRY_BYTES, leaf_hash};

/// Why a bundle could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError<E> {
    /// The output failed.
    #[error("the bundle could not be written")]
    Output(#[from] io::Error),
    /// A stored tile could not be had.
    #[error(transparent)]
    Read(#[from] ReadError<E>),
    /// The stored tiles do not agree with each other.
    #[error(transparent)]
    Tile(#[from] TileFault),
    /// An entry is not the one that the log committed to.
    #[error("entry {0} is not the one that its tile commits to")]
    Changed(u64),
    /// An entry that is longer than entries can be.
    #[error("entry {0} is too long")]
    TooLong(u64),
    /// A value that the entry does not commit to.
    #[error("entry {sequence} does not commit to the value to be disclosed as {field}")]
    Disclosed {
        /// The entry.
        sequence: u64,
        /// The field.
        field: String,
    },
    /// More or fewer entries than the range has.
    #[error("the range ends before entry {end}, and {next} would be the next")]
    Count {
        /// The first number beyond the range.
        end: u64,
        /// The number of the next entry.
        next: u64,
    },
    /// The tree is another than that of a checkpoint: its history was rewritten.
    #[error("the first {0} entries do not give the root that the log signed")]
    Root(u64),
    /// So many parts that the manifest is longer than a note.
    #[error("so many entries do not fit one bundle")]
    TooLarge,
}

/// A bundle in the making.
///
/// It checks what it writes: entries against tiles, tiles against each other, and the tree against
/// the checkpoints, so a bundle that gets its manifest holds.
#[derive(Debug)]
pub struct Writer<'a, W, R> {
    out: W,
    tiles: &'a R,
    export: Export,
    lists: Lists,
    held: Held,
    frontier: Frontier,
    next: u64,
    entries: Vec<u8>,
    disclosed: String,
}

impl<'a, W: Write, R: ReadTile> Writer<'a, W, R> {
    /// Begins a bundle: what precedes the entries is written, and about forty tiles are read for it,
    /// with one more for each 65,536 entries.
    ///
    /// # Errors
    ///
    /// [`WriteError::Output`], [`WriteError::Read`], [`WriteError::Tile`].
    pub fn begin(out: W, export: Export, tiles: &'a R) -> Result<Self, WriteError<R::Error>> {
        let range = export.statement.range.clone();
        let mut writer = Self {
            out,
            tiles,
            lists: Lists::default(),
            held: Held::new(range.clone(), &export.sizes()),
            frontier: Frontier::new(),
            next: range.start,
            entries: Vec::new(),
            disclosed: String::new(),
            export,
        };
        writer.preamble()?;
        let head: Vec<Tile> = writer.held.head().collect();
        head.into_iter().try_for_each(|tile| writer.tile(tile))?;
        Ok(writer)
    }

    fn preamble(&mut self) -> Result<(), WriteError<R::Error>> {
        self.part(&Name::Page, page().as_bytes())?;
        let statement = self.export.statement.to_string();
        self.part(&Name::Statement, statement.as_bytes())?;
        let keys = self.export.keys.to_string();
        self.part(&Name::Keys, keys.as_bytes())?;
        for signed in self.export.checkpoints.clone() {
            let name = Name::Checkpoint(signed.unverified().size());
            self.part(&name, signed.to_string().as_bytes())?;
        }
        Ok(())
    }

    /// Adds the next entry, with the values behind its commitments that are to be disclosed.
    ///
    /// # Errors
    ///
    /// Every [`WriteError`]; the bundle is then to be given up.
    pub fn push(
        &mut self,
        entry: &[u8],
        disclosed: &[Disclosed],
    ) -> Result<(), WriteError<R::Error>> {
        let (sequence, end) = (self.next, self.export.statement.range.end);
        if sequence >= end {
            let next = sequence;
            return Err(WriteError::Count { end, next });
        }
        self.open_tile(sequence)?;
        let leaf = leaf_hash(entry);
        if self.held.leaf(sequence) != Some(&leaf) {
            return Err(WriteError::Changed(sequence));
        }
        self.collect(sequence, entry, disclosed)?;
        self.frontier.push(leaf);
        self.next += 1;
        self.check_roots()?;
        if self.next.is_multiple_of(u64::from(TILE_WIDTH)) || self.next == end {
            self.close_chunk()?;
        }
        Ok(())
    }

    /// Before the first entry of a tile, writes that tile.
    fn open_tile(&mut self, sequence: u64) -> Result<(), WriteError<R::Error>> {
        let first = sequence == self.export.statement.range.start;
        if !first && !sequence.is_multiple_of(u64::from(TILE_WIDTH)) {
            return Ok(());
        }
        if let Some(tile) = self.held.leaves(sequence) {
            self.tile(tile)?;
        }
        if first {
            self.frontier = self.held.start()?;
            self.check_roots()?;
        }
        Ok(())
    }

    fn collect(
        &mut self,
        sequence: u64,
        entry: &[u8],
        disclosed: &[Disclosed],
    ) -> Result<(), WriteError<R::Error>> {
        let length = u16::try_from(entry.len()).map_err(|_| WriteError::TooLong(sequence))?;
        debug_assert!(entry.len() <= MAX_ENTRY_BYTES);
        self.entries.extend_from_slice(&length.to_be_bytes());
        self.entries.extend_from_slice(entry);
        if disclosed.is_empty() {
            return Ok(());
        }
        let parsed = Entry::parse(entry).ok();
        for value in disclosed {
            let opens = parsed.as_ref().is_some_and(|entry| value.opens(entry));
            let line = value.to_line(sequence).filter(|_| opens);
            let field = || value.field.clone();
            self.disclosed += &line.ok_or_else(|| WriteError::Disclosed {
                sequence,
                field: field(),
            })?;
        }
        Ok(())
    }

    fn close_chunk(&mut self) -> Result<(), WriteError<R::Error>> {
        let width = u64::from(TILE_WIDTH);
        let chunk = (self.next - 1) / width * width;
        let first = chunk.max(self.export.statement.range.start);
        let entries = std::mem::take(&mut self.entries);
        self.part(&Name::Entries(first), &entries)?;
        let disclosed = std::mem::take(&mut self.disclosed);
        if !disclosed.is_empty() {
            self.part(&Name::Disclosed(first), disclosed.as_bytes())?;
        }
        Ok(())
    }

    /// Ends the entries; what is left is the manifest and its signature.
    ///
    /// # Errors
    ///
    /// [`WriteError::Count`] if entries are missing, and every other [`WriteError`].
    pub fn finish(mut self) -> Result<Unsigned<W>, WriteError<R::Error>> {
        let (end, next) = (self.export.statement.range.end, self.next);
        if next < end {
            return Err(WriteError::Count { end, next });
        }
        for size in self.export.sizes() {
            if size > self.frontier.size() {
                self.held.extend(&mut self.frontier, size)?;
                self.check_roots()?;
            }
        }
        if !self.lists.is_closed() {
            self.close_list()?;
        }
        let text = self.lists.manifest(&self.export.statement);
        if text.len() > MAX_NOTE_BYTES / 2 {
            return Err(WriteError::TooLarge);
        }
        Ok(Unsigned {
            out: self.out,
            keys: self.export.keys,
            text,
        })
    }

    /// What was written to, so that a writer in memory can be emptied between entries.
    pub const fn output(&mut self) -> &mut W {
        &mut self.out
    }

    fn check_roots(&self) -> Result<(), WriteError<R::Error>> {
        let size = self.frontier.size();
        let mut checkpoints = self
            .export
            .checkpoints
            .iter()
            .map(SignedCheckpoint::unverified);
        let here = checkpoints.find(|checkpoint| checkpoint.size() == size);
        if here.is_none_or(|checkpoint| *checkpoint.root() == self.frontier.root()) {
            Ok(())
        } else {
            Err(WriteError::Root(size))
        }
    }

    fn tile(&mut self, tile: Tile) -> Result<(), WriteError<R::Error>> {
        let hashes = read(self.tiles, tile)?;
        let bytes = hashes.concat();
        self.held.hold(tile, hashes)?;
        self.part(&Name::Tile(tile), &bytes)
    }

    fn part(&mut self, name: &Name, content: &[u8]) -> Result<(), WriteError<R::Error>> {
        if self.lists.is_full() {
            self.close_list()?;
        }
        self.lists.add(name, content);
        archive::write(&mut self.out, &name.to_string(), content)?;
        Ok(())
    }

    fn close_list(&mut self) -> Result<(), WriteError<R::Error>> {
        let (name, list) = self.lists.close();
        archive::write(&mut self.out, &name.to_string(), list.as_bytes())?;
        Ok(())
    }
}

/// A bundle that lacks the signature under its manifest.
#[must_use]
#[derive(Debug)]
pub struct Unsigned<W> {
    out: W,
    keys: Keys,
    text: String,
}

impl<W: Write> Unsigned<W> {
    /// What the export key signs: for a P-256 key by ECDSA over SHA-256 of these bytes, in DER.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was written to.
    pub const fn output(&mut self) -> &mut W {
        &mut self.out
    }

    /// The second of two steps: writes the manifest with its signature, which is checked first, and
    /// ends the file.
    ///
    /// # Errors
    ///
    /// [`SignError`].
    pub fn signed(mut self, signature: Vec<u8>) -> Result<W, SignError> {
        let label = self.keys.export.label().clone();
        let signature = NoteSignature::new(label, signature);
        let note = Note::new(self.text, vec![signature]);
        self.keys.export.verify(&note)?;
        let manifest = note.to_string();
        archive::write(
            &mut self.out,
            &Name::Manifest.to_string(),
            manifest.as_bytes(),
        )?;
        archive::close(&mut self.out)?;
        Ok(self.out)
    }
}

/// Why a bundle could not be ended.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The signature is not by the export key.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The output failed.
    #[error("the bundle could not be written")]
    Output(#[from] io::Error),
}
