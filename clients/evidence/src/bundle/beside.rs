//! What a verifier has from elsewhere and holds a bundle against.

use std::io::Read;

use super::fault::{BesideFault, VerifyError};
use super::judging::checkpoint_of;
use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::key::SignatureError;
use crate::leaf_hash;
use crate::policy::{Distrust, Policy};
use crate::proof::ProofFault;
use crate::receipt::{Receipt, ReceiptError};
use crate::tree::Hash;

/// A checkpoint or a receipt of the log, kept by somebody else than the exporter.
///
/// Only this can show that a bundle's end was cut off, or that the log was forked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beside {
    /// A checkpoint that the log or a witness signed.
    Checkpoint(SignedCheckpoint),
    /// A receipt.
    Receipt(Box<Receipt>),
}

/// Why bytes are neither.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BesideError {
    /// They begin as a receipt does.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// They do not.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl Beside {
    /// Reads a receipt or a checkpoint.
    ///
    /// # Errors
    ///
    /// Every [`BesideError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, BesideError> {
        if bytes.starts_with(b"c2sp.org/tlog-proof@") {
            Ok(Self::Receipt(Box::new(Receipt::parse(bytes)?)))
        } else {
            Ok(Self::Checkpoint(SignedCheckpoint::parse(bytes)?))
        }
    }

    /// The largest checkpoint of another bundle, of which no more is read and nothing verified.
    ///
    /// # Errors
    ///
    /// Every [`VerifyError`].
    pub fn of_bundle(input: impl Read) -> Result<Self, VerifyError> {
        checkpoint_of(input).map(Self::Checkpoint)
    }

    /// The checkpoint and the leaf that it proves, if the policy's log or witnesses signed it.
    ///
    /// # Errors
    ///
    /// [`BesideFault::Distrust`] and [`BesideFault::Inclusion`].
    pub fn judge(&self, policy: &Policy) -> Result<Judged, BesideFault> {
        match self {
            Self::Checkpoint(signed) => {
                let checkpoint = judge(signed, policy)?.clone();
                Ok(Judged {
                    checkpoint,
                    entry: None,
                })
            }
            Self::Receipt(receipt) => {
                let entry = receipt.unverified();
                let leaf = entry.to_bytes().map(|bytes| leaf_hash(&bytes)).ok();
                let sequence = entry.seq;
                let logged = receipt
                    .clone()
                    .verify(policy)
                    .map_err(|fault| match fault {
                        ProofFault::Checkpoint(why) => BesideFault::Distrust(why),
                        ProofFault::Inclusion(why) => BesideFault::Inclusion(why),
                    })?;
                Ok(Judged {
                    checkpoint: logged.checkpoint.checkpoint().clone(),
                    entry: leaf.map(|leaf| (sequence, leaf)),
                })
            }
        }
    }
}

/// One witness is enough here: it is evidence against the bundle, not for it.
fn judge<'a>(signed: &'a SignedCheckpoint, policy: &Policy) -> Result<&'a Checkpoint, BesideFault> {
    let missing = match signed.verified_by(policy.log()) {
        Ok(checkpoint) => return Ok(checkpoint),
        Err(missing @ SignatureError::Missing(_)) => Distrust::Signature(missing),
        Err(error) => return Err(BesideFault::Distrust(error.into())),
    };
    let cosignatures = policy.cosignatures(signed);
    match cosignatures.map_err(|error| BesideFault::Distrust(error.into()))? {
        none if none.is_empty() => Err(BesideFault::Distrust(missing)),
        _ => Ok(signed.unverified()),
    }
}

/// What counts of something that was kept elsewhere, after it was believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The checkpoint: size and root that the log had.
    pub checkpoint: Checkpoint,
    /// Number and leaf hash of the entry that a receipt proves.
    pub entry: Option<(u64, Hash)>,
}
