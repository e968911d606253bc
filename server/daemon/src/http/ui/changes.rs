//! What waits for a second person, and their decision.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::ChangeState;
use kyso_api::problem::ProblemCode;
use kyso_core::Snapshot;
use kyso_core::change::PowerChange;
use kyso_core::model::PendingChange;
use kyso_web::{Change, ChangePage, Changes, Foreign, Problems};

use super::answer::{page, status_of};
use super::inbox::moment;
use super::manager::half;
use super::naming;
use super::pictures::as_file;
use super::sent::{Sent, further, in_one_line, parameter, typed_otp};
use super::visitor::{Visitor, see_other};
use crate::http::error::Problem;
use crate::http::management::summary::summary;
use crate::http::management::{pending, pictures, read};

/// Where proposals wait.
pub const WAITING: &str = "/ui/changes";
/// Most proposals on a page.
const PAGE: usize = 25;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config
        .service(web::resource("/changes").route(get().to(list)))
        .service(web::resource("/changes/{id}").route(get().to(one_of_them)))
        .service(web::resource("/changes/{id}/approve").route(post().to(approve)))
        .service(web::resource("/changes/{id}/picture").route(get().to(picture)))
        .service(web::resource("/changes/{id}/reject").route(post().to(reject)));
}

async fn list(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = list_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

async fn waiting(visitor: &Visitor) -> Result<Vec<PendingChange>, Problem> {
    let seen = pending::seen(&visitor.desk, Some(ChangeState::Waiting)).await?;
    let mut waiting: Vec<PendingChange> = seen.into_iter().map(|record| record.change).collect();
    waiting.sort_by_key(|change| (change.expires_at, change.id));
    Ok(waiting)
}

async fn list_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let from: usize = parameter(request, "from").map_or(Ok(0), |text| read::id(&text, "from"))?;
    let snapshot = visitor.desk.policy().snapshot();
    let waiting = waiting(visitor).await?;
    let next = from.saturating_add(PAGE);
    let rows = waiting.iter().skip(from).take(PAGE);
    let view = Changes {
        changes: rows.map(|one| shown(visitor, &snapshot, one)).collect(),
        further: (waiting.len() > next).then(|| further(WAITING, request, next)),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

fn shown(visitor: &Visitor, snapshot: &Snapshot, change: &PendingChange) -> Change {
    Change {
        id: change.id.to_string(),
        what: Foreign::new(&summary(
            snapshot,
            &change.change,
            visitor.tongue(),
            visitor.desk.now(),
        )),
        by: naming::person(snapshot, change.proposed_by),
        at: moment(pending::proposed_at(change)),
        until: moment(change.expires_at),
        own: visitor.desk.actor.person() == Some(change.proposed_by),
        // The sentence names all that would change.
        members: Vec::new(),
    }
}

async fn one_of_them(
    visitor: Visitor,
    request: HttpRequest,
    path: web::Path<String>,
) -> HttpResponse {
    let end = one_page(&visitor, &path, Problems::none()).await;
    visitor.show(&request, end).await
}

async fn one_page(
    visitor: &Visitor,
    id: &str,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    let waiting = waiting(visitor).await?;
    let found = waiting.iter().find(|change| change.id.to_string() == id);
    let found = found.ok_or(ProblemCode::NotFound)?;
    let view = ChangePage {
        change: shown(visitor, &visitor.desk.policy().snapshot(), found),
        picture: matches!(found.change, PowerChange::SetPicture(_))
            .then(|| format!("{WAITING}/{id}/picture")),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

/// The picture that the change would put in force: whoever approves has looked at it.
async fn picture(visitor: Visitor, path: web::Path<String>) -> HttpResponse {
    as_file(&visitor, pictures::proposed_in(&visitor.desk, &path)).await
}

async fn approve(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let otp = typed_otp(&sent);
    let end = match pending::approve_it(&visitor.desk, &path, Some(&otp)).await {
        Ok(None) => Ok(see_other(WAITING)),
        Ok(Some(code)) => Ok(half(&visitor, Some(&code)).await),
        Err(problem) if problem.is_of_the_otp() => {
            let problems = Problems::none().and("otp", problem.sentence(visitor.tongue()));
            one_page(&visitor, &path, problems).await
        }
        Err(problem) => Err(problem),
    };
    visitor.answer(end).await
}

async fn reject(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let reason = in_one_line(&sent, "reason");
    let rejected = pending::reject_it(&visitor.desk, &path, &reason).await;
    let rejected = rejected.map(|()| WAITING.to_owned());
    let at_field = |problem: &Problem| (problem.member() == Some("reason")).then_some("reason");
    let again = async |problems| one_page(&visitor, &path, problems).await;
    visitor.after(rejected, at_field, again).await
}
