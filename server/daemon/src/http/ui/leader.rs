//! A leader's pages: inbox, document, decision, results.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::problem::ProblemCode;
use kyso_core::Snapshot;
use kyso_core::id::ApprovalId;
use kyso_core::model::{Approval, ApprovalState, Shown, shown_together};
use kyso_core::policy::{APPROVAL_WINDOW, approved_together, fits_a_page, room_for_pictures};
use kyso_store::{ApprovalFilter, Asked};
use kyso_web::{
    Approve, Decline, Foreign, Inbox, InboxRow, PICTURES, Problems, RequestPage, Results, Tab, Way,
};

use super::answer::{page, status_of};
use super::contents;
use super::inbox;
use super::naming;
use super::sent::{Sent, all, asked, in_one_line, one, parameter, typed_otp};
use super::visitor::{Visitor, remember_language, see_other};
use super::why;
use crate::http::approving::{self, Declined};
use crate::http::error::Problem;
use crate::http::management::{approvals, read};

/// Most requests on a page.
const PAGE: u16 = 50;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config
        .service(web::resource("/inbox").route(get().to(list)))
        .service(web::resource("/requests/{id}").route(get().to(request)))
        .configure(contents::routes)
        .service(
            web::resource("/requests/{id}/{way}")
                .route(get().to(decline_form))
                .route(post().to(decline)),
        )
        .service(
            web::resource("/approve")
                .route(get().to(approve_form))
                .route(post().to(approve)),
        );
}

async fn list(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let mut response = visitor.answer(inbox_page(&visitor, &request).await).await;
    remember_language(&request, &mut response);
    response
}

