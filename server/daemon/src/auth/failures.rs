//! Failures of callers that are nobody yet, or that name nothing of theirs, summed by source and
//! minute.
//!
//! An entry for each would let anybody fill the log; so the first of a minute begins a count, and
//! when the minute is over one `failures.summed` entry says how many there were.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kyso_core::actor::{Proof, Subject};
use kyso_core::id::{ClientId, RequestId};
use kyso_core::{Actor, Draft, Timestamp};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;

use kyso_store::network_of;

/// Sources counted at once; whatever comes from more is counted together, by who it was.
pub(super) const SOURCES: usize = 4096;
/// Callers who are still named once there are too many sources; of the next the number is told.
const NAMES: usize = 1024;

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Failure {
    /// A system's secret, assertion or certificate was wrong.
    Client,
    /// A one-time enrolment code was wrong or used.
    EnrolmentCode,
    /// The first one-time password of an enrolment was wrong.
    EnrolmentOtp,
    /// Somebody known asked for a key that is not there or not theirs, or named none at all.
    Key,
    /// Nobody has the login name that was given.
    Login,
    /// The password of a known name was wrong, and there is no entry of its own for it ([`Guesses`](super::guesses::Guesses)).
    Password,
    /// A token, refresh token or assertion was malformed, forged, ended, used or revoked.
    Token,
}

impl Failure {
    /// The word in the entry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::EnrolmentCode => "enrolment_code",
            Self::EnrolmentOtp => "enrolment_otp",
            Self::Key => "key",
            Self::Login => "login",
            Self::Password => "password",
            Self::Token => "token",
        }
    }
}

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Kind {
    failure: Failure,
    source: Option<IpAddr>,
    /// Who and through which system, where that is known.
    who: Option<(Subject, Option<ClientId>)>,
    /// Whether it stands for every source that there was no room for.
    rest: bool,
}

/// How often.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Tally {
    count: u64,
    /// How many of them were of somebody known whom there was no room to name.
    unnamed: u64,
}

/// Counts of the current minute.
#[derive(Debug, Default)]
pub struct Failures {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    minute: i64,
    by_kind: HashMap<Kind, Tally>,
    /// How many of them name somebody for all their sources.
    names: usize,
}

/// What was counted together in a minute.
#[derive(Debug)]
struct Sum {
    kind: Kind,
    tally: Tally,
}

impl Counts {
    fn add(&mut self, kind: Kind, more: Tally) {
        let Kind { failure, who, .. } = kind;
        let rest = |who| Kind {
            failure,
            source: None,
            who,
            rest: true,
        };
        let room = self.by_kind.len() - self.names < SOURCES;
        let place = if room || self.by_kind.contains_key(&kind) {
            kind
        } else if self.has_room_to_name(&rest(who)) {
            rest(who)
        } else {
            rest(None)
        };
        self.names += usize::from(place.is_name() && !self.by_kind.contains_key(&place));
        let unnamed = who.is_some() && place.who.is_none();
        let tally = self.by_kind.entry(place).or_default();
        tally.count += more.count;
        tally.unnamed += if unnamed { more.count } else { more.unnamed };
    }

    fn has_room_to_name(&self, rest: &Kind) -> bool {
        self.names < NAMES || self.by_kind.contains_key(rest)
    }

    fn take(&mut self) -> Vec<Sum> {
        self.names = 0;
        let due = std::mem::take(&mut self.by_kind).into_iter();
        due.map(|(kind, tally)| Sum { kind, tally }).collect()
    }
}

impl Kind {
    /// Whether it names somebody for all their sources that there was no room for.
    const fn is_name(&self) -> bool {
        self.rest && self.who.is_some()
    }
}

impl Failures {
    /// Counts one of somebody who proved nothing.
    pub fn count(&self, failure: Failure, source: Option<IpAddr>) {
        self.add(Kind {
            failure,
            source: source.map(network_of),
            who: None,
            rest: false,
        });
    }

