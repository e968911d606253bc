//! Receipts: entries with the proof that the log holds them.

use std::time::Duration;

use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::policy::Policy;
use kyso_evidence::proof::LogProof;
use kyso_evidence::receipt::Receipt;
use kyso_evidence::tiles::Prover;
use kyso_store::tree::{StoredCheckpoint, Tiles, covering, entry};
use kyso_store::{Db, StoreError};

use crate::app::App;

/// How long a receipt waits for witnesses; then it comes without those that are missing.
const WITNESSING: Duration = Duration::from_secs(20);

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoReceipt {
    /// No checkpoint holds the entry yet; one comes within seconds.
    #[error("no checkpoint holds the entry yet")]
    NotYet,
    /// The log has no such entry.
    #[error("the log has no such entry")]
    NoEntry,
    /// What is stored does not prove the entry: somebody changed something.
    #[error("the stored tree does not prove the entry: {0}")]
    Unproven(String),
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The receipt of an entry, checked before it leaves.
///
/// # Errors
/// [`NoReceipt`].
pub(crate) async fn receipt(app: &App, sequence: i64) -> Result<Receipt, NoReceipt> {
    let (own, now) = (app.log.own_policy().clone(), app.now());
    let quorum = i64::try_from(app.config.audit.witness_quorum).unwrap_or(i64::MAX);
    let made = app.store.read(move |db| {
        let (bytes, at) = entry(db, sequence)?.ok_or(NoReceipt::NoEntry)?;
        let patient = now.since(at) < WITNESSING;
        let stored = checkpoint(db, sequence, quorum, patient)?.ok_or(NoReceipt::NotYet)?;
        proven(db, &own, sequence, &bytes, &stored)
    });
    let made = made.await;
    if let Err(NoReceipt::Unproven(why)) = &made {
        tracing::error!(sequence, why, "the stored tree does not prove an entry");
        app.log.distrust();
    }
    made
}

/// The newest checkpoint over the entry that enough witnesses cosigned; whoever has waited long gets one without.
fn checkpoint(
    db: &mut Db,
    sequence: i64,
    quorum: i64,
    patient: bool,
) -> Result<Option<StoredCheckpoint>, StoreError> {
    match covering(db, sequence, quorum)? {
        None if !patient => covering(db, sequence, 0),
        found => Ok(found),
    }
}

fn proven(
    db: &mut Db,
    own: &Policy,
    sequence: i64,
    bytes: &[u8],
    stored: &StoredCheckpoint,
) -> Result<Receipt, NoReceipt> {
    let signed = SignedCheckpoint::parse(stored.note.as_bytes()).map_err(unproven)?;
    let index = u64::try_from(sequence).map_err(unproven)?;
    let size = signed.unverified().size();
    let path = Prover::new(&Tiles::of(db), size).inclusion(index);
    let proof = LogProof::new(index, path.map_err(unproven)?, signed).map_err(unproven)?;
    let receipt = Receipt::new(bytes, proof).map_err(unproven)?;
    let _ = receipt.clone().verify(own).map_err(unproven)?;
    Ok(receipt)
}

fn unproven(why: impl std::fmt::Display) -> NoReceipt {
    NoReceipt::Unproven(why.to_string())
}
