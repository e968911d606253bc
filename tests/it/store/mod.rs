//! The store on both databases.

mod away;
mod blocks;
mod columns;
mod durable;
mod gone;
mod grants;
mod journal;
mod numbers;
mod pools;
mod retries;
mod spoilt;
mod stretches;
mod tampering;
mod time_stamps;
mod upgrade;
mod views;
pub(crate) mod world;

use kyso_core::id::RequestId;
use kyso_core::{Actor, Draft};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;

/// An entry that changes nothing.
fn note() -> Draft {
    Draft::new(
        Event::AuditRead,
        Outcome::Ok,
        &Actor::system(),
        RequestId::random(),
    )
}
