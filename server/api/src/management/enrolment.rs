//! A person takes possession of the account: one-time code, authenticator, password.
//!
//! Only the person ever sees the `otpauth://` URI: the manager hands over a code, the person
//! trades it for the secret, and proves with a first one-time password that it arrived.

use serde::{Deserialize, Serialize};

use super::Time;
use crate::Secret;

/// Reply of `POST persons/{id}/enrolment-code`: shown to the manager once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EnrolmentCode {
    /// The code.
    pub code: Secret,
    /// When it ends.
    pub expires_at: Time,
}

/// `POST enrolments`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StartEnrolment {
    /// The code.
    pub code: Secret,
}

/// Reply of `POST enrolments`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct EnrolmentReply {
    /// For the confirmation.
    pub enrolment_token: Secret,
    /// `otpauth://totp/…` for an authenticator; it holds the secret.
    pub otpauth_uri: Secret,
    /// The same as a QR code, SVG.
    pub qr_svg: Secret,
    /// Login name of the account.
    pub login: String,
}

/// `POST enrolments/confirm`; answers 204.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConfirmEnrolment {
    /// From the reply before.
    pub enrolment_token: Secret,
    /// The new password.
    pub password: Secret,
    /// The authenticator's first one-time password.
    pub otp: Secret,
}

/// `POST me/password`; answers 204.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password so far.
    pub old: Secret,
    /// The new one.
    pub new: Secret,
    /// One-time password, fresh.
    pub otp: Secret,
}
