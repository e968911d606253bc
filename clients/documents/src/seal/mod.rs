//! The check before a seal (Decree 30/2020/NĐ-CP, art. 14 and 32): an agency signs what an
//! authorised person signed before it, with number and date, or a copy that it made.
//!
//! It is given the PDF that is prepared for the seal, in which only the seal's signature is
//! missing, and answers the digest that the seal signs. So no evidence of another document fits.

mod ready;

use std::collections::HashMap;

use time::OffsetDateTime;

use crate::appearance::{CopyKind, POINTS, Picture};
use crate::hash::{DocumentDigest, HashAlgorithm};
use crate::numbering::date_of_words;
use crate::pdf::{
    Coverage, Embedded, Later, Limits, Pdf, Refusal, Reserved, Shown, Unexplained, Verified,
    reasons, verify,
};

pub use ready::{Open, Ready, ReadyCopy};

reasons! {
    /// What is missing before a seal.
    Obstacle {
        NotPrepared "not_prepared" "The file is not prepared for a seal: no signature over all of it is open." "Tệp chưa được chuẩn bị để đóng dấu: không có ô chữ ký trống phủ toàn bộ tệp.";
        NoPerson "no_person" "Nobody has signed the document; the seal comes after the authorised person's signature." "Văn bản chưa có chữ ký của người có thẩm quyền; chỉ được đóng dấu sau chữ ký đó.";
        PersonBroken "person_broken" "The signature of the person is not intact." "Chữ ký của cá nhân không còn nguyên vẹn.";
        PersonUnknown "person_unknown" "Nobody who signed the document is authorised to." "Không người nào đã ký văn bản có thẩm quyền ký.";
        NoFields "no_number_fields" "The document has no fields for number and date." "Văn bản không có ô số và ngày.";
        NoNumber "no_number" "The document has no number." "Văn bản chưa có số.";
        NoDate "no_date" "The document has no date." "Văn bản chưa có ngày, tháng, năm.";
        OtherLook "other_look" "Number or date was there before the person signed, and shows something else than it says." "Số hoặc ngày đã có trước chữ ký và hiển thị khác nội dung của ô.";
        NotShown "not_shown" "The field for number or date would not be seen in every reader and on paper." "Ô số hoặc ngày không hiển thị ở mọi phần mềm và trên bản in.";
        WrongNumber "wrong_number" "The number of the document is not written as the rules want it." "Số văn bản ghi không đúng thể thức.";
        WrongDate "wrong_date" "The date of the document is not written as the rules want it." "Ngày, tháng, năm ghi không đúng thể thức.";
        NotLocked "not_locked" "The seal would not lock number and date." "Chữ ký của cơ quan không khóa ô số và ngày.";
        TooLarge "too_large_a_signature" "Another signature than the person's is shown larger than a seal." "Có chữ ký khác ngoài chữ ký của người có thẩm quyền hiển thị lớn hơn con dấu.";
        OtherPicture "other_picture" "The seal shows something else than the picture of it that was approved, whole, upright and of its real width." "Con dấu không hiển thị đúng hình ảnh con dấu đã được duyệt: nguyên vẹn, đứng thẳng và đúng kích thước thực.";
        SealElsewhere "seal_elsewhere" "The seal is shown elsewhere than upon the signature of the person." "Con dấu không được đặt trùm lên chữ ký của người có thẩm quyền.";
        NoSource "no_source" "A copy must say what it is a copy of." "Bản sao phải ghi rõ văn bản gốc.";
        SignatureBroken "signature_broken" "A signature in the document that is copied is not intact." "Có chữ ký trong văn bản được sao không còn nguyên vẹn.";
    }
}

/// The longest side of what another signature than the person's may show, in points: 50 mm.
const LARGEST: f64 = 50.0 * POINTS;

/// Why a document is not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The file cannot be read as it is written.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// Something else than number and date was changed since the person signed.
    #[error("{}", .0.alteration)]
    Changed(Unexplained),
    /// Something is missing.
    #[error("{0}")]
    Missing(Obstacle),
}

