//! A records clerk's pages: stamping sessions. Officers and managers see and close them here, too.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::Secret;
use kyso_api::management::{NewStampingSession, StampingSessionState};
use kyso_api::problem::ProblemCode;
use kyso_core::model::{Credential, CredentialKind, CredentialState, Role, StampingSession};
use kyso_core::{Snapshot, Timestamp};
use kyso_web::{
    Choice, Foreign, Language, OpenStamping, Problems, StampingSessionPage, StampingSessions,
};

use super::answer::{page, status_of};
use super::inbox::moment;
use super::naming;
use super::sent::{Sent, all, one, parameter};
use super::visitor::{Visitor, see_other};
use crate::http::error::Problem;
use crate::http::management::signatures::{self, Part};
use crate::http::management::{clients, credentials, read, scope, stamping_sessions};

/// Where the sessions are.
const PLACE: &str = "/ui/stamping";
/// Sessions on the page, in either part of it.
const SHOWN: u16 = 20;
/// How long a session is open when nothing else is typed.
const USUAL: std::time::Duration = std::time::Duration::from_secs(4 * 3600);

/// What seals are for: the codes that sessions and documents name, and their names for people.
const PURPOSES: [(&str, &str, &str); 4] = [
    ("PHAT_HANH", "Phát hành văn bản", "Issue a document"),
    ("SAO_LUC", "Sao lục", "Copy of another agency's document"),
    ("SAO_Y", "Sao y", "True copy"),
    ("TRICH_SAO", "Trích sao", "Extract"),
];

/// What people's keys are for: no seal's purpose, but documents name it.
const SIGNING: (&str, &str, &str) = ("KY_DUYET", "Ký duyệt", "Approve and sign");

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config
        .service(web::resource("/stamping").route(get().to(list)))
        .service(
            web::resource("/stamping/open")
                .route(get().to(open_form))
                .route(post().to(open)),
        )
        .service(web::resource("/stamping/{id}").route(get().to(one_session)))
        .service(web::resource("/stamping/{id}/close").route(post().to(close)));
}

