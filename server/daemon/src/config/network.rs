//! A network address with its prefix length, to name proxies and where a log-in on a page counts.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An address or a network in CIDR notation (RFC 4632 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: u128,
    mask: u128,
}

/// Text that is neither an address nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a network: expected 10.0.0.7, 10.0.0.0/8 or 2001:db8::/32")]
pub struct InvalidNetwork;

impl Network {
    /// Whether the address is in the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        bits(address) & self.mask == self.address
    }

    /// The network of this address, by the length for its kind.
    pub fn around(address: IpAddr, prefixes: Prefixes) -> Self {
        // An IPv4 address is the last 32 bits of its place in IPv6.
        let host = match address.to_canonical() {
            IpAddr::V4(_) => 32_u32.saturating_sub(prefixes.ipv4.into()),
            IpAddr::V6(_) => 128_u32.saturating_sub(prefixes.ipv6.into()),
        };
        let mask = u128::MAX.checked_shl(host).unwrap_or(0);
        Self {
            address: bits(address) & mask,
            mask,
        }
    }
}

/// How many leading bits of an address are its network, for each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prefixes {
    /// Bits of an IPv4 address.
    pub ipv4: u8,
    /// Bits of an IPv6 address.
    pub ipv6: u8,
}

impl Default for Prefixes {
    fn default() -> Self {
        Self { ipv4: 24, ipv6: 48 }
    }
}

impl Prefixes {
    /// Whether they name a network, neither the whole internet nor more bits than an address has.
    pub(super) fn check(self) -> bool {
        (16..=32).contains(&self.ipv4) && (32..=128).contains(&self.ipv6)
    }
}

/// IPv4 is its place in IPv6 (RFC 4291 §2.5.5.2), as a dual-stack socket reports it.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

impl std::str::FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = text
            .split_once('/')
            .map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(text) => text.parse().map_err(|_| InvalidNetwork)?,
            None => width,
        };
        if prefix > width {
            return Err(InvalidNetwork);
        }
        let mask = u128::MAX.checked_shl(width - prefix).unwrap_or(0);
        Ok(Self {
            address: bits(address) & mask,
            mask,
        })
    }
}

/// In CIDR notation, as it is read.
impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, ones) = (Ipv6Addr::from(self.address), self.mask.count_ones());
        match (address.to_canonical(), ones.checked_sub(96)) {
            (IpAddr::V4(v4), Some(ones)) => write!(f, "{v4}/{ones}"),
            _ => write!(f, "{address}/{ones}"),
        }
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_it_contains() {
        for (network, address, inside) in [
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.7", "10.0.0.7", true),
            ("10.0.0.7", "::ffff:10.0.0.7", true),
            ("10.0.0.7", "10.0.0.8", false),
            ("0.0.0.0/0", "192.0.2.1", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::/0", "192.0.2.1", true),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                inside,
                "{network:?} {address}"
            );
        }
    }

    #[test]
    fn the_network_around_an_address_holds_its_neighbours() {
        let usual = Prefixes::default();
        let narrow = Prefixes {
            ipv4: 32,
            ipv6: 128,
        };
        for (address, prefixes, written, inside, outside) in [
            (
                "192.0.2.7",
                usual,
                "192.0.2.0/24",
                "192.0.2.250",
                "192.0.3.7",
            ),
            (
                "::ffff:192.0.2.7",
                usual,
                "192.0.2.0/24",
                "192.0.2.8",
                "192.0.3.7",
            ),
            (
                "2001:db8:1:2::3",
                usual,
                "2001:db8:1::/48",
                "2001:db8:1:9::9",
                "2001:db8:2::3",
            ),
            (
                "192.0.2.7",
                narrow,
                "192.0.2.7/32",
                "::ffff:192.0.2.7",
                "192.0.2.8",
            ),
            (
                "2001:db8::1",
                narrow,
                "2001:db8::1/128",
                "2001:db8::1",
                "2001:db8::2",
            ),
        ] {
            let network = Network::around(address.parse().unwrap(), prefixes);
            assert_eq!(network.to_string(), written);
            assert_eq!(written.parse(), Ok(network));
            assert!(network.contains(inside.parse().unwrap()), "{written}");
            assert!(!network.contains(outside.parse().unwrap()), "{written}");
        }
    }

    #[test]
    fn prefixes_that_bind_nothing_are_refused() {
        for (ipv4, ipv6, fine) in [
            (24, 48, true),
            (16, 32, true),
            (32, 128, true),
            (15, 48, false),
            (33, 48, false),
            (24, 31, false),
            (24, 129, false),
        ] {
            assert_eq!(Prefixes { ipv4, ipv6 }.check(), fine, "{ipv4} {ipv6}");
        }
    }

    #[test]
    fn refuses_other_texts() {
        for text in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "localhost",
            "10.0.0.0/-1",
        ] {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text}");
        }
    }
}
