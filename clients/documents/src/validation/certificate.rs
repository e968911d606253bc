//! What a certificate says about itself (RFC 5280 §4).

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE, ID_CE_SUBJECT_KEY_IDENTIFIER};
use der::{Decode, Tag, Tagged as _};
use rustls_pki_types::AlgorithmIdentifier;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};

use super::asn1::{INTEGER, Node, Nodes, SEQUENCE, context};

/// The content of an extension.
pub(super) fn extension(certificate: &Certificate, oid: ObjectIdentifier) -> Option<&[u8]> {
    let mut all = certificate.tbs_certificate.extensions.iter().flatten();
    let found = all.find(|one| one.extn_id == oid)?;
    Some(found.extn_value.as_bytes())
}

/// The subject's key identifier.
pub(super) fn key_identifier(certificate: &Certificate) -> Option<&[u8]> {
    Node::read(extension(certificate, ID_CE_SUBJECT_KEY_IDENTIFIER)?)?.octets()
}

/// Whether the certificate names this purpose (§4.2.1.12).
pub(super) fn has_purpose(certificate: &Certificate, purpose: ObjectIdentifier) -> bool {
    let named = extension(certificate, ID_CE_EXT_KEY_USAGE);
    let named = named.and_then(|content| ExtendedKeyUsage::from_der(content).ok());
    named.is_some_and(|named| named.0.contains(&purpose))
}

/// Whether the key may sign documents: `digitalSignature` or `nonRepudiation`, where the
/// certificate says anything (§4.2.1.3).
pub(crate) fn signs_documents(certificate: &Certificate) -> bool {
    let usage = |content| KeyUsage::from_der(content).ok();
    extension(certificate, ID_CE_KEY_USAGE).is_none_or(|content| {
        usage(content).is_some_and(|one| one.digital_signature() || one.non_repudiation())
    })
}

/// All values of one kind in a distinguished name.
pub(super) fn named(name: &x509_cert::name::Name, oid: ObjectIdentifier) -> Vec<String> {
    let all = name.0.iter().flat_map(|set| set.0.iter());
    let wanted = all.filter(|one| one.oid == oid);
    wanted
        .filter_map(|one| match one.value.tag() {
            // The others are never used for what is looked for here.
            Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
                String::from_utf8(one.value.value().to_vec()).ok()
            }
            _ => None,
        })
        .collect()
}

/// The members of a certificate that others are signed by or name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity<'a> {
    /// Serial number, content of its `INTEGER`.
    pub(super) serial: &'a [u8],
    /// Issuer, with tag and length.
    pub(super) issuer: &'a [u8],
    /// `SubjectPublicKeyInfo`, without tag and length.
    pub(super) key: &'a [u8],
}

impl<'a> Identity<'a> {
    /// Reads a certificate in DER.
    pub(super) fn of(certificate: &'a [u8]) -> Option<Self> {
        let mut body = Node::sequence(certificate)?.tagged(SEQUENCE)?.inside();
        body.tagged(context(0));
        let serial = body.tagged(INTEGER)?.content;
        body.tagged(SEQUENCE)?;
        let issuer = body.tagged(SEQUENCE)?.whole;
        body.tagged(SEQUENCE)?;
        body.tagged(SEQUENCE)?;
        let key = body.tagged(SEQUENCE)?.content;
        Some(Self {
            serial,
            issuer,
            key,
        })
    }
}

/// The bits of a `SubjectPublicKeyInfo` that is given without tag and length.
pub(super) fn key_bits(key: &[u8]) -> Option<&[u8]> {
    let mut inside = Nodes::of(key);
    inside.tagged(SEQUENCE)?;
    inside.next()?.bits()
}

/// Whether a list, a response or a certificate is signed by this key (§4.1.1.3): a `SEQUENCE` of what
/// is signed, the algorithm and the value.
pub(super) fn is_signed_by(signed: Node<'_>, key: &[u8]) -> bool {
    let check = || {
        let mut inside = signed.inside();
        let (body, algorithm) = (inside.next()?, inside.tagged(SEQUENCE)?);
        let value = inside.next()?.bits()?;
        let own = Nodes::of(key).tagged(SEQUENCE)?;
        let is = |one: AlgorithmIdentifier, node: Node<'_>| one.as_ref() == node.content;
        let bits = key_bits(key)?;
        let mut fitting = webpki::ALL_VERIFICATION_ALGS.iter().filter(|one| {
            is(one.signature_alg_id(), algorithm) && is(one.public_key_alg_id(), own)
        });
        Some(fitting.any(|one| one.verify_signature(bits, body.whole, value).is_ok()))
    };
    check().unwrap_or(false)
}
