//! Verifying a bundle: one reading, front to back, that stops at the first thing that is wrong.

use std::io::Read;

use super::beside::{Beside, Judged};
use super::disclosed::Disclosed;
use super::fault::{BesideFault, Fault, VerifyError};
use super::held::{Held, TileFault};
use super::keys::{ExportKey, Keys};
use super::list::first_difference;
use super::name::Name;
use super::parts::Parts;
use super::report::{KeySource, Progress, Report, Watch};
use super::statement::Statement;
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::entry::Entry;
use crate::note::Note;
use crate::policy::{Cosignature, Policy};
use crate::proof::LogProof;
use crate::receipt::Receipt;
use crate::tiles::{Prover, TILE_WIDTH, Tile};
use crate::tree::Frontier;
use crate::verify::{self, Row, Verifier};

/// What the verifying person has from elsewhere.
///
/// Where a key is missing here the one that the bundle names is taken, and the report says so: that
/// shows damage, and not that somebody else made all of it.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The log's key, and how many of which witnesses must have cosigned.
    pub policy: Option<Policy>,
    /// The key that signs manifests.
    pub export: Option<ExportKey>,
    /// Checkpoints and receipts to hold the bundle against.
    pub beside: Vec<Beside>,
}

/// Verifies a bundle. What is read is buffered here by part, not by byte: `input` should be.
///
/// # Errors
///
/// [`VerifyError::Read`], or the first [`Fault`].
pub fn verify(
    input: impl Read,
    trust: &Trust,
    watch: &mut impl Watch,
) -> Result<Report, VerifyError> {
    let (reading, verifier) = read(input, trust, None, watch)?;
    Ok(reading.report(verifier, trust)?)
}

/// Verifies a bundle, and makes a receipt for one of its entries.
///
/// # Errors
///
/// As for [`verify`], and [`Fault::NotHeld`].
pub fn receipt(
    input: impl Read,
    trust: &Trust,
    sequence: u64,
    watch: &mut impl Watch,
) -> Result<Receipt, VerifyError> {
    let (reading, _) = read(input, trust, Some(sequence), watch)?;
    Ok(reading.receipt(sequence).ok_or(Fault::NotHeld(sequence))?)
}

/// Reads and checks everything.
fn read<I: Read>(
    input: I,
    trust: &Trust,
    wanted: Option<u64>,
    watch: &mut impl Watch,
) -> Result<(Reading<I>, Verifier), VerifyError> {
    let mut reading = Reading::open(input, trust)?;
    reading.want(wanted)?;
    reading.head()?;
    let range = reading.statement.range.clone();
    let mut verifier = None;
    while reading.next < range.end {
        reading.chunk(&mut verifier, watch)?;
        watch.progress(Progress {
            entries: reading.next - range.start,
            of: range.end - range.start,
            bytes: reading.parts.offset(),
        });
    }
    let verifier = match verifier {
        Some(verifier) => verifier,
        None => reading.start()?,
    };
    reading.finish(verifier.frontier(), trust)?;
    Ok((reading, verifier))
}

/// The largest checkpoint of a bundle, unverified.
pub(super) fn checkpoints_of(input: impl Read) -> Result<SignedCheckpoint, VerifyError> {
    let mut parts = Parts::new(input)?;
    for name in [Name::Page, Name::Statement, Name::Keys] {
        parts.take(name)?;
    }
    let mut checkpoints = checkpoints(&mut parts)?;
    let largest = checkpoints.pop();
    Ok(largest.ok_or_else(|| parts.out_of_place("checkpoint/"))?)
}

/// The checkpoints, of growing size.
fn checkpoints<I: Read>(parts: &mut Parts<I>) -> Result<Vec<SignedCheckpoint>, VerifyError> {
    let mut read: Vec<SignedCheckpoint> = Vec::new();
    while let Some(Name::Checkpoint(size)) = parts.peek() {
        let before = read.last().map(|signed| signed.unverified().size());
        if before >= Some(size) {
            return Err(parts.out_of_place("a larger checkpoint").into());
        }
        let name = Name::Checkpoint(size);
        let signed = SignedCheckpoint::parse(&parts.take(name)?)
            .map_err(|error| Fault::Checkpoint { size, error })?;
        if signed.unverified().size() != size {
            return Err(Fault::Form(name.to_string()).into());
        }
        read.push(signed);
    }
    Ok(read)
}

/// A bundle that is being read.
struct Reading<I> {
    parts: Parts<I>,
    page_is_ours: bool,
    statement: Statement,
    keys: Keys,
    checkpoints: Vec<Checkpoint>,
    cosignatures: Vec<Cosignature>,
    beside: Vec<Judged>,
    held: Held,
    next: u64,
    disclosed: u64,
    largest: Option<SignedCheckpoint>,
    wanted: Option<(u64, Vec<u8>)>,
}

