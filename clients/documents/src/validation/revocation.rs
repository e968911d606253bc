//! Whether a certificate was revoked, by what the file and the asker bring along; nobody is asked.

use std::sync::Arc;

use const_oid::ObjectIdentifier;
use time::{Duration, OffsetDateTime};

use super::answers::{Revocation, SigningTime, Standing, TimeBasis};
use super::asn1::{Node, SEQUENCE, context};
use super::container::{Container, SignerInfo};
use super::path::{Link, validity};
use super::{ber, list, response};

/// How far the clock of an authority may be off.
const TOLERANCE: Duration = Duration::minutes(5);

/// More lists and answers than this in one place are not looked at.
const MAX_EVIDENCE: usize = 64;

/// `adbe-revocationInfoArchival`, a signed attribute (ISO 32000-2 §12.8.3.3.2).
const ARCHIVAL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113583.1.1.8");
/// `id-aa-ets-revocationValues`, an unsigned attribute (EN 319 122-1 §A.1.2.2).
const VALUES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.24");

/// What one list or answer says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) state: State,
    /// `thisUpdate`.
    pub(super) since: OffsetDateTime,
    /// `nextUpdate`.
    pub(super) next: Option<OffsetDateTime>,
}

impl Finding {
    /// Whether it was there at that time, by a clock that may be off.
    pub(super) fn is_of_the_past(&self, now: OffsetDateTime) -> bool {
        self.since <= now.saturating_add(TOLERANCE)
    }

    /// Whether it is the newest at the time of the check: it says so, or was made just now.
    pub(super) fn is_fresh_at(&self, now: OffsetDateTime) -> bool {
        self.covers(now) || self.since >= now.saturating_sub(TOLERANCE)
    }

    /// Whether it is from that time or later, or was the newest then.
    fn covers(&self, at: OffsetDateTime) -> bool {
        self.since >= at || self.next.is_some_and(|next| next >= at)
    }
}

/// Revoked or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Good,
    Revoked(Ended),
}

/// A revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) at: OffsetDateTime,
    /// Whether the authority says that nobody else had the key: `unspecified`, `affiliationChanged`,
    /// `superseded` or `cessationOfOperation`. What it signed before stays good then, and only then, if
    /// its own signature is what proves the time (RFC 3161 §4 (1)).
    pub(super) only_ended: bool,
}

impl Ended {
    /// A revocation from then on, with what stands in its `CRLReason` (RFC 5280 §5.3.1).
    pub(super) fn new(at: OffsetDateTime, reason: Option<&[u8]>) -> Self {
        let only_ended = matches!(reason, Some([0 | 3 | 4 | 5]));
        Self { at, only_ended }
    }
}

/// Lists and answers in DER, wherever they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    lists: Vec<Arc<[u8]>>,
    responses: Vec<Arc<[u8]>>,
    bare: Vec<Arc<[u8]>>,
}

impl Evidence {
    /// Adds a revocation list; what is not BER is no list, and left out.
    pub fn add_list(&mut self, list: &[u8]) {
        push(&mut self.lists, list);
    }

    /// Adds an OCSP response.
    pub fn add_response(&mut self, response: &[u8]) {
        push(&mut self.responses, response);
    }

    /// Both together, however many: what a file brings along must not crowd out what the asker knows, nor the other way
    /// round.
    #[must_use]
    pub(super) fn and(mut self, other: &Self) -> Self {
        self.lists.extend_from_slice(&other.lists);
        self.responses.extend_from_slice(&other.responses);
        self.bare.extend_from_slice(&other.bare);
        self
    }

    /// Adds what a signature carries with it.
    pub(super) fn add_container(&mut self, container: &Container<'_>, signer: &SignerInfo<'_>) {
        container.lists.iter().for_each(|one| self.add_list(one));
        container
            .responses
            .iter()
            .for_each(|one| self.add_response(one));
        if let Some(archival) = signer.attribute(ARCHIVAL) {
            self.add_members(archival, false);
        }
        for values in signer.unsigned(VALUES) {
            self.add_members(values, true);
        }
    }

    /// Lists under `[0]`, answers under `[1]`: whole ones, or the basic ones of CAdES.
    fn add_members(&mut self, node: Node<'_>, bare: bool) {
        for one in node.inside() {
            let inside = Node::read(one.content).filter(|inside| inside.tag == SEQUENCE);
            let values = inside.into_iter().flat_map(Node::inside);
            let target = match (one.tag, bare) {
                (tag, _) if tag == context(0) => &mut self.lists,
                (tag, true) if tag == context(1) => &mut self.bare,
                (tag, false) if tag == context(1) => &mut self.responses,
                _ => continue,
            };
            values.for_each(|one| push(target, one.whole));
        }
    }

    fn findings<'a>(&'a self, link: &'a Link) -> impl Iterator<Item = Finding> + 'a {
        let lists = self
            .lists
            .iter()
            .filter_map(move |one| list::look_up(one, link));
        let responses = self
            .responses
            .iter()
            .filter_map(move |one| response::look_up(one, link));
        let bare = self
            .bare
            .iter()
            .filter_map(move |one| response::basic(one, link));
        lists.chain(responses).chain(bare)
    }

    fn until(&self, link: &Link, now: OffsetDateTime) -> Vec<Finding> {
        let all = self.findings(link);
        all.filter(|one| one.is_of_the_past(now)).collect()
    }

    /// Whether a time that the holder of a certificate, or somebody below it, stamped may be believed.
    ///
    /// Whoever took the key can stamp any earlier time, so a revocation counts from the beginning, unless
    /// it says that the key was only given up.
    pub(super) fn leaves(&self, link: &Link, stamped: OffsetDateTime, now: OffsetDateTime) -> bool {
        ends(&self.until(link, now)).all(|one| one.only_ended && stamped < one.at)
    }

    /// What all of it says about a certificate at the time of a signature.
    ///
    /// A time that nobody proves does not help against a revocation: whoever has the key could have
    /// claimed it. So without a time stamp only what is known today counts. That a certificate is *not* revoked tells
    /// only what is not newer than its end: lists drop what has expired (RFC 5280 §3.3).
    pub(super) fn of(&self, link: &Link, time: &SigningTime, now: OffsetDateTime) -> Revocation {
        let proven = time.basis == TimeBasis::Stamped;
        let findings = self.until(link, now);
        if let Some(at) = ends(&findings).map(|one| one.at).min() {
            let standing = if proven && time.at < at {
                Standing::RevokedLater
            } else {
                Standing::Revoked
            };
            return Revocation {
                standing,
                at: Some(at),
            };
        }
        let end = validity(&link.certificate).map(|(_, until)| until);
        let fresh = findings.iter().filter(|one| {
            let fits = if proven {
                one.covers(time.at)
            } else {
                one.is_fresh_at(now)
            };
            fits && end.is_some_and(|end| one.since <= end)
        });
        match fresh.map(|one| one.since).max() {
            Some(since) => Revocation {
                standing: Standing::Good,
                at: Some(since),
            },
            None => Revocation::NOT_KNOWN,
        }
    }
}

fn ends(findings: &[Finding]) -> impl Iterator<Item = Ended> {
    findings.iter().filter_map(|one| match one.state {
        State::Revoked(ended) => Some(ended),
        State::Good => None,
    })
}

fn push(target: &mut Vec<Arc<[u8]>>, bytes: &[u8]) {
    if target.len() < MAX_EVIDENCE
        && let Ok(der) = ber::to_der(bytes)
        && !target.iter().any(|one| **one == *der)
    {
        target.push(der.into());
    }
}
