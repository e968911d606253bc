//! A bundle that is being read: what came so far, and what is compared with it.

use std::io::Read;

use super::beside::Judged;
use super::chunk::{closer, disclosed, split};
use super::fault::{BesideFault, Fault, VerifyError};
use super::held::{Held, TileFault};
use super::judging::{beside, checkpoints, judged, policy, states_largest};
use super::keys::Keys;
use super::list::first_difference;
use super::name::Name;
use super::parts::Parts;
use super::report::{KeySource, Report, Watch};
use super::statement::Statement;
use super::verifier::Trust;
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::note::Note;
use crate::policy::Cosignature;
use crate::proof::LogProof;
use crate::receipt::Receipt;
use crate::tiles::{Prover, TILE_WIDTH, Tile};
use crate::tree::Frontier;
use crate::verify::{Row, Verifier};

/// A bundle that is being read.
pub(super) struct Reading<I> {
    pub(super) parts: Parts<I>,
    page_is_ours: bool,
    pub(super) statement: Statement,
    keys: Keys,
    checkpoints: Vec<Checkpoint>,
    cosignatures: Vec<Cosignature>,
    beside: Vec<Judged>,
    held: Held,
    pub(super) next: u64,
    disclosed: u64,
    largest: Option<SignedCheckpoint>,
    wanted: Option<(u64, Vec<u8>)>,
}

impl<I: Read> Reading<I> {
    pub(super) fn open(input: I, trust: &Trust) -> Result<Self, VerifyError> {
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
    pub(super) fn want(&mut self, sequence: Option<u64>) -> Result<(), Fault> {
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
    pub(super) fn head(&mut self) -> Result<(), VerifyError> {
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
        let hashes = tile.parse(&bytes).map_err(|_| TileFault::Form(tile))?;
        Ok(self.held.hold(tile, hashes)?)
    }

    /// A tile of level 0, the entries under it, and what is disclosed of them.
    pub(super) fn chunk(
        &mut self,
        verifier: &mut Option<Verifier>,
        watch: &mut impl Watch,
    ) -> Result<(), VerifyError> {
        if let Some(tile) = self.held.leaves(self.next) {
            if self.parts.peek() != Some(Name::Tile(tile)) {
                return Err(TileFault::Missing(tile).into());
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
    pub(super) fn start(&self) -> Result<Verifier, Fault> {
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
        let end = (self.next / width).saturating_add(1).saturating_mul(width);
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

    pub(super) fn finish(&mut self, at_end: &Frontier, trust: &Trust) -> Result<(), VerifyError> {
        let mut frontier = at_end.clone();
        for checkpoint in &self.checkpoints {
            let size = checkpoint.size().max(frontier.size());
            self.held.extend(&mut frontier, size)?;
            self.compare(&frontier)?;
        }
        self.compare_beyond(at_end)?;
        self.manifest(trust)
    }

    /// A receipt for the entry that was wanted, under the largest checkpoint.
    pub(super) fn receipt(self, sequence: u64) -> Option<Receipt> {
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

    pub(super) fn report(self, verifier: Verifier, trust: &Trust) -> Result<Report, Fault> {
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
