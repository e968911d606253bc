//! A system's proof of itself: `private_key_jwt` (RFC 7523) with a P-256 key.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kyso_core::{Clock, SystemClock};
use serde_json::{Value, json};

/// A P-256 key of a system.
#[derive(Debug)]
pub struct ClientKey {
    key: rcgen::KeyPair,
}

impl ClientKey {
    /// A new key.
    ///
    /// # Errors
    /// If the machine has no random numbers.
    pub fn generate() -> anyhow::Result<Self> {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        Ok(Self { key })
    }

    /// The key in this PEM (PKCS#8).
    ///
    /// # Errors
    /// If it holds none.
    pub fn read(pem: &str) -> anyhow::Result<Self> {
        let key = rcgen::KeyPair::from_pem(pem)?;
        Ok(Self { key })
    }

    /// The private key, PEM.
    pub fn private_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// The public key, PEM.
    pub fn public_pem(&self) -> String {
        self.key.public_key_pem()
    }

    /// The public key, DER `SubjectPublicKeyInfo`.
    pub fn public_der(&self) -> Vec<u8> {
        rcgen::PublicKeyData::subject_public_key_info(&self.key)
    }

    /// A fresh assertion for the token endpoint `audience`.
    ///
    /// # Errors
    /// If the key cannot sign.
    pub fn assertion(&self, client_id: &str, audience: &str) -> anyhow::Result<String> {
        let now = SystemClock.now().as_seconds();
        self.sign(&json!({
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": uuid::Uuid::now_v7().to_string(),
            "iat": now,
            "exp": now + 60,
        }))
    }

    /// Any claims, signed.
    ///
    /// # Errors
    /// If the key cannot sign.
    pub fn sign(&self, claims: &Value) -> anyhow::Result<String> {
        self.sign_under(&json!({"alg": "ES256", "typ": "JWT"}), claims)
    }

    /// The same under any header, also one that lies about the algorithm.
    ///
    /// # Errors
    /// If the key cannot sign.
    pub fn sign_under(&self, header: &Value, claims: &Value) -> anyhow::Result<String> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(header), part(claims));
        let der = self.key.serialize_der();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)
            .map_err(|error| anyhow::anyhow!("no P-256 key: {error}"))?;
        let signature = pair
            .sign(&SystemRandom::new(), text.as_bytes())
            .map_err(|_| anyhow::anyhow!("the key did not sign"))?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
