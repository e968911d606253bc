//! Log-in of people: the one way, whether our own API or CSC's `auth/login` asks.

use std::time::Duration;

use kyso_core::actor::{Actor, Proof, Subject};
use kyso_core::change::{RefreshIssue, TokenIssue, TotpUse};
use kyso_core::id::{ClientId, PersonId, TokenFamilyId};
use kyso_core::journal::JournalError;
use kyso_core::model::{Person, Role};
use kyso_core::{Change, Draft, Refusal, Timestamp};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_hsm::HsmError;
use kyso_store::Factor;
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use super::factors::OtpError;
use super::failures::Failure;
use super::grant::{Grant, Scope};
use super::stay::Stay;
use super::token::Issued;
use crate::app::{App, ChangeError};
use crate::http::frame::Call;

/// A person who was let in.
#[derive(Debug)]
pub struct LoggedIn {
    /// Who.
    pub person: Person,
    /// What they may do.
    pub roles: Vec<Role>,
    /// How they proved who they are.
    pub proof: Proof,
    /// The client that asked, if one did.
    pub client: Option<ClientId>,
    /// The entry that set the password that was given.
    set_by: Option<i64>,
    /// Their access token.
    pub issued: Issued,
    /// Seconds that it lives.
    pub expires_in: u32,
}

/// Why nobody was let in. Wrong name, password and code are one answer.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// The server is busy; nothing was decided.
    #[error("busy")]
    Busy,
    /// The token failed.
    #[error(transparent)]
    Hsm(#[from] HsmError),
    /// The journal could not write.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The password is right and the person's role needs a one-time password.
    #[error("a one-time password is required")]
    OtpRequired,
    /// The code was used before.
    #[error("the one-time password was used; wait {wait_seconds} s")]
    OtpUsed {
        /// Seconds until the next code is shown.
        wait_seconds: u32,
    },
    /// Too many attempts.
    #[error("too many attempts; wait {} s", retry_after.as_secs())]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Wrong name, password or one-time password.
    #[error("wrong login, password or one-time password")]
    Wrong,
}

impl LogInError {
    /// The word for the entry, where the password was right and the second factor was not.
    const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::OtpRequired => Some(Refusal::FactorRequired),
            Self::Throttled { .. } => Some(Refusal::Throttled),
            Self::Wrong => Some(Refusal::InvalidOtp),
            Self::Busy | Self::Hsm(_) | Self::Journal(_) | Self::OtpUsed { .. } => None,
        }
    }
}

impl From<OtpError> for LogInError {
    fn from(error: OtpError) -> Self {
        match error {
            OtpError::Hsm(error) => Self::Hsm(error),
            OtpError::Journal(error) => Self::Journal(error),
            OtpError::NotEnrolled | OtpError::Spent | OtpError::Wrong => Self::Wrong,
            OtpError::Throttled { retry_after } => Self::Throttled { retry_after },
            OtpError::Used { wait_seconds } => Self::OtpUsed { wait_seconds },
        }
    }
}

impl From<ChangeError> for LogInError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Busy => Self::Busy,
            ChangeError::Journal(error) => Self::Journal(error),
            ChangeError::OtpUsed { wait_seconds } => Self::OtpUsed { wait_seconds },
            ChangeError::Refused(Refusal::FactorRequired) => Self::OtpRequired,
            ChangeError::Refused(_) => Self::Wrong,
        }
    }
}

/// The log-in name as it is stored: trimmed, lower case.
pub fn canonical_login(login: &str) -> String {
    login.trim().to_ascii_lowercase()
}

/// What attempts on a name that nobody has are counted under, so that they back off alike.
fn nobody(login: &str) -> [u8; 16] {
    let hash: [u8; 32] = Sha256::digest(login.as_bytes()).into();
    let (half, _) = hash.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    *half
}

