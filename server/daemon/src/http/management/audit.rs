//! `GET audit`: the log, for security officers only; reading it is an entry of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::{AuditEntry, AuditPage, AuditQuery};
use kyso_api::problem::ProblemCode;
use kyso_core::model::Role;
use kyso_core::series::Series;
use kyso_core::{Draft, Refusal, Timestamp};
use kyso_evidence::entry::Outcome;
use kyso_evidence::{Event, leaf_hash};
use kyso_store::read::{self as rows, AuditFilter, AuditRow, DocumentNumber};
use kyso_store::{Found, VerifyError};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::{read, stored};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// Entries of a page: when nothing is said, and at most.
const PAGE: u32 = 100;
const MOST: u16 = 1000;
/// Longest series, in bytes.
const SERIES: usize = 500;
/// When to try again while the log is being verified.
const SHORTLY: Duration = Duration::from_secs(5);

/// Answers the call.
///
/// # Errors
/// [`Problem`].
pub async fn page(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = read::query(request.query_string()).and_then(|query| Asked::read(&query));
    let page = found(&desk, asked).await?;
    let entries = page.rows.into_iter().filter_map(wire).collect();
    let next = page.next.and_then(|next| u64::try_from(next).ok());
    Ok(HttpResponse::Ok().json(AuditPage { entries, next }))
}

/// Reads what was asked for, as this officer; that it was read is an entry.
///
/// # Errors
/// [`Problem`].
pub async fn found(desk: &Desk, asked: Result<Asked, Problem>) -> Result<rows::AuditPage, Problem> {
    // Whoever may not read the log learns nothing of what is wrong with the question.
    let facts = asked
        .as_ref()
        .ok()
        .map(|asked| |draft| with_facts(draft, asked));
    admit(desk, facts).await?;
    let Asked { filter, limit, .. } = asked?;
    stored::audit_page(desk.app(), filter, limit).await
}

/// A question that can be answered.
#[derive(Debug)]
pub struct Asked {
    filter: AuditFilter,
    limit: u16,
    names: Option<String>,
}

