//! What was answered not long ago, and who did not answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kyso_documents::validation::Source;
use time::{Duration, OffsetDateTime};

/// Longest list, in bytes: some hundred thousand certificates.
pub const LONGEST_LIST: usize = 8 << 20;
/// Longest answer of a responder, in bytes.
const LONGEST_ANSWER: usize = 64 << 10;
/// What is kept together, in bytes; beyond that what ends first goes.
const ALL: usize = 64 << 20;
/// How long a list is kept at most, though it says itself that it is good for longer.
const LIST: Duration = Duration::DAY;
/// How long a responder's answer is kept at most.
const ANSWER: Duration = Duration::MINUTE;
/// How long whoever did not answer is left alone.
const REST: Duration = Duration::seconds(30);

/// Longest answer of this source, in bytes.
pub(crate) const fn longest(source: &Source) -> usize {
    match source {
        Source::List { .. } => LONGEST_LIST,
        Source::Responder { .. } => LONGEST_ANSWER,
    }
}

/// Answers, and hosts that rest.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<Inside>);

#[derive(Debug, Default)]
struct Inside {
    answers: HashMap<Source, Answer>,
    resting: HashMap<String, OffsetDateTime>,
}

#[derive(Debug)]
struct Answer {
    bytes: Arc<[u8]>,
    until: OffsetDateTime,
}

impl Kept {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        // What is in it is whole after each of the calls below.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What this source answered, if that is still to be shown.
    pub(crate) fn find(&self, source: &Source, now: OffsetDateTime) -> Option<Arc<[u8]>> {
        let inside = self.inside();
        let found = inside.answers.get(source).filter(|one| now < one.until);
        found.map(|one| Arc::clone(&one.bytes))
    }

    /// Keeps it as long as it says, and as long as is sensible; what was kept before is not kept longer.
    pub(crate) fn keep(
        &self,
        source: &Source,
        bytes: &Arc<[u8]>,
        until: OffsetDateTime,
        now: OffsetDateTime,
    ) {
        let longest = match source {
            Source::List { .. } => LIST,
            Source::Responder { .. } => ANSWER,
        };
        let answer = Answer {
            bytes: Arc::clone(bytes),
            until: until.min(now.saturating_add(longest)),
        };
        let mut inside = self.inside();
        inside.answers.retain(|_, one| now < one.until);
        let before = inside.answers.get(source);
        let same = before.is_some_and(|one| Arc::ptr_eq(&one.bytes, bytes));
        if now < answer.until && !same {
            inside.answers.insert(source.clone(), answer);
        }
        inside.shrink();
    }

    /// Forgets what turned out not to count.
    pub(crate) fn forget(&self, source: &Source) {
        self.inside().answers.remove(source);
    }

    /// Leaves a host alone for a while.
    pub(crate) fn rest(&self, host: &str, now: OffsetDateTime) {
        let mut inside = self.inside();
        inside.resting.retain(|_, until| now < *until);
        let until = now.saturating_add(REST);
        inside.resting.insert(host.to_owned(), until);
    }

    /// Whether a host is left alone.
    pub(crate) fn rests(&self, host: &str, now: OffsetDateTime) -> bool {
        let inside = self.inside();
        inside.resting.get(host).is_some_and(|until| now < *until)
    }
}

impl Inside {
    fn shrink(&mut self) {
        while self
            .answers
            .values()
            .map(|one| one.bytes.len())
            .sum::<usize>()
            > ALL
        {
            let first = self.answers.iter().min_by_key(|(_, one)| one.until);
            let Some(source) = first.map(|(source, _)| source.clone()) else {
                return;
            };
            self.answers.remove(&source);
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-11-26 12:00 UTC);

    fn list(name: usize) -> Source {
        Source::List {
            url: format!("http://ca.gov.vn/{name}"),
        }
    }

    fn responder() -> Source {
        Source::Responder {
            url: "http://ocsp.ca.gov.vn".to_owned(),
            request: vec![1],
        }
    }

    #[test]
    fn each_is_kept_as_long_as_it_says_and_is_sensible() {
        let (hour, year) = (Duration::HOUR, Duration::days(365));
        for (source, says, kept) in [
            (list(1), hour, hour),
            (list(1), year, LIST),
            (responder(), hour, ANSWER),
            (responder(), Duration::seconds(5), Duration::seconds(5)),
        ] {
            let cache = Kept::default();
            cache.keep(&source, &Arc::from(*b"x"), NOW + says, NOW);
            let last = NOW + kept - Duration::NANOSECOND;
            assert!(cache.find(&source, last).is_some(), "{source:?} {says}");
            assert!(
                cache.find(&source, NOW + kept).is_none(),
                "{source:?} {says}"
            );
        }
        let cache = Kept::default();
        cache.keep(&list(1), &Arc::from(*b"x"), NOW, NOW);
        assert!(
            cache.find(&list(1), NOW - hour).is_none(),
            "one without an end"
        );
        let (cache, bytes) = (Kept::default(), Arc::from(*b"x"));
        cache.keep(&responder(), &bytes, NOW + hour, NOW);
        let later = NOW + ANSWER / 2;
        cache.keep(&responder(), &bytes, NOW + hour, later);
        assert!(
            cache.find(&responder(), NOW + ANSWER).is_none(),
            "not kept longer"
        );
    }

    #[test]
    fn what_ends_first_goes_where_there_is_no_more_room() {
        let cache = Kept::default();
        let large: Arc<[u8]> = vec![0; LONGEST_LIST].into();
        for name in 0..9 {
            let hours = i64::try_from(20 - name).unwrap();
            cache.keep(&list(name), &large, NOW + Duration::hours(hours), NOW);
        }
        assert!(cache.find(&list(8), NOW).is_none());
        assert!((0..8).all(|name| cache.find(&list(name), NOW).is_some()));
        cache.forget(&list(0));
        assert!(cache.find(&list(0), NOW).is_none());
    }

    #[test]
    fn whoever_did_not_answer_rests_for_a_while() {
        let cache = Kept::default();
        assert!(!cache.rests("ca.gov.vn:80", NOW));
        cache.rest("ca.gov.vn:80", NOW);
        assert!(cache.rests("ca.gov.vn:80", NOW + REST - Duration::NANOSECOND));
        assert!(!cache.rests("ca.gov.vn:443", NOW));
        assert!(!cache.rests("ca.gov.vn:80", NOW + REST));
    }
}
