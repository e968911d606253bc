//! `kysod serve`: until it is told to stop, or its token can only be got back by another process.

use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;

pub(super) async fn run(config: Config) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let running = crate::app::start(config).await?;
    let stuck = tokio::select! {
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
        () = running.token_stuck() => true,
    };
    tracing::info!("stopping: calls under way are finished first");
    running.stop().await?;
    if stuck {
        tracing::error!("stopped, to be started anew: a call hangs in the PKCS#11 module");
        // The usual end of a process has the module tidy up, under the call that hangs in it.
        std::process::abort();
    }
    tracing::info!("stopped");
    Ok(())
}
