//! `/api/v1/enrolments`: a person takes possession of their account. Nobody else ever sees the
//! `otpauth://` URI: the manager hands over a code, and the code is used up.

use std::net::IpAddr;

use actix_web::{HttpResponse, web};
use kyso_api::Secret;
use kyso_api::management::{ConfirmEnrolment, EnrolmentReply, StartEnrolment};
use kyso_api::problem::ProblemCode;
use kyso_core::actor::{Proof, Subject};
use kyso_core::change::Enrolment;
use kyso_core::id::PersonId;
use kyso_core::{Actor, Change, Refusal};
use kyso_hsm::HsmError;
use kyso_store::Factor;

use super::body::Json;
use super::error::Problem;
use super::frame::Call;
use crate::app::{App, ChangeError};
use crate::auth::enrolment::{AAD, Begun, LIFE, code_hash, from_text, to_text};
use crate::auth::factors::totp_aad;
use crate::auth::failures::Failure;
use crate::auth::password::NewPassword;
use crate::auth::totp::{Authenticator, NoSecret, new_secret};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/enrolments").route(web::post().to(start)))
        .service(web::resource("/enrolments/confirm").route(web::post().to(confirm)));
}

impl From<NoSecret> for Problem {
    fn from(_: NoSecret) -> Self {
        ProblemCode::Internal.into()
    }
}

async fn start(
    app: web::Data<App>,
    call: Call,
    Json(body): Json<StartEnrolment>,
) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Created().json(begin(&app, call, &body.code).await?))
}

/// A new secret for whoever holds the code; nothing is stored until its first code comes.
///
/// # Errors
/// `code_expired` for a code that is wrong, used or over.
pub async fn begin(app: &App, call: Call, code: &Secret) -> Result<EnrolmentReply, Problem> {
    let code = code_hash(code.expose());
    let Some(person) = app.journal().enrolment(code).await? else {
        return Err(gone(app, call.source));
    };
    let (login, secret) = (login_of(app, person)?, new_secret()?);
    let expires_at = app.now().after(LIFE);
    let begun = Begun {
        person,
        code,
        secret: *secret,
        expires_at,
    };
    let sealed = app.token.seal(AAD, &begun.bytes()).await?;
    show(app, &begun, to_text(&sealed), login)
}

fn show(
    app: &App,
    begun: &Begun,
    handle: String,
    login: String,
) -> Result<EnrolmentReply, Problem> {
    let authenticator = Authenticator::labelled(&begun.secret, &app.config.server.name, &login)?;
    Ok(EnrolmentReply {
        enrolment_token: Secret::new(handle),
        otpauth_uri: Secret::new(authenticator.uri()?.as_str()),
        qr_svg: Secret::new(authenticator.qr_svg()?.as_str()),
        login,
    })
}

/// The same secret once more, for a page on which something was wrong: its handle is the proof.
///
/// # Errors
/// `code_expired` for a handle that is not ours or is over; `unavailable` while too many of this network enrol.
pub async fn shown_again(
    app: &App,
    call: Call,
    handle: &Secret,
) -> Result<EnrolmentReply, Problem> {
    // As for what is typed right: the token's places are few, and one network is not to have them all.
    let _turn = app.passwords.turn(call.source)?;
    let begun = unseal(app, handle.expose(), call.source).await?;
    let login = login_of(app, begun.person)?;
    show(app, &begun, handle.expose().to_owned(), login)
}

fn login_of(app: &App, person: PersonId) -> Result<String, Problem> {
    let snapshot = app.snapshot();
    let person = snapshot
        .person(person, app.now())
        .ok_or(ProblemCode::CodeExpired)?;
    Ok(person.login.clone())
}

/// A code that is wrong, used or over: one answer for all three.
fn gone(app: &App, source: Option<IpAddr>) -> Problem {
    app.failures.count(Failure::EnrolmentCode, source);
    ProblemCode::CodeExpired.into()
}

async fn confirm(
    app: web::Data<App>,
    call: Call,
    Json(body): Json<ConfirmEnrolment>,
) -> Result<HttpResponse, Problem> {
    complete(&app, call, &body).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Enrols: the first one-time password proves that the secret arrived.
///
/// # Errors
/// [`Problem`].
pub async fn complete(app: &App, call: Call, body: &ConfirmEnrolment) -> Result<(), Problem> {
    let password = NewPassword::parse(body.password.expose())?;
    let turn = app.passwords.turn(call.source)?;
    let begun = unseal(app, body.enrolment_token.expose(), call.source).await?;
    let step = first_step(app, &begun, body.otp.expose(), call.source).await?;
    let password = app.passwords.hash(turn, password).await?;
    // Any number unlike that of an earlier enrolment does: it only ties the secret to its row.
    let version = app.now().as_micros();
    let totp = app
        .token
        .seal(&totp_aad(begun.person, version), &begun.secret)
        .await?;
    let (person, code) = (begun.person, begun.code);
    let enrolment = Enrolment {
        person,
        code,
        password,
        totp,
        version,
        step,
    };
    let subject = Subject::Person(person);
    let actor =
        Actor::trust_verified(subject, None, Proof::None, None, call.source).in_call(call.request);
    match app.change(actor, Change::EnrolFactors(enrolment)).await {
        Ok(_) => Ok(()),
        Err(ChangeError::Refused(Refusal::UnknownObject | Refusal::Conflict)) => {
            Err(ProblemCode::CodeExpired.into())
        }
        Err(error) => Err(error.into()),
    }
}

/// The step of the first one-time password. Counted before it is compared, under the code, so
/// that starting anew with the same code gives no new attempts.
async fn first_step(
    app: &App,
    begun: &Begun,
    otp: &str,
    source: Option<IpAddr>,
) -> Result<i64, Problem> {
    app.count_attempt(&begun.code, Factor::Enrolment, source)
        .await?;
    let step = Authenticator::new(&begun.secret)?.step_of(otp, app.now());
    step.ok_or_else(|| {
        app.failures.count(Failure::EnrolmentOtp, source);
        ProblemCode::OtpInvalid.into()
    })
}

async fn unseal(app: &App, token: &str, source: Option<IpAddr>) -> Result<Begun, Problem> {
    let Some(sealed) = from_text(token) else {
        return Err(gone(app, source));
    };
    match app.token.unseal(AAD, &sealed).await {
        Ok(bytes) => Begun::read(&bytes, app.now()).ok_or_else(|| gone(app, source)),
        Err(HsmError::Unsealable) => Err(gone(app, source)),
        Err(error) => Err(error.into()),
    }
}