    /// Counts one of somebody known, or who shows what once was somebody's: the sum names them.
    pub fn count_of(&self, failure: Failure, actor: &Actor) {
        self.add(Kind {
            failure,
            source: actor.source().map(network_of),
            who: Some((actor.subject(), actor.client())),
            rest: false,
        });
    }

    fn add(&self, kind: Kind) {
        let one = Tally {
            count: 1,
            unnamed: 0,
        };
        self.counts().add(kind, one);
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The sums of the minutes before `now`'s, to be written; ask for them every few seconds.
    pub fn due(&self, now: Timestamp) -> Due<'_> {
        let minute = now.as_seconds().div_euclid(60);
        let mut counts = self.counts();
        let over = std::mem::replace(&mut counts.minute, minute) != minute;
        let left = if over { counts.take() } else { Vec::new() };
        Due {
            failures: self,
            left,
        }
    }

    /// All sums, whatever the minute: when the server stops.
    pub fn all(&self) -> Due<'_> {
        let left = self.counts().take();
        Due {
            failures: self,
            left,
        }
    }
}

/// Sums that are being written. What is left when this is dropped is added to those of that minute: the journal could not write, or
/// the server stops.
#[derive(Debug)]
#[must_use = "what is not written is put back"]
pub struct Due<'a> {
    failures: &'a Failures,
    left: Vec<Sum>,
}

impl Due<'_> {
    /// The entry to be written next.
    pub fn next(&self) -> Option<Draft> {
        self.left.last().map(Sum::draft)
    }

    /// That one is in the log.
    pub fn written(&mut self) {
        self.left.pop();
    }
}

impl Drop for Due<'_> {
    fn drop(&mut self) {
        let mut counts = self.failures.counts();
        for Sum { kind, tally } in self.left.drain(..) {
            counts.add(kind, tally);
        }
    }
}

impl Sum {
    /// Its entry. One about many calls has an id of its own.
    fn draft(&self) -> Draft {
        let Self { kind, tally } = self;
        let (who, client) = kind.who.unwrap_or((Subject::System, None));
        let actor = Actor::trust_verified(who, client, Proof::None, None, kind.source);
        let (event, request) = (Event::FailuresSummed, RequestId::random());
        let draft = Draft::new(event, Outcome::Refused, &actor, request);
        let mut draft = draft.fact("kind", kind.failure.name());
        draft.entry.count = Some(tally.count);
        if kind.rest {
            draft = draft.fact("sources", "rest");
        }
        match i64::try_from(tally.unnamed) {
            Ok(unnamed) if unnamed > 0 => draft.fact("unnamed", unnamed),
            _ => draft,
        }
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::id::PersonId;

    use super::*;

    const AT: Timestamp = Timestamp::from_seconds(600);

    /// Writes them all.
    fn drafts(failures: &Failures) -> Vec<Draft> {
        written(failures.all())
    }

    fn written(mut due: Due<'_>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        while let Some(draft) = due.next() {
            drafts.push(draft);
            due.written();
        }
        drafts
    }

    #[test]
    fn a_minute_gives_one_entry_a_source() {
        let failures = Failures::default();
        assert!(written(failures.due(AT)).is_empty());
        let source = "192.0.2.1".parse().ok();
        for _ in 0..1000 {
            failures.count(Failure::Login, source);
        }
        failures.count(Failure::Token, source);
        assert!(
            written(failures.due(AT)).is_empty(),
            "the minute is not over"
        );
        let due = written(failures.due(Timestamp::from_seconds(660)));
        let mut counts: Vec<_> = due.iter().map(|draft| draft.entry.count).collect();
        counts.sort_unstable();
        assert_eq!(counts, [Some(1), Some(1000)]);
        assert!(drafts(&failures).is_empty());
    }