impl<I: Read> Reading<I> {
    fn open(input: I, trust: &Trust) -> Result<Self, VerifyError> {
        let mut parts = Parts::new(input)?;
        let page = parts.take(Name::Page)?;
        let statement = Statement::parse(&parts.take(Name::Statement)?);
        let statement = statement.ok_or_else(|| Fault::Form(Name::Statement.to_string()))?;
        let keys = Keys::parse(&parts.take(Name::Keys)?);
        let keys = keys.ok_or_else(|| Fault::Form(Name::Keys.to_string()))?;
        let signed = checkpoints(&mut parts)?;
        let policy = policy(&keys, trust)?;
        let (checkpoints, cosignatures) = judged(&signed, &policy)?;
        let sizes: Vec<u64> = checkpoints.iter().map(Checkpoint::size).collect();
        states_largest(&statement, &checkpoints)?;
        Ok(Self {
            parts,
            page_is_ours: page == super::page::page().as_bytes(),
            beside: beside(trust, &policy)?,
            held: Held::new(statement.range.clone(), &sizes),
            next: statement.range.start,
            statement,
            keys,
            checkpoints,
            cosignatures,
            disclosed: 0,
            largest: signed.last().cloned(),
            wanted: None,
        })
    }

    /// Keeps what a receipt for that entry takes.
    fn want(&mut self, sequence: Option<u64>) -> Result<(), Fault> {
        let Some(sequence) = sequence else {
            return Ok(());
        };
        if !self.statement.range.contains(&sequence) {
            return Err(Fault::NotHeld(sequence));
        }
        self.held.keep(sequence);
        self.wanted = Some((sequence, Vec::new()));
        Ok(())
    }

    /// Tiles before the entries: the highest level first, each from left to right.
    fn head(&mut self) -> Result<(), VerifyError> {
        let leaves = self.held.leaves(self.next);
        let mut before = None;
        while let Some(Name::Tile(tile)) = self.parts.peek() {
            if Some(tile) == leaves {
                break;
            }
            let place = (u8::MAX - tile.level(), tile.index());
            if before >= Some(place) {
                return Err(self.parts.out_of_place("another tile").into());
            }
            before = Some(place);
            self.tile(tile)?;
        }
        Ok(())
    }

    fn tile(&mut self, tile: Tile) -> Result<(), VerifyError> {
        let bytes = self.parts.take(Name::Tile(tile))?;
        let hashes = tile.parse(&bytes).map_err(|_| TileFault::Form(tile));
        Ok(self
            .held
            .hold(tile, hashes.map_err(Fault::from)?)
            .map_err(Fault::from)?)
    }

    /// A tile of level 0, the entries under it, and what is disclosed of them.
    fn chunk(
        &mut self,
        verifier: &mut Option<Verifier>,
        watch: &mut impl Watch,
    ) -> Result<(), VerifyError> {
        if let Some(tile) = self.held.leaves(self.next) {
            if self.parts.peek() != Some(Name::Tile(tile)) {
                return Err(Fault::from(TileFault::Missing(tile)).into());
            }
            self.tile(tile)?;
        }
        let verifier = match verifier {
            Some(verifier) => verifier,
            new => new.insert(self.start()?),
        };
        let first = self.next;
        let bytes = self.parts.take(Name::Entries(first))?;
        self.entries(verifier, &bytes, watch)?;
        if self.parts.peek() == Some(Name::Disclosed(first)) {
            let opened = self.parts.take(Name::Disclosed(first))?;
            self.disclosed += disclosed(first, &bytes, &opened, watch)?;
        }
        Ok(())
    }

    /// The verifier of entries, at the first one.
    fn start(&self) -> Result<Verifier, Fault> {
        let frontier = self.held.start()?;
        self.compare(&frontier)?;
        Ok(Verifier::new(frontier, None)?)
    }

    fn entries(
        &mut self,
        verifier: &mut Verifier,
        bytes: &[u8],
        watch: &mut impl Watch,
    ) -> Result<(), Fault> {
        let width = u64::from(TILE_WIDTH);
        let end = (self.next / width + 1) * width;
        let end = end.min(self.statement.range.end);
        let mut rest = bytes;
        while self.next < end {
            let (entry, after) = split(rest).ok_or(Fault::Missing(self.next))?;
            self.entry(verifier, entry)?;
            watch.entry(self.next, entry);
            if let Some((sequence, kept)) = &mut self.wanted
                && *sequence == self.next
            {
                *kept = entry.to_vec();
            }
            rest = after;
            self.next += 1;
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(Fault::Added(self.next - 1))
        }
    }

