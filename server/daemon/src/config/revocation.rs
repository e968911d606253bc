//! Whom to ask by network whether a certificate was revoked, when somebody has a file verified.

use std::net::IpAddr;
use std::time::Duration;

use kyso_revocation::{Host, Hosts, Reach, Settings};
use serde::Deserialize;

/// Whom to ask whether a certificate was revoked. Nobody, unless hosts are named: which ones a certificate names is its
/// authority's word, and the file with it is a stranger's.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Revocation {
    /// Hosts that may be asked, over HTTP or HTTPS: `ca.gov.vn`, or `ca.gov.vn:8080` for another port.
    pub hosts: Vec<Host>,
    /// Addresses at which they may lie beside those of the internet.
    pub addresses: Vec<IpAddr>,
    /// Seconds that one answer may take.
    pub timeout_seconds: u32,
    /// Seconds that all answers for one file may take together.
    pub together_seconds: u32,
}

impl Default for Revocation {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            addresses: Vec::new(),
            timeout_seconds: 3,
            together_seconds: 5,
        }
    }
}

impl Revocation {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        let one = (1..=10).contains(&self.timeout_seconds);
        if one && (self.timeout_seconds..=20).contains(&self.together_seconds) {
            Ok(())
        } else {
            Err("revocation.timeout_seconds must be from 1 to 10, together_seconds from that to 20")
        }
    }

    /// How to ask, if anybody is to be asked.
    pub fn settings(&self) -> Option<Settings> {
        let seconds = |seconds: u32| Duration::from_secs(seconds.into());
        (!self.hosts.is_empty()).then(|| Settings {
            reach: Reach {
                hosts: Hosts::Only(self.hosts.clone()),
                addresses: self.addresses.clone(),
            },
            one: seconds(self.timeout_seconds),
            together: seconds(self.together_seconds),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Revocation, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn nobody_is_asked_unless_hosts_are_named() {
        assert!(read("").unwrap().settings().is_none());
        assert!(
            read("addresses = [\"10.0.0.1\"]")
                .unwrap()
                .settings()
                .is_none()
        );
        let named = read("hosts = [\"ca.gov.vn\", \"10.1.2.3:8080\"]").unwrap();
        let hosts = ["ca.gov.vn", "10.1.2.3:8080"].map(|one| one.parse().unwrap());
        let settings = named.settings().unwrap();
        assert_eq!(settings.reach.hosts, Hosts::Only(hosts.into()));
        assert!(settings.reach.addresses.is_empty());
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for bad in [
            "hosts = [\"http://ca.gov.vn\"]",
            "hosts = [\"*\"]",
            "hosts = [\"a@ca.gov.vn\"]",
            "addresses = [\"10.0.0.0/8\"]",
            "host = []",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        for (one, together, good) in [
            (1, 1, true),
            (3, 5, true),
            (10, 20, true),
            (0, 5, false),
            (11, 20, false),
            (3, 2, false),
            (3, 21, false),
        ] {
            let text = format!("timeout_seconds = {one}\ntogether_seconds = {together}");
            assert_eq!(read(&text).unwrap().check().is_ok(), good, "{text}");
        }
    }
}
