//! A security officer's alarms and disputes, and that they were seen.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::problem::ProblemCode;
use kyso_core::{Draft, Refusal, Snapshot};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_store::read::Signal;
use kyso_web::{AlarmRow, Alarms, Foreign};

use super::alarm_words::{Meaning, WORDS};
use super::answer::page;
use super::inbox::moment;
use super::naming;
use super::sent::{Sent, one, parameter};
use super::visitor::{Visitor, see_other};
use crate::http::error::Problem;
use crate::http::management::{audit, read, scope, stored};

/// Signals on a page.
const PAGE: u16 = 50;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::resource("/alarms")
            .route(web::get().to(list))
            .route(web::post().to(acknowledge)),
    );
}

async fn list(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = list_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

async fn list_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let before = parameter(request, "before").map(|text| read::id(&text, "before"));
    let before: Result<Option<i64>, Problem> = before.transpose();
    let facts = before.is_ok().then_some(|draft: Draft| {
        let draft = draft.fact("filters", "event");
        draft.fact("limit", i64::from(PAGE))
    });
    audit::admit(&visitor.desk, facts).await?;
    let before = before?;
    let found = stored::signals(visitor.desk.app(), before, PAGE).await?;
    let frame = visitor.frame().await;
    let newest = before.is_none() && frame.unseen != kyso_web::Unseen::default();
    let after = |one: &Signal| u64::try_from(one.sequence).ok()?.checked_add(1);
    let snapshot = visitor.desk.policy().snapshot();
    let view = Alarms {
        rows: found
            .iter()
            .filter_map(|one| row(visitor, &snapshot, one))
            .collect(),
        acknowledges: found.first().filter(|_| newest).and_then(after),
        older: older(&found),
        frame,
    };
    Ok(page(StatusCode::OK, view.render()))
}

fn older(found: &[Signal]) -> Option<String> {
    let last = found.get(usize::from(PAGE) - 1)?;
    Some(format!("/ui/alarms?before={}", last.sequence))
}

/// None of one below zero, which is no entry's number.
fn row(visitor: &Visitor, snapshot: &Snapshot, one: &Signal) -> Option<AlarmRow> {
    let said = WORDS.iter().find(|known| known.word == one.word);
    let in_short = |of: fn(&Meaning) -> (&'static str, &'static str)| {
        let (vi, en) = said.map(of).unwrap_or_default();
        Foreign::new(visitor.language.choose(vi, en))
    };
    let (caller, now) = (visitor.desk.actor.person()?, visitor.desk.now());
    let credential = one.credential.and_then(|id| snapshot.credentials.get(&id));
    let seen = credential.filter(|credential| scope::sees(snapshot, caller, credential, now));
    Some(AlarmRow {
        sequence: u64::try_from(one.sequence).ok()?,
        at: moment(one.at),
        meaning: in_short(|known| known.says),
        to_do: in_short(|known| known.to_do),
        word: Foreign::new(&one.word),
        about: seen.map_or(Foreign::default(), |one| naming::owner(snapshot, one, now)),
    })
}

async fn acknowledge(visitor: Visitor, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let end = acknowledged(&visitor, one(&sent, "before")).await;
    visitor.answer(end.map(|()| see_other("/ui/alarms"))).await
}

/// Enters that this officer has seen all before this place in the log, which must be one that was written.
async fn acknowledged(visitor: &Visitor, before: &str) -> Result<(), Problem> {
    let desk = &visitor.desk;
    if !audit::is_officer(desk) {
        let draft = desk.refused(Event::AlarmAcknowledged);
        desk.note(draft.because(Refusal::Forbidden)).await?;
        return Err(Refusal::Forbidden.into());
    }
    let before: i64 = read::id(before, "before")?;
    let size = i64::try_from(desk.app().journal().figures().read().size).unwrap_or(i64::MAX);
    if !(1..=size).contains(&before) {
        return Err(ProblemCode::InvalidField.into());
    }
    let (actor, request) = (&desk.actor, desk.call.request);
    let draft = Draft::new(Event::AlarmAcknowledged, Outcome::Ok, actor, request);
    Ok(desk.note(draft.fact("before", before)).await?)
}
