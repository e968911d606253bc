//! A bundle is refused unless it is the true one: whatever its bytes are, and whatever one of its
//! parts is exchanged for.

#![no_main]

use kyso_evidence::bundle::{Beside, Trust, verify};
use libfuzzer_sys::fuzz_target;

const TRUE: &[u8] = include_bytes!("../../../clients/evidence/tests/bundle/version-1.tar");

fuzz_target!(|bytes: &[u8]| {
    let holds = |bundle: &[u8]| verify(bundle, &Trust::default(), &mut ()).is_ok();
    // Nobody has another key to sign with.
    assert!(!holds(bytes) || bytes == TRUE);
    let _ = Beside::parse(bytes);
    let Some((which, content)) = bytes.split_first() else {
        return;
    };
    let forged = exchanged(usize::from(*which), content);
    assert!(!holds(&forged) || forged == TRUE);
});

/// The true bundle, one of whose parts has another content.
fn exchanged(which: usize, content: &[u8]) -> Vec<u8> {
    let mut bundle = Vec::new();
    let (mut rest, mut number) = (TRUE, 0);
    while rest.len() > 1024 {
        let (header, after) = rest.split_at(512);
        let size = std::str::from_utf8(&header[124..135]).unwrap();
        let size = usize::from_str_radix(size, 8).unwrap();
        let part = if number == which { content } else { &after[..size] };
        bundle.extend(resized(header, part.len()));
        bundle.extend(part);
        bundle.resize(bundle.len().next_multiple_of(512), 0);
        rest = &after[size.next_multiple_of(512)..];
        number += 1;
    }
    bundle.extend(rest);
    bundle
}

fn resized(header: &[u8], size: usize) -> Vec<u8> {
    let mut header = header.to_vec();
    header[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header
}
