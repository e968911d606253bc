//! Tells systems of the end of their requests.
//!
//! One call at a time to each system, and several systems at once: one that is dead or slow waits for
//! itself alone.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::web;
use kyso_api::management::{self as wire, ApprovalEnd, ApprovalEvent};
use kyso_core::id::{ClientId, RequestId};
use kyso_core::journal::JournalError;
use kyso_core::model::{Approval, Callback};
use kyso_store::DueCall;
use tokio::task::JoinSet;

use crate::app::App;
use crate::webhook::{Message, PATIENCE, aad};

/// How often it is looked whether a call is due, while none ends.
const ROUND: Duration = Duration::from_secs(1);
/// Systems that are called at once: more would have to be dead at the same time than a province has.
const SYSTEMS: usize = 16;
/// How long a call is a server's own, beyond what an answer may take: to open the secret and to write the end.
const MARGIN: Duration = Duration::from_secs(50);

/// How a try ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The system has answered.
    Told,
    /// It has not; a later try may do.
    NotNow(&'static str),
    /// No later try can do.
    Never(&'static str),
}

/// Makes the calls that are due, again and again.
pub(super) async fn run(app: web::Data<App>) {
    let (mut calls, mut systems) = (JoinSet::new(), HashMap::new());
    loop {
        while systems.len() < SYSTEMS {
            let Some(call) = claim(&app, systems.values().copied().collect()).await else {
                break;
            };
            let handle = calls.spawn(make(app.clone(), call));
            systems.insert(handle.id(), call.client);
        }
        tokio::select! {
            Some(ended) = calls.join_next_with_id() => {
                let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
                systems.remove(&id);
            }
            () = tokio::time::sleep(ROUND) => {}
        }
    }
}

async fn claim(app: &App, but: Vec<ClientId>) -> Option<DueCall> {
    let until = app.now().after(PATIENCE + MARGIN);
    match app.journal().claim_call(but, until).await {
        Ok(call) => call,
        Err(error) => {
            tracing::warn!(%error, "calls that are due could not be read");
            None
        }
    }
}

async fn make(app: web::Data<App>, call: DueCall) {
    let end = match (tell(&app, call).await, call.tries) {
        (End::NotNow(word), tries) if tries >= app.config.callbacks.tries => End::Never(word),
        (end, _) => end,
    };
    let outcome = match end {
        End::Told => "told",
        End::NotNow(_) => "retried",
        End::Never(_) => "given_up",
    };
    app.metrics.callbacks.with_label_values(&[outcome]).inc();
    if let Err(error) = settle(&app, call, end).await {
        // The call is made once more when this server's claim has ended; the system knows its id.
        tracing::warn!(%error, "the end of a call could not be written");
    }
}

async fn settle(app: &App, call: DueCall, end: End) -> Result<(), JournalError> {
    match end {
        End::Told => app.journal().end_call(call).await,
        End::NotNow(_) => {
            let wait = jitter(app.config.callbacks.wait(call.tries));
            app.journal()
                .postpone_call(call, app.now().after(wait))
                .await
        }
        End::Never(word) => app.journal().give_up_call(call, word).await,
    }
}

/// Between half of it and all, so that what failed together does not come back together.
pub(super) fn jitter(wait: Duration) -> Duration {
    let mut bytes = [0; 4];
    // Without random numbers the whole of it: nothing depends on them here.
    let random = match getrandom::fill(&mut bytes) {
        Ok(()) => u32::from_be_bytes(bytes),
        Err(_) => u32::MAX,
    };
    let half = wait / 2;
    half + half.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

async fn tell(app: &App, call: DueCall) -> End {
    let approval = match app.journal().approval(call.approval).await {
        Ok(Some(approval)) if approval.state.is_final() => approval,
        Ok(_) => return End::Never("tampered"), // a call is written with the end, in one transaction
        Err(_) => return End::NotNow("journal"),
    };
    // Another server may have registered the place, or another secret, less than a second ago.
    if app.signer.refresh().await.is_err() {
        return End::NotNow("journal");
    }
    let Some((callback, url)) = place(app, &approval) else {
        return End::Never("no_callback");
    };
    let Ok(secret) = app
        .token
        .unseal(&aad(callback.client), &callback.secret)
        .await
    else {
        return End::NotNow("token");
    };
    let Ok(call_that_signed) = app.call_that_signed(&approval).await else {
        return End::NotNow("journal");
    };
    let Ok(body) = serde_json::to_vec(&event(&approval, call_that_signed)) else {
        return End::Never("body"); // texts and words always serialise
    };
    let message = Message::sign(url, call.id, app.now(), body, &secret);
    match app.caller.call(message).await {
        Ok(()) => End::Told,
        Err(error) => {
            tracing::info!(call = %call.id, tries = call.tries, ?error, "a system was not told");
            End::NotNow(error.word())
        }
    }
}

/// Where this system is called now: what was registered may have changed since the request came.
fn place(app: &App, approval: &Approval) -> Option<(Callback, String)> {
    let (snapshot, now) = (app.snapshot(), app.now());
    let client = snapshot.client(approval.client, now)?;
    let callback = snapshot.clients.callbacks.get(&client.id)?;
    let url = approval.callback.clone()?;
    callback.covers(&url).then(|| (callback.clone(), url))
}

fn event(approval: &Approval, call_that_signed: Option<RequestId>) -> ApprovalEvent {
    let state = wire::ApprovalState::from_name(approval.state.name());
    ApprovalEvent {
        kind: format!("approval.{}", approval.state.name()),
        timestamp: approval.state_at.to_string(),
        data: ApprovalEnd {
            id: approval.id.to_string(),
            state: state.unwrap_or(wire::ApprovalState::Failed),
            request_id: call_that_signed.map(|call| call.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_keeps_at_least_half() {
        let wait = Duration::from_secs(10);
        let each: Vec<Duration> = (0..64).map(|_| jitter(wait)).collect();
        assert!(each.iter().all(|one| (wait / 2..=wait).contains(one)));
        assert!(each.iter().any(|one| one != each.first().unwrap()));
    }
}
