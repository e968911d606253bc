//! A security officer's pages: the log, by filters and page by page, and whether it is in order.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::AuditQuery;
use kyso_core::{Refusal, Snapshot};
use kyso_evidence::Event;
use kyso_store::read::AuditRow;
use kyso_store::{Found, VerifyError};
use kyso_web::{
    Audit, AuditFilter, Choice, EntryRow, Foreign, Language, LogRow, Problems, Verification, Verify,
};
use serde_json::Value;

use super::answer::{at_field, page, status_of};
use super::entry;
use super::inbox::moment;
use super::naming;
use super::sent::{Sent, link, parameter};
use super::visitor::Visitor;
use crate::http::error::Problem;
use crate::http::management::audit::{self, Asked};
use crate::http::management::{persons, read, scope};

/// Entries on a page.
const PAGE: u32 = 50;

/// How entries end, and what that is called.
const OUTCOMES: [(&str, &str, &str); 5] = [
    ("ok", "Thành công", "Done"),
    ("started", "Bắt đầu", "Started"),
    ("refused", "Từ chối", "Refused"),
    ("failed", "Lỗi", "Failed"),
    ("unknown", "Không xác định", "Unknown"),
];

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/audit").route(web::get().to(list)))
        .service(
            web::resource("/audit/verify")
                .route(web::get().to(verify_form))
                .route(web::post().to(verify)),
        )
        .service(web::resource("/audit/{sequence}").route(web::get().to(entry::entry)));
}

