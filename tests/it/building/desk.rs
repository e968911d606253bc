//! Whoever has the server build signatures, and what they hold against the answer.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_documents::pdf::{self, Limits, Pdf, Prepared, Request, Target};
use kyso_documents::{DocumentDigest, HashAlgorithm, Profile, Report, prepare_as, verify};
use kyso_tests::http::Reply;
use kyso_tests::province::{Account, Signer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::desk::{ECDSA_SHA256, RSA_SHA256, SHA256};
use crate::stamping::{Bench, fresh_key};
use crate::world::World;

/// A caller and a key.
pub(crate) struct Desk<'a> {
    pub(crate) world: &'a World,
    pub(crate) token: String,
    pub(crate) credential: String,
    pub(crate) algorithm: &'static str,
}

impl<'a> Desk<'a> {
    /// A person with a token and a P-256 key of their own.
    pub(crate) fn of(world: &'a World, signer: &Signer) -> Self {
        Self {
            world,
            token: signer.account.token().unwrap(),
            credential: signer.credentials.p256.clone(),
            algorithm: ECDSA_SHA256,
        }
    }

    /// A system with a seal, before any session is open.
    pub(crate) fn sealing(bench: &Bench<'a>) -> Self {
        Self {
            world: bench.world,
            token: bench.token.clone(),
            credential: bench.seal.clone(),
            algorithm: RSA_SHA256,
        }
    }

    pub(crate) fn body(&self, documents: &[Value]) -> Value {
        json!({"credential": self.credential, "hash_algorithm": SHA256,
            "sign_algorithm": self.algorithm, "documents": documents})
    }

    /// The same by a one-time password.
    pub(crate) fn body_with_otp(&self, documents: &[Value], account: &Account) -> Value {
        let mut body = self.body(documents);
        body["otp"] = json!(account.authenticator.code().unwrap());
        body
    }

    pub(crate) fn post(&self, key: &str, body: &Value) -> Reply {
        let call = self.world.http().post("/api/v1/signatures");
        let call = call.bearer(&self.token).header("Idempotency-Key", key);
        call.json(body).send().unwrap()
    }

    pub(crate) fn sign(&self, body: &Value) -> Reply {
        self.post(&fresh_key(), body)
    }

    /// Certificates of the key, the signer's own first.
    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        let body = json!({"credentialID": self.credential, "certificates": "chain"});
        let call = self.world.http().post("/csc/v1/credentials/info");
        let reply = call.bearer(&self.token).json(&body).send().unwrap();
        let certificates = reply.json()["cert"]["certificates"].clone();
        let certificates = certificates.as_array().unwrap().iter();
        let decode = |text: &Value| STANDARD.decode(text.as_str().unwrap()).unwrap();
        certificates.map(decode).collect()
    }

    /// Attributes that name this key's certificate, as a client builds them.
    pub(crate) fn attributes(&self, text: &[u8], profile: Profile) -> Attributes {
        let prepared = prepare_as(&digest(text), &self.chain()[0], profile).unwrap();
        Attributes {
            der: prepared.signed_attributes().to_vec(),
            digest: prepared.digest(),
        }
    }

    /// A SAD for these digests, by the signer's one-time password.
    pub(crate) fn sad(
        &self,
        digests: &[Vec<u8>],
        documents: &[Value],
        account: &Account,
    ) -> String {
        let hashes: Vec<String> = digests.iter().map(|one| STANDARD.encode(one)).collect();
        let said: Vec<Value> = documents
            .iter()
            .map(|one| one["document"].clone())
            .collect();
        let body = json!({"credentialID": self.credential, "numSignatures": hashes.len(),
            "hash": hashes, "documents": said, "OTP": account.authenticator.code().unwrap()});
        let call = self.world.http().post("/csc/v1/credentials/authorize");
        let reply = call.bearer(&self.token).json(&body).send().unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.member("SAD").unwrap()
    }

    /// What our own verifier says of a signature file over this digest.
    pub(crate) fn report(&self, cms: &[u8], digest: &DocumentDigest) -> Report {
        let now = OffsetDateTime::now_utc();
        let report = verify(cms, digest, &anchors(self.world), now).unwrap();
        assert!(report.is_valid(), "{:?}", report.problems);
        report
    }

    /// Sees that the signature makes the PDF a signed one.
    pub(crate) fn assert_signs(&self, cms: &[u8], file: &[u8], prepared: &Prepared) {
        let signed = prepared.complete(file.to_vec(), cms).unwrap();
        assert!(signed.starts_with(file));
        let now = OffsetDateTime::now_utc();
        let found = pdf::verify(&signed, &anchors(self.world), now, &Limits::default());
        let found = found.unwrap();
        let report = found[0].report.as_ref().unwrap();
        assert!(found.len() == 1 && report.is_valid(), "{report:?}");
        assert_eq!(report.signing_time, None, "it stands in the PDF");
    }
}

