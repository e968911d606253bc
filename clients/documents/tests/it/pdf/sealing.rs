//! The check before a seal.

use kyso_documents::appearance::CopyKind;
use kyso_documents::numbering::{Number, Numbering, fill};
use kyso_documents::pdf::{Alteration, Limits, Lock, Place, Request, Reserved, Verified, prepare};
use kyso_documents::seal::{
    Check, NotReady, Obstacle, Ready, ready_for_appendix, ready_for_copy, ready_for_seal,
};
use time::Duration;
use time::macros::date;

use super::later::update::{Update, altered};
use super::paper::{Form, Paper};
use super::reserved::{foreign, leader, numbered, numbering, seal};
use super::{HASH, PLACE, cms, new, sign, text, valid};
use crate::pki::{Pki, SIGNED_AT};
use kyso_documents::Scheme;

/// The file with everything of a signature but the signature.
fn prepared(file: &[u8], request: &Request) -> Vec<u8> {
    let prepared = prepare(file, request, &Limits::default()).unwrap();
    [file, prepared.unsigned()].concat()
}

fn is_leader(one: &Verified) -> bool {
    let report = one.report.as_ref().unwrap();
    report.is_valid() && one.embedded.field == "Lãnh đạo"
}

fn asked(file: &[u8], counts: impl Fn(&Verified) -> bool) -> Result<Ready, NotReady> {
    let anchors = [Pki::shared().authority.clone()];
    let limits = Limits::default();
    ready_for_seal(file, &check(&anchors, &limits), counts)
}

fn check<'a>(anchors: &'a [Vec<u8>], limits: &'a Limits) -> Check<'a> {
    Check {
        anchors,
        at: SIGNED_AT + Duration::hours(1),
        hash: HASH,
        limits,
        seal: None,
    }
}

fn ready(file: &[u8]) -> Result<Ready, NotReady> {
    asked(file, is_leader)
}

fn leaders(form: Form) -> Vec<u8> {
    sign(&Paper::plain().write(form), &leader())
}

#[test]
fn what_a_leader_signed_with_number_and_date_is_ready_and_the_digest_is_that_of_the_seal() {
    for form in Form::ALL {
        let two = numbered(&leaders(form));
        let file = prepared(&two, &seal());
        let ready = ready(&file).unwrap();
        assert_eq!(ready.number(), &numbering().number);
        assert_eq!(ready.date(), numbering().date);
        assert_eq!(ready.open().field(), "Con dấu");
        assert_eq!(ready.person().embedded.field, "Lãnh đạo");
        let again = prepare(&two, &seal(), &Limits::default()).unwrap();
        assert_eq!(ready.open().digest(), again.digest());
        let done = again.complete(two, &cms(&again, Pki::shared(), Scheme::Ecdsa));
        assert_eq!(valid(&done.unwrap()).len(), 2);
    }
}

#[test]
fn a_second_signature_between_person_and_seal_does_no_harm() {
    let initialled = sign(&leaders(Form::Table), &new("Ký nháy", Some(PLACE)));
    let file = prepared(&numbered(&initialled), &seal());
    assert_eq!(ready(&file).unwrap().person().embedded.field, "Lãnh đạo");
    let first = sign(&numbered(&leaders(Form::Table)), &new("Ký nháy", None));
    assert!(ready(&prepared(&first, &seal())).is_ok());
}

/// What is shown after the person's signature could lie over what they signed.
#[test]
fn nothing_larger_than_a_seal_is_shown_after_the_person() {
    let large = Place {
        width: 150.0,
        ..PLACE
    };
    let two = numbered(&leaders(Form::Table));
    let request = Request {
        lock: seal().lock,
        ..new("Con dấu", Some(large))
    };
    let found = ready(&prepared(&two, &request));
    assert_eq!(found.unwrap_err(), Obstacle::TooLarge.into());
    let between = sign(&leaders(Form::Table), &new("Ký nháy", Some(large)));
    let found = ready(&prepared(&numbered(&between), &seal()));
    assert_eq!(found.unwrap_err(), Obstacle::TooLarge.into());
}

