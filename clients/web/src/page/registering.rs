//! What a subscriber manager fills in for somebody new.

use askama::Template;

use super::pages;
use crate::{Choice, Foreign, Frame, Problems};

pages! {
    RegisterPerson in People;
    RequestCredential in Credentials;
}

/// `/ui/people/new`. Sends `login`, `name`, `agency` (a code), `position`, `email` and perhaps
/// `position_required` to the same path.
#[derive(Clone, Debug, Template)]
#[template(path = "person_new.html")]
pub struct RegisterPerson {
    /// What stands around the page.
    pub frame: Frame,
    /// Login name, as typed.
    pub login: Foreign,
    /// Full name, as typed.
    pub name: Foreign,
    /// Code of the agency, as typed.
    pub agency: Foreign,
    /// Position, as typed.
    pub position: Foreign,
    /// E-mail address, as typed.
    pub email: Foreign,
    /// Whether the position must have a certificate.
    pub position_required: bool,
    /// Errors at the fields above.
    pub problems: Problems,
}

/// `/ui/credentials/new`. Sends `login` or `agency` (a code), `algorithm`, perhaps `by_digest` and the
/// subject's members below to the same path.
#[derive(Clone, Debug, Template)]
#[template(path = "credential_new.html")]
pub struct RequestCredential {
    /// What stands around the page.
    pub frame: Frame,
    /// Login of the person whose credential it will be, as typed.
    pub login: Foreign,
    /// Code of the agency whose seal it will be, as typed.
    pub agency: Foreign,
    /// Kinds of key.
    pub algorithms: Vec<Choice>,
    /// Whether the seal will be one for digests.
    pub by_digest: bool,
    /// `CN`, as typed.
    pub common_name: Foreign,
    /// `T`, as typed.
    pub title: Foreign,
    /// `OU`, as typed, the innermost first, two at most.
    pub units: [Foreign; 2],
    /// `O`, as typed.
    pub organization: Foreign,
    /// `L`, as typed.
    pub locality: Foreign,
    /// `ST`, as typed.
    pub province: Foreign,
    /// `UID`, as typed.
    pub user_id: Foreign,
    /// E-mail address, as typed.
    pub email: Foreign,
    /// Errors at the fields above; those of the subject at `common_name`.
    pub problems: Problems,
}
