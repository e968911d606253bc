//! The standing questions of a security officer, each answered from the entries alone.
//!
//! A view is a few kinds of entries and a judgement over each. The sealed summaries of the log
//! ([`crate::read`]) say which stretches may hold such entries; nothing is written for a view, and
//! nothing lies on the way of a signature.

mod alone;
mod authority;
mod bulk;
mod day;
mod failed;
mod hours;
mod look;
mod numbers;
mod page;
mod seals;

use std::collections::BTreeSet;

use kyso_core::id::{AgencyId, PersonId};
use kyso_core::{Snapshot, Timestamp};
use kyso_evidence::{Entry, Event};

use crate::connection::Db;
use crate::error::StoreError;
use crate::read::AuditFilter;
use crate::seal::Sealer;

pub use day::{DayOfKey, Held, KeyOwner, Uses, day_of_key, uses_of_day};
pub use hours::OfficeHours;
pub use numbers::{Gap, GapFilter, GapPage, GapPlace, skipped_numbers};
pub use page::{Noted, ViewPage};

/// A question over the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Seals that were used outside these hours.
    OutsideHours(OfficeHours),
    /// Personal signatures under a record of authority that was not in force.
    ExpiredAuthority,
    /// Seals for which the log has no person's signature.
    SealWithoutSignature,
    /// Calls, sessions and one-time passwords over more than so many documents.
    Bulk(u64),
    /// What was tried and refused.
    Failed,
    /// Acts of power without a second person.
    ActingAlone,
}

/// Over which entries a question is asked.
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Only entries before this one: the last of the page before.
    pub before: Option<i64>,
    /// Only what this person did.
    pub actor: Option<PersonId>,
    /// How much may be read in vain.
    pub patience: Patience,
}

/// How many entries are judged for one answer, before it ends and says from where to go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patience {
    /// Some thousands: for a page of one question.
    #[default]
    Page,
    /// A quarter of them: for a glance at all questions at once, which is to be there as soon as a page.
    Glance,
}

impl Patience {
    /// How often entries are read, [`page::AT_ONCE`] each time.
    const fn rounds(self) -> usize {
        match self {
            Self::Page => 16,
            Self::Glance => 4,
        }
    }
}

/// Answers a question, the youngest entries first, with at most `limit` of them. A page may be short
/// although more follow: it ends after much was read in vain, too.
///
/// # Errors
/// If the database fails.
pub fn view(
    db: &mut Db,
    sealer: &Sealer,
    question: &Question,
    stretch: &Stretch,
    limit: u16,
) -> Result<ViewPage, StoreError> {
    let filter = AuditFilter {
        before: Some(stretch.before.unwrap_or(i64::MAX)),
        events: question.events().to_vec(),
        actor: stretch.actor,
        from: stretch.from,
        to: stretch.to,
        ..AuditFilter::default()
    };
    let mut judge = Judge::new(question);
    let most = (limit, stretch.patience.rounds());
    page::read(db, sealer, filter, most, |db, at, entry| {
        judge.judge(db, sealer, at, entry)
    })
}

impl Question {
    const fn events(&self) -> &'static [Event] {
        match self {
            Self::OutsideHours(_) | Self::ExpiredAuthority => &[Event::SignatureOutcome],
            Self::SealWithoutSignature => &[Event::SignatureIntent],
            Self::Bulk(_) => bulk::EVENTS,
            Self::Failed => failed::EVENTS,
            Self::ActingAlone => alone::EVENTS,
        }
    }
}

/// Why an entry is in a view, and how many it stands for, where it counts.
type Verdict = Option<(&'static str, Option<u64>)>;

/// What a question must remember from one entry to the next, so that nothing is looked up twice.
enum Judge {
    Hours(OfficeHours),
    Authority(authority::Records),
    Seals(seals::FirstUses),
    Bulk(bulk::Bulk),
    Failed,
    Alone,
}

impl Judge {
    fn new(question: &Question) -> Self {
        match question {
            Question::OutsideHours(hours) => Self::Hours(hours.clone()),
            Question::ExpiredAuthority => Self::Authority(authority::Records::default()),
            Question::SealWithoutSignature => Self::Seals(seals::FirstUses::default()),
            Question::Bulk(most) => Self::Bulk(bulk::Bulk::new(*most)),
            Question::Failed => Self::Failed,
            Question::ActingAlone => Self::Alone,
        }
    }

    fn judge(
        &mut self,
        db: &mut Db,
        sealer: &Sealer,
        at: i64,
        entry: &Entry,
    ) -> Result<Verdict, StoreError> {
        let plain = |why: Option<&'static str>| why.map(|why| (why, None));
        Ok(match self {
            Self::Hours(hours) => plain(hours.judge(entry)),
            Self::Authority(records) => plain(records.judge(db, entry)?),
            Self::Seals(uses) => plain(uses.judge(db, sealer, at, entry)?),
            Self::Bulk(bulk) => bulk.judge(db, at, entry)?,
            Self::Failed => failed::judge(entry),
            Self::Alone => plain(alone::judge(db, at, entry)?),
        })
    }
}

/// Whose roles and grants reached an agency at any time from the first to the second: its own and those above it, as the
/// tree stood then. How it stood before moves had dates (the 21st migration) only the log tells.
#[must_use]
pub fn reach(
    snapshot: &Snapshot,
    agency: AgencyId,
    (from, to): (Timestamp, Timestamp),
) -> BTreeSet<String> {
    let moves = snapshot.moves().into_iter();
    let times = moves.filter(|date| from < *date && *date < to);
    let above = times
        .chain([from])
        .flat_map(|time| snapshot.lineage(agency, time));
    above.map(|id| id.to_string()).collect()
}
