//! Grows the tree, has its checkpoints signed and cosigned, again and again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use actix_web::web;
use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::extension::{Extension, ExtensionError};
use kyso_evidence::tiles::{Grower, ProveError, Prover, ReadError};
use kyso_evidence::tree::Hash;
use kyso_store::StoreError;
use kyso_store::tree::{GrowError, Lead, StoredCheckpoint, Tiles};

use super::witnesses::Witnesses;
use crate::app::App;
use crate::background::alarm;

/// Why there is no new checkpoint.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoCheckpoint {
    /// The entries are not those that the journal wrote.
    #[error(transparent)]
    Grow(#[from] GrowError),
    /// The tree does not continue what was signed.
    #[error(transparent)]
    Fork(#[from] ExtensionError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key or the file failed, for now.
    #[error(transparent)]
    Sign(#[from] anyhow::Error),
}

impl NoCheckpoint {
    /// The word of the alarm, if somebody changed the log: nothing may be signed any more.
    pub(super) const fn alarm(&self) -> Option<&'static str> {
        match self {
            Self::Grow(GrowError::Root { .. }) => Some("log_changed"),
            Self::Fork(_) => Some("log_forked"),
            Self::Grow(GrowError::Store(_)) | Self::Store(_) | Self::Sign(_) => None,
        }
    }
}

/// Until the server stops. Once the log is found to be another, this server keeps the lead and signs no checkpoint any
/// more, so that no other server of the same database does either.
pub(crate) async fn run(app: web::Data<App>) {
    let mut sequencer = Sequencer::new(app);
    let pause = sequencer.app.config.audit.pause();
    loop {
        if let Some((word, error)) = sequencer.turn().await {
            sequencer.halt(word, &error).await;
            return std::future::pending().await;
        }
        tokio::time::sleep(pause).await;
    }
}

/// What this server knows of the tree that it grows.
pub(super) struct Sequencer {
    pub(super) app: web::Data<App>,
    lead: Lead,
    /// The tree as it is stored; none before the first round and after one that failed.
    grower: Option<Grower>,
    pub(super) witnesses: Witnesses,
    /// Whether the tree is being made anew.
    anew: bool,
    /// Alarms that hold, and what of.
    pub(super) alarmed: BTreeSet<(String, &'static str)>,
    pub(super) covered: Awaited,
    pub(super) witnessed: Awaited,
}

impl Sequencer {
    fn new(app: web::Data<App>) -> Self {
        Self {
            lead: app.store.database().lead(),
            witnesses: Witnesses::new(&app.config.audit),
            app,
            grower: None,
            anew: false,
            alarmed: BTreeSet::new(),
            covered: Awaited::new(),
            witnessed: Awaited::new(),
        }
    }

    /// A round, if this server leads, and a look at what is stored; what ends all signing, if something does.
    async fn turn(&mut self) -> Option<(&'static str, NoCheckpoint)> {
        if self.leads().await
            && let Err(error) = self.round().await
            && let Some(word) = self.failed(&error).await
        {
            return Some((word, error));
        }
        let error = self.observe().await.err()?;
        error.alarm().map(|word| (word, error))
    }

    /// Nothing is signed from now on; an officer has to look before the server is started again.
    async fn halt(&self, word: &'static str, error: &NoCheckpoint) {
        tracing::error!(%error, "THE LOG IS NOT WHAT WAS WRITTEN: nothing is signed any more");
        self.app.journal().figures().set_halted(true);
        alarm(&self.app, word).await;
    }

    /// The word of the alarm, if the log itself is to blame: stored tiles can be made anew from the entries, and what
    /// is wrong then is wrong with those.
    async fn failed(&mut self, error: &NoCheckpoint) -> Option<&'static str> {
        let word = error.alarm();
        if word.is_some() && self.anew {
            return word;
        }
        self.grower = None;
        self.anew = false;
        if word.is_none() {
            tracing::warn!(%error, "no checkpoint for now");
        } else if let Err(error) = self.begin_anew().await {
            tracing::warn!(%error, "the stored tree could not be made anew");
        }
        None
    }

    /// Receipts wait meanwhile: a tree that is half there proves nothing.
    async fn begin_anew(&mut self) -> Result<(), NoCheckpoint> {
        tracing::error!("the stored tree was changed; it is made anew from the entries");
        alarm(&self.app, "tree_changed").await;
        self.app.log.set_growing(true);
        self.app.journal().clear_tree().await?;
        self.anew = true;
        self.grower = Some(Grower::new());
        Ok(())
    }

    async fn leads(&self) -> bool {
        let lead = self.lead.clone();
        let claimed = tokio::task::spawn_blocking(move || lead.claim());
        claimed.await.unwrap_or(false)
    }

    async fn round(&mut self) -> Result<(), NoCheckpoint> {
        if self.app.log.take_distrust() {
            self.begin_anew().await?;
        } else if self.grower.is_none() {
            self.resume().await?;
        }
        let grower = self.grower.take().unwrap_or_default();
        let grower = self.app.journal().grow_tree(grower).await?;
        let (size, root) = (grower.size(), grower.root());
        self.grower = Some(grower);
        let known = self
            .app
            .log
            .newest()
            .map_or(0, |one| one.unverified().size());
        if size > known {
            self.sign(size, root).await?;
        }
        if size >= known {
            self.anew = false;
            self.app.log.set_growing(false);
        }
        self.cosign().await
    }

    /// Goes on from the tree of the newest checkpoint; from the first entry on if there is none, or if its tiles
    /// were spoilt.
    async fn resume(&mut self) -> Result<(), NoCheckpoint> {
        let Some(newest) = self.app.log.newest() else {
            self.grower = Some(Grower::new());
            return Ok(());
        };
        let (size, root) = (newest.unverified().size(), *newest.unverified().root());
        self.grower = self.app.journal().resume_tree(size, root).await?;
        match self.grower {
            Some(_) => Ok(()),
            None => self.begin_anew().await,
        }
    }

    async fn sign(&self, size: u64, root: Hash) -> Result<(), NoCheckpoint> {
        let log = &self.app.log;
        let origin = log.origin().to_string();
        let next = Checkpoint::new(origin, size, root).map_err(anyhow::Error::from)?;
        let last = log.last();
        let proof = match &last {
            Some(last) => self.proof(last.size(), size).await?,
            None => Vec::new(),
        };
        let extension = Extension::new(last.as_ref(), next, &proof)?;
        let signed = log.sign(extension).await?;
        self.app.metrics.checkpoints_signed.inc();
        self.store(&signed).await
    }

    /// That the tree of `size` entries continues that of `old`. One that is smaller, or whose tiles are spoilt, has no
    /// proof, which is then refused as one; a database that does not answer is no such case.
    pub(super) async fn proof(&self, old: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        let proof = self.app.store.read(move |db| {
            match Prover::new(&Tiles::of(db), size).consistency(old) {
                Err(ProveError::Read(ReadError::Reader(error))) => Err(error),
                proof => Ok(proof.unwrap_or_default()),
            }
        });
        proof.await
    }

    /// Stores a checkpoint and shows it.
    pub(super) async fn store(&self, signed: &SignedCheckpoint) -> Result<(), NoCheckpoint> {
        let witnesses = self.app.log.cosignatures(signed);
        let stored = StoredCheckpoint {
            size: i64::try_from(signed.unverified().size()).unwrap_or(i64::MAX),
            signed_at: self.app.now().as_micros(),
            witnesses: i64::try_from(witnesses).unwrap_or(i64::MAX),
            note: signed.to_string(),
        };
        self.app.journal().store_checkpoint(stored).await?;
        self.app.log.show(signed);
        Ok(())
    }
}

/// A size that a checkpoint has to reach, and since when.
#[derive(Debug)]
pub(super) struct Awaited {
    size: u64,
    since: Instant,
}

impl Awaited {
    fn new() -> Self {
        let since = Instant::now();
        Self { size: 0, since }
    }

    /// How long entries have waited, given how many there are and how many are reached.
    pub(super) fn waits(&mut self, entries: u64, reached: u64) -> Duration {
        if reached >= self.size {
            *self = Self {
                size: entries,
                since: Instant::now(),
            };
        }
        self.since.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_wait_until_they_are_reached() {
        let mut awaited = Awaited::new();
        assert!(awaited.waits(10, 0) < Duration::from_secs(1));
        awaited.since -= Duration::from_secs(5);
        assert!(
            awaited.waits(12, 9) >= Duration::from_secs(5),
            "the tenth waits"
        );
        assert!(awaited.waits(12, 10) < Duration::from_secs(1));
        assert_eq!(awaited.size, 12);
    }
}
