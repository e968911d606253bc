//! Log-in, log-out, and the first page of each role.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_core::Change;
use kyso_web::{Foreign, Login, LoginRefusal};
use secrecy::SecretString;

use super::answer::page;
use super::sent::{Sent, one, otp, parameter};
use super::stranger;
use super::visitor::{
    LogInFirst, Visitor, here, no_session, remember_language, see_other, session,
};
use crate::app::App;
use crate::auth::log_in::LogInError;
use crate::auth::stay::Stay;
use crate::http::frame::Call;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(
            web::resource("/login")
                .route(web::get().to(form))
                .route(web::post().to(enter)),
        )
        .service(web::resource("/logout").route(web::post().to(leave)));
}

/// `/ui/`: where this person's work lies.
pub async fn first_place(visitor: Visitor) -> HttpResponse {
    use kyso_web::Role as R;
    let frame = visitor.frame().await;
    let roles = frame.viewer.map(|viewer| viewer.roles).unwrap_or_default();
    let place = match roles.first() {
        Some(R::Leader) => "/ui/inbox",
        Some(R::RecordsClerk) => "/ui/stamping",
        Some(R::SubscriberManager) => "/ui/credentials",
        Some(R::SecurityOfficer) => "/ui/audit",
        Some(R::Operator) => "/ui/machines",
        None => "/ui/account",
    };
    see_other(place)
}

async fn form(app: web::Data<App>, call: Call, request: HttpRequest) -> HttpResponse {
    let ended = parameter(&request, "ended").map(|_| LoginRefusal::SessionEnded);
    let next = parameter(&request, "next").unwrap_or_default();
    show(&app, call, &request, "", &next, ended)
}

/// One of our own pages, as a path: never another host's.
fn ours(next: &str) -> &str {
    if next.starts_with("/ui/") && !next.contains(['\\', '\r', '\n']) {
        next
    } else {
        "/ui/"
    }
}

fn show(
    app: &App,
    call: Call,
    request: &HttpRequest,
    login: &str,
    next: &str,
    refusal: Option<LoginRefusal>,
) -> HttpResponse {
    let wants = |refusal| {
        matches!(
            refusal,
            LoginRefusal::CodeNeeded | LoginRefusal::CodeUsed(_)
        )
    };
    let status = match refusal {
        None | Some(LoginRefusal::SessionEnded | LoginRefusal::CodeNeeded) => StatusCode::OK,
        Some(LoginRefusal::Wait(_)) => StatusCode::TOO_MANY_REQUESTS,
        Some(LoginRefusal::WrongCredentials | LoginRefusal::CodeUsed(_)) => {
            StatusCode::UNAUTHORIZED
        }
    };
    let view = Login {
        frame: stranger::frame(app, call, request, &here(request)),
        login: Foreign::new(login),
        ask_otp: refusal.is_some_and(wants),
        refusal,
        next: ours(next).to_owned(),
        verifies: app.config.server.public_verification,
    };
    let mut response = page(status, view.render());
    remember_language(request, &mut response);
    response
}

async fn enter(app: web::Data<App>, call: Call, request: HttpRequest, sent: Sent) -> HttpResponse {
    if let Err(notice) = stranger::sent(&app, call, &request, "/ui/login") {
        return *notice;
    }
    let (login, next) = (one(&sent, "login"), one(&sent, "next"));
    let password = SecretString::from(one(&sent, "password"));
    let otp = otp(&sent);
    let stay = Stay::on_a_page(&app.config.tokens, call.source);
    let otp = otp.as_ref().map(kyso_api::Secret::expose);
    match app.log_in(login, password, otp, call, None, stay).await {
        Ok(entered) => {
            let mut response = see_other(ours(next));
            let cookie = session(entered.issued.text, entered.expires_in);
            // A token has no character that a cookie may not have.
            let _ = response.add_cookie(&cookie);
            response
        }
        Err(error) => show(&app, call, &request, login, next, Some(refused(&error))),
    }
}

fn refused(error: &LogInError) -> LoginRefusal {
    let seconds =
        |wait: &std::time::Duration| u32::try_from(wait.as_secs().max(1)).unwrap_or(u32::MAX);
    match error {
        LogInError::OtpRequired => LoginRefusal::CodeNeeded,
        LogInError::OtpUsed { wait_seconds } => LoginRefusal::CodeUsed(*wait_seconds),
        LogInError::Throttled { retry_after } => LoginRefusal::Wait(seconds(retry_after)),
        LogInError::Busy | LogInError::Hsm(_) | LogInError::Journal(_) => LoginRefusal::Wait(2),
        LogInError::Wrong => LoginRefusal::WrongCredentials,
    }
}

async fn leave(visitor: Result<Visitor, LogInFirst>, sent: Sent) -> HttpResponse {
    let Ok(visitor) = visitor else {
        return see_other("/ui/login");
    };
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    if let Some(token) = visitor.desk.actor.token() {
        let end = visitor
            .desk
            .change(Change::RevokeFamily(token.family))
            .await;
        if let Err(problem) = end {
            return visitor.answer(Err(problem)).await;
        }
    }
    let mut response = see_other("/ui/login");
    let _ = response.add_cookie(&no_session());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_come_next() {
        assert_eq!(ours("/ui/inbox?tab=signed"), "/ui/inbox?tab=signed");
        for bad in [
            "",
            "https://b.vn/",
            "//b.vn/ui/",
            "/ui",
            "/\\b.vn",
            "/ui/\\b",
            "/ui/a\r\nb",
        ] {
            assert_eq!(ours(bad), "/ui/", "{bad}");
        }
    }
}
