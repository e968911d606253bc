//! Every signature of a PDF judged (ISO 32000-2 §12.8, EN 319 142-1).

use std::collections::HashSet;
use std::ops::Range;

use time::{OffsetDateTime, UtcOffset};

use crate::pdf::{self, Embedded, Limits, Pdf, Refusal, SecurityStore};

use super::answers::{Fault, Later};
use super::asn1::{digits, moment};
use super::container::Container;
use super::digest::SeenHash;
use super::judge::{Around, Judgement, judge};
use super::path::Purpose;
use super::revocation::Evidence;
use super::token::{self, Proof};
use super::{Basis, Report, ber};

/// What all signatures of a file together may have hashed, in bytes: each is over nearly all of it.
const MAX_HASHED: usize = 4 << 30;

/// How a signature is encoded (ISO 32000-2 table 255, EN 319 142-1 §5.4).
enum Encoding {
    Signature,
    TimeStamp,
}

/// Judges every signature of a PDF.
///
/// # Errors
///
/// [`Refusal`] if the file cannot be read as it is written, or its signatures would cost too much.
pub fn pdf(file: &[u8], basis: &Basis<'_>, limits: &Limits) -> Result<Report, Refusal> {
    let pdf = Pdf::read(file, limits)?;
    let signatures = pdf.signatures()?;
    if signatures.len().saturating_mul(file.len()) > MAX_HASHED {
        return Err(Refusal::TooManyObjects);
    }
    let store = pdf.security_store();
    let evidence = evidence(&store);
    let known = evidence.clone().and(basis.evidence);
    let stamps: Vec<(usize, Proof)> = signatures
        .iter()
        .filter_map(|one| Some((one.end()?, stamp(file, one, basis, &known)?)))
        .collect();
    let judged = signatures.iter().map(|one| {
        let around = Around {
            claimed: one.claimed(),
            written: pdf.written_time(&one.field),
            stamped: later_stamp(one, &stamps),
            evidence: evidence.clone(),
            certificates: store.certificates.clone(),
            purpose: match encoding(one) {
                Some(Encoding::TimeStamp) => Purpose::TimeStamps,
                _ => Purpose::Documents,
            },
        };
        let mut judged = embedded(file, one, basis, &around);
        judged.field = Some(one.field.clone());
        judged.sub_filter.clone_from(&one.sub_filter);
        judged.coverage = one.coverage;
        judged
    });
    let mut judged: Vec<Judgement> = judged.collect();
    add_later(&mut judged, pdf.later_than(&signatures, limits)?);
    let ends = |one: &Judgement| {
        let same = signatures
            .iter()
            .find(|other| Some(&other.field) == one.field.as_ref());
        same.and_then(Embedded::end).unwrap_or(usize::MAX)
    };
    Ok(Report::new(judged, ends))
}

/// Says of each what was added after it; only a good signature explains anything: anybody can make one that is
/// intact, and let it show what they like.
fn add_later(judged: &mut [Judgement], later: Vec<pdf::Later>) {
    let broken = judged.iter().filter(|one| !one.counts());
    let broken: HashSet<String> = broken.filter_map(|one| one.field.clone()).collect();
    for (one, mut added) in judged.iter_mut().zip(later) {
        added.without(&broken);
        one.later = match &added {
            pdf::Later::Nothing => Later::Nothing,
            pdf::Later::Explained(_) => Later::Explained,
            pdf::Later::Unexplained(_) => Later::Unexplained,
        };
    }
}

fn evidence(store: &SecurityStore) -> Evidence {
    let mut evidence = Evidence::default();
    store.lists.iter().for_each(|one| evidence.add_list(one));
    store
        .responses
        .iter()
        .for_each(|one| evidence.add_response(one));
    evidence
}

/// The earliest time stamp over a state of the file in which the signature is.
fn later_stamp(one: &Embedded, stamps: &[(usize, Proof)]) -> Option<Proof> {
    let end = one.end()?;
    let over = stamps.iter().filter(|(stamped, _)| *stamped > end);
    over.map(|(_, proof)| proof)
        .min_by_key(|proof| proof.at)
        .cloned()
}

fn encoding(one: &Embedded) -> Option<Encoding> {
    match one.sub_filter.as_deref()? {
        "ETSI.CAdES.detached" | "adbe.pkcs7.detached" => Some(Encoding::Signature),
        "ETSI.RFC3161" => Some(Encoding::TimeStamp),
        _ => None,
    }
}

