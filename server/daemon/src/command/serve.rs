//! `kysod serve`.

use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let running = crate::app::start(config).await?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping: calls under way are finished first");
    running.stop().await?;
    tracing::info!("stopped");
    Ok(())
}
