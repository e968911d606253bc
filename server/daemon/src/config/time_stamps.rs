//! Time stamps of an outside authority (RFC 3161).

use std::path::PathBuf;
use std::time::Duration;

use kyso_documents::tsp::Policy;
use serde::Deserialize;
use url::Url;

use super::ConfigError;
use super::certificates::authorities;
use super::wait::growing;

/// Whom to ask for time stamps, and how patiently. Authorities of the state were measured to take from 2
/// to 131 seconds for one, so that signatures never wait for theirs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeStamps {
    /// URLs of authorities, `http` or `https`; each try asks the next one.
    pub authorities: Vec<String>,
    /// Certificates of those that are trusted to make time stamps, PEM.
    pub trusted_roots: PathBuf,
    /// Authorities that are trusted for the connection beside the machine's own, PEM; for `https`.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// Object identifier of the policy under which to stamp; the authority's own if absent.
    #[serde(default)]
    pub policy: Option<String>,
    /// Seconds that an answer may take.
    #[serde(default = "timeout")]
    pub timeout_seconds: u32,
    /// Requests at once, of this server.
    #[serde(default = "parallel")]
    pub parallel: u32,
    /// Seconds from the first try to the second; each further wait is twice as long.
    #[serde(default = "retry")]
    pub retry_seconds: u32,
    /// Seconds of the longest wait between two tries.
    #[serde(default = "longest_retry")]
    pub longest_retry_seconds: u32,
    /// Days after which a stamp is given up.
    #[serde(default = "give_up")]
    pub give_up_days: u32,
    /// What `trusted_roots` holds, DER.
    #[serde(skip)]
    pub roots: Vec<Vec<u8>>,
    /// What `ca_file` holds, DER.
    #[serde(skip)]
    pub connection_authorities: Vec<Vec<u8>>,
}

const fn timeout() -> u32 {
    180
}

const fn parallel() -> u32 {
    2
}

const fn retry() -> u32 {
    30
}

const fn longest_retry() -> u32 {
    3600
}

const fn give_up() -> u32 {
    7
}

impl TimeStamps {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let known = |url: &String| Url::parse(url).is_ok_and(|url| is_place(&url));
        if self.authorities.is_empty() || !self.authorities.iter().all(known) {
            return Err("time_stamps.authorities must be http or https URLs, and at least one");
        }
        if self.policy().is_err() {
            return Err("time_stamps.policy must be an object identifier");
        }
        let spans = (1..=600).contains(&self.timeout_seconds)
            && (1..=3600).contains(&self.retry_seconds)
            && (self.retry_seconds..=86_400).contains(&self.longest_retry_seconds);
        if spans && (1..=16).contains(&self.parallel) && (1..=365).contains(&self.give_up_days) {
            Ok(())
        } else {
            Err(
                "time_stamps.timeout_seconds must be from 1 to 600, retry_seconds from 1 to 3,600, \
                 longest_retry_seconds from that to 86,400, parallel from 1 to 16, give_up_days from 1 to 365",
            )
        }
    }

    /// Reads the files, so that a server whose roots are missing does not start.
    pub(super) fn read(&mut self) -> Result<(), ConfigError> {
        self.roots = authorities("time_stamps.trusted_roots", &self.trusted_roots)?;
        if let Some(path) = &self.ca_file {
            self.connection_authorities = authorities("time_stamps.ca_file", path)?;
        }
        Ok(())
    }

    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        std::iter::once(&mut self.trusted_roots).chain(&mut self.ca_file)
    }

    /// The policy that is asked for.
    ///
    /// # Errors
    /// If it is no object identifier, which a configuration that was read is not.
    pub fn policy(&self) -> Result<Option<Policy>, ConfigError> {
        let policy = self.policy.as_deref().map(str::parse).transpose();
        policy.map_err(|_| ConfigError::Contradiction("time_stamps.policy"))
    }

    /// How long an answer may take.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(u64::from(self.timeout_seconds))
    }

    /// After how long a stamp is given up.
    pub fn give_up(&self) -> Duration {
        Duration::from_secs(u64::from(self.give_up_days) * 86_400)
    }

    /// Whom this try asks.
    pub fn authority(&self, tries: u32) -> &str {
        let turn = usize::try_from(tries.saturating_sub(1)).unwrap_or_default();
        let count = self.authorities.len().max(1);
        self.authorities
            .get(turn % count)
            .map_or("", String::as_str)
    }

    /// How long to wait after so many tries, without jitter.
    pub fn wait(&self, tries: u32) -> Duration {
        let longest = Duration::from_secs(u64::from(self.longest_retry_seconds));
        growing(self.retry_seconds, 2, tries, longest)
    }
}

/// Without a password in it, which would come into logs.
pub(super) fn is_place(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(more: &str) -> Result<TimeStamps, toml::de::Error> {
        toml::from_str(&format!("trusted_roots = \"roots.pem\"\n{more}"))
    }

    const ONE: &str = "authorities = [\"http://tsa.example.vn\"]\n";

    #[test]
    fn each_wait_is_twice_as_long_up_to_the_longest() {
        let stamps = read(ONE).unwrap();
        let waits: Vec<u64> = (1..=9).map(|tries| stamps.wait(tries).as_secs()).collect();
        assert_eq!(waits, [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(stamps.wait(u32::MAX).as_secs(), 3600);
    }

    #[test]
    fn each_try_asks_the_next_authority() {
        let two = read("authorities = [\"http://a.vn\", \"https://b.vn/tsa\"]").unwrap();
        let asked: Vec<&str> = (1..=3).map(|tries| two.authority(tries)).collect();
        assert_eq!(asked, ["http://a.vn", "https://b.vn/tsa", "http://a.vn"]);
        assert!(two.check().is_ok());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for bad in [
            "authorities = []",
            "authorities = [\"tsa.example.vn\"]",
            "authorities = [\"ftp://tsa.example.vn\"]",
            "authorities = [\"https://a:b@tsa.example.vn\"]",
        ] {
            assert!(read(bad).unwrap().check().is_err(), "{bad}");
        }
        for bad in [
            "policy = \"x\"",
            "timeout_seconds = 0",
            "timeout_seconds = 601",
            "parallel = 0",
            "parallel = 17",
            "retry_seconds = 0",
            "longest_retry_seconds = 29",
            "longest_retry_seconds = 86401",
            "give_up_days = 0",
            "give_up_days = 366",
        ] {
            assert!(
                read(&format!("{ONE}{bad}")).unwrap().check().is_err(),
                "{bad}"
            );
        }
        for unread in ["authority = \"http://a.vn\"", ""] {
            assert!(read(unread).is_err(), "{unread}");
        }
        assert!(read(ONE).unwrap().check().is_ok());
    }
}
