//! CMS `SignedData` (RFC 5652 §5) as it stands in a file, whoever made it.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_SIGNED_DATA, ID_SIGNING_TIME};
use time::OffsetDateTime;
use x509_cert::Certificate;

use super::asn1::{INTEGER, Node, Nodes, OCTET_STRING, SEQUENCE, SET, context};
use super::certificate::key_identifier;

/// More signers, or more certificates, than this nobody needs in one file.
const MAX_MEMBERS: usize = 64;

/// `id-ri-ocsp-response` (RFC 5940 §2.1).
const OCSP_RESPONSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.16.2");

/// A `SignedData`, borrowed from its DER.
#[derive(Debug)]
pub(super) struct Container<'a> {
    /// What kind of content was signed.
    pub(super) content_type: ObjectIdentifier,
    /// The content, if it is in the file.
    pub(super) content: Option<&'a [u8]>,
    /// Certificates in DER.
    pub(super) certificates: Vec<&'a [u8]>,
    /// Revocation lists in DER.
    pub(super) lists: Vec<&'a [u8]>,
    /// OCSP responses in DER.
    pub(super) responses: Vec<&'a [u8]>,
    /// The signers, one or more.
    pub(super) signers: Vec<SignerInfo<'a>>,
}

/// One signer of a `SignedData`.
#[derive(Clone, Copy, Debug)]
pub(super) struct SignerInfo<'a> {
    identifier: Node<'a>,
    /// Hash of the content.
    pub(super) digest: ObjectIdentifier,
    signed: Option<Node<'a>>,
    /// `signatureAlgorithm`.
    pub(super) algorithm: Node<'a>,
    /// The signature value.
    pub(super) value: &'a [u8],
    unsigned: Option<Node<'a>>,
}

impl<'a> Container<'a> {
    /// Reads what [`ber`](super::ber) made.
    pub(super) fn parse(der: &'a [u8]) -> Option<Self> {
        let mut outer = Node::sequence(der)?;
        (outer.next()?.oid()? == ID_SIGNED_DATA).then_some(())?;
        let mut data = Node::sequence(outer.tagged(context(0))?.content)?;
        data.tagged(INTEGER)?;
        data.tagged(SET)?;
        let mut encapsulated = data.tagged(SEQUENCE)?.inside();
        let content_type = encapsulated.next()?.oid()?;
        let content = match encapsulated.tagged(context(0)) {
            Some(wrapped) => Some(Node::read(wrapped.content)?.octets()?),
            None => None,
        };
        let certificates = members(data.tagged(context(0)));
        let revocations = members(data.tagged(context(1)));
        let signers: Option<Vec<_>> = data.tagged(SET)?.inside().map(SignerInfo::parse).collect();
        let signers = signers.filter(|all| (1..=MAX_MEMBERS).contains(&all.len()))?;
        Some(Self {
            content_type,
            content,
            certificates: of_kind(&certificates, SEQUENCE),
            lists: of_kind(&revocations, SEQUENCE),
            responses: revocations
                .iter()
                .filter_map(|one| response(*one))
                .collect(),
            signers,
        })
    }

    /// The certificate that a signer names, decoded and in the bytes of the file.
    pub(super) fn certificate(&self, signer: &SignerInfo<'_>) -> Option<(Certificate, &'a [u8])> {
        self.certificates.iter().find_map(|der| {
            let certificate: Certificate = der::Decode::from_der(der).ok()?;
            signer
                .names(&certificate, der)
                .then_some((certificate, *der))
        })
    }
}

fn members(set: Option<Node<'_>>) -> Vec<Node<'_>> {
    set.into_iter()
        .flat_map(Node::inside)
        .take(MAX_MEMBERS)
        .collect()
}

fn of_kind<'a>(nodes: &[Node<'a>], tag: u8) -> Vec<&'a [u8]> {
    let wanted = nodes.iter().filter(|one| one.tag == tag);
    wanted.map(|one| one.whole).collect()
}

