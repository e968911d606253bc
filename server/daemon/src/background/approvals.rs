//! Requests for approval that nobody ends: their time is over, or the server that signed them stopped.

use std::time::Duration;

use actix_web::web;

use crate::app::App;

/// How often it is looked.
const ROUND: Duration = Duration::from_secs(10);
/// How long a server that is at work is left alone before it is asked whether it still is.
const ALONE: Duration = Duration::from_secs(30);

/// Ends what is over, again and again; the first round is right after the start.
pub(super) async fn run(app: web::Data<App>) {
    loop {
        finish(&app).await;
        tokio::time::sleep(ROUND).await;
    }
}

async fn finish(app: &App) {
    let now = app.now();
    let found = app
        .journal()
        .unfinished_approvals(now, now.before(ALONE))
        .await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return tracing::warn!(%error, "unfinished approvals could not be read"),
    };
    for approval in found {
        if let Err(error) = app.finish_approval(&approval).await {
            tracing::warn!(%error, "an approval could not be ended");
        }
    }
}
