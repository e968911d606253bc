//! Signatures in PDFs judged.

use kyso_documents::appearance::{CopyKind, Mark, Rules};
use kyso_documents::pdf::{Coverage, Limits, Pdf, Refusal, Request, Target, prepare};
use kyso_documents::validation::{
    Basis, Completeness, Evidence, Fault, Integrity, Judgement, Later, Notice, Party, Report,
    Standing, TimeBasis, TrustList, pdf,
};
use time::{Duration, OffsetDateTime};

use super::house::{HASH, Holder, House, NOW, SIGNED, agency, person, stamper};
use super::made::{Wish, cms, loosened, stamp, token};
use crate::pdf::PLACE;
use crate::pdf::paper::{Form, Paper};

pub(super) fn blank() -> Vec<u8> {
    Paper::plain().write(Form::Table)
}

/// A further signature in the file, with what else is wished.
pub(super) fn sign(file: &[u8], field: &str, holder: &Holder, wish: &Wish<'_>) -> Vec<u8> {
    let target = Target::New {
        name: field.to_owned(),
        place: Some(PLACE),
    };
    sign_as(file, &Request::new(target, SIGNED), holder, wish)
}

fn sign_as(file: &[u8], request: &Request, holder: &Holder, wish: &Wish<'_>) -> Vec<u8> {
    let prepared = prepare(file, request, &Limits::default()).unwrap();
    let digest = prepared.attributes(&holder.certificate).unwrap();
    let digest = Some(digest.document().as_bytes().to_vec());
    let cms = cms(
        holder,
        &Wish {
            digest,
            signed: wish.signed.clone(),
            certificates: wish.certificates.clone(),
            lists: wish.lists.clone(),
            ..*wish
        },
    );
    prepared.complete(file.to_vec(), &cms).unwrap()
}

pub(super) fn judged_by(file: &[u8], trust: &TrustList, now: OffsetDateTime) -> Report {
    let basis = Basis {
        trust,
        evidence: &Evidence::default(),
        now,
    };
    pdf(file, &basis, &Limits::default()).unwrap()
}

pub(super) fn judged(file: &[u8]) -> Report {
    judged_by(file, &House::shared().trust(), NOW)
}

fn one<'r>(report: &'r Report, field: &str) -> &'r Judgement {
    report
        .signatures
        .iter()
        .find(|one| one.field.as_deref() == Some(field))
        .unwrap()
}

#[test]
fn a_leaders_signature_and_the_seal_after_it_make_the_file_complete() {
    let house = House::shared();
    let (leader, seal) = (house.certify(&person()), house.certify(&agency()));
    let plain = Wish::over(b"");
    for form in Form::ALL {
        let first = sign(&Paper::plain().write(form), "Leader", &leader, &plain);
        let both = sign(&first, "Seal", &seal, &plain);
        let report = judged(&first);
        assert_eq!(report.completeness, Completeness::PersonOnly);
        let report = judged(&both);
        assert_eq!(report.completeness, Completeness::Both, "{report:?}");
        let (leader, seal) = (one(&report, "Leader"), one(&report, "Seal"));
        assert_eq!((leader.party, seal.party), (Party::Person, Party::Agency));
        assert_eq!(
            (leader.coverage, seal.coverage),
            (Coverage::EarlierRevision, Coverage::WholeFile)
        );
        assert_eq!(
            (leader.later, seal.later),
            (Later::Explained, Later::Nothing)
        );
        assert_eq!(
            (leader.time.basis, leader.time.at),
            (TimeBasis::Claimed, SIGNED)
        );
        assert!(report.is_good());
        let other = sign(
            &sign(&blank(), "Seal", &house.certify(&agency()), &plain),
            "Leader",
            &house.certify(&person()),
            &plain,
        );
        assert_eq!(judged(&other).completeness, Completeness::AgencyFirst);
    }
}

#[test]
fn a_signature_that_is_not_trusted_makes_nothing_complete() {
    let house = House::shared();
    let first = sign(
        &blank(),
        "Leader",
        &house.certify(&person()),
        &Wish::over(b""),
    );
    let stranger = House::new().certify(&agency());
    let both = sign(&first, "Seal", &stranger, &Wish::over(b""));
    let report = judged(&both);
    // What a stranger's signature shows may lie over what was signed: it explains nothing.
    assert_eq!(report.signatures[0].later, Later::Unexplained);
    assert_eq!(report.completeness, Completeness::Neither);
    assert!(!report.is_good());
}

