//! Seals for which the log has no person's signature.

use std::collections::HashMap;

use kyso_core::id::CredentialId;
use kyso_evidence::entry::Outcome;
use kyso_evidence::{Entry, Event};

use super::look;
use crate::blocks;
use crate::connection::Db;
use crate::error::StoreError;
use crate::read::AuditFilter;
use crate::seal::Sealer;

/// Searches for one key's first signature that are made before it counts as not found: as many as reach over a
/// million entries.
const SEARCHES: usize = 32;

/// Where each key's first signature stands.
#[derive(Debug, Default)]
pub(super) struct FirstUses(HashMap<String, Option<i64>>);

impl FirstUses {
    /// Why an intent to seal has no person's signature behind it. Copies and appendices need none.
    pub(super) fn judge(
        &mut self,
        db: &mut Db,
        sealer: &Sealer,
        at: i64,
        intent: &Entry,
    ) -> Result<Option<&'static str>, StoreError> {
        if !look::is_for(intent, "seal") {
            return Ok(None);
        }
        match look::text(intent, "ground") {
            Some("appendix" | "copy") => Ok(None),
            Some("asserted_by_client") => Ok(Some("asserted")),
            Some("signed_document") => {
                let first = match look::text(intent, "signed_by") {
                    Some(signer) => self.first(db, sealer, signer)?,
                    None => None,
                };
                let before = first.is_some_and(|first| first < at);
                Ok((!before).then_some("unsupported"))
            }
            _ => Ok(Some("no_ground")),
        }
    }

    fn first(
        &mut self,
        db: &mut Db,
        sealer: &Sealer,
        credential: &str,
    ) -> Result<Option<i64>, StoreError> {
        if let Some(known) = self.0.get(credential) {
            return Ok(*known);
        }
        let first = match credential.parse() {
            Ok(id) => first_signature(db, sealer, id)?,
            Err(_) => None,
        };
        self.0.insert(credential.to_owned(), first);
        Ok(first)
    }
}

fn first_signature(
    db: &mut Db,
    sealer: &Sealer,
    credential: CredentialId,
) -> Result<Option<i64>, StoreError> {
    let mut filter = AuditFilter {
        event: Some(Event::SignatureOutcome.name().to_owned()),
        outcome: Some(Outcome::Ok.as_str().to_owned()),
        credential: Some(credential),
        ..AuditFilter::default()
    };
    for _ in 0..SEARCHES {
        let found = blocks::find(db, sealer, &filter, 1)?;
        // One that was changed may have been anything.
        if let Some(first) = found.entries.iter().find(|one| look::whole(one).is_some()) {
            return Ok(Some(first.0));
        }
        match found.next {
            Some(next) => filter.after = Some(next),
            None => break,
        }
    }
    Ok(None)
}
