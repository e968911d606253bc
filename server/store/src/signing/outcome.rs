//! Durable write 2: the outcome entry, what is given back, and the result for a retry.

use diesel::prelude::*;
use kyso_core::custody::DigestOutcome;
use kyso_core::draft::Draft;
use kyso_core::id::RequestId;
use kyso_core::journal::{JournalError, OutcomeRecord};

use super::idempotency::result_of;
use super::rows::ReleaseRow;
use super::uses::Use;
use super::{GrantUse, OpenIntent};
use crate::error::{ApplyError, failed};
use crate::tables::{attempt_outcome, release};
use crate::time_stamps;
use crate::writer::tx::{Tx, insert_all};

/// What is to be recorded, and what its intent used: kept here, since a batch may be replayed.
pub(crate) struct OutcomeCase {
    pub(crate) record: OutcomeRecord,
    pub(crate) open: Option<OpenIntent>,
}

/// Records an outcome; an error means that no signature may leave.
pub(crate) fn record_outcome(case: &mut OutcomeCase, tx: &mut Tx<'_>) -> Result<(), JournalError> {
    let request = case.record.request;
    let known = || tx.ledger.open.get(&request).cloned();
    let Some(open) = case.open.take().or_else(known) else {
        return Err(JournalError::Unavailable(
            "an outcome without an open intent".to_owned(),
        ));
    };
    let end = close(
        tx,
        request,
        &open,
        &case.record.outcomes,
        &mut case.record.draft,
    );
    case.open = Some(open);
    end.map_err(ApplyError::into_journal)?;
    match &case.record.stamps {
        Some(order) => time_stamps::order(tx, request, order, &case.record.outcomes)
            .map_err(|error| failed(&error)),
        None => Ok(()),
    }
}

/// Closes an open intent. Its primary key refuses a second outcome, whoever wrote the first.
pub(super) fn close(
    tx: &mut Tx<'_>,
    request: RequestId,
    open: &OpenIntent,
    outcomes: &[DigestOutcome],
    draft: &mut Draft,
) -> Result<(), ApplyError> {
    if let Some(used) = &open.uses {
        used.name_in(draft);
    }
    let appended = tx.append_in_place(draft)?;
    let (state, signatures) = open.keyed.then(|| result_of(outcomes)).unzip();
    let row = OutcomeRow {
        request_id: request.as_bytes(),
        sequence: appended.sequence,
        state: state.map(str::to_owned),
        signatures,
    };
    insert_all!(tx.db, attempt_outcome::table, [row])?;
    if let Some(used) = &open.uses {
        tx.give_back(used, outcomes, appended.sequence)?;
    }
    tx.ledger.open.remove(&request);
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = attempt_outcome, treat_none_as_default_value = false)]
struct OutcomeRow<'a> {
    request_id: &'a [u8],
    sequence: i64,
    state: Option<String>,
    signatures: Option<Vec<u8>>,
}

impl Tx<'_> {
    /// Gives back the uses of digests that the key certainly was not asked for.
    fn give_back(
        &mut self,
        used: &GrantUse,
        outcomes: &[DigestOutcome],
        sequence: i64,
    ) -> Result<(), ApplyError> {
        let spared = |outcome: &DigestOutcome| *outcome == DigestOutcome::NotAttempted;
        let pairs = used.uses.iter().zip(outcomes);
        let given: Vec<Use> = pairs
            .filter(|(_, outcome)| spared(outcome))
            .map(|(made, _)| *made)
            .collect();
        let rows: Vec<ReleaseRow> = given
            .iter()
            .map(|&made| ReleaseRow::new(&used.grant, made, sequence, self.sealer))
            .collect();
        insert_all!(self.db, release::table, rows)?;
        self.ledger.grants.release(&used.grant, &given);
        Ok(())
    }
}
