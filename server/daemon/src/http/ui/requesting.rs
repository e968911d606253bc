//! A subscriber manager asks for a credential: its key is made, and signs its own request.

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::{CredentialKind, NewCredential, Subject};
use kyso_api::problem::ProblemCode;
use kyso_core::KeyAlgorithm;
use kyso_web::{Choice, Foreign, Problems, RequestCredential};

use super::answer::{page, status_of};
use super::naming;
use super::sent::{Sent, one};
use super::visitor::Visitor;
use crate::http::error::Problem;
use crate::http::management::requests;

/// What is chosen when nothing else is.
const USUAL: KeyAlgorithm = KeyAlgorithm::Rsa3072;

/// The routes; before those of a credential by id.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config.service(
        web::resource("/credentials/new")
            .route(get().to(form))
            .route(post().to(request)),
    );
}

async fn form(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let form = async |sent: &Sent, problems| form_page(&visitor, sent, problems).await;
    visitor.begin(&request, form).await
}

/// The form, with what was typed into it.
async fn form_page(
    visitor: &Visitor,
    sent: &Sent,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    visitor.check_manages()?;
    let typed = |name| Foreign::new(one(sent, name));
    let view = RequestCredential {
        login: typed("login"),
        agency: typed("agency"),
        algorithms: algorithms(one(sent, "algorithm")),
        by_digest: ticked(sent),
        common_name: typed("common_name"),
        title: typed("title"),
        units: [typed("unit"), typed("unit_above")],
        organization: typed("organization"),
        locality: typed("locality"),
        province: typed("province"),
        user_id: typed("user_id"),
        email: typed("email"),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

fn algorithms(typed: &str) -> Vec<Choice> {
    let chosen = KeyAlgorithm::from_name(typed).unwrap_or(USUAL);
    let each = KeyAlgorithm::ALL.map(|one| Choice {
        value: one.name().to_owned(),
        text: Foreign::new(one.name()),
        chosen: one == chosen,
    });
    each.into()
}

fn ticked(sent: &Sent) -> bool {
    !one(sent, "by_digest").is_empty()
}

/// The body that the API is sent for the same.
fn wanted(visitor: &Visitor, sent: &Sent) -> NewCredential {
    let snapshot = visitor.desk.policy().snapshot();
    let typed = |name| Some(one(sent, name).trim()).filter(|text| !text.is_empty());
    // The API refuses an empty id, as it would a login that nobody has.
    let person = typed("login").map(|login| {
        let found = naming::person_of_login(&snapshot, login);
        found.map_or(String::new(), |id| id.to_string())
    });
    let agency = typed("agency").map(|code| naming::agency_id(&snapshot, code));
    NewCredential {
        kind: match person {
            Some(_) => CredentialKind::Personal,
            None => CredentialKind::Seal,
        },
        owner_person: person,
        owner_agency: agency,
        algorithm: one(sent, "algorithm").to_owned(),
        multisign: None,
        sad_seconds: None,
        by_digest: ticked(sent),
        subject: subject(sent),
    }
}

fn subject(sent: &Sent) -> Subject {
    let typed = |name| Some(one(sent, name).trim().to_owned()).filter(|text| !text.is_empty());
    Subject {
        common_name: one(sent, "common_name").to_owned(),
        user_id: typed("user_id"),
        title: typed("title"),
        organizational_units: [typed("unit"), typed("unit_above")]
            .into_iter()
            .flatten()
            .collect(),
        organization: typed("organization"),
        locality: typed("locality"),
        state: typed("province"),
        country: None,
        email: typed("email"),
    }
}

async fn request(visitor: Visitor, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let wanted = wanted(&visitor, &sent);
    let begun = requests::begin(visitor.desk.clone(), &wanted).await;
    let begun = begun.map(|made| format!("/ui/credentials/{}", made.id));
    let at_field = |problem: &Problem| at_field(problem, wanted.kind);
    let again = async |problems| form_page(&visitor, &sent, problems).await;
    visitor.after(begun, at_field, again).await
}

/// The field that would have to be another for the credential to be requested.
fn at_field(problem: &Problem, kind: CredentialKind) -> Option<&'static str> {
    use ProblemCode as P;
    match (problem.code(), problem.member()) {
        (_, Some("owner_person" | "by_digest")) => Some("login"),
        (_, Some("owner_agency")) => Some("agency"),
        (_, Some("algorithm")) => Some("algorithm"),
        (_, Some("subject")) => Some("common_name"),
        // No such owner, one of other managers, or one who has left.
        (P::NotFound | P::Forbidden | P::WrongState, _) => Some(match kind {
            CredentialKind::Personal => "login",
            CredentialKind::Seal => "agency",
        }),
        _ => None,
    }
}
