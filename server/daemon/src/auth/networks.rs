//! Where a call comes from: the peer's address, or what a configured proxy says of it.

use std::net::IpAddr;

use crate::config::Network;

/// The client's address: the last one in `X-Forwarded-For` that is not a proxy of ours.
///
/// The header is believed only as far as each hop that wrote to it is a configured proxy; from
/// anybody else it is a free text by whoever calls.
pub fn client_address(peer: IpAddr, forwarded_for: Option<&str>, proxies: &[Network]) -> IpAddr {
    let known = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    let mut client = peer;
    let hops = forwarded_for.unwrap_or_default().rsplit(',');
    for hop in hops {
        if !known(client) {
            break;
        }
        match hop.trim().parse() {
            Ok(address) => client = address,
            Err(_) => break,
        }
    }
    client.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_are_believed() {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        for (peer, header, client) in [
            ("192.0.2.1", Some("198.51.100.9"), "192.0.2.1"),
            ("10.0.0.1", Some("198.51.100.9"), "198.51.100.9"),
            (
                "10.0.0.1",
                Some("203.0.113.5, 198.51.100.9"),
                "198.51.100.9",
            ),
            ("10.0.0.1", Some("198.51.100.9, 10.0.0.2"), "198.51.100.9"),
            ("10.0.0.1", Some("garbage"), "10.0.0.1"),
            ("10.0.0.1", None, "10.0.0.1"),
            ("::ffff:10.0.0.1", Some("198.51.100.9"), "198.51.100.9"),
            ("::ffff:192.0.2.1", None, "192.0.2.1"),
        ] {
            let found = client_address(peer.parse().unwrap(), header, &proxies);
            assert_eq!(
                found,
                client.parse::<IpAddr>().unwrap(),
                "{peer} {header:?}"
            );
        }
    }
}
