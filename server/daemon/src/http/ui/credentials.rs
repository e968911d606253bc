//! Credentials as managers and officers see them, and what they may do with each.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::problem::ProblemCode;
use kyso_core::change::PowerChange;
use kyso_core::id::CredentialId;
use kyso_core::model::{Credential, CredentialState, Role};
use kyso_core::{Snapshot, Timestamp};
use kyso_web::{
    Act, Certifying, Choice, CredentialPage, CredentialRow, CredentialState as Shown, Credentials,
    Foreign, Problems,
};

use super::answer::{page, status_of};
use super::inbox::moment;
use super::naming;
use super::sent::{Sent, further, one, otp, parameter};
use super::visitor::{Visitor, see_other};
use crate::http::certificate::Names;
use crate::http::error::Problem;
use crate::http::management::{credentials, pending, read};

/// Most credentials on a page.
const PAGE: usize = 100;
/// From how many days before its end on a certificate shows how many are left.
const SOON: u64 = 60;
const DAY: u64 = 24 * 3600;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config
        .service(web::resource("/credentials").route(get().to(list)))
        .service(web::resource("/credentials/{id}").route(get().to(one_of_them)))
        .service(web::resource("/credentials/{id}/request.pem").route(get().to(request_file)))
        .service(web::resource("/credentials/{id}/{act}").route(post().to(act)));
}

async fn list(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = list_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

async fn list_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let state = parameter(request, "state").unwrap_or_default();
    let wanted = parameter(request, "q").unwrap_or_default();
    let expiring: Option<u32> = parameter(request, "expiring").and_then(|days| days.parse().ok());
    let expiring = expiring.filter(|days| [7, 30, 60].contains(days));
    let from: usize = parameter(request, "from").map_or(Ok(0), |text| read::id(&text, "from"))?;
    let mut seen = credentials::all_seen(&visitor.desk, &snapshot)?;
    seen.retain(|one| state.is_empty() || one.state.name() == state);
    seen.retain(|one| kyso_web::found_in(&wanted, naming::owner(&snapshot, one, now).plain()));
    seen.retain(|one| expiring.is_none_or(|days| ends_within(end(one), now, days)));
    // The next that ends first; those without a certificate last.
    seen.sort_by_key(|one| (end(one).unwrap_or(Timestamp::NEVER), one.id));
    let rows = seen.iter().skip(from).take(PAGE);
    let mut rows: Vec<CredentialRow> = rows.map(|one| row(&snapshot, one, now)).collect();
    kyso_web::cut(&mut rows, 0);
    let next = from.saturating_add(rows.len());
    let view = Credentials {
        wanted: Foreign::new(&wanted),
        states: states(visitor, &state),
        may_request: visitor.manages(),
        rows,
        older: (seen.len() > next).then(|| further("/ui/credentials", request, next)),
        frame: visitor.frame().await,
        expiring,
    };
    Ok(page(StatusCode::OK, view.render()))
}

fn states(visitor: &Visitor, chosen: &str) -> Vec<Choice> {
    let all = visitor.language.choose("Tất cả", "All");
    let each = CredentialState::ALL.map(|one| (one.name(), shown(one).name(visitor.language)));
    let choices = std::iter::once(("", all)).chain(each);
    let choices = choices.map(|(value, text)| Choice {
        value: value.to_owned(),
        text: Foreign::new(text),
        chosen: value == chosen,
    });
    choices.collect()
}

const fn shown(state: CredentialState) -> Shown {
    match state {
        CredentialState::Active => Shown::Active,
        CredentialState::Certified => Shown::Certified,
        CredentialState::Expired => Shown::Expired,
        CredentialState::HandedOver => Shown::HandedOver,
        CredentialState::Locked => Shown::Locked,
        CredentialState::Requested => Shown::Requested,
        CredentialState::Revoked => Shown::Revoked,
    }
}

/// When its certificate ends; none without one.
fn end(credential: &Credential) -> Option<Timestamp> {
    credential.certificate.as_ref().map(|one| one.not_after)
}

/// Whole days until the certificate ends; none without one, or after its end.
fn days_left(end: Option<Timestamp>, now: Timestamp) -> Option<u64> {
    let end = end?;
    (now <= end).then(|| end.since(now).as_secs() / DAY)
}