impl From<Obstacle> for NotReady {
    fn from(obstacle: Obstacle) -> Self {
        Self::Missing(obstacle)
    }
}

impl NotReady {
    /// A code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Changed(unexplained) => unexplained.alteration.code(),
            Self::Missing(obstacle) => obstacle.code(),
        }
    }

    /// The reason in English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.english(),
            Self::Changed(unexplained) => unexplained.alteration.english(),
            Self::Missing(obstacle) => obstacle.english(),
        }
    }

    /// The reason in Vietnamese.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.vietnamese(),
            Self::Changed(unexplained) => unexplained.alteration.vietnamese(),
            Self::Missing(obstacle) => obstacle.vietnamese(),
        }
    }
}

/// How the check looks at a document.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// Certificates in DER that are trusted as they are.
    pub anchors: &'a [Vec<u8>],
    /// The time of the check.
    pub at: OffsetDateTime,
    /// The hash of the seal.
    pub hash: HashAlgorithm,
    /// What is read, at most.
    pub limits: &'a Limits,
    /// What the seal may show, if its picture was approved.
    pub seal: Option<ApprovedSeal<'a>>,
}

/// The picture of a seal that was approved.
#[derive(Clone, Copy, Debug)]
pub struct ApprovedSeal<'a> {
    /// The picture.
    pub picture: &'a Picture,
    /// The real width of what is seen of it, in millimetres.
    pub width: f64,
}

/// By how much a seal may be wider or narrower than it really is, in millimetres.
const TOLERANCE: f64 = 0.5;

impl ApprovedSeal<'_> {
    fn is(self, shown: &Shown) -> bool {
        let (across, down) = self.picture.pixels();
        let height = self.width * f64::from(down) / f64::from(across);
        let near =
            |points: f64, millimetres: f64| (points / POINTS - millimetres).abs() <= TOLERANCE;
        *self.picture == shown.picture
            && near(shown.size.0, self.width)
            && near(shown.size.1, height)
    }
}

/// Whether a prepared PDF is an outgoing document that may be sealed. `counts` says of an intact
/// signature whether whoever made it was authorised to on that day.
///
/// # Errors
///
/// [`NotReady`], with the first thing that is missing.
pub fn ready_for_seal(
    prepared: &[u8],
    check: &Check<'_>,
    counts: impl Fn(&Verified) -> bool,
) -> Result<Ready, NotReady> {
    let pdf = Pdf::read(prepared, check.limits)?;
    let signatures = pdf.signatures()?;
    let open = open(&pdf, prepared, &signatures, check.hash)?;
    let person = person(&pdf, prepared, check, counts)?;
    let changed = unexplained(&pdf, &signatures, check.limits)?;
    if let Some(changed) = changed.get(person.embedded.field.as_str()) {
        return Err(NotReady::Changed(*changed));
    }
    check_waited(&person, prepared, check.limits)?;
    let number = said(&pdf, Reserved::NUMBER, Obstacle::NoNumber)?;
    let date = said(&pdf, Reserved::DATE, Obstacle::NoDate)?;
    for name in [Reserved::NUMBER, Reserved::DATE] {
        if !pdf.locks(&open.field, name)? {
            return Err(Obstacle::NotLocked.into());
        }
    }
    check_size(&pdf, &signatures, &person.embedded.field)?;
    check_place(&pdf, &open.field, &person.embedded.field)?;
    let shows_seal = pdf.shown(&open.field)?.is_some();
    if shows_seal {
        check_picture(&pdf, &open.field, check.seal)?;
    }
    // Over what was signed: the signature's own room is not, and could be written otherwise.
    let revision = person.embedded.digest(prepared, HashAlgorithm::Sha256);
    Ok(Ready {
        revision: revision.ok_or(Obstacle::PersonBroken)?,
        person,
        number: number.parse().map_err(|_| Obstacle::WrongNumber)?,
        date: date_of_words(&date).map_err(|_| Obstacle::WrongDate)?,
        open,
        shows_seal,
    })
}

