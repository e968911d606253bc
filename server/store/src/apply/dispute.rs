//! "I did not make this": the dispute and the lock are one transaction.

use kyso_core::Refusal;
use kyso_core::id::{CredentialId, RequestId};
use kyso_evidence::{Entry, Event};

use super::{Act, credential, known, require};
use crate::error::ApplyError;
use crate::tree::{Half, entry, half_of};

/// Whoever is authorized owns the key; that the call used it, the log says. A second dispute of the same call
/// enters nothing: the key may have been unlocked by two people since, who know of the first.
pub(crate) fn dispute(
    act: &mut Act<'_, '_>,
    id: CredentialId,
    call: RequestId,
    reason: Option<&str>,
) -> Result<(), ApplyError> {
    let intent = intent(act, call)?;
    if intent.credential != Some(id.to_string()) {
        return Err(Refusal::UnknownObject.into());
    }
    let latest = act.tx.latest_entry(call.as_bytes())?;
    if latest.is_some_and(|(_, event)| event == Event::SignatureDisputed.name()) {
        return Ok(());
    }
    let draft = act.entry(Event::SignatureDisputed).about("signature", call);
    let mut draft = match reason {
        Some(reason) => draft.commit("reason", reason),
        None => draft,
    };
    draft.entry.credential = intent.credential;
    draft.entry.agency = intent.agency;
    act.append(draft)?;
    credential::lock_disputed(act, id)
}

/// The entry of what was asked of the key.
fn intent(act: &mut Act<'_, '_>, call: RequestId) -> Result<Entry, ApplyError> {
    let sequence = known(half_of(act.tx.db, call, Half::Intent)?)?;
    let (bytes, _) = known(entry(act.tx.db, sequence)?)?;
    let intent = Entry::parse(&bytes).map_err(|_| Refusal::Tampered)?;
    require(intent.event == Event::SignatureIntent && intent.request == call.to_string())?;
    Ok(intent)
}
