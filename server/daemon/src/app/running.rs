//! A server that runs, and how it is stopped.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web;
use kyso_core::id::RequestId;
use kyso_core::{Actor, Draft};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use tokio::task::JoinHandle;

use super::App;
use crate::background::{alarm, upkeep};

/// A server that runs. Dropping it does not stop it; [`Running::stop`] does.
pub struct Running {
    /// Where it listens for HTTPS; the port is real also when 0 was asked for.
    pub public: SocketAddr,
    /// Where it listens for metrics and health.
    pub internal: SocketAddr,
    /// The application.
    pub app: web::Data<App>,
    pub(super) servers: [ServerHandle; 2],
    pub(super) tasks: Vec<JoinHandle<()>>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Running({})", self.public)
    }
}

impl Running {
    /// Waits until the token is lost to this process for good, which is an entry then.
    pub async fn token_stuck(&self) {
        self.app.token.stuck().await;
        alarm(&self.app, "hsm_stuck").await;
    }

    /// Stops in order: no new call begins, calls under way end, the log says so and is closed.
    ///
    /// # Errors
    /// If the journal had died before; the next start then closes what is open as unknown.
    pub async fn stop(self) -> anyhow::Result<()> {
        let Self {
            app,
            servers,
            tasks,
            ..
        } = self;
        let patience = Duration::from_secs(u64::from(app.config.listen.drain_seconds));
        if tokio::time::timeout(patience, app.flows.drain())
            .await
            .is_err()
        {
            tracing::warn!("calls are still under way; stopping without them");
        }
        let [public, internal] = servers;
        public.stop(true).await;
        for task in &tasks {
            task.abort();
        }
        // To their end: what one of them had taken to write, it puts back.
        for task in tasks {
            let _ = task.await;
        }
        let noted = note_stop(&app).await;
        internal.stop(false).await;
        // The last handle of the token waits for its threads, so it is let go where one may wait.
        let closed = tokio::task::spawn_blocking(move || app.store.shutdown()).await?;
        closed?;
        noted
    }
}

async fn note_stop(app: &App) -> anyhow::Result<()> {
    upkeep::write(app, app.failures.all()).await?;
    let actor = Actor::system();
    let draft = Draft::new(
        Event::ServerStopped,
        Outcome::Ok,
        &actor,
        RequestId::random(),
    );
    Ok(app.note(draft).await?)
}