/// A seal that is shown elsewhere could cover words instead.
#[test]
fn a_seal_that_is_shown_lies_upon_the_persons_signature() {
    let two = numbered(&leaders(Form::Table));
    let at = |place: Option<Place>| Request {
        lock: seal().lock,
        ..new("Con dấu", place)
    };
    let beside = Place {
        left: PLACE.left + PLACE.width,
        ..PLACE
    };
    let other_page = Place { page: 1, ..PLACE };
    for (place, upon) in [
        (Some(PLACE), true),
        (None, true),
        (
            Some(Place {
                left: 10.0,
                ..PLACE
            }),
            true,
        ),
        (Some(beside), false),
        (Some(other_page), false),
    ] {
        let found = ready(&prepared(&two, &at(place))).map(drop);
        let expected = if upon {
            Ok(())
        } else {
            Err(Obstacle::SealElsewhere.into())
        };
        assert_eq!(found, expected, "{place:?}");
    }
    let unseen = Request {
        reserved: leader().reserved,
        ..new("Lãnh đạo", None)
    };
    let two = numbered(&sign(&Paper::plain().write(Form::Table), &unseen));
    assert!(ready(&prepared(&two, &at(Some(PLACE)))).is_ok());
}

/// A lock of the field alone is a wish: validators follow what the signature says.
#[test]
fn only_a_lock_that_the_signature_states_counts() {
    let file = prepared(&numbered(&leaders(Form::Table)), &seal());
    let method = b"/TransformMethod /FieldMDP";
    let said = file.windows(method.len()).rposition(|one| one == method);
    let mut unsaid = file;
    unsaid[said.unwrap() + 18] = b'E';
    assert!(text(&unsaid).contains("/Lock"));
    assert_eq!(ready(&unsaid), Err(Obstacle::NotLocked.into()));
}

/// An agency may number first; what is there before the person signs must show what it says, and be seen.
#[test]
fn what_was_numbered_before_the_person_signed_shows_what_it_says() {
    let head = |file: &[u8]| sign(file, &new("Chủ tịch", Some(PLACE)));
    let counts = |one: &Verified| one.embedded.field == "Chủ tịch";
    let asked = |file: &[u8]| asked(&prepared(file, &seal()), counts).map(drop);
    let drafted = numbered(&sign(&Paper::plain().write(Form::Table), &leader()));
    assert_eq!(asked(&head(&drafted)), Ok(()));

    let said = "/F 4 /V (99/Q\\320-UBND) /AP << /N 5 0 R >>";
    for (keys, expected) in [
        (said, Obstacle::OtherLook),
        ("/F 4 /V (99)", Obstacle::OtherLook),
        ("/F 6 /V (99)", Obstacle::NotShown),
        ("/F 6", Obstacle::NotShown),
    ] {
        let file = head(&foreign(keys).write(Form::Table));
        assert_eq!(asked(&file), Err(expected.into()), "{keys}");
    }
}

/// What a stranger's signature shows may lie over what the leader signed.
#[test]
fn a_strangers_signature_between_person_and_seal_is_a_change() {
    let one = leaders(Form::Table);
    let asked = prepare(&one, &new("Người lạ", Some(PLACE)), &Limits::default()).unwrap();
    let value = cms(&asked, &Pki::p256(), Scheme::Ecdsa);
    let strange = asked.complete(one, &value).unwrap();
    let Err(NotReady::Changed(found)) = ready(&prepared(&numbered(&strange), &seal())) else {
        panic!("it was not seen");
    };
    assert_eq!(found.alteration, Alteration::NotIntact);
}

