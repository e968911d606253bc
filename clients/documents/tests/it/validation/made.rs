//! Signatures, time stamps and answers made by hand, so that each can be wrong in one way.

use der::Encode as _;
use time::OffsetDateTime;

use super::house::{HASH, Holder, House, serial};

pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let head = match u8::try_from(length) {
        Ok(short @ 0..=0x7f) => vec![tag, short],
        _ => [
            vec![tag, 0x83],
            u32::try_from(length).unwrap().to_be_bytes()[1..].to_vec(),
        ]
        .concat(),
    };
    let made = [head, content].concat();
    // Short lengths of three bytes are BER; DER has the shortest.
    kyso_documents::validation::ber::to_der(&made).unwrap_or(made)
}

pub(super) fn oid(text: &str) -> Vec<u8> {
    const_oid::ObjectIdentifier::new(text)
        .unwrap()
        .to_der()
        .unwrap()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

pub(super) fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[&oid(kind), &tlv(0x31, &[value])])
}

pub(super) fn time(at: OffsetDateTime) -> Vec<u8> {
    let (year, month, day) = at.to_calendar_date();
    let (hour, minute, second) = at.to_hms();
    let month = u8::from(month);
    let text = format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}Z");
    tlv(0x18, &[text.as_bytes()])
}

pub(super) const DATA: &str = "1.2.840.113549.1.7.1";
const TST_INFO: &str = "1.2.840.113549.1.9.16.1.4";
pub(super) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
const RSA_SHA256: &str = "1.2.840.113549.1.1.11";

/// Makes unsigned attributes from a signature value.
pub(super) type Unsigned<'a> = dyn Fn(&[u8]) -> Vec<Vec<u8>> + 'a;

/// What a CMS is to be like.
pub(super) struct Wish<'a> {
    pub(super) kind: &'a str,
    /// The bytes that are signed.
    pub(super) over: &'a [u8],
    pub(super) inside: bool,
    /// The digest that is signed, if it is not that of the bytes.
    pub(super) digest: Option<Vec<u8>>,
    pub(super) certificates: Vec<Vec<u8>>,
    /// The signature names its certificate.
    pub(super) bound: bool,
    pub(super) signed: Vec<Vec<u8>>,
    /// Makes unsigned attributes from the signature value.
    pub(super) unsigned: &'a Unsigned<'a>,
    /// Revocation lists in the CMS.
    pub(super) lists: Vec<Vec<u8>>,
}

pub(super) fn nothing(_: &[u8]) -> Vec<Vec<u8>> {
    Vec::new()
}

impl<'a> Wish<'a> {
    /// Beside its document, with the signer's certificate alone.
    pub(super) fn over(over: &'a [u8]) -> Self {
        Wish {
            kind: DATA,
            over,
            inside: false,
            digest: None,
            certificates: Vec::new(),
            bound: true,
            signed: Vec::new(),
            unsigned: &nothing,
            lists: Vec::new(),
        }
    }
}

/// The signed attributes that are wished, without their tag.
fn attributes(holder: &Holder, wish: &Wish<'_>) -> Vec<u8> {
    let name = tlv(4, &[&HASH.digest(&holder.certificate)]);
    let named = sequence(&[&sequence(&[&sequence(&[&name])])]);
    let digest = wish.digest.clone();
    let digest = digest.unwrap_or_else(|| HASH.digest(wish.over));
    let mut attributes = vec![
        attribute("1.2.840.113549.1.9.3", &oid(wish.kind)),
        attribute("1.2.840.113549.1.9.4", &tlv(4, &[&digest])),
    ];
    if wish.bound {
        attributes.push(attribute("1.2.840.113549.1.9.16.2.47", &named));
    }
    attributes.extend(wish.signed.clone());
    attributes.sort();
    attributes.concat()
}

fn signer(holder: &Holder, wish: &Wish<'_>) -> Vec<u8> {
    let attributes = attributes(holder, wish);
    let value = holder.sign(&tlv(0x31, &[&attributes]));
    let serial = tlv(2, &[&serial(&holder.certificate)]);
    sequence(&[
        &tlv(2, &[&[1]]),
        &sequence(&[&issuer(&holder.certificate), &serial]),
        &sequence(&[&oid(SHA256)]),
        &tlv(0xa0, &[&attributes]),
        &algorithm(holder),
        &tlv(4, &[&value]),
        &unless_empty(0xa1, &(wish.unsigned)(&value).concat()),
    ])
}

fn algorithm(holder: &Holder) -> Vec<u8> {
    if holder.is_rsa() {
        sequence(&[&oid(RSA_SHA256), &[5, 0]])
    } else {
        sequence(&[&oid(ECDSA_SHA256)])
    }
}

fn unless_empty(tag: u8, content: &[u8]) -> Vec<u8> {
    if content.is_empty() {
        Vec::new()
    } else {
        tlv(tag, &[content])
    }
}