async fn list(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = list_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

/// First those that are in force, then those that are over, of which a further page has more.
async fn list_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let before = parameter(request, "before");
    let before = before.map(|text| read::id(&text, "before").map(Timestamp::from_micros));
    let before = before.transpose()?;
    let mut seen = match before {
        Some(_) => Vec::new(),
        None => stamping_sessions::seen(&visitor.desk).await?,
    };
    seen.sort_by_key(|(session, used)| {
        let open = is_open(session, *used, now);
        (!open, std::cmp::Reverse(session.opened_at))
    });
    let ended = stamping_sessions::ended(&visitor.desk, before, SHOWN).await?;
    // The snapshot may be a moment older.
    seen.retain(|(one, _)| ended.iter().all(|(over, _)| over.id != one.id));
    let full = ended.len() == usize::from(SHOWN);
    let last = ended.last().filter(|_| full);
    let older = last.map(|(last, _)| format!("{PLACE}?before={}", last.opened_at.as_micros()));
    let clerk = visitor.desk.person()?;
    let sessions = seen
        .iter()
        .take(usize::from(SHOWN))
        .chain(&ended)
        .map(|(session, used)| shown(&snapshot, session, *used, (now, visitor.language)));
    let view = StampingSessions {
        may_open: snapshot.holds_anywhere_at(clerk, Role::RecordsClerk, now),
        sessions: sessions.collect(),
        older,
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

fn is_open(session: &StampingSession, used: u32, now: Timestamp) -> bool {
    stamping_sessions::state(session, used, now) == StampingSessionState::Open
}

fn shown(
    snapshot: &Snapshot,
    session: &StampingSession,
    used: u32,
    (now, language): (Timestamp, Language),
) -> kyso_web::StampingSession {
    // One that was used up ended with its last stamp, whose time is in the log.
    let ended = (!is_open(session, used, now))
        .then(|| session.closed_at.unwrap_or(session.expires_at.min(now)));
    let purposes = session.purposes.iter();
    kyso_web::StampingSession {
        id: session.id.to_string(),
        system: naming::system(snapshot, session.client),
        seal: naming::owner_of(snapshot, session.credential),
        opened_by: naming::person(snapshot, session.opened_by),
        opened: moment(session.opened_at),
        until: moment(session.expires_at),
        ended: ended.map(moment),
        used,
        limit: session.limit,
        purposes: purposes.map(|code| purpose(code, language)).collect(),
    }
}

/// A purpose's name for people; a code that has none stays as it is.
pub fn purpose(code: &str, language: Language) -> Foreign {
    let mut names = PURPOSES.iter().chain([&SIGNING]);
    let known = names.find(|(known, ..)| *known == code);
    known.map_or(Foreign::new(code), |(_, vi, en)| {
        Foreign::new(language.choose(vi, en))
    })
}

async fn one_session(
    visitor: Visitor,
    path: web::Path<String>,
    request: HttpRequest,
) -> HttpResponse {
    let end = session_page(&visitor, &path, &request).await;
    visitor.show(&request, end).await
}

async fn session_page(
    visitor: &Visitor,
    id: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let part = Part::before(parameter(request, "before").as_deref())?;
    let (session, used) = stamping_sessions::one_seen(&visitor.desk, id).await?;
    let (found, next) = signatures::within(&visitor.desk, session.id, part).await?;
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let view = StampingSessionPage {
        session: shown(&snapshot, &session, used, (now, visitor.language)),
        stamps: super::signatures::rows(visitor, &found),
        older: next.map(|next| format!("{PLACE}/{}?before={next}", session.id)),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

async fn close(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let end = stamping_sessions::shut(&visitor.desk, &path).await;
    visitor.answer(end.map(|()| see_other(PLACE))).await
}

async fn open_form(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = open_page(&visitor, &Typed::default(), Problems::none()).await;
    visitor.show(&request, end).await
}

/// What the form holds, as it was typed.
#[derive(Debug, Default)]
struct Typed<'a> {
    system: &'a str,
    seal: &'a str,
    limit: &'a str,
    until: &'a str,
    purposes: Vec<&'a str>,
}

impl<'a> Typed<'a> {
    fn of(sent: &'a Sent) -> Self {
        Self {
            system: one(sent, "system"),
            seal: one(sent, "seal"),
            limit: one(sent, "limit"),
            until: one(sent, "until"),
            purposes: all(sent, "purpose"),
        }
    }

    /// The body that the API is sent for the same.
    fn wanted(&self, otp: &str) -> NewStampingSession {
        NewStampingSession {
            client: self.system.to_owned(),
            credential: self.seal.to_owned(),
            // The API refuses 0, as it would what is no number.
            limit: self.limit.trim().parse().unwrap_or(0),
            until: naming::as_sent(self.until),
            purposes: self.purposes.iter().map(ToString::to_string).collect(),
            otp: Secret::new(otp),
        }
    }
}

async fn open_page(
    visitor: &Visitor,
    typed: &Typed<'_>,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    let snapshot = visitor.desk.policy().snapshot();
    let most = visitor.desk.policy().terms().session_limit;
    let usual = moment(visitor.desk.now().after(USUAL)).machine();
    let or = |typed: &str, usual: &str| match typed {
        "" => usual.to_owned(),
        typed => typed.to_owned(),
    };
    let view = OpenStamping {
        systems: systems(visitor, &snapshot, typed.system)?,
        seals: seals(visitor, &snapshot, typed.seal)?,
        limit: or(typed.limit, "50"),
        most,
        // Without seconds and offset, as the field has it.
        until: or(typed.until, usual.get(..16).unwrap_or_default()),
        purposes: purposes(&typed.purposes, visitor.language),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

fn systems(visitor: &Visitor, snapshot: &Snapshot, chosen: &str) -> Result<Vec<Choice>, Problem> {
    let now = visitor.desk.now();
    let mut seen = clients::seen(&visitor.desk, snapshot)?;
    seen.retain(|client| client.disabled_at.is_none_or(|end| now < end));
    seen.sort_by_cached_key(|client| kyso_web::vietnamese_order(&client.display_name));
    let choices = seen.into_iter().map(|client| {
        choice(
            client.id.to_string(),
            Foreign::new(&client.display_name),
            chosen,
        )
    });
    Ok(choices.collect())
}

/// The seals that this clerk may open a session for.
fn seals(visitor: &Visitor, snapshot: &Snapshot, chosen: &str) -> Result<Vec<Choice>, Problem> {
    let (clerk, now) = (visitor.desk.person()?, visitor.desk.now());
    let opens = |seal: &&Credential| {
        seal.kind == CredentialKind::Seal
            && seal.state == CredentialState::Active
            && scope::is_clerk(snapshot, clerk, seal.agency, now)
    };
    let mut seen = credentials::all_seen(&visitor.desk, snapshot)?;
    seen.retain(opens);
    seen.sort_by_cached_key(|seal| {
        kyso_web::vietnamese_order(naming::owner(snapshot, seal).plain())
    });
    let choices = seen
        .into_iter()
        .map(|seal| choice(seal.id.to_string(), naming::owner(snapshot, seal), chosen));
    Ok(choices.collect())
}

fn choice(value: String, text: Foreign, chosen: &str) -> Choice {
    Choice {
        chosen: value == chosen,
        value,
        text,
    }
}

fn purposes(chosen: &[&str], language: Language) -> Vec<Choice> {
    let each = PURPOSES.iter().map(|(code, ..)| Choice {
        value: (*code).to_owned(),
        text: purpose(code, language),
        chosen: chosen.contains(code),
    });
    each.collect()
}

async fn open(visitor: Visitor, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let typed = Typed::of(&sent);
    let wanted = typed.wanted(one(&sent, "otp").trim());
    let end = match stamping_sessions::put(&visitor.desk, &wanted).await {
        Ok(_) => Ok(see_other(PLACE)),
        Err(problem) => match at_field(&problem) {
            Some(field) => {
                let problems = Problems::none().and(field, problem.sentence(visitor.tongue()));
                open_page(&visitor, &typed, problems).await
            }
            None => Err(problem),
        },
    };
    visitor.answer(end).await
}

/// The field that would have to be another for the session to be opened.
fn at_field(problem: &Problem) -> Option<&'static str> {
    if problem.is_of_the_otp() {
        return Some("otp");
    }
    match (problem.code(), problem.member()) {
        (_, Some("client")) => Some("system"),
        (_, Some("limit")) => Some("limit"),
        (_, Some("until")) => Some("until"),
        (_, Some("purposes")) => Some("purpose"),
        // Policy refuses these four together: too many, too long, no grant, no such seal.
        (ProblemCode::WrongState | ProblemCode::NotFound, _) | (_, Some("credential")) => {
            Some("seal")
        }
        _ => None,
    }
}
