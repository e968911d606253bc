//! Receipts: entries with the proof that the log holds them.

use kyso_core::Timestamp;
use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::policy::Policy;
use kyso_evidence::proof::LogProof;
use kyso_evidence::receipt::Receipt;
use kyso_evidence::tiles::{ProveError, Prover, ReadError};
use kyso_store::tree::Tiles;
use kyso_store::{Db, StoreError};

use crate::app::App;

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoReceipt {
    /// No checkpoint holds the entry yet; one comes within seconds.
    #[error("no checkpoint holds the entry yet")]
    NotYet,
    /// What is stored does not prove the entry: somebody changed something.
    #[error("the stored tree does not prove the entry: {0}")]
    Unproven(String),
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The receipt of an entry of these bytes, which was entered at that time; checked before it leaves.
///
/// # Errors
/// [`NoReceipt`].
pub(crate) async fn receipt(
    app: &App,
    sequence: u64,
    bytes: Vec<u8>,
    at: Timestamp,
) -> Result<Receipt, NoReceipt> {
    let patient = app.now().since(at) < app.config.audit.witnessing();
    let under = checkpoint(app, sequence, patient).ok_or(NoReceipt::NotYet)?;
    let own = app.log.own_policy().clone();
    let made = app
        .store
        .read(move |db| proven(db, &own, sequence, &bytes, under));
    match made.await {
        Err(NoReceipt::Unproven(_)) if app.log.is_growing() => Err(NoReceipt::NotYet),
        Err(NoReceipt::Unproven(why)) => {
            tracing::error!(sequence, why, "the stored tree does not prove an entry");
            app.log.distrust();
            Err(NoReceipt::Unproven(why))
        }
        made => made,
    }
}

/// The newest checkpoint over the entry that enough witnesses cosigned; whoever has waited long gets one without.
fn checkpoint(app: &App, sequence: u64, patient: bool) -> Option<SignedCheckpoint> {
    let covers = |signed: &SignedCheckpoint| signed.unverified().size() > sequence;
    match app.log.witnessed().filter(covers) {
        None if !patient => app.log.newest().filter(covers),
        found => found,
    }
}

fn proven(
    db: &mut Db,
    own: &Policy,
    sequence: u64,
    bytes: &[u8],
    under: SignedCheckpoint,
) -> Result<Receipt, NoReceipt> {
    let size = under.unverified().size();
    let path = Prover::new(&Tiles::of(db), size).inclusion(sequence);
    if let Err(ProveError::Read(ReadError::Reader(error))) = path {
        return Err(error.into());
    }
    let proof = LogProof::new(sequence, path.map_err(unproven)?, under).map_err(unproven)?;
    let receipt = Receipt::new(bytes, proof).map_err(unproven)?;
    let _ = receipt.clone().verify(own).map_err(unproven)?;
    Ok(receipt)
}

fn unproven(why: impl std::fmt::Display) -> NoReceipt {
    NoReceipt::Unproven(why.to_string())
}
