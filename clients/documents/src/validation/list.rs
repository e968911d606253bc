//! Certificate revocation lists (RFC 5280 §5).

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{ID_CE_CRL_REASONS, ID_CE_ISSUING_DISTRIBUTION_POINT};

use super::asn1::{ENUMERATED, INTEGER, Node, Nodes, OCTET_STRING, SEQUENCE, context};
use super::certificate::{Identity, is_signed_by};
use super::path::Link;
use super::revocation::{Ended, Finding, State};

/// Only `distributionPoint` in `issuingDistributionPoint`: the list is of one place, but of all
/// certificates and all reasons (§5.2.5).
const PLACE: u8 = 0xa0;
/// `onlyContainsUserCerts`, which says nothing that a serial number would not.
const ONLY_USERS: u8 = 0x81;

/// `removeFromCRL` (§5.3.1): the hold was lifted.
const REMOVED: &[u8] = &[8];

/// What a list says of a certificate; nothing if it is another issuer's, not signed by it, or
/// limited in a way that is not understood.
pub(super) fn look_up(list: &[u8], link: &Link) -> Option<Finding> {
    let serial = Identity::of(&link.certificate)?.serial;
    let node = Node::read(list).filter(|one| one.tag == SEQUENCE)?;
    let body = node.inside().next()?;
    let mut members = body.inside();
    members.tagged(INTEGER);
    members.tagged(SEQUENCE)?;
    (members.tagged(SEQUENCE)?.whole == link.issuer).then_some(())?;
    let since = members.next()?.moment()?;
    let next = members.clone().next().and_then(Node::moment);
    if next.is_some() {
        members.next();
    }
    let entries = members
        .tagged(SEQUENCE)
        .map_or(Nodes::of(&[]), Node::inside);
    if let Some(extensions) = members.tagged(context(0)) {
        is_understood(extensions).then_some(())?;
    }
    is_signed_by(node, &link.key).then_some(())?;
    let found = entries.filter_map(|one| entry(one, serial)).last();
    let state = found.unwrap_or(State::Good);
    Some(Finding { state, since, next })
}

/// What an entry says, if it is under this serial number.
fn entry(entry: Node<'_>, serial: &[u8]) -> Option<State> {
    let mut inside = entry.inside();
    (inside.tagged(INTEGER)?.content == serial).then_some(())?;
    let at = inside.next()?.moment()?;
    let given = inside
        .tagged(SEQUENCE)
        .and_then(|one| extension(one, ID_CE_CRL_REASONS));
    let reason = given.and_then(|(_, value)| Nodes::of(value).tagged(ENUMERATED));
    let reason = reason.map(|one| one.content);
    Some(match reason {
        Some(REMOVED) => State::Good,
        _ => State::Revoked(Ended::new(at, reason)),
    })
}

/// A list with an extension that must be understood and is not must not be used (§5.2); among them
/// those of lists that are only changes to others.
fn is_understood(extensions: Node<'_>) -> bool {
    let Some(all) = Node::read(extensions.content) else {
        return false;
    };
    let critical = all.inside().filter(|one| is_critical(*one));
    critical.into_iter().all(|one| {
        let known = parts(one).filter(|(oid, _, _)| *oid == ID_CE_ISSUING_DISTRIBUTION_POINT);
        let place = known.and_then(|(_, _, value)| Node::read(value));
        place.is_some_and(|place| {
            place
                .inside()
                .all(|one| matches!(one.tag, PLACE | ONLY_USERS))
        })
    })
}

fn is_critical(extension: Node<'_>) -> bool {
    parts(extension).is_none_or(|(_, critical, _)| critical)
}

/// Identifier, whether critical, and content of one extension.
fn parts(extension: Node<'_>) -> Option<(ObjectIdentifier, bool, &[u8])> {
    let mut inside = extension.inside();
    let oid = inside.next()?.oid()?;
    let critical = inside.tagged(0x01).is_some_and(|one| one.content != [0]);
    Some((oid, critical, inside.tagged(OCTET_STRING)?.content))
}

/// The extension of that kind among others.
pub(super) fn extension(extensions: Node<'_>, oid: ObjectIdentifier) -> Option<(bool, &[u8])> {
    let mut all = extensions.inside().filter_map(parts);
    all.find(|one| one.0 == oid)
        .map(|(_, critical, value)| (critical, value))
}
