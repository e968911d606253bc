//! One's own account: factors, log-ins, the password; and the first enrolment.

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::Secret;
use kyso_api::management::{ChangePassword, ConfirmEnrolment, EnrolmentReply};
use kyso_api::problem::Language;
use kyso_web::{Account, EnrolFactor, EnrolStart, Factor, Foreign, Frame, OwnSession, Problems};

use super::answer::{page, status_of};
use super::inbox::moment;
use super::naming;
use super::sent::{Sent, one, parameter, typed_otp};
use super::stranger;
use super::visitor::{Visitor, here, remember_language, see_other};
use crate::app::App;
use crate::http::enrolments;
use crate::http::error::Problem;
use crate::http::frame::Call;
use crate::http::log_ins::{self, LogIn};
use crate::http::management::read;
use crate::http::sessions;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config
        .service(web::resource("/account").route(get().to(account)))
        .service(web::resource("/account/password").route(post().to(password)))
        .service(web::resource("/account/sessions/end-others").route(post().to(end_others)))
        .service(web::resource("/account/sessions/{id}/end").route(post().to(end_one)))
        .service(
            web::resource("/enrol")
                .route(get().to(enrol_form))
                .route(post().to(enrol)),
        )
        .service(web::resource("/enrol/confirm").route(post().to(confirm)));
}

async fn account(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let saved = parameter(&request, "saved").is_some();
    let mut response = shown(&visitor, saved, Problems::none()).await;
    remember_language(&request, &mut response);
    response
}

async fn shown(visitor: &Visitor, saved: bool, problems: Problems) -> HttpResponse {
    let status = status_of(&problems);
    let sessions = match own_log_ins(visitor).await {
        Ok(sessions) => sessions,
        Err(problem) => return visitor.answer(Err(problem)).await,
    };
    let view = Account {
        login: login(visitor),
        factors: factors(visitor),
        sessions,
        saved,
        problems,
        frame: visitor.frame().await,
    };
    page(status, view.render())
}

fn login(visitor: &Visitor) -> Foreign {
    let snapshot = visitor.desk.policy().snapshot();
    let person = visitor.desk.actor.person();
    let person = person.and_then(|person| snapshot.people.by_id.get(&person).cloned());
    Foreign::new(&person.map(|person| person.login).unwrap_or_default())
}

fn factors(visitor: &Visitor) -> Vec<Factor> {
    let snapshot = visitor.desk.policy().snapshot();
    let person = visitor.desk.actor.person();
    let enrolled = person.and_then(|person| snapshot.people.factors.get(&person).cloned());
    let kinds = [
        (
            enrolled.as_ref().is_some_and(|one| one.password.is_some()),
            "Mật khẩu",
            "Password",
        ),
        (
            enrolled.as_ref().is_some_and(|one| one.totp.is_some()),
            "Ứng dụng xác thực (mã một lần)",
            "Authenticator (one-time password)",
        ),
    ];
    let kinds = kinds.into_iter().filter(|(there, ..)| *there);
    kinds
        .map(|(_, vi, en)| Factor {
            kind: Foreign::new(visitor.language.choose(vi, en)),
            since: None,
            last_used: None,
        })
        .collect()
}

/// The log-ins that may still be in use, this one first.
async fn own_log_ins(visitor: &Visitor) -> Result<Vec<OwnSession>, Problem> {
    let mut alive = log_ins::alive(&visitor.desk).await?;
    alive.sort_by_key(|one| !one.current);
    let snapshot = visitor.desk.policy().snapshot();
    let device = |one: &LogIn| match (one.current, one.client) {
        (true, _) => Foreign::new(visitor.language.choose("Trình duyệt này", "This browser")),
        (false, Some(client)) => naming::system(&snapshot, client),
        (false, None) => Foreign::new(
            visitor
                .language
                .choose("Lần đăng nhập khác", "Another log-in"),
        ),
    };
    let sessions = alive.iter().map(|one| OwnSession {
        id: one.family.to_string(),
        device: device(one),
        address: Foreign::new(one.address.as_deref().unwrap_or_default()),
        since: moment(one.since),
        until: moment(one.until),
        current: one.current,
    });
    Ok(sessions.collect())
}

async fn end_one(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let end = match read::path_id(&path) {
        Ok(family) => log_ins::end(&visitor.desk, family).await,
        Err(problem) => Err(problem),
    };
    visitor.answer(end.map(|()| see_other("/ui/account"))).await
}

async fn end_others(visitor: Visitor, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let end = log_ins::end_others(&visitor.desk).await;
    visitor.answer(end.map(|()| see_other("/ui/account"))).await
}

