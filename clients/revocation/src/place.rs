//! Which places may be asked.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;
use ureq::http::Uri;
use ureq::http::uri::Authority;

/// A host by its name or address, as it stands in URLs: `ca.gov.vn`, `10.1.2.3:8080`, `[fd00::1]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Host {
    name: String,
    port: Option<u16>,
}

/// Not a host and, perhaps, its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a host: expected ca.gov.vn, ca.gov.vn:8080 or 10.1.2.3")]
pub struct NotAHost;

impl FromStr for Host {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        let parsed: Authority = text.parse().map_err(|_| NotAHost)?;
        let (name, port) = (parsed.host().to_ascii_lowercase(), parsed.port_u16());
        let again = Self { name, port };
        // Nothing but the two: no name of a user, no port that is none, and no pattern.
        let usual = |one: char| one.is_ascii_alphanumeric() || ".-[:]".contains(one);
        let named = !again.name.is_empty() && again.name.chars().all(usual);
        if named && again.to_string() == text.to_ascii_lowercase() {
            Ok(again)
        } else {
            Err(NotAHost)
        }
    }
}

impl TryFrom<String> for Host {
    type Error = NotAHost;

    fn try_from(text: String) -> Result<Self, NotAHost> {
        text.parse()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Hosts that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Whichever a certificate names, at the ports of HTTP and HTTPS: for a person who asks for themself.
    Any,
    /// These, each at its port, or at the ports of HTTP and HTTPS: for a server, which strangers have ask.
    Only(Vec<Host>),
}

/// Which places may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// At which hosts.
    pub hosts: Hosts,
    /// At which addresses beside those of the internet.
    pub addresses: Vec<IpAddr>,
}

/// A URL of a place that may be asked.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) uri: Uri,
    /// Host and port, by which one that does not answer is known.
    pub(crate) host: String,
}

impl Reach {
    /// The place, if it may be asked, whatever its address may turn out to be.
    pub(crate) fn place(&self, url: &str) -> Option<Place> {
        let uri: Uri = url.parse().ok()?;
        let usual = match uri.scheme_str()? {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let authority = uri.authority()?;
        let host: Host = authority.as_str().parse().ok()?;
        let port = host.port.unwrap_or(usual);
        let fits = |one: &Host| one.name == host.name && one.port.unwrap_or(usual) == port;
        let allowed = match &self.hosts {
            Hosts::Any => port == usual,
            Hosts::Only(hosts) => hosts.iter().any(fits),
        };
        let host = format!("{}:{port}", host.name);
        allowed.then_some(Place { uri, host })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(hosts: &[&str]) -> Reach {
        let hosts = hosts.iter().map(|one| one.parse().unwrap()).collect();
        Reach {
            hosts: Hosts::Only(hosts),
            addresses: Vec::new(),
        }
    }

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for good in [
            "ca.gov.vn",
            "CA.gov.vn",
            "ca.gov.vn:8080",
            "10.1.2.3",
            "[fd00::1]:80",
        ] {
            let host: Host = good.parse().unwrap();
            assert_eq!(host.to_string(), good.to_ascii_lowercase());
        }
        for bad in [
            "",
            ":80",
            "http://ca.gov.vn",
            "ca.gov.vn/",
            "a@ca.gov.vn",
            "ca.gov.vn:",
            "ca.gov.vn:080",
            "ca.gov.vn:65536",
            "ca gov",
            "ca.gov.vn?x",
            "cà.vn",
            "*",
            "*.gov.vn",
            "fd00::1",
        ] {
            assert_eq!(bad.parse::<Host>(), Err(NotAHost), "{bad}");
        }
    }

    #[test]
    fn only_what_is_listed_is_asked_at_its_port_and_over_http() {
        let reach = reach(&["ca.gov.vn", "ocsp.ca.gov.vn:8080"]);
        for (url, host) in [
            ("http://ca.gov.vn/pki/pub/crl/rootcag2.crl", "ca.gov.vn:80"),
            ("HTTP://CA.GOV.VN", "ca.gov.vn:80"),
            ("http://ca.gov.vn:80/x?y", "ca.gov.vn:80"),
            ("https://ca.gov.vn/", "ca.gov.vn:443"),
            ("http://ocsp.ca.gov.vn:8080", "ocsp.ca.gov.vn:8080"),
        ] {
            assert_eq!(reach.place(url).unwrap().host, host, "{url}");
        }
        for url in ELSEWHERE {
            assert!(reach.place(url).is_none(), "{url}");
        }
    }

    #[test]
    fn whoever_asks_for_themself_goes_anywhere_at_the_usual_ports() {
        let reach = Reach {
            hosts: Hosts::Any,
            addresses: Vec::new(),
        };
        for (url, allowed) in [
            ("http://ca.gov.vn/", true),
            ("https://ca.gov.vn:443/", true),
            ("http://ca.gov.vn:443/", false),
            ("http://ca.gov.vn:6379/", false),
            ("http://a@ca.gov.vn/", false),
            ("gopher://ca.gov.vn/", false),
        ] {
            assert_eq!(reach.place(url).is_some(), allowed, "{url}");
        }
    }

    /// What somebody may try who gets an authority to name a place of their choice.
    const ELSEWHERE: [&str; 27] = [
        // Another host, or one that only looks alike.
        "http://evil.example/",
        "http://ca.gov.vn.evil.example/",
        "http://evil.example/ca.gov.vn",
        "http://evil.example#ca.gov.vn",
        "http://evil.example\\@ca.gov.vn/",
        "http://xca.gov.vn/",
        "http://ca.gov.vn./",
        "http://ca。gov。vn/",
        // A user in front of the host.
        "http://ca.gov.vn@evil.example/",
        "http://ca.gov.vn:80@evil.example/",
        "http://a:b@ca.gov.vn/",
        "http://@ca.gov.vn/",
        // This machine and what clouds keep beside it, however they are written.
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        // Another port.
        "http://ca.gov.vn:22/",
        "http://ca.gov.vn:443/",
        "http://ca.gov.vn:0/",
        "http://ocsp.ca.gov.vn/",
        // Another scheme, or none.
        "file:///etc/passwd",
        "ldap://ca.gov.vn/",
        "//ca.gov.vn/",
        "http://ca.gov.vn/\r\nHost: evil.example",
    ];
}
