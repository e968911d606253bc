//! Certificate requests (PKCS#10, RFC 2986), as an authority's own program reads them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use kyso_tests::province::Holder;

use crate::world::World;

/// Kinds of key, and what OpenSSL calls them in a request.
const KINDS: [(&str, &str); 5] = [
    ("rsa-2048", "Public-Key: (2048 bit)"),
    ("rsa-3072", "Public-Key: (3072 bit)"),
    ("rsa-4096", "Public-Key: (4096 bit)"),
    ("p-256", "ASN1 OID: prime256v1"),
    ("p-384", "ASN1 OID: secp384r1"),
];

/// `openssl req -verify`, which fails unless the request's own key signed it; what it read.
fn verified(csr: &str) -> String {
    let mut command = Command::new("openssl");
    command.args(["req", "-verify", "-noout", "-text", "-nameopt", "utf8"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(csr.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    // OpenSSL 3.0 says that a signature is wrong and ends with 0 all the same.
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("verify OK"), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_request_for_each_kind_of_key_is_signed_by_that_key() {
    let world = World::sqlite();
    let (office, agencies) = (&world.province().office, &world.province().agencies);
    let holder = Holder::Agency(&agencies.province, "UBND tỉnh");
    for (kind, shown) in KINDS {
        let request = office.request(holder, kind, 1);
        let made = office
            .manager1
            .acting(|client| client.add_credential(&request));
        let text = verified(&made.unwrap().csr_pem);
        assert!(text.contains(shown), "{kind}: {text}");
        assert!(text.contains("CN=UBND tỉnh"), "{kind}: {text}");
    }
}
