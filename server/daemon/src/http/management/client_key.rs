//! Keys of systems: a public JWK, a PEM public key or a PEM certificate becomes what is stored.

use std::net::IpAddr;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kyso_api::Secret;
use kyso_api::problem::ProblemCode;
use kyso_core::model::{ClientKeyMaterial, ClientMethod};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::asn1::{Any, BitString, Null, ObjectIdentifier, UintRef};
use x509_cert::der::{Decode as _, DecodePem as _, Encode as _};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::app::App;
use crate::auth::password::NewPassword;
use crate::http::error::Problem;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Shortest RSA modulus, in bits, and the longest that is worth verifying.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Reads a client's key for this method.
///
/// # Errors
/// `invalid_field` naming `key`.
pub fn read(text: &str, method: ClientMethod) -> Result<ClientKeyMaterial, Problem> {
    let bad = || Problem::field("key");
    match method {
        ClientMethod::ClientSecret => Err(bad()),
        ClientMethod::TlsClientAuth => {
            let certificate = Certificate::from_pem(text.trim()).map_err(|_| bad())?;
            let der = certificate.to_der().map_err(|_| bad())?;
            Ok(ClientKeyMaterial::CertificateSha256(
                Sha256::digest(der).into(),
            ))
        }
        ClientMethod::PrivateKeyJwt => {
            let spki = public_key(text.trim()).ok_or_else(bad)?;
            if !is_acceptable(&spki) {
                return Err(bad());
            }
            Ok(ClientKeyMaterial::PublicKey(
                spki.to_der().map_err(|_| bad())?,
            ))
        }
    }
}

/// SHA-256 of a public key or certificate, hexadecimal: what its owner reads out on the phone. A
/// shared secret has none.
pub fn fingerprint(material: &ClientKeyMaterial) -> Option<String> {
    match material {
        ClientKeyMaterial::CertificateSha256(hash) => Some(hex::encode(hash)),
        ClientKeyMaterial::PublicKey(der) => Some(hex::encode(Sha256::digest(der))),
        ClientKeyMaterial::SecretHash(_) => None,
    }
}

fn public_key(text: &str) -> Option<SubjectPublicKeyInfoOwned> {
    if text.starts_with('{') {
        return Jwk::read(text)?.spki();
    }
    if let Ok(certificate) = Certificate::from_pem(text) {
        return Some(certificate.tbs_certificate.subject_public_key_info);
    }
    SubjectPublicKeyInfoOwned::from_pem(text).ok()
}

/// P-256 for ES256, RSA of a sound length for RS256 and PS256.
fn is_acceptable(spki: &SubjectPublicKeyInfoOwned) -> bool {
    let Some(key) = spki.subject_public_key.as_bytes() else {
        return false;
    };
    match spki.algorithm.oid {
        EC => {
            let curve = spki
                .algorithm
                .parameters
                .as_ref()
                .and_then(|p| p.decode_as().ok());
            // Not on the curve: a verifier would say only that no signature is right.
            let on_curve = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key).is_ok();
            curve == Some(P256) && on_curve
        }
        RSA => RsaKey::from_der(key).is_ok_and(|rsa| RSA_BITS.contains(&rsa.bits())),
        _ => false,
    }
}

#[derive(der::Sequence)]
struct RsaKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

impl RsaKey<'_> {
    fn bits(&self) -> usize {
        let bytes = self.modulus.as_bytes();
        let spare = bytes.first().map_or(0, |first| first.leading_zeros());
        (bytes.len() * 8).saturating_sub(usize::try_from(spare).unwrap_or(0))
    }
}

/// A public JSON Web Key (RFC 7517, RFC 7518 §6).
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    /// A private member: whoever sends one has given their key away.
    d: Option<serde::de::IgnoredAny>,
}

impl Jwk {
    fn read(text: &str) -> Option<Self> {
        let jwk: Self = serde_json::from_str(text).ok()?;
        jwk.d.is_none().then_some(jwk)
    }