/// Conformance checks 1 and 2: without the person's signature, without number and date, and where
/// the seal would not lock them, there is no seal.
#[test]
fn a_seal_is_refused_without_what_comes_before_it() {
    let plain = Paper::plain().write(Form::Table);
    let one = leaders(Form::Table);
    let two = numbered(&one);
    let mut broken = two.clone();
    let place = text(&two).find("Van ban").unwrap();
    broken[place] = b'W';
    let lock = |names: &[&str]| Request {
        lock: Some(Lock::Include(
            names.iter().map(|&one| one.to_owned()).collect(),
        )),
        ..new("Con dấu", Some(PLACE))
    };
    let unreserved = sign(&plain, &new("Lãnh đạo", None));
    for (what, file, expected) in [
        ("not prepared", two.clone(), Obstacle::NotPrepared),
        (
            "nobody signed",
            prepared(&plain, &seal()),
            Obstacle::NoPerson,
        ),
        ("broken", prepared(&broken, &seal()), Obstacle::PersonBroken),
        (
            "no fields",
            prepared(&unreserved, &seal()),
            Obstacle::NoFields,
        ),
        ("no number", prepared(&one, &seal()), Obstacle::NoNumber),
        (
            "no lock",
            prepared(&two, &new("Con dấu", None)),
            Obstacle::NotLocked,
        ),
        (
            "a lock on one",
            prepared(&two, &lock(&[Reserved::NUMBER])),
            Obstacle::NotLocked,
        ),
    ] {
        assert_eq!(ready(&file), Err(NotReady::Missing(expected)), "{what}");
    }
    let nobody = asked(&prepared(&two, &seal()), |_| false);
    assert_eq!(nobody, Err(NotReady::Missing(Obstacle::PersonUnknown)));
}

#[test]
fn a_seal_is_refused_if_anything_else_was_changed() {
    let one = leaders(Form::Table);
    let content = "<< /Length 1 >>\nstream\nn\nendstream";
    let before = numbered(&Update::of(5, content).after(&one));
    let after = Update::of(5, content).after(&numbered(&one));
    let turned = altered(&one, 3, "/Rotate 0", "/Rotate 180").after(&one);
    for (what, file, expected) in [
        ("before the number", before, Alteration::Replaced),
        ("after the number", after, Alteration::Replaced),
        ("a page", numbered(&turned), Alteration::Page),
    ] {
        let found = ready(&prepared(&file, &seal()));
        let Err(NotReady::Changed(unexplained)) = found else {
            panic!("{what}: {found:?}");
        };
        assert_eq!(unexplained.alteration, expected, "{what}");
    }
}

/// Evidence of one document does not open the seal for another.
#[test]
fn another_documents_signature_is_no_evidence() {
    let other = Paper::plain().with(5, "(Van ban)", "(Van bon)");
    let (one, other) = (Paper::plain().write(Form::Table), other.write(Form::Table));
    assert_eq!(one.len(), other.len());
    let signed = sign(&other, &leader());
    // The signature that was made over the other one, after this one.
    let forged = [one.as_slice(), &signed[other.len()..]].concat();
    let found = ready(&prepared(&numbered(&forged), &seal()));
    assert_eq!(found, Err(NotReady::Missing(Obstacle::PersonBroken)));
    let good = ready(&prepared(&numbered(&signed), &seal())).unwrap();
    let own = prepare(
        &numbered(&leaders(Form::Table)),
        &seal(),
        &Limits::default(),
    )
    .unwrap();
    assert_ne!(
        good.open().digest(),
        own.digest(),
        "what is ready is one document"
    );
}

#[test]
fn number_and_date_are_read_as_they_stand() {
    let numbering = Numbering {
        number: Number::new(7816, Some("VPCP-TTĐT")).unwrap(),
        date: date!(2026 - 02 - 01),
    };
    let one = leaders(Form::Stream);
    let update = fill(&one, &numbering, &Limits::default()).unwrap();
    let file = prepared(&[one, update].concat(), &seal());
    let ready = ready(&file).unwrap();
    assert_eq!(ready.number().number(), 7816);
    assert_eq!(ready.number().symbol(), Some("VPCP-TTĐT"));
    assert_eq!(ready.date(), numbering.date);
}

