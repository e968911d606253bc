//! Who signs checkpoints: a key of the HSM that signs nothing else.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use kyso_core::KeyRef;
use kyso_evidence::bundle::{Beside, ExportKey, Keys};
use kyso_evidence::checkpoint::{Checkpoint, SignedCheckpoint};
use kyso_evidence::extension::Extension;
use kyso_evidence::key::LogKey;
use kyso_evidence::note::KeyName;
use kyso_evidence::policy::Policy;
use kyso_evidence::tree::empty_root;
use kyso_hsm::{HsmError, NoteKind, Token};
use kyso_store::{Database, Known};

use super::memory::{Memory, verified};
use super::published::Published;
use crate::config::{Audit, Config};

/// The key that signs checkpoints, whom it asks to cosign, and what it signed last.
pub struct LogSigner {
    token: Token,
    key: KeyRef,
    export: (KeyRef, ExportKey),
    policy: Policy,
    own: Policy,
    memory: Mutex<Memory>,
    published: Published,
    distrusted: AtomicBool,
    growing: AtomicBool,
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
/// If the token has no such key though it had one, if the memory is gone though there was one and nobody said that this is
/// meant, or one of the two is not of this key.
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
    let signer = LogSigner {
        token: token.clone(),
        key: key.reference().clone(),
        export: export_key(audit, token).await?,
        policy: policy(audit, public.clone(), audit.witness_quorum)?,
        own: policy(audit, public.clone(), 0)?,
        memory: Mutex::new(Memory::read(path, &public)?),
        published: Published::default(),
        distrusted: AtomicBool::new(false),
        growing: AtomicBool::new(false),
    };
    let named = || "the newest checkpoint in the database";
    let known = stored.map(|one| verified(one.note.as_bytes(), &public).with_context(named));
    let known = known.transpose()?;
    signer
        .remember(known.as_ref(), &key, audit.adopt_head)
        .await?;
    for one in known.into_iter().chain(signer.memory().signed().cloned()) {
        database.vouch(one.unverified().size(), *one.unverified().root());
        if one.unverified().size() > 0 {
            signer.show(&one);
        }
    }
    Ok(signer)
}

/// The log's key, as it was found.
enum Found {
    /// It was made now: there cannot be a checkpoint of it.
    New(KeyRef),
    /// It was there.
    There(KeyRef),
}

impl Found {
    const fn reference(&self) -> &KeyRef {
        match self {
            Self::New(key) | Self::There(key) => key,
        }
    }
}

async fn log_key(audit: &Audit, token: &Token, begun: bool) -> anyhow::Result<(Found, LogKey)> {
    let found = token.note_key(NoteKind::Checkpoint).await;
    let key = match found.context("the key that signs checkpoints")? {
        Some(key) => Found::There(key),
        None if begun => anyhow::bail!("the token has lost the key that signs checkpoints"),
        None => Found::New(token.make_note_key(NoteKind::Checkpoint).await?),
    };
    let public = LogKey::ecdsa(origin(audit)?, &key.reference().spki)?;
    Ok((key, public))
}

