//! `X-Forwarded-For`: only a proxy is believed, and what its last line says is not undone by what stands before.

#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use kysod::auth::networks::client_address;
use kysod::config::Network;
use libfuzzer_sys::fuzz_target;

const PROXY: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));

fuzz_target!(|input: (IpAddr, IpAddr, Vec<&[u8]>)| {
    let (peer, client, lines) = input;
    let Ok(proxies) = "10.0.0.0/8".parse::<Network>().map(|network| [network]) else {
        return;
    };
    let foreign = |address: IpAddr| !proxies[0].contains(address);
    let found = |peer, lines: &[&[u8]]| client_address(peer, lines.iter().copied(), &proxies);
    if foreign(peer) {
        assert_eq!(found(peer, &lines), peer.to_canonical());
    }
    let first = found(PROXY, &lines);
    assert_eq!(first, first.to_canonical());
    // Comma or line, what a proxy adds at the end comes first.
    let hop = client.to_string();
    let joined = [lines.last().copied().unwrap_or_default(), hop.as_bytes()].join(&b',');
    for added in [hop.as_bytes(), &joined] {
        let lines = [&lines[..], &[added]].concat();
        if foreign(client) {
            assert_eq!(found(PROXY, &lines), client.to_canonical());
        }
    }
});
