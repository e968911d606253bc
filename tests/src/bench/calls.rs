//! The calls that load the server: signHash under a count-bound SAD, or under hash-bound ones.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::Call;

/// One signHash after another under one count-bound SAD, each of fresh hashes.
#[derive(Debug)]
pub struct SignHash {
    head: String,
    tail: String,
    authorization: String,
    hashes: usize,
    counter: Arc<AtomicU64>,
}

impl SignHash {
    /// A caller with this token and SAD; callers of one window share the counter, so that no
    /// Idempotency-Key and no hash comes twice.
    pub fn new(
        token: &str,
        credential: &str,
        sad: &str,
        algorithm: &str,
        hashes: usize,
        counter: &Arc<AtomicU64>,
    ) -> Self {
        let oid = if algorithm.starts_with("rsa") {
            "1.2.840.113549.1.1.11"
        } else {
            "1.2.840.10045.4.3.2"
        };
        let document =
            r#"{"number":"12","symbol":"QĐ-UBND","type":"Quyết định","purpose":"PHAT_HANH"}"#;
        let documents = vec![document; hashes].join(",");
        Self {
            head: format!(r#"{{"credentialID":"{credential}","SAD":"{sad}","hash":["#),
            tail: format!(r#"],"signAlgo":"{oid}","documents":[{documents}]}}"#),
            authorization: format!("Authorization: Bearer {token}\r\n"),
            hashes,
            counter: Arc::clone(counter),
        }
    }
}

impl Call for SignHash {
    fn next(&mut self, headers: &mut String, body: &mut Vec<u8>) {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        headers.push_str(&self.authorization);
        // Writing to a string cannot fail.
        let _ = write!(headers, "Idempotency-Key: bench-{number}\r\n");
        body.extend_from_slice(self.head.as_bytes());
        let mut text = String::with_capacity(44);
        for index in 0..self.hashes {
            let digest = Sha256::digest(format!("{number}/{index}"));
            text.clear();
            STANDARD.encode_string(digest, &mut text);
            body.extend_from_slice(if index == 0 { b"\"" } else { b",\"" });
            body.extend_from_slice(text.as_bytes());
            body.push(b'"');
        }
        body.extend_from_slice(self.tail.as_bytes());
    }

    fn path(&self) -> &'static str {
        "/csc/v1/signatures/signHash"
    }

    fn signatures(&self) -> u64 {
        u64::try_from(self.hashes).unwrap_or(u64::MAX)
    }
}
