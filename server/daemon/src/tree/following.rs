//! Checkpoints that are stored, whichever server had them signed: they are followed, or found to be of another history.

use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::extension::{Extension, Walk};
use kyso_store::StoreError;
use kyso_store::tree::{StoredCheckpoint, covering, leaves, newest};

use super::sequencer::{NoCheckpoint, Sequencer};

/// Leaves read at once.
const AT_ONCE: u64 = 4_096;

impl Sequencer {
    /// Shows the newest checkpoints that are stored. A row that this log's key did not sign, or that says that more
    /// witnesses cosigned than it has lines, was put there by somebody else.
    ///
    /// # Errors
    /// [`NoCheckpoint::Fork`] for one of another history; and if the database or the memory fails.
    pub(super) async fn look(&mut self) -> Result<(), NoCheckpoint> {
        let quorum = i64::try_from(self.app.config.audit.witness_quorum).unwrap_or(i64::MAX);
        let found = self
            .app
            .store
            .read(move |db| Ok::<_, StoreError>([newest(db)?, covering(db, 0, quorum)?]));
        for stored in found.await?.into_iter().flatten() {
            match self.genuine(&stored) {
                Some(signed) => self.follow(&signed).await?,
                None => self.remove(&stored).await?,
            }
        }
        Ok(())
    }

    fn genuine(&self, stored: &StoredCheckpoint) -> Option<SignedCheckpoint> {
        let signed = SignedCheckpoint::parse(stored.note.as_bytes()).ok()?;
        let size = i64::try_from(signed.unverified().size()).ok()?;
        let _ = self.app.log.own_policy().judge(&signed).ok()?;
        // Witnesses that this server does not know may have been its own, or may be another server's: whoever takes one out
        // of the configuration has not changed the log. Whether enough of ours cosigned is judged where it is shown.
        let lines = i64::try_from(signed.note().signatures().len()).ok()?;
        let fits = size == stored.size && lines > stored.witnesses;
        fits.then_some(signed)
    }

    async fn remove(&mut self, stored: &StoredCheckpoint) -> Result<(), NoCheckpoint> {
        tracing::error!(
            size = stored.size,
            "a row of tree_checkpoint is no checkpoint of this log"
        );
        let about = format!("checkpoint {}", stored.size);
        self.raise("checkpoint_changed", &about).await;
        let removed = self.app.journal().remove_checkpoint(stored.size).await;
        Ok(removed?)
    }

    /// Shows it if it belongs to the history that this server remembers, and remembers it if it is newer: one that never leads
    /// must know, too, what the log was.
    async fn follow(&self, signed: &SignedCheckpoint) -> Result<(), NoCheckpoint> {
        let (log, one) = (&self.app.log, signed.unverified());
        let last = log.last();
        let newer = last.as_ref().is_none_or(|last| one.size() > last.size());
        if newer {
            let extension = self.continued(last, one.clone()).await?;
            log.follow(signed, extension)?;
        } else if let Some(last) = last.filter(|_| !log.has_shown(one)) {
            let _ = self.continued(Some(one.clone()), last).await?;
        }
        log.show(signed);
        Ok(())
    }

    /// That one checkpoint continues the other. Stored tiles may have been changed and prove nothing against it: where they give no
    /// proof the entries tell, from the first one on.
    async fn continued(
        &self,
        old: Option<Checkpoint>,
        new: Checkpoint,
    ) -> Result<Extension, NoCheckpoint> {
        let Some(old) = old else {
            return Ok(Extension::new(None, new, &[])?);
        };
        let proof = self.proof(old.size(), new.size()).await?;
        match Extension::new(Some(&old), new.clone(), &proof) {
            Ok(extension) => Ok(extension),
            Err(error) => {
                tracing::warn!(%error, "the stored tree does not prove it; the entries are asked");
                self.walked(Walk::new(old, new)?).await
            }
        }
    }

    async fn walked(&self, mut walk: Walk) -> Result<Extension, NoCheckpoint> {
        let mut next = 0;
        while walk.missing() > 0 {
            let most = AT_ONCE.min(walk.missing());
            let read = self.app.store.read(move |db| leaves(db, next, most));
            let leaves = read.await?;
            if leaves.is_empty() {
                break;
            }
            next += u64::try_from(leaves.len()).unwrap_or(most);
            for leaf in leaves {
                walk.push(leaf);
            }
        }
        Ok(walk.finish()?)
    }
}
