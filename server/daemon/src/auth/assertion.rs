//! Client assertions (RFC 7523): a JWT signed with the client's own key, for us, once, shortly.

use std::fmt;

use aws_lc_rs::signature::{UnparsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use kyso_core::Timestamp;
use kyso_core::id::ClientId;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use x509_cert::der::Decode;
use x509_cert::spki::SubjectPublicKeyInfoRef;

/// The longest that an assertion may still live; its `jti` is kept as long.
const LONGEST_ASSERTION: i64 = 600;
/// Seconds by which a client's clock may be ahead.
const LEEWAY: i64 = 30;

/// What an assertion says (RFC 7523 §3).
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// Who made it.
    pub iss: String,
    /// Whom it is about: the same client.
    pub sub: String,
    aud: Audience,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iat: Option<i64>,
    jti: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Claims {
    /// Exactly us and nobody else: an assertion made for another server is not for us.
    pub fn is_for(&self, base: &str) -> bool {
        let ours = |text: &str| text == base || text.strip_prefix(base) == Some("/oauth2/token");
        match &self.aud {
            Audience::One(one) => ours(one),
            Audience::Several(several) => matches!(several.as_slice(), [one] if ours(one)),
        }
    }

    /// Its end, if it counts now and does not live too long.
    pub fn times(&self, now: Timestamp) -> Option<Timestamp> {
        let now = now.as_seconds();
        let begun = self.nbf.is_none_or(|nbf| nbf <= now + LEEWAY)
            && self.iat.is_none_or(|iat| iat <= now + LEEWAY);
        let lives = self.exp > now && self.exp <= now + LONGEST_ASSERTION;
        (begun && lives && (1..=255).contains(&self.jti.len()))
            .then(|| Timestamp::from_seconds(self.exp))
    }

    /// What is remembered, so that it is used once.
    pub fn once(&self, client: ClientId) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(client.as_bytes());
        hash.update(self.jti.as_bytes());
        hash.finalize().into()
    }
}

/// A client assertion, taken apart; nothing of it is believed yet.
pub struct Assertion<'a> {
    algorithm: Algorithm,
    message: &'a str,
    signature: Vec<u8>,
    /// What it says.
    pub claims: Claims,
}

impl fmt::Debug for Assertion<'_> {
    /// Not the text: until it was used, whoever has it is the client.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Assertion({:?} of {:?})",
            self.algorithm, self.claims.sub
        )
    }
}

impl<'a> Assertion<'a> {
    /// Takes a compact JWS (RFC 7515 §7.1) apart; `None` if it is none, or says too little.
    pub fn read(text: &'a str) -> Option<Self> {
        let header = jsonwebtoken::decode_header(text).ok()?;
        let (message, signature) = text.rsplit_once('.')?;
        let (_, claims) = message.split_once('.')?;
        let claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        Some(Self {
            algorithm: header.alg,
            message,
            signature,
            claims,
        })
    }

    /// Whether this key signed it. The key's own kind decides which algorithms it may be, never
    /// the header alone (RFC 8725 §3.1).
    pub fn is_by(&self, spki: &[u8]) -> bool {
        let Ok(info) = SubjectPublicKeyInfoRef::from_der(spki) else {
            return false;
        };
        let Some(key) = info.subject_public_key.as_bytes() else {
            return false;
        };
        let curve = info
            .algorithm
            .parameters_oid()
            .map(|oid| oid.to_string())
            .ok();
        let kind = info.algorithm.oid.to_string();
        let Some(algorithm) = algorithm(self.algorithm, &kind, curve.as_deref()) else {
            return false;
        };
        let key = UnparsedPublicKey::new(algorithm, key);
        key.verify(self.message.as_bytes(), &self.signature).is_ok()
    }
}

fn algorithm(
    named: Algorithm,
    kind: &str,
    curve: Option<&str>,
) -> Option<&'static dyn VerificationAlgorithm> {
    use aws_lc_rs::signature as s;
    match (named, kind, curve) {
        (Algorithm::RS256, "1.2.840.113549.1.1.1", _) => Some(&s::RSA_PKCS1_2048_8192_SHA256),
        (Algorithm::PS256, "1.2.840.113549.1.1.1", _) => Some(&s::RSA_PSS_2048_8192_SHA256),
        (Algorithm::ES256, "1.2.840.10045.2.1", Some("1.2.840.10045.3.1.7")) => {
            Some(&s::ECDSA_P256_SHA256_FIXED)
        }
        (Algorithm::ES384, "1.2.840.10045.2.1", Some("1.3.132.0.34")) => {
            Some(&s::ECDSA_P384_SHA384_FIXED)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;

    const BASE: &str = "https://sign.example.vn";

    fn claims(aud: &serde_json::Value) -> Claims {
        let json = serde_json::json!({
            "iss": "dms", "sub": "dms", "aud": aud, "exp": 1_300, "iat": 1_000, "jti": "j"
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn the_audience_is_exact() {
        for (aud, ours) in [
            (serde_json::json!(BASE), true),
            (serde_json::json!(format!("{BASE}/oauth2/token")), true),
            (serde_json::json!([BASE]), true),
            (serde_json::json!([BASE, "https://other.example.vn"]), false),
            (serde_json::json!(format!("{BASE}/")), false),
            (serde_json::json!(format!("{BASE}.evil.example")), false),
            (serde_json::json!([]), false),
        ] {
            assert_eq!(claims(&aud).is_for(BASE), ours, "{aud}");
        }
    }

    #[test]
    fn an_assertion_lives_shortly() {
        let at = Timestamp::from_seconds;
        for (now, counts) in [
            (1_000, true),
            (1_299, true),
            (1_300, false),
            (900, false),
            (699, false),
        ] {
            let found = claims(&serde_json::json!(BASE)).times(at(now)).is_some();
            assert_eq!(found, counts, "{now}");
        }
    }

    fn signed(header: &str) -> (String, Vec<u8>) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let body = r#"{"iss":"dms","sub":"dms","aud":"a","exp":1,"jti":"j"}"#;
        let message = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(body)
        );
        let signature = pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
        let spki = pair.public_key().as_der().unwrap().as_ref().to_vec();
        (
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())),
            spki,
        )
    }

    #[test]
    fn only_the_clients_own_key_signs() {
        let (text, spki) = signed(r#"{"alg":"ES256"}"#);
        let (_, other) = signed(r#"{"alg":"ES256"}"#);
        assert!(Assertion::read(&text).unwrap().is_by(&spki));
        assert!(!Assertion::read(&text).unwrap().is_by(&other));
        assert!(!Assertion::read(&text).unwrap().is_by(b"no key"));
    }

    #[test]
    fn the_keys_kind_decides_the_algorithm() {
        for header in [
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"RS256"}"#,
            r#"{"alg":"ES384"}"#,
        ] {
            let (text, spki) = signed(header);
            assert!(!Assertion::read(&text).unwrap().is_by(&spki), "{header}");
        }
        assert!(Assertion::read(&signed(r#"{"alg":"none"}"#).0).is_none());
    }
}
