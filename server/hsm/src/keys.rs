//! Key pairs: how they are made, and their public half as DER.

use std::sync::Arc;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use der::asn1::{BitStringRef, OctetStringRef, UintRef};
use der::{Any, Decode, Encode, Sequence};
use kyso_core::{KeyAlgorithm, KeyRef};
use kyso_hsm_config::Template;
use spki::{AlgorithmIdentifier, ObjectIdentifier, SubjectPublicKeyInfo};

use crate::error::HsmError;
use crate::seat::Seat;

/// A pair that was just made.
pub(crate) struct Pair {
    pub(crate) key: KeyRef,
    public: ObjectHandle,
    private: ObjectHandle,
}

impl Pair {
    pub(crate) fn private(&self) -> ObjectHandle {
        self.private
    }

    /// Destroys both halves.
    pub(crate) fn destroy(&self, seat: &Seat) -> Result<(), HsmError> {
        seat.session.destroy_object(self.private)?;
        Ok(seat.session.destroy_object(self.public)?)
    }
}

/// Where a pair lies, and under which label.
#[derive(Clone, Copy)]
pub(crate) enum Kept {
    /// In the token, named after its id: a credential's.
    Token,
    /// In the token, under a label by which the server finds it.
    Named(&'static str),
    /// Until the session ends.
    Session,
}

/// Makes a pair with a random `CKA_ID`.
pub(crate) fn generate(
    seat: &Seat,
    algorithm: KeyAlgorithm,
    template: Template,
    kept: Kept,
) -> Result<Pair, HsmError> {
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|_| HsmError::Random)?;
    let (mechanism, kind) = kind(algorithm)?;
    let common = common(id, kept, template);
    let public = [common.clone(), kind, public_usage()].concat();
    let private = [common, private_usage()].concat();
    let (public, private) = seat
        .session
        .generate_key_pair(&mechanism, &public, &private)?;
    let spki = public_half(seat, algorithm, public)?;
    let key = KeyRef {
        cka_id: id,
        algorithm,
        spki: Arc::from(spki),
    };
    Ok(Pair {
        key,
        public,
        private,
    })
}

fn kind(algorithm: KeyAlgorithm) -> Result<(Mechanism<'static>, Vec<Attribute>), HsmError> {
    if let Some(curve) = curve(algorithm) {
        let parameters = curve.to_der().map_err(|_| HsmError::Encoding("curve"))?;
        return Ok((
            Mechanism::EccKeyPairGen,
            vec![Attribute::EcParams(parameters)],
        ));
    }
    let bits = u64::from(algorithm.bits());
    let exponent = vec![1, 0, 1];
    let size = vec![
        Attribute::ModulusBits(bits.into()),
        Attribute::PublicExponent(exponent),
    ];
    Ok((Mechanism::RsaPkcsKeyPairGen, size))
}

const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The named curve of an elliptic-curve key.
pub(crate) const fn curve(algorithm: KeyAlgorithm) -> Option<ObjectIdentifier> {
    match algorithm {
        KeyAlgorithm::P256 => Some(P256),
        KeyAlgorithm::P384 => Some(P384),
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => None,
    }
}

fn common(id: [u8; 16], kept: Kept, template: Template) -> Vec<Attribute> {
    let label = match kept {
        Kept::Named(label) => label.to_owned(),
        Kept::Token | Kept::Session => format!("kyso-{}", hex::encode(id)),
    };
    let mut attributes = vec![
        Attribute::Token(!matches!(kept, Kept::Session)),
        Attribute::Id(id.to_vec()),
        Attribute::Label(label.into_bytes()),
    ];
    attributes.extend(template.modifiable.then_some(Attribute::Modifiable(false)));
    attributes.extend(template.copyable.then_some(Attribute::Copyable(false)));
    attributes
}

/// Every other usage is set to false, because defaults differ: SoftHSM2's allow nearly all.
fn private_usage() -> Vec<Attribute> {
    vec![
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::SignRecover(false),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
    ]
}

fn public_usage() -> Vec<Attribute> {
    vec![
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::VerifyRecover(false),
        Attribute::Encrypt(false),
        Attribute::Wrap(false),
        Attribute::Derive(false),
    ]
}

/// DER `SubjectPublicKeyInfo` of a public key object.
pub(crate) fn public_half(
    seat: &Seat,
    algorithm: KeyAlgorithm,
    public: ObjectHandle,
) -> Result<Vec<u8>, HsmError> {
    let wanted: &[AttributeType] = if algorithm.is_rsa() {
        &[AttributeType::Modulus, AttributeType::PublicExponent]
    } else {
        &[AttributeType::EcPoint]
    };
    let attributes = seat.session.get_attributes(public, wanted)?;
    let encoded = match attributes.as_slice() {
        [Attribute::Modulus(n), Attribute::PublicExponent(e)] => rsa_spki(n, e),
        [Attribute::EcPoint(point)] => ec_spki(algorithm, point),
        _ => None,
    };
    encoded.ok_or(HsmError::Encoding("public key"))
}

/// `RSAPublicKey` (RFC 8017 appendix A.1.1).
#[derive(Sequence)]
pub(crate) struct RsaPublicKey<'a> {
    pub(crate) modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Option<Vec<u8>> {
    let (modulus, exponent) = (UintRef::new(modulus).ok()?, UintRef::new(exponent).ok()?);
    let key = RsaPublicKey { modulus, exponent }.to_der().ok()?;
    spki_der(RSA, Any::null(), &key)
}

fn ec_spki(algorithm: KeyAlgorithm, point: &[u8]) -> Option<Vec<u8>> {
    // PKCS#11 §2.3.3 wraps the point into an OCTET STRING; some tokens give it bare.
    let bare = OctetStringRef::from_der(point).map_or(point, |wrapped| wrapped.as_bytes());
    let curve = curve(algorithm)?;
    spki_der(EC, Any::encode_from(&curve).ok()?, bare)
}

fn spki_der(oid: ObjectIdentifier, parameters: Any, key: &[u8]) -> Option<Vec<u8>> {
    let subject_public_key = BitStringRef::from_bytes(key).ok()?;
    let algorithm = AlgorithmIdentifier {
        oid,
        parameters: Some(parameters),
    };
    SubjectPublicKeyInfo {
        algorithm,
        subject_public_key,
    }
    .to_der()
    .ok()
}

/// The modulus in a DER `SubjectPublicKeyInfo` of an RSA key.
pub(crate) fn modulus_of(spki: &[u8]) -> Option<Vec<u8>> {
    let info = SubjectPublicKeyInfo::<Any, BitStringRef<'_>>::from_der(spki).ok()?;
    let key = RsaPublicKey::from_der(info.subject_public_key.raw_bytes()).ok()?;
    Some(key.modulus.as_bytes().to_vec())
}
