//! One agency: a subscriber manager looks at it and registers it.

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::{AgencyCode, AgencyCodeFormat, NewAgency};
use kyso_api::problem::ProblemCode;
use kyso_core::id::AgencyId;
use kyso_core::model::{Agency, CodeFormat};
use kyso_core::{Snapshot, Timestamp};
use kyso_web::{
    AgencyPage, Authorized, Choice, Foreign, Language, Moment, Problems, RegisterAgency,
};

use super::answer::{At, page, status_of};
use super::inbox::moment;
use super::power::how;
use super::sent::{Sent, filled, one, parameter};
use super::visitor::Visitor;
use super::{naming, reorganising, tree};
use crate::http::error::Problem;
use crate::http::management::{agencies, persons, read, roles};

/// Where the agencies are.
pub(super) const PLACE: &str = "/ui/agencies";

/// Most people on the page who may sign in another's place; somebody's own page shows all of theirs.
const AUTHORIZED: usize = 50;

/// Most names and most places on the page: what holds now, what comes next and what was last.
const DATES: usize = 8;

/// Levels of government since July 2025, as the API names them and as people do.
const LEVELS: [(&str, &str, &str); 2] = [
    ("tinh", "Cấp tỉnh", "Province"),
    ("xa", "Cấp xã", "Commune"),
];

/// What stands against a code.
pub(super) const TAKEN: At = At::because(
    "code",
    "Mã này đã là của một cơ quan; mã không được dùng lại.",
    "This is an agency's code already; a code is never given again.",
);

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config
        .service(web::resource("/agencies").route(get().to(tree::tree)))
        .service(
            web::resource("/agencies/new")
                .route(get().to(form))
                .route(post().to(register)),
        )
        .service(web::resource("/agencies/{id}").route(get().to(agency)))
        .service(web::resource("/agencies/{id}/codes").route(post().to(reorganising::add_code)))
        .service(web::resource("/agencies/{id}/codes/end").route(post().to(reorganising::end_code)))
        .service(web::resource("/agencies/{id}/move").route(post().to(reorganising::relocate)))
        .service(web::resource("/agencies/{id}/rename").route(post().to(reorganising::rename)))
        .service(web::resource("/agencies/{id}/end").route(post().to(reorganising::end)));
}

async fn agency(visitor: Visitor, request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let end = agency_page(&visitor, &path, None, Problems::none()).await;
    visitor.show(&request, end).await
}

