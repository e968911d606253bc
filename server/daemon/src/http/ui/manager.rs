//! A subscriber manager's pages: people, and how far the roll-out has come.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::Secret;
use kyso_api::problem::ProblemCode;
use kyso_core::id::{AgencyId, PersonId};
use kyso_core::model::{Credential, Owner, Person};
use kyso_core::{Snapshot, Timestamp};
use kyso_web::{Coverage, CoverageRow, Foreign, Occasion, People, PersonPage, PersonRow};

use super::agency::level;
use super::answer::{page, told};
use super::credentials::{badge, row};
use super::inbox::moment;
use super::naming;
use super::power::{authorities_held, roles_held};
use super::sent::{Sent, further, otp, parameter};
use super::visitor::{Visitor, see_other};
use crate::http::error::Problem;
use crate::http::management::{credentials, persons, read, reports};

/// Most people on a page.
const PAGE: usize = 50;
/// Most levels on a page of the coverage: a level is whatever word agencies were registered with.
const LEVELS: usize = 10;

/// Most agencies on a page of the coverage.
const COVERED: usize = 80;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config
        .service(web::resource("/people").route(get().to(people)))
        .service(web::resource("/people/{id}").route(get().to(person)))
        .service(web::resource("/people/{id}/{act}").route(post().to(act)))
        .service(web::resource("/coverage").route(get().to(coverage)));
}

async fn people(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = people_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

async fn people_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let wanted = parameter(request, "q").unwrap_or_default();
    let agency = parameter(request, "agency").filter(|id| !id.is_empty());
    let agency: Option<AgencyId> = agency.map(|id| read::id(&id, "agency")).transpose()?;
    let from: usize = parameter(request, "from").map_or(Ok(0), |text| read::id(&text, "from"))?;
    let mut seen = persons::seen(&visitor.desk, &snapshot)?;
    seen.retain(|person| agency.is_none_or(|agency| person.agency == agency));
    seen.retain(|person| {
        let text = format!("{} {} {}", person.name, person.login, person.position);
        kyso_web::found_in(&wanted, &text)
    });
    seen.sort_by_cached_key(|person| kyso_web::person_order(&person.name));
    let held = held(visitor, &snapshot)?;
    let rows = seen.iter().skip(from).take(PAGE);
    let rows = rows.map(|one| person_row(&snapshot, one, &held, now));
    let mut people: Vec<PersonRow> = rows.collect();
    kyso_web::cut(&mut people, 0);
    let next = from.saturating_add(people.len());
    let view = People {
        wanted: Foreign::new(&wanted),
        may_register: visitor.manages(),
        people,
        older: (seen.len() > next).then(|| further("/ui/people", request, next)),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// Of each person the credential that counts: one in use, else the youngest.
fn held<'a>(
    visitor: &Visitor,
    snapshot: &'a Snapshot,
) -> Result<HashMap<PersonId, &'a Credential>, Problem> {
    let mut held: HashMap<PersonId, &Credential> = HashMap::new();
    for credential in credentials::all_seen(&visitor.desk, snapshot)? {
        if let Owner::Person(person) = credential.owner {
            let before = held.get(&person);
            if before.is_none_or(|before| badge(before) != kyso_web::CredentialState::Active) {
                held.insert(person, credential);
            }
        }
    }
    Ok(held)
}

fn person_row(
    snapshot: &Snapshot,
    person: &Person,
    held: &HashMap<PersonId, &Credential>,
    now: Timestamp,
) -> PersonRow {
    PersonRow {
        id: person.id.to_string(),
        name: Foreign::new(&person.name),
        position: Foreign::new(&person.position),
        agency: naming::agency(snapshot, person.agency, now),
        credential: held.get(&person.id).map(|credential| badge(credential)),
    }
}

async fn person(visitor: Visitor, request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let end = person_page(&visitor, &path).await;
    visitor.show(&request, end).await
}