    fn entry(&self, verifier: &mut Verifier, entry: &[u8]) -> Result<(), Fault> {
        let sequence = self.next;
        let leaf = self.held.leaf(sequence).copied().unwrap_or_default();
        let row = Row {
            sequence,
            entry,
            leaf,
            projections: &[],
        };
        verifier
            .push(&row)
            .map_err(|fault| closer(fault, sequence, entry))?;
        self.compare(verifier.frontier())?;
        let mut receipts = self.beside.iter().zip(1..);
        let other = |(judged, _): &(&Judged, _)| {
            judged
                .entry
                .is_some_and(|(at, proved)| at == sequence && proved != leaf)
        };
        match receipts.find(other) {
            None => Ok(()),
            Some((_, number)) => Err(Fault::Beside {
                number,
                why: BesideFault::OtherEntry(sequence),
            }),
        }
    }

    /// Compares a tree with whatever has its size.
    fn compare(&self, frontier: &Frontier) -> Result<(), Fault> {
        let size = frontier.size();
        let differs = |other: &Checkpoint| other.size() == size && *other.root() != frontier.root();
        if self.checkpoints.iter().any(differs) {
            return Err(Fault::Root { size });
        }
        let mut beside = self.beside.iter().zip(1..);
        match beside.find(|(judged, _)| differs(&judged.checkpoint)) {
            None => Ok(()),
            Some((_, number)) => Err(Fault::Beside {
                number,
                why: BesideFault::Forked { size },
            }),
        }
    }

    fn finish(&mut self, at_end: &Frontier, trust: &Trust) -> Result<(), VerifyError> {
        let mut frontier = at_end.clone();
        for checkpoint in &self.checkpoints {
            let size = checkpoint.size().max(frontier.size());
            self.held.extend(&mut frontier, size).map_err(Fault::from)?;
            self.compare(&frontier)?;
        }
        self.compare_beyond(at_end)?;
        self.manifest(trust)
    }

    /// A receipt for the entry that was wanted, under the largest checkpoint.
    fn receipt(self, sequence: u64) -> Option<Receipt> {
        let path = Prover::new(&self.held, self.statement.size).inclusion(sequence);
        let proof = LogProof::new(sequence, path.ok()?, self.largest?).ok()?;
        Receipt::new(&self.wanted?.1, proof).ok()
    }

    /// Compares with what is beside it and has a size that the reading did not pass.
    fn compare_beyond(&self, at_end: &Frontier) -> Result<(), Fault> {
        for (judged, number) in self.beside.iter().zip(1..) {
            let beside = |why| Fault::Beside { number, why };
            let size = judged.checkpoint.size();
            if size > self.statement.size {
                let (from, to) = (self.statement.size, size - 1);
                return Err(beside(BesideFault::CutTail { from, to }));
            }
            let mut frontier = if size < self.statement.range.end {
                Frontier::new()
            } else {
                at_end.clone()
            };
            let passed = |checkpoint: &Checkpoint| checkpoint.size() == size;
            if self.statement.range.contains(&size) || self.checkpoints.iter().any(passed) {
                continue;
            }
            self.held
                .extend(&mut frontier, size)
                .map_err(|fault| match fault {
                    TileFault::Missing(missing) => {
                        beside(BesideFault::Incomparable { size, missing })
                    }
                    other => other.into(),
                })?;
            self.compare(&frontier)?;
        }
        Ok(())
    }

    fn manifest(&mut self, trust: &Trust) -> Result<(), VerifyError> {
        let bytes = self.parts.take(Name::Manifest)?;
        let malformed = || Fault::Form(Name::Manifest.to_string());
        let note = Note::parse(&bytes).map_err(|_| malformed())?;
        if note.signatures().len() != 1 {
            return Err(malformed().into());
        }
        let ours = self.parts.lists().manifest(&self.statement);
        if !note.text().starts_with(&self.statement.to_string()) {
            return Err(Fault::Statement.into());
        }
        if note.text() != ours {
            return Err(Fault::Part(first_difference(&ours, note.text())).into());
        }
        let key = trust.export.as_ref().unwrap_or(&self.keys.export);
        key.verify(&note).map_err(Fault::Manifest)?;
        Ok(self.parts.end()?)
    }

