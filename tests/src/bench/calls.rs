//! The calls that load the server: signHash under a count-bound SAD, or under a SAD for each call's own hashes.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::load::Connection;

const SIGN: &str = "/csc/v1/signatures/signHash";
const AUTHORIZE: &str = "/csc/v1/credentials/authorize";
/// SHA-256, as `hashAlgo` names it.
const SHA_256: &str = "2.16.840.1.101.3.4.2.1";

/// What one connection does over and over.
pub trait Call: Send {
    /// Does it once; the signatures that came of it, `None` where the server refused.
    ///
    /// # Errors
    /// If the connection breaks.
    fn perform(&mut self, connection: &mut Connection) -> anyhow::Result<Option<u64>>;
}

/// Whose key signs for whom, and how much at once.
#[derive(Debug, Clone)]
pub struct Order {
    /// The system's access token.
    pub token: String,
    /// The seal.
    pub credential: String,
    /// Kind of key: `rsa-2048` or `p-256`.
    pub algorithm: String,
    /// Hashes in one call.
    pub hashes: usize,
    /// Shared by all callers, so that no hash and no Idempotency-Key comes twice.
    pub counter: Arc<AtomicU64>,
}

impl Order {
    const fn signed(&self, status: u16) -> Option<u64> {
        #[expect(clippy::as_conversions, reason = "a hundred at most")]
        let hashes = self.hashes as u64;
        if status == 200 { Some(hashes) } else { None }
    }

    fn scheme(&self) -> &'static str {
        if self.algorithm.starts_with("rsa") {
            "1.2.840.113549.1.1.11"
        } else {
            "1.2.840.10045.4.3.2"
        }
    }

    fn documents(&self) -> String {
        let one = r#"{"number":"12","symbol":"QĐ-UBND","type":"Quyết định","purpose":"PHAT_HANH"}"#;
        vec![one; self.hashes].join(",")
    }

    /// How a signHash under this SAD begins, up to its hashes.
    fn head(&self, sad: &str) -> String {
        let credential = &self.credential;
        format!(r#"{{"credentialID":"{credential}","SAD":"{sad}","hash":["#)
    }

    fn number(&self) -> u64 {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }

    /// Writes the hashes of call `number`, as the inside of a JSON array.
    fn write_hashes(&self, number: u64, list: &mut String) {
        list.clear();
        for index in 0..self.hashes {
            list.push_str(if index == 0 { "\"" } else { ",\"" });
            STANDARD.encode_string(Sha256::digest(format!("{number}/{index}")), list);
            list.push('"');
        }
    }
}

/// Texts that are written anew for each call, in memory that is kept.
#[derive(Debug, Default)]
struct Draft {
    headers: String,
    hashes: String,
    body: String,
}

impl Draft {
    /// The header lines of call `number`; each request of it has an Idempotency-Key of its own.
    fn write_headers(&mut self, order: &Order, number: u64) {
        self.headers.clear();
        // Writing to a string cannot fail.
        let _ = write!(
            self.headers,
            "Authorization: Bearer {}\r\nIdempotency-Key: bench-{number}\r\n",
            order.token
        );
    }

    fn write_body(&mut self, parts: [&str; 2]) {
        self.body.clear();
        self.body.push_str(parts[0]);
        self.body.push_str(&self.hashes);
        self.body.push_str(parts[1]);
    }
}

/// Signatures of one count-bound SAD: the policy's own ceiling for a stamping session.
const COUNT: usize = 500;

/// One signHash after another under count-bound SADs; a caller draws the next when one is used up.
#[derive(Debug)]
pub struct CountBound {
    order: Order,
    authorize: String,
    tail: String,
    head: String,
    left: usize,
    draft: Draft,
}

impl CountBound {
    /// A caller that draws its SADs itself.
    pub fn new(order: Order) -> Self {
        let (credential, scheme, documents) =
            (&order.credential, order.scheme(), order.documents());
        Self {
            authorize: format!(r#"{{"credentialID":"{credential}","numSignatures":{COUNT}}}"#),
            tail: format!(r#"],"signAlgo":"{scheme}","documents":[{documents}]}}"#),
            head: String::new(),
            left: 0,
            draft: Draft::default(),
            order,
        }
    }

    /// Draws a SAD; whether the server gave one.
    fn draw(&mut self, connection: &mut Connection) -> anyhow::Result<bool> {
        self.draft.write_headers(&self.order, self.order.number());
        let reply = connection.post(AUTHORIZE, &self.draft.headers, self.authorize.as_bytes())?;
        if reply.status != 200 {
            return Ok(false);
        }
        self.head = self.order.head(&sad_in(reply.body)?);
        self.left = COUNT;
        Ok(true)
    }
}

impl Call for CountBound {
    fn perform(&mut self, connection: &mut Connection) -> anyhow::Result<Option<u64>> {
        if self.left < self.order.hashes && !self.draw(connection)? {
            return Ok(None);
        }
        self.left -= self.order.hashes;
        let (order, draft) = (&self.order, &mut self.draft);
        let number = order.number();
        order.write_hashes(number, &mut draft.hashes);
        draft.write_headers(order, number);
        draft.write_body([&self.head, &self.tail]);
        let reply = connection.post(SIGN, &draft.headers, draft.body.as_bytes())?;
        Ok(order.signed(reply.status))
    }
}

/// Pairs of calls: authorize for certain hashes, then signHash of them.
#[derive(Debug)]
pub struct HashBound {
    order: Order,
    authorize: [String; 2],
    tail: String,
    draft: Draft,
}

impl HashBound {
    /// A caller that gets its SADs itself.
    pub fn new(order: Order) -> Self {
        let (credential, scheme, documents) =
            (&order.credential, order.scheme(), order.documents());
        let hashes = order.hashes;
        Self {
            authorize: [
                format!(r#"{{"credentialID":"{credential}","numSignatures":{hashes},"hash":["#),
                format!(r#"],"hashAlgo":"{SHA_256}","documents":[{documents}]}}"#),
            ],
            tail: format!(r#"],"signAlgo":"{scheme}","documents":[{documents}]}}"#),
            draft: Draft::default(),
            order,
        }
    }
}

impl Call for HashBound {
    fn perform(&mut self, connection: &mut Connection) -> anyhow::Result<Option<u64>> {
        let (order, draft) = (&self.order, &mut self.draft);
        let number = order.number();
        order.write_hashes(number, &mut draft.hashes);
        draft.write_headers(order, number);
        draft.write_body([&self.authorize[0], &self.authorize[1]]);
        let reply = connection.post(AUTHORIZE, &draft.headers, draft.body.as_bytes())?;
        if reply.status != 200 {
            return Ok(None);
        }
        let head = order.head(&sad_in(reply.body)?);
        draft.write_headers(order, order.number());
        draft.write_body([&head, &self.tail]);
        let reply = connection.post(SIGN, &draft.headers, draft.body.as_bytes())?;
        Ok(order.signed(reply.status))
    }
}

fn sad_in(body: &[u8]) -> anyhow::Result<String> {
    let reply: serde_json::Value = serde_json::from_slice(body)?;
    let sad = reply.get("SAD").and_then(serde_json::Value::as_str);
    Ok(sad.context("authorize answered no SAD")?.to_owned())
}