async fn person_page(visitor: &Visitor, path: &str) -> Result<HttpResponse, Problem> {
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let person = seen_person(visitor, &snapshot, path)?;
    let id = person.id;
    let mut theirs = credentials::all_seen(&visitor.desk, &snapshot)?;
    theirs.retain(|credential| credential.owner == Owner::Person(id));
    let view = PersonPage {
        id: id.to_string(),
        name: Foreign::new(&person.name),
        login: Foreign::new(&person.login),
        position: Foreign::new(&person.position),
        agency: naming::agency(&snapshot, person.agency, now),
        roles: roles_held(visitor, &snapshot, id)?,
        authorities: authorities_held(visitor, &snapshot, id)?,
        manages: visitor.manages_at(person.agency),
        enrolled: persons::is_enrolled(&snapshot, id),
        credentials: theirs.iter().map(|one| row(&snapshot, one, now)).collect(),
        ended: person.ended_at.is_some_and(|end| end <= now),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// The person of this id in a path, if the reader may see them.
///
/// # Errors
/// `not_found`.
pub fn seen_person<'a>(
    visitor: &Visitor,
    snapshot: &'a Snapshot,
    path: &str,
) -> Result<&'a Person, Problem> {
    let id: PersonId = read::path_id(path)?;
    let seen = persons::seen(&visitor.desk, snapshot)?;
    let found = seen.into_iter().find(|person| person.id == id);
    found.ok_or_else(|| ProblemCode::NotFound.into())
}

async fn act(visitor: Visitor, path: web::Path<(String, String)>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let (id, act) = &*path;
    let otp = otp(&sent);
    let end = match act.as_str() {
        "enrolment-code" => code(&visitor, id).await,
        "reset-factors" => reset(&visitor, id, otp.as_ref()).await,
        "end" => persons::end_now(&visitor.desk, id)
            .await
            .map(|()| see_other(&format!("/ui/people/{id}"))),
        _ => Err(ProblemCode::NotFound.into()),
    };
    visitor.answer(end).await
}

/// A code is shown on the page that answers, once.
async fn code(visitor: &Visitor, id: &str) -> Result<HttpResponse, Problem> {
    match persons::give_code(&visitor.desk, id).await? {
        persons::Given::Code(given) => {
            let (vi, en) = ("Mã kích hoạt, hiện một lần", "Enrolment code, shown once");
            let name = visitor.language.choose(vi, en);
            Ok(once(visitor, name, given.code.expose()).await)
        }
        persons::Given::Half(change) => Ok(half(visitor, change.enrolment_half.as_ref()).await),
    }
}

async fn reset(visitor: &Visitor, id: &str, otp: Option<&Secret>) -> Result<HttpResponse, Problem> {
    let change = persons::propose_reset(&visitor.desk, id, otp).await?;
    Ok(half(visitor, change.enrolment_half.as_ref()).await)
}

/// One's half of a code; nobody else has it.
pub async fn half(visitor: &Visitor, half: Option<&Secret>) -> HttpResponse {
    let name = visitor.language.choose(
        "Nửa mã kích hoạt của anh/chị, hiện một lần; người thứ hai có nửa kia",
        "Your half of the enrolment code, shown once; the second person has the other",
    );
    once(visitor, name, half.map_or("", Secret::expose)).await
}

async fn once(visitor: &Visitor, name: &str, secret: &str) -> HttpResponse {
    let frame = visitor.frame().await;
    let detail = format!("{name}: {secret}");
    page(
        StatusCode::OK,
        told(frame, Occasion::Done, &detail, visitor.desk.call),
    )
}

async fn coverage(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = coverage_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

async fn coverage_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let from: usize = parameter(request, "from").map_or(Ok(0), |text| read::id(&text, "from"))?;
    let mut rows = reports::rows(&visitor.desk).await?;
    rows.sort_by_cached_key(|row| kyso_web::vietnamese_order(&row.name));
    let mut levels = reports::levels(&rows);
    levels.truncate(LEVELS);
    let levels = levels.into_iter().map(|sum| CoverageRow {
        name: level(&sum.level, visitor.language),
        people: sum.required,
        active: sum.certified,
        used: sum.used,
    });
    let rows = rows.into_iter().map(|row| CoverageRow {
        name: Foreign::new(&row.name),
        people: row.required,
        active: row.certified,
        used: row.used,
    });
    let rows: Vec<CoverageRow> = rows.collect();
    let next = from.saturating_add(COVERED);
    let view = Coverage {
        at: moment(visitor.desk.now()),
        total: CoverageRow::total(&rows),
        levels: levels.collect(),
        further: (rows.len() > next).then(|| further("/ui/coverage", request, next)),
        rows: rows.into_iter().skip(from).take(COVERED).collect(),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}
