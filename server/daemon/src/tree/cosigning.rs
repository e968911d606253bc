//! Collects cosignatures for the newest checkpoint, and says when too few come.

use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::note::NoteSignature;
use kyso_evidence::witness::AddCheckpoint;

use super::sequencer::{NoCheckpoint, Sequencer};
use super::witnesses::{NotCosigned, Witness};
use crate::background::alarm;

impl Sequencer {
    /// Asks those whose line the newest checkpoint lacks, one after the other.
    pub(super) async fn cosign(&mut self) -> Result<(), NoCheckpoint> {
        let Some(mut signed) = self.app.log.newest() else {
            return Ok(());
        };
        let before = self.app.log.cosignatures(&signed);
        for one in self.witnesses.missing(&signed) {
            match self.line(&one, &signed).await {
                Ok(line) => self.take(&one, line, &mut signed),
                Err(why) => self.not_cosigned(&one, &signed, &why).await,
            }
        }
        if self.app.log.cosignatures(&signed) > before {
            self.store(&signed).await?;
        }
        Ok(())
    }

    /// Adds a line that verifies; any other is no line of that witness.
    fn take(&mut self, one: &Witness, line: NoteSignature, signed: &mut SignedCheckpoint) {
        match signed.add(&one.key, line) {
            Ok(_) => {
                self.witnesses.note(one, signed.unverified().size());
                self.is_over(one.key.label().name().as_str());
            }
            Err(error) => tracing::warn!(%error, "a witness's line does not count"),
        }
    }

    /// A witness's line; asks twice if it has cosigned another size than this server knew of.
    async fn line(
        &mut self,
        one: &Witness,
        signed: &SignedCheckpoint,
    ) -> Result<NoteSignature, NotCosigned> {
        match self.asked(one, signed).await {
            Err(NotCosigned::Conflict(size)) if size <= signed.unverified().size() => {
                self.witnesses.note(one, size);
                self.asked(one, signed).await
            }
            answer => answer,
        }
    }

    async fn asked(
        &self,
        one: &Witness,
        signed: &SignedCheckpoint,
    ) -> Result<NoteSignature, NotCosigned> {
        let old = self.witnesses.size(one);
        // Without a proof a witness must believe in a fork: it is not asked then.
        let proof = self.proof(old, signed.unverified().size()).await;
        let proof = proof.map_err(|_| NotCosigned::NotAsked)?;
        let request = AddCheckpoint::new(old, proof, signed.clone());
        let body = request.map_err(|_| NotCosigned::NotAsked)?.to_string();
        let answer = self.witnesses.ask(one, body).await;
        let lines = answer.unwrap_or(Err(NotCosigned::Unreachable))?;
        let own = lines.into_iter().find(|line| line.key() == one.key.label());
        own.ok_or(NotCosigned::Answer(200))
    }

    /// One that is ahead, or says that the log was rewritten, has seen what this database has not: that may be a database
    /// that was set back. A witness alone does not stop the server, since it might lie.
    async fn not_cosigned(&mut self, one: &Witness, signed: &SignedCheckpoint, why: &NotCosigned) {
        let witness = one.key.label().name();
        tracing::warn!(%witness, %why, "a witness does not cosign");
        let word = match why {
            NotCosigned::Fork => "witness_refuses",
            NotCosigned::Conflict(size) if *size > signed.unverified().size() => "witness_ahead",
            NotCosigned::Conflict(_) | NotCosigned::NotAsked => return,
            NotCosigned::Unreachable | NotCosigned::Answer(_) => return self.witnesses.rest(one),
        };
        self.raise(word, witness.as_str()).await;
    }

    /// Once, until what it tells of is over: an entry makes the log grow, and the next checkpoint asks again.
    pub(super) async fn raise(&mut self, word: &'static str, about: &str) {
        if self.alarmed.insert((about.to_owned(), word)) {
            alarm(&self.app, word).await;
        }
    }

    fn is_over(&mut self, about: &str) {
        self.alarmed.retain(|(one, _)| one != about);
    }

    /// Looks at what is stored, whichever server had it signed, and judges whether the log is proven. Entries that no
    /// checkpoint covers in time stop all signing on this server, and on any other, since one of them may have seen why; too few
    /// witnesses do so where they are required.
    ///
    /// # Errors
    /// [`NoCheckpoint::Fork`] if a stored checkpoint, which the HSM signed, is of another history than this server remembers.
    pub(super) async fn observe(&mut self) -> Result<(), NoCheckpoint> {
        match self.look().await {
            Err(error) if error.alarm().is_some() => return Err(error),
            Err(error) => tracing::warn!(%error, "checkpoints could not be looked at"),
            Ok(()) => {}
        }
        let entries = self.app.journal().figures().read().size;
        let size =
            |signed: Option<SignedCheckpoint>| signed.map_or(0, |one| one.unverified().size());
        let (newest, witnessed) = (size(self.app.log.newest()), size(self.app.log.witnessed()));
        let patience = self.app.config.audit.witness_patience();
        // Before the first one the tree over an older log is grown, which may take minutes.
        let covered = newest == 0 || self.covered.waits(entries, newest) < patience;
        let witnessed = newest == 0 || self.witnessed.waits(entries, witnessed) < patience;
        let required = self.app.config.audit.witnesses_required;
        let halted = !covered || (required && !witnessed);
        self.app.journal().figures().set_halted(halted);
        self.hold("checkpoint_missing", !covered).await;
        self.hold("witnesses_missing", covered && !witnessed).await;
        self.measure(newest);
        Ok(())
    }

    fn measure(&self, newest: u64) {
        let metrics = &self.app.metrics;
        metrics
            .checkpoint_size
            .set(i64::try_from(newest).unwrap_or(i64::MAX));
        let shown = self.app.log.newest();
        let witnesses = shown.map_or(0, |one| self.app.log.cosignatures(&one));
        metrics
            .checkpoint_witnesses
            .set(i64::try_from(witnesses).unwrap_or(i64::MAX));
    }

    /// Raises an alarm of the log itself while it holds.
    async fn hold(&mut self, word: &'static str, holds: bool) {
        let origin = self.app.log.origin().to_string();
        if holds {
            self.raise(word, &origin).await;
        } else {
            self.alarmed.remove(&(origin, word));
        }
    }
}