async fn inbox_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let tab = parameter(request, "tab").and_then(|code| Tab::of_code(&code));
    let tab = tab.unwrap_or(Tab::ToSign);
    let filter = filter(visitor, request, tab)?;
    let order = filter.from;
    let (found, next) = approvals::found(&visitor.desk, filter).await?;
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let rows = found
        .iter()
        .map(|one| inbox::row(&snapshot, one, now, visitor.language));
    let mut rows: Vec<InboxRow> = rows.collect();
    let last = kyso_web::cut(&mut rows, 0).and_then(|last| found.get(last));
    let next = last.map_or(next, |last| approvals::behind(order, last));
    let counts = counts(visitor).await?;
    let [waiting, ..] = counts; // the first tab
    let view = Inbox {
        rows,
        frame: visitor.frame_with(waiting).await,
        counts,
        older: next.map(|next| format!("/ui/inbox?tab={}&before={next}", tab.code())),
        tab,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// A page of the signer's requests.
fn filter(visitor: &Visitor, request: &HttpRequest, tab: Tab) -> Result<ApprovalFilter, Problem> {
    let before = parameter(request, "before");
    let (of, states) = (
        Asked::Of(approving::signer(&visitor.desk)?),
        inbox::states(tab),
    );
    approvals::filter(of, states.to_vec(), before.as_deref(), PAGE)
}

async fn counts(visitor: &Visitor) -> Result<[u32; 4], Problem> {
    let (person, journal) = (
        approving::signer(&visitor.desk)?,
        visitor.desk.app().journal(),
    );
    let mut counts = [0; 4];
    for (count, tab) in counts.iter_mut().zip(Tab::ALL) {
        *count = journal.count_approvals(person, inbox::states(tab)).await?;
    }
    Ok(counts)
}

async fn request(visitor: Visitor, path: web::Path<String>, request: HttpRequest) -> HttpResponse {
    if let Some(first) = visitor.led_here(&request).await {
        return first;
    }
    let mut response = visitor.answer(request_page(&visitor, &path).await).await;
    remember_language(&request, &mut response);
    response
}

/// Reading it is what opens it.
async fn request_page(visitor: &Visitor, id: &str) -> Result<HttpResponse, Problem> {
    let id: ApprovalId = read::path_id(id)?;
    let opened = approving::open(&visitor.desk, vec![id]).await?;
    let approval = opened.first().ok_or(ProblemCode::NotFound)?;
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let standing = approving::standing(approval, now);
    let pictures = PICTURES.min(room_for_pictures(&snapshot, approval));
    let mut documents = inbox::documents(approval, visitor.language, pictures);
    if are_erased(visitor, approval) {
        for one in &mut documents {
            one.content = None;
        }
    }
    let view = RequestPage {
        id: approval.id.to_string(),
        state: inbox::state(standing),
        system: naming::system(&snapshot, approval.client),
        received: inbox::moment(approval.submitted_at),
        due: approval.due_at.map(inbox::moment),
        overdue: approval.due_at.is_some_and(|due| due < now),
        credential: inbox::credential(&snapshot, approval),
        authority: inbox::authority(&snapshot, approval),
        reason: inbox::reason(approval, visitor.language),
        documents,
        terms: inbox::terms(approval),
        may_decide: standing.is_open(),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// Whether the time is over for which files are kept, or the system took them back: there is nothing to be shown then.
fn are_erased(visitor: &Visitor, approval: &Approval) -> bool {
    let kept = visitor.desk.config().limits.file_span();
    let over = approval.state.is_final() && approval.state_at.after(kept) <= visitor.desk.now();
    over || approval.state == ApprovalState::Withdrawn
}

/// Ids from an address or a form: each once, in order.
fn ids(fields: &[(String, String)]) -> Result<Vec<ApprovalId>, Problem> {
    let mut ids: Vec<ApprovalId> = Vec::new();
    for id in all(fields, "id") {
        let id = read::id(id, "id")?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Err(Problem::field("id"));
    }
    Ok(ids)
}

async fn approve_form(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    if let Some(first) = visitor.led_here(&request).await {
        return first;
    }
    let asked = asked(&request);
    // Nothing was ticked: back to where one ticks.
    let Ok(ids) = ids(&asked) else {
        return see_other("/ui/inbox");
    };
    let end = approve_page(&visitor, &ids, Tried::NotYet).await;
    why::answer(&visitor, &ids, end).await
}

/// What came of this list before it is shown.
enum Tried {
    /// It is shown for the first time.
    NotYet,
    /// The one-time password was not right.
    Otp(Problems),
    /// Some of it had ended, so nothing was approved.
    SomeEnded,
}

impl Tried {
    const fn status(&self) -> StatusCode {
        match self {
            Self::NotYet => StatusCode::OK,
            Self::Otp(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::SomeEnded => StatusCode::CONFLICT,
        }
    }
}

/// The list without what has ended, which is named: one request that a system takes back, or whose time
/// is over, does not keep the others from being approved.
async fn approve_page(
    visitor: &Visitor,
    ids: &[ApprovalId],
    tried: Tried,
) -> Result<HttpResponse, Problem> {
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let is_open = |one: &Approval| approving::standing(one, now).is_open();
    let chosen = approving::own(&visitor.desk, ids).await?;
    if !fits(&snapshot, &chosen) {
        return Err(Problem::too_many_together());
    }
    let opened = approving::open(&visitor.desk, ids.to_vec()).await?;
    let (opened, ended): (Vec<_>, Vec<_>) = opened.into_iter().partition(is_open);
    if opened.is_empty() {
        return Err(ProblemCode::ApprovalEnded.into());
    }
    let shown: Vec<Shown> = opened.iter().map(Approval::shown).collect();
    let first = opened.iter().map(|approval| approval.state_at).min();
    let until = first.unwrap_or(now).after(APPROVAL_WINDOW);
    let status = tried.status();
    let ended = ended.iter();
    let view = Approve {
        nothing_approved: matches!(tried, Tried::SomeEnded),
        left_out: ended
            .map(|one| inbox::left_out(one, now, visitor.language))
            .collect(),
        requests: opened
            .iter()
            .map(|one| inbox::shown(&snapshot, one, now, visitor.language))
            .collect(),
        shown: hex::encode(shown_together(&shown).0),
        until: inbox::moment(until),
        problems: match tried {
            Tried::Otp(problems) => problems,
            Tried::NotYet | Tried::SomeEnded => Problems::none(),
        },
        frame: visitor.frame().await,
    };
    Ok(page(status, view.render()))
}

/// Whether one page shows these and one one-time password approves them. Titles have no longest length, so
/// their bytes count, too; a request alone cannot be made smaller here.
fn fits(snapshot: &Snapshot, chosen: &[Approval]) -> bool {
    let together = approved_together(chosen.iter().map(|one| one.documents.len()));
    together && (chosen.len() == 1 || fits_a_page(snapshot, chosen))
}

async fn approve(visitor: Visitor, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let ids = match ids(&sent) {
        Ok(ids) => ids,
        Err(problem) => return visitor.answer(Err(problem)).await,
    };
    let end = give(&visitor, &ids, &sent).await;
    why::answer(&visitor, &ids, end).await
}

async fn give(visitor: &Visitor, ids: &[ApprovalId], sent: &Sent) -> Result<HttpResponse, Problem> {
    let standing = approving::own(&visitor.desk, ids).await?;
    let shown: Vec<Shown> = standing.iter().map(Approval::shown).collect();
    if hex::encode(shown_together(&shown).0) != one(sent, "shown") {
        return Err(approving::stale(&visitor.desk, ids).await);
    }
    let wanted = ids.iter().copied().zip(shown).collect();
    let ends = approving::give(visitor.desk.clone(), wanted, typed_otp(sent)).await;
    let ends = match ends {
        Ok(ends) => ends,
        Err(problem) if problem.is_of_the_otp() => {
            let problems = Problems::none().and("otp", problem.sentence(visitor.tongue()));
            return approve_page(visitor, ids, Tried::Otp(problems)).await;
        }
        // Policy said so before the password was used up: it counts for the shorter list.
        Err(problem) if problem.code() == ProblemCode::ApprovalEnded => {
            return approve_page(visitor, ids, Tried::SomeEnded).await;
        }
        Err(problem) => return Err(problem),
    };
    let rows = ends
        .iter()
        .flat_map(|(approval, end)| inbox::results(approval, end, visitor.language));
    let view = Results {
        rows: rows.collect(),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

fn way(path: &str) -> Result<Way, Problem> {
    match path {
        "refuse" => Ok(Way::Refuse),
        "return" => Ok(Way::Return),
        _ => Err(ProblemCode::NotFound.into()),
    }
}

async fn decline_form(visitor: Visitor, path: web::Path<(String, String)>) -> HttpResponse {
    let end = decline_page(&visitor, &path, "", Problems::none()).await;
    decided(&visitor, &path, end).await
}

async fn decline_page(
    visitor: &Visitor,
    (id, act): &(String, String),
    reason: &str,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    let (id, way): (ApprovalId, Way) = (read::path_id(id)?, way(act)?);
    let found = approving::own(&visitor.desk, &[id]).await?;
    let documents = found.iter().flat_map(|approval| &approval.documents);
    let status = status_of(&problems);
    let view = Decline {
        subjects: documents.map(|one| inbox::subject(&one.facts)).collect(),
        id: id.to_string(),
        way,
        // No form of ours sends more.
        reason: Foreign::new(&reason.chars().take(REASON).collect::<String>()),
        problems,
        frame: visitor.frame().await,
    };
    Ok(page(status, view.render()))
}

async fn decline(visitor: Visitor, path: web::Path<(String, String)>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let end = turn_down(&visitor, &path, &sent).await;
    decided(&visitor, &path, end).await
}

async fn decided(
    visitor: &Visitor,
    (id, _): &(String, String),
    end: Result<HttpResponse, Problem>,
) -> HttpResponse {
    let ids: Vec<ApprovalId> = read::path_id(id).into_iter().collect();
    why::answer(visitor, &ids, end).await
}

async fn turn_down(
    visitor: &Visitor,
    path: &(String, String),
    sent: &Sent,
) -> Result<HttpResponse, Problem> {
    let (id, way): (ApprovalId, Way) = (read::path_id(&path.0)?, way(&path.1)?);
    let reason = in_one_line(sent, "reason");
    let Some(words) = words(way, &reason) else {
        let problem = Problem::field("reason");
        return again(visitor, path, &reason, "reason", &problem).await;
    };
    let how = match way {
        Way::Refuse => Declined::Refused,
        Way::Return => Declined::Returned,
    };
    match approving::decline(&visitor.desk, id, how, words, &typed_otp(sent)).await {
        Ok(()) => Ok(see_other("/ui/inbox")),
        Err(problem) if problem.is_of_the_otp() => {
            again(visitor, path, &reason, "otp", &problem).await
        }
        Err(problem) => Err(problem),
    }
}

/// The form as it was sent, with what is wrong at one of its fields.
async fn again(
    visitor: &Visitor,
    path: &(String, String),
    reason: &str,
    field: &'static str,
    problem: &Problem,
) -> Result<HttpResponse, Problem> {
    let problems = Problems::none().and(field, problem.sentence(visitor.tongue()));
    decline_page(visitor, path, reason, problems).await
}

/// The reason; a return needs one.
fn words(way: Way, reason: &str) -> Option<String> {
    let missing = way == Way::Return && reason.trim().is_empty();
    let words = crate::http::text::clean(reason);
    let words = words.ok().filter(|words| words.chars().count() <= REASON);
    words.filter(|_| !missing)
}

/// Longest reason, in characters, as the form says.
const REASON: usize = 500;
