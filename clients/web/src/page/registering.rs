//! What a subscriber manager fills in for somebody new.

use askama::Template;

use super::pages;
use crate::{Foreign, Frame, Problems};

pages! {
    RegisterPerson in People;
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
