//! Tells the officers' own system of alarms and disputes, in the order of the log.
//!
//! One after the other: what that system has not heard of waits until it answers, or until it is given up. The log is
//! followed from the place that the database remembers; nobody who signs waits for any of this.

use std::time::Duration;

use actix_web::web;
use kyso_core::journal::JournalError;
use kyso_store::DueAlarm;

use super::callbacks::jitter;
use crate::alarms::Watcher;
use crate::app::App;
use crate::webhook::{NotTold, PATIENCE};

/// How often it is looked whether there is something to tell.
const ROUND: Duration = Duration::from_secs(1);
/// How long a call is a server's own, beyond what an answer may take: to write the end.
const MARGIN: Duration = Duration::from_secs(20);

/// Makes the calls that are due, again and again.
pub(super) async fn run(app: web::Data<App>) {
    let Some(watcher) = app.watcher.clone() else {
        return; // what is in the log waits there for a configuration that says whom to tell
    };
    loop {
        while let Some(due) = claim(&app).await {
            let end = watcher.tell(&due.signal, app.now()).await;
            if let Err(error) = settle(&app, &watcher, &due, end).await {
                // The call is made once more when this server's claim has ended; its id says that it is the same.
                tracing::warn!(%error, "the end of a call of alarm could not be written");
            }
        }
        tokio::time::sleep(ROUND).await;
    }
}

async fn claim(app: &App) -> Option<DueAlarm> {
    let until = app.now().after(PATIENCE + MARGIN);
    match app.journal().claim_alarm(until).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(%error, "alarms that are to be told could not be read");
            None
        }
    }
}

async fn settle(
    app: &App,
    watcher: &Watcher,
    due: &DueAlarm,
    end: Result<(), NotTold>,
) -> Result<(), JournalError> {
    let (sequence, tries) = (due.signal.sequence, due.tries);
    let count = |outcome| app.metrics.alarm_calls.with_label_values(&[outcome]).inc();
    match end {
        Ok(()) => {
            count("told");
            app.journal().end_alarm(sequence).await
        }
        Err(why) if tries >= watcher.settings().tries => {
            tracing::error!(
                sequence,
                tries,
                ?why,
                "NOBODY WAS TOLD OF AN ALARM: it is given up"
            );
            count("given_up");
            app.journal().end_alarm(sequence).await
        }
        Err(why) => {
            tracing::warn!(
                sequence,
                tries,
                ?why,
                "the officers' system was not told of an alarm"
            );
            count("retried");
            let wait = jitter(watcher.settings().wait(tries));
            app.journal()
                .postpone_alarm(due, app.now().after(wait))
                .await
        }
    }
}
