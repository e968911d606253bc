//! Calls that tell the officers' own system of alarms and disputes.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use url::Url;

use super::ConfigError;
use super::certificates::authorities;
use super::secret::SecretSource;
use super::time_stamps::is_place;
use super::wait::growing;

/// The longest between two tries: an officer is not to learn of an alarm hours after their system is back.
const LONGEST: Duration = Duration::from_mins(10);

/// Whom to tell of alarms and disputes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alarms {
    /// Where it listens, `https` or, on the machine or a network of its own, `http`.
    pub url: String,
    /// What the calls are signed with, in the form of Standard Webhooks: `whsec_` and Base64 of 24 to 64 bytes.
    pub secret: SecretSource,
    /// Authorities that are trusted beside the machine's own, PEM.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Seconds from the first try to the second; each further wait is three times as long, ten minutes at most.
    #[serde(default = "retry")]
    pub retry_seconds: u32,
    /// How often a call is tried before it is given up, and the next one is made.
    #[serde(default = "tries")]
    pub tries: u32,
    /// What `ca_file` holds, DER.
    #[serde(skip)]
    pub authorities: Vec<Vec<u8>>,
}

const fn retry() -> u32 {
    5
}

/// Two days of tries.
const fn tries() -> u32 {
    288
}

impl Alarms {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if !Url::parse(&self.url).is_ok_and(|url| is_place(&url)) {
            return Err("alarms.url must be an http or https URL without a password");
        }
        if (1..=600).contains(&self.retry_seconds) && (1..=10_000).contains(&self.tries) {
            Ok(())
        } else {
            Err("alarms.retry_seconds must be from 1 to 600, tries from 1 to 10,000")
        }
    }

    /// Reads the file, so that a server whose authorities are missing does not start.
    pub(super) fn read(&mut self) -> Result<(), ConfigError> {
        if let Some(path) = &self.ca_file {
            self.authorities = authorities("alarms.ca_file", path)?;
        }
        Ok(())
    }

    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        self.secret.path_mut().into_iter().chain(&mut self.ca_file)
    }

    /// How long to wait after so many tries, without jitter.
    pub fn wait(&self, tries: u32) -> Duration {
        growing(self.retry_seconds, 3, tries, LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(more: &str) -> Result<Alarms, toml::de::Error> {
        toml::from_str(&format!("secret = {{ file = \"s\" }}\n{more}"))
    }

    const URL: &str = "url = \"https://soc.example.vn/kyso\"\n";

    #[test]
    fn each_wait_is_longer_up_to_ten_minutes() {
        let alarms = read(URL).unwrap();
        assert!(alarms.check().is_ok());
        let waits: Vec<u64> = (1..=7).map(|tries| alarms.wait(tries).as_secs()).collect();
        assert_eq!(waits, [5, 15, 45, 135, 405, 600, 600]);
        assert_eq!(alarms.wait(u32::MAX), LONGEST);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for bad in [
            "url = \"soc.example.vn\"",
            "url = \"ftp://soc.example.vn\"",
            "url = \"https://a:b@soc.example.vn\"",
            "url = \"\"",
        ] {
            assert!(read(bad).unwrap().check().is_err(), "{bad}");
        }
        for bad in [
            "retry_seconds = 0",
            "retry_seconds = 601",
            "tries = 0",
            "tries = 10001",
        ] {
            assert!(
                read(&format!("{URL}{bad}")).unwrap().check().is_err(),
                "{bad}"
            );
        }
        for unread in ["", "urls = \"https://soc.example.vn\"", "url = 1"] {
            assert!(read(unread).is_err(), "{unread}");
        }
    }
}
