//! Who looks at a page: a person with the cookie of their log-in.
//!
//! The cookie holds an access token that is bound to the network it was given to, so that one which
//! was stolen is worth nothing elsewhere, and is revoked by the first attempt.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::{Cookie, SameSite, time::Duration as Life};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use kyso_api::problem::ProblemCode;
use kyso_core::Change;
use kyso_core::id::{AgencyId, PersonId};
use kyso_core::model::Role;
use kyso_web::{Foreign, Frame, Language, Occasion, Problems, Tab, Unseen, Viewer};
use sha2::{Digest as _, Sha256};

use super::answer::{At, explain, language, page, stale, told};
use super::inbox::states;
use super::sent::{Sent, is_led_here, is_ours, one, parameter};
use crate::app::App;
use crate::auth::failures::Failure;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::frame::Call;
use crate::http::management::audit::is_officer;
use crate::http::management::{scope, stored};

/// The cookie of a log-in. The prefix makes browsers refuse it from other hosts and without TLS.
const SESSION: &str = "__Host-kyso";
/// The cookie of the language that was chosen.
const LANGUAGE: &str = "kyso-language";

/// Somebody who is logged in, before the server.
#[derive(Debug)]
pub struct Visitor {
    /// The person, as the API knows them.
    pub desk: Desk,
    /// In which language they read.
    pub language: Language,
    here: String,
    csrf: String,
    ours: bool,
}

/// Nobody is logged in: to the log-in, and back from there.
#[derive(Debug, thiserror::Error)]
#[error("nobody is logged in")]
pub struct LogInFirst {
    next: String,
    ended: bool,
    forget: bool,
}

impl LogInFirst {
    /// No cookie came, which says nothing of what the browser holds: another site's form comes without
    /// it, and must not be what takes it away.
    const fn without_cookie(next: String) -> Self {
        Self {
            next,
            ended: false,
            forget: false,
        }
    }

    /// The cookie that came is of no use; only our own page has it forgotten.
    const fn after(next: String, ours: bool) -> Self {
        Self {
            next,
            ended: true,
            forget: ours,
        }
    }
}

impl ResponseError for LogInFirst {
    fn status_code(&self) -> StatusCode {
        StatusCode::SEE_OTHER
    }

    fn error_response(&self) -> HttpResponse {
        let ended = if self.ended { "&ended=1" } else { "" };
        let next = serde_urlencoded::to_string([("next", &self.next)]).unwrap_or_default();
        let mut response = see_other(&format!("/ui/login?{next}{ended}"));
        if self.forget {
            // A cookie of our own words always has a form.
            let _ = response.add_cookie(&no_session());
        }
        response
    }
}

impl FromRequest for Visitor {
    type Error = LogInFirst;
    type Future = Pin<Box<dyn Future<Output = Result<Self, LogInFirst>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { visitor(&request).await })
    }
}

async fn visitor(request: &HttpRequest) -> Result<Visitor, LogInFirst> {
    let here = here(request);
    let without = || LogInFirst::without_cookie(here.clone());
    let app = request.app_data::<web::Data<App>>().ok_or_else(without)?;
    let cookie = request.cookie(SESSION).ok_or_else(without)?;
    let (call, ours) = (
        Call::of(request),
        is_ours(request, &app.config.server.base_url),
    );
    let first = || LogInFirst::after(here.clone(), ours);
    let verified = app.tokens.verify(cookie.value(), app.now());
    let verified = verified.map_err(|_| first())?;
    let actor = verified.actor(call);
    if !verified.is_of_a_page() || !app.snapshot().honours(&actor, app.now()) {
        return Err(first());
    }
    if !verified.is_at(call.source) {
        return Err(taken_along(app, actor, call, first()).await);
    }
    Ok(Visitor {
        language: chosen(request, call),
        csrf: csrf(cookie.value()),
        desk: Desk::new(actor, call, app.clone()),
        ours,
        here,
    })
}

