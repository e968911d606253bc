//! Roots that somebody vouches for: stored checkpoints, and what was kept outside the database.

use std::collections::{BTreeMap, VecDeque};

use diesel::prelude::*;
use kyso_evidence::bundle::{Beside, BesideFault, Judged};
use kyso_evidence::checkpoint::{CheckpointError, SignedCheckpoint};
use kyso_evidence::key::WitnessKey;
use kyso_evidence::policy::{Distrust, Policy, PolicyError, Trusted};
use kyso_evidence::{Frontier, Hash};

use super::VerifyError;
use super::found::{By, Vouched};
use super::key::Key;
use crate::connection::Db;
use crate::dialect::on_each;
use crate::tables::tree_checkpoint;
use crate::tree::StoredCheckpoint;

/// Checkpoints read at once.
const AT_ONCE: i64 = 512;

/// How the entries do not agree with a root, or why one does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RootFault {
    /// The row holds no checkpoint.
    #[error("it is no checkpoint: {0}")]
    Malformed(#[from] CheckpointError),
    /// A column beside the note says something else than the note.
    #[error("column {0} differs from the note")]
    Column(&'static str),
    /// The log's key did not sign it, or a witness's line in it does not verify.
    #[error("it does not count: {0}")]
    Distrust(#[from] Distrust),
    /// What was kept elsewhere does not count.
    #[error(transparent)]
    Evidence(BesideFault),
    /// Nobody said whose signature to look for.
    #[error("nobody can say who signed it: the log names no key of its own, and none was given")]
    NoKey,
    /// The keys that were given make no policy.
    #[error(transparent)]
    Keys(#[from] PolicyError),
    /// The entries have another root at its size.
    #[error("entries {since} to {last} are not those that were signed: at {size} entries the root is another", last = size - 1)]
    Rewritten {
        /// Up to here another root was right.
        since: u64,
        /// Its size.
        size: u64,
    },
    /// The entry is another than the receipt has.
    #[error("entry {0} is not the one that the receipt proves")]
    OtherEntry(u64),
    /// The log ends before it.
    #[error("tail cut off: entries {from} to {to} are missing")]
    CutTail {
        /// The first missing number.
        from: u64,
        /// The last one that it counts.
        to: u64,
    },
}

/// What was kept elsewhere, judged: a size and a root.
struct Evidence {
    name: String,
    size: u64,
    root: Hash,
}

/// Holds the growing tree against every root that somebody vouches for.
pub(super) struct Roots {
    policy: Option<Policy>,
    /// By size.
    evidence: VecDeque<Evidence>,
    /// Leaf hashes that receipts prove.
    receipts: BTreeMap<u64, (String, Hash)>,
    stored: Stored,
    /// The size of the last root that was right.
    right: u64,
    vouched: BTreeMap<By, u64>,
}

impl Roots {
    /// Judges what was kept elsewhere, before anything is compared with it.
    pub(super) fn open(
        db: &mut Db,
        key: &Key,
        witnesses: Vec<WitnessKey>,
        evidence: Vec<(String, Beside)>,
    ) -> Result<Self, VerifyError> {
        let policy = key.key.clone().map(|key| Policy::new(key, witnesses, 0));
        let policy = policy.transpose().map_err(|why| fault("the keys", why))?;
        let mut roots = Self {
            policy,
            evidence: VecDeque::new(),
            receipts: BTreeMap::new(),
            stored: Stored::open(db)?,
            right: 0,
            vouched: BTreeMap::new(),
        };
        let mut judged = Vec::new();
        for (name, beside) in evidence {
            judged.push(roots.judge(name, &beside)?);
        }
        judged.sort_by_key(|one| one.size);
        roots.evidence = judged.into();
        Ok(roots)
    }

    fn judge(&mut self, name: String, beside: &Beside) -> Result<Evidence, VerifyError> {
        let policy = self
            .policy
            .as_ref()
            .ok_or_else(|| fault(&name, RootFault::NoKey))?;
        let judged = beside.judge(policy);
        let Judged { checkpoint, entry } =
            judged.map_err(|why| fault(&name, RootFault::Evidence(why)))?;
        if let Some((sequence, leaf)) = entry {
            self.receipts.insert(sequence, (name.clone(), leaf));
        }
        Ok(Evidence {
            name,
            size: checkpoint.size(),
            root: *checkpoint.root(),
        })
    }

    /// Compares all that is known of the log of this size, whose last entry has this leaf hash.
    pub(super) fn compare(
        &mut self,
        db: &mut Db,
        frontier: &Frontier,
        leaf: Option<Hash>,
    ) -> Result<(), VerifyError> {
        let size = frontier.size();
        let last = size.saturating_sub(1);
        if let Some((name, proven)) = self.receipts.get(&last)
            && leaf != Some(*proven)
        {
            return Err(fault(name, RootFault::OtherEntry(last)));
        }
        while let Some(one) = pop_if(&mut self.evidence, |one| one.size <= size) {
            self.is_right(&one.name, one.size, &one.root, frontier)?;
            self.vouched.insert(By::Evidence(one.name), one.size);
        }
        while let Some(row) = self.stored.up_to(db, size)? {
            self.checkpoint(&row, frontier)?;
        }
        Ok(())
    }

    fn checkpoint(
        &mut self,
        row: &StoredCheckpoint,
        frontier: &Frontier,
    ) -> Result<(), VerifyError> {
        let name = named(row.size);
        let trusted = self.trusted(row).map_err(|why| fault(&name, why))?;
        let checkpoint = trusted.checkpoint();
        self.is_right(&name, checkpoint.size(), checkpoint.root(), frontier)?;
        self.vouched.insert(By::LogKey, checkpoint.size());
        for one in trusted.cosignatures() {
            let by = By::Witness(one.witness.to_string());
            self.vouched.insert(by, checkpoint.size());
        }
        Ok(())
    }

    fn trusted(&self, row: &StoredCheckpoint) -> Result<Trusted, RootFault> {
        let signed = SignedCheckpoint::parse(row.note.as_bytes())?;
        if Ok(signed.unverified().size()) != u64::try_from(row.size) {
            return Err(RootFault::Column("size"));
        }
        let lines = signed.note().signatures().len().saturating_sub(1);
        if Ok(lines) != usize::try_from(row.witnesses) {
            return Err(RootFault::Column("witnesses"));
        }
        let policy = self.policy.as_ref().ok_or(RootFault::NoKey)?;
        Ok(policy.judge(&signed)?)
    }

    fn is_right(
        &mut self,
        name: &str,
        size: u64,
        root: &Hash,
        frontier: &Frontier,
    ) -> Result<(), VerifyError> {
        // The empty log has one root only, which was checked where the checkpoint was read.
        if size > 0 && (size != frontier.size() || frontier.root() != *root) {
            let since = self.right;
            return Err(fault(name, RootFault::Rewritten { since, size }));
        }
        self.right = size;
        Ok(())
    }

    /// Who vouches for how many entries; nobody may for more than there are.
    pub(super) fn finish(self, size: u64) -> Result<Vec<Vouched>, VerifyError> {
        let beyond = self.evidence.into_iter().next_back();
        let beyond = beyond.map(|one| (one.name, one.size));
        let stored = self.stored.last.filter(|last| *last > size);
        let stored = stored.map(|last| (named(i64::try_from(last).unwrap_or(i64::MAX)), last));
        if let Some((name, counted)) = beyond.or(stored) {
            let (from, to) = (size, counted.saturating_sub(1));
            return Err(fault(&name, RootFault::CutTail { from, to }));
        }
        let vouched = self.vouched.into_iter();
        Ok(vouched.map(|(by, size)| Vouched { by, size }).collect())
    }
}

/// The stored checkpoints that were there at the beginning, in the order of their sizes.
struct Stored {
    last: Option<u64>,
    read: VecDeque<StoredCheckpoint>,
    after: i64,
}

impl Stored {
    fn open(db: &mut Db) -> Result<Self, VerifyError> {
        let last: Option<i64> = on_each!(db, db => tree_checkpoint::table
            .select(diesel::dsl::max(tree_checkpoint::size))
            .first(db))?;
        Ok(Self {
            last: last.and_then(|last| u64::try_from(last).ok()),
            read: VecDeque::new(),
            after: 0,
        })
    }

    /// The next of at most that size.
    fn up_to(&mut self, db: &mut Db, size: u64) -> Result<Option<StoredCheckpoint>, VerifyError> {
        let wanted = self.last.is_some_and(|last| unsigned(self.after) < last);
        if self.read.is_empty() && wanted {
            self.read = self.load(db)?.into();
            match self.read.back() {
                Some(last) => self.after = last.size,
                None => self.last = None,
            }
        }
        Ok(pop_if(&mut self.read, |one| unsigned(one.size) <= size))
    }

    fn load(&self, db: &mut Db) -> QueryResult<Vec<StoredCheckpoint>> {
        let last = self
            .last
            .map_or(0, |last| i64::try_from(last).unwrap_or(i64::MAX));
        on_each!(db, db => tree_checkpoint::table
            .filter(tree_checkpoint::size.gt(self.after))
            .filter(tree_checkpoint::size.le(last))
            .order(tree_checkpoint::size)
            .limit(AT_ONCE)
            .select(StoredCheckpoint::as_select())
            .load(db))
    }
}

/// The first, if it is one of these.
fn pop_if<T>(queue: &mut VecDeque<T>, is_one: impl FnOnce(&T) -> bool) -> Option<T> {
    queue
        .front()
        .is_some_and(is_one)
        .then(|| queue.pop_front())?
}

fn unsigned(size: i64) -> u64 {
    u64::try_from(size).unwrap_or(0)
}

fn named(size: i64) -> String {
    format!("the stored checkpoint of {size} entries")
}

fn fault(what: &str, why: impl Into<RootFault>) -> VerifyError {
    VerifyError::Root {
        what: what.to_owned(),
        why: why.into(),
    }
}
