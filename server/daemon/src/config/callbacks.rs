//! Calls that tell systems of the end of their requests.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::ConfigError;
use super::certificates::authorities;
use super::wait::growing;

/// The longest between two tries.
const LONGEST: Duration = Duration::from_hours(6);

/// Calls that tell systems of the end of their requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Callbacks {
    /// Authorities that are trusted beside the machine's own, PEM: a province's CA for its inner network.
    pub ca_file: Option<PathBuf>,
    /// Seconds from the first try to the second; each further wait is three times as long, six hours at most.
    pub retry_seconds: u32,
    /// How often a call is tried before it is given up.
    pub tries: u32,
    /// What the file holds, DER.
    #[serde(skip)]
    pub authorities: Vec<Vec<u8>>,
}

impl Default for Callbacks {
    fn default() -> Self {
        Self {
            ca_file: None,
            retry_seconds: 5,
            tries: 12,
            authorities: Vec::new(),
        }
    }
}

impl Callbacks {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if (1..=3600).contains(&self.retry_seconds) && (1..=30).contains(&self.tries) {
            Ok(())
        } else {
            Err("callbacks.retry_seconds must be from 1 to 3,600, tries from 1 to 30")
        }
    }

    /// Reads the file, so that a server whose authorities are missing does not start.
    pub(super) fn read(&mut self) -> Result<(), ConfigError> {
        if let Some(path) = &self.ca_file {
            self.authorities = authorities("callbacks.ca_file", path)?;
        }
        Ok(())
    }

    /// How long to wait after so many tries, without jitter.
    pub fn wait(&self, tries: u32) -> Duration {
        growing(self.retry_seconds, 3, tries, LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_longer_up_to_six_hours() {
        let callbacks = Callbacks::default();
        let waits: Vec<u64> = (1..=12)
            .map(|tries| callbacks.wait(tries).as_secs())
            .collect();
        let right = [
            5, 15, 45, 135, 405, 1215, 3645, 10_935, 21_600, 21_600, 21_600, 21_600,
        ];
        assert_eq!(waits, right);
        assert_eq!(callbacks.wait(u32::MAX), LONGEST);
    }

    #[test]
    fn waits_and_tries_have_bounds() {
        let with = |retry_seconds, tries| Callbacks {
            retry_seconds,
            tries,
            ..Callbacks::default()
        };
        for (retry, tries) in [(1, 1), (5, 12), (3600, 30)] {
            assert!(with(retry, tries).check().is_ok(), "{retry} {tries}");
        }
        for (retry, tries) in [(0, 12), (3601, 12), (5, 0), (5, 31)] {
            assert!(with(retry, tries).check().is_err(), "{retry} {tries}");
        }
    }
}