/// The cookie came from another network than it was given to: it is of no use there, nor here any more.
async fn taken_along(
    app: &App,
    actor: kyso_core::Actor,
    call: Call,
    first: LogInFirst,
) -> LogInFirst {
    app.failures.count(Failure::Token, call.source);
    if let Some(token) = actor.token()
        && let Err(error) = app.change(actor, Change::RevokeFamily(token.family)).await
    {
        tracing::warn!(%error, "a log-in that was used elsewhere could not be ended");
    }
    first
}

/// Path and parameters of this page, without the choice of language.
pub fn here(request: &HttpRequest) -> String {
    let mut asked = super::sent::asked(request);
    asked.retain(|(name, _)| name != "lang");
    let query = serde_urlencoded::to_string(&asked).unwrap_or_default();
    match query.as_str() {
        "" => request.path().to_owned(),
        query => format!("{}?{query}", request.path()),
    }
}

/// The language that was just chosen, or was chosen before, or that the browser prefers.
pub fn chosen(request: &HttpRequest, call: Call) -> Language {
    let now = parameter(request, "lang").and_then(|code| Language::of_code(&code));
    let before = || {
        let cookie = request.cookie(LANGUAGE)?;
        Language::of_code(cookie.value())
    };
    now.or_else(before).unwrap_or(language(call.language))
}

/// Keeps the language that the address chooses.
pub fn remember_language(request: &HttpRequest, response: &mut HttpResponse) {
    let chosen = parameter(request, "lang").and_then(|code| Language::of_code(&code));
    if let Some(chosen) = chosen {
        let cookie = Cookie::build(LANGUAGE, chosen.code())
            .path("/ui")
            .secure(true)
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(Life::days(365))
            .finish();
        // A cookie of our own words always has a form.
        let _ = response.add_cookie(&cookie);
    }
}

/// What every form of a log-in carries: nobody else can know it, since the cookie can be read by none.
fn csrf(session: &str) -> String {
    let hash = Sha256::new()
        .chain_update(b"kyso/csrf/v1/")
        .chain_update(session)
        .finalize();
    hex::encode(hash)
}

/// The cookie of a log-in that lasts so many seconds.
pub fn session(token: String, seconds: u32) -> Cookie<'static> {
    Cookie::build(SESSION, token)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Life::seconds(i64::from(seconds)))
        .finish()
}

/// The same, taken away.
pub fn no_session() -> Cookie<'static> {
    session(String::new(), 0)
}

impl Visitor {
    /// What stands around a page of theirs.
    pub async fn frame(&self) -> Frame {
        self.frame_with(self.waiting().await).await
    }

    /// The same where it is known how many requests wait.
    pub async fn frame_with(&self, waiting: u32) -> Frame {
        let unseen = self.unseen().await;
        let app = self.desk.app();
        let snapshot = app.snapshot();
        let person = self.desk.actor.person();
        let person = person.and_then(|id| snapshot.person(id, app.now()));
        let roles = person.map(|person| snapshot.roles_of(person.id));
        let roles = roles.unwrap_or_default();
        Frame {
            language: self.language,
            here: self.here.clone(),
            csrf: self.csrf.clone(),
            waiting,
            viewer: person.map(|person| Viewer {
                name: Foreign::new(&person.name),
                roles: roles.into_iter().map(role).collect(),
            }),
            evaluation: app.evaluation.is_some(),
            unseen,
        }
    }

    /// What a security officer has not acknowledged; a page that says nothing of it is worth more than none.
    async fn unseen(&self) -> Unseen {
        let Some(person) = self.desk.actor.person().filter(|_| is_officer(&self.desk)) else {
            return Unseen::default();
        };
        let found = stored::unseen(self.desk.app(), person).await;
        let found = found.unwrap_or_default();
        Unseen {
            alarms: found.alarms,
            disputes: found.disputes,
        }
    }

    /// What waits for a signer; a number in the navigation is not worth a page that fails.
    async fn waiting(&self) -> u32 {
        let app = self.desk.app();
        let signs = |person: &PersonId| app.snapshot().roles_of(*person).contains(&Role::Signer);
        let Some(person) = self.desk.actor.person().filter(signs) else {
            return 0;
        };
        let open = app.journal().count_approvals(person, states(Tab::ToSign));
        open.await.unwrap_or_default()
    }

