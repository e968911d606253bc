//! CSC v1 as a program without a library would speak it.

use std::sync::Barrier;
use std::thread;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::Decode;
use kyso_tests::http::{Http, Reply};
use kyso_tests::province::Signer;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;

use crate::world::World;

pub(crate) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub(crate) const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
pub(crate) const RSA_PSS: &str = "1.2.840.113549.1.1.10";
pub(crate) const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
/// RSASSA-PSS-params: SHA-256, MGF1 with SHA-256, 32 bytes of salt.
pub(crate) const PSS_32: &str =
    "MDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEg";

/// Somebody with a token and a credential.
#[derive(Clone)]
pub(crate) struct Desk<'a> {
    pub(crate) http: &'a Http,
    pub(crate) token: String,
    pub(crate) credential: String,
    pub(crate) algorithm: &'static str,
}

/// What remains of a desk when its server is started again.
pub(crate) struct Kept {
    token: String,
    credential: String,
    algorithm: &'static str,
}

impl Kept {
    /// The desk, at the server that runs now.
    pub(crate) fn at(self, world: &World) -> Desk<'_> {
        Desk {
            http: world.http(),
            token: self.token,
            credential: self.credential,
            algorithm: self.algorithm,
        }
    }
}

/// The digest of a text, base64.
pub(crate) fn hash(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

impl<'a> Desk<'a> {
    /// A signer's, with their RSA credential.
    pub(crate) fn rsa(world: &'a World, signer: &Signer) -> Self {
        Self {
            http: world.http(),
            token: signer.account.token().unwrap(),
            credential: signer.credentials.rsa.clone(),
            algorithm: RSA_SHA256,
        }
    }

    /// A signer's, with their P-256 credential.
    pub(crate) fn p256(world: &'a World, signer: &Signer) -> Self {
        Self {
            credential: signer.credentials.p256.clone(),
            algorithm: ECDSA_SHA256,
            ..Self::rsa(world, signer)
        }
    }

    /// What outlives the server's process.
    pub(crate) fn keep(self) -> Kept {
        Kept {
            token: self.token,
            credential: self.credential,
            algorithm: self.algorithm,
        }
    }

    /// Posts to a CSC v1 method.
    pub(crate) fn call(&self, method: &str, body: &Value) -> Reply {
        let path = format!("/csc/v1/{method}");
        self.http
            .post(&path)
            .bearer(&self.token)
            .json(body)
            .send()
            .unwrap()
    }

    pub(crate) fn authorize_body(&self, hashes: &[String], otp: &str) -> Value {
        json!({
            "credentialID": self.credential,
            "numSignatures": hashes.len(),
            "hash": hashes,
            "OTP": otp,
        })
    }

    pub(crate) fn authorize(&self, hashes: &[String], otp: &str) -> Reply {
        self.call("credentials/authorize", &self.authorize_body(hashes, otp))
    }

    /// A SAD for these hashes.
    pub(crate) fn sad(&self, signer: &Signer, hashes: &[String]) -> String {
        let otp = signer.account.authenticator.code().unwrap();
        let reply = self.authorize(hashes, &otp);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.member("SAD").unwrap()
    }

    pub(crate) fn sign_body(&self, sad: &str, hashes: &[String]) -> Value {
        json!({
            "credentialID": self.credential,
            "SAD": sad,
            "hash": hashes,
            "hashAlgo": SHA256,
            "signAlgo": self.algorithm,
        })
    }

    pub(crate) fn sign(&self, sad: &str, hashes: &[String]) -> Reply {
        self.call("signatures/signHash", &self.sign_body(sad, hashes))
    }

    /// The credential's public key, as its certificate has it.
    pub(crate) fn public_key(&self) -> Vec<u8> {
        let body = json!({"credentialID": self.credential, "certificates": "chain"});
        let reply = self.call("credentials/info", &body);
        let certificate = reply.member("/cert/certificates/0").unwrap();
        let certificate = STANDARD.decode(certificate).unwrap();
        let certificate = Certificate::from_der(&certificate).unwrap();
        let key = certificate.tbs_certificate.subject_public_key_info;
        key.subject_public_key.raw_bytes().to_vec()
    }

    /// Asserts that a reply holds one right signature for each of these texts.
    pub(crate) fn assert_signed(&self, reply: &Reply, texts: &[&str]) {
        assert_eq!(reply.status, 200, "{}", reply.text());
        let json = reply.json();
        let signatures = json["signatures"].as_array().unwrap();
        assert_eq!(signatures.len(), texts.len());
        let key = self.public_key();
        for (text, signature) in texts.iter().zip(signatures) {
            let signature = STANDARD.decode(signature.as_str().unwrap()).unwrap();
            self.assert_right(&key, text, &signature);
        }
    }

    /// Asserts that this is a signature of the text, by the desk's key.
    pub(crate) fn assert_right(&self, key: &[u8], text: &str, signature: &[u8]) {
        let key = UnparsedPublicKey::new(self.verification(), key);
        key.verify(text.as_bytes(), signature).unwrap();
    }

    fn verification(&self) -> &'static dyn VerificationAlgorithm {
        match self.algorithm {
            ECDSA_SHA256 => &ECDSA_P256_SHA256_ASN1,
            RSA_PSS => &RSA_PSS_2048_8192_SHA256,
            _ => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

/// Asserts a refusal in CSC's shape: exactly the word and a sentence.
pub(crate) fn assert_csc_error(reply: &Reply, status: u16, word: &str) {
    let text = reply.text();
    assert_eq!(
        (reply.status, reply.json()["error"].as_str()),
        (status, Some(word)),
        "{text}"
    );
    let json = reply.json();
    let members: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(members, ["error", "error_description"], "{text}");
    let kind = reply.header("content-type").unwrap_or_default();
    assert!(kind.starts_with("application/json"), "{kind}");
}

/// Runs `work` in so many threads that all begin at once; what each gave.
pub(crate) fn at_once<T: Send>(threads: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    let run = |index| {
        barrier.wait();
        work(index)
    };
    let run = &run;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|index| scope.spawn(move || run(index)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}

/// How many of these replies have this status.
pub(crate) fn count(replies: &[Reply], status: u16) -> usize {
    replies
        .iter()
        .filter(|reply| reply.status == status)
        .count()
}
