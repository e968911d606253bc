//! Where a call comes from: the peer's address, or what a configured proxy says of it.

use std::net::{IpAddr, SocketAddr};

use crate::config::Network;

/// The client's address: the last one in `X-Forwarded-For` that is not a proxy of ours.
///
/// The header is believed only as far as each hop that wrote to it is a configured proxy; from
/// anybody else it is a free text by whoever calls. All its lines together are one list (RFC 9110
/// §5.3): a proxy may add its hop to the last line or as a line of its own, so a line that a
/// client sent must not stand before what a proxy said. A hop that is no address ends the walk.
pub fn client_address<'a>(
    peer: IpAddr,
    lines: impl DoubleEndedIterator<Item = &'a [u8]>,
    proxies: &[Network],
) -> IpAddr {
    let known = |address: IpAddr| proxies.iter().any(|proxy| proxy.contains(address));
    let hops = lines
        .rev()
        .flat_map(|line| line.rsplit(|byte| *byte == b','));
    let mut client = peer;
    for hop in hops {
        if !known(client) {
            break;
        }
        match address(hop) {
            Some(address) => client = address,
            None => break,
        }
    }
    client.to_canonical()
}

/// One hop. Some proxies write a port too, and brackets around an IPv6 address.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    let bracketed = || hop.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    hop.parse().ok().or_else(with_port).or_else(bracketed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Peer, lines of the header, whom we take the client to be.
    type Case = (&'static str, &'static [&'static str], &'static str);

    const CASES: [Case; 21] = [
        ("192.0.2.1", &["198.51.100.9"], "192.0.2.1"),
        ("192.0.2.1", &["10.0.0.1", "10.0.0.1"], "192.0.2.1"),
        ("10.0.0.1", &["198.51.100.9"], "198.51.100.9"),
        ("10.0.0.1", &["203.0.113.5, 198.51.100.9"], "198.51.100.9"),
        ("10.0.0.1", &["198.51.100.9, 10.0.0.2"], "198.51.100.9"),
        // Two lines: what the proxy added is in the last, what the client made up in the first.
        ("10.0.0.1", &["203.0.113.5", "198.51.100.9"], "198.51.100.9"),
        (
            "10.0.0.1",
            &["203.0.113.5, 10.0.0.2", "198.51.100.9"],
            "198.51.100.9",
        ),
        (
            "10.0.0.1",
            &["203.0.113.5", "198.51.100.9, 10.0.0.2"],
            "198.51.100.9",
        ),
        (
            "10.0.0.1",
            &["198.51.100.9", "10.0.0.3", "10.0.0.2"],
            "198.51.100.9",
        ),
        // Garbage: the last hop that is known stands.
        ("10.0.0.1", &["garbage"], "10.0.0.1"),
        ("10.0.0.1", &["203.0.113.5, garbage"], "10.0.0.1"),
        ("10.0.0.1", &["203.0.113.5", ""], "10.0.0.1"),
        ("10.0.0.1", &["203.0.113.5, unknown, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", &["203.0.113.5,"], "10.0.0.1"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("10.0.0.1", &["198.51.100.9:4711"], "198.51.100.9"),
        ("::ffff:10.0.0.1", &["198.51.100.9"], "198.51.100.9"),
        ("::ffff:192.0.2.1", &[], "192.0.2.1"),
        (
            "2001:db8:a::1",
            &["203.0.113.5, 2001:db8:b::7"],
            "2001:db8:b::7",
        ),
        (
            "2001:db8:a::1",
            &["[2001:db8:b::7]:443, 2001:db8:a::2"],
            "2001:db8:b::7",
        ),
        ("2001:db8:a::1", &["[2001:db8:b::7]"], "2001:db8:b::7"),
    ];

    #[test]
    fn only_proxies_are_believed() {
        let proxies = ["10.0.0.0/8", "2001:db8:a::/48"].map(|net| net.parse().unwrap());
        for (peer, lines, client) in CASES {
            let bytes = lines.iter().map(|line| line.as_bytes());
            let found = client_address(peer.parse().unwrap(), bytes, &proxies);
            assert_eq!(found, client.parse::<IpAddr>().unwrap(), "{peer} {lines:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_no_address() {
        let proxies = ["10.0.0.0/8".parse().unwrap()];
        let peer = "10.0.0.1".parse().unwrap();
        let lines: [&[u8]; 2] = [b"203.0.113.5", b"\xff\xfe"];
        assert_eq!(client_address(peer, lines.into_iter(), &proxies), peer);
    }
}