/// Whether a prepared PDF is a copy that the agency may sign (Decree 30/2020/NĐ-CP, art. 25, 26 and
/// 33): of paper, or of an electronic document whose signatures are all as they were.
///
/// # Errors
///
/// [`NotReady`], with the first thing that is missing.
pub fn ready_for_copy(
    prepared: &[u8],
    check: &Check<'_>,
    kind: CopyKind,
    source: &str,
) -> Result<ReadyCopy, NotReady> {
    let source = source.trim().to_owned();
    if source.is_empty() {
        return Err(Obstacle::NoSource.into());
    }
    // But for what it is a copy of, a copy has to be what an appendix is.
    let open = ready_for_appendix(prepared, check)?;
    Ok(ReadyCopy { kind, source, open })
}

/// Whether a prepared PDF is an appendix, or an enclosed text, that the agency may sign (appendix I, part II): its own
/// signatures, if it has any, are as they were. Which document it belongs to is for whoever keeps the numbers.
///
/// # Errors
///
/// [`NotReady`], with the first thing that is missing.
pub fn ready_for_appendix(prepared: &[u8], check: &Check<'_>) -> Result<Open, NotReady> {
    ready_for_person(&Pdf::read(prepared, check.limits)?, check)
}

/// Whether a prepared PDF may be put before the person whose signature is open: earlier ones, if it has any, are as they
/// were, and nothing was changed since that they do not explain.
///
/// # Errors
///
/// [`NotReady`], with the first thing that is missing.
pub fn ready_for_person(pdf: &Pdf<'_>, check: &Check<'_>) -> Result<Open, NotReady> {
    let signatures = pdf.signatures()?;
    let open = open(pdf, pdf.file(), &signatures, check.hash)?;
    if let Some(before) = before(pdf, pdf.file()) {
        let changed = unexplained(pdf, &signatures, check.limits)?;
        for one in verify(before, check.anchors, check.at, check.limits)? {
            if !is_intact(&one) {
                return Err(Obstacle::SignatureBroken.into());
            }
            if let Some(changed) = changed.get(one.embedded.field.as_str()) {
                return Err(NotReady::Changed(*changed));
            }
        }
    }
    Ok(open)
}

/// The one signature that is not made, over everything.
fn open(
    pdf: &Pdf<'_>,
    file: &[u8],
    all: &[Embedded],
    hash: HashAlgorithm,
) -> Result<Open, NotReady> {
    let empty = |one: &&Embedded| one.cms.iter().all(|byte| *byte == 0);
    let open: Vec<&Embedded> = all.iter().filter(empty).collect();
    let [open] = open.as_slice() else {
        return Err(Obstacle::NotPrepared.into());
    };
    let whole = open.coverage == Coverage::WholeFile;
    let digest = open.digest(file, hash).filter(|_| whole);
    let digest = digest.zip(open.digits());
    let (digest, room) = digest.ok_or(Obstacle::NotPrepared)?;
    let before = before(pdf, file).unwrap_or_default();
    Ok(Open {
        field: open.field.clone(),
        digest,
        room,
        before: before.len(),
        follows: pdf.last_begins(),
        file: DocumentDigest::of_parts(HashAlgorithm::Sha256, &[before]),
    })
}

/// Whoever signs after the person, and the seal itself, must not be able to paint over what the person signed: no other
/// signature is shown larger than a seal.
fn check_size(pdf: &Pdf<'_>, signatures: &[Embedded], person: &str) -> Result<(), NotReady> {
    for one in signatures {
        let shown = pdf.shown(&one.field)?;
        let large = shown.is_some_and(|place| place.width.max(place.height) > LARGEST);
        if large && one.field != person {
            return Err(Obstacle::TooLarge.into());
        }
    }
    Ok(())
}