/// Attributes in DER, and the digest that the key signs.
pub(crate) struct Attributes {
    pub(crate) der: Vec<u8>,
    pub(crate) digest: Vec<u8>,
}

impl Attributes {
    /// The document that brings them.
    pub(crate) fn document(&self, format: &str) -> Value {
        json!({"format": format, "attributes": STANDARD.encode(&self.der), "document": said()})
    }
}

/// What is said of each document.
pub(crate) fn said() -> Value {
    json!({"label": "Quyết định", "number": "12", "symbol": "QĐ-UBND", "type": "Quyết định",
        "purpose": "PHAT_HANH", "secrecy": "thường"})
}

pub(crate) fn digest(text: &[u8]) -> DocumentDigest {
    DocumentDigest::of(HashAlgorithm::Sha256, text).unwrap()
}

/// A document by its digest.
pub(crate) fn by_digest(format: &str, digest: &DocumentDigest) -> Value {
    json!({"format": format, "digest": STANDARD.encode(digest.as_bytes()), "document": said()})
}

/// A file of any kind, signed beside.
pub(crate) fn file(text: &str) -> Value {
    by_digest("cades", &digest(text.as_bytes()))
}

/// A PDF of one page that waits for a signature.
pub(crate) fn prepared(pdf: &[u8]) -> Prepared {
    let pdf = Pdf::read(pdf, &Limits::default()).unwrap();
    let target = Target::New {
        name: "Signature1".to_owned(),
        place: None,
    };
    let request = Request::new(target, OffsetDateTime::now_utc());
    pdf.prepare(&request).unwrap()
}

/// The signatures of a reply, in DER.
pub(crate) fn cms(reply: &Reply) -> Vec<Vec<u8>> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let json = reply.json();
    let signatures = json["signatures"].as_array().unwrap().iter();
    let decode = |text: &Value| STANDARD.decode(text.as_str().unwrap()).unwrap();
    signatures.map(decode).collect()
}

/// The authority that issued every certificate here.
pub(crate) fn anchors(world: &World) -> Vec<Vec<u8>> {
    let site = world.deployment.server.site();
    let authority = CertificateDer::from_pem_file(site.path("evaluation-ca.pem"));
    vec![authority.unwrap().to_vec()]
}

/// `openssl` on a signature and what it is over; whether it holds.
pub(crate) fn openssl_accepts(world: &World, cms: &[u8], content: &[u8]) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("cms"), cms).unwrap();
    std::fs::write(path("content"), content).unwrap();
    let mut command = Command::new("openssl");
    command.args(["cms", "-verify", "-cades", "-binary", "-inform", "DER"]);
    command.args(["-purpose", "any", "-out", "/dev/null", "-CAfile"]);
    command.arg(world.deployment.server.site().path("evaluation-ca.pem"));
    command.args(["-in", "cms", "-content", "content"]);
    let output = command.current_dir(directory.path()).output().unwrap();
    output.status.success()
}