/// An appendix needs nobody before it; whoever signed it stays valid.
#[test]
fn an_appendix_is_ready_as_long_as_its_signatures_are_as_they_were() {
    let anchors = [Pki::shared().authority.clone()];
    let limits = Limits::default();
    let ask = |file: &[u8]| ready_for_appendix(file, &check(&anchors, &limits));
    let plain = Paper::plain().write(Form::Table);
    let file = prepared(&plain, &new("Phụ lục", None));
    let own = prepare(&plain, &new("Phụ lục", None), &limits).unwrap();
    let ready = ask(&file).unwrap();
    assert_eq!((ready.field(), ready.digest()), ("Phụ lục", own.digest()));
    let one = leaders(Form::Table);
    assert!(ask(&prepared(&one, &new("Phụ lục", None))).is_ok());
    let mut broken = one.clone();
    broken[text(&one).find("Van ban").unwrap()] = b'W';
    let broken = prepared(&broken, &new("Phụ lục", None));
    assert_eq!(ask(&broken), Err(Obstacle::SignatureBroken.into()));
    assert_eq!(ask(&plain), Err(Obstacle::NotPrepared.into()));
}

#[test]
fn copies_go_by_their_own_rule() {
    let anchors = [Pki::shared().authority.clone()];
    let limits = Limits::default();
    let ask = |file: &[u8], source: &str| {
        ready_for_copy(file, &check(&anchors, &limits), CopyKind::Whole, source)
    };
    let source = "Quyết định 05/QĐ-UBND";
    let plain = Paper::plain().write(Form::Packed);
    let paper = prepared(&plain, &new("Sao y", Some(PLACE)));
    let ready = ask(&paper, source).unwrap();
    assert_eq!((ready.kind(), ready.source()), (CopyKind::Whole, source));
    assert_eq!(ready.open().field(), "Sao y");
    let own = prepare(&plain, &new("Sao y", Some(PLACE)), &limits).unwrap();
    assert_eq!(ready.open().digest(), own.digest());
    assert_eq!(ask(&paper, " "), Err(NotReady::Missing(Obstacle::NoSource)));
    assert_eq!(
        ask(&plain, source),
        Err(NotReady::Missing(Obstacle::NotPrepared))
    );
    // An electronic document keeps its signatures, and they must be as they were.
    let sealed = sign(&numbered(&leaders(Form::Packed)), &seal());
    assert!(ask(&prepared(&sealed, &new("Sao y", Some(PLACE))), source).is_ok());
    let changed =
        Update::of(6, "<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>").after(&sealed);
    let found = ask(&prepared(&changed, &new("Sao y", Some(PLACE))), source);
    assert!(matches!(found, Err(NotReady::Changed(_))), "{found:?}");
    let mut broken = sealed;
    broken[10] ^= 1;
    let found = ask(&prepared(&broken, &new("Sao y", Some(PLACE))), source);
    assert_eq!(found, Err(NotReady::Missing(Obstacle::SignatureBroken)));
}

#[test]
fn every_refusal_has_a_code_and_words_in_both_languages() {
    let unexplained = kyso_documents::pdf::Unexplained {
        alteration: Alteration::Page,
        object: None,
    };
    let missing = Obstacle::ALL.iter().copied().map(NotReady::Missing);
    let others = [
        NotReady::Changed(unexplained),
        NotReady::Refused(kyso_documents::pdf::Refusal::Encrypted),
    ];
    let mut codes = std::collections::HashSet::new();
    for one in missing.chain(others) {
        assert!(codes.insert(one.code()), "{one:?}");
        assert!(
            one.english().is_ascii() && one.english().ends_with('.'),
            "{one:?}"
        );
        assert!(
            !one.vietnamese().is_ascii() && one.vietnamese().ends_with('.'),
            "{one:?}"
        );
    }
    for one in Alteration::ALL {
        assert!(
            one.english().ends_with('.') && one.vietnamese().ends_with('.'),
            "{one:?}"
        );
    }
}
