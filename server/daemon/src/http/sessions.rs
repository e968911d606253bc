//! `/api/v1/sessions` and `/api/v1/me`: log-in and log-out of people, and their password.

use actix_web::{HttpResponse, web};
use kyso_api::Secret;
use kyso_api::management::{ChangePassword, Me, NewSession, RoleName, SessionReply};
use kyso_api::problem::ProblemCode;
use kyso_core::id::PersonId;
use kyso_core::model::{Person, Role};
use kyso_core::{Actor, Change, Refusal};
use kyso_evidence::Event;
use secrecy::SecretString;

use super::body::Json;
use super::desk::Desk;
use super::error::Problem;
use super::frame::Call;
use super::log_ins;
use crate::app::App;
use crate::auth::actor::Caller;
use crate::auth::log_in::LogInError;
use crate::auth::password::NewPassword;
use crate::auth::stay::Stay;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/sessions")
                .route(web::get().to(log_ins::list))
                .route(web::post().to(log_in)),
        )
        .service(web::resource("/sessions/current").route(web::delete().to(log_out)))
        .service(web::resource("/sessions/{id}").route(web::delete().to(log_ins::remove)))
        .service(web::resource("/me").route(web::get().to(me)))
        .service(web::resource("/me/password").route(web::post().to(change_password)));
}

impl From<LogInError> for Problem {
    fn from(error: LogInError) -> Self {
        use crate::auth::factors::OtpError;
        match error {
            LogInError::Busy => crate::app::ChangeError::Busy.into(),
            LogInError::Hsm(error) => error.into(),
            LogInError::Journal(error) => error.into(),
            LogInError::OtpRequired => ProblemCode::OtpRequired.into(),
            LogInError::OtpUsed { wait_seconds } => OtpError::Used { wait_seconds }.into(),
            LogInError::Throttled { retry_after } => OtpError::Throttled { retry_after }.into(),
            LogInError::Wrong => ProblemCode::WrongCredentials.into(),
        }
    }
}

async fn log_in(
    app: web::Data<App>,
    call: Call,
    Json(body): Json<NewSession>,
) -> Result<HttpResponse, Problem> {
    let password = SecretString::from(body.password.expose());
    let otp = body.otp.as_ref().map(Secret::expose);
    let entered = app
        .log_in(
            &body.login,
            password,
            otp,
            call,
            None,
            Stay::of_a_program(&app.config.tokens),
        )
        .await?;
    Ok(HttpResponse::Created().json(SessionReply {
        access_token: Secret::new(entered.issued.text),
        token_type: "Bearer".to_owned(),
        expires_in: entered.expires_in,
        person: describe(&entered.person, &entered.roles),
    }))
}

async fn log_out(app: web::Data<App>, Caller(actor): Caller) -> Result<HttpResponse, Problem> {
    let token = actor.token().ok_or(ProblemCode::NotFound)?;
    app.change(actor, Change::RevokeFamily(token.family))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn me(app: web::Data<App>, Caller(actor): Caller) -> Result<HttpResponse, Problem> {
    let id = person(&actor)?;
    let snapshot = app.snapshot();
    let person = snapshot
        .person(id, app.now())
        .ok_or(ProblemCode::NotFound)?;
    Ok(HttpResponse::Ok().json(describe(person, &snapshot.roles_of(id))))
}

async fn change_password(
    desk: Desk,
    Json(body): Json<ChangePassword>,
) -> Result<HttpResponse, Problem> {
    replace_password(&desk, &body).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sets a new password: the old one and a one-time password prove who asks.
///
/// # Errors
/// [`Problem`]; a wrong proof is an entry.
pub async fn replace_password(desk: &Desk, body: &ChangePassword) -> Result<(), Problem> {
    let (id, app) = (desk.person()?, desk.app());
    let refused = desk.refused(Event::PasswordChanged).about("person", id);
    let new = NewPassword::parse(body.new.expose())?;
    let turn = app.passwords.turn(desk.call.source)?;
    let totp = desk.own_otp(refused.clone(), &body.otp).await?;
    let old = SecretString::from(body.old.expose());
    let hash = app.password_of(id).map(|(hash, _)| hash);
    if !app.passwords.matches(&turn, old, hash).await? {
        desk.note(refused.because(Refusal::WrongPassword)).await?;
        return Err(ProblemCode::WrongCredentials.into());
    }
    let new = app.passwords.hash(turn, new).await?;
    desk.change(Change::ChangePassword(id, new, totp)).await?;
    Ok(())
}

fn person(actor: &Actor) -> Result<PersonId, Problem> {
    actor.person().ok_or_else(|| ProblemCode::Forbidden.into())
}

fn describe(person: &Person, roles: &[Role]) -> Me {
    Me {
        id: person.id.to_string(),
        login: person.login.clone(),
        name: person.name.clone(),
        roles: roles
            .iter()
            .filter_map(|role| RoleName::from_name(role.name()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_word() {
        for role in Role::ALL {
            assert!(RoleName::from_name(role.name()).is_some(), "{role:?}");
        }
    }
}
