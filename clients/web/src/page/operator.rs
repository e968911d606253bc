//! What an operator sees: machines, and no documents.

use askama::Template;

use super::pages;
use crate::{Foreign, Frame, Health, Moment};

pages! { Machines in Machines; }

/// `/ui/machines`: HSM, lanes, queue and journal of this server.
#[derive(Clone, Debug, Template)]
#[template(path = "machines.html")]
pub struct Machines {
    /// What stands around the page.
    pub frame: Frame,
    /// When the figures were taken.
    pub at: Moment,
    /// The HSM.
    pub hsm: HsmState,
    /// Threads that sign: name in the reader's language, and how many.
    pub lanes: Vec<(Foreign, Foreign)>,
    /// The queue: whose signatures, and how many of how many places are taken.
    pub queue: Vec<(Foreign, Foreign)>,
    /// Figures of the journal: name in the reader's language, and value.
    pub journal: Vec<(Foreign, Foreign)>,
    /// Other figures of this server.
    pub server: Vec<(Foreign, Foreign)>,
}

/// The HSM as the server sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HsmState {
    /// Whether it answers.
    pub health: Health,
    /// What the token and its library say of themselves.
    pub facts: Vec<(Foreign, Foreign)>,
    /// Where it is, in a word.
    pub phase: Foreign,
    /// Since when it is there.
    pub since: Moment,
    /// Figures of the token: name in the reader's language, and value.
    pub figures: Vec<(Foreign, Foreign)>,
}
