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
    /// Threads that sign.
    pub lanes: u32,
    /// People waiting in the queue.
    pub people_waiting: u32,
    /// Stamps waiting in the queue.
    pub stamps_waiting: u32,
    /// Figures of the journal: name in the reader's language, and value.
    pub journal: Vec<(Foreign, Foreign)>,
}

/// The HSM as the server sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HsmState {
    /// Whether it answers.
    pub health: Health,
    /// Serial number of the token.
    pub serial: Foreign,
    /// Figures of the token: name in the reader's language, and value.
    pub figures: Vec<(Foreign, Foreign)>,
}