/// Whether a certificate is in force and ends within so many days, the last of them to its end.
fn ends_within(end: Option<Timestamp>, now: Timestamp, days: u32) -> bool {
    days_left(end, now).is_some_and(|left| left <= u64::from(days))
}

/// A credential in a list.
pub fn row(snapshot: &Snapshot, credential: &Credential, now: Timestamp) -> CredentialRow {
    let until = end(credential);
    let left = days_left(until, now).filter(|days| *days <= SOON);
    CredentialRow {
        id: credential.id.to_string(),
        owner: naming::owner(snapshot, credential, now),
        agency: naming::agency(snapshot, credential.agency, now),
        state: shown(credential.state),
        until: until.map(moment),
        days_left: left.and_then(|days| u32::try_from(days).ok()),
    }
}

/// The state's badge in a list of people.
pub const fn badge(credential: &Credential) -> Shown {
    shown(credential.state)
}

async fn one_of_them(
    visitor: Visitor,
    request: HttpRequest,
    path: web::Path<String>,
) -> HttpResponse {
    let done = parameter(&request, "done");
    let done = done
        .and_then(|code| told(&visitor, &code))
        .unwrap_or_default();
    let end = one_page(&visitor, &path, (done, ""), Problems::none()).await;
    visitor.show(&request, end).await
}

