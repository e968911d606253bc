//! A subscriber manager gives somebody a role or records whom they sign for, and takes it back.

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::{AuthorityKind, NewAuthority, NewRole, RoleName};
use kyso_api::problem::ProblemCode;
use kyso_core::id::PersonId;
use kyso_core::model::{AuthorityRecord, Role};
use kyso_core::policy::needs_two;
use kyso_core::{Change, Snapshot};
use kyso_web::{Choice, Foreign, GrantRole, Held, Language, Problems, RecordAuthority};

use super::answer::{At, page, status_of};
use super::changes::WAITING;
use super::inbox::moment;
use super::manager::seen_person;
use super::naming;
use super::sent::{Sent, one, otp};
use super::visitor::{Visitor, role, see_other};
use crate::http::error::Problem;
use crate::http::management::roles;

/// How somebody signs in another's place, for people (Decree 30/2020/NĐ-CP art. 13).
const KINDS: [(AuthorityKind, &str, &str); 6] = [
    (
        AuthorityKind::Head,
        "Người đứng đầu cơ quan, tổ chức",
        "Head, in their own right",
    ),
    (
        AuthorityKind::Kt,
        "KT. (ký thay)",
        "KT. (deputy for the head)",
    ),
    (AuthorityKind::Tl, "TL. (thừa lệnh)", "TL. (by order)"),
    (
        AuthorityKind::Tuq,
        "TUQ. (thừa ủy quyền)",
        "TUQ. (by written delegation)",
    ),
    (
        AuthorityKind::Tm,
        "TM. (thay mặt tập thể)",
        "TM. (for the collective)",
    ),
    (
        AuthorityKind::Q,
        "Q. (quyền cấp trưởng)",
        "Q. (acting head)",
    ),
];

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config
        .service(
            web::resource("/people/{id}/roles/new")
                .route(get().to(role_form))
                .route(post().to(give_role)),
        )
        .service(web::resource("/people/{id}/roles/{held}/withdraw").route(post().to(take_role)))
        .service(
            web::resource("/people/{id}/authorities/new")
                .route(get().to(authority_form))
                .route(post().to(record_authority)),
        )
        .service(
            web::resource("/people/{id}/authorities/{held}/end").route(post().to(end_authority)),
        );
}

/// The roles of somebody that the reader may see.
///
/// # Errors
/// `forbidden` for a system.
pub fn roles_held(
    visitor: &Visitor,
    snapshot: &Snapshot,
    id: PersonId,
) -> Result<Vec<Held>, Problem> {
    let now = visitor.desk.now();
    let mut seen = roles::seen(&visitor.desk, snapshot)?;
    seen.retain(|grant| grant.person == id);
    let shown = seen.into_iter().map(|grant| {
        let name = role(grant.role).name(visitor.language);
        let what = match grant.agency {
            Some(at) => format!("{name}, {}", naming::agency(snapshot, at, now).plain()),
            None => name.to_owned(),
        };
        Held {
            id: grant.id.to_string(),
            what: Foreign::from(what),
            proposes: needs_two(snapshot, &Change::RevokeRole(grant.id)),
        }
    });
    Ok(shown.collect())
}

/// The records of somebody's authority that the reader may see.
///
/// # Errors
/// `forbidden` for a system.
pub fn authorities_held(
    visitor: &Visitor,
    snapshot: &Snapshot,
    id: PersonId,
) -> Result<Vec<Held>, Problem> {
    let now = visitor.desk.now();
    let mut seen = roles::authorities_seen(&visitor.desk, snapshot)?;
    seen.retain(|record| record.person == id && now < record.valid_until);
    let shown = seen.into_iter().map(|record| {
        let at = naming::agency(snapshot, record.agency, now);
        Held {
            id: record.id.to_string(),
            what: Foreign::from(format!("{} {}", at.plain(), how(record))),
            proposes: false,
        }
    });
    Ok(shown.collect())
}

/// In what form, from when to when, and on what basis.
pub fn how(record: &AuthorityRecord) -> String {
    let (from, until) = (moment(record.valid_from), moment(record.valid_until));
    let kind = record.kind.name();
    format!(
        "{kind}. {} – {}, {}",
        from.plain(),
        until.plain(),
        record.basis
    )
}

async fn role_form(
    visitor: Visitor,
    request: HttpRequest,
    path: web::Path<String>,
) -> HttpResponse {
    let form = async |sent: &Sent, problems| role_page(&visitor, &path, sent, problems).await;
    visitor.begin(&request, form).await
}

