//! Answers of an authority about one certificate (OCSP, RFC 6960 §4.2).

use const_oid::db::rfc5912::ID_KP_OCSP_SIGNING;
use const_oid::db::rfc6960::ID_PKIX_OCSP_BASIC;
use time::OffsetDateTime;
use x509_cert::Certificate;

use super::asn1::{ENUMERATED, GENERALIZED_TIME, Node, Nodes, OCTET_STRING, SEQUENCE, context};
use super::certificate::{Identity, has_purpose, is_signed_by, key_bits};
use super::digest::SeenHash;
use super::path::{Link, validity};
use super::revocation::{Ended, Finding, State};

/// More certificates than this no answer needs.
const MAX_CERTIFICATES: usize = 8;

/// What a response says of a certificate; nothing if it is about others or nobody who may answer has
/// signed it.
pub(super) fn look_up(response: &[u8], link: &Link) -> Option<Finding> {
    let mut outer = Node::sequence(response)?;
    // `successful` (§4.2.1).
    (outer.tagged(ENUMERATED)?.content == [0]).then_some(())?;
    let mut wrapped = Node::sequence(outer.tagged(context(0))?.content)?;
    (wrapped.next()?.oid()? == ID_PKIX_OCSP_BASIC).then_some(())?;
    basic(wrapped.tagged(OCTET_STRING)?.content, link)
}

/// As [`look_up`] for a `BasicOCSPResponse` alone, as CAdES keeps it.
pub(super) fn basic(response: &[u8], link: &Link) -> Option<Finding> {
    let node = Node::read(response).filter(|one| one.tag == SEQUENCE)?;
    let mut data = node.inside().next()?.inside();
    data.tagged(context(0));
    // By name or by key; which of the keys it is, the signature says.
    data.next()?;
    let produced = data.tagged(GENERALIZED_TIME)?.moment()?;
    let mut answers = data.tagged(SEQUENCE)?.inside();
    let finding = answers.find_map(|one| single(one, link))?;
    let when = [produced, finding.since];
    let may = is_signed_by(node, &link.key) || deputy_signed(node, link, when);
    may.then_some(finding)
}

fn single(answer: Node<'_>, link: &Link) -> Option<Finding> {
    let mut inside = answer.inside();
    is_about(inside.tagged(SEQUENCE)?, link)?;
    let status = inside.next()?;
    let since = inside.tagged(GENERALIZED_TIME)?.moment()?;
    let next = inside
        .tagged(context(0))
        .and_then(|one| Node::read(one.content)?.moment());
    let state = match status.tag {
        0x80 => State::Good,
        0xa1 => State::Revoked(revoked(status)?),
        _ => return None,
    };
    Some(Finding { state, since, next })
}

/// `RevokedInfo` (§4.2.1).
fn revoked(info: Node<'_>) -> Option<Ended> {
    let mut inside = info.inside();
    let at = inside.next()?.moment()?;
    let reason = inside
        .tagged(context(0))
        .and_then(|one| Nodes::of(one.content).tagged(ENUMERATED));
    Some(Ended::new(at, reason.map(|one| one.content)))
}

/// `CertID` names the issuer by hashes of its name and key (§4.1.1).
fn is_about(id: Node<'_>, link: &Link) -> Option<()> {
    let mut inside = id.inside();
    let hash = SeenHash::from_oid(inside.tagged(SEQUENCE)?.inside().next()?.oid()?)?;
    let name = inside.tagged(OCTET_STRING)?.content == hash.digest(&link.issuer);
    let key = inside.tagged(OCTET_STRING)?.content == hash.digest(key_bits(&link.key)?);
    let serial = inside.next()?.content == Identity::of(&link.certificate)?.serial;
    (name && key && serial).then_some(())
}

/// Somebody whom the issuer has certified to answer for it (§4.2.2.2), at the time of the answer and at that of what it
/// says.
fn deputy_signed(response: Node<'_>, link: &Link, when: [OffsetDateTime; 2]) -> bool {
    let certificates = response
        .inside()
        .nth(3)
        .map(|one| one.content)
        .unwrap_or_default();
    let Some(certificates) = Node::read(certificates) else {
        return false;
    };
    let mut deputies = certificates.inside().take(MAX_CERTIFICATES);
    deputies
        .any(|deputy| may_answer(deputy, link, when).is_some_and(|key| is_signed_by(response, key)))
}

/// The key of a certificate that lets its holder answer.
fn may_answer<'a>(deputy: Node<'a>, link: &Link, when: [OffsetDateTime; 2]) -> Option<&'a [u8]> {
    let identity = Identity::of(deputy.whole)?;
    let (from, until) = validity(deputy.whole)?;
    let certificate: Certificate = der::Decode::from_der(deputy.whole).ok()?;
    let may = has_purpose(&certificate, ID_KP_OCSP_SIGNING)
        && identity.issuer == link.issuer
        && when.iter().all(|at| (from..=until).contains(at))
        && is_signed_by(deputy, &link.key);
    may.then_some(identity.key)
}