    #[test]
    fn whoever_is_known_is_named() {
        let failures = Failures::default();
        let person = Subject::Person(PersonId::random());
        let actor = |who| Actor::trust_verified(who, None, Proof::Password, None, None);
        for _ in 0..3 {
            failures.count_of(Failure::Key, &actor(person));
        }
        failures.count_of(Failure::Key, &actor(Subject::Client(ClientId::random())));
        let entries = drafts(&failures);
        assert_eq!(entries.len(), 2);
        let of_person = entries.iter().find(|draft| draft.entry.count == Some(3));
        let Subject::Person(person) = person else {
            return;
        };
        let named = of_person.and_then(|draft| draft.entry.actor.id.clone());
        assert_eq!(named, Some(person.to_string()));
    }

    #[test]
    fn a_flood_of_sources_is_counted_together() {
        let failures = Failures::default();
        for n in 0..10_000_u32 {
            failures.count(Failure::Login, Some(IpAddr::V4(n.into())));
        }
        let entries = drafts(&failures);
        assert_eq!(entries.len(), SOURCES + 1);
        assert_eq!(
            entries
                .iter()
                .filter_map(|draft| draft.entry.count)
                .sum::<u64>(),
            10_000
        );
    }

    /// How many failures name this system, whatever their source.
    fn of(entries: &[Draft], id: ClientId) -> u64 {
        let named = Some(id.to_string());
        let of_id = entries.iter().filter(|d| d.entry.actor.id == named);
        of_id.filter_map(|draft| draft.entry.count).sum()
    }

    #[test]
    fn whoever_is_known_is_named_in_a_flood_too_and_the_others_are_counted() {
        let failures = Failures::default();
        for n in 0..10_000_u32 {
            failures.count(Failure::Login, Some(IpAddr::V4(n.into())));
        }
        let callers: Vec<ClientId> = (0..NAMES + 10).map(|_| ClientId::random()).collect();
        for round in 0..3_u32 {
            for id in &callers {
                let (who, at) = (Subject::Client(*id), IpAddr::V4((1 << 31 | round).into()));
                let actor = Actor::trust_verified(who, None, Proof::MutualTls, None, Some(at));
                failures.count_of(Failure::Key, &actor);
            }
        }
        let entries = drafts(&failures);
        assert_eq!(entries.len(), SOURCES + NAMES + 2);
        for id in &callers[..NAMES] {
            assert_eq!(of(&entries, *id), 3);
        }
        let unnamed = |draft: &Draft| draft.entry.data.get("unnamed").cloned();
        let unnamed: Vec<_> = entries.iter().filter_map(unnamed).collect();
        assert_eq!(unnamed, [kyso_evidence::entry::Fact::Integer(30)]);
        assert!(drafts(&failures).is_empty());
        failures.count_of(Failure::Key, &Actor::system());
        assert_eq!(drafts(&failures).len(), 1, "the next minute begins anew");
    }

    #[test]
    fn what_could_not_be_written_is_added_to_the_next_sum() {
        let failures = Failures::default();
        let count = |failure| failures.count(failure, None);
        (0..3).for_each(|_| count(Failure::Login));
        (0..3).for_each(|_| count(Failure::Token));
        let mut due = failures.all();
        due.written();
        let left = due.next().unwrap();
        drop(due);
        (0..2).for_each(|_| count(Failure::Login));
        (0..2).for_each(|_| count(Failure::Token));
        for sum in drafts(&failures) {
            let is_left = sum.entry.data["kind"] == left.entry.data["kind"];
            assert_eq!(sum.entry.count, Some(if is_left { 5 } else { 2 }));
        }
    }

    #[test]
    fn what_is_put_back_into_a_full_table_is_still_counted() {
        let failures = Failures::default();
        let flood = || {
            for n in 0..10_000_u32 {
                failures.count(Failure::Login, Some(IpAddr::V4(n.into())));
            }
        };
        flood();
        let due = failures.all();
        flood();
        drop(due);
        let entries = drafts(&failures);
        assert_eq!(entries.len(), SOURCES + 1);
        let counts = entries.iter().filter_map(|draft| draft.entry.count);
        assert_eq!(counts.sum::<u64>(), 20_000);
    }
}
