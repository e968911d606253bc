//! Time-stamp tokens (RFC 3161): what they prove, if they prove anything.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::ID_KP_TIME_STAMPING;
use time::{Duration, OffsetDateTime};

use crate::timestamp::TST_INFO;

use super::answers::{Fault, Integrity, Notice, SigningTime};
use super::asn1::{GENERALIZED_TIME, INTEGER, Node, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE};
use super::certificate::{has_purpose, signs_documents};
use super::container::Container;
use super::digest::SeenHash;
use super::judge::Judgement;
use super::path::{Link, Purpose, find};
use super::revocation::Evidence;
use super::{Basis, ber, signer};

/// `id-aa-signatureTimeStampToken` (RFC 3161 appendix A).
pub(super) const IN_SIGNATURE: ObjectIdentifier = crate::timestamp::SIGNATURE_TIME_STAMP;

/// How far the clock of an authority may be ahead.
const TOLERANCE: Duration = Duration::minutes(5);

/// What a token says (RFC 3161 §2.4.2).
struct Info<'a> {
    hash: SeenHash,
    imprint: &'a [u8],
    at: OffsetDateTime,
}

/// A time that is proven.
#[derive(Clone, Debug)]
pub(super) struct Proof {
    pub(super) at: OffsetDateTime,
    /// Of the path from whoever stamped it.
    pub(super) links: Vec<Link>,
}

/// The time that a token proves for what has this digest: its imprint is the digest, its signature is
/// right, and its authority is trusted for time stamps at that time and not revoked.
pub(super) fn proven(
    token: &[u8],
    digest: &dyn Fn(SeenHash) -> Option<Vec<u8>>,
    basis: &Basis<'_>,
    evidence: &Evidence,
) -> Option<Proof> {
    let der = ber::to_der(token).ok()?;
    let container = Container::parse(&der)?;
    let [only] = container.signers.as_slice() else {
        return None;
    };
    let content = container
        .content
        .filter(|_| container.content_type == TST_INFO)?;
    let info = Info::parse(content)?;
    let hash = matches!(info.hash, SeenHash::Accepted(_)).then_some(info.hash)?;
    (digest(hash)? == info.imprint).then_some(())?;
    let checked = signer::check(&container, only, &|hash| Ok(hash.digest(content)));
    let whole = checked.integrity() == Integrity::Intact && checked.bound;
    let (certificate, der) = checked.certificate.filter(|_| whole)?;
    (signs_documents(&certificate) && has_purpose(&certificate, ID_KP_TIME_STAMPING))
        .then_some(())?;
    (info.at <= basis.now.saturating_add(TOLERANCE)).then_some(())?;
    let route = find(
        der,
        &container.certificates,
        basis.trust,
        Purpose::TimeStamps,
        info.at,
    )
    .ok()?;
    let (at, links) = (info.at, route.links);
    let stands = links
        .iter()
        .all(|link| evidence.leaves(link, at, basis.now));
    stands.then_some(Proof { at, links })
}

/// A time stamp over a document is a signature over what it says, and what it says must be about the
/// document; its time is its own, if that is proven.
pub(super) fn settle(
    judged: &mut Judgement,
    token: &[u8],
    over: &dyn Fn(SeenHash) -> Result<Vec<u8>, Fault>,
    basis: &Basis<'_>,
    evidence: &Evidence,
) {
    let said = ber::to_der(token).ok();
    let container = said.as_deref().and_then(Container::parse);
    let info = container.and_then(|one| Some(Info::parse(one.content?)?.owned()));
    let about = info.map(|(hash, imprint)| Some(imprint) == over(hash).ok());
    if about != Some(true) {
        judged.integrity = Integrity::Broken;
        judged.faults.push(Fault::OtherDocument);
        return;
    }
    match proven(token, &|hash| over(hash).ok(), basis, evidence) {
        Some(proof) => judged.time = SigningTime::stamped(proof.at),
        None => judged.notices.push(Notice::BadStamp),
    }
}

impl<'a> Info<'a> {
    fn parse(content: &'a [u8]) -> Option<Self> {
        let mut members = Node::sequence(content)?;
        members.tagged(INTEGER)?;
        members.tagged(OBJECT_IDENTIFIER)?;
        let mut imprint = members.tagged(SEQUENCE)?.inside();
        let hash = SeenHash::from_oid(imprint.tagged(SEQUENCE)?.inside().next()?.oid()?)?;
        let digest = imprint.tagged(OCTET_STRING)?.content;
        members.tagged(INTEGER)?;
        let at = members.tagged(GENERALIZED_TIME)?.moment()?;
        Some(Self {
            hash,
            imprint: digest,
            at,
        })
    }

    fn owned(&self) -> (SeenHash, Vec<u8>) {
        (self.hash, self.imprint.to_vec())
    }
}