#[test]
fn a_time_stamp_over_the_document_proves_every_signature_before_it() {
    let house = House::shared();
    let authority = house.certify(&stamper());
    let signed = sign(
        &blank(),
        "Leader",
        &house.certify(&person()),
        &Wish::over(b""),
    );
    let at = SIGNED + Duration::minutes(3);
    let stamped = stamped(&signed, &authority, at);
    let report = judged(&stamped);
    let leader = one(&report, "Leader");
    assert_eq!(
        (leader.time.basis, leader.time.at),
        (TimeBasis::Stamped, at)
    );
    let stamp = one(&report, "Stamp");
    assert!(stamp.is_time_stamp && stamp.trust.is_ok(), "{stamp:?}");
    assert_eq!(
        (stamp.integrity, stamp.time.basis),
        (Integrity::Intact, TimeBasis::Stamped)
    );
    assert!(report.is_good());
    let after = sign(
        &stamped,
        "Later",
        &house.certify(&agency()),
        &Wish::over(b""),
    );
    assert_eq!(one(&judged(&after), "Later").time.basis, TimeBasis::Claimed);
    let place = signed
        .windows(6)
        .position(|part| part == b"Helvet")
        .unwrap_or(20);
    let mut altered = stamped;
    altered[place] ^= 1;
    let report = judged_or_refused(&altered);
    assert!(report.is_none_or(|report| {
        report
            .signatures
            .iter()
            .all(|one| one.integrity == Integrity::Broken)
    }));
}

fn judged_or_refused(file: &[u8]) -> Option<Report> {
    let trust = House::shared().trust();
    let basis = Basis {
        trust: &trust,
        evidence: &Evidence::default(),
        now: NOW,
    };
    pdf(file, &basis, &Limits::default()).ok()
}

/// A time stamp over the document: a prepared signature whose words are replaced before it is hashed.
pub(super) fn stamped(file: &[u8], authority: &Holder, at: OffsetDateTime) -> Vec<u8> {
    let dummy = sign(file, "Stamp", authority, &Wish::over(b""));
    let from = b"/SubFilter /ETSI.CAdES.detached";
    let place = file.len()
        + dummy[file.len()..]
            .windows(from.len())
            .position(|part| part == from)
            .unwrap();
    let mut out = dummy;
    out[place..place + from.len()].copy_from_slice(b"/SubFilter /ETSI.RFC3161       ");
    refilled(&out, file.len(), |covered| {
        token(authority, &HASH.digest(covered), at)
    })
}

/// The last signature's room filled anew, over what its ranges say.
pub(super) fn refilled(file: &[u8], from: usize, make: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mark = b"/Contents <";
    let start = from
        + file[from..]
            .windows(mark.len())
            .position(|part| part == mark)
            .unwrap()
        + mark.len();
    let room = file[start..].iter().position(|byte| *byte == b'>').unwrap();
    let covered = [&file[..start - 1], &file[start + room + 1..]].concat();
    let digits = hex::encode(make(&covered));
    let mut out = file.to_vec();
    let filled = format!("{digits}{}", "0".repeat(room - digits.len()));
    out[start..start + room].copy_from_slice(filled.as_bytes());
    out
}

#[test]
fn ber_with_zeros_after_it_is_read_in_a_pdf() {
    let signer = House::shared().certify(&person());
    let file = sign(&blank(), "Leader", &signer, &Wish::over(b""));
    let loose = refilled(&file, blank().len(), |covered| {
        loosened(&cms(&signer, &Wish::over(covered)))
    });
    let report = judged(&loose);
    assert!(report.is_good(), "{report:?}");
    let padded = |last: u8| {
        refilled(&file, blank().len(), |covered| {
            [cms(&signer, &Wish::over(covered)), vec![0, 0, last]].concat()
        })
    };
    assert!(judged(&padded(0)).is_good());
    assert_eq!(
        judged(&padded(1)).signatures[0].faults,
        [Fault::NotSignature]
    );
}