    fn report(self, verifier: Verifier, trust: &Trust) -> Result<Report, Fault> {
        let log = verifier.log().map(str::to_owned).unwrap_or_default();
        let found = verifier.finish()?;
        let source = |given: bool| {
            if given {
                KeySource::Given
            } else {
                KeySource::Bundle
            }
        };
        Ok(Report {
            log,
            log_key: source(trust.policy.is_some()),
            export_key: source(trust.export.is_some()),
            page_is_ours: self.page_is_ours,
            statement: self.statement,
            cosignatures: self.cosignatures,
            beside: self
                .beside
                .iter()
                .map(|judged| judged.checkpoint.size())
                .collect(),
            disclosed: self.disclosed,
            open_intents: found.open_intents,
            outside: found.outside,
        })
    }
}

/// The policy that counts: the one that is given, or the log's key of the bundle with whatever
/// witnesses it names.
fn policy(keys: &Keys, trust: &Trust) -> Result<Policy, Fault> {
    let policy = match &trust.policy {
        Some(policy) => policy.clone(),
        None => Policy::new(keys.log.clone(), keys.witnesses.clone(), 0)
            .map_err(|_| Fault::Form(Name::Keys.to_string()))?,
    };
    let export = trust.export.as_ref().unwrap_or(&keys.export);
    if export.is(policy.log()) {
        return Err(Fault::OneKey);
    }
    Ok(policy)
}

/// The checkpoints, each believed by the policy, and who cosigned the largest.
fn judged(
    signed: &[SignedCheckpoint],
    policy: &Policy,
) -> Result<(Vec<Checkpoint>, Vec<Cosignature>), Fault> {
    let mut checkpoints = Vec::new();
    let mut cosignatures = Vec::new();
    for one in signed {
        let size = one.unverified().size();
        let trusted = policy
            .judge(one)
            .map_err(|why| Fault::Distrust { size, why })?;
        cosignatures = trusted.cosignatures().to_vec();
        checkpoints.push(trusted.checkpoint().clone());
    }
    Ok((checkpoints, cosignatures))
}

fn beside(trust: &Trust, policy: &Policy) -> Result<Vec<Judged>, Fault> {
    let judge = |(one, number): (&Beside, usize)| {
        let judged = one.judge(policy);
        judged.map_err(|why| Fault::Beside { number, why })
    };
    trust.beside.iter().zip(1..).map(judge).collect()
}

/// The statement is about the largest checkpoint, and none is of a tree that ends before the range.
fn states_largest(statement: &Statement, checkpoints: &[Checkpoint]) -> Result<(), Fault> {
    let largest = checkpoints.last().filter(|largest| {
        largest.size() == statement.size
            && *largest.root() == statement.root
            && largest.origin() == statement.origin
    });
    let early = checkpoints
        .iter()
        .any(|one| one.size() < statement.range.start);
    if largest.is_none() || early {
        return Err(Fault::Form(Name::Statement.to_string()));
    }
    Ok(())
}

/// An entry that is not what its leaf says may be another entry of the log: that is said instead.
fn closer(fault: verify::Fault, expected: u64, entry: &[u8]) -> Fault {
    if !matches!(fault, verify::Fault::Changed(_)) {
        return fault.into();
    }
    let Ok(Entry { seq: found, .. }) = Entry::parse(entry) else {
        return fault.into();
    };
    let fault = if found > expected {
        verify::Fault::Gap { expected, found }
    } else if found.checked_add(1) == Some(expected) {
        verify::Fault::Duplicate(found)
    } else if found < expected {
        verify::Fault::Order { expected, found }
    } else {
        fault
    };
    fault.into()
}

/// The first entry, behind its length, and what follows.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// Checks what is disclosed of these entries, in their order; answers how many values.
fn disclosed(
    first: u64,
    entries: &[u8],
    lines: &[u8],
    watch: &mut impl Watch,
) -> Result<u64, Fault> {
    let malformed = || Fault::Form(Name::Disclosed(first).to_string());
    let text = std::str::from_utf8(lines).ok();
    let text = text
        .and_then(|text| text.strip_suffix('\n'))
        .ok_or_else(malformed)?;
    let (mut rest, mut next, mut count) = (entries, first, 0);
    let mut current: Option<(u64, Entry)> = None;
    for line in text.split('\n') {
        let (sequence, value) = Disclosed::parse(line).ok_or_else(malformed)?;
        while next <= sequence {
            let (entry, after) = split(rest).ok_or_else(malformed)?;
            rest = after;
            if next == sequence {
                current = Entry::parse(entry).ok().map(|entry| (sequence, entry));
            }
            next += 1;
        }
        let at = current.as_ref().filter(|(at, _)| *at == sequence);
        let (_, entry) = at.ok_or_else(malformed)?;
        if !value.opens(entry) {
            let field = value.field;
            return Err(Fault::Disclosed { sequence, field });
        }
        watch.disclosed(sequence, &value);
        count += 1;
    }
    Ok(count)
}
