//! Number and date: fields that the first signature keeps and a later step fills.

use kyso_documents::appearance::Undrawable;
use kyso_documents::numbering::{NotFilled, Number, Numbering, fill};
use kyso_documents::pdf::{Coverage, Limits, Lock, Pdf, Place, Refusal, Request, Reserved};
use time::macros::date;

use super::paper::{Form, Paper};
use super::{PLACE, existing, new, refusal, sign, text, valid};

const AT: Place = Place {
    page: 1,
    left: 300.0,
    bottom: 500.0,
    width: 180.0,
    height: 20.0,
};

pub(super) const RESERVED: Reserved = Reserved {
    number: AT,
    date: Place {
        bottom: 470.0,
        ..AT
    },
};

pub(super) fn numbering() -> Numbering {
    Numbering {
        number: Number::new(5, Some("QĐ-UBND")).unwrap(),
        date: date!(2026 - 11 - 24),
    }
}

/// What a leader signs: number and date are open.
pub(super) fn leader() -> Request {
    Request {
        reserved: Some(RESERVED),
        ..new("Lãnh đạo", Some(PLACE))
    }
}

/// A seal that locks number and date.
pub(super) fn seal() -> Request {
    let names = [Reserved::NUMBER, Reserved::DATE].map(str::to_owned);
    Request {
        lock: Some(Lock::Include(names.to_vec())),
        ..new("Con dấu", Some(PLACE))
    }
}

pub(super) fn numbered(file: &[u8]) -> Vec<u8> {
    let update = fill(file, &numbering(), &Limits::default()).unwrap();
    [file, &update].concat()
}

fn unfilled(file: &[u8], numbering: &Numbering) -> NotFilled {
    fill(file, numbering, &Limits::default()).unwrap_err()
}

/// Papers whose form and annotations are missing, empty, or elsewhere.
pub(super) fn papers() -> [Paper; 4] {
    let plain = Paper::plain();
    [
        plain.clone(),
        plain.clone().form("[]"),
        plain
            .clone()
            .with(1, "2 0 R", "2 0 R /AcroForm 22 0 R")
            .and(22, "<</Fields 21 0 R>>")
            .and(21, "[ ]")
            .with(3, "/Rotate 0", "/Rotate 90 /Annots 20 0 R")
            .and(20, "[]"),
        plain.with(3, "/Rotate 0", "/Rotate 270 /UserUnit 1.5"),
    ]
}

#[test]
fn number_and_date_are_written_after_the_leader_and_locked_by_the_seal() {
    for form in Form::ALL {
        for paper in papers() {
            let one = sign(&paper.write(form), &leader());
            let two = numbered(&one);
            let three = sign(&two, &seal());
            let four = sign(&three, &new("Phụ lục", None));
            let expected = [
                ("Lãnh đạo".to_owned(), Coverage::EarlierRevision),
                ("Con dấu".to_owned(), Coverage::EarlierRevision),
                ("Phụ lục".to_owned(), Coverage::WholeFile),
            ];
            assert_eq!(valid(&four), expected, "{form:?}");
            for locked in [&three, &four] {
                let error = unfilled(locked, &numbering());
                assert_eq!(error, NotFilled::Refused(Refusal::FieldFilled));
            }
        }
    }
}

#[test]
fn nothing_but_the_two_fields_is_written_again() {
    let one = sign(&Paper::plain().write(Form::Table), &leader());
    let two = numbered(&one);
    let update = text(&two[one.len()..]);
    let objects: Vec<&str> = update.split("endobj").collect();
    assert_eq!(
        objects.len(),
        2 * (1 + 6) + 1,
        "field, drawing and font, twice"
    );
    for word in ["/Type /Page", "/Catalog", "/Fields", "/ByteRange"] {
        assert!(!update.contains(word), "{word}");
    }
    assert!(
        update.contains("/V <feff00300035002f0051011000"),
        "{update}"
    );
    assert!(update.contains("13 Tf 1 0 0 1 0 "), "upright");
    assert!(update.contains("13 Tf 1 0 0.213 1 0 "), "slanted");
}

