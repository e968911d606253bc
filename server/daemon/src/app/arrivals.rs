//! PDFs that arrive to be sealed or shown: so many at once, and of one caller only a share of these, so that nobody who sends slowly
//! keeps all others waiting.

use kyso_core::actor::Subject;

use super::shares::{Share, Shares};

/// PDFs that arrive at once: of up to 23 MiB in a JSON body, which is held, or of 16 MiB in a form, which a process holds.
const ALL: usize = 16;
/// Those of one system or person.
const SHARE: usize = 4;

/// What arrives now.
#[derive(Debug)]
pub struct Arrivals(Shares<Subject>);

/// A place for a PDF that arrives, until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Arrival(#[expect(dead_code, reason = "its drop gives the place back")] Share<Subject>);

impl Default for Arrivals {
    fn default() -> Self {
        Self(Shares::new(SHARE, ALL))
    }
}

impl Arrivals {
    /// A place, unless the caller has their share, or all of them have all.
    pub fn room(&self, caller: Subject) -> Option<Arrival> {
        self.0.admit(caller).map(Arrival)
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::id::{ClientId, PersonId};

    use super::*;

    fn client(number: u8) -> Subject {
        let id: ClientId = uuid(number).parse().unwrap();
        Subject::Client(id)
    }

    fn uuid(number: u8) -> String {
        format!("019ab000-0000-7000-8000-0000000000{number:02x}")
    }

    #[test]
    fn a_caller_has_a_share_and_all_have_as_many_as_there_are() {
        let arrivals = Arrivals::default();
        let share =
            |caller| -> Vec<_> { (0..SHARE).filter_map(|_| arrivals.room(caller)).collect() };
        let person: PersonId = uuid(1).parse().unwrap();
        let person = Subject::Person(person);
        let mut first = share(client(1));
        assert!(first.len() == SHARE && arrivals.room(client(1)).is_none());
        drop(first.pop());
        first.extend(arrivals.room(client(1)));
        assert!(first.len() == SHARE && arrivals.room(client(1)).is_none());
        let others = [person, client(2), client(3)].map(share);
        assert!(others.iter().all(|own| own.len() == SHARE));
        assert!(arrivals.room(client(4)).is_none(), "all are taken");
        drop(first);
        let last = share(client(4));
        assert_eq!(last.len(), SHARE, "one that found no place has its share");
        drop((others, last));
        assert!(arrivals.0.are_free());
    }
}
