//! Collects cosignatures for the newest checkpoint, and says when too few come.

use std::time::Instant;

use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::note::NoteSignature;
use kyso_evidence::witness::AddCheckpoint;
use kyso_store::StoreError;
use kyso_store::tree::{covering, newest};

use super::sequencer::{NoCheckpoint, Sequencer, cosignatures};
use super::witnesses::{NotCosigned, Witness};
use crate::background::alarm;

impl Sequencer {
    /// Asks those whose line the newest checkpoint lacks, one after the other.
    pub(super) async fn cosign(&mut self) -> Result<(), NoCheckpoint> {
        let Some(mut signed) = self.signed.take() else {
            return Ok(());
        };
        let before = cosignatures(&signed);
        for one in self.witnesses.missing(&signed) {
            match self.line(&one, &signed).await {
                Ok(line) => self.take(&one, line, &mut signed),
                Err(why) => self.not_cosigned(&one, &signed, &why).await,
            }
        }
        let now = cosignatures(&signed);
        let stored = if now > before {
            self.store(&signed, now).await
        } else {
            Ok(())
        };
        self.signed = Some(signed);
        Ok(stored?)
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
        let proof = self.proof(old, signed.unverified().size()).await;
        let request = AddCheckpoint::new(old, proof.unwrap_or_default(), signed.clone());
        let body = request.map_err(|_| NotCosigned::Unreachable)?.to_string();
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
            NotCosigned::Conflict(_) => return,
            NotCosigned::Unreachable | NotCosigned::Answer(_) => return self.witnesses.rest(one),
        };
        self.raise(word, witness.as_str()).await;
    }

    /// Once, until what it tells of is over: an entry makes the log grow, and the next checkpoint asks again.
    async fn raise(&mut self, word: &'static str, about: &str) {
        if self.alarmed.insert((about.to_owned(), word)) {
            alarm(&self.app, word).await;
        }
    }

    fn is_over(&mut self, about: &str) {
        self.alarmed.retain(|(one, _)| one != about);
    }

    /// Whether enough witnesses have cosigned of late, whichever server asked them. Where they are required, nothing is
    /// signed while they have not.
    pub(super) async fn judge(&mut self) {
        let origin = self.app.log.origin().to_string();
        let witnessed = self.is_witnessed().await;
        let figures = self.app.journal().figures();
        match witnessed {
            Ok(true) => {
                figures.set_halted(false);
                self.is_over(&origin);
            }
            Ok(false) => {
                figures.set_halted(self.app.config.audit.witnesses_required);
                self.raise("witnesses_missing", &origin).await;
            }
            Err(error) => tracing::warn!(%error, "checkpoints could not be read"),
        }
    }

    async fn is_witnessed(&mut self) -> Result<bool, StoreError> {
        let quorum = i64::try_from(self.app.config.audit.witness_quorum).unwrap_or(i64::MAX);
        let found = self.app.store.read(move |db| {
            let cosigned = covering(db, 0, quorum)?.map_or(0, |one| one.size);
            Ok::<_, StoreError>((cosigned, newest(db)?))
        });
        let (cosigned, newest) = found.await?;
        let last = newest.as_ref().map_or(0, |one| one.size);
        let metrics = &self.app.metrics;
        metrics.checkpoint_size.set(last);
        let witnesses = newest.map_or(0, |one| one.witnesses);
        metrics.checkpoint_witnesses.set(witnesses);
        if cosigned == last || cosigned > self.witnessed.0 {
            self.witnessed = (cosigned, Instant::now());
        }
        Ok(self.witnessed.1.elapsed() < self.app.config.audit.witness_patience())
    }
}