#[test]
fn a_field_that_cannot_be_filled_says_why() {
    let plain = Paper::plain().write(Form::Table);
    let one = sign(&plain, &leader());
    let certified = {
        let request = Request {
            lock: Some(Lock::All),
            ..leader()
        };
        sign(&plain, &request)
    };
    let other = Paper::plain()
        .form("[30 0 R 31 0 R]")
        .and(30, "<< /FT /Btn /T (KysoNumber) /Rect [1 1 9 9] >>")
        .and(31, "<< /FT /Tx /T (KysoDate) /Rect [1 1 9 9] >>")
        .write(Form::Table);
    for (what, file, expected) in [
        ("no fields", plain, Refusal::NoField),
        ("filled", numbered(&one), Refusal::FieldFilled),
        ("locked by the leader", certified, Refusal::Locked),
        ("of another kind", other, Refusal::NotReserved),
    ] {
        let error = unfilled(&file, &numbering());
        assert_eq!(error, NotFilled::Refused(expected), "{what}");
    }
}

/// A field for the number as somebody else's program would make it, with these keys.
pub(super) fn foreign(keys: &str) -> Paper {
    let field = format!(
        "<< /Type /Annot /Subtype /Widget /FT /Tx /T (KysoNumber) /Rect [50 300 200 320] /P 3 0 R {keys} >>"
    );
    let date = "<< /Type /Annot /Subtype /Widget /FT /Tx /T (KysoDate) /Rect [50 200 280 220] /P 3 0 R /F 4 >>";
    let plain = Paper::plain().form("[30 0 R 31 0 R]");
    let shown = plain.with(3, "/Rotate 0", "/Rotate 0 /Annots [30 0 R 31 0 R]");
    shown.and(30, &field).and(31, date)
}

/// What is hidden from a reader or a printer could have its number where nobody sees it.
#[test]
fn a_field_waits_only_if_it_is_seen_in_every_reader_and_on_paper() {
    for (keys, waits) in [
        ("/F 4", true),
        ("/F 132", true),
        ("", false),
        ("/F 0", false),
        ("/F 5", false),
        ("/F 6", false),
        ("/F 36", false),
        ("/F 260", false),
        ("/F 4 /OC 6 0 R", false),
    ] {
        let file = foreign(keys).write(Form::Table);
        let pdf = Pdf::read(&file, &Limits::default()).unwrap();
        let found = pdf.waiting(Reserved::NUMBER);
        assert_eq!(found.is_ok(), waits, "{keys}: {found:?}");
    }
}

#[test]
fn what_does_not_fit_is_not_written() {
    let small = |width, height| {
        let place = Place {
            width,
            height,
            ..AT
        };
        let reserved = Reserved {
            number: place,
            date: Place {
                bottom: 400.0,
                ..place
            },
        };
        let request = Request {
            reserved: Some(reserved),
            ..new("A", None)
        };
        sign(&Paper::plain().write(Form::Table), &request)
    };
    for (file, expected) in [
        (small(40.0, 20.0), Undrawable::TooLong),
        (small(200.0, 14.0), Undrawable::NoRoom),
    ] {
        let error = unfilled(&file, &numbering());
        assert_eq!(error, NotFilled::Undrawable(expected));
    }
    let foreign = Numbering {
        number: Number::new(1, Some("漢")).unwrap(),
        ..numbering()
    };
    let error = unfilled(&small(200.0, 20.0), &foreign);
    assert_eq!(error, NotFilled::Undrawable(Undrawable::Letter('漢')));
    let early = Numbering {
        date: date!(2019 - 01 - 01),
        ..numbering()
    };
    assert!(matches!(
        unfilled(&small(200.0, 20.0), &early),
        NotFilled::NoRules(_)
    ));
}

#[test]
fn fields_are_kept_only_under_a_first_signature_and_under_free_names() {
    let plain = Paper::plain();
    let one = sign(&plain.write(Form::Table), &new("A", None));
    let again = Request {
        reserved: Some(RESERVED),
        ..new("B", None)
    };
    assert_eq!(refusal(&one, &again), Refusal::ReservedLate);
    let taken = plain
        .clone()
        .form("[30 0 R]")
        .and(30, "<< /FT /Tx /T (KysoDate) >>");
    assert_eq!(
        refusal(&taken.write(Form::Table), &again),
        Refusal::FieldExists
    );
    let outside = Reserved {
        date: Place { page: 9, ..AT },
        ..RESERVED
    };
    let outside = Request {
        reserved: Some(outside),
        ..again
    };
    assert_eq!(
        refusal(&plain.write(Form::Table), &outside),
        Refusal::NoPage
    );
    let waiting = plain.form("[30 0 R]").and(
        30,
        "<< /FT /Sig /T (Chu ky) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] >>",
    );
    let request = Request {
        reserved: Some(RESERVED),
        ..existing("Chu ky")
    };
    let one = sign(&waiting.write(Form::Packed), &request);
    assert_eq!(valid(&numbered(&one)).len(), 1);
}
