//! Who signs checkpoints: a key of the HSM that signs nothing else.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use kyso_core::KeyRef;
use kyso_evidence::bundle::Beside;
use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::extension::Extension;
use kyso_evidence::key::LogKey;
use kyso_evidence::note::KeyName;
use kyso_evidence::policy::Policy;
use kyso_hsm::{NoteKind, Token};
use kyso_store::{Database, Known};

use super::memory::{Memory, verified};
use crate::config::{Audit, Config};

/// The key that signs checkpoints, whom it asks to cosign, and what it signed last.
pub struct LogSigner {
    token: Token,
    key: KeyRef,
    policy: Policy,
    own: Policy,
    memory: Mutex<Memory>,
    distrusted: AtomicBool,
}

impl fmt::Debug for LogSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogSigner({})", self.policy.log().label().name())
    }
}

/// Finds the key, and tells the database what is known of the log outside it: what this server remembers, and
/// the newest checkpoint that is stored, since nobody but the HSM could make that.
///
/// # Errors
/// If the token has no such key though it had one, if the memory is gone though it was there, or one of the
/// two is not of this key.
pub(crate) async fn open(
    config: &Config,
    token: &Token,
    database: &mut Database,
) -> anyhow::Result<LogSigner> {
    let audit = &config.audit;
    let path = audit.checkpoint_path();
    let stored = database.checkpoint()?;
    let begun = stored.is_some() || path.exists();
    let (key, public) = log_key(audit, token, begun).await?;
    let memory = Memory::read(path, &public)?;
    if let Some(stored) = &stored {
        let named = || "the newest checkpoint in the database";
        let signed = verified(stored.note.as_bytes(), &public).with_context(named)?;
        vouch(database, signed.unverified());
        let forgotten = memory.last().is_none() && !audit.adopt_head;
        anyhow::ensure!(
            !forgotten,
            "the log has checkpoints but audit.checkpoint_file is gone; if this copy is to be trusted, say so with \
             audit.adopt_head"
        );
    }
    if let Some(last) = memory.last() {
        vouch(database, last);
    }
    Ok(LogSigner {
        token: token.clone(),
        key,
        policy: policy(audit, public.clone(), audit.witness_quorum)?,
        own: policy(audit, public, 0)?,
        memory: Mutex::new(memory),
        distrusted: AtomicBool::new(false),
    })
}

fn vouch(database: &mut Database, known: &Checkpoint) {
    database.vouch(known.size(), *known.root());
}

async fn log_key(audit: &Audit, token: &Token, begun: bool) -> anyhow::Result<(KeyRef, LogKey)> {
    let found = token.note_key(NoteKind::Checkpoint).await;
    let key = match found.context("the key that signs checkpoints")? {
        Some(key) => key,
        None if begun => anyhow::bail!("the token has lost the key that signs checkpoints"),
        None => token.make_note_key(NoteKind::Checkpoint).await?,
    };
    let public = LogKey::ecdsa(origin(audit)?, &key.spki)?;
    Ok((key, public))
}

fn origin(audit: &Audit) -> anyhow::Result<KeyName> {
    audit.origin().map_err(anyhow::Error::msg)
}

fn policy(audit: &Audit, log: LogKey, quorum: usize) -> anyhow::Result<Policy> {
    let witnesses = audit.witness_keys().map_err(anyhow::Error::msg)?;
    Ok(Policy::new(log, witnesses, quorum)?)
}

impl LogSigner {
    /// Whose checkpoints count, and how many witnesses have to cosign.
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The same, but that no witness has to.
    pub const fn own_policy(&self) -> &Policy {
        &self.own
    }

    /// What is known of the log outside its database: the HSM's key, the witnesses, and what was signed last.
    pub fn known(&self) -> Known {
        let last = self.memory().signed().cloned();
        let last = last.map(|one| ("audit.checkpoint_file".to_owned(), Beside::Checkpoint(one)));
        Known {
            log_key: Some(self.policy.log().clone()),
            witnesses: self.policy.witnesses().to_vec(),
            evidence: last.into_iter().collect(),
        }
    }

    /// The name of the log and of its key.
    pub(super) const fn origin(&self) -> &KeyName {
        self.policy.log().label().name()
    }

    /// The stored tree did not prove what it should: it is made anew in the next round.
    pub(super) fn distrust(&self) {
        self.distrusted.store(true, Ordering::Release);
    }

    /// Whether somebody distrusted the stored tree since this was asked last.
    pub(super) fn take_distrust(&self) -> bool {
        self.distrusted.swap(false, Ordering::AcqRel)
    }

    /// The last checkpoint that was signed.
    pub(super) fn last(&self) -> Option<Checkpoint> {
        self.memory().last().cloned()
    }

    /// Signs what continues the last checkpoint, and remembers it before it answers: one that left and was forgotten
    /// could be forked.
    ///
    /// # Errors
    /// If the token does not sign, or the file cannot be written; then nothing leaves.
    pub(super) async fn sign(&self, extension: Extension) -> anyhow::Result<SignedCheckpoint> {
        let checkpoint = extension.into_checkpoint();
        let text = checkpoint.to_string();
        let signature = self
            .token
            .sign_note(NoteKind::Checkpoint, &self.key, &text)
            .await?;
        let signed = checkpoint.signed(self.policy.log(), signature)?;
        self.memory()
            .put(signed.clone())
            .context("audit.checkpoint_file")?;
        Ok(signed)
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        let memory = self.memory.lock();
        memory.unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
