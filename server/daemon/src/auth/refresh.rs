//! Refresh tokens: rotated at each use; an old one that comes back ends its family.
//!
//! Nothing can fail between the commit of a rotation and its reply. A client that loses the reply on
//! the way logs in again: its second use of the old token cannot be told from a thief's.

use kyso_core::actor::{Actor, Proof, Subject};
use kyso_core::change::{RefreshIssue, TokenIssue};
use kyso_core::id::ClientId;
use kyso_core::{Change, Refusal};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use super::failures::Failure;
use super::grant::{Grant, Scope};
use super::log_in::new_refresh;
use super::token::Issued;
use crate::app::{App, ChangeError};
use crate::http::frame::Call;

/// What a refresh token gave.
#[derive(Debug)]
pub struct Refreshed {
    /// The new access token.
    pub issued: Issued,
    /// The refresh token that takes the old one's place.
    pub refresh: SecretString,
    /// Seconds that the access token lives.
    pub expires_in: u32,
}

/// Why a refresh token gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// It is unknown, over, used or another client's.
    #[error("the refresh token is invalid")]
    Invalid,
    /// The server cannot say now.
    #[error("unavailable")]
    Unavailable,
}

impl From<ChangeError> for RefreshError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(_) => Self::Invalid,
            _ => Self::Unavailable,
        }
    }
}

impl App {
    /// Trades a refresh token for a new access token and a new refresh token.
    ///
    /// # Errors
    /// [`RefreshError`].
    pub async fn refresh(
        &self,
        text: &str,
        client: Option<ClientId>,
        call: Call,
    ) -> Result<Refreshed, RefreshError> {
        let old: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let family = self
            .journal()
            .refresh_token(old)
            .await
            .map_err(|_| RefreshError::Unavailable)?;
        // Nobody proved anything by it, so it is counted and not entered.
        let unknown = || {
            self.failures.count(Failure::Token, call.source);
            RefreshError::Invalid
        };
        let family = family.filter(|family| family.client == client);
        let family = family.ok_or_else(unknown)?;
        let person = family.person.ok_or_else(unknown)?;
        // The password was proved when the family began; a one-time password is never refreshed.
        let (subject, proof) = (Subject::Person(person), Proof::Password);
        let (_, set_by) = self.password_of(person).ok_or(RefreshError::Invalid)?;
        let grant = Grant {
            subject,
            client,
            proof,
            family: family.family,
            otp_at: None,
            certificate: None,
            key: None,
            password: Some(set_by),
            network: None,
            // Only `auth/login` gives refresh tokens.
            scope: Scope::Service,
        };
        let expires_in = self.config.tokens.person_seconds;
        let issued = self.tokens.issue(grant, self.now(), expires_in);
        let issued = issued.map_err(|_| RefreshError::Unavailable)?;
        let (refresh, hash) = new_refresh()?;
        let issue = TokenIssue {
            family: family.family,
            jti: issued.token.jti,
            client,
            assertion: None,
            refresh: Some(RefreshIssue {
                hash,
                replaces: Some(old),
                person: Some(person),
                expires_at: self.refresh_end(),
            }),
        };
        // A password that was changed meanwhile gives no refresh token any more.
        let actor = Actor::trust_verified(subject, client, proof, None, call.source)
            .in_call(call.request)
            .with_password(set_by);
        self.change(actor, Change::IssueToken(issue)).await?;
        Ok(Refreshed {
            issued,
            refresh,
            expires_in,
        })
    }

    /// Ends a token, whichever kind it is; one that is unknown is as good as ended.
    ///
    /// # Errors
    /// If the journal could not write.
    pub async fn revoke(&self, text: &str, call: Call) -> Result<(), ChangeError> {
        if let Ok(verified) = self.tokens.verify(text, self.now()) {
            let actor = verified.actor(call);
            let Some(token) = actor.token() else {
                return Ok(());
            };
            let change = Change::RevokeToken(token.jti, token.expires_at);
            return forgive(self.change(actor, change).await.map(|_| ()));
        }
        let hash = Sha256::digest(text.as_bytes()).into();
        if let Some(family) = self.journal().refresh_token(hash).await? {
            let subject = family.person.map_or(Subject::System, Subject::Person);
            let actor =
                Actor::trust_verified(subject, family.client, Proof::None, None, call.source)
                    .in_call(call.request);
            return forgive(
                self.change(actor, Change::RevokeFamily(family.family))
                    .await
                    .map(|_| ()),
            );
        }
        Ok(())
    }
}

/// A token that does not count any more needs no revoking.
fn forgive(end: Result<(), ChangeError>) -> Result<(), ChangeError> {
    match end {
        Err(ChangeError::Refused(Refusal::TokenInvalid)) => Ok(()),
        end => end,
    }
}
