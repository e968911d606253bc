//! What runs beside the calls: attestation, other servers' changes, sums, expiry, the clock.

mod attestation;
mod upkeep;

use actix_web::web;
use tokio::task::JoinHandle;

use crate::app::App;

/// Starts all of it.
pub fn start(app: &web::Data<App>) -> Vec<JoinHandle<()>> {
    vec![
        tokio::spawn(attestation::run(app.clone())),
        tokio::spawn(upkeep::follow(app.clone())),
        tokio::spawn(upkeep::minutely(app.clone())),
    ]
}