impl App {
    /// Lets a person in: password, and a one-time password unless they only sign.
    ///
    /// A name that nobody has costs the same work and gives the same answers.
    ///
    /// # Errors
    /// [`LogInError`]; a failure of somebody known is an entry, other failures are summed, and so are wrong passwords that
    /// [`Guesses`](super::guesses::Guesses) gives no entry of their own.
    pub async fn log_in(
        &self,
        login: &str,
        password: SecretString,
        otp: Option<&str>,
        call: Call,
        client: Option<ClientId>,
        stay: Stay,
    ) -> Result<LoggedIn, LogInError> {
        let turn = self.passwords.turn(call.source);
        let turn = turn.map_err(|_| LogInError::Busy)?;
        let login = canonical_login(login);
        let person = self.person_named(&login);
        let (account, factor) = person.as_ref().map_or_else(
            || (nobody(&login), Factor::UnknownName),
            |person| (*person.id.as_bytes(), Factor::Password),
        );
        let counted = self.count_attempt(&account, factor, call.source);
        if let Err(error) = counted.await {
            self.failures.count(Failure::Login, call.source);
            return Err(error.into());
        }
        let stored = person
            .as_ref()
            .and_then(|person| self.password_of(person.id));
        let (hash, set_by) = stored.unzip();
        let right = self
            .passwords
            .matches(&turn, password, hash)
            .await
            .map_err(|_| LogInError::Busy)?;
        // The place is for hashing: what follows waits for the token and the disk.
        drop(turn);
        let Some(person) = person else {
            self.failures.count(Failure::Login, call.source);
            return Err(LogInError::Wrong);
        };
        if !right {
            self.wrong_password(person.id, call, client).await?;
            return Err(LogInError::Wrong);
        }
        self.enter(person, set_by, otp, call, client, stay).await
    }

    fn person_named(&self, login: &str) -> Option<Person> {
        let snapshot = self.snapshot();
        let id = snapshot.people.by_login.get(login)?;
        snapshot.person(*id, self.now()).cloned()
    }

    /// The hash of a person's password, and the entry that set it.
    pub(crate) fn password_of(&self, person: PersonId) -> Option<(SecretString, i64)> {
        self.snapshot()
            .people
            .factors
            .get(&person)
            .and_then(|factors| factors.password.clone())
    }

    async fn wrong_password(
        &self,
        person: PersonId,
        call: Call,
        client: Option<ClientId>,
    ) -> Result<(), JournalError> {
        if !self.guesses.note(person, call.source, self.now()) {
            self.failures.count(Failure::Password, call.source);
            return Ok(());
        }
        let noted = self.note_failure(person, Refusal::WrongPassword, call, client);
        noted.await.inspect_err(|_| {
            self.failures.count(Failure::Password, call.source);
        })
    }

    /// The password is right.
    async fn enter(
        &self,
        person: Person,
        set_by: Option<i64>,
        otp: Option<&str>,
        call: Call,
        client: Option<ClientId>,
        stay: Stay,
    ) -> Result<LoggedIn, LogInError> {
        let roles = self.snapshot().roles_of(person.id);
        let totp = match self.second_factor(person.id, &roles, otp, call).await {
            Ok(totp) => totp,
            Err(error) => {
                if let Some(refusal) = error.refusal() {
                    self.note_failure(person.id, refusal, call, client).await?;
                }
                return Err(error);
            }
        };
        let mut grant = grant(person.id, client, totp, self.now());
        (grant.password, grant.network, grant.scope) = (set_by, stay.network, stay.scope);
        let expires_in = stay.seconds;
        // Made first: after the commit nothing may fail, since the one-time password is used up.
        let issued = self
            .tokens
            .issue(grant, self.now(), expires_in)
            .map_err(|_| LogInError::Busy)?;
        let actor = Actor::trust_verified(grant.subject, client, grant.proof, None, call.source)
            .in_call(call.request);
        self.change(actor, Change::LogIn(grant.family, person.id, totp))
            .await?;
        Ok(LoggedIn {
            person,
            roles,
            proof: grant.proof,
            client,
            set_by,
            issued,
            expires_in,
        })
    }

