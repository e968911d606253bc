//! A log that fills up through the journal, and its tree.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use futures_util::future::join_all;
use kyso_core::Draft;
use kyso_core::actor::{Actor, Proof, Subject};
use kyso_core::id::{PersonId, RequestId};
use kyso_core::journal::{Journal as _, JournalError};
use kyso_evidence::Event;
use kyso_evidence::checkpoint::Checkpoint;
use kyso_evidence::entry::Outcome;
use kyso_evidence::tiles::Grower;
use kyso_store::{JournalHandle, Store};

/// Entries under way at once, as many as a busy server has calls.
const AT_ONCE: usize = 128;

/// How many entries lie between two of the person who is searched for.
pub(super) const RARE: u64 = 1_000;
/// How many entries lie between two intents to seal a document.
const SEALED: u64 = 8;
/// Entries of the person who did something long ago and nothing since.
pub(super) const LONG_AGO: u16 = 10;
/// The year of all documents.
pub(super) const YEAR: u32 = 2026;

/// A log and its tree.
pub(super) struct Log<'a> {
    pub(super) store: &'a Store,
    pub(super) journal: JournalHandle,
    pub(super) grower: Option<Grower>,
    /// Somebody who did something now and then.
    pub(super) rare: PersonId,
    /// Somebody who did something before everybody else, and nothing since.
    pub(super) gone: PersonId,
    /// The number of a document that was sealed half-way.
    pub(super) number: u32,
}

impl<'a> Log<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self {
            journal: store.journal(),
            store,
            grower: Some(Grower::new()),
            rare: PersonId::random(),
            gone: PersonId::random(),
            number: 0,
        }
    }

    /// Entries so far.
    pub(super) fn size(&self) -> u64 {
        self.journal.figures().read().size
    }

    /// Writes until there are so many, with a document that is searched for in the middle; then the tree and the summaries for
    /// searches are made.
    pub(super) async fn fill(&mut self, size: u64) -> anyhow::Result<()> {
        if self.size() == 0 {
            for _ in 0..LONG_AGO {
                self.journal.note(reading(self.gone)).await?;
            }
        }
        self.write_until(size / 2).await?;
        // A number that no other document has.
        self.number = u32::try_from(self.size())? + 1;
        self.journal.note(sealing(self.rare, self.number)).await?;
        self.write_until(size).await?;
        self.grow().await?;
        let (mut blocks, mut told) = (0, 0);
        let tree = self.checkpoint()?;
        while let Some(next) = self.journal.summarise(blocks, &tree).await? {
            blocks = next;
        }
        while let Some(next) = self.journal.summarise_stretch(told, blocks).await? {
            told = next;
        }
        Ok(())
    }

    async fn write_until(&self, size: u64) -> anyhow::Result<()> {
        let left = AtomicU64::new(size.saturating_sub(self.size()));
        let more = || {
            let less = |left: u64| left.checked_sub(1);
            let taken = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
            taken.ok()
        };
        write(&self.journal, self.rare, more).await?;
        Ok(())
    }

    fn checkpoint(&self) -> anyhow::Result<Checkpoint> {
        let grower = self.grower.as_ref().context("the tree was not grown")?;
        let origin = "bench.kyso.example".to_owned();
        Ok(Checkpoint::new(origin, grower.size(), grower.root())?)
    }

    /// Brings the tree to where the log is.
    pub(super) async fn grow(&mut self) -> anyhow::Result<()> {
        let grower = self.grower.take().unwrap_or_default();
        self.grower = Some(self.journal.grow_tree(grower).await?);
        Ok(())
    }
}

/// Writes entries from many tasks at once for as long as `more` gives numbers; answers how many.
pub(super) async fn write(
    journal: &JournalHandle,
    rare: PersonId,
    more: impl Fn() -> Option<u64>,
) -> Result<u64, JournalError> {
    let people: Arc<[PersonId]> = (0..64).map(|_| PersonId::random()).collect();
    let one = async || {
        let mut count = 0;
        while let Some(number) = more() {
            journal.note(entry(&people, rare, number)).await?;
            count += 1;
        }
        Ok(count)
    };
    // All on this task: what they wait for is the journal's thread.
    let all = join_all((0..AT_ONCE).map(|_| one())).await;
    all.into_iter().sum()
}

fn entry(people: &[PersonId], rare: PersonId, number: u64) -> Draft {
    let index = usize::try_from(number).unwrap_or(0) % people.len();
    let usual = people.get(index).copied().unwrap_or(rare);
    match (number % RARE, number % SEALED) {
        (1, _) => reading(rare),
        (_, 3) => sealing(usual, 1),
        _ => reading(usual),
    }
}

fn reading(who: PersonId) -> Draft {
    draft(Event::AuditRead, Outcome::Ok, who).fact("limit", 100)
}

fn sealing(who: PersonId, number: u32) -> Draft {
    let draft = draft(Event::SignatureIntent, Outcome::Started, who);
    let draft = draft.fact("number", i64::from(number));
    draft.fact("year", i64::from(YEAR))
}

fn draft(event: Event, outcome: Outcome, who: PersonId) -> Draft {
    let proof = Proof::PasswordAndTotp;
    let actor = Actor::trust_verified(Subject::Person(who), None, proof, None, None);
    Draft::new(event, outcome, &actor, RequestId::random())
}