async fn role_page(
    visitor: &Visitor,
    path: &str,
    sent: &Sent,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    let (id, name) = subject(visitor, path)?;
    let each = Role::ALL.map(|one_of_them| Choice {
        value: one_of_them.name().to_owned(),
        text: Foreign::new(role(one_of_them).name(visitor.language)),
        chosen: one_of_them.name() == one(sent, "role"),
    });
    let view = GrantRole {
        id,
        name,
        roles: each.into(),
        agency: Foreign::new(one(sent, "agency")),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

/// The person whom a manager is about to give something.
fn subject(visitor: &Visitor, path: &str) -> Result<(String, Foreign), Problem> {
    let snapshot = visitor.desk.policy().snapshot();
    let person = seen_person(visitor, &snapshot, path)?;
    if !visitor.manages_at(person.agency) {
        return Err(ProblemCode::Forbidden.into());
    }
    Ok((person.id.to_string(), Foreign::new(&person.name)))
}

async fn give_role(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let proposed = async {
        let wanted = wanted_role(&visitor, &path, &sent)?;
        roles::propose_role(&visitor.desk, &wanted).await
    };
    let proposed = proposed.await.map(|_| WAITING.to_owned());
    let again = async |problems| role_page(&visitor, &path, &sent, problems).await;
    visitor.after(proposed, at_role_field, again).await
}

/// The body that the API is sent for the same.
fn wanted_role(visitor: &Visitor, path: &str, sent: &Sent) -> Result<NewRole, Problem> {
    let mut known = RoleName::ALL.iter().copied();
    let chosen = known.find(|known| known.name() == one(sent, "role"));
    let typed = one(sent, "agency").trim();
    Ok(NewRole {
        person: path.to_owned(),
        role: chosen.ok_or_else(|| Problem::field("role"))?,
        agency: (!typed.is_empty())
            .then(|| naming::agency_id(&visitor.desk.policy().snapshot(), typed)),
        otp: otp(sent),
    })
}

/// The field that would have to be another for the role to be proposed.
fn at_role_field(problem: &Problem) -> Option<At> {
    match (problem.code(), problem.member()) {
        _ if problem.is_of_the_otp() => Some("otp".into()),
        (_, Some("role")) => Some("role".into()),
        // An agency of other managers, or one that is not there.
        (_, Some("agency")) | (ProblemCode::Forbidden | ProblemCode::NotFound, _) => {
            Some("agency".into())
        }
        (ProblemCode::WrongState, _) => Some(At::because(
            "role",
            "Không giao được: cơ quan đã kết thúc, hoặc người giám sát nhật ký không giữ vai trò khác và giám sát toàn tỉnh.",
            "Not possible: the agency has ended, or whoever watches the log holds no other role and watches all of it.",
        )),
        _ => None,
    }
}

async fn take_role(
    visitor: Visitor,
    path: web::Path<(String, String)>,
    sent: Sent,
) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let (person, held) = &*path;
    let taken = roles::take_away(&visitor.desk, held, otp(&sent).as_ref()).await;
    let end = taken.map(|proposed| match proposed {
        Some(_) => see_other(WAITING),
        None => see_other(&format!("/ui/people/{person}")),
    });
    visitor.answer(end).await
}

async fn authority_form(
    visitor: Visitor,
    request: HttpRequest,
    path: web::Path<String>,
) -> HttpResponse {
    let form = async |sent: &Sent, problems| authority_page(&visitor, &path, sent, problems).await;
    visitor.begin(&request, form).await
}

async fn authority_page(
    visitor: &Visitor,
    path: &str,
    sent: &Sent,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    let (id, name) = subject(visitor, path)?;
    let view = RecordAuthority {
        id,
        name,
        kinds: kinds(one(sent, "kind"), visitor.language),
        agency: Foreign::new(one(sent, "agency")),
        basis: Foreign::new(one(sent, "basis")),
        from: one(sent, "from").to_owned(),
        until: one(sent, "until").to_owned(),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

fn kinds(typed: &str, language: Language) -> Vec<Choice> {
    let each = KINDS.map(|(kind, vi, en)| Choice {
        value: kind.name().to_owned(),
        text: Foreign::new(language.choose(vi, en)),
        chosen: kind.name() == typed,
    });
    each.into()
}

async fn record_authority(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let proposed = async {
        let wanted = wanted_authority(&visitor, &path, &sent)?;
        roles::propose_authority(&visitor.desk, &wanted).await
    };
    let proposed = proposed.await.map(|_| WAITING.to_owned());
    let again = async |problems| authority_page(&visitor, &path, &sent, problems).await;
    visitor.after(proposed, at_authority_field, again).await
}

/// The body that the API is sent for the same.
fn wanted_authority(visitor: &Visitor, path: &str, sent: &Sent) -> Result<NewAuthority, Problem> {
    let mut known = KINDS.into_iter().map(|(kind, ..)| kind);
    let chosen = known.find(|kind| kind.name() == one(sent, "kind"));
    Ok(NewAuthority {
        person: path.to_owned(),
        agency: naming::agency_id(&visitor.desk.policy().snapshot(), one(sent, "agency")),
        kind: chosen.ok_or_else(|| Problem::field("kind"))?,
        basis: one(sent, "basis").to_owned(),
        from: naming::as_sent(one(sent, "from")),
        to: Some(naming::as_sent(one(sent, "until"))),
        otp: otp(sent),
    })
}

/// The field that would have to be another for the record to be proposed.
fn at_authority_field(problem: &Problem) -> Option<At> {
    match (problem.code(), problem.member()) {
        _ if problem.is_of_the_otp() => Some("otp".into()),
        (_, Some("to")) => Some("until".into()),
        (_, Some(member)) => ["kind", "agency", "basis", "from"]
            .into_iter()
            .find(|field| *field == member)
            .map(At::from),
        // An agency of other managers, or one that is not there.
        (ProblemCode::Forbidden | ProblemCode::NotFound, _) => Some("agency".into()),
        (ProblemCode::WrongState, _) => Some(At::ended_agency("agency")),
        _ => None,
    }
}

async fn end_authority(
    visitor: Visitor,
    path: web::Path<(String, String)>,
    sent: Sent,
) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let (person, held) = &*path;
    let ended = roles::end_record(&visitor.desk, held).await;
    let end = ended.map(|()| see_other(&format!("/ui/people/{person}")));
    visitor.answer(end).await
}