    async fn second_factor(
        &self,
        person: PersonId,
        roles: &[Role],
        otp: Option<&str>,
        call: Call,
    ) -> Result<Option<TotpUse>, LogInError> {
        match otp {
            Some(code) => Ok(Some(self.check_otp(person, code, call.source).await?)),
            None if roles.iter().any(|role| role.needs_totp_to_log_in()) => {
                Err(LogInError::OtpRequired)
            }
            None => Ok(None),
        }
    }

    async fn note_failure(
        &self,
        person: PersonId,
        refusal: Refusal,
        call: Call,
        client: Option<ClientId>,
    ) -> Result<(), JournalError> {
        // Nobody proved anything, so the actor is the server and the person is what it is about.
        let actor = Actor::trust_verified(Subject::System, None, Proof::None, None, call.source);
        let draft = Draft::new(Event::LoginFailed, Outcome::Refused, &actor, call.request)
            .about("person", person)
            .because(refusal);
        let draft = match client {
            Some(client) => draft.fact("for_client", client.to_string()),
            None => draft,
        };
        self.note(draft).await
    }

    /// Gives a person who was let in a refresh token too (CSC `rememberMe`).
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn remember(
        &self,
        logged_in: &LoggedIn,
        call: Call,
    ) -> Result<SecretString, ChangeError> {
        let (person, client) = (logged_in.person.id, logged_in.client);
        let actor = Actor::trust_verified(
            Subject::Person(person),
            client,
            logged_in.proof,
            Some(logged_in.issued.token),
            call.source,
        )
        .in_call(call.request);
        // A password that was changed since the log-in gives no refresh token any more.
        let actor = match logged_in.set_by {
            Some(set_by) => actor.with_password(set_by),
            None => actor,
        };
        let (text, hash) = new_refresh()?;
        let refresh = RefreshIssue {
            hash,
            replaces: None,
            person: Some(person),
            expires_at: self.refresh_end(),
        };
        let token = logged_in.issued.token;
        let issue = TokenIssue {
            family: token.family,
            jti: token.jti,
            client,
            assertion: None,
            refresh: Some(refresh),
        };
        self.change(actor, Change::IssueToken(issue)).await?;
        Ok(text)
    }

    pub(crate) fn refresh_end(&self) -> Timestamp {
        self.now().after(Duration::from_secs(u64::from(
            self.config.tokens.refresh_seconds,
        )))
    }
}

fn grant(
    person: PersonId,
    client: Option<ClientId>,
    totp: Option<TotpUse>,
    now: Timestamp,
) -> Grant {
    let otp_at = totp.map(|_| now);
    let proof = if totp.is_some() {
        Proof::PasswordAndTotp
    } else {
        Proof::Password
    };
    let family = TokenFamilyId::random();
    Grant {
        subject: Subject::Person(person),
        client,
        proof,
        family,
        otp_at,
        certificate: None,
        key: None,
        password: None,
        network: None,
        scope: Scope::Whole,
    }
}

/// A new refresh token, and its hash; the family's id goes before the secret, so that it is found.
pub(crate) fn new_refresh() -> Result<(SecretString, [u8; 32]), ChangeError> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|_| JournalError::Unavailable("no random numbers".to_owned()))?;
    let text = hex::encode(secret);
    let hash = Sha256::digest(text.as_bytes()).into();
    Ok((SecretString::from(text), hash))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_one_form() {
        assert_eq!(canonical_login(" An.NV@Example.VN "), "an.nv@example.vn");
        assert_ne!(nobody("a"), nobody("b"));
    }

    #[test]
    fn refresh_tokens_are_stored_hashed() {
        use secrecy::ExposeSecret;
        let (text, hash) = new_refresh().unwrap();
        let again: [u8; 32] = Sha256::digest(text.expose_secret().as_bytes()).into();
        assert_eq!(hash, again);
        assert_ne!(new_refresh().unwrap().1, hash);
    }
}
