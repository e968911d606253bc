//! Checking a person's factors: counted first, compared second, never told apart.

use std::net::IpAddr;
use std::time::Duration;

use kyso_core::Refusal;
use kyso_core::change::TotpUse;
use kyso_core::id::PersonId;
use kyso_core::journal::JournalError;
use kyso_hsm::HsmError;
use kyso_store::{Attempt, Factor};

use super::totp::Authenticator;
use crate::app::App;

/// Why a one-time password does not count.
#[derive(Debug, thiserror::Error)]
pub enum OtpError {
    /// The token, which alone can open the secret, failed.
    #[error(transparent)]
    Hsm(#[from] HsmError),
    /// The attempt could not be counted, so nothing was compared.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The person has no authenticator.
    #[error("no authenticator is enrolled")]
    NotEnrolled,
    /// Too many attempts.
    #[error("too many attempts; wait {} s", retry_after.as_secs())]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// This code, or a later one, was used before.
    #[error("already used; wait {wait_seconds} s")]
    Used {
        /// Seconds until the next code is shown.
        wait_seconds: u32,
    },
    /// It is wrong.
    #[error("wrong")]
    Wrong,
}

impl OtpError {
    /// The word for the entry; `None` where the fault is ours.
    pub const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::NotEnrolled | Self::Wrong => Some(Refusal::InvalidOtp),
            Self::Throttled { .. } => Some(Refusal::Throttled),
            Self::Used { .. } => Some(Refusal::OtpUsed),
            Self::Hsm(_) | Self::Journal(_) => None,
        }
    }
}

/// What a sealed one-time password secret is bound to: its purpose, its person, its row version.
/// So a row that was put in another's place does not open.
pub fn totp_aad(person: PersonId, version: i64) -> Vec<u8> {
    format!("totp/{person}/{version}").into_bytes()
}

impl App {
    /// Checks a person's one-time password.
    ///
    /// The attempt is counted, durably, before anything is compared: twenty guesses at once are
    /// twenty attempts. That the code was not used before is checked where it is used up, in the
    /// transaction of the change that it allows.
    ///
    /// # Errors
    /// [`OtpError`].
    pub async fn check_otp(
        &self,
        person: PersonId,
        code: &str,
        source: Option<IpAddr>,
    ) -> Result<TotpUse, OtpError> {
        self.count_attempt(person.as_bytes(), Factor::Otp, source)
            .await?;
        self.match_otp(person, code).await
    }

    async fn match_otp(&self, person: PersonId, code: &str) -> Result<TotpUse, OtpError> {
        let sealed = {
            let snapshot = self.snapshot();
            let factors = snapshot.people.factors.get(&person);
            factors
                .and_then(|factors| factors.totp.clone())
                .ok_or(OtpError::NotEnrolled)?
        };
        let (blob, version) = sealed;
        let secret = self.token.unseal(&totp_aad(person, version), &blob).await?;
        let authenticator = Authenticator::new(&secret).map_err(|_| OtpError::NotEnrolled)?;
        let step = authenticator
            .step_of(code, self.now())
            .ok_or(OtpError::Wrong)?;
        Ok(TotpUse { person, step })
    }

    /// Counts an attempt on a factor of an account, or says how long to wait.
    pub(crate) async fn count_attempt(
        &self,
        account: &[u8],
        factor: Factor,
        source: Option<IpAddr>,
    ) -> Result<(), OtpError> {
        let counted = self.journal().count_attempt(account, factor, source);
        match counted.await? {
            Attempt::Allowed => Ok(()),
            Attempt::Wait(retry_after) => {
                self.metrics.back_offs.inc();
                Err(OtpError::Throttled { retry_after })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_bound_to_person_and_version() {
        let (one, other) = (PersonId::random(), PersonId::random());
        assert_ne!(totp_aad(one, 1), totp_aad(other, 1));
        assert_ne!(totp_aad(one, 1), totp_aad(one, 2));
    }
}
