//! What runs beside the calls: attestation, summaries of the log, absences of the token, other servers' changes, the log's tree, sums of
//! failures, expiry, the clock.

mod absence;
mod alarms;
mod approvals;
mod attestation;
mod blocks;
mod callbacks;
mod time_stamps;
pub(crate) mod upkeep;
mod verdict;

use actix_web::web;
use kyso_core::id::RequestId;
use kyso_core::{Actor, Draft};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::tree;

/// Starts all of it.
pub fn start(app: &web::Data<App>) -> Vec<JoinHandle<()>> {
    vec![
        tokio::spawn(absence::run(app.clone())),
        tokio::spawn(alarms::run(app.clone())),
        tokio::spawn(approvals::run(app.clone())),
        tokio::spawn(attestation::run(app.clone())),
        tokio::spawn(blocks::run(app.clone())),
        tokio::spawn(callbacks::run(app.clone())),
        tokio::spawn(time_stamps::run(app.clone())),
        tokio::spawn(tree::run(app.clone())),
        tokio::spawn(upkeep::follow(app.clone())),
        tokio::spawn(upkeep::minutely(app.clone())),
        tokio::spawn(upkeep::sums(app.clone())),
    ]
}

/// Enters an alarm of the token, by its word.
pub async fn alarm(app: &App, word: &'static str) {
    let actor = Actor::system();
    let draft = Draft::new(
        Event::AlarmRaised,
        Outcome::Failed,
        &actor,
        RequestId::random(),
    );
    if let Err(error) = app.note(draft.fact("alarm", word)).await {
        tracing::error!(%error, "an alarm could not be entered");
    }
}