async fn password(visitor: Visitor, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    if let Some(problems) = repeated(&sent, visitor.language) {
        return shown(&visitor, false, problems).await;
    }
    let wanted = ChangePassword {
        old: Secret::new(one(&sent, "old_password")),
        new: Secret::new(one(&sent, "new_password")),
        otp: typed_otp(&sent),
    };
    match sessions::replace_password(&visitor.desk, &wanted).await {
        // The old password's log-in has ended with it.
        Ok(()) => see_other("/ui/login"),
        Err(problem) => {
            let problems = said(&problem, "old_password", visitor.tongue());
            shown(&visitor, false, problems).await
        }
    }
}

async fn enrol_form(app: web::Data<App>, call: Call, request: HttpRequest) -> HttpResponse {
    let frame = stranger::frame(&app, call, &request, &here(&request));
    let mut response = start(frame, Problems::none());
    remember_language(&request, &mut response);
    response
}

/// The first step: the code that was handed over.
fn start(frame: Frame, problems: Problems) -> HttpResponse {
    let status = status_of(&problems);
    let view = EnrolStart {
        frame,
        code: Foreign::default(), // a code is not sent back
        problems,
    };
    page(status, view.render())
}

/// The second step: the secret, a password and the first one-time password.
fn factor(frame: Frame, begun: &EnrolmentReply, problems: Problems) -> HttpResponse {
    let status = status_of(&problems);
    let view = EnrolFactor {
        secret: secret_of(begun.otpauth_uri.expose()),
        qr_svg: begun.qr_svg.expose().to_owned(),
        otpauth_uri: begun.otpauth_uri.expose().to_owned(),
        login: Foreign::new(&begun.login),
        handle: begun.enrolment_token.expose().to_owned(),
        problems,
        frame,
    };
    page(status, view.render())
}

async fn enrol(app: web::Data<App>, call: Call, request: HttpRequest, sent: Sent) -> HttpResponse {
    let frame = match stranger::sent(&app, call, &request, ENROL) {
        Ok(frame) => frame,
        Err(notice) => return *notice,
    };
    let code = Secret::new(one(&sent, "code").trim());
    match enrolments::begin(&app, call, &code).await {
        Ok(begun) => factor(frame, &begun, Problems::none()),
        Err(problem) => {
            let sentence = problem.sentence(call.language);
            start(frame, Problems::none().and("code", sentence))
        }
    }
}

/// The secret in groups of four, as the address has it.
fn secret_of(uri: &str) -> String {
    let secret = uri.split_once("secret=").map_or("", |(_, rest)| rest);
    let secret = secret.split('&').next().unwrap_or_default();
    let groups: Vec<&str> = secret
        .as_bytes()
        .chunks(4)
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    groups.join(" ")
}

async fn confirm(
    app: web::Data<App>,
    call: Call,
    request: HttpRequest,
    sent: Sent,
) -> HttpResponse {
    let frame = match stranger::sent(&app, call, &request, ENROL) {
        Ok(frame) => frame,
        Err(notice) => return *notice,
    };
    let wanted = ConfirmEnrolment {
        enrolment_token: Secret::new(one(&sent, "handle")),
        password: Secret::new(one(&sent, "new_password")),
        otp: typed_otp(&sent),
    };
    let problems = match repeated(&sent, frame.language) {
        Some(problems) => problems,
        None => match enrolments::complete(&app, call, &wanted).await {
            Ok(()) => return see_other("/ui/login"),
            Err(problem) if problem.is_of_the_code() => {
                return start(frame, said(&problem, "code", call.language));
            }
            Err(problem) => said(&problem, "new_password", call.language),
        },
    };
    // The same secret is shown once more, to whoever holds its handle.
    match enrolments::shown_again(&app, call, &wanted.enrolment_token).await {
        Ok(begun) => factor(frame, &begun, problems),
        Err(problem) => start(frame, said(&problem, "code", call.language)),
    }
}

/// What is wrong with a new password that was not typed alike twice.
fn repeated(sent: &Sent, language: kyso_web::Language) -> Option<Problems> {
    let twice = language.choose(
        "Hai lần nhập không giống nhau.",
        "The two are not the same.",
    );
    let same = one(sent, "new_password") == one(sent, "new_password_again");
    (!same).then(|| Problems::none().and("new_password_again", twice))
}

/// The problem at the one-time password if it is that, else at this field.
fn said(problem: &Problem, field: &'static str, language: Language) -> Problems {
    let field = if problem.is_of_the_otp() {
        "otp"
    } else {
        field
    };
    Problems::none().and(field, problem.sentence(language))
}

/// Where an enrolment begins.
const ENROL: &str = "/ui/enrol";
