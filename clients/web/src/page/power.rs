//! What a subscriber manager proposes for somebody: a role, or authority to sign in another's place.

use askama::Template;

use super::pages;
use crate::{Choice, Foreign, Frame, Problems};

pages! {
    GrantRole in People;
    PicturePage in People;
    RecordAuthority in People;
}

/// A role or a record of authority that somebody holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What names it in paths.
    pub id: String,
    /// What it is, where, and for how long.
    pub what: Foreign,
    /// Whether taking it away waits for a second person, so that a one-time password is asked for.
    pub proposes: bool,
}

/// `/ui/people/{id}/roles/new`. Sends `role`, `agency` (a code; empty means everywhere) and `otp` to the
/// same path.
#[derive(Clone, Debug, Template)]
#[template(path = "role_new.html")]
pub struct GrantRole {
    /// What stands around the page.
    pub frame: Frame,
    /// What names the person in paths.
    pub id: String,
    /// Full name.
    pub name: Foreign,
    /// Roles to choose from.
    pub roles: Vec<Choice>,
    /// Code of the agency, as typed.
    pub agency: Foreign,
    /// Errors at `role`, `agency` or `otp`.
    pub problems: Problems,
}

/// `/ui/pictures/{owner}`: what the signatures of a person, or the seals of an agency, show. Sends `png` (a file),
/// `width` (millimetres) and `otp` to the same path, and nothing to `…/remove`.
#[derive(Clone, Debug, Template)]
#[template(path = "picture.html")]
pub struct PicturePage {
    /// What stands around the page.
    pub frame: Frame,
    /// What names the person or the agency in paths.
    pub id: String,
    /// Their name.
    pub name: Foreign,
    /// Whether it is an agency's seal.
    pub is_seal: bool,
    /// Width of the picture in force, in millimetres, if there is one.
    pub shown: Option<String>,
    /// Whether the reader may propose and take away.
    pub manages: bool,
    /// Width, as typed.
    pub width: Foreign,
    /// Where the reader came from.
    pub back: String,
    /// Errors at `png`, `width` or `otp`.
    pub problems: Problems,
}

impl PicturePage {
    fn title(&self) -> &'static str {
        let w = self.frame.w();
        if self.is_seal {
            w.picture_of_seal
        } else {
            w.picture_of_signature
        }
    }
}

/// `/ui/people/{id}/authorities/new`. Sends `kind`, `agency` (a code), `basis`, `from` and `until`
/// (Vietnamese time) and `otp` to the same path.
#[derive(Clone, Debug, Template)]
#[template(path = "authority_new.html")]
pub struct RecordAuthority {
    /// What stands around the page.
    pub frame: Frame,
    /// What names the person in paths.
    pub id: String,
    /// Full name.
    pub name: Foreign,
    /// Forms of signature to choose from (Decree 30/2020/NĐ-CP art. 13).
    pub kinds: Vec<Choice>,
    /// Code of the agency, as typed.
    pub agency: Foreign,
    /// The document that gives the authority, as typed.
    pub basis: Foreign,
    /// From when, as typed.
    pub from: String,
    /// Until when, as typed.
    pub until: String,
    /// Errors at the fields above or `otp`.
    pub problems: Problems,
}