    /// Whether they manage the subscribers of any agency, so that forms for these are for them.
    pub fn manages(&self) -> bool {
        let (snapshot, now) = (self.desk.policy().snapshot(), self.desk.now());
        let person = self.desk.actor.person();
        person.is_some_and(|id| snapshot.holds_anywhere_at(id, Role::SubscriberManager, now))
    }

    /// Refuses whoever manages the subscribers of no agency.
    ///
    /// # Errors
    /// `forbidden`.
    pub fn check_manages(&self) -> Result<(), Problem> {
        if self.manages() {
            Ok(())
        } else {
            Err(ProblemCode::Forbidden.into())
        }
    }

    /// Whether they manage the subscribers of this agency.
    pub fn manages_at(&self, agency: AgencyId) -> bool {
        let (snapshot, now) = (self.desk.policy().snapshot(), self.desk.now());
        let person = self.desk.actor.person();
        person.is_some_and(|id| scope::manages(&snapshot, id, agency, now))
    }

    /// Whether this form was made for this log-in and sent by our own page.
    pub fn sent(&self, sent: &Sent) -> bool {
        use subtle::ConstantTimeEq as _;
        let same: bool = one(sent, "csrf")
            .as_bytes()
            .ct_eq(self.csrf.as_bytes())
            .into();
        self.ours && same
    }

    /// The page, or why there is none.
    pub async fn answer(&self, end: Result<HttpResponse, Problem>) -> HttpResponse {
        match end {
            Ok(page) => page,
            Err(problem) => explain(self.frame().await, &problem, self.desk.call),
        }
    }

    /// A form into which nothing was typed.
    pub async fn begin(
        &self,
        request: &HttpRequest,
        form: impl AsyncFnOnce(&Sent, Problems) -> Result<HttpResponse, Problem>,
    ) -> HttpResponse {
        let end = form(&web::Form(Vec::new()), Problems::none()).await;
        self.show(request, end).await
    }

    /// After a form: on to the next place, or, where a field is what is wrong, the form again that says so.
    pub async fn after<A: Into<At>>(
        &self,
        done: Result<String, Problem>,
        at: impl FnOnce(&Problem) -> Option<A>,
        again: impl AsyncFnOnce(Problems) -> Result<HttpResponse, Problem>,
    ) -> HttpResponse {
        let end = match done {
            Ok(place) => Ok(see_other(&place)),
            Err(problem) => match at(&problem) {
                Some(at) => again(at.into().told(&problem, self.tongue())).await,
                None => Err(problem),
            },
        };
        self.answer(end).await
    }

    /// The same, and keeps the language that the address chooses.
    pub async fn show(
        &self,
        request: &HttpRequest,
        end: Result<HttpResponse, Problem>,
    ) -> HttpResponse {
        let mut response = self.answer(end).await;
        remember_language(request, &mut response);
        response
    }

    /// In place of a page whose showing is an entry, where another site led here: whoever reads goes on by a
    /// step of their own, so that no other site can have it written that they did.
    pub async fn led_here(&self, request: &HttpRequest) -> Option<HttpResponse> {
        if !is_led_here(request) {
            return None;
        }
        let html = told(self.frame().await, Occasion::LedHere, "", self.desk.call);
        Some(page(StatusCode::OK, html))
    }

    /// A form that was not made for this log-in.
    pub async fn stale(&self) -> HttpResponse {
        stale(self.frame().await, self.desk.call)
    }

    /// The language for sentences of problems.
    pub const fn tongue(&self) -> kyso_api::problem::Language {
        match self.language {
            Language::Vietnamese => kyso_api::problem::Language::Vietnamese,
            Language::English => kyso_api::problem::Language::English,
        }
    }
}

/// A role as the pages know it.
pub const fn role(role: Role) -> kyso_web::Role {
    match role {
        Role::Operator => kyso_web::Role::Operator,
        Role::RecordsClerk => kyso_web::Role::RecordsClerk,
        Role::SecurityOfficer => kyso_web::Role::SecurityOfficer,
        Role::Signer => kyso_web::Role::Leader,
        Role::SubscriberManager => kyso_web::Role::SubscriberManager,
    }
}

/// To another page, after a form.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, path.to_owned()))
        .finish()
}
