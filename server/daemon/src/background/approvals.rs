//! Requests for approval that nobody ends: their time is over, or the server that signed them stopped.

use std::time::Duration;

use actix_web::web;
use kyso_core::journal::JournalError;
use kyso_core::model::Approval;

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
    if let Err(error) = overdue(app).await {
        tracing::warn!(%error, "approvals whose time is over could not be read");
    }
    if let Err(error) = unfinished(app).await {
        tracing::warn!(%error, "unfinished approvals could not be read");
    }
}

async fn overdue(app: &App) -> Result<(), JournalError> {
    end(app, app.journal().overdue_approvals(app.now()).await?).await;
    Ok(())
}

/// All of them: those that may still end by themselves must not stand before the others.
async fn unfinished(app: &App) -> Result<(), JournalError> {
    let (until, mut after) = (app.now().before(ALONE), None);
    loop {
        let (found, last) = app.journal().unfinished_approvals(until, after).await?;
        end(app, found).await;
        if last.is_none() {
            return Ok(());
        }
        after = last;
    }
}

async fn end(app: &App, found: Vec<Approval>) {
    for approval in found {
        if let Err(error) = app.finish_approval(&approval).await {
            tracing::warn!(%error, "an approval could not be ended");
        }
    }
}
