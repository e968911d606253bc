//! What a verifier believes: a log's key, and how many of which witnesses.

use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::key::{LogKey, SignatureError, WitnessKey};
use crate::note::KeyName;

/// The log whose checkpoints count, and that at least `quorum` of these witnesses must cosign.
///
/// The policy that C2SP `tlog-proof`, "Verifying a tlog proof", describes: k of n.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    log: LogKey,
    witnesses: Vec<WitnessKey>,
    quorum: usize,
}

/// Why keys and number make no policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// More witnesses are asked for than are named.
    #[error("{quorum} of {witnesses} witnesses can never cosign")]
    Quorum {
        /// How many must cosign.
        quorum: usize,
        /// How many are named.
        witnesses: usize,
    },
    /// Two witnesses with one public key would count twice.
    #[error("the witness {0} has the key of another")]
    Duplicate(KeyName),
}

/// Why a checkpoint is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// The log's signature is missing, or a signature of a known key does not verify.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Too few of the witnesses cosigned.
    #[error("{found} of the {quorum} witnesses needed have cosigned")]
    Quorum {
        /// How many must cosign.
        quorum: usize,
        /// How many did.
        found: usize,
    },
}

/// A checkpoint that a [`Policy`] believes.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    checkpoint: Checkpoint,
    cosignatures: Vec<Cosignature>,
}

/// That a witness cosigned, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness.
    pub witness: KeyName,
    /// Seconds since 1970 in UTC, by the witness's clock; the latest if it cosigned repeatedly.
    pub time: u64,
}

impl Policy {
    /// A policy; with a quorum of 0 the log's own signature is enough, which shows no fork.
    ///
    /// # Errors
    ///
    /// Every [`PolicyError`].
    pub fn new(
        log: LogKey,
        witnesses: Vec<WitnessKey>,
        quorum: usize,
    ) -> Result<Self, PolicyError> {
        if quorum > witnesses.len() {
            return Err(PolicyError::Quorum {
                quorum,
                witnesses: witnesses.len(),
            });
        }
        let mut keys = std::collections::BTreeSet::new();
        let again = witnesses.iter().find(|key| !keys.insert(key.public()));
        if let Some(key) = again {
            return Err(PolicyError::Duplicate(key.label().name().clone()));
        }
        Ok(Self {
            log,
            witnesses,
            quorum,
        })
    }

    /// The key of the log.
    pub const fn log(&self) -> &LogKey {
        &self.log
    }

    /// Those who may cosign.
    pub fn witnesses(&self) -> &[WitnessKey] {
        &self.witnesses
    }

    /// How many of them must.
    pub const fn quorum(&self) -> usize {
        self.quorum
    }

    /// Judges a checkpoint. Lines of unknown keys are ignored; one line of a known key that does
    /// not verify condemns the whole.
    ///
    /// # Errors
    ///
    /// Every [`Distrust`].
    pub fn judge(&self, signed: &SignedCheckpoint) -> Result<Trusted, Distrust> {
        let checkpoint = signed.verified_by(&self.log)?;
        let cosignatures = self.cosignatures(signed)?;
        let found = cosignatures.len();
        if found < self.quorum {
            let quorum = self.quorum;
            return Err(Distrust::Quorum { quorum, found });
        }
        Ok(Trusted {
            checkpoint: checkpoint.clone(),
            cosignatures,
        })
    }

    /// Which of the witnesses cosigned a checkpoint, whoever else signed it.
    pub(crate) fn cosignatures(
        &self,
        signed: &SignedCheckpoint,
    ) -> Result<Vec<Cosignature>, SignatureError> {
        let mut cosignatures = Vec::new();
        for witness in &self.witnesses {
            cosignatures.extend(cosignature(witness, signed)?);
        }
        Ok(cosignatures)
    }
}

fn cosignature(
    witness: &WitnessKey,
    signed: &SignedCheckpoint,
) -> Result<Option<Cosignature>, SignatureError> {
    let lines = signed.note().signatures().iter();
    let times = lines
        .filter(|line| line.key() == witness.label())
        .map(|line| witness.verify(signed.unverified(), line))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(times.into_iter().max().map(|time| Cosignature {
        witness: witness.label().name().clone(),
        time,
    }))
}

impl Trusted {
    /// The checkpoint.
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Which of the policy's witnesses cosigned, in its order, and when.
    pub fn cosignatures(&self) -> &[Cosignature] {
        &self.cosignatures
    }
}
