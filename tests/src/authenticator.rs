//! A person's authenticator: one-time passwords, each of them once.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use kyso_core::{Clock, SystemClock};
use totp_rs::{Builder, Secret, Totp};

/// Seconds that a code is shown (RFC 6238 §4).
const STEP: i64 = 30;
/// Seconds that a code may take to the server, whose machine runs other tests too.
const ON_ITS_WAY: i64 = 10;

/// Gives a code that was never given before: the server takes each step once, in rising order,
/// and tolerates one step to either side, so three codes can be had at once before one must wait.
#[derive(Debug)]
pub struct Authenticator {
    totp: Totp,
    base32: String,
    last: Mutex<i64>,
}

impl Authenticator {
    /// The authenticator with this secret, in base32.
    ///
    /// # Errors
    /// If it is not base32, or too short.
    pub fn new(base32: &str) -> anyhow::Result<Self> {
        let secret = Secret::try_from_base32(base32)
            .map_err(|error| anyhow::anyhow!("not a TOTP secret: {error:?}"))?;
        let totp = Builder::new()
            .with_secret(secret)
            .with_account_name("kyso")
            .build()
            .map_err(|error| anyhow::anyhow!("not a TOTP secret: {error:?}"))?;
        Ok(Self {
            totp,
            base32: base32.to_owned(),
            last: Mutex::new(0),
        })
    }

    /// The authenticator that an `otpauth://` URI sets up.
    ///
    /// # Errors
    /// If it names no secret.
    pub fn scan(uri: &str) -> anyhow::Result<Self> {
        let query = uri.split_once('?').context("not an otpauth URI")?.1;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let secret = pairs.find(|(name, _)| *name == "secret");
        Self::new(secret.context("an otpauth URI without a secret")?.1)
    }

    /// The secret, base32, as an authenticator would be set up by hand.
    pub fn base32(&self) -> &str {
        &self.base32
    }

    /// The step (RFC 6238 §4.2) of the last code that was given, for whoever goes on with this secret; 0 before the first.
    pub fn last_step(&self) -> i64 {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A code that is right now and was not given before; waits for one if it must.
    ///
    /// # Errors
    /// Never in practice: the lock is not held across a panic.
    pub fn code(&self) -> anyhow::Result<String> {
        let mut last = self.last.lock().map_err(|_| anyhow::anyhow!("poisoned"))?;
        let step = (*last + 1).max(current_after(ON_ITS_WAY) - 1);
        while step > current() + 1 {
            wait_for_next_step();
        }
        *last = step;
        Ok(self.at(step))
    }

    /// A code that is wrong now, and will be for a while; not one that stands in every certificate's
    /// dates, so that it can be looked for.
    pub fn wrong(&self) -> String {
        let near: Vec<String> = (-2..=20).map(|by| self.at(current() + by)).collect();
        let mut guesses = (731_946..1_000_000).map(|number| format!("{number:06}"));
        guesses
            .find(|guess| !near.contains(guess))
            .unwrap_or_default()
    }

    /// Whether this code was too long on its way: it is none of those that are taken now.
    pub fn is_over(&self, code: &str) -> bool {
        (-1..=1).all(|by| self.at(current() + by) != code)
    }

    fn at(&self, step: i64) -> String {
        let time = u64::try_from(step * STEP).unwrap_or_default();
        self.totp.generate(time).to_string()
    }
}

fn current() -> i64 {
    current_after(0)
}

fn current_after(seconds: i64) -> i64 {
    (SystemClock.now().as_seconds() + seconds).div_euclid(STEP)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a code changes with time and with nothing else"
)]
fn wait_for_next_step() {
    std::thread::sleep(Duration::from_millis(500));
}

#[cfg(test)]
mod tests {
    use super::Authenticator;

    #[test]
    fn gives_each_code_once() {
        let uri = "otpauth://totp/Kyso:an?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Kyso";
        let authenticator = Authenticator::scan(uri).unwrap();
        let (first, second) = (authenticator.code().unwrap(), authenticator.code().unwrap());
        assert_ne!(first, second);
        assert_eq!(authenticator.base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_ne!(authenticator.wrong(), first);
        assert!(authenticator.is_over(&authenticator.wrong()));
    }
}
