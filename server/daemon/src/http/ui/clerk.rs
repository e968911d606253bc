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
    Weighed as _,
};

use super::answer::{page, status_of};
use super::inbox::moment;
use super::naming;
use super::sent::{Sent, all, one, parameter, typed_otp};
use super::signatures::{Whose, rows};
use super::visitor::{Visitor, see_other};
use crate::http::error::Problem;
use crate::http::management::signatures::{self, Part};
use crate::http::management::{clients, credentials, read, scope, stamping_sessions};

/// Where the sessions are.
const PLACE: &str = "/ui/stamping";
/// Most sessions on the page, in either part of it.
const SHOWN: u16 = 20;
/// How long a session is open when nothing else is typed.
const USUAL: std::time::Duration = std::time::Duration::from_hours(4);

/// What seals are for: the codes that sessions and documents name, and their names for people.
const PURPOSES: [(&str, &str, &str); 6] = [
    ("PHAT_HANH", "Phát hành văn bản", "Issue a document"),
    ("PHU_LUC", "Phụ lục, văn bản kèm theo", "Appendix"),
    ("SAO_LUC", "Sao lục", "Copy of another agency's document"),
    ("SAO_Y", "Sao y", "True copy"),
    ("TRICH_SAO", "Trích sao", "Extract"),
    ("XAC_NHAN", "Xác nhận", "Confirm"),
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

/// First those that are in force, then those that are over; further pages have more of both.
async fn list_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let before = parameter(request, "before");
    let before = before.map(|text| read::id(&text, "before").map(Timestamp::from_micros));
    let before = before.transpose()?;
    let from: usize = parameter(request, "from").map_or(Ok(0), |text| read::id(&text, "from"))?;
    let ended = stamping_sessions::ended(&visitor.desk, before, SHOWN).await?;
    let in_force = match before {
        Some(_) => Vec::new(),
        None => in_force(visitor, &ended, from).await?,
    };
    let all_in_force = in_force.len() <= usize::from(SHOWN);
    let sessions = in_force
        .iter()
        .take(usize::from(SHOWN))
        .chain(ended.iter().filter(|_| all_in_force))
        .map(|(session, used)| shown(&snapshot, session, *used, (now, visitor.language)));
    let mut sessions: Vec<kyso_web::StampingSession> = sessions.collect();
    kyso_web::cut(&mut sessions, 0);
    let opened: Vec<Timestamp> = ended.iter().map(|(one, _)| one.opened_at).collect();
    let clerk = visitor.desk.person()?;
    let view = StampingSessions {
        may_open: snapshot.holds_anywhere_at(clerk, Role::RecordsClerk, now),
        older: older(sessions.len(), (from, in_force.len()), &opened),
        sessions,
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// Those that are in force, the youngest first, from this place on; without any of those that are over, as the
/// snapshot may be a moment older.
async fn in_force(
    visitor: &Visitor,
    ended: &[(StampingSession, u32)],
    from: usize,
) -> Result<Vec<(StampingSession, u32)>, Problem> {
    let now = visitor.desk.now();
    let mut seen = stamping_sessions::seen(&visitor.desk).await?;
    seen.retain(|(one, _)| ended.iter().all(|(over, _)| over.id != one.id));
    seen.sort_by_key(|(session, used)| {
        let open = is_open(session, *used, now);
        (!open, std::cmp::Reverse(session.opened_at))
    });
    Ok(seen.into_iter().skip(from).collect())
}

/// The link behind so many on a page: to more that are in force, of which there are so many from that place on, or
/// to more that are over, of which these were opened at these times.
fn older(held: usize, (from, in_force): (usize, usize), ended: &[Timestamp]) -> Option<String> {
    let Some(over) = held.checked_sub(in_force).filter(|over| *over > 0) else {
        let more = held < in_force || !ended.is_empty();
        return more.then(|| format!("{PLACE}?from={}", from.saturating_add(held)));
    };
    let more = over < ended.len() || ended.len() == usize::from(SHOWN);
    let last = ended.get(over - 1).filter(|_| more);
    last.map(|opened| format!("{PLACE}?before={}", opened.as_micros()))
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
        seal: naming::owner_of(snapshot, session.credential, now),
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
    let found = signatures::within(&visitor.desk, session.id, part).await?;
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let shown = shown(&snapshot, &session, used, (now, visitor.language));
    let (stamps, next) = rows(visitor, found, shown.weight(), Whose::Session);
    let view = StampingSessionPage {
        session: shown,
        stamps,
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
    fn wanted(&self, otp: Secret) -> NewStampingSession {
        NewStampingSession {
            client: self.system.to_owned(),
            credential: self.seal.to_owned(),
            // The API refuses 0, as it would what is no number.
            limit: self.limit.trim().parse().unwrap_or(0),
            until: naming::as_sent(self.until),
            purposes: self.purposes.iter().map(ToString::to_string).collect(),
            otp,
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
        kyso_web::vietnamese_order(naming::owner(snapshot, seal, now).plain())
    });
    let choices = seen.into_iter().map(|seal| {
        let owner = naming::owner(snapshot, seal, now);
        choice(seal.id.to_string(), owner, chosen)
    });
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
    let wanted = typed.wanted(typed_otp(&sent));
    let opened = stamping_sessions::put(&visitor.desk, &wanted).await;
    let opened = opened.map(|_| PLACE.to_owned());
    let again = async |problems| open_page(&visitor, &typed, problems).await;
    visitor.after(opened, at_field, again).await
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_reads_page_after_page_comes_to_every_session() {
        let ended = |count: i64| {
            let opened = (0..count).map(|at| Timestamp::from_micros(900 - at));
            opened.collect::<Vec<Timestamp>>()
        };
        let all = i64::from(SHOWN);
        for (held, from, in_force, over, link) in [
            (0, 0, 0, 0, None),
            (2, 0, 2, 0, None),
            (5, 0, 2, 3, None),
            (20, 0, 45, 3, Some("?from=20")),
            (20, 20, 25, 3, Some("?from=40")),
            (8, 40, 5, 3, None),
            // The page was full before its list ended.
            (7, 20, 25, 3, Some("?from=27")),
            (2, 0, 2, 3, Some("?from=2")),
            (4, 0, 2, 3, Some("?before=899")),
            (22, 0, 2, all, Some("?before=881")),
            (20, 0, 0, all, Some("?before=881")),
            (7, 0, 0, all, Some("?before=894")),
        ] {
            let found = older(held, (from, in_force), &ended(over));
            let link = link.map(|link| format!("{PLACE}{link}"));
            assert_eq!(found, link, "{held} {from} {in_force} {over}");
        }
    }
}
