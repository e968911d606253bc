//! A subscriber manager registers somebody new.

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::NewPerson;
use kyso_api::problem::ProblemCode;
use kyso_web::{Foreign, Problems, RegisterPerson};

use super::answer::{At, page, status_of};
use super::naming;
use super::sent::{Sent, one};
use super::visitor::Visitor;
use crate::http::error::Problem;
use crate::http::management::persons;

/// The routes; before those of a person by id.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config.service(
        web::resource("/people/new")
            .route(get().to(person_form))
            .route(post().to(person)),
    );
}

async fn person_form(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = person_page(&visitor, &Typed::default(), Problems::none()).await;
    visitor.show(&request, end).await
}

/// What the form holds, as it was typed.
#[derive(Debug, Default)]
struct Typed<'a> {
    login: &'a str,
    name: &'a str,
    agency: &'a str,
    position: &'a str,
    email: &'a str,
    position_required: bool,
}

impl<'a> Typed<'a> {
    fn of(sent: &'a Sent) -> Self {
        Self {
            login: one(sent, "login"),
            name: one(sent, "name"),
            agency: one(sent, "agency"),
            position: one(sent, "position"),
            email: one(sent, "email"),
            position_required: !one(sent, "position_required").is_empty(),
        }
    }

    /// The body that the API is sent for the same.
    fn wanted(&self, visitor: &Visitor) -> NewPerson {
        NewPerson {
            login: self.login.to_owned(),
            name: self.name.to_owned(),
            agency: naming::agency_id(&visitor.desk.policy().snapshot(), self.agency),
            position: self.position.to_owned(),
            email: self.email.to_owned(),
            position_required: Some(self.position_required),
        }
    }
}

async fn person_page(
    visitor: &Visitor,
    typed: &Typed<'_>,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    visitor.check_manages()?;
    let view = RegisterPerson {
        login: Foreign::new(typed.login),
        name: Foreign::new(typed.name),
        agency: Foreign::new(typed.agency),
        position: Foreign::new(typed.position),
        email: Foreign::new(typed.email),
        position_required: typed.position_required,
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

async fn person(visitor: Visitor, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let typed = Typed::of(&sent);
    let wanted = typed.wanted(&visitor);
    let entered = persons::enter(&visitor.desk, &wanted).await;
    let entered = entered.map(|id| format!("/ui/people/{id}"));
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    let ended = || naming::has_ended(&snapshot, &wanted.agency, now);
    let again = async |problems| person_page(&visitor, &typed, problems).await;
    let at_field = |problem: &Problem| at_field(problem, ended());
    visitor.after(entered, at_field, again).await
}

/// The field that would have to be another for the person to be registered.
fn at_field(problem: &Problem, agency_ended: bool) -> Option<At> {
    let fields = ["login", "name", "agency", "position", "email"];
    match problem.code() {
        ProblemCode::WrongState if agency_ended => Some(At::ended_agency("agency")),
        ProblemCode::WrongState => Some(At::because(
            "login",
            "Tên đăng nhập này đã có người dùng, và không được dùng lại.",
            "Somebody has this login; one is never given again.",
        )),
        // No such agency, or one of other managers.
        ProblemCode::NotFound | ProblemCode::Forbidden => Some("agency".into()),
        _ => fields
            .into_iter()
            .find(|field| problem.member() == Some(field))
            .map(At::from),
    }
}
