//! What a leader is told after an approval.

use askama::Template;

use super::pages;
use crate::sentences;
use crate::{Foreign, Frame, Outcome};

pages! {
    Results in Inbox;
}

/// What became of an approval, document by document: the answer to `/ui/approve`.
#[derive(Clone, Debug, Template)]
#[template(path = "results.html")]
pub struct Results {
    /// What stands around the page.
    pub frame: Frame,
    /// One row for each document.
    pub rows: Vec<ResultRow>,
}

/// What became of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultRow {
    /// The request it belongs to.
    pub id: String,
    /// Abstract.
    pub subject: Foreign,
    /// Number and symbol; may be empty.
    pub number: Foreign,
    /// What became of it.
    pub outcome: Outcome,
    /// Why, and what to do, in the reader's language; may be empty.
    pub explanation: Foreign,
}

impl Results {
    fn signed(&self) -> usize {
        self.rows
            .iter()
            .filter(|row| row.outcome == Outcome::Signed)
            .count()
    }

    fn heading(&self) -> String {
        let count = self.rows.len();
        let running = |row: &ResultRow| row.outcome == Outcome::Running;
        if self.rows.iter().all(running) {
            return sentences::approved(self.frame.language, count);
        }
        sentences::signed_of(self.frame.language, self.signed(), count)
    }

    fn all_signed(&self) -> bool {
        self.signed() == self.rows.len()
    }

    /// What holds of all of them; only what is signed is called signed.
    fn told(&self) -> &'static str {
        let w = self.frame.w();
        let under_way = |row: &ResultRow| matches!(row.outcome, Outcome::Signed | Outcome::Running);
        if self.all_signed() {
            w.all_signed
        } else if self.rows.iter().all(under_way) {
            w.approved_not_signed
        } else {
            w.not_all_signed
        }
    }
}