/// In what the person signed the fields for number and date waited, and could be seen. Where an agency numbers first,
/// they show what they say; what is written later is compared with what it shows as a change.
fn check_waited(person: &Verified, file: &[u8], limits: &Limits) -> Result<(), NotReady> {
    let end = person.embedded.end().ok_or(Obstacle::PersonBroken)?;
    let signed = Pdf::read(file.get(..end).unwrap_or_default(), limits)?;
    for name in [Reserved::NUMBER, Reserved::DATE] {
        match signed.waiting(name) {
            Ok(_) => {}
            Err(Refusal::NoField) => return Err(Obstacle::NoFields.into()),
            Err(Refusal::FieldFilled) if signed.shows_text(name)? => {}
            Err(Refusal::FieldFilled) => return Err(Obstacle::OtherLook.into()),
            Err(Refusal::NotReserved) => return Err(Obstacle::NotShown.into()),
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Ok(())
}

/// A seal that is shown lies upon the signature that it confirms (appendix I, part II, 8), so that it can cover no other
/// words. Where the person's signature is not shown, there is nothing to lie upon.
fn check_place(pdf: &Pdf<'_>, seal: &str, person: &str) -> Result<(), NotReady> {
    let (seal, person) = (pdf.shown(seal)?, pdf.shown(person)?);
    match (seal, person) {
        (Some(seal), Some(person)) if !seal.meets(&person) => Err(Obstacle::SealElsewhere.into()),
        _ => Ok(()),
    }
}

/// A seal that is shown is the agency's own (appendix I, part II, 8), where its picture was approved.
fn check_picture(
    pdf: &Pdf<'_>,
    seal: &str,
    approved: Option<ApprovedSeal<'_>>,
) -> Result<(), NotReady> {
    let Some(approved) = approved else {
        return Ok(());
    };
    match pdf.only_picture(seal)? {
        Some(shown) if approved.is(&shown) => Ok(()),
        _ => Err(Obstacle::OtherPicture.into()),
    }
}

/// The file before it was prepared; none if it was never written to before.
fn before<'f>(pdf: &Pdf<'_>, file: &'f [u8]) -> Option<&'f [u8]> {
    file.get(..pdf.before_last()?)
}

fn is_intact(one: &Verified) -> bool {
    one.report.as_ref().is_ok_and(crate::Report::is_intact)
}

/// The signature of an authorised person.
fn person(
    pdf: &Pdf<'_>,
    file: &[u8],
    check: &Check<'_>,
    counts: impl Fn(&Verified) -> bool,
) -> Result<Verified, NotReady> {
    let before = before(pdf, file).ok_or(Obstacle::NoPerson)?;
    let all = verify(before, check.anchors, check.at, check.limits)?;
    let missing = if all.is_empty() {
        Obstacle::NoPerson
    } else if all.iter().any(is_intact) {
        Obstacle::PersonUnknown
    } else {
        Obstacle::PersonBroken
    };
    let mut able = all.into_iter().filter(|one| is_intact(one) && counts(one));
    let person = able.next().ok_or(missing)?;
    match person.later {
        Later::Unexplained(unexplained) => Err(NotReady::Changed(unexplained)),
        _ => Ok(person),
    }
}

/// Fields after whose signatures something was changed that is not explained; the preparation itself is looked
/// at like every other update.
fn unexplained<'s>(
    pdf: &Pdf<'_>,
    signatures: &'s [Embedded],
    limits: &Limits,
) -> Result<HashMap<&'s str, Unexplained>, NotReady> {
    let later = pdf.later_than(signatures, limits)?;
    let changed = signatures.iter().zip(later);
    let changed = changed.filter_map(|(signature, later)| match later {
        Later::Unexplained(unexplained) => Some((signature.field.as_str(), unexplained)),
        Later::Nothing | Later::Explained(_) => None,
    });
    Ok(changed.collect())
}

/// What a reserved field says.
fn said(pdf: &Pdf<'_>, name: &str, missing: Obstacle) -> Result<String, NotReady> {
    match pdf.text_of(name)? {
        None => Err(Obstacle::NoFields.into()),
        Some(text) if text.is_empty() => Err(missing.into()),
        Some(text) => Ok(text),
    }
}
