//! A subscriber manager's pages: people, and how far the roll-out has come.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::Secret;
use kyso_api::problem::ProblemCode;
use kyso_core::Snapshot;
use kyso_core::id::{AgencyId, PersonId};
use kyso_core::model::{Credential, Owner, Person};
use kyso_web::{Coverage, CoverageRow, Foreign, Occasion, People, PersonPage, PersonRow};

use super::answer::{page, told};
use super::credentials::{badge, row};
use super::inbox::moment;
use super::sent::{Sent, further, one, parameter};
use super::visitor::{Visitor, role, see_other};
use super::{naming, tree};
use crate::http::error::Problem;
use crate::http::management::{credentials, persons, read, reports, roles};

/// Most people on a page.
const PAGE: usize = 50;
/// Most agencies on a page of the coverage.
const COVERED: usize = 80;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config
        .service(web::resource("/agencies").route(get().to(tree::tree)))
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
    let snapshot = visitor.desk.policy().snapshot();
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
    let next = from.saturating_add(PAGE);
    let rows = seen.iter().skip(from).take(PAGE);
    let view = People {
        wanted: Foreign::new(&wanted),
        may_register: visitor.manages(),
        people: rows.map(|one| person_row(&snapshot, one, &held)).collect(),
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
) -> PersonRow {
    PersonRow {
        id: person.id.to_string(),
        name: Foreign::new(&person.name),
        position: Foreign::new(&person.position),
        agency: naming::agency(snapshot, person.agency),
        credential: held.get(&person.id).map(|credential| badge(credential)),
    }
}

async fn person(visitor: Visitor, request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let end = person_page(&visitor, &path).await;
    visitor.show(&request, end).await
}

async fn person_page(visitor: &Visitor, path: &str) -> Result<HttpResponse, Problem> {
    let id: PersonId = read::path_id(path)?;
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let seen = persons::seen(&visitor.desk, &snapshot)?;
    let person = seen.into_iter().find(|person| person.id == id);
    let person = person.ok_or(ProblemCode::NotFound)?;
    let mut theirs = credentials::all_seen(&visitor.desk, &snapshot)?;
    theirs.retain(|credential| credential.owner == Owner::Person(id));
    let view = PersonPage {
        id: id.to_string(),
        name: Foreign::new(&person.name),
        login: Foreign::new(&person.login),
        position: Foreign::new(&person.position),
        agency: naming::agency(&snapshot, person.agency),
        roles: roles_of(visitor, &snapshot, id)?,
        authorities: authorities_of(visitor, &snapshot, id)?,
        enrolled: persons::is_enrolled(&snapshot, id),
        credentials: theirs.iter().map(|one| row(&snapshot, one, now)).collect(),
        ended: person.ended_at.is_some_and(|end| end <= now),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

fn roles_of(visitor: &Visitor, snapshot: &Snapshot, id: PersonId) -> Result<Vec<Foreign>, Problem> {
    let mut seen = roles::seen(&visitor.desk, snapshot)?;
    seen.retain(|grant| grant.person == id);
    let shown = seen.into_iter().map(|grant| {
        let name = role(grant.role).name(visitor.language);
        match grant.agency {
            Some(at) => format!("{name}, {}", naming::agency(snapshot, at).plain()),
            None => name.to_owned(),
        }
    });
    Ok(shown.map(Foreign::from).collect())
}

fn authorities_of(
    visitor: &Visitor,
    snapshot: &Snapshot,
    id: PersonId,
) -> Result<Vec<Foreign>, Problem> {
    let mut seen = roles::authorities_seen(&visitor.desk, snapshot)?;
    seen.retain(|record| record.person == id);
    let shown = seen.into_iter().map(|record| {
        let (from, until) = (
            moment(record.valid_from).day(),
            moment(record.valid_until).day(),
        );
        let at = naming::agency(snapshot, record.agency);
        format!(
            "{}. {}, {from} – {until}, {}",
            record.kind.name(),
            at.plain(),
            record.basis
        )
    });
    Ok(shown.map(Foreign::from).collect())
}

async fn act(visitor: Visitor, path: web::Path<(String, String)>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let (id, act) = &*path;
    let otp = Some(one(&sent, "otp").trim()).filter(|otp| !otp.is_empty());
    let otp = otp.map(Secret::new);
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
    let rows = rows.into_iter().map(|row| CoverageRow {
        agency: Foreign::new(&row.name),
        people: row.required,
        active: row.certified,
        used: row.used,
    });
    let rows: Vec<CoverageRow> = rows.collect();
    let next = from.saturating_add(COVERED);
    let view = Coverage {
        at: moment(visitor.desk.now()),
        total: CoverageRow::total(&rows),
        further: (rows.len() > next).then(|| further("/ui/coverage", request, next)),
        rows: rows.into_iter().skip(from).take(COVERED).collect(),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}
