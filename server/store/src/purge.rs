//! Rows of tokens that can no longer matter: without this, every refresh would stay for good.
//!
//! A family's refresh tokens are kept as long as the family could live, since one that was used
//! before must end it, and a day longer, as long as an access token got with them could.

use diesel::dsl::exists;
use diesel::prelude::*;
use kyso_core::journal::JournalError;

use crate::apply::LONGEST_ACCESS;
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::journal::JournalHandle;
use crate::schema::{refresh_token, revoked_family, token_family};
use crate::writer::tx::Tx;

/// Most rows of a table removed in one transaction: signatures wait for it.
const ROUND: i64 = 500;

type Ids = Vec<Vec<u8>>;

impl JournalHandle {
    /// Removes refresh tokens, families and revocations that ended more than a day ago, some at a
    /// time; gives how many rows went.
    ///
    /// # Errors
    /// If the journal cannot write.
    pub async fn purge_tokens(&self) -> Result<usize, JournalError> {
        let purged = self.run(purge).await;
        purged.map_err(ApplyError::into_journal)
    }
}

fn purge(tx: &mut Tx<'_>) -> Result<usize, ApplyError> {
    let until = tx.now.before(LONGEST_ACCESS).as_micros();
    let over = token_family::table
        .filter(token_family::expires_at.le(until))
        .order(token_family::expires_at)
        .limit(ROUND)
        .select(token_family::id);
    let over: Ids = on_each!(&mut *tx.db, db => over.load(db))?;
    Ok(refresh_tokens(tx, &over)? + families(tx, &over)? + revocations(tx, until)?)
}

fn refresh_tokens(tx: &mut Tx<'_>, families: &Ids) -> QueryResult<usize> {
    let spent = refresh_token::table
        .filter(refresh_token::family_id.eq_any(families))
        .limit(ROUND)
        .select(refresh_token::token_hash);
    let spent: Ids = on_each!(&mut *tx.db, db => spent.load(db))?;
    let spent = refresh_token::table.filter(refresh_token::token_hash.eq_any(spent));
    on_each!(&mut *tx.db, db => diesel::delete(spent).execute(db))
}

/// Those of them that have no refresh token left; the others wait for the next round.
fn families(tx: &mut Tx<'_>, over: &Ids) -> QueryResult<usize> {
    let kept = refresh_token::table
        .filter(refresh_token::family_id.eq_any(over))
        .select(refresh_token::family_id)
        .distinct();
    let kept: Ids = on_each!(&mut *tx.db, db => kept.load(db))?;
    let over = token_family::table
        .filter(token_family::id.eq_any(over))
        .filter(token_family::id.ne_all(kept));
    on_each!(&mut *tx.db, db => diesel::delete(over).execute(db))
}

/// A revocation goes after its family, which could be shown again until then.
fn revocations(tx: &mut Tx<'_>, until: i64) -> QueryResult<usize> {
    let family = token_family::table.filter(token_family::id.eq(revoked_family::family_id));
    let past = revoked_family::table
        .filter(revoked_family::revoked_at.le(until))
        .filter(diesel::dsl::not(exists(family)))
        .order(revoked_family::revoked_at)
        .limit(ROUND)
        .select(revoked_family::family_id);
    let past: Ids = on_each!(&mut *tx.db, db => past.load(db))?;
    let past = revoked_family::table.filter(revoked_family::family_id.eq_any(past));
    on_each!(&mut *tx.db, db => diesel::delete(past).execute(db))
}
