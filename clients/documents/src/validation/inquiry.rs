//! Where an authority tells whether a certificate was revoked, and what it is to be asked. Nobody is asked here: whoever
//! has a network asks, and judges again with the answers.

use std::collections::HashSet;

use const_oid::db::rfc5912::{
    ID_AD_OCSP, ID_CE_CRL_DISTRIBUTION_POINTS, ID_PE_AUTHORITY_INFO_ACCESS, ID_SHA_1,
};
use der::asn1::OctetString;
use der::{Any, Decode as _, Encode as _, Sequence};
use serde::{Deserialize, Serialize};
use spki::AlgorithmIdentifierOwned;
use time::OffsetDateTime;
use x509_cert::Certificate;
use x509_cert::serial_number::SerialNumber;

use super::asn1::{Node, context};
use super::certificate::{extension, key_bits};
use super::digest::SeenHash;
use super::path::Link;
use super::{ber, list, response};

/// About more certificates than this nobody is asked for one file.
const MAX_INQUIRIES: usize = 8;
/// More places than this of one kind no certificate needs.
const MAX_PLACES: usize = 2;
/// The longest URL that is followed, in bytes.
const MAX_URL: usize = 1024;
/// `uniformResourceIdentifier` in a `GeneralName` (RFC 5280 §4.2.1.6).
const URI: u8 = 0x86;

/// A place where an authority tells of revocations.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A responder (OCSP), and what is to be posted there.
    Responder {
        /// Where it is.
        url: String,
        /// `OCSPRequest` in DER (RFC 6960 §4.1.1), without a nonce: so whoever answers may have the answer ready.
        #[serde(with = "hex::serde")]
        request: Vec<u8>,
    },
    /// A list.
    List {
        /// Where it lies.
        url: String,
    },
}

impl Source {
    /// Where it is: HTTP, with TLS or without.
    pub fn url(&self) -> &str {
        match self {
            Self::Responder { url, .. } | Self::List { url } => url,
        }
    }
}

/// A certificate on a path to a root of the trust list, of which nothing that came along tells whether it was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    link: Link,
    sources: Vec<Source>,
}

impl Inquiry {
    /// About the certificate of this link.
    pub(super) fn about(link: &Link) -> Self {
        Self {
            sources: sources(link).unwrap_or_default(),
            link: link.clone(),
        }
    }

    /// Whom to ask, the best first: a responder's answer is short and new, a list is for all certificates of the
    /// authority.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Whether it is about this certificate, in DER.
    pub fn is_about(&self, certificate: &[u8]) -> bool {
        self.link.certificate == certificate
    }

    /// Until when what a source answered may be shown again instead of asking anew. None if it does not count at all:
    /// not signed by whom it must be, about another certificate, of the future, or too old.
    pub fn kept_until(
        &self,
        source: &Source,
        answer: &[u8],
        now: OffsetDateTime,
    ) -> Option<OffsetDateTime> {
        let der = ber::to_der(answer).ok()?;
        let found = match source {
            Source::Responder { .. } => response::look_up(&der, &self.link),
            Source::List { .. } => list::look_up(&der, &self.link),
        };
        let found = found.filter(|one| one.is_of_the_past(now) && one.is_fresh_at(now))?;
        Some(found.next.unwrap_or(found.since))
    }
}

/// Each certificate once, and no more than anybody is asked about.
pub(super) fn each_once(all: impl IntoIterator<Item = Inquiry>) -> Vec<Inquiry> {
    let mut seen = HashSet::new();
    let new = all.into_iter().filter(|one| seen.insert(one.link.clone()));
    new.take(MAX_INQUIRIES).collect()
}

fn sources(link: &Link) -> Option<Vec<Source>> {
    let certificate = Certificate::from_der(&link.certificate).ok()?;
    let responders = responders(&certificate);
    let request = request(link, &certificate)?;
    let ask = |url| Source::Responder {
        url,
        request: request.clone(),
    };
    let lists = lists(&certificate).into_iter();
    let lists = lists.map(|url| Source::List { url });
    Some(responders.into_iter().map(ask).chain(lists).collect())
}

/// `id-ad-ocsp` in the authority's information access (RFC 5280 §4.2.2.1).
fn responders(certificate: &Certificate) -> Vec<String> {
    let all = extension(certificate, ID_PE_AUTHORITY_INFO_ACCESS).and_then(Node::sequence);
    let responder = |one: Node<'_>| {
        let mut inside = one.inside();
        (inside.next()?.oid()? == ID_AD_OCSP).then_some(())?;
        place(inside.next()?)
    };
    let all = all.into_iter().flatten().filter_map(responder);
    all.take(MAX_PLACES).collect()
}

/// Points that distribute whole lists of the authority itself (RFC 5280 §4.2.1.13): without reasons, and without another
/// issuer.
fn lists(certificate: &Certificate) -> Vec<String> {
    let all = extension(certificate, ID_CE_CRL_DISTRIBUTION_POINTS).and_then(Node::sequence);
    let names = all.into_iter().flatten().filter_map(whole_list);
    let places = names.flat_map(|names| names.inside().filter_map(place));
    places.take(MAX_PLACES).collect()
}

/// The names of a point that says nothing else.
fn whole_list(point: Node<'_>) -> Option<Node<'_>> {
    let mut inside = point.inside();
    let names = inside.tagged(context(0))?.inside().tagged(context(0))?;
    inside.next().is_none().then_some(names)
}

/// A URL of HTTP; there are also directories, which nobody here asks.
fn place(name: Node<'_>) -> Option<String> {
    let url = (name.tag == URI && name.content.len() <= MAX_URL).then_some(name.content)?;
    let url = std::str::from_utf8(url).ok()?;
    let (scheme, _) = url.split_once("://")?;
    let known = ["http", "https"].map(|one| scheme.eq_ignore_ascii_case(one));
    known.contains(&true).then(|| url.to_owned())
}

/// Names the certificate by SHA-1, which every responder knows (RFC 5019 §2.1.1) and on which nothing rests: what is
/// answered is signed, and about the serial number and the key.
fn request(link: &Link, certificate: &Certificate) -> Option<Vec<u8>> {
    let hashed = |bytes| OctetString::new(SeenHash::Sha1.digest(bytes)).ok();
    let id = CertId {
        algorithm: AlgorithmIdentifierOwned {
            oid: ID_SHA_1,
            parameters: Some(Any::null()),
        },
        name: hashed(&link.issuer)?,
        key: hashed(key_bits(&link.key)?)?,
        serial: certificate.tbs_certificate.serial_number.clone(),
    };
    let asked = vec![Asked { id }];
    let request = OcspRequest {
        body: Body { asked },
    };
    request.to_der().ok()
}

#[derive(Sequence)]
struct OcspRequest {
    body: Body,
}

#[derive(Sequence)]
struct Body {
    asked: Vec<Asked>,
}

#[derive(Sequence)]
struct Asked {
    id: CertId,
}

#[derive(Sequence)]
struct CertId {
    algorithm: AlgorithmIdentifierOwned,
    name: OctetString,
    key: OctetString,
    serial: SerialNumber,
}