pub(super) async fn agency_page(
    visitor: &Visitor,
    path: &str,
    sent: Option<&Sent>,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    let id: AgencyId = read::path_id(path)?;
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let people = persons::seen(&visitor.desk, &snapshot)?;
    let people = people.iter().filter(|person| person.agency == id).count();
    let agency = snapshot.agencies.get(&id).ok_or(ProblemCode::NotFound)?;
    let typed = |name| sent.map_or("", |sent| one(sent, name));
    let codes = |counts: bool| {
        let codes = agency.codes.iter();
        let codes = codes.filter(move |code| code.valid_until.is_none() == counts);
        codes.map(|code| Foreign::new(&code.code)).collect()
    };
    let view = AgencyPage {
        id: id.to_string(),
        name: Foreign::new(agency.name.at(now)),
        above: agency.parent.at(now).map(|above| {
            let name = naming::agency(&snapshot, above, now);
            (above.to_string(), name)
        }),
        names: names(agency, now),
        places: places(&snapshot, agency, now),
        codes: codes(true),
        former_codes: codes(false),
        kind: Foreign::new(&agency.kind),
        level: level(&agency.level, visitor.language),
        from: moment(agency.valid_from),
        until: agency.valid_until.map(moment),
        ended: agency.valid_until.is_some_and(|end| end <= now),
        people: u32::try_from(people).unwrap_or(u32::MAX),
        authorities: authorized(visitor, &snapshot, id)?,
        manages: visitor.manages_at(id),
        code: Foreign::new(typed("code")),
        new_above: Foreign::new(typed("above")),
        moved_from: typed("moved_from").to_owned(),
        new_name: Foreign::new(typed("name")),
        named_from: typed("named_from").to_owned(),
        at: typed("at").to_owned(),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

/// Its names by date, where there is more than one.
fn names(agency: &Agency, now: Timestamp) -> Vec<(Moment, Foreign)> {
    let names = agencies::by_date(&agency.name, agency.valid_from);
    let shown = around(names.collect(), now).into_iter();
    shown
        .map(|(from, name)| (moment(from), Foreign::new(name)))
        .collect()
}

/// The agencies above it by date, called as on that date, where there is more than one.
fn places(snapshot: &Snapshot, agency: &Agency, now: Timestamp) -> Vec<(Moment, Option<Foreign>)> {
    let places = agencies::by_date(&agency.parent, agency.valid_from);
    let shown = around(places.collect(), now)
        .into_iter()
        .map(|(from, above)| {
            let above = above.map(|id| naming::agency(snapshot, id, from));
            (moment(from), above)
        });
    shown.collect()
}

/// So many of them as a page has: half of them up to what holds now.
fn around<T>(mut dates: Vec<(Timestamp, T)>, now: Timestamp) -> Vec<(Timestamp, T)> {
    let past = dates.iter().filter(|(from, _)| *from <= now).count();
    let most = dates.len().saturating_sub(DATES);
    dates.drain(..past.saturating_sub(DATES / 2).min(most));
    dates.truncate(DATES);
    dates
}

/// A level's name for people; one that has none stays as it was registered.
pub(super) fn level(word: &str, language: Language) -> Foreign {
    naming::word(&LEVELS, word, language)
}

fn authorized(
    visitor: &Visitor,
    snapshot: &Snapshot,
    id: AgencyId,
) -> Result<Vec<Authorized>, Problem> {
    let now = visitor.desk.now();
    let mut records = roles::authorities_seen(&visitor.desk, snapshot)?;
    records.retain(|record| record.agency == id && now < record.valid_until);
    records.sort_by_cached_key(|record| {
        kyso_web::person_order(naming::person(snapshot, record.person).plain())
    });
    let shown = records
        .into_iter()
        .take(AUTHORIZED)
        .map(|record| Authorized {
            person: record.person.to_string(),
            name: naming::person(snapshot, record.person),
            how: Foreign::from(how(record)),
        });
    Ok(shown.collect())
}

async fn form(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let above = parameter(&request, "above").and_then(|id| id.parse().ok());
    let snapshot = visitor.desk.policy().snapshot();
    let above = above.and_then(|id: AgencyId| snapshot.agencies.get(&id));
    let code = above.and_then(in_use).unwrap_or_default();
    let begun = web::Form(vec![("above".to_owned(), code.to_owned())]);
    let end = form_page(&visitor, &begun, Problems::none()).await;
    visitor.show(&request, end).await
}

/// A code of the agency's that counts, of the newer format if it has one.
fn in_use(agency: &Agency) -> Option<&str> {
    let mut codes = agency.codes.iter().rev();
    let found = codes.find(|code| code.valid_until.is_none());
    found.map(|code| code.code.as_str())
}

/// The form, with what was typed into it.
async fn form_page(
    visitor: &Visitor,
    sent: &Sent,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    visitor.check_manages()?;
    let typed = |name| Foreign::new(one(sent, name));
    let levels = LEVELS.iter().map(|(word, vi, en)| Choice {
        value: (*word).to_owned(),
        text: Foreign::new(visitor.language.choose(vi, en)),
        chosen: *word == one(sent, "level"),
    });
    let view = RegisterAgency {
        name: typed("name"),
        above: typed("above"),
        code: typed("code"),
        kind: typed("kind"),
        levels: levels.collect(),
        from: one(sent, "from").to_owned(),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

/// The body that the API is sent for the same.
fn wanted(snapshot: &Snapshot, sent: &Sent) -> NewAgency {
    let parent = filled(sent, "above").map(|code| naming::agency_id(snapshot, code));
    NewAgency {
        name: one(sent, "name").to_owned(),
        parent,
        kind: one(sent, "kind").to_owned(),
        level: one(sent, "level").to_owned(),
        codes: vec![code(one(sent, "code"))],
        valid_from: from(sent, "from"),
    }
}

/// A code, in the format that it is written in: no text is well formed in both.
pub(super) fn code(typed: &str) -> AgencyCode {
    AgencyCode {
        format: match CodeFormat::Legacy.canonical(typed) {
            Ok(_) => AgencyCodeFormat::Legacy,
            Err(_) => AgencyCodeFormat::Modern,
        },
        code: typed.to_owned(),
    }
}

async fn register(visitor: Visitor, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let snapshot = visitor.desk.policy().snapshot();
    let wanted = wanted(&snapshot, &sent);
    let above = wanted.parent.as_deref();
    let ended = above.is_some_and(|id| naming::has_ended(&snapshot, id, visitor.desk.now()));
    let entered = agencies::enter(&visitor.desk, &wanted).await;
    let entered = entered.map(|id| format!("{PLACE}/{id}"));
    let at_field = |problem: &Problem| at_field(problem, ended);
    let again = async |problems| form_page(&visitor, &sent, problems).await;
    visitor.after(entered, at_field, again).await
}

/// The field that would have to be another for the agency to be registered.
fn at_field(problem: &Problem, above_ended: bool) -> Option<At> {
    use ProblemCode as P;
    match (problem.code(), problem.member()) {
        (_, Some("codes")) => Some("code".into()),
        (_, Some("valid_from")) => Some("from".into()),
        (_, Some("parent")) => Some("above".into()),
        (_, Some(member)) => ["name", "kind", "level"]
            .into_iter()
            .find(|field| *field == member)
            .map(At::from),
        (P::NotFound, _) => Some("above".into()),
        (P::Forbidden, _) => Some(At::because(
            "above",
            "Anh/chị không quản lý thuê bao của cơ quan này, hoặc mã mới không nằm dưới mã của cơ quan này.",
            "You do not manage the subscribers of this agency, or the new code does not lie under its own.",
        )),
        (P::WrongState, _) if above_ended => Some(At::ended_agency("above")),
        (P::WrongState, _) => Some(TAKEN),
        _ => None,
    }
}

/// A date from which something holds, as the API is sent it; none where the field is empty.
pub(super) fn from(sent: &Sent, name: &str) -> Option<String> {
    filled(sent, name).map(naming::as_sent)
}