impl Asked {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_field` naming the one that is wrong.
    pub fn read(query: &AuditQuery) -> Result<Self, Problem> {
        let (filter, limit) = filter(query)?;
        let names = names(query);
        Ok(Self {
            filter,
            limit,
            names,
        })
    }

    /// The youngest first, from the one before this sequence on.
    #[must_use]
    pub fn youngest_first(mut self, before: Option<i64>) -> Self {
        self.filter.before = Some(before.unwrap_or(i64::MAX));
        self
    }
}

/// Whether this caller is a security officer now.
pub fn is_officer(desk: &Desk) -> bool {
    let snapshot = desk.policy().snapshot();
    let holds = |person| snapshot.holds_anywhere_at(person, Role::SecurityOfficer, desk.now());
    desk.actor.person().is_some_and(holds)
}

/// The entry comes first, so nobody reads what is not seen to be read. An officer whose question
/// cannot be answered reads nothing, so it leaves no entry.
///
/// # Errors
/// `forbidden` for anybody else.
pub async fn admit(desk: &Desk, facts: Option<impl FnOnce(Draft) -> Draft>) -> Result<(), Problem> {
    if !is_officer(desk) {
        let draft = desk.refused(Event::AuditRead);
        let draft = match facts {
            Some(facts) => facts(draft),
            None => draft,
        };
        desk.note(draft.because(Refusal::Forbidden)).await?;
        return Err(Refusal::Forbidden.into());
    }
    if let Some(facts) = facts {
        let (actor, request) = (&desk.actor, desk.call.request);
        let draft = Draft::new(Event::AuditRead, Outcome::Ok, actor, request);
        desk.note(facts(draft)).await?;
    }
    Ok(())
}

/// Verifications that run at once: each reads the whole log.
static VERIFYING: Semaphore = Semaphore::const_new(1);

/// Verifies the whole log, as this officer, and says so in it: the entries, or the first fault.
///
/// # Errors
/// [`Problem`]; `too_many_requests` while another one runs.
pub async fn verified(desk: &Desk) -> Result<Result<Found, VerifyError>, Problem> {
    if !is_officer(desk) {
        let draft = desk.refused(Event::AuditVerified);
        desk.note(draft.because(Refusal::Forbidden)).await?;
        return Err(Refusal::Forbidden.into());
    }
    let busy = || Problem::from(ProblemCode::TooManyRequests).after(SHORTLY);
    let _turn = VERIFYING.try_acquire().map_err(|_| busy())?;
    let app = desk.shared();
    let known = app.log.known();
    let end = web::block(move || app.store.database().verify(known, &mut |_| ())).await;
    let end = match end.map_err(|_| ProblemCode::Internal)? {
        Err(VerifyError::Store(error)) => return Err(stored::unreadable(error)),
        found => found,
    };
    let (actor, request) = (&desk.actor, desk.call.request);
    let draft = Draft::new(Event::AuditVerified, Outcome::Ok, actor, request);
    let found = if end.is_ok() { "no_fault" } else { "fault" };
    desk.note(draft.fact("found", found)).await?;
    Ok(end)
}

/// What was asked for, as far as it could be read.
fn with_facts(mut draft: Draft, asked: &Asked) -> Draft {
    draft = draft.fact("limit", i64::from(asked.limit));
    if let Some(names) = &asked.names {
        draft = draft.fact("filters", names.clone());
    }
    if let Some(before) = asked.filter.before.filter(|before| *before < i64::MAX) {
        draft = draft.fact("before", before);
    }
    match asked.filter.after {
        Some(after) => draft.fact("after", after),
        None => draft,
    }
}

/// The filters that were asked for by name, since what they say may be somebody's; `None` without.
fn names(query: &AuditQuery) -> Option<String> {
    let asked = [
        ("actor", query.actor.is_some()),
        ("agency", query.agency.is_some()),
        ("client", query.client.is_some()),
        ("credential", query.credential.is_some()),
        ("event", query.event.is_some()),
        ("from", query.from.is_some()),
        ("number", query.number.is_some()),
        ("outcome", query.outcome.is_some()),
        ("request", query.request.is_some()),
        ("series", query.series.is_some()),
        ("to", query.to.is_some()),
        ("year", query.year.is_some()),
    ];
    let names = asked.into_iter().filter(|(_, asked)| *asked);
    let names: Vec<&str> = names.map(|(name, _)| name).collect();
    (!names.is_empty()).then(|| names.join(","))
}

fn filter(query: &AuditQuery) -> Result<(AuditFilter, u16), Problem> {
    let limit = query.limit.unwrap_or(PAGE);
    let limit = u16::try_from(limit)
        .ok()
        .filter(|limit| (1..=MOST).contains(limit));
    let after = query.after.map(i64::try_from).transpose();
    let filter = AuditFilter {
        after: after.map_err(|_| Problem::field("after"))?,
        before: None,
        event: query.event.as_deref().map(event).transpose()?,
        events: Vec::new(),
        outcome: query.outcome.as_deref().map(outcome).transpose()?,
        actor: read::optional_id(query.actor.as_ref(), "actor")?,
        credential: read::optional_id(query.credential.as_ref(), "credential")?,
        agency: read::optional_id(query.agency.as_ref(), "agency")?,
        client: read::optional_id(query.client.as_ref(), "client")?,
        request: read::optional_id(query.request.as_ref(), "request")?,
        number: number(query)?,
        from: time(query.from.as_ref(), "from")?,
        to: time(query.to.as_ref(), "to")?,
    };
    Ok((filter, limit.ok_or_else(|| Problem::field("limit"))?))
}

/// A series or a year without a number names nothing.
fn number(query: &AuditQuery) -> Result<Option<DocumentNumber>, Problem> {
    let wrong = |field| Err(Problem::field(field));
    let series = match &query.series {
        Some(text) if text.len() > SERIES => return wrong("series"),
        Some(text) => Some(Series::new(text).ok_or_else(|| Problem::field("series"))?),
        None => None,
    };
    match query.number {
        None if series.is_some() => wrong("series"),
        None if query.year.is_some() => wrong("year"),
        Some(0) => wrong("number"),
        number => Ok(number.map(|number| DocumentNumber {
            number,
            series,
            year: query.year,
        })),
    }
}

fn event(name: &str) -> Result<String, Problem> {
    let known = Event::named(name).ok_or_else(|| Problem::field("event"))?;
    Ok(known.name().to_owned())
}

/// One of the words that entries have for their outcome.
fn outcome(name: &str) -> Result<String, Problem> {
    let known = serde_json::from_value::<Outcome>(name.into());
    known
        .map(|_| name.to_owned())
        .map_err(|_| Problem::field("outcome"))
}

fn time(text: Option<&String>, field: &'static str) -> Result<Option<Timestamp>, Problem> {
    text.map(|text| read::time(text, field)).transpose()
}

/// The entry as JSON, if its bytes are those that were hashed. Of one that somebody changed nothing is
/// shown, and it hides no other. Whether the hashes themselves stand, verification says.
pub fn read_entry(row: &AuditRow) -> Option<Value> {
    let fits = leaf_hash(&row.entry) == row.leaf.as_slice();
    let entry = fits.then(|| serde_json::from_slice(&row.entry).ok());
    let entry = entry.flatten().filter(Value::is_object);
    if entry.is_none() {
        tracing::error!(sequence = row.sequence, "an entry was tampered with");
    }
    entry
}

/// Nothing of a row below zero: no entry has such a number.
fn wire(row: AuditRow) -> Option<AuditEntry> {
    let sequence = u64::try_from(row.sequence).ok()?;
    let leaf_hash = hex::encode(&row.leaf);
    let Some(entry) = read_entry(&row) else {
        return Some(AuditEntry {
            sequence,
            leaf_hash,
            entry: Value::Object(serde_json::Map::new()),
            openings: BTreeMap::new(),
            tampered: vec!["entry".to_owned()],
        });
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let openings = row
        .openings
        .into_iter()
        .map(|(field, value)| (field, text(value)))
        .collect();
    Some(AuditEntry {
        sequence,
        leaf_hash,
        entry,
        openings,
        tampered: row.tampered,
    })
}

#[cfg(test)]
mod tests {
    use kyso_core::id::RequestId;

    use super::*;

    #[test]
    fn only_bytes_that_were_hashed_are_read() {
        let row = |entry: &str, hashed: &str| AuditRow {
            sequence: 7,
            entry: entry.into(),
            leaf: leaf_hash(hashed.as_bytes()).to_vec(),
            openings: BTreeMap::from([("reason".to_owned(), b"x".to_vec())]),
            tampered: Vec::new(),
        };
        let whole = r#"{"v":1}"#;
        assert_eq!(wire(row(whole, whole)).unwrap().entry["v"], 1);
        for (entry, hashed) in [
            (whole, r#"{"v":2}"#),
            ("", ""),
            ("\u{0}", "\u{0}"),
            ("[1]", "[1]"),
        ] {
            let given = wire(row(entry, hashed)).unwrap();
            assert_eq!(given.tampered, ["entry"], "{entry:?}");
            assert_eq!(given.entry, serde_json::json!({}), "{entry:?}");
            assert!(given.openings.is_empty(), "{entry:?}");
        }
        let below = AuditRow {
            sequence: -1,
            ..row(whole, whole)
        };
        assert_eq!(wire(below), None);
    }

    #[test]
    fn filters_are_read() {
        let query = AuditQuery {
            after: Some(7),
            event: Some("signature.intent".into()),
            outcome: Some("refused".into()),
            actor: Some(RequestId::random().to_string()),
            from: Some("2026-01-01T00:00:00Z".into()),
            ..AuditQuery::default()
        };
        let (filter, limit) = filter(&query).unwrap();
        assert_eq!((filter.after, u32::from(limit)), (Some(7), PAGE));
        assert!(filter.actor.is_some() && filter.from.is_some() && filter.to.is_none());
    }

    #[test]
    fn bad_filters_are_refused() {
        let bad: [fn(&mut AuditQuery); 7] = [
            |q| q.limit = Some(0),
            |q| q.limit = Some(u32::from(MOST) + 1),
            |q| q.event = Some("signature.forged".into()),
            |q| q.outcome = Some("perhaps".into()),
            |q| q.actor = Some("an".into()),
            |q| q.credential = Some("'; --".into()),
            |q| q.to = Some("tomorrow".into()),
        ];
        for (case, change) in bad.into_iter().enumerate() {
            let mut query = AuditQuery::default();
            change(&mut query);
            assert!(filter(&query).is_err(), "{case}");
        }
    }
}
