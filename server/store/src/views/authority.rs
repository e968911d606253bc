//! Signatures under a record of authority that was not in force.

use std::collections::HashMap;

use kyso_core::Timestamp;
use kyso_evidence::{Entry, Event};

use super::look::{self, Looked, Placed};
use crate::connection::Db;
use crate::error::StoreError;

/// A record of authority, as its entries tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    from: Timestamp,
    until: Timestamp,
    /// The entry that ended it.
    ended: Option<i64>,
}

impl Record {
    fn of(entries: &[Placed]) -> Option<Self> {
        let recorded = entries
            .iter()
            .find(|(_, one)| one.event == Event::AuthorityRecorded)?;
        let ended = entries
            .iter()
            .find(|(_, one)| one.event == Event::AuthorityEnded);
        let time = |name| Timestamp::read(look::text(&recorded.1, name)?);
        Some(Self {
            from: time("valid_from")?,
            until: time("valid_until")?,
            ended: ended.map(|(sequence, _)| *sequence),
        })
    }

    /// Why it did not count for what was begun by this entry at this time.
    fn fault(&self, sequence: i64, at: Timestamp) -> Option<&'static str> {
        if at < self.from {
            Some("not_yet")
        } else if at >= self.until {
            Some("run_out")
        } else if self.ended.is_some_and(|ended| ended < sequence) {
            Some("ended")
        } else {
            None
        }
    }
}

/// What the log says of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    Nothing,
    Record(Record),
    /// An entry about it was changed: it may have been the one that ended it.
    Spoilt,
}

impl Told {
    fn by(looked: &Looked) -> Self {
        if looked.spoilt.is_empty() {
            Record::of(&looked.whole).map_or(Self::Nothing, Self::Record)
        } else {
            Self::Spoilt
        }
    }
}

/// The records that were looked up.
#[derive(Debug, Default)]
pub(super) struct Records(HashMap<String, Told>);

impl Records {
    /// What is wrong with the record that a signature names. It counts when the key was about to be used, which is
    /// the intent's place and time. A seal relies on the record of whoever signed before it, so of that record only
    /// its being there is asked.
    pub(super) fn judge(
        &mut self,
        db: &mut Db,
        outcome: &Entry,
    ) -> Result<Option<&'static str>, StoreError> {
        let Some(id) = outcome.authority.as_deref() else {
            return Ok(None);
        };
        if !look::may_be_done(outcome) {
            return Ok(None);
        }
        let record = match self.record(db, id)? {
            Told::Nothing => return Ok(Some("no_record")),
            Told::Spoilt => return Ok(Some("tampered")),
            Told::Record(record) => record,
        };
        if look::is_for(outcome, "seal") {
            return Ok(None);
        }
        let Some((sequence, intent)) = look::intent_of(db, outcome)? else {
            return Ok(Some("no_intent"));
        };
        let at = Timestamp::read(&intent.time);
        Ok(at.map_or(Some("no_intent"), |at| record.fault(sequence, at)))
    }

    fn record(&mut self, db: &mut Db, id: &str) -> Result<Told, StoreError> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let told = Told::by(&look::about(db, id)?);
        self.0.insert(id.to_owned(), told.clone());
        Ok(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_from_its_begin_to_its_end() {
        let at = Timestamp::from_seconds;
        let record = Record {
            from: at(10),
            until: at(20),
            ended: Some(7),
        };
        let cases = [
            (6, 9, Some("not_yet")),
            (6, 10, None),
            (6, 19, None),
            (6, 20, Some("run_out")),
            (8, 19, Some("ended")),
        ];
        for (sequence, seconds, wanted) in cases {
            assert_eq!(record.fault(sequence, at(seconds)), wanted, "{seconds}");
        }
    }
}
