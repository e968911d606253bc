//! How many rows of a list one page holds: as many as were asked for, unless their words are very long.

use crate::{
    Commitment, CredentialRow, Foreign, InboxRow, PersonRow, SignatureRow, StampingSession,
};

/// Bytes of a list's rows, so that its page and the files that it loads stay under 100 KB (102,400 bytes)
/// with what stands around the list.
const LIST: usize = 75_000;

/// A row of a list of which a full page might be too heavy.
pub trait Weighed {
    /// Bytes of it on the page, or somewhat more.
    fn weight(&self) -> usize;
}

/// Cuts a list where its page is full; the place of the last row that stays, if any had to go. A row alone
/// always stays, so that whoever reads page after page comes to the end. `beside` is the weight of what else
/// stands on the page.
pub fn cut<R: Weighed>(rows: &mut Vec<R>, beside: usize) -> Option<usize> {
    let (all, mut left) = (rows.len(), LIST.saturating_sub(beside));
    let fitting = rows.iter().take_while(|row| {
        let rest = left.checked_sub(row.weight());
        left = rest.unwrap_or_default();
        rest.is_some()
    });
    let held = fitting.count().max(1);
    rows.truncate(held);
    (held < all).then_some(held - 1)
}

fn of(words: &[&Foreign]) -> usize {
    words.iter().map(|words| words.bytes()).sum()
}

impl Weighed for InboxRow {
    fn weight(&self) -> usize {
        let words = [
            &self.subject,
            &self.number,
            &self.drafter,
            &self.system,
            &self.reason,
        ];
        of(&words) + 1_150
    }
}

impl Weighed for SignatureRow {
    fn weight(&self) -> usize {
        let words = [&self.subject, &self.number, &self.purpose, &self.system];
        let links = if self.call.is_some() { 290 } else { 0 };
        of(&words) + self.digest.hex.len() + 850 + links
    }
}

impl Weighed for PersonRow {
    fn weight(&self) -> usize {
        of(&[&self.name, &self.position, &self.agency]) + 250
    }
}

impl Weighed for CredentialRow {
    fn weight(&self) -> usize {
        of(&[&self.owner, &self.agency]) + 450
    }
}

impl Weighed for StampingSession {
    fn weight(&self) -> usize {
        let purposes: usize = self.purposes.iter().map(|one| one.bytes() + 2).sum();
        // Its names stand above it or on its button, too.
        of(&[
            &self.seal,
            &self.seal,
            &self.system,
            &self.system,
            &self.opened_by,
        ]) + purposes
            + 1_300
    }
}

impl Weighed for Commitment {
    fn weight(&self) -> usize {
        let opening = self.opening.as_ref().map_or(0, Foreign::bytes);
        self.member.bytes() + opening + self.hash.len() + 150
    }
}

/// A line of a text that is shown as it is.
impl Weighed for Foreign {
    fn weight(&self) -> usize {
        self.bytes() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Row(usize);

    impl Weighed for Row {
        fn weight(&self) -> usize {
            self.0
        }
    }

    #[test]
    fn a_list_ends_where_its_page_is_full_and_holds_one_at_least() {
        for (weights, beside, held, last) in [
            (&[][..], 0, 0, None),
            (&[LIST], 0, 1, None),
            (&[LIST + 1], 0, 1, None),
            (&[LIST, 1], 0, 1, Some(0)),
            (&[LIST + 1, 1], 0, 1, Some(0)),
            (&[LIST - 2, 1, 1], 0, 3, None),
            (&[LIST - 2, 1, 1], 1, 2, Some(1)),
            (&[LIST - 2, 1, 2, 1], 0, 2, Some(1)),
            (&[1, 1], LIST + 1, 1, Some(0)),
        ] {
            let mut rows: Vec<Row> = weights.iter().copied().map(Row).collect();
            assert_eq!(
                (cut(&mut rows, beside), rows.len()),
                (last, held),
                "{weights:?}"
            );
        }
    }
}
