//! The signatures of a PDF and what each of them is over (ISO 32000-2 §12.8.1).

use std::ops::Range;

use der::{Decode, Header, Reader, SliceReader};
use lopdf::{Dictionary, decode_text_string};

use crate::hash::{DocumentDigest, HashAlgorithm};

use super::form::{self, Field};
use super::reader::Pdf;
use super::refusal::{Refusal, reasons};
use super::sections::last_start;
use super::text::digit;

/// The largest string that is taken for a signature, in bytes.
const MAX_CONTENTS: usize = 1 << 20;

reasons! {
    /// How much of a file a signature is over: all but the room for the signature itself; all of an earlier
    /// state, of what was added since it says nothing; or its place or ranges are not as they must be, and what
    /// a reader shows need not be what was signed.
    Coverage {
        WholeFile "whole_file" "It is over the whole file." "Phủ toàn bộ tệp.";
        EarlierRevision "earlier_revision" "It is over an earlier state of the file." "Phủ một phiên bản trước của tệp.";
        Unclear "unclear" "It is not clear what it is over." "Không rõ chữ ký phủ phần nào của tệp.";
    }
}

/// A signature as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Full name of its field.
    pub field: String,
    /// How the signature is encoded; `ETSI.CAdES.detached` for PAdES.
    pub sub_filter: Option<String>,
    /// The claimed time as the file writes it.
    pub time: Option<String>,
    /// How much it is over.
    pub coverage: Coverage,
    /// The CMS, without the zeros after it.
    pub cms: Vec<u8>,
    signed: Option<[Range<usize>; 2]>,
}

impl Embedded {
    /// Where the state of the file ends that it is over.
    pub(crate) fn end(&self) -> Option<usize> {
        self.signed.as_ref().map(|[_, second]| second.end)
    }

    /// Where its digits stand in the file; none if it is unclear what it is over.
    pub(crate) fn digits(&self) -> Option<Range<usize>> {
        let [first, second] = self.signed.as_ref()?;
        Some(first.end.checked_add(1)?..second.start.checked_sub(1)?)
    }

    /// Two pairs of place and length: what it is over, as it says itself (ISO 32000-2 §12.8.1); none if that is unclear.
    pub fn byte_range(&self) -> Option<[u64; 4]> {
        let [first, second] = self.signed.as_ref()?;
        let numbers = [first.start, first.len(), second.start, second.len()];
        let [start, first, from, second] = numbers.map(|number| u64::try_from(number).ok());
        Some([start?, first?, from?, second?])
    }

    /// The digest of what the signature is over; none if that is unclear.
    pub fn digest(&self, file: &[u8], hash: HashAlgorithm) -> Option<DocumentDigest> {
        let [first, second] = self.signed.clone()?;
        let parts = [file.get(first)?, file.get(second)?];
        Some(DocumentDigest::of_parts(hash, &parts))
    }
}

#[cfg(feature = "verify")]
impl Embedded {
    /// Where in the file stands what the signature is over; none if that is unclear.
    pub fn over(&self) -> Option<[Range<usize>; 2]> {
        self.signed.clone()
    }

    /// What the signature is over; none if that is unclear.
    pub(crate) fn parts<'f>(&self, file: &'f [u8]) -> Option<[&'f [u8]; 2]> {
        let [first, second] = self.signed.clone()?;
        Some([file.get(first)?, file.get(second)?])
    }
}

