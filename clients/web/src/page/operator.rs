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
    /// The threads that sign.
    pub lanes: Vec<Lane>,
    /// People waiting in the queue.
    pub people_waiting: u32,
    /// Stamps waiting in the queue.
    pub stamps_waiting: u32,
    /// Places in the queue.
    pub queue_limit: u32,
    /// Figures of the journal: name in the reader's language, and value.
    pub journal: Vec<(Foreign, Foreign)>,
}

/// The HSM as the server sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HsmState {
    /// Whether it answers.
    pub health: Health,
    /// Label of the token.
    pub label: Foreign,
    /// Maker and model.
    pub model: Foreign,
    /// Since when it is in this state.
    pub since: Moment,
    /// Keys that were attested, and keys that failed.
    pub attested: (u32, u32),
}

/// A thread that signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its number.
    pub number: u32,
    /// Whether it works.
    pub health: Health,
    /// Signatures since the start.
    pub signatures: u64,
    /// Mean time of one signature, in milliseconds with one decimal.
    pub milliseconds: String,
}
