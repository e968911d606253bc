//! One entry of the log as a security officer reads it: whole, on as many pages as it takes.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::AuditQuery;
use kyso_api::problem::ProblemCode;
use kyso_store::read::AuditRow;
use kyso_web::{Commitment, EntryPage, EntryRow, Foreign, SpoiltEntry, Weighed, cut};
use serde_json::Value;

use super::answer::page;
use super::officer::whole;
use super::sent::{further, parameter};
use super::visitor::Visitor;
use crate::http::error::Problem;
use crate::http::management::audit::{self, Asked};
use crate::http::management::read;

/// What is asked of an entry: its number, and the first of its parts that the page shows.
struct Wanted<'a> {
    request: &'a HttpRequest,
    sequence: u64,
    from: usize,
}

/// Answers `/ui/audit/{sequence}?from=`.
pub async fn entry(
    visitor: Visitor,
    request: HttpRequest,
    path: web::Path<String>,
) -> HttpResponse {
    let end = entry_page(&visitor, &request, &path).await;
    visitor.show(&request, end).await
}

async fn entry_page(
    visitor: &Visitor,
    request: &HttpRequest,
    path: &str,
) -> Result<HttpResponse, Problem> {
    let sequence: u64 = read::path_id(path)?;
    let from = parameter(request, "from").map_or(Ok(0), |text| read::id(&text, "from"))?;
    let query = AuditQuery {
        after: sequence.checked_sub(1),
        limit: Some(1),
        ..AuditQuery::default()
    };
    let found = audit::found(&visitor.desk, Asked::read(&query)).await?;
    let one = found.rows.first();
    let one = one.filter(|row| u64::try_from(row.sequence) == Ok(sequence));
    let one = one.ok_or(ProblemCode::NotFound)?;
    let after = found.next.map(|_| sequence.saturating_add(1));
    let wanted = Wanted {
        request,
        sequence,
        from,
    };
    entry_or_spoilt(visitor, &wanted, one, (sequence.checked_sub(1), after)).await
}

async fn entry_or_spoilt(
    visitor: &Visitor,
    wanted: &Wanted<'_>,
    stored: &AuditRow,
    neighbours: (Option<u64>, Option<u64>),
) -> Result<HttpResponse, Problem> {
    let (leaf_hash, frame) = (hex::encode(&stored.leaf), visitor.frame().await);
    let html = match read_whole(visitor, wanted.sequence, stored) {
        Some((entry, row)) => {
            let parts = Parts::of(stored, &entry, wanted.from);
            EntryPage {
                further: parts.next.map(|next| wanted.further(next)),
                json: parts.lines,
                commitments: parts.commitments,
                frame,
                leaf_hash,
                neighbours,
                row,
            }
            .render()
        }
        None => SpoiltEntry {
            frame,
            leaf_hash,
            neighbours,
            sequence: wanted.sequence,
        }
        .render(),
    };
    Ok(page(StatusCode::OK, html))
}

impl Wanted<'_> {
    fn further(&self, next: usize) -> String {
        further(&format!("/ui/audit/{}", self.sequence), self.request, next)
    }
}

fn read_whole(visitor: &Visitor, sequence: u64, row: &AuditRow) -> Option<(Value, EntryRow)> {
    let entry = audit::read_entry(row)?;
    let snapshot = visitor.desk.policy().snapshot();
    let row = whole(visitor, &snapshot, sequence, &entry)?;
    Some((entry, row))
}

/// What one page shows of an entry. Its parts are the commitments and after them the lines, counted from 0.
struct Parts {
    commitments: Vec<Commitment>,
    lines: Vec<Foreign>,
    /// The first part that is not shown any more.
    next: Option<usize>,
}

impl Parts {
    /// As many as one page holds, from this one on.
    fn of(row: &AuditRow, entry: &Value, from: usize) -> Self {
        let (mut commitments, mut lines) = (commitments(row, entry), lines(entry));
        let (committed, all) = (commitments.len(), commitments.len() + lines.len());
        commitments.drain(..from.min(committed));
        lines.drain(..from.saturating_sub(committed).min(lines.len()));
        if cut(&mut commitments, 0).is_some() {
            lines.clear();
        }
        let beside = commitments.iter().map(Weighed::weight).sum();
        cut(&mut lines, beside);
        let next = from.min(all) + commitments.len() + lines.len();
        Self {
            next: (next < all).then_some(next),
            commitments,
            lines,
        }
    }
}

fn lines(entry: &Value) -> Vec<Foreign> {
    let text = serde_json::to_string_pretty(entry).unwrap_or_default();
    text.lines().map(Foreign::new).collect()
}

fn commitments(row: &AuditRow, entry: &Value) -> Vec<Commitment> {
    let committed = entry["commitments"].as_object().into_iter().flatten();
    let each = committed.map(|(member, hash)| {
        // What does not fit is not shown: somebody else may have written it.
        let spoilt = row.tampered.contains(member).then(Foreign::default);
        let opening = row.openings.get(member);
        let text = opening.map(|value| Foreign::new(&String::from_utf8_lossy(value)));
        Commitment {
            member: Foreign::new(member),
            hash: hash.as_str().unwrap_or_default().to_owned(),
            fits: text.is_some(),
            opening: text.or(spoilt),
        }
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    /// The entry of a call for so many documents of which much is said.
    fn stored(documents: usize) -> (AuditRow, Value) {
        let member = |at: usize| format!("document_{at:03}");
        let hash = || json!("9f86d081884c7d659a2feaa0c55ad015".repeat(2));
        let committed = (0..documents).map(|at| (member(at), hash()));
        let opening = format!("{{\"abstract\":\"{}\"}}", "&".repeat(500)).into_bytes();
        let digests = (0..documents).map(|_| json!({"alg": "sha512", "value": hash()}));
        let entry = json!({
            "commitments": committed.collect::<serde_json::Map<_, _>>(),
            "digests": digests.collect::<Value>(),
        });
        let openings = (0..documents).map(|at| (member(at), opening.clone()));
        let row = AuditRow {
            sequence: 7,
            entry: entry.to_string().into_bytes(),
            leaf: vec![0; 32],
            openings: openings.collect::<BTreeMap<_, _>>(),
            tampered: Vec::new(),
        };
        (row, entry)
    }

    #[test]
    fn the_pages_of_an_entry_hold_all_of_it_and_nothing_twice() {
        for (documents, at_least) in [(0, 1), (1, 1), (60, 2), (200, 7)] {
            let (row, entry) = stored(documents);
            let (mut members, mut text, mut pages, mut from) = (Vec::new(), Vec::new(), 0, Some(0));
            while let Some(first) = from {
                let parts = Parts::of(&row, &entry, first);
                members.extend(parts.commitments);
                text.extend(parts.lines);
                (pages, from) = (pages + 1, parts.next);
            }
            assert!(pages >= at_least, "{documents} on {pages}");
            assert_eq!(members, commitments(&row, &entry), "{documents}");
            assert_eq!(text, lines(&entry), "{documents}");
        }
    }

    #[test]
    fn behind_its_end_there_is_nothing() {
        let (row, entry) = stored(1);
        for from in [10_000, usize::MAX] {
            let parts = Parts::of(&row, &entry, from);
            assert!(parts.commitments.is_empty() && parts.lines.is_empty());
            assert_eq!(parts.next, None);
        }
    }
}
