//! A person with password and authenticator.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::Context;
use kyso_api::management::ConfirmEnrolment;
use kyso_client::{Client, ClientError, Options, Secret};

use crate::authenticator::Authenticator;

/// A log-in's one-time password counts for five minutes as fresh; a minute is left for the act.
const FRESH: Duration = Duration::from_secs(240);

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
    session: Mutex<Option<(Client, Instant)>>,
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
        let confirm = || -> anyhow::Result<Result<(), ClientError>> {
            Ok(client.confirm_enrolment(&ConfirmEnrolment {
                enrolment_token: reply.enrolment_token.clone(),
                password: Secret::new(password.clone()),
                otp: Secret::new(authenticator.code()?),
            }))
        };
        let mut end = confirm()?;
        // Whoever enrols again may have used this very half-minute with the authenticator before;
        // attempts are counted, so they may have to wait too.
        let later = [Some("otp_used"), Some("too_many_requests")];
        while end
            .as_ref()
            .is_err_and(|error| later.contains(&error.code()))
        {
            end = confirm()?;
        }
        end?;
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

    /// An access token by password and one-time password, as everybody else gets it.
    ///
    /// # Errors
    /// If the server refuses the log-in.
    pub fn token_with_otp(&self) -> anyhow::Result<String> {
        let mut client = Client::new(&self.options)?;
        let otp = Some(Secret::new(self.authenticator.code()?));
        let reply = client.log_in(&self.login, Secret::new(&*self.password), otp)?;
        Ok(reply.access_token.expose().to_owned())
    }

    /// Does `work` with a log-in whose one-time password still counts as fresh.
    ///
    /// # Errors
    /// If the log-in or the work fails.
    pub fn acting<T>(
        &self,
        work: impl FnOnce(&Client) -> Result<T, ClientError>,
    ) -> anyhow::Result<T> {
        let mut session = self
            .session
            .lock()
            .map_err(|_| anyhow::anyhow!("poisoned"))?;
        if session
            .as_ref()
            .is_none_or(|(_, since)| since.elapsed() > FRESH)
        {
            *session = Some((
                self.log_in(Some(self.authenticator.code()?))?,
                Instant::now(),
            ));
        }
        let (client, _) = session.as_ref().context("no session")?;
        work(client).with_context(|| format!("{} was refused", self.login))
    }
}

fn random_password() -> anyhow::Result<String> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes)?;
    Ok(format!("Mk-{}", hex::encode(bytes)))
}
