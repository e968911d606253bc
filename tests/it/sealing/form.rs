//! Forms with a request and a file after it, as they are on the wire.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use kyso_documents::pdf::{Limits, Pdf};
use kyso_tests::http::Reply;
use rustls::{ClientConnection, StreamOwned};
use serde_json::{Value, json};

use super::desk::{Registry, Waiting};
use crate::dropped::connect;
use crate::stamping::fresh_key;

/// What the forms here are.
pub(super) const KIND: &str = "multipart/form-data; boundary=of-the-form";

/// What is sent.
pub(super) struct Form {
    pub(super) request: Value,
    pub(super) file: Vec<u8>,
}

impl Form {
    /// One that asks for the seal on an outgoing document.
    pub(super) fn of(registry: &Registry<'_>, file: &Waiting) -> Self {
        Self {
            request: asked(registry, file),
            file: file.unsealed(),
        }
    }

    pub(super) fn body(&self) -> Vec<u8> {
        whole(&[self.request(), part("file", "application/pdf", &self.file)])
    }

    /// The first part.
    pub(super) fn request(&self) -> Vec<u8> {
        let request = self.request.to_string();
        part("request", "application/json", request.as_bytes())
    }

    pub(super) fn send(&self, registry: &Registry<'_>) -> Reply {
        self.post(registry, &fresh_key())
    }

    pub(super) fn post(&self, registry: &Registry<'_>, key: &str) -> Reply {
        post(registry, key, self.body())
    }
}

/// The request for such a seal, without the file.
pub(super) fn asked(registry: &Registry<'_>, file: &Waiting) -> Value {
    let mut request = registry.body(file);
    request.as_object_mut().unwrap().remove("file");
    request["prepared"] = json!({"byte_range": file.byte_range(), "before": file.file().len()});
    let signed = signed(file.file());
    if !signed.is_empty() {
        request["prepared"]["signed"] = json!(signed);
    }
    request
}

/// `ByteRange` of each signature of a file.
fn signed(file: &[u8]) -> Vec<[u64; 4]> {
    let signatures = Pdf::read(file, &Limits::default()).unwrap().signatures();
    let signatures = signatures.unwrap();
    let ranges = signatures.iter().map(|one| one.byte_range().unwrap());
    ranges.collect()
}

/// A part of a form.
pub(super) fn part(name: &str, kind: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--of-the-form\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n"].concat()
}

/// A form of these parts.
pub(super) fn whole(parts: &[Vec<u8>]) -> Vec<u8> {
    let end = b"--of-the-form--\r\n".to_vec();
    [parts.concat(), end].concat()
}

pub(super) fn post(registry: &Registry<'_>, key: &str, body: Vec<u8>) -> Reply {
    let call = registry.bench.world.http().post("/api/v1/seals");
    let call = call.bearer(&registry.bench.token);
    let call = call.header("Idempotency-Key", key);
    call.bytes(KIND, body).send().unwrap()
}

/// A call of which the body comes as its sender likes.
pub(super) struct Sender(StreamOwned<ClientConnection, TcpStream>);

impl Sender {
    /// Says that it sends so many bytes, and sends none.
    pub(super) fn begin(registry: &Registry<'_>, length: usize) -> Self {
        let site = registry.bench.world.deployment.server.site();
        let mut stream = connect(site);
        let head = format!(
            "POST /api/v1/seals HTTP/1.1\r\nHost: localhost:{}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: {KIND}\r\nIdempotency-Key: {}\r\nContent-Length: {length}\r\n\r\n",
            site.public_port(),
            registry.bench.token,
            fresh_key(),
        );
        stream.write_all(head.as_bytes()).unwrap();
        Self(stream)
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
        self.0.flush().unwrap();
    }

    /// The status and the body of the answer.
    pub(super) fn answer(&mut self) -> (u16, Value) {
        let mut bytes = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let length = self.0.read(&mut piece).unwrap();
            assert!(length > 0, "{}", String::from_utf8_lossy(&bytes));
            bytes.extend_from_slice(&piece[..length]);
            let text = String::from_utf8_lossy(&bytes);
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            if let Ok(body) = serde_json::from_str(body) {
                return (head[9..12].parse().unwrap(), body);
            }
        }
    }
}
