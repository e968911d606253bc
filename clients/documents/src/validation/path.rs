//! From a certificate up to a root of the trust list, at one point in time (RFC 5280 §6).

use std::time::Duration;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::SHA_1_WITH_RSA_ENCRYPTION;
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use webpki::{
    EndEntityCert, Error, ExtendedKeyUsageValidator, VerifiedPath, anchor_from_trusted_cert,
};

use crate::chain::{SignsDocuments, stamps_time};

use super::answers::Distrust;
use super::asn1::{INTEGER, Node, Nodes, SEQUENCE, context};
use super::certificate::Identity;
use super::trust::{Authority, Kind, Role, TrustList, fingerprint};

/// What the certificate at the end is to be for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Purpose {
    #[default]
    Documents,
    TimeStamps,
}

/// One certificate of a path and who issued it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Link {
    /// The certificate in DER.
    #[serde(with = "hex::serde")]
    pub(super) certificate: Vec<u8>,
    /// The issuer's name, with tag and length.
    #[serde(with = "hex::serde")]
    pub(super) issuer: Vec<u8>,
    /// The issuer's `SubjectPublicKeyInfo`, without tag and length.
    #[serde(with = "hex::serde")]
    pub(super) key: Vec<u8>,
}

/// A path that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// What kind of root it ends at.
    pub(super) kind: Kind,
    /// SHA-256 fingerprint of the root's certificate.
    pub(super) root: String,
    /// From the signer's certificate upwards, without the root's own.
    pub(super) links: Vec<Link>,
}

/// Finds a path with the certificates of the file and those of the list between.
pub(super) fn find(
    certificate: &[u8],
    others: &[&[u8]],
    trust: &TrustList,
    purpose: Purpose,
    at: OffsetDateTime,
) -> Result<Route, Distrust> {
    let listed = trust.at(Role::Intermediate, at);
    let listed = listed.map(|one| one.certificate.as_slice());
    let between = others.iter().copied().chain(listed);
    let between: Vec<_> = between.map(CertificateDer::from).collect();
    let roots = trust.at(Role::Root, at).filter(|one| one.serves(purpose));
    let roots: Vec<_> = roots
        .filter(|one| is_valid_at(&one.certificate, at))
        .collect();
    let ders: Vec<_> = roots
        .iter()
        .map(|one| CertificateDer::from(one.certificate.as_slice()))
        .collect();
    let anchors = ders.iter().map(anchor_from_trusted_cert);
    let anchors: Vec<_> = anchors
        .collect::<Result<_, _>>()
        .map_err(|_| Distrust::NoPath)?;
    let end = CertificateDer::from(certificate);
    let end = EndEntityCert::try_from(&end).map_err(|_| Distrust::NoPath)?;
    let seconds = u64::try_from(at.unix_timestamp()).map_err(|_| Distrust::NotYetValid)?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let path = match purpose {
        Purpose::Documents => build(&end, &anchors, &between, at, SignsDocuments),
        Purpose::TimeStamps => build(&end, &anchors, &between, at, stamps_time()),
    };
    let path = path.map_err(|error| distrust(&error))?;
    let place = anchors.iter().position(|one| one == path.anchor());
    let root = place
        .and_then(|place| roots.get(place))
        .ok_or(Distrust::NoPath)?;
    Ok(Route {
        kind: root.kind,
        root: fingerprint(&root.certificate),
        links: links(certificate, &path).ok_or(Distrust::NoPath)?,
    })
}

impl Authority {
    fn serves(&self, purpose: Purpose) -> bool {
        self.kind != Kind::TimeStamps || purpose == Purpose::TimeStamps
    }
}

fn build<'p>(
    end: &'p EndEntityCert<'p>,
    anchors: &'p [TrustAnchor<'p>],
    between: &'p [CertificateDer<'p>],
    at: UnixTime,
    usage: impl ExtendedKeyUsageValidator,
) -> Result<VerifiedPath<'p>, Error> {
    end.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        anchors,
        between,
        at,
        usage,
        None,
        None,
    )
}

/// A root is believed as it is, but not beyond its own dates.
fn is_valid_at(root: &[u8], at: OffsetDateTime) -> bool {
    validity(root).is_some_and(|(from, until)| (from..=until).contains(&at))
}

/// From when until when a certificate in DER is valid.
pub(super) fn validity(certificate: &[u8]) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let mut body = Node::sequence(certificate)?.tagged(SEQUENCE)?.inside();
    body.tagged(context(0));
    body.tagged(INTEGER)?;
    body.tagged(SEQUENCE)?;
    body.tagged(SEQUENCE)?;
    let mut dates = body.tagged(SEQUENCE)?.inside();
    Some((dates.next()?.moment()?, dates.next()?.moment()?))
}

/// Every certificate of a path with the name and the key above it.
fn links(certificate: &[u8], path: &VerifiedPath<'_>) -> Option<Vec<Link>> {
    let between = path
        .intermediate_certificates()
        .map(|one| one.der().to_vec());
    let chain: Vec<Vec<u8>> = std::iter::once(certificate.to_vec())
        .chain(between)
        .collect();
    let root = path.anchor().subject_public_key_info.to_vec();
    let above = chain
        .iter()
        .skip(1)
        .map(|one| Some(Identity::of(one)?.key.to_vec()));
    let keys: Option<Vec<_>> = above.chain(std::iter::once(Some(root))).collect();
    let link = |(certificate, key): (Vec<u8>, Vec<u8>)| {
        let issuer = Identity::of(&certificate)?.issuer.to_vec();
        Some(Link {
            certificate,
            issuer,
            key,
        })
    };
    chain.into_iter().zip(keys?).map(link).collect()
}

fn distrust(error: &Error) -> Distrust {
    match error {
        Error::UnsupportedSignatureAlgorithmContext(unknown)
            if is_sha1(&unknown.signature_algorithm_id) =>
        {
            Distrust::WeakCertificate
        }
        Error::CertExpired { .. } => Distrust::Expired,
        Error::CertNotValidYet { .. } => Distrust::NotYetValid,
        Error::ExtensionValueInvalid | Error::RequiredEkuNotFoundContext(_) => Distrust::Usage,
        _ => Distrust::NoPath,
    }
}

/// `ecdsa-with-SHA1` (RFC 5758 §3.2).
const ECDSA_WITH_SHA_1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");

/// Whether it is SHA-1 with which a certificate is signed; the content of an `AlgorithmIdentifier`.
///
/// Authorities of the first generation may have such certificates. They are told from strangers' ones, and trusted no more:
/// two certificates with one such signature can be made.
fn is_sha1(algorithm: &[u8]) -> bool {
    let named = Nodes::of(algorithm).next().and_then(Node::oid);
    named.is_some_and(|oid| [SHA_1_WITH_RSA_ENCRYPTION, ECDSA_WITH_SHA_1].contains(&oid))
}
