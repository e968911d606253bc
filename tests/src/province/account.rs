//! A person with password and authenticator.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use kyso_api::management::ConfirmEnrolment;
use kyso_client::{Client, ClientError, Options, Secret};

use crate::authenticator::Authenticator;

/// A log-in's one-time password counts for five minutes as fresh; a minute is left for the act.
const FRESH: Duration = Duration::from_mins(4);
/// Codes that are tried before a refusal is believed; from the fourth on, each is waited for.
const MOST_CODES: usize = 8;

/// A log-in whose one-time password still counts as fresh. Tests share it: a code counts once, and there
/// is one each half-minute, for which all of them would wait.
#[derive(Debug)]
struct Session {
    client: Client,
    token: String,
    since: Instant,
}

/// A person who has enrolled.
#[derive(Debug)]
pub struct Account {
    /// Person's id.
    pub person_id: String,
    /// Login name.
    pub login: String,
    /// Password.
    pub password: String,
    /// Where their one-time passwords come from.
    pub authenticator: Authenticator,
    options: Options,
    session: Mutex<Option<Session>>,
    page: Mutex<Option<(String, Instant)>>,
    /// Held from a code to the server's answer to it.
    turn: Mutex<()>,
}

impl Account {
    /// Takes possession of an account with the one-time code that its person was given.
    ///
    /// # Errors
    /// If the server refuses the code.
    pub fn enrol(options: &Options, code: &str, person_id: &str) -> anyhow::Result<Self> {
        let client = Client::new(options)?;
        let reply = client.start_enrolment(Secret::new(code))?;
        let authenticator = Authenticator::scan(reply.otpauth_uri.expose())?;
        let password = random_password()?;
        // Whoever enrols again may have used this very half-minute with the authenticator before.
        taken(&authenticator, |otp| {
            client.confirm_enrolment(&ConfirmEnrolment {
                enrolment_token: reply.enrolment_token.clone(),
                password: Secret::new(password.clone()),
                otp: Secret::new(otp),
            })
        })?;
        Ok(Self::known(
            options,
            person_id,
            &reply.login,
            &password,
            authenticator,
        ))
    }

    /// An account that was enrolled before.
    pub fn known(
        options: &Options,
        person_id: &str,
        login: &str,
        password: &str,
        authenticator: Authenticator,
    ) -> Self {
        Self {
            person_id: person_id.to_owned(),
            login: login.to_owned(),
            password: password.to_owned(),
            authenticator,
            options: options.clone(),
            session: Mutex::new(None),
            page: Mutex::new(None),
            turn: Mutex::new(()),
        }
    }

    /// A client with a token of this person's; `otp` for roles that need one.
    ///
    /// # Errors
    /// If the server refuses the log-in.
    pub fn log_in(&self, otp: Option<String>) -> Result<Client, ClientError> {
        let mut client = Client::new(&self.options)?;
        client.log_in(
            &self.login,
            Secret::new(&*self.password),
            otp.map(Secret::new),
        )?;
        Ok(client)
    }

    /// An access token by password alone, as signers get it.
    ///
    /// # Errors
    /// If the server refuses the log-in.
    pub fn token(&self) -> anyhow::Result<String> {
        let mut client = Client::new(&self.options)?;
        let password = Secret::new(&*self.password);
        let reply = client.log_in(&self.login, password, None)?;
        Ok(reply.access_token.expose().to_owned())
    }

    /// An access token by password and one-time password, as everybody else gets it; of a log-in that
    /// tests share.
    ///
    /// # Errors
    /// If the server refuses the log-in.
    pub fn token_with_otp(&self) -> anyhow::Result<String> {
        self.in_session(|session| session.token.clone())
    }

    /// The same of a log-in of its own.
    ///
    /// # Errors
    /// If the server refuses the log-in.
    pub fn own_token_with_otp(&self) -> anyhow::Result<String> {
        Ok(self.enter()?.token)
    }

    /// What `log_in` got for a one-time password, of which tests share one as long as it is fresh.
    ///
    /// # Errors
    /// Never in practice: a lock that a panic left behind is taken too.
    pub fn on_pages(&self, log_in: impl FnOnce(String) -> String) -> anyhow::Result<String> {
        let mut page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((cookie, since)) = &*page
            && since.elapsed() < FRESH
        {
            return Ok(cookie.clone());
        }
        let cookie = self.with_code(log_in)?;
        *page = Some((cookie.clone(), Instant::now()));
        Ok(cookie)
    }

    fn enter(&self) -> anyhow::Result<Session> {
        let (client, token) = self.entering(|otp| {
            let mut client = Client::new(&self.options)?;
            let password = Secret::new(&*self.password);
            let reply = client.log_in(&self.login, password, Some(Secret::new(otp)))?;
            Ok((client, reply.access_token.expose().to_owned()))
        })?;
        Ok(Session {
            client,
            token,
            since: Instant::now(),
        })
    }

    fn in_session<T>(&self, work: impl FnOnce(&Session) -> T) -> anyhow::Result<T> {
        let mut held = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let session = match held.take() {
            Some(session) if session.since.elapsed() < FRESH => session,
            _ => self.enter()?,
        };
        Ok(work(held.insert(session)))
    }

    /// Does `work` with a one-time password, and nobody has a later one of this person's until it
    /// is done: the server takes them in rising order, so of two at once the earlier could come
    /// late and count as used. For accounts that several tests share; `work` must ask for no
    /// further one.
    ///
    /// # Errors
    /// Never in practice: a lock that a panic left behind is taken too.
    pub fn with_code<T>(&self, work: impl FnOnce(String) -> T) -> anyhow::Result<T> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(work(self.authenticator.code()?))
    }

    fn entering<T>(&self, log_in: impl Fn(String) -> Result<T, ClientError>) -> anyhow::Result<T> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        taken(&self.authenticator, log_in)
    }

    /// Does `work` with a log-in whose one-time password still counts as fresh.
    ///
    /// # Errors
    /// If the log-in or the work fails.
    pub fn acting<T>(
        &self,
        work: impl FnOnce(&Client) -> Result<T, ClientError>,
    ) -> anyhow::Result<T> {
        self.in_session(|session| work(&session.client))?
            .with_context(|| format!("{} was refused", self.login))
    }
}

/// Does `work` with one code after another until the server takes one.
///
/// It says why it does not: the code, or a later one, was used; there were too many attempts; or
/// it is wrong, which is so of a code that took longer than it is shown. All end with a later code.
fn taken<T>(
    authenticator: &Authenticator,
    work: impl Fn(String) -> Result<T, ClientError>,
) -> anyhow::Result<T> {
    for _ in 1..MOST_CODES {
        let code = authenticator.code()?;
        match work(code.clone()) {
            Err(error) if is_untimely(&error) || authenticator.is_over(&code) => {}
            end => return Ok(end?),
        }
    }
    Ok(work(authenticator.code()?)?)
}

fn is_untimely(error: &ClientError) -> bool {
    [Some("otp_used"), Some("too_many_requests")].contains(&error.code())
}

fn random_password() -> anyhow::Result<String> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes)?;
    Ok(format!("Mk-{}", hex::encode(bytes)))
}
