//! Stamping sessions: what a records clerk opens, watches and closes.

use askama::Template;

use super::pages;
use crate::{Choice, Foreign, Frame, Moment, Problems, SignatureRow};

pages! {
    StampingSessions in Stamping;
    OpenStamping in Stamping;
    StampingSessionPage in Stamping;
}

/// `/ui/stamping`. Sends nothing more than `csrf` to `/ui/stamping/{id}/close`.
#[derive(Clone, Debug, Template)]
#[template(path = "stamping.html")]
pub struct StampingSessions {
    /// What stands around the page.
    pub frame: Frame,
    /// Whether the reader may open one (a clerk) or only close them (a security officer).
    pub may_open: bool,
    /// Open ones first, then newest first.
    pub sessions: Vec<StampingSession>,
    /// The link to older ones.
    pub older: Option<String>,
}

/// A stamping session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampingSession {
    /// What names it in paths.
    pub id: String,
    /// The system that may stamp.
    pub system: Foreign,
    /// The seal (con dấu): the agency's credential.
    pub seal: Foreign,
    /// Who opened it.
    pub opened_by: Foreign,
    /// When it was opened.
    pub opened: Moment,
    /// When it ends by itself.
    pub until: Moment,
    /// When it was closed, or ended; none while it is open.
    pub ended: Option<Moment>,
    /// Stamps made.
    pub used: u32,
    /// Stamps allowed.
    pub limit: u32,
    /// Purposes, in the reader's language.
    pub purposes: Vec<Foreign>,
}

impl StampingSession {
    fn remaining(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }

    fn is_open(&self) -> bool {
        self.ended.is_none()
    }
}

/// `/ui/stamping/open`. Sends `system`, `seal`, `limit`, `until` (`yyyy-MM-ddTHH:mm` at +07:00), each
/// `purpose`, `otp` to the same path.
#[derive(Clone, Debug, Template)]
#[template(path = "stamping_open.html")]
pub struct OpenStamping {
    /// What stands around the page.
    pub frame: Frame,
    /// Systems to choose from.
    pub systems: Vec<Choice>,
    /// Seals to choose from.
    pub seals: Vec<Choice>,
    /// Number of stamps, as typed.
    pub limit: String,
    /// The most that policy allows.
    pub most: u32,
    /// End of the session, as typed.
    pub until: String,
    /// Purposes to tick.
    pub purposes: Vec<Choice>,
    /// Errors at the fields above.
    pub problems: Problems,
}

/// `/ui/stamping/{id}`: what was stamped in it.
#[derive(Clone, Debug, Template)]
#[template(path = "stamping_session.html")]
pub struct StampingSessionPage {
    /// What stands around the page.
    pub frame: Frame,
    /// The session.
    pub session: StampingSession,
    /// Newest first.
    pub stamps: Vec<SignatureRow>,
    /// The link to older ones.
    pub older: Option<String>,
}
