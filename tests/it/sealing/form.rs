//! Forms with a request and a file after it, as they are on the wire.

use kyso_documents::pdf::{Limits, Pdf};
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use super::desk::{Registry, Waiting};
use crate::stamping::fresh_key;

const BOUNDARY: &str = "of-the-form";

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
        let request = part(
            "request",
            "application/json",
            self.request.to_string().as_bytes(),
        );
        let file = part("file", "application/pdf", &self.file);
        whole(&[request, file])
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
    if let Some(signed) = first_signed(file.file()) {
        request["prepared"]["signed"] = json!(signed);
    }
    request
}

/// `ByteRange` of the first signature of a file.
fn first_signed(file: &[u8]) -> Option<[usize; 4]> {
    let pdf = Pdf::read(file, &Limits::default()).unwrap();
    let [first, second] = pdf.signatures().unwrap().first()?.over().unwrap();
    Some([first.start, first.end, second.start, second.len()])
}

/// A part of a form.
pub(super) fn part(name: &str, kind: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n"].concat()
}

/// A form of these parts.
pub(super) fn whole(parts: &[Vec<u8>]) -> Vec<u8> {
    let end = format!("--{BOUNDARY}--\r\n").into_bytes();
    [parts.concat(), end].concat()
}

pub(super) fn post(registry: &Registry<'_>, key: &str, body: Vec<u8>) -> Reply {
    let call = registry.bench.world.http().post("/api/v1/seals");
    let call = call.bearer(&registry.bench.token);
    let call = call.header("Idempotency-Key", key);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    call.bytes(&kind, body).send().unwrap()
}
