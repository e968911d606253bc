//! What a document says: pictures of its pages.

use askama::Template;

use super::pages;
use crate::sentences;
use crate::{Foreign, Frame};

pages! {
    ContentPage in Inbox;
}

/// Most pictures on one page of ours, which stays light itself: a browser fetches each when its reader comes to it.
pub const PICTURES: usize = 40;

/// Pictures of some pages of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Path of the document; its pictures lie below.
    pub path: String,
    /// How many pages it has.
    pub total: usize,
    /// The first page that is shown here, counted from 1.
    pub from: usize,
    /// How many are shown here.
    pub shown: usize,
}

impl Content {
    /// Number and path of each picture.
    pub(super) fn pictures(&self) -> Vec<(usize, String)> {
        let until = self.from.saturating_add(self.shown);
        let numbers = (self.from..until).take_while(|number| *number <= self.total);
        numbers
            .map(|number| (number, format!("{}/pages/{number}", self.path)))
            .collect()
    }

    /// Where those lie that come after these.
    pub(super) fn rest(&self) -> Option<String> {
        let next = self.from.saturating_add(self.shown);
        (next <= self.total).then(|| format!("{}?from={next}", self.path))
    }

    pub(super) fn pages(&self, frame: &Frame) -> String {
        sentences::pages(frame.language, self.total)
    }
}

/// `/ui/requests/{id}/documents/{place}?from=`: the pages of one document.
#[derive(Clone, Debug, Template)]
#[template(path = "content.html")]
pub struct ContentPage {
    /// What stands around the page.
    pub frame: Frame,
    /// The abstract of the document.
    pub subject: Foreign,
    /// Its pages.
    pub content: Content,
    /// The request.
    pub request: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(total: usize, from: usize, shown: usize) -> Content {
        Content {
            path: "/d".to_owned(),
            total,
            from,
            shown,
        }
    }

    #[test]
    fn pictures_are_those_that_are_there_and_the_rest_has_a_link() {
        let table = [
            ((3, 1, 40), vec![1, 2, 3], None),
            ((3, 1, 2), vec![1, 2], Some("/d?from=3")),
            ((3, 3, 2), vec![3], None),
            ((3, 9, 2), vec![], None),
            ((3, 1, 0), vec![], Some("/d?from=1")),
        ];
        for ((total, from, shown), numbers, rest) in table {
            let one = content(total, from, shown);
            let found: Vec<usize> = one.pictures().iter().map(|(number, _)| *number).collect();
            assert_eq!((found, one.rest().as_deref()), (numbers, rest), "{one:?}");
        }
    }
}