/// A CMS by one signer.
pub(super) fn cms(holder: &Holder, wish: &Wish<'_>) -> Vec<u8> {
    let content = if wish.inside {
        tlv(0xa0, &[&tlv(4, &[wish.over])])
    } else {
        Vec::new()
    };
    let certificates = [holder.certificate.clone(), wish.certificates.concat()];
    let data = sequence(&[
        &tlv(2, &[&[1]]),
        &tlv(0x31, &[&sequence(&[&oid(SHA256)])]),
        &sequence(&[&oid(wish.kind), &content]),
        &tlv(0xa0, &[&certificates.concat()]),
        &unless_empty(0xa1, &wish.lists.concat()),
        &tlv(0x31, &[&signer(holder, wish)]),
    ]);
    sequence(&[&oid("1.2.840.113549.1.7.2"), &tlv(0xa0, &[&data])])
}

/// A time-stamp token over this digest.
pub(super) fn token(holder: &Holder, digest: &[u8], at: OffsetDateTime) -> Vec<u8> {
    let imprint = sequence(&[&sequence(&[&oid(SHA256)]), &tlv(4, &[digest])]);
    let info = sequence(&[
        &tlv(2, &[&[1]]),
        &oid("1.2.3.4.1"),
        &imprint,
        &tlv(2, &[&[7]]),
        &time(at),
    ]);
    let wish = Wish {
        kind: TST_INFO,
        inside: true,
        ..Wish::over(&info)
    };
    cms(holder, &wish)
}

/// The attribute with a token over the signature value.
pub(super) fn stamp(holder: &Holder, value: &[u8], at: OffsetDateTime) -> Vec<Vec<u8>> {
    let token = token(holder, &HASH.digest(value), at);
    vec![attribute("1.2.840.113549.1.9.16.2.14", &token)]
}

/// An OCSP response about somebody, signed by another, with a certificate if there is one.
pub(super) fn response(
    about: &Holder,
    house: &House,
    revoked: Option<OffsetDateTime>,
    since: OffsetDateTime,
    by: (&Holder, &[u8]),
) -> Vec<u8> {
    response_of(about, house, revoked, (since, since), by)
}

/// The same with a time at which it was made, and one since which it says so.
pub(super) fn response_of(
    about: &Holder,
    house: &House,
    revoked: Option<OffsetDateTime>,
    (produced, since): (OffsetDateTime, OffsetDateTime),
    by: (&Holder, &[u8]),
) -> Vec<u8> {
    let middle: x509_cert::Certificate =
        der::Decode::from_der(house.middle.as_ref().der()).unwrap();
    let body = middle.tbs_certificate;
    let name = HASH.digest(&body.subject.to_der().unwrap());
    let key = HASH.digest(body.subject_public_key_info.subject_public_key.raw_bytes());
    let id = sequence(&[
        &sequence(&[&oid(SHA256)]),
        &tlv(4, &[&name]),
        &tlv(4, &[&key]),
        &tlv(2, &[&serial(&about.certificate)]),
    ]);
    let status = revoked.map_or_else(|| vec![0x80, 0], |at| tlv(0xa1, &[&time(at)]));
    let single = sequence(&[&id, &status, &time(since)]);
    let responder = tlv(0xa2, &[&tlv(4, &[&key])]);
    let data = sequence(&[&responder, &time(produced), &sequence(&[&single])]);
    let value = tlv(3, &[&[0], &by.0.sign(&data)]);
    let certificates = match by.1 {
        [] => Vec::new(),
        one => tlv(0xa0, &[&sequence(&[one])]),
    };
    let basic = sequence(&[
        &data,
        &sequence(&[&oid(ECDSA_SHA256)]),
        &value,
        &certificates,
    ]);
    let wrapped = sequence(&[&oid("1.3.6.1.5.5.7.48.1.1"), &tlv(4, &[&basic])]);
    sequence(&[&[0x0a, 1, 0], &tlv(0xa0, &[&wrapped])])
}

/// The same in BER: every constructed value with an open end, and octets in pieces.
pub(super) fn loosened(der: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < der.len() {
        let header = der::Header::from_der_prefix(&der[at..]);
        let (tag, start, length) = (der[at], header.0, header.1);
        let content = &der[at + start..at + start + length];
        if tag & 0x20 != 0 {
            out.extend([tag, 0x80]);
            out.extend(loosened(content));
            out.extend([0, 0]);
        } else {
            out.extend(&der[at..at + start + length]);
        }
        at += start + length;
    }
    out
}

trait Prefix {
    fn from_der_prefix(bytes: &[u8]) -> (usize, usize);
}

impl Prefix for der::Header {
    /// Length of the header, and of what follows.
    fn from_der_prefix(bytes: &[u8]) -> (usize, usize) {
        use der::{Decode as _, Reader as _};
        let mut reader = der::SliceReader::new(bytes).unwrap();
        let header = Self::decode(&mut reader).unwrap();
        (
            usize::try_from(reader.position()).unwrap(),
            usize::try_from(header.length).unwrap(),
        )
    }
}

fn issuer(certificate: &[u8]) -> Vec<u8> {
    let certificate: x509_cert::Certificate = der::Decode::from_der(certificate).unwrap();
    certificate.tbs_certificate.issuer.to_der().unwrap()
}
