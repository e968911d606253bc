//! Grows the tree, has its checkpoints signed and cosigned, again and again.

use std::collections::BTreeSet;
use std::time::Instant;

use actix_web::web;
use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::extension::{Extension, ExtensionError};
use kyso_evidence::tiles::{Grower, Prover};
use kyso_evidence::tree::Hash;
use kyso_store::StoreError;
use kyso_store::tree::{GrowError, Lead, StoredCheckpoint, Tiles, newest};

use super::memory::verified;
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
    const fn alarm(&self) -> Option<&'static str> {
        match self {
            Self::Grow(GrowError::Root { .. }) => Some("log_changed"),
            Self::Fork(_) => Some("log_forked"),
            Self::Grow(GrowError::Store(_)) | Self::Store(_) | Self::Sign(_) => None,
        }
    }
}

/// Until the server stops, or the log is found to be another.
pub(crate) async fn run(app: web::Data<App>) {
    let mut sequencer = Sequencer::new(app);
    loop {
        let pause = sequencer.app.config.audit.pause();
        if sequencer.leads().await
            && let Err(error) = sequencer.round().await
            && let Some(word) = sequencer.failed(&error).await
        {
            return sequencer.halt(word, &error).await;
        }
        sequencer.judge().await;
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
    /// The newest checkpoint, with its cosignatures.
    pub(super) signed: Option<SignedCheckpoint>,
    /// Whether the tree was made anew since the last checkpoint.
    anew: bool,
    /// Alarms that hold.
    pub(super) alarmed: BTreeSet<(String, &'static str)>,
    /// The size that enough witnesses cosigned last, and when it was last seen to be the newest or to grow.
    pub(super) witnessed: (i64, Instant),
}

impl Sequencer {
    fn new(app: web::Data<App>) -> Self {
        Self {
            lead: app.store.database().lead(),
            witnesses: Witnesses::new(&app.config.audit),
            app,
            grower: None,
            signed: None,
            anew: false,
            alarmed: BTreeSet::new(),
            witnessed: (0, Instant::now()),
        }
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
        if word.is_none() {
            tracing::warn!(%error, "no checkpoint for now");
            self.grower = None;
        } else if !self.anew {
            self.begin_anew().await;
            return None;
        }
        word
    }

    async fn begin_anew(&mut self) {
        tracing::error!("the stored tree was changed; it is made anew from the entries");
        alarm(&self.app, "tree_changed").await;
        self.anew = true;
        self.grower = Some(Grower::new());
    }

    async fn leads(&self) -> bool {
        let lead = self.lead.clone();
        let claimed = tokio::task::spawn_blocking(move || lead.claim());
        claimed.await.unwrap_or(false)
    }

    async fn round(&mut self) -> Result<(), NoCheckpoint> {
        if self.grower.is_none() {
            self.resume().await?;
        }
        if self.app.log.take_distrust() {
            self.begin_anew().await;
        }
        let grower = self.grower.take().unwrap_or_default();
        let grower = self.app.journal().grow_tree(grower).await?;
        let (size, root) = (grower.size(), grower.root());
        self.grower = Some(grower);
        let known = self.signed.as_ref().map(|one| one.unverified().size());
        if size > known.unwrap_or(0) {
            self.signed = Some(self.sign(size, root).await?);
            self.anew = false;
        }
        self.cosign().await
    }

    /// Goes on from the tree of the newest checkpoint; from the first entry on if there is none, or if its tiles
    /// were spoilt.
    async fn resume(&mut self) -> Result<(), NoCheckpoint> {
        let stored = self.app.store.read(newest).await?;
        let log = self.app.log.policy().log();
        let signed = stored.map(|one| verified(one.note.as_bytes(), log));
        self.signed = signed.transpose()?;
        let Some(known) = self.signed.as_ref().map(SignedCheckpoint::unverified) else {
            self.grower = Some(Grower::new());
            return Ok(());
        };
        let (size, root) = (known.size(), *known.root());
        self.grower = self.app.journal().resume_tree(size, root).await?;
        if self.grower.is_none() {
            self.begin_anew().await;
        }
        Ok(())
    }

    async fn sign(&self, size: u64, root: Hash) -> Result<SignedCheckpoint, NoCheckpoint> {
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
        self.store(&signed, 0).await?;
        Ok(signed)
    }

    /// That the tree of `size` entries continues that of `old`. One that is smaller, or whose tiles cannot be read, has no
    /// proof, which is then refused as one.
    pub(super) async fn proof(&self, old: u64, size: u64) -> Result<Vec<Hash>, StoreError> {
        let proof = self.app.store.read(move |db| {
            let proof = Prover::new(&Tiles::of(db), size).consistency(old);
            Ok::<_, StoreError>(proof.unwrap_or_default())
        });
        proof.await
    }

    pub(super) async fn store(
        &self,
        signed: &SignedCheckpoint,
        witnesses: usize,
    ) -> Result<(), StoreError> {
        let stored = StoredCheckpoint {
            size: i64::try_from(signed.unverified().size()).unwrap_or(i64::MAX),
            signed_at: self.app.now().as_micros(),
            witnesses: i64::try_from(witnesses).unwrap_or(i64::MAX),
            note: signed.to_string(),
        };
        self.app.journal().store_checkpoint(stored).await
    }
}

/// Lines of witnesses: all but the log's own.
pub(super) fn cosignatures(signed: &SignedCheckpoint) -> usize {
    signed.note().signatures().len().saturating_sub(1)
}