/// The key that signs manifests of exports; a new one harms nobody, since each export names its own.
async fn export_key(audit: &Audit, token: &Token) -> anyhow::Result<(KeyRef, ExportKey)> {
    let found = token.note_key(NoteKind::Export).await;
    let key = match found.context("the key that signs exports")? {
        Some(key) => key,
        None => token.make_note_key(NoteKind::Export).await?,
    };
    let name: KeyName = format!("{}/export", origin(audit)?).parse()?;
    let public = ExportKey::ecdsa(name, &key.spki)?;
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

    /// The keys that go along with an export.
    pub fn keys(&self) -> Keys {
        Keys {
            log: self.policy.log().clone(),
            export: self.export.1.clone(),
            witnesses: self.policy.witnesses().to_vec(),
        }
    }

    /// The keys of the token that it uses, and what entries call them.
    pub fn own_keys(&self) -> [(&KeyRef, &'static str); 2] {
        [(&self.key, "checkpoint"), (&self.export.0, "export")]
    }

    /// Signs the manifest of an export.
    ///
    /// # Errors
    /// If the token does not sign.
    pub(super) async fn sign_manifest(&self, text: &str) -> Result<Vec<u8>, HsmError> {
        let (key, _) = &self.export;
        self.token.sign_note(NoteKind::Export, key, text).await
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

    /// The stored tree did not prove what it should: it is made anew in the next round, unless it is already.
    pub(super) fn distrust(&self) {
        if !self.growing.load(Ordering::Acquire) {
            self.distrusted.store(true, Ordering::Release);
        }
    }

    /// Whether the tree is being made anew.
    pub(crate) fn is_growing(&self) -> bool {
        self.growing.load(Ordering::Acquire)
    }

    pub(super) fn set_growing(&self, growing: bool) {
        self.growing.store(growing, Ordering::Release);
    }

    /// Whether somebody distrusted the stored tree since this was asked last.
    pub(super) fn take_distrust(&self) -> bool {
        self.distrusted.swap(false, Ordering::AcqRel)
    }

    /// The last checkpoint that was signed.
    pub(super) fn last(&self) -> Option<Checkpoint> {
        self.memory().last().cloned()
    }

    /// Shows a checkpoint to whoever asks, if this log's key signed it and no witness's line in it is false.
    pub(super) fn show(&self, signed: &SignedCheckpoint) -> bool {
        self.published.show(signed, &self.own, &self.policy)
    }

    /// The newest checkpoint.
    pub(crate) fn newest(&self) -> Option<SignedCheckpoint> {
        self.published.newest()
    }

    /// The newest checkpoint that enough witnesses cosigned.
    pub(crate) fn witnessed(&self) -> Option<SignedCheckpoint> {
        self.published.witnessed()
    }

    /// How long newest checkpoints have lacked witnesses; `None` if the newest has enough.
    pub(super) fn unwitnessed(&self) -> Option<Duration> {
        self.published.unwitnessed()
    }

    /// Whether this very tree is shown already.
    pub(super) fn has_shown(&self, checkpoint: &Checkpoint) -> bool {
        self.published.has(checkpoint)
    }

    /// How many witnesses cosigned it; lines of others do not count.
    pub(super) fn cosignatures(&self, signed: &SignedCheckpoint) -> usize {
        let judged = self.own.judge(signed);
        judged.map_or(0, |trusted| trusted.cosignatures().len())
    }

    /// Sees to it that this server remembers something: with a new key, that nothing was signed; after a restore or on a
    /// further server, where that was said to be meant, what the database knows.
    async fn remember(
        &self,
        known: Option<&SignedCheckpoint>,
        key: &Found,
        adopt: bool,
    ) -> anyhow::Result<()> {
        if self.memory().last().is_some() {
            return Ok(());
        }
        anyhow::ensure!(
            adopt || matches!(key, Found::New(_)),
            "the log has a key for checkpoints but audit.checkpoint_file is gone; if this copy is to be trusted, say so \
             with audit.adopt_head"
        );
        if let Some(known) = known {
            self.memory().put(known.clone())?;
        } else {
            let nothing = Checkpoint::new(self.origin().to_string(), 0, empty_root())?;
            self.sign(Extension::new(None, nothing, &[])?).await?;
        }
        Ok(())
    }

    /// Remembers a checkpoint that another server of this log had signed, which was found to continue what this one remembers.
    ///
    /// # Errors
    /// If it is not the one that was looked at, or the file cannot be written.
    pub(super) fn follow(
        &self,
        signed: &SignedCheckpoint,
        extension: Extension,
    ) -> anyhow::Result<()> {
        let found = extension.into_checkpoint();
        anyhow::ensure!(found == *signed.unverified(), "another was looked at");
        let put = self.memory().put(signed.clone());
        put.context("audit.checkpoint_file")
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