    fn spki(&self) -> Option<SubjectPublicKeyInfoOwned> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => self.ec(),
            ("RSA", _) => self.rsa(),
            _ => None,
        }
    }

    fn ec(&self) -> Option<SubjectPublicKeyInfoOwned> {
        let (x, y) = (decode(self.x.as_ref())?, decode(self.y.as_ref())?);
        if x.len() != 32 || y.len() != 32 {
            return None;
        }
        let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
        spki(EC, Any::encode_from(&P256).ok()?, &point)
    }

    fn rsa(&self) -> Option<SubjectPublicKeyInfoOwned> {
        let (n, e) = (decode(self.n.as_ref())?, decode(self.e.as_ref())?);
        let key = RsaKey {
            modulus: UintRef::new(&n).ok()?,
            exponent: UintRef::new(&e).ok()?,
        };
        spki(RSA, Any::encode_from(&Null).ok()?, &key.to_der().ok()?)
    }
}

fn decode(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

fn spki(oid: ObjectIdentifier, parameters: Any, key: &[u8]) -> Option<SubjectPublicKeyInfoOwned> {
    Some(SubjectPublicKeyInfoOwned {
        algorithm: AlgorithmIdentifierOwned {
            oid,
            parameters: Some(parameters),
        },
        subject_public_key: BitString::from_bytes(key).ok()?,
    })
}

/// A new shared secret of 256 bits, and the hash that is kept of it, for a call from this address.
///
/// # Errors
/// `internal` without randomness, `unavailable` when hashing is not possible now.
pub async fn new_secret(
    app: &App,
    source: Option<IpAddr>,
) -> Result<(Secret, ClientKeyMaterial), Problem> {
    let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| Problem::from(ProblemCode::Internal))?;
    let text = URL_SAFE_NO_PAD.encode(bytes.as_slice());
    let turn = app.passwords.turn(source)?;
    let hash = app.passwords.hash(turn, NewPassword::parse(&text)?).await?;
    let hash = secrecy::ExposeSecret::expose_secret(&hash).to_owned();
    Ok((Secret::new(text), ClientKeyMaterial::SecretHash(hash)))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PublicKeyData as _};

    use super::*;

    const JWT: ClientMethod = ClientMethod::PrivateKeyJwt;

    fn jwk(spki: &[u8]) -> String {
        let point = spki.get(spki.len() - 64..).unwrap();
        let (x, y) = point.split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","kid":"1"}}"#)
    }

    #[test]
    fn a_key_is_the_same_in_every_form() {
        let key = KeyPair::generate().unwrap();
        let spki = key.subject_public_key_info();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        for text in [key.public_key_pem(), jwk(&spki), certificate.pem()] {
            assert_eq!(
                read(&text, JWT).unwrap(),
                ClientKeyMaterial::PublicKey(spki.clone())
            );
        }
        let print = Sha256::digest(certificate.der()).into();
        let tls = read(&certificate.pem(), ClientMethod::TlsClientAuth).unwrap();
        assert_eq!(tls, ClientKeyMaterial::CertificateSha256(print));
    }

    #[test]
    fn bad_keys_are_refused() {
        let key = KeyPair::generate().unwrap();
        let whole = jwk(&key.subject_public_key_info());
        let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let short = format!(
            r#"{{"kty":"RSA","n":"{}","e":"AQAB"}}"#,
            URL_SAFE_NO_PAD.encode([0xFF; 128])
        );
        for (why, text) in [
            ("empty", String::new()),
            ("a private key", key.serialize_pem()),
            (
                "a private member",
                whole.replacen("\"kid\"", "\"d\":\"AA\",\"kid\"", 1),
            ),
            ("another curve", whole.replace("P-256", "P-384")),
            (
                "not on the curve",
                whole.replacen("\"x\":\"", "\"x\":\"AAAA", 1),
            ),
            ("ES384", p384.public_key_pem()),
            ("RSA 1024", short),
            ("symmetric", r#"{"kty":"oct","k":"AAAA"}"#.to_owned()),
        ] {
            assert!(read(&text, JWT).is_err(), "{why}");
        }
        assert!(read(&whole, ClientMethod::ClientSecret).is_err());
        assert!(read(&whole, ClientMethod::TlsClientAuth).is_err());
    }

    #[test]
    fn an_rsa_key_of_sound_length_is_read() {
        let n = URL_SAFE_NO_PAD.encode([0xC5; 256]);
        assert!(read(&format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB"}}"#), JWT).is_ok());
    }
}