impl Pdf<'_> {
    /// All signatures, in the order of their fields.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`] if the form cannot be read.
    pub fn signatures(&self) -> Result<Vec<Embedded>, Refusal> {
        let fields = form::fields(self)?;
        let embedded = |field: &Field<'_>| {
            let signature = field.signature(self)?;
            Some(self.embedded(field.name.clone(), signature))
        };
        Ok(fields.iter().filter_map(embedded).collect())
    }

    fn embedded(&self, field: String, signature: &Dictionary) -> Embedded {
        let contents = self.contents(signature).unwrap_or_default();
        let signed = self.signed(signature, contents);
        let coverage = signed
            .as_ref()
            .map_or(Coverage::Unclear, |[_, second]| self.coverage(second.end));
        let sub_filter = self
            .member(signature, b"SubFilter")
            .and_then(|one| one.as_name().ok());
        let time = self
            .member(signature, b"M")
            .and_then(|one| decode_text_string(one).ok());
        Embedded {
            field,
            sub_filter: sub_filter.map(|name| String::from_utf8_lossy(name).into_owned()),
            time,
            coverage,
            cms: without_padding(contents).to_vec(),
            signed,
        }
    }

    /// What is larger is no signature, and many fields may name it.
    fn contents<'d>(&'d self, signature: &'d Dictionary) -> Option<&'d [u8]> {
        let contents = self.member(signature, b"Contents")?.as_str().ok()?;
        Some(contents).filter(|contents| contents.len() <= MAX_CONTENTS)
    }

    /// The two ranges, if they leave out the signature's own text and nothing else.
    fn signed(&self, signature: &Dictionary, contents: &[u8]) -> Option<[Range<usize>; 2]> {
        let numbers = self.array(signature, b"ByteRange").iter();
        let numbers: Option<Vec<usize>> = numbers
            .map(|one| usize::try_from(one.as_i64().ok()?).ok())
            .collect();
        let [start, end, next, length] = numbers?.try_into().ok()?;
        (start == 0).then_some(())?;
        (!contents.is_empty()).then_some(())?;
        let left_out = self.file().get(end..next)?;
        let hexadecimal = left_out.strip_prefix(b"<")?.strip_suffix(b">")?;
        is_text_of(hexadecimal, contents).then_some(())?;
        let last = next.checked_add(length)?;
        self.file().get(next..last)?;
        Some([0..end, next..last])
    }

    /// Where the state of the file ends that a signature is over, if its ranges are as they must be.
    pub(super) fn signed_end(&self, signature: &Dictionary) -> Option<usize> {
        self.signed(signature, self.contents(signature)?)
            .map(|[_, second]| second.end)
    }

    /// A revision is a PDF by itself, whose last section is one of this file's.
    fn coverage(&self, end: usize) -> Coverage {
        if end == self.file().len() {
            return Coverage::WholeFile;
        }
        let revision = self.file().get(..end).unwrap_or_default();
        let last = last_start(revision);
        if self.sections().all().any(|one| Ok(one.start) == last) {
            Coverage::EarlierRevision
        } else {
            Coverage::Unclear
        }
    }
}

/// Whether these are the digits of those bytes.
fn is_text_of(digits: &[u8], bytes: &[u8]) -> bool {
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => Some((digit(*high)? << 4) | digit(*low)?),
        _ => None,
    });
    pairs.eq(bytes.iter().copied().map(Some))
}

/// DER says how long it is; the rest of the room is zeros.
fn without_padding(contents: &[u8]) -> &[u8] {
    let length = || {
        let mut reader = SliceReader::new(contents).ok()?;
        let header = Header::decode(&mut reader).ok()?;
        let length = (reader.position() + header.length).ok()?;
        usize::try_from(length).ok()
    };
    let length = length().unwrap_or(contents.len());
    match contents.split_at_checked(length) {
        Some((cms, rest)) if rest.iter().all(|byte| *byte == 0) => cms,
        _ => contents,
    }
}

/// Verification of every signature in a file.
#[cfg(feature = "verify")]
pub use verification::{Verified, verify};

#[cfg(feature = "verify")]
mod verification {
    use std::collections::HashSet;

    use time::OffsetDateTime;

    use crate::signer::NotCms;
    use crate::verify::{Report, verify_in_pdf};

    use super::super::history::Later;
    use super::super::limits::Limits;
    use super::{Embedded, Pdf, Refusal};

    /// A signature and what was found out about it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Verified {
        /// The signature.
        pub embedded: Embedded,
        /// What it says; [`Report::digest_matches`] is about the ranges that it covers.
        pub report: Result<Report, NotCms>,
        /// What was added after it.
        pub later: Later,
    }

    /// Verifies every signature of a PDF, each question answered apart.
    ///
    /// What was added after a signature is explained only by signatures that are intact and trusted. Anchors and
    /// time are those of [`verify`](crate::verify::verify()).
    ///
    /// # Errors
    ///
    /// [`Refusal`] if the file cannot be read as it is written.
    pub fn verify(
        file: &[u8],
        anchors: &[Vec<u8>],
        at: OffsetDateTime,
        limits: &Limits,
    ) -> Result<Vec<Verified>, Refusal> {
        let pdf = Pdf::read(file, limits)?;
        let signatures = pdf.signatures()?;
        let later = pdf.later_than(&signatures, limits)?;
        let judged = |(embedded, later): (Embedded, Later)| {
            let digest = |hash| embedded.digest(file, hash);
            let report = verify_in_pdf(&embedded.cms, digest, anchors, at);
            Verified {
                embedded,
                report,
                later,
            }
        };
        let mut all: Vec<Verified> = signatures.into_iter().zip(later).map(judged).collect();
        let broken = all.iter().filter(|one| !one.vouches());
        let broken: HashSet<String> = broken.map(|one| one.embedded.field.clone()).collect();
        for one in &mut all {
            one.later.without(&broken);
        }
        Ok(all)
    }

    impl Verified {
        /// Whether it explains what it added: anybody can make a signature that is intact, and let it show what
        /// they like.
        fn vouches(&self) -> bool {
            let report = self.report.as_ref();
            report.is_ok_and(|report| report.is_intact() && report.trusted)
        }
    }
}
