//! Files of pictures that came to nothing: proposed, and then refused or not decided in time. They are somebody's
//! handwriting, or an agency's seal, and nobody's any more.

use std::collections::HashSet;

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::change::PowerChange;
use kyso_core::journal::JournalError;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::journal::{JournalHandle, unread};
use crate::rows::PENDING;
use crate::schema::{pending_change, picture, picture_file};

/// How changes are named that may have a picture in them.
const KINDS: [&str; 2] = ["set_picture", "several"];
/// The state of a change that was done: what a picture of the past showed is still asked for.
const APPROVED: &str = "approved";

type Digests = Vec<Vec<u8>>;

impl JournalHandle {
    /// Erases files that no change which waits or was approved names; gives how many.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn erase_pictures(&self, now: Timestamp) -> Result<usize, JournalError> {
        let found = self.pool.read(move |db| Ok(unneeded(db, now)?));
        // Signatures wait only if there is something to do; by then the same may be proposed anew.
        if found.await.map_err(unread)?.is_empty() {
            return Ok(0);
        }
        let erased = self.run(move |tx| {
            let unneeded = unneeded(tx.db, tx.now)?;
            let files = picture_file::table.filter(picture_file::digest.eq_any(unneeded));
            Ok(on_each!(&mut *tx.db, db => diesel::delete(files).execute(db))?)
        });
        erased.await.map_err(ApplyError::into_journal)
    }
}

/// Files that nobody can ask for: neither in force nor, as far as all changes can be read, named by one that counts.
fn unneeded(db: &mut Db, now: Timestamp) -> QueryResult<Digests> {
    let in_force = picture::table
        .filter(picture::digest.is_not_null())
        .select(picture::digest.assume_not_null());
    let files = picture_file::table
        .filter(picture_file::digest.ne_all(in_force))
        .select(picture_file::digest);
    let files: Digests = on_each!(&mut *db, db => files.load(db))?;
    if files.is_empty() {
        return Ok(files);
    }
    let waits = pending_change::state
        .eq(PENDING)
        .and(pending_change::expires_at.gt(now.as_micros()));
    let counts = pending_change::table
        .filter(pending_change::kind.eq_any(KINDS))
        .filter(waits.or(pending_change::state.eq(APPROVED)))
        .select(pending_change::payload);
    let counts: Vec<String> = on_each!(&mut *db, db => counts.load(db))?;
    let Some(named) = named(&counts) else {
        return Ok(Vec::new());
    };
    let unneeded = files.into_iter().filter(|digest| !named.contains(digest));
    Ok(unneeded.collect())
}

/// The digests in these changes; none if one of them cannot be read.
fn named(changes: &[String]) -> Option<HashSet<Vec<u8>>> {
    let mut all = HashSet::new();
    for payload in changes {
        let change: PowerChange = serde_json::from_str(payload).ok()?;
        let parts = match &change {
            PowerChange::Several(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        all.extend(parts.iter().filter_map(|part| match part {
            PowerChange::SetPicture(picture) => Some(picture.digest.to_vec()),
            _ => None,
        }));
    }
    Some(all)
}
