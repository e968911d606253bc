//! Structured logs: one JSON object a line, on standard error.

use tracing_subscriber::EnvFilter;

/// Starts logging; `KYSO_LOG` sets what is logged, as in `info,kysod=debug`.
///
/// # Errors
/// If the variable holds something else, or logging was started before.
pub(super) fn start() -> anyhow::Result<()> {
    let filter = match std::env::var_os("KYSO_LOG") {
        Some(text) => EnvFilter::try_new(text.to_string_lossy())?,
        // rustls tells of every connection that a scanner breaks off.
        None => EnvFilter::new("info,rustls=error,actix_server=warn"),
    };
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    subscriber
        .try_init()
        .map_err(|error| anyhow::anyhow!(error))
}
