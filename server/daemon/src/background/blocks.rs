//! Summaries of the log, made where nobody waits for them.

use std::time::Duration;

use actix_web::web;

use crate::app::App;

/// How long the youngest entries may have no summary: they are read themselves meanwhile.
const SECOND: Duration = Duration::from_secs(1);

/// Makes what is missing, from the first entry on: after an upgrade that is all of them.
pub(super) async fn run(app: web::Data<App>) {
    let mut next = 0;
    loop {
        match app.journal().summarise(next).await {
            Ok(further) if further > next => {
                next = further;
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "blocks of the log could not be made"),
        }
        tokio::time::sleep(SECOND).await;
    }
}
