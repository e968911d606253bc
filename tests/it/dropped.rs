//! A client that hangs up: its call is finished all the same, and its retry gets the signatures.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::AuditEntry;
use kyso_tests::http::Reply;
use kyso_tests::server::Site;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::desk::{Desk, hash};
use crate::log;
use crate::stamping::{Bench, fresh_key};
use crate::world::{World, on_both, until};

/// Signatures in one call: enough that the token is still busy when the client has gone.
const BATCH: usize = 50;

/// A POST with an Idempotency-Key whose answer nobody waits for.
struct Abandoned<'a> {
    path: &'a str,
    token: &'a str,
    key: &'a str,
    body: &'a Value,
}

impl Abandoned<'_> {
    /// Sends it whole and closes the connection at once.
    fn send(&self, site: &Site) {
        let mut stream = connect(site);
        let body = self.body.to_string();
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: localhost:{}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nIdempotency-Key: {}\r\nContent-Length: {}\r\n\r\n",
            self.path,
            site.public_port(),
            self.token,
            self.key,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        stream.flush().unwrap();
        stream.sock.shutdown(std::net::Shutdown::Both).unwrap();
    }

    /// Asks again with the same key, until the first call is not running any more.
    fn again(&self, world: &World) -> Reply {
        let mut last = None;
        until(|| {
            let call = world.http().post(self.path).bearer(self.token);
            let call = call.header("Idempotency-Key", self.key).json(self.body);
            let reply = call.send().unwrap();
            let ended = reply.status != 409;
            last = Some(reply);
            ended
        });
        last.unwrap()
    }
}

pub(crate) fn connect(site: &Site) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(site.ca().unwrap().as_bytes()).unwrap();
    roots.add(ca).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let socket = TcpStream::connect(("127.0.0.1", site.public_port())).unwrap();
    socket.set_nodelay(true).unwrap();
    StreamOwned::new(connection, socket)
}

/// What the log says of the credential's one call: its outcome, which names its intent.
fn only_call(world: &World, credential: &str) -> AuditEntry {
    let mut outcomes = log::of_credential(world, "signature.outcome", credential);
    let intents = log::of_credential(world, "signature.intent", credential);
    assert_eq!((intents.len(), outcomes.len()), (1, 1));
    let outcome = outcomes.remove(0);
    assert_eq!(outcome.entry["intent"], *intents[0].leaf_hash);
    assert_eq!(outcome.entry["outcome"], "ok", "{}", outcome.entry);
    outcome
}

/// The reply holds the very signatures that this outcome is about.
fn assert_same(reply: &Reply, outcome: &AuditEntry) {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let json = reply.json();
    let got = json["signatures"].as_array().unwrap().iter().map(|text| {
        let signature = STANDARD.decode(text.as_str().unwrap()).unwrap();
        hex::encode(Sha256::digest(signature))
    });
    let results = outcome.entry["results"].as_array().unwrap().iter();
    let signed: Vec<&str> = results.map(|one| one["sha256"].as_str().unwrap()).collect();
    assert_eq!(got.collect::<Vec<_>>(), signed);
}

fn has_intent(world: &World, credential: &str) -> bool {
    !log::of_credential(world, "signature.intent", credential).is_empty()
}

fn has_outcome(world: &World, credential: &str) -> bool {
    !log::of_credential(world, "signature.outcome", credential).is_empty()
}

#[test]
fn a_dropped_sign_hash_is_finished_and_its_retry_gets_the_signatures() {
    on_both(
        "it::dropped::a_dropped_sign_hash_is_finished_and_its_retry_gets_the_signatures",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let texts = (0..BATCH).map(|number| format!("gác máy {number}"));
            let hashes: Vec<String> = texts.map(|text| hash(&text)).collect();
            let sad = desk.sad(&signer, &hashes);
            let call = Abandoned {
                path: "/csc/v1/signatures/signHash",
                token: &desk.token,
                key: &fresh_key(),
                body: &desk.sign_body(&sad, &hashes),
            };
            assert_finished(world, &call, &desk.credential);
        },
    );
}

#[test]
fn a_dropped_stamp_is_finished_and_its_retry_gets_the_signatures() {
    on_both(
        "it::dropped::a_dropped_stamp_is_finished_and_its_retry_gets_the_signatures",
        |world| {
            let bench = Bench::new(world);
            bench.open(100);
            let texts: Vec<String> = (0..BATCH).map(|number| format!("gác {number}")).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let call = Abandoned {
                path: "/api/v1/stamps",
                token: &bench.token,
                key: &fresh_key(),
                body: &bench.body(&texts),
            };
            assert_finished(world, &call, &bench.seal);
        },
    );
}

fn assert_finished(world: &World, call: &Abandoned<'_>, credential: &str) {
    let site = world.deployment.server.site();
    // A call that the server never read began nothing; then the client tries once more.
    call.send(site);
    until(|| {
        let begun = has_intent(world, credential);
        if !begun {
            call.send(site);
        }
        begun
    });
    until(|| has_outcome(world, credential));
    let outcome = only_call(world, credential);
    assert_same(&call.again(world), &outcome);
    only_call(world, credential);
}