/// `OtherRevocationInfoFormat` with an OCSP response in it.
fn response(node: Node<'_>) -> Option<&[u8]> {
    let mut inside = (node.tag == context(1)).then(|| node.inside())?;
    (inside.next()?.oid()? == OCSP_RESPONSE).then_some(())?;
    Some(inside.tagged(SEQUENCE)?.whole)
}

impl<'a> SignerInfo<'a> {
    fn parse(node: Node<'a>) -> Option<Self> {
        let mut inside = (node.tag == SEQUENCE).then(|| node.inside())?;
        inside.tagged(INTEGER)?;
        let identifier = inside.next()?;
        let digest = inside.tagged(SEQUENCE)?.inside().next()?.oid()?;
        let signed = inside.tagged(context(0));
        let algorithm = inside.tagged(SEQUENCE)?;
        let value = inside.tagged(OCTET_STRING)?.content;
        let unsigned = inside.tagged(context(1));
        Some(Self {
            identifier,
            digest,
            signed,
            algorithm,
            value,
            unsigned,
        })
    }

    /// What the signature is over: the attributes as they stand in the file, under the tag of a
    /// `SET` (RFC 5652 §5.4). Without signed attributes there is nothing: such a signature could be
    /// one over attributes shown again as one over content.
    pub(super) fn message(&self) -> Option<Vec<u8>> {
        let signed = self.signed?;
        let (_, rest) = signed.whole.split_first()?;
        Some([&[SET], rest].concat())
    }

    /// The only value of the only signed attribute of that kind.
    pub(super) fn attribute(&self, oid: ObjectIdentifier) -> Option<Node<'a>> {
        let mut values = values(self.signed, oid);
        let (only, None) = (values.next()?, values.next()) else {
            return None;
        };
        Some(only)
    }

    /// Whether there is a signed attribute of that kind.
    pub(super) fn has(&self, oid: ObjectIdentifier) -> bool {
        values(self.signed, oid).next().is_some()
    }

    /// All values of the unsigned attributes of that kind.
    pub(super) fn unsigned(
        &self,
        oid: ObjectIdentifier,
    ) -> impl Iterator<Item = Node<'a>> + use<'a> {
        values(self.unsigned, oid).take(MAX_MEMBERS)
    }

    /// The time that the signer claims.
    pub(super) fn claimed(&self) -> Option<OffsetDateTime> {
        self.attribute(ID_SIGNING_TIME)?.moment()
    }

    fn names(&self, certificate: &Certificate, der: &[u8]) -> bool {
        let named = || match self.identifier.tag {
            SEQUENCE => is_issuer_and_serial(self.identifier, der),
            0x80 => Some(key_identifier(certificate)? == self.identifier.content),
            _ => None,
        };
        named().unwrap_or(false)
    }
}

/// Issuer and serial number stand in the first members of a certificate (RFC 5280 §4.1).
fn is_issuer_and_serial(identifier: Node<'_>, certificate: &[u8]) -> Option<bool> {
    let mut body = Node::sequence(certificate)?.tagged(SEQUENCE)?.inside();
    body.tagged(context(0));
    let serial = body.tagged(INTEGER)?;
    body.tagged(SEQUENCE)?;
    let issuer = body.tagged(SEQUENCE)?;
    let mut named = identifier.inside();
    Some(named.next()?.whole == issuer.whole && named.next()?.whole == serial.whole)
}

/// The values of all attributes of that kind in a set of attributes.
fn values(set: Option<Node<'_>>, oid: ObjectIdentifier) -> impl Iterator<Item = Node<'_>> {
    let attributes = set.map_or(Nodes::of(&[]), Node::inside);
    let wanted = attributes.filter_map(move |one| {
        let mut inside = one.inside();
        (inside.next()?.oid()? == oid).then(|| inside.tagged(SET))?
    });
    wanted.flat_map(Node::inside)
}
