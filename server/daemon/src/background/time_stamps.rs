//! Asks an outside authority for the time stamps that signatures wait for.
//!
//! Few at once and with long patience, since authorities are slow. The clock of this machine is never set
//! by an answer, nor an answer judged by it: where they differ much, that is an alarm for people.

use std::time::Duration;

use actix_web::web;
use kyso_core::Timestamp;
use kyso_core::journal::JournalError;
use kyso_documents::tsp::TimeStamp;
use kyso_store::{DueStamp, Stamped};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use super::callbacks::jitter;
use crate::app::App;
use crate::time_stamps::{MARGIN, NotStamped, Stamping};

/// How often it is looked whether a stamp is due, while none ends.
const ROUND: Duration = Duration::from_secs(1);

/// Asks for what is due, again and again.
pub(super) async fn run(app: web::Data<App>) {
    let Some(stamping) = app.stamping.clone() else {
        return; // what waits from an earlier configuration waits for the next one
    };
    let most = usize::try_from(stamping.settings().parallel).unwrap_or(1);
    let mut asked = JoinSet::new();
    loop {
        while asked.len() < most {
            let Some(due) = claim(&app, &stamping).await else {
                break;
            };
            asked.spawn(ask(app.clone(), stamping.clone(), due));
        }
        measure(&app).await;
        tokio::select! {
            Some(_) = asked.join_next() => {}
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

async fn claim(app: &App, stamping: &Stamping) -> Option<DueStamp> {
    let until = app.now().after(stamping.settings().patience() + MARGIN);
    match app.journal().claim_stamp(until).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "time stamps that are due could not be read");
            None
        }
    }
}

/// What waits, for metrics.
async fn measure(app: &App) {
    let Ok(queue) = app.journal().stamp_queue().await else {
        return; // the journal's own metrics tell of it
    };
    let waited = queue.oldest.map(|since| app.now().since(since).as_secs());
    let waited = i64::try_from(waited.unwrap_or_default()).unwrap_or(i64::MAX);
    let pending = i64::try_from(queue.pending).unwrap_or(i64::MAX);
    app.metrics.time_stamps_pending.set(pending);
    app.metrics.time_stamps_oldest.set(waited);
}

async fn ask(app: web::Data<App>, stamping: Stamping, due: DueStamp) {
    let end = stamping.ask(&due.0, app.now()).await;
    let outcome = end.as_ref().map_or_else(|why| why.word(), |_| "held");
    let tries = app.metrics.time_stamp_tries.with_label_values(&[outcome]);
    tries.inc();
    if let Err(error) = settle(&app, &stamping, due, end).await {
        // It is asked for once more when this server's claim has ended.
        tracing::warn!(%error, "the end of a time stamp could not be written");
    }
}

async fn settle(
    app: &App,
    stamping: &Stamping,
    due: DueStamp,
    end: Result<TimeStamp, NotStamped>,
) -> Result<(), JournalError> {
    let (now, settings) = (app.now(), stamping.settings());
    match end {
        Ok(stamp) => {
            let stamped = told(stamp, now);
            app.journal().hold_stamp(due, stamped).await
        }
        Err(why) if now >= due.0.asked_at.after(settings.give_up()) => {
            tracing::error!(stamp = %due.0.id, %why, "a time stamp is given up");
            app.journal().give_up_stamp(due, why.word()).await
        }
        Err(why) => {
            tracing::info!(stamp = %due.0.id, tries = due.0.tries, %why, "no time stamp yet");
            let next = now.after(jitter(settings.wait(due.0.tries)));
            app.journal().postpone_stamp(due, next).await
        }
    }
}

/// What the entry tells of a token.
fn told(stamp: TimeStamp, now: Timestamp) -> Stamped {
    let micros = stamp.info.time.unix_timestamp_nanos() / 1000;
    let time = Timestamp::from_micros(i64::try_from(micros).unwrap_or(i64::MAX));
    Stamped {
        sha256: hex::encode(Sha256::digest(&stamp.token)),
        time: time.to_string(),
        serial: stamp.info.serial,
        policy: stamp.info.policy,
        ahead: time.as_seconds().saturating_sub(now.as_seconds()),
        token: stamp.token,
    }
}