/// The time that a time stamp over the document proves.
fn stamp(file: &[u8], one: &Embedded, basis: &Basis<'_>, evidence: &Evidence) -> Option<Proof> {
    matches!(encoding(one)?, Encoding::TimeStamp).then_some(())?;
    let cms = contents(&one.cms)?;
    let parts = one.parts(file)?;
    token::proven(&cms, &|hash| Some(hash.digest_of(&parts)), basis, evidence)
}

fn embedded(file: &[u8], one: &Embedded, basis: &Basis<'_>, around: &Around) -> Judgement {
    let Some(encoding) = encoding(one) else {
        return Judgement::unread(Fault::Encoding, basis.now);
    };
    let Some(der) = contents(&one.cms) else {
        return Judgement::unread(Fault::NotSignature, basis.now);
    };
    let Some(container) = Container::parse(&der) else {
        return Judgement::unread(Fault::NotSignature, basis.now);
    };
    let [signer] = container.signers.as_slice() else {
        return Judgement::unread(Fault::Signers, basis.now);
    };
    let parts = one.parts(file);
    let over = |hash: SeenHash| Ok(hash.digest_of(&parts.ok_or(Fault::Ranges)?));
    match (encoding, container.content) {
        (Encoding::Signature, None) => judge(&container, signer, &over, basis, around),
        (Encoding::TimeStamp, Some(content)) => {
            time_stamp(&container, content, &der, &over, basis, around)
        }
        _ => Judgement::unread(Fault::Content, basis.now),
    }
}

/// A time stamp over the document: its token is over the content that it carries, and that content is
/// over the file.
fn time_stamp(
    container: &Container<'_>,
    content: &[u8],
    der: &[u8],
    over: &dyn Fn(SeenHash) -> Result<Vec<u8>, Fault>,
    basis: &Basis<'_>,
    around: &Around,
) -> Judgement {
    let own = |hash: SeenHash| Ok(hash.digest(content));
    let Some(signer) = container.signers.first() else {
        return Judgement::unread(Fault::Signers, basis.now);
    };
    let mut judged = judge(container, signer, &own, basis, around);
    judged.is_time_stamp = true;
    let known = around.evidence.clone().and(basis.evidence);
    token::settle(&mut judged, der, over, basis, &known);
    judged
}

/// The CMS in a string that may be longer than it: the rest of the room is zeros.
fn contents(string: &[u8]) -> Option<Vec<u8>> {
    let (der, taken) = ber::read(string).ok()?;
    let rest = string.get(taken..)?;
    rest.iter().all(|byte| *byte == 0).then_some(der)
}

impl Embedded {
    /// The claimed time, if it is written as a date has to be.
    pub fn claimed(&self) -> Option<OffsetDateTime> {
        self.time.as_deref().and_then(date)
    }
}

/// A date (ISO 32000-2 §7.9.4) with all of its parts to the second; one without an offset is taken
/// for UTC.
fn date(text: &str) -> Option<OffsetDateTime> {
    let text = text.strip_prefix("D:").unwrap_or(text);
    let local = moment(digits(text.get(..4)?)?, text.get(4..14)?)?;
    let zone = text.get(14..)?;
    let part = |range: Range<usize>| i8::try_from(zone.get(range).and_then(digits)?).ok();
    let sign = match zone.bytes().next() {
        None | Some(b'Z') => return Some(local),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let minutes = part(4..6).unwrap_or(0);
    let offset = UtcOffset::from_hms(part(1..3)? * sign, minutes * sign, 0).ok()?;
    Some(local.replace_offset(offset))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn dates_of_files_are_read_with_their_offset() {
        for (text, expected) in [
            (
                "D:20261126080509+07'00'",
                Some(datetime!(2026-11-26 08:05:09 +7)),
            ),
            (
                "D:20261126080509+07'00",
                Some(datetime!(2026-11-26 08:05:09 +7)),
            ),
            (
                "D:20261126080509-03'30'",
                Some(datetime!(2026-11-26 08:05:09 -3:30)),
            ),
            (
                "D:20261126080509Z",
                Some(datetime!(2026-11-26 08:05:09 UTC)),
            ),
            ("20261126080509", Some(datetime!(2026-11-26 08:05:09 UTC))),
            ("D:2026", None),
            ("D:20261126080509+é7'00'", None),
            ("D:20261126080509+99'00'", None),
            ("D:20261126080509+-9'00'", None),
            ("", None),
        ] {
            assert_eq!(date(text), expected, "{text}");
        }
    }
}
