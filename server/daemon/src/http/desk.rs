//! What our handlers hold: the caller, and the server behind them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use kyso_api::Secret;
use kyso_api::problem::ProblemCode;
use kyso_core::change::TotpUse;
use kyso_core::id::PersonId;
use kyso_core::journal::{Committed, JournalError};
use kyso_core::policy::Policy;
use kyso_core::request::SignRequest;
use kyso_core::sign::Signature;
use kyso_core::{Actor, Change, Draft, Refusal, SignError, SystemClock, Timestamp};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;

use super::error::Problem;
use super::frame::Call;
use crate::app::App;
use crate::auth::actor::{AuthError, Caller};
use crate::auth::factors::OtpError;
use crate::auth::failures::Failure;
use crate::config::Config;

/// An authenticated caller before the server.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Who calls.
    pub actor: Actor,
    /// The call's id and language.
    pub call: Call,
    app: web::Data<App>,
}

impl FromRequest for Desk {
    type Error = AuthError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, AuthError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        let app = request.app_data::<web::Data<App>>().cloned();
        let call = Call::of(request);
        Box::pin(async move {
            let Caller(actor) = caller.await?;
            let app = app.ok_or(AuthError::Missing)?;
            Ok(Self { actor, call, app })
        })
    }
}

impl Desk {
    /// A caller who was authenticated before the server.
    pub const fn new(actor: Actor, call: Call, app: web::Data<App>) -> Self {
        Self { actor, call, app }
    }

    /// The server.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The server, to be held by a task.
    pub fn shared(&self) -> web::Data<App> {
        self.app.clone()
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.app.config
    }

    /// The policy in force.
    pub fn policy(&self) -> &Arc<Policy<SystemClock>> {
        self.app.signer.policy()
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// The caller as a person: most of our own API is for people.
    ///
    /// # Errors
    /// `forbidden` for a system.
    pub fn person(&self) -> Result<PersonId, Problem> {
        self.actor.person().ok_or_else(|| Refusal::Forbidden.into())
    }

    /// Changes the state, as this caller.
    ///
    /// # Errors
    /// The [`Problem`]; a refusal is an entry.
    pub async fn change(&self, change: Change) -> Result<Committed, Problem> {
        Ok(self.app.change(self.actor.clone(), change).await?)
    }

    /// Signs, as this caller, in a task of its own.
    ///
    /// # Errors
    /// As [`kyso_core::Signer::sign`]; a refusal is an entry, or counted where the caller named no
    /// key of theirs.
    pub async fn sign(&self, request: SignRequest) -> Result<Signature, SignError> {
        let end = self.app.sign(self.actor.clone(), request).await;
        if let Err(SignError::Refused(Refusal::UnknownCredential)) = end {
            self.app.failures.count_of(Failure::Key, &self.actor);
        }
        end
    }

    /// Checks a one-time password of this person; the attempt counts before it is compared.
    ///
    /// # Errors
    /// [`OtpError`].
    pub async fn check_otp(&self, person: PersonId, code: &Secret) -> Result<TotpUse, OtpError> {
        self.app
            .check_otp(person, code.expose(), self.call.source)
            .await
    }

    /// The entry of what this caller asked for and was refused.
    pub fn refused(&self, event: Event) -> Draft {
        Draft::new(event, Outcome::Refused, &self.actor, self.call.request)
    }

    /// A one-time password of the caller for the act that `refused` is the refusal of: a code that
    /// does not hold makes that entry.
    ///
    /// # Errors
    /// The [`Problem`] that says what is wrong with it.
    pub async fn own_otp(&self, refused: Draft, code: &Secret) -> Result<TotpUse, Problem> {
        let error = match self.check_otp(self.person()?, code).await {
            Ok(totp) => return Ok(totp),
            Err(error) => error,
        };
        if let Some(refusal) = error.refusal() {
            self.note(refused.because(refusal)).await?;
        }
        Err(error.into())
    }

    /// The same for an act of power; without a code, policy says whether the log-in's is young
    /// enough.
    ///
    /// # Errors
    /// As there.
    pub async fn fresh_otp(
        &self,
        refused: Draft,
        code: Option<&Secret>,
    ) -> Result<Option<TotpUse>, Problem> {
        match code {
            Some(code) => Ok(Some(self.own_otp(refused, code).await?)),
            None => Ok(None),
        }
    }

    /// Does work in a task of its own: a caller who goes away leaves nothing half done.
    ///
    /// # Errors
    /// As the work; `internal` if it broke down.
    pub async fn apart<T, F>(self, work: impl FnOnce(Self) -> F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Problem>> + Send + 'static,
    {
        let flow = self.app.flows.follow();
        let work = work(self);
        let task = tokio::spawn(async move {
            let _flow = flow;
            work.await
        });
        task.await
            .unwrap_or_else(|_| Err(ProblemCode::Internal.into()))
    }

    /// Writes an entry about what this caller did or asked for.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn note(&self, draft: Draft) -> Result<(), JournalError> {
        self.app.note(draft).await
    }
}
