//! Entries that a judgement keeps, page by page.

use kyso_evidence::Entry;

use super::{Verdict, look};
use crate::blocks;
use crate::connection::Db;
use crate::error::StoreError;
use crate::read::AuditFilter;
use crate::seal::Sealer;

/// Entries that are read at once.
pub(super) const AT_ONCE: usize = 256;

/// An entry of a view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// Its place in the log.
    pub sequence: i64,
    /// What it says.
    pub entry: Entry,
    /// Why it is in the view: a closed word.
    pub why: &'static str,
    /// How many it stands for, where it counts something.
    pub count: Option<u64>,
}

/// A page of a view, the youngest entries first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ViewPage {
    /// The entries.
    pub rows: Vec<Noted>,
    /// `before` of the next page; `None` on the last.
    pub next: Option<i64>,
    /// Places of entries that are not as they were written, so that nobody can say whether they belong here.
    pub spoilt: Vec<i64>,
}

/// Reads the entries of this filter, the youngest first, and keeps those that the judgement has a word for: so
/// many at most, and reads so often at most.
pub(super) fn read(
    db: &mut Db,
    sealer: &Sealer,
    mut filter: AuditFilter,
    (limit, rounds): (u16, usize),
    mut judge: impl FnMut(&mut Db, i64, &Entry) -> Result<Verdict, StoreError>,
) -> Result<ViewPage, StoreError> {
    let (mut page, limit) = (ViewPage::default(), usize::from(limit.max(1)));
    for _ in 0..rounds {
        let found = blocks::find(db, sealer, &filter, AT_ONCE)?;
        for stored in &found.entries {
            let sequence = stored.0;
            if page.rows.len() + page.spoilt.len() >= limit {
                return Ok(page);
            }
            match look::whole(stored) {
                Some(entry) => {
                    let verdict = judge(db, sequence, &entry)?;
                    page.rows.extend(verdict.map(|(why, count)| Noted {
                        sequence,
                        entry,
                        why,
                        count,
                    }));
                }
                None => page.spoilt.push(sequence),
            }
            page.next = Some(sequence);
        }
        page.next = found.next;
        match found.next {
            Some(next) => filter.before = Some(next),
            None => break,
        }
    }
    Ok(page)
}