#[test]
fn the_store_of_the_file_is_evidence() {
    let house = House::shared();
    let signer = house.certify(&person());
    let authority = house.certify(&stamper());
    let unsigned = |value: &[u8]| stamp(&authority, value, SIGNED);
    let period = (NOW - Duration::days(1), NOW + Duration::days(1));
    for (revoked, standing) in [
        (vec![], Standing::Good),
        (
            vec![(&signer, SIGNED - Duration::days(1))],
            Standing::Revoked,
        ),
    ] {
        let list = house.list(&revoked, period);
        let middle = house.middle.as_ref().der().to_vec();
        let hexadecimal = |bytes: &[u8]| {
            let digits = hex::encode(bytes);
            format!(
                "<< /Length {} /Filter /ASCIIHexDecode >>\nstream\n{digits}>\nendstream",
                digits.len() + 1
            )
        };
        let paper = Paper::plain()
            .with(
                1,
                "/Pages 2 0 R",
                "/Pages 2 0 R /DSS << /Certs [20 0 R] /CRLs [21 0 R] >>",
            )
            .and(20, &hexadecimal(&middle))
            .and(21, &hexadecimal(&list));
        let file = sign(
            &paper.write(Form::Table),
            "Leader",
            &signer,
            &Wish {
                unsigned: &unsigned,
                ..Wish::over(b"")
            },
        );
        let roots = TrustList::given([house.root.as_ref().der().to_vec()]);
        let report = judged_by(&file, &roots, NOW);
        let one = one(&report, "Leader");
        assert!(
            one.trust.is_ok(),
            "the authority between comes from the file: {one:?}"
        );
        assert_eq!(one.revocation.standing, standing);
    }
}

#[test]
fn a_file_with_too_many_signatures_is_refused_at_once() {
    let mut paper = Paper::plain();
    let fields: Vec<_> = (100..10_100)
        .map(|number| format!("{number} 0 R"))
        .collect();
    paper = paper.form(&format!("[{}]", fields.join(" ")));
    for number in 100..10_100 {
        paper = paper.and(
            number,
            "<< /FT /Sig /T (a) /V << /Type /Sig /ByteRange [0 1 2 3] /Contents <00> >> >>",
        );
    }
    let file = paper.write(Form::Table);
    let trust = TrustList::default();
    let basis = Basis {
        trust: &trust,
        evidence: &Evidence::default(),
        now: NOW,
    };
    assert_eq!(
        pdf(&file, &basis, &Limits::default()),
        Err(Refusal::TooManyObjects)
    );
}

/// A copy whose text says this time, and which claims this one.
fn copy(text: OffsetDateTime, claimed: OffsetDateTime, wish: &Wish<'_>) -> Vec<u8> {
    let (file, limits) = (blank(), Limits::default());
    let sheet = Pdf::read(&file, &limits).unwrap().sheet(1).unwrap();
    let mark = Mark::Copy {
        kind: CopyKind::Whole,
        agency: "Sở Nội vụ, cơ sở 12",
    };
    let rules = Rules::at(text.date()).unwrap();
    let drawn = rules.mark(&mark, text, sheet).unwrap();
    let target = Target::New {
        name: "Copy".to_owned(),
        place: Some(drawn.place),
    };
    let request = Request {
        appearance: Some(drawn.appearance),
        ..Request::new(target, claimed)
    };
    let agency = House::shared().certify(&agency());
    sign_as(&file, &request, &agency, wish)
}

/// Conformance check 6, for what a copy shows: the text is read, and compared with the claimed time and the time stamp.
#[test]
fn conformance_6_the_time_in_the_text_is_held_against_claim_and_time_stamp() {
    let authority = House::shared().certify(&stamper());
    let minutes = Duration::minutes;
    for (text, stamped, told) in [
        (SIGNED, Some(SIGNED + minutes(2)), false),
        (SIGNED, None, false),
        (SIGNED + minutes(5), None, false),
        (SIGNED - minutes(6), None, true),
        (SIGNED + minutes(6), None, true),
        (SIGNED - minutes(4), Some(SIGNED + minutes(4)), true),
        (SIGNED, Some(SIGNED + minutes(6)), true),
    ] {
        let unsigned =
            |value: &[u8]| stamped.map_or_else(Vec::new, |at| stamp(&authority, value, at));
        let wish = Wish {
            unsigned: &unsigned,
            ..Wish::over(b"")
        };
        let file = copy(text, SIGNED, &wish);
        let pdf = Pdf::read(&file, &Limits::default()).unwrap();
        let shown = pdf.written_time("Copy").unwrap();
        assert_eq!(shown, text.replace_nanosecond(0).unwrap());
        assert_eq!(shown.offset().whole_hours(), 7);
        let report = judged(&file);
        let notices = &one(&report, "Copy").notices;
        assert_eq!(
            notices.contains(&Notice::TimeDiffers),
            told,
            "{text} {stamped:?}: {notices:?}"
        );
    }
    // What shows no time says nothing of it.
    let plain = sign(
        &blank(),
        "Plain",
        &House::shared().certify(&agency()),
        &Wish::over(b""),
    );
    let pdf = Pdf::read(&plain, &Limits::default()).unwrap();
    assert_eq!(pdf.written_time("Plain"), None);
    assert_eq!(pdf.written_time("Nobody"), None);
}
