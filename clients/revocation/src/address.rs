//! Which addresses are everybody's (IANA's registries of special-purpose addresses, RFC 6890), and the look-up of names
//! that keeps to them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// A name lies at addresses that nobody is asked at.
#[derive(Debug, thiserror::Error)]
#[error("the name lies at an address inside")]
pub(crate) struct Inside;

/// Looks a name up, and leaves out what is neither public nor named: the connection goes to the very address that was
/// looked at, so a name that changes in between gains nothing.
#[derive(Debug)]
pub(crate) struct Outwards {
    pub(crate) named: Vec<IpAddr>,
    pub(crate) names: DefaultResolver,
}

impl Resolver for Outwards {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.names.resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        for address in &*found {
            let ip = address.ip().to_canonical();
            if is_public(ip) || self.named.contains(&ip) {
                allowed.push(*address);
            }
        }
        if allowed.is_empty() {
            Err(ureq::Error::Other(Box::new(Inside)))
        } else {
            Ok(allowed)
        }
    }
}

/// Whether an address is one of the internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => !INSIDE_V4.iter().any(|one| contains_v4(*one, v4)),
        // All that is handed out for the internet; what wraps IPv4 addresses lies elsewhere, or below.
        IpAddr::V6(v6) => {
            contains_v6(("2000::", 3), v6) && !INSIDE_V6.iter().any(|one| contains_v6(*one, v6))
        }
    }
}

/// This network, private, shared, loopback, link-local (where clouds keep what a machine may know), protocols,
/// documentation, benchmarks, multicast and reserved.
const INSIDE_V4: [([u8; 4], u32); 14] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 3),
];

/// Protocols (Teredo among them), documentation, 6to4, documentation again.
const INSIDE_V6: [(&str, u32); 4] = [
    ("2001::", 23),
    ("2001:db8::", 32),
    ("2002::", 16),
    ("3fff::", 20),
];

fn contains_v4((network, bits): ([u8; 4], u32), address: Ipv4Addr) -> bool {
    let network = Ipv4Addr::from(network).to_bits();
    (network ^ address.to_bits()).leading_zeros() >= bits
}

fn contains_v6((network, bits): (&str, u32), address: Ipv6Addr) -> bool {
    let network: Result<Ipv6Addr, _> = network.parse();
    network.is_ok_and(|network| (network.to_bits() ^ address.to_bits()).leading_zeros() >= bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_internet_are_public() {
        for (address, public) in [
            ("203.162.0.1", true),
            ("1.1.1.1", true),
            ("172.15.255.255", true),
            ("172.32.0.0", true),
            ("2405:4800::1", true),
            ("::ffff:203.162.0.1", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("100.100.100.200", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.192", false),
            ("192.168.1.1", false),
            ("198.19.0.1", false),
            ("224.0.0.1", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("::", false),
            ("::1", false),
            ("::127.0.0.1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("64:ff9b::a9fe:a9fe", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::", false),
            ("3fff::1", false),
            ("4000::1", false),
        ] {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }
}
