//! Summaries of the log, made where nobody waits for them.

use std::time::Duration;

use actix_web::web;
use kyso_store::StoreError;

use crate::app::App;

/// How long the youngest entries may have no summary: they are read themselves meanwhile.
const SECOND: Duration = Duration::from_secs(1);

/// Makes what is missing, from the first entry on: after an upgrade that is all of them.
pub(super) async fn run(app: web::Data<App>) {
    let (mut made, mut told) = (0, 0);
    loop {
        if let Err(error) = catch_up(&app, &mut made, &mut told).await {
            tracing::warn!(%error, "summaries of the log could not be made");
        }
        tokio::time::sleep(SECOND).await;
    }
}

/// Blocks of the tree that this server has signed or followed. One that is missing, and what comes after it in its stretch, is not told
/// of until the stretch is looked at again: in the youngest with the next blocks, in others when the server is started.
async fn catch_up(app: &App, made: &mut i64, told: &mut i64) -> Result<(), StoreError> {
    let Some(newest) = app.log.newest().filter(|_| !app.log.is_growing()) else {
        return Ok(()); // without its tiles no entry is proven to be in the tree
    };
    let (journal, tree) = (app.journal(), newest.unverified()); // it was verified before it was shown
    while let Some(next) = journal.summarise(*made, tree).await? {
        *made = next;
    }
    while let Some(next) = journal.summarise_stretch(*told, *made).await? {
        *told = next;
    }
    Ok(())
}
