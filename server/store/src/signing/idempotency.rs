//! Retries: what became of an earlier call with the same Idempotency-Key.

use diesel::prelude::*;
use kyso_core::Actor;
use kyso_core::custody::DigestOutcome;
use kyso_core::id::{BootId, RequestId};
use kyso_core::journal::Recalled;
use kyso_core::request::Idempotency;
use sha2::{Digest as _, Sha256};

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::tables::{attempt_outcome, boot, idempotency};
use crate::writer::tx::{Tx, insert_all};

/// What the key is bound to: client, user, route and the key itself.
pub(crate) type Scope = [u8; 32];

/// The scope of a caller's key.
pub(crate) fn scope(actor: &Actor, key: &Idempotency) -> Scope {
    let client = actor.client().map(|id| *id.as_bytes()).unwrap_or_default();
    let person = actor.person().map(|id| *id.as_bytes()).unwrap_or_default();
    // Fixed lengths before the one free text; the route is ours and has no NUL.
    Sha256::new()
        .chain_update(client)
        .chain_update(person)
        .chain_update(key.route)
        .chain_update([0])
        .chain_update(&key.key)
        .finalize()
        .into()
}

/// Whether a call with this key may sign.
pub(crate) enum Looked {
    /// Yes, in this turn: none came before, or the key certainly was not asked.
    Free(i64),
    /// No.
    Before(Recalled),
}

impl Looked {
    /// The earlier call, if there was one that counts.
    pub(crate) fn before(self) -> Option<Recalled> {
        match self {
            Self::Before(recalled) => Some(recalled),
            Self::Free(_) => None,
        }
    }
}

type Row = (i64, Vec<u8>, Vec<u8>, Vec<u8>);

/// Looks an earlier call up.
pub(crate) fn look_up(
    db: &mut Db,
    scope: &Scope,
    body: &[u8; 32],
    own: BootId,
) -> QueryResult<Looked> {
    let scope = scope.as_slice();
    // Without LIMIT: SQLite may parse a statement anew for each bound one. There are as many turns as
    // calls with this key that never reached the token.
    let row: Option<Row> = on_each!(db, db => idempotency::table
        .filter(idempotency::scope.eq(scope))
        .order(idempotency::turn.desc())
        .select((idempotency::turn, idempotency::request_id, idempotency::body, idempotency::boot_id))
        .get_result(db)
        .optional())?;
    let Some((turn, request, before, boot)) = row else {
        return Ok(Looked::Free(0));
    };
    if before != body {
        return Ok(Looked::Before(Recalled::BodyDiffers));
    }
    let ended: Option<Ended> = on_each!(db, db => attempt_outcome::table
        .find(&request)
        .select((attempt_outcome::state, attempt_outcome::signatures))
        .first(db)
        .optional())?;
    let Some((state, signatures)) = ended else {
        return Ok(Looked::Before(unfinished(db, &boot, own)?));
    };
    Ok(match (state.as_deref(), signatures) {
        (Some("signed"), Some(bytes)) => Looked::Before(unpacked(&request, &bytes)),
        (Some("not_attempted"), _) => Looked::Free(turn + 1),
        _ => Looked::Before(Recalled::Interrupted),
    })
}

/// State and packed signatures of a call that ended.
type Ended = (Option<String>, Option<Vec<u8>>);

fn unpacked(request: &[u8], bytes: &[u8]) -> Recalled {
    match (RequestId::try_from(request), unpack(bytes)) {
        (Ok(request), Some(signatures)) => Recalled::Done(request, signatures),
        _ => Recalled::Interrupted,
    }
}

/// No outcome: it runs while its server lives.
fn unfinished(db: &mut Db, id: &[u8], own: BootId) -> QueryResult<Recalled> {
    if id == own.as_bytes() {
        return Ok(Recalled::Running);
    }
    let lease: Option<i64> = on_each!(db, db => boot::table
        .find(id)
        .select(boot::lease_until)
        .first(db)
        .optional())?;
    let lives = lease.unwrap_or(i64::MIN) > db.time()?;
    Ok(if lives {
        Recalled::Running
    } else {
        Recalled::Interrupted
    })
}

#[derive(Insertable)]
#[diesel(table_name = idempotency, treat_none_as_default_value = false)]
struct KeyRow<'a> {
    scope: &'a [u8],
    turn: i64,
    request_id: &'a [u8],
    body: &'a [u8],
    boot_id: &'a [u8],
}

impl Tx<'_> {
    /// Binds the key to this call.
    pub(super) fn bind_key(
        &mut self,
        scope: &Scope,
        turn: i64,
        key: &Idempotency,
        request: RequestId,
    ) -> Result<(), ApplyError> {
        let boot = self.ledger.boot;
        let row = KeyRow {
            scope,
            turn,
            request_id: request.as_bytes(),
            body: &key.body,
            boot_id: boot.as_bytes(),
        };
        insert_all!(self.db, idempotency::table, [row])?;
        Ok(())
    }
}

/// What is kept for a retry: the call's state, and its signatures if all were made.
pub(super) fn result_of(outcomes: &[DigestOutcome]) -> (&'static str, Vec<u8>) {
    let signatures: Option<Vec<&[u8]>> = outcomes
        .iter()
        .map(|outcome| match outcome {
            DigestOutcome::Signed(signature) => Some(signature.as_slice()),
            _ => None,
        })
        .collect();
    match signatures {
        Some(signatures) if !signatures.is_empty() => ("signed", pack(&signatures)),
        _ if outcomes
            .iter()
            .all(|outcome| *outcome == DigestOutcome::NotAttempted) =>
        {
            (
                if outcomes.is_empty() {
                    "unknown"
                } else {
                    "not_attempted"
                },
                Vec::new(),
            )
        }
        _ => ("unknown", Vec::new()),
    }
}

/// Each with its length, four bytes, big-endian, before it.
fn pack(signatures: &[&[u8]]) -> Vec<u8> {
    let mut packed = Vec::new();
    for signature in signatures {
        let length = u32::try_from(signature.len()).unwrap_or(u32::MAX);
        packed.extend_from_slice(&length.to_be_bytes());
        packed.extend_from_slice(signature);
    }
    packed
}

fn unpack(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut signatures = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (signature, rest) = rest.split_at_checked(length)?;
        signatures.push(signature.to_vec());
        bytes = rest;
    }
    bytes.is_empty().then_some(signatures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_come_back_as_they_went() {
        let signatures = [b"one".as_slice(), b"", b"three"];
        assert_eq!(unpack(&pack(&signatures)).unwrap(), signatures);
        assert_eq!(unpack(&[0, 0, 0, 9, 1]), None);
        assert_eq!(unpack(&[0, 0]), None);
    }

    #[test]
    fn only_a_call_that_never_reached_the_key_may_run_again() {
        let signed = DigestOutcome::Signed(vec![1]);
        assert_eq!(result_of(std::slice::from_ref(&signed)).0, "signed");
        assert_eq!(
            result_of(&[signed, DigestOutcome::NotAttempted]).0,
            "unknown"
        );
        assert_eq!(result_of(&[DigestOutcome::NotAttempted]).0, "not_attempted");
        assert_eq!(result_of(&[DigestOutcome::Withheld]).0, "unknown");
        assert_eq!(result_of(&[]).0, "unknown");
    }
}
