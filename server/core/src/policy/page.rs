//! How much of a request fits the pages on which its signer reads it and decides: each stays under 100 KB.
//!
//! Whoever approves has to see all that is said of the documents, so nothing may be left away there; what does not fit
//! is not put before them.

use crate::model::{Approval, ApprovalDocument};
use crate::request::DocumentFacts;
use crate::snapshot::Snapshot;

/// Bytes of what is said of several requests, so that the page to approve them stays under 100 KB (102,400 bytes) with
/// the files that it loads and what stands around it.
const TOGETHER: usize = 79_000;
/// The same of one request: once it is refused, its page has room for the reason, too.
const ALONE: usize = 76_000;
/// Bytes around the words of each document: marks, and what the words are called.
const AROUND_DOCUMENT: usize = 1_300;
/// Bytes of the links to a file.
const AROUND_FILE: usize = 500;
/// Bytes around a request.
const AROUND_REQUEST: usize = 300;
/// Bytes of a picture's place on a page.
const PICTURE: usize = 200;
/// Bytes of what stands for a character that could hide another: `[U+10FFFF]`.
const WRITTEN_OUT: usize = 10;
/// Bytes around a recipient: they are set apart from each other.
const AROUND_RECIPIENT: usize = 14;
/// Bytes of an id, which stands for a name that is not known.
const ID: usize = 36;

/// Whether one page shows all that is said of these requests.
pub fn fits_a_page<'a>(
    snapshot: &Snapshot,
    requests: impl IntoIterator<Item = &'a Approval>,
) -> bool {
    let each = requests.into_iter().map(|one| weight(snapshot, one));
    each.fold(0, usize::saturating_add) <= TOGETHER
}

/// Whether the page of this one request shows all that is said of it.
pub(super) fn fits_its_page(snapshot: &Snapshot, request: &Approval) -> bool {
    alone(snapshot, request) <= ALONE
}

/// How many pictures of a request's files its page has room for; behind links there is room for all.
pub fn room_for_pictures(snapshot: &Snapshot, request: &Approval) -> usize {
    ALONE.saturating_sub(alone(snapshot, request)) / PICTURE
}

/// Its first title is the page's heading and its name, too.
fn alone(snapshot: &Snapshot, request: &Approval) -> usize {
    let facts = request.documents.first().map(|one| &one.facts);
    let title = facts.and_then(|facts| facts.summary.as_ref().or(facts.label.as_ref()));
    let titles = 2 * title.map_or(0, |title| written(title));
    weight(snapshot, request).saturating_add(titles)
}

fn weight(snapshot: &Snapshot, request: &Approval) -> usize {
    // Each document's card names them.
    let names = names(snapshot, request);
    let documents = request.documents.iter().map(|one| document(one) + names);
    let reason = request.reason.as_deref().map_or(0, written);
    documents.fold(AROUND_REQUEST + reason, usize::saturating_add)
}

/// System, signer, and what lets them sign in another's place.
fn names(snapshot: &Snapshot, request: &Approval) -> usize {
    let system = snapshot.clients.by_id.get(&request.client);
    let signer = snapshot.people.by_id.get(&request.person);
    let first = request.documents.first();
    let named = first.and_then(|one| one.facts.authority.as_deref());
    let mut records = snapshot.people.authorities.iter();
    let record = records.find(|one| named.is_some_and(|named| one.id.to_string() == named));
    system.map_or(ID, |system| written(&system.display_name))
        + signer.map_or(ID, |signer| written(&signer.name))
        + record.map_or(named.map_or(0, written), |record| written(&record.basis))
}

fn document(document: &ApprovalDocument) -> usize {
    let file = document.file.as_ref().map_or(0, |_| AROUND_FILE);
    let digits = 2 * document.digest.as_bytes().len();
    AROUND_DOCUMENT + digits + file + words(&document.facts)
}

/// All that is said of a document. The code of its purpose stands there with its name.
fn words(facts: &DocumentFacts) -> usize {
    let recipients = facts.recipients.as_deref().unwrap_or_default();
    let parts = [
        &facts.summary,
        &facts.authority,
        &facts.drafter,
        &facts.label,
        &facts.number,
        &facts.purpose,
        &facts.purpose,
        &facts.recipients,
        &facts.secrecy,
        &facts.symbol,
        &facts.kind,
        &facts.urgency,
    ];
    let each = parts.into_iter().flatten().map(|part| written(part));
    each.sum::<usize>() + recipients.matches(';').count() * AROUND_RECIPIENT
}

/// Bytes of a text on a page, or somewhat more. What is markup takes five there; Vietnamese letters stand as they are.
fn written(text: &str) -> usize {
    let each = text.chars().map(|one| match one {
        '<' | '>' | '&' | '"' | '\'' => "&#38;".len(),
        ' '..='~' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => one.len_utf8(),
        _ => WRITTEN_OUT,
    });
    each.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_weighs_what_it_has_on_a_page_at_least() {
        for (text, bytes) in [
            ("", 0),
            ("Quyết định 12/QĐ-UBND", "Quyết định 12/QĐ-UBND".len()),
            ("<a>&\"'", 26),
            ("\u{200B}z\u{336}", 21),
            ("\u{3164}", 10),
        ] {
            assert_eq!(written(text), bytes, "{text:?}");
        }
    }

    #[test]
    fn each_recipient_counts_by_itself() {
        let facts = |recipients: &str| DocumentFacts {
            recipients: Some(recipients.to_owned()),
            ..DocumentFacts::default()
        };
        let (one, three) = (words(&facts("abcde")), words(&facts("a;b;c")));
        assert_eq!((one, three), (5, 5 + 2 * AROUND_RECIPIENT));
    }
}