async fn list(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = list_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

async fn list_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let snapshot = visitor.desk.policy().snapshot();
    let before = parameter(request, "before").map(|text| read::id(&text, "before"));
    let wanted = before.transpose().and_then(|before| {
        let query = query(visitor, &snapshot, request)?;
        Ok(Asked::read(&query)?.youngest_first(before))
    });
    let (found, next, problems) = match audit::found(&visitor.desk, wanted).await {
        Ok(found) => (found.rows, found.next, Problems::none()),
        Err(problem) => (Vec::new(), None, wrong(visitor, problem)?),
    };
    let rows = found.iter().filter_map(|one| row(visitor, &snapshot, one));
    let view = Audit {
        filter: filter(request, visitor.language),
        rows: rows.collect(),
        older: next.map(|last| older(request, last)),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

/// The parameters as the API has them: here people write logins, codes and times of Vietnam.
fn query(
    visitor: &Visitor,
    snapshot: &Snapshot,
    request: &HttpRequest,
) -> Result<AuditQuery, Problem> {
    let typed = |name| parameter(request, name).map(|text| text.trim().to_owned());
    let typed = |name| typed(name).filter(|text| !text.is_empty());
    let at = |name| typed(name).map(|text| naming::as_sent(&text));
    let (actor, client) = match typed("actor") {
        Some(name) => actor(visitor, snapshot, name),
        None => (None, None),
    };
    let number = |name| typed(name).map(|text| read::id(&text, name)).transpose();
    Ok(AuditQuery {
        limit: Some(PAGE),
        number: number("number")?,
        series: typed("series"),
        year: number("year")?,
        event: typed("event"),
        outcome: typed("outcome"),
        agency: typed("agency").map(|code| agency(snapshot, code)),
        credential: typed("credential"),
        from: at("from"),
        to: at("to"),
        actor,
        client,
        ..AuditQuery::default()
    })
}

/// The id of a person with this login or of a system with this name; anything else as it is.
fn actor(visitor: &Visitor, snapshot: &Snapshot, name: String) -> (Option<String>, Option<String>) {
    let seen = persons::seen(&visitor.desk, snapshot).unwrap_or_default();
    if let Some(person) = seen.iter().find(|person| person.login == name) {
        return (Some(person.id.to_string()), None);
    }
    let mut systems = snapshot.clients.by_id.values();
    match systems.find(|system| system.name == name) {
        Some(system) => (None, Some(system.id.to_string())),
        None => (Some(name), None),
    }
}

/// The id of the agency with this code; anything else as it is.
fn agency(snapshot: &Snapshot, code: String) -> String {
    let found = snapshot
        .agencies
        .values()
        .find(|agency| agency.codes.iter().any(|known| known.code == code));
    found.map_or(code, |agency| agency.id.to_string())
}

/// What is wrong with a filter, at its field.
fn wrong(visitor: &Visitor, problem: Problem) -> Result<Problems, Problem> {
    const FIELDS: [&str; 10] = [
        "actor",
        "agency",
        "credential",
        "event",
        "from",
        "number",
        "outcome",
        "series",
        "to",
        "year",
    ];
    at_field(problem, FIELDS, visitor.tongue())
}

fn older(request: &HttpRequest, last: i64) -> String {
    link("/ui/audit", request, "before", &last.to_string())
}

fn filter(request: &HttpRequest, language: Language) -> AuditFilter {
    let typed = |name| parameter(request, name).unwrap_or_default();
    let all = || choice(String::new(), language.choose("Tất cả", "All"), "");
    let (event, outcome) = (typed("event"), typed("outcome"));
    let events = Event::ALL.iter().map(|one| {
        let meaning = language.choose(one.vietnamese(), one.english());
        choice(one.name().to_owned(), meaning, &event)
    });
    let outcomes = OUTCOMES
        .iter()
        .map(|(word, vi, en)| choice((*word).to_owned(), language.choose(vi, en), &outcome));
    AuditFilter {
        from: typed("from"),
        to: typed("to"),
        events: std::iter::once(all()).chain(events).collect(),
        outcomes: std::iter::once(all()).chain(outcomes).collect(),
        actor: Foreign::new(&typed("actor")),
        agency: Foreign::new(&typed("agency")),
        credential: Foreign::new(&typed("credential")),
        number: Foreign::new(&typed("number")),
        series: Foreign::new(&typed("series")),
        year: Foreign::new(&typed("year")),
    }
}

fn choice(value: String, text: &str, chosen: &str) -> Choice {
    Choice {
        chosen: value == chosen,
        value,
        text: Foreign::new(text),
    }
}

/// None of one below zero, which is no entry's number.
fn row(visitor: &Visitor, snapshot: &Snapshot, row: &AuditRow) -> Option<LogRow> {
    let sequence = u64::try_from(row.sequence).ok()?;
    let entry = audit::read_entry(row);
    let whole = entry.and_then(|entry| whole(visitor, snapshot, sequence, &entry));
    Some(whole.map_or(LogRow::Spoilt(sequence), LogRow::Whole))
}

/// None of one that says no time, which none of ours is.
pub(super) fn whole(
    visitor: &Visitor,
    snapshot: &Snapshot,
    sequence: u64,
    entry: &Value,
) -> Option<EntryRow> {
    let word = |name: &str| entry[name].as_str().unwrap_or_default();
    let language = visitor.language;
    let event = Event::named(word("event"));
    let meaning = event.map(|event| language.choose(event.vietnamese(), event.english()));
    Some(EntryRow {
        sequence,
        at: moment(read::time(word("time"), "time").ok()?),
        meaning: Foreign::new(meaning.unwrap_or_default()),
        event: Foreign::new(word("event")),
        actor: who(visitor, snapshot, &entry["actor"]),
        about: about(visitor, snapshot, entry),
        outcome: outcome(language, word("outcome")),
        alarming: !matches!(word("outcome"), "ok" | "started"),
    })
}

/// What the end of an entry is called.
pub(super) fn outcome(language: Language, word: &str) -> Foreign {
    naming::word(&OUTCOMES, word, language)
}

fn who(visitor: &Visitor, snapshot: &Snapshot, actor: &Value) -> Foreign {
    match actor["id"].as_str() {
        Some(id) => named(visitor, snapshot, id),
        // Nobody but the server itself acts without an id.
        None => Foreign::new(visitor.language.choose("Máy chủ", "The server")),
    }
}

/// A name where the officer may see one, an id where not.
pub(super) fn named(visitor: &Visitor, snapshot: &Snapshot, id: &str) -> Foreign {
    let seen = |id| {
        let (caller, now) = (visitor.desk.actor.person()?, visitor.desk.now());
        let person = snapshot.people.by_id.get(&id)?;
        persons::sees(snapshot, caller, person, now).then(|| Foreign::new(&person.name))
    };
    let person = id.parse().ok().and_then(seen);
    let system = || {
        let system = snapshot.clients.by_id.get(&id.parse().ok()?)?;
        Some(Foreign::new(&system.display_name))
    };
    person.or_else(system).unwrap_or_else(|| Foreign::new(id))
}

fn about(visitor: &Visitor, snapshot: &Snapshot, entry: &Value) -> Foreign {
    let id = |name: &str| entry[name].as_str();
    subject(visitor, snapshot, id("credential"), id("agency"))
}

/// Whose credential it is about, or which agency.
pub(super) fn subject(
    visitor: &Visitor,
    snapshot: &Snapshot,
    credential: Option<&str>,
    agency: Option<&str>,
) -> Foreign {
    let now = visitor.desk.now();
    let seen = |id| {
        let caller = visitor.desk.actor.person()?;
        let credential = snapshot.credentials.get(&id)?;
        let sees = scope::sees(snapshot, caller, credential, now);
        sees.then(|| naming::owner(snapshot, credential, now))
    };
    let owner = credential.and_then(|id| id.parse().ok()).and_then(seen);
    let agency = || Some(naming::agency(snapshot, agency?.parse().ok()?, now));
    owner
        .or_else(agency)
        .unwrap_or_else(|| Foreign::new(credential.unwrap_or_default()))
}

async fn verify_form(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = if audit::is_officer(&visitor.desk) {
        Ok(verify_page(&visitor, None).await)
    } else {
        Err(Refusal::Forbidden.into())
    };
    visitor.show(&request, end).await
}

async fn verify_page(visitor: &Visitor, result: Option<Verification>) -> HttpResponse {
    let frame = visitor.frame().await;
    page(StatusCode::OK, Verify { frame, result }.render())
}

async fn verify(visitor: Visitor, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    match audit::verified(&visitor.desk).await {
        Ok(end) => verify_page(&visitor, Some(verification(&visitor, end))).await,
        Err(problem) => visitor.answer(Err(problem)).await,
    }
}

fn verification(visitor: &Visitor, end: Result<Found, VerifyError>) -> Verification {
    let at = moment(visitor.desk.now());
    match end {
        Ok(found) => Verification {
            at,
            entries: found.report.checked,
            vouched: found.outside(),
            root: hex::encode(found.report.frontier.root()),
            findings: Vec::new(),
        },
        // It ends at the first fault: there is no root of what follows.
        Err(fault) => Verification {
            at,
            entries: visitor.desk.app().journal().figures().read().size,
            vouched: None,
            root: String::new(),
            findings: vec![Foreign::new(&fault.to_string())],
        },
    }
}
