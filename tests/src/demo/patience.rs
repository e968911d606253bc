//! Waiting where the server says how long: for a new one-time password, or after wrong ones.

use std::time::Duration;

use anyhow::bail;
use kyso_client::ClientError;

use super::narrate::say;
use crate::authenticator::Authenticator;

/// Does `work` with one-time passwords until one is taken: a run shortly before may have used some.
pub(super) fn patiently<T>(
    authenticator: &Authenticator,
    work: impl Fn(String) -> Result<T, ClientError>,
) -> anyhow::Result<T> {
    for _ in 0..8 {
        match work(authenticator.code()?) {
            Err(error) if wants_patience(&error) => {
                say(&format!("the server says: {error}; waiting"));
                wait(error.retry_after());
            }
            other => return Ok(other?),
        }
    }
    bail!("no one-time password was taken")
}

/// How a try with a wrong one-time password ends: only a throttle is waited for.
pub(super) fn past_throttle<T>(
    work: impl Fn() -> Result<T, ClientError>,
) -> anyhow::Result<Result<T, ClientError>> {
    for _ in 0..8 {
        match work() {
            Err(error) if error.status() == Some(429) => wait(error.retry_after()),
            end => return Ok(end),
        }
    }
    bail!("the server never got as far as looking at it")
}

fn wants_patience(error: &ClientError) -> bool {
    error.status() == Some(429) || error.to_string().contains("chờ mã mới")
}

#[expect(clippy::disallowed_methods, reason = "the server named a span of time")]
fn wait(span: Option<Duration>) {
    std::thread::sleep(span.unwrap_or(Duration::from_secs(1)));
}