async fn one_page(
    visitor: &Visitor,
    path: &str,
    (done, chain): (&str, &str),
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    let id: CredentialId = read::path_id(path)?;
    let snapshot = visitor.desk.policy().snapshot();
    let (caller, now) = (visitor.desk.person()?, visitor.desk.now());
    let credential = credentials::seen(&snapshot, caller, id, now)?;
    let certificate = credential.certificate.as_ref();
    let names = certificate.and_then(|certificate| Names::read(certificate.chain.first()?));
    let name = |of: fn(&Names) -> &String| names.as_ref().map(|names| Foreign::new(of(names)));
    let view = CredentialPage {
        id: id.to_string(),
        owner: naming::owner(&snapshot, credential, now),
        agency: naming::agency(&snapshot, credential.agency, now),
        state: shown(credential.state),
        subject: name(|names| &names.subject).unwrap_or_default(),
        issuer: name(|names| &names.issuer).unwrap_or_default(),
        serial: name(|names| &names.serial).unwrap_or_default(),
        key: Foreign::new(credential.key.algorithm.name()),
        by_digest: credential.by_digest,
        valid: certificate.map(|one| (moment(one.not_before), moment(one.not_after))),
        certifying: certifying(visitor, &snapshot, credential, chain),
        acts: acts(visitor, &snapshot, credential),
        done: Foreign::new(done),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

/// What is offered; policy decides again when it is sent.
fn acts(visitor: &Visitor, snapshot: &Snapshot, credential: &Credential) -> Vec<Act> {
    use CredentialState as S;
    let holds = |role| holds(visitor, snapshot, credential, role);
    let manager = holds(Role::SubscriberManager);
    let locks = manager || holds(Role::SecurityOfficer);
    let offered = [
        (Act::HandOver, manager && credential.state == S::Certified),
        (Act::Activate, manager && credential.state == S::HandedOver),
        (Act::Lock, locks && credential.state == S::Active),
        (Act::Unlock, manager && credential.state == S::Locked),
        (Act::Revoke, manager && credential.state != S::Revoked),
    ];
    let offered = offered.into_iter().filter(|(_, offered)| *offered);
    offered.map(|(act, _)| act).collect()
}

fn holds(visitor: &Visitor, snapshot: &Snapshot, credential: &Credential, role: Role) -> bool {
    let (person, now) = (visitor.desk.actor.person(), visitor.desk.now());
    person.is_some_and(|id| snapshot.holds_at(id, role, Some(credential.agency), now))
}

/// The ways to a certificate, for a manager, while there is none.
fn certifying(
    visitor: &Visitor,
    snapshot: &Snapshot,
    credential: &Credential,
    typed: &str,
) -> Option<Certifying> {
    let offered = credential.state == CredentialState::Requested
        && holds(visitor, snapshot, credential, Role::SubscriberManager);
    offered.then(|| Certifying {
        evaluation: visitor.desk.app().evaluation.is_some(),
        typed: Foreign::new(typed),
    })
}

async fn request_file(visitor: Visitor, path: web::Path<String>) -> HttpResponse {
    let end = credentials::request_pem(&visitor.desk, &path).await;
    let end = end.map(|pem| {
        // The path is an id by now.
        let name = format!("attachment; filename=\"{}.csr.pem\"", &*path);
        HttpResponse::Ok()
            .content_type("application/x-pem-file")
            .insert_header((CONTENT_DISPOSITION, name))
            .body(pem)
    });
    visitor.answer(end).await
}

async fn act(visitor: Visitor, path: web::Path<(String, String)>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let (id, code) = &*path;
    let end = match done(&visitor, id, code, &sent).await {
        Ok(()) => Ok(see_other(&format!("/ui/credentials/{id}?done={code}"))),
        Err(problem) if problem.is_of_the_otp() || problem.member().is_some() => {
            let field = match code.as_str() {
                "certify" => "chain_pem",
                _ => "reason",
            };
            let problems = Problems::none().and(field, problem.sentence(visitor.tongue()));
            one_page(&visitor, id, ("", one(&sent, "chain_pem")), problems).await
        }
        Err(problem) => Err(problem),
    };
    visitor.answer(end).await
}

async fn done(visitor: &Visitor, id: &str, code: &str, sent: &Sent) -> Result<(), Problem> {
    let (desk, reason) = (&visitor.desk, one(sent, "reason"));
    let otp = otp(sent);
    let propose = |change: fn(CredentialId) -> PowerChange| {
        let change = read::path_id(id).map(change);
        async { pending::put(desk, change?, otp.as_ref()).await.map(|_| ()) }
    };
    match code {
        "issue" => credentials::issue_it(desk.clone(), id).await,
        "certify" => credentials::certify_it(desk, id, one(sent, "chain_pem")).await,
        "hand-over" => credentials::record_hand_over(desk, id, reason).await,
        "lock" => credentials::lock_it(desk, id, reason).await,
        "revoke" => credentials::revoke_it(desk, id, reason).await,
        "activate" => propose(PowerChange::ActivateCredential).await,
        "unlock" => propose(PowerChange::UnlockCredential).await,
        _ => Err(ProblemCode::NotFound.into()),
    }
}

/// What was just done, for whoever did it.
fn told(visitor: &Visitor, code: &str) -> Option<&'static str> {
    let (vi, en) = match code {
        "issue" | "certify" => ("Đã có chứng thư.", "It has its certificate."),
        "hand-over" => ("Đã ghi nhận bàn giao.", "The hand-over is recorded."),
        "lock" => ("Đã tạm khóa.", "Locked."),
        "revoke" => ("Đã thu hồi vĩnh viễn.", "Revoked for ever."),
        "activate" | "unlock" => (
            "Đã đề nghị; chờ người thứ hai phê duyệt.",
            "Proposed; a second person has to approve it.",
        ),
        _ => return None,
    };
    Some(visitor.language.choose(vi, en))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_654_800);

    #[test]
    fn what_ends_soon_is_what_ends_within_the_days_that_were_asked_for() {
        let day = |days: u64| Some(NOW.after(Duration::from_secs(days * DAY)));
        let second = |days: u64, more: u64| Some(NOW.after(Duration::from_secs(days * DAY + more)));
        let ended = Some(Timestamp::from_seconds(NOW.as_seconds() - 1));
        for (end, within) in [
            (None, [false; 3]),
            (ended, [false; 3]),
            (Some(NOW), [true; 3]),
            (day(7), [true; 3]),
            (second(7, DAY - 1), [true; 3]),
            (day(8), [false, true, true]),
            (day(30), [false, true, true]),
            (day(31), [false, false, true]),
            (day(60), [false, false, true]),
            (second(60, DAY - 1), [false, false, true]),
            (day(61), [false; 3]),
        ] {
            let found = [7, 30, 60].map(|days| ends_within(end, NOW, days));
            assert_eq!(found, within, "{end:?}");
        }
    }
}
