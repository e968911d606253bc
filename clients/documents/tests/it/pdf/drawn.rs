//! What signatures look like, in numbers and in the PDF.

use kyso_documents::appearance::{CopyKind, Drawn, Gap, Mark, Picture, Rules, Undrawable};
use kyso_documents::pdf::{Limits, Pdf, Piece, Place, Refusal, Request, Sheet};
use lopdf::{Document, Object};
use time::macros::{date, datetime};

use super::drawings::png;
use super::paper::{Form, Paper};
use super::{existing, new, sign, valid};

const A4: Sheet = Sheet {
    width: 595.3,
    height: 841.9,
};
const GAP: Gap = Gap {
    page: 1,
    centre: 420.0,
    top: 300.0,
    bottom: 200.0,
};
const RED: [u8; 4] = [214, 20, 30, 255];
const BLUE: [u8; 4] = [30, 50, 150, 255];
const MILLIMETRE: f64 = 72.0 / 25.4;

fn rules() -> &'static Rules {
    Rules::at(date!(2026 - 11 - 26)).unwrap()
}

fn picture(width: u32, height: u32, pixel: [u8; 4]) -> Picture {
    Picture::read(&png(width, height, 7, pixel)).unwrap()
}

fn person() -> Drawn {
    let handwriting = picture(400, 160, BLUE);
    rules().person(&handwriting, 50.0, &GAP).unwrap()
}

fn copy(agency: &str) -> Result<Drawn, Undrawable> {
    let mark = Mark::Copy {
        kind: CopyKind::Whole,
        agency,
    };
    rules().mark(&mark, datetime!(2026-11-26 01:02:03 UTC), A4)
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.01
}

#[test]
fn a_person_signs_between_position_and_name() {
    let place = person().place;
    assert!(near(place.left + place.width / 2.0, 420.0));
    assert!(near(place.bottom + place.height / 2.0, 250.0));
    assert!(near(place.width, 50.0 * MILLIMETRE));
    assert!(near(place.height, 20.0 * MILLIMETRE));
    let narrow = Gap { top: 228.0, ..GAP };
    let small = rules().person(&picture(400, 160, BLUE), 50.0, &narrow);
    let small = small.unwrap();
    assert!(near(small.place.height, 28.0), "{:?}", small.place);
    assert!(near(small.place.width, 70.0), "the proportions stay");
    assert!(near(small.appearance.width, small.place.width));
}

/// Conformance check 4: the seal covers 30 to 36 % of the width of the person's image, is red, and
/// of real size within half a millimetre.
#[test]
fn conformance_4_a_seal_of_real_size_covers_a_third() {
    let person = person().place;
    for diameter in [28.0, 36.0, 42.0] {
        let seal = rules().seal(&picture(400, 400, RED), diameter, &person);
        let Drawn { appearance, place } = seal.unwrap();
        let covered = (place.left + place.width - person.left) / person.width;
        assert!((0.30..=0.36).contains(&covered), "{covered}");
        assert!(place.left < person.left, "it reaches beyond the left edge");
        for size in [place.width, place.height, appearance.width] {
            assert!((size / MILLIMETRE - diameter).abs() < 0.5, "{size}");
        }
        let middle = person.bottom + person.height / 2.0;
        assert!(near(place.bottom + place.height / 2.0, middle));
    }
}

/// Conformance check 4, where the person signed in a field that somebody else drew: the seal goes by the handwriting.
#[test]
fn conformance_4_a_seal_goes_by_the_handwriting_in_a_wider_field() {
    let field =
        "<< /FT /Sig /T (W) /Type /Annot /Subtype /Widget /F 4 /Rect [300 100 550 180] /P 3 0 R >>";
    for turn in [0, 90, 180, 270] {
        let paper = Paper::plain()
            .form("[7 0 R]")
            .and(7, field)
            .with(3, "/Rotate 0", &format!("/Rotate {turn} /Annots [7 0 R]"))
            .write(Form::Table);
        let pdf = Pdf::read(&paper, &Limits::default()).unwrap();
        let place = pdf.shown("W").unwrap().unwrap();
        let handwriting = picture(400, 160, BLUE);
        let drawn = rules().person_in_field(&handwriting, 25.0, &place).unwrap();
        assert!(near(drawn.appearance.width, place.width));
        let signed = sign(
            &paper,
            &Request {
                appearance: Some(drawn.appearance),
                ..existing("W")
            },
        );
        valid(&signed);
        let pdf = Pdf::read(&signed, &Limits::default()).unwrap();
        let seen = pdf.seen("W").unwrap().unwrap();
        let within = rules().person_within(&handwriting, 25.0, &place).unwrap();
        for (found, right) in [
            (seen.left, within.place.left),
            (seen.bottom, within.place.bottom),
            (seen.width, 25.0 * MILLIMETRE),
            (seen.height, 10.0 * MILLIMETRE),
        ] {
            assert!(near(found, right), "{turn}: {seen:?} {:?}", within.place);
        }
        let seal = rules().seal(&picture(400, 400, RED), 36.0, &seen).unwrap();
        let covered = (seal.place.left + seal.place.width - seen.left) / seen.width;
        assert!((0.30..=0.36).contains(&covered), "{turn}: {covered}");
    }
}

#[test]
fn a_place_that_was_chosen_holds_the_handwriting_as_large_as_it_really_is_or_smaller() {
    let handwriting = picture(400, 160, BLUE);
    let within = |width, height| {
        let place = Place {
            page: 2,
            left: 100.0,
            bottom: 50.0,
            width,
            height,
        };
        rules().person_within(&handwriting, 50.0, &place)
    };
    let (real, tall) = (50.0 * MILLIMETRE, 20.0 * MILLIMETRE);
    for (width, height, expected) in [
        (300.0, 300.0, (real, tall)),
        (real, tall, (real, tall)),
        (100.0, 300.0, (100.0, 40.0)),
        (300.0, 20.0, (50.0, 20.0)),
    ] {
        let place = within(width, height).unwrap().place;
        assert_eq!(place.page, 2);
        assert!(near(place.width, expected.0) && near(place.height, expected.1));
        assert!(near(place.left + place.width / 2.0, 100.0 + width / 2.0));
        assert!(near(place.bottom + place.height / 2.0, 50.0 + height / 2.0));
    }
    for (width, height) in [(0.0, 100.0), (100.0, 0.0), (10.0, 10.0)] {
        assert_eq!(within(width, height), Err(Undrawable::NoRoom));
    }
}

#[test]
fn pictures_that_the_rules_do_not_want_are_refused() {
    let person = person().place;
    let seal = |width, height, pixel, size| {
        let seal = rules().seal(&picture(width, height, pixel), size, &person);
        seal.map(drop).unwrap_err().to_string()
    };
    assert_eq!(seal(300, 300, BLUE, 36.0), "the picture is not red");
    assert_eq!(
        seal(300, 300, [90, 80, 80, 255], 36.0),
        "the picture is not red"
    );
    let coarse = "the short side of the picture has fewer than 300 pixels";
    assert_eq!(seal(400, 299, RED, 36.0), coarse);
    let size = "the size must be between 5 and 100 mm";
    for wrong in [0.0, -36.0, 4.9, 100.1, f64::NAN, f64::INFINITY] {
        assert_eq!(seal(300, 300, RED, wrong), size);
    }
    assert_eq!(seal(300, 1000, RED, 36.0), size);
    let handwriting = picture(400, 160, BLUE);
    for top in [200.0, 199.0, 205.0] {
        let gap = Gap { top, ..GAP };
        let drawn = rules().person(&handwriting, 50.0, &gap);
        assert_eq!(drawn, Err(Undrawable::NoRoom), "{top}");
    }
    let red = rules().person(&picture(400, 160, RED), 50.0, &GAP);
    assert_eq!(red.unwrap_err().to_string(), "the picture is not blue");
}

/// Conformance check 5: no image, three text parts, 10 points, upper right, page 1.
#[test]
fn conformance_5_appendix_and_copy_are_text_in_the_corner() {
    let appendix = Mark::Appendix {
        number: "15",
        symbol: "QĐ-UBND",
    };
    let time = datetime!(2026-11-26 23:02:03.9 UTC);
    let appendix = rules().mark(&appendix, time, A4).unwrap();
    let copy = copy("Ủy ban nhân dân tỉnh Hà Tĩnh").unwrap();
    for (drawn, lines) in [
        (appendix, vec!["15/QĐ-UBND", "2026-11-27T06:02:03+07:00"]),
        (
            copy,
            vec![
                "Sao y",
                "Ủy ban nhân dân tỉnh Hà Tĩnh",
                "2026-11-26T08:02:03+07:00",
            ],
        ),
    ] {
        let content = String::from_utf8(drawn.appearance.content.clone()).unwrap();
        assert!(
            content.starts_with("BT 0 g /Font 10 Tf 1 0 0 1 "),
            "{content}"
        );
        assert!(!content.contains(" Do"), "no picture");
        assert_eq!(content.matches(" Tj").count(), lines.len());
        let place = drawn.place;
        assert_eq!(place.page, 1);
        assert!(near(place.left + place.width, A4.width - 15.0 * MILLIMETRE));
        let top = A4.height - place.bottom - place.height;
        assert!(near(top, 5.0 * MILLIMETRE));
        assert!(
            top + place.height < 20.0 * MILLIMETRE,
            "it stays in the margin"
        );
        assert_eq!(shown(&drawn), lines);
    }
}

/// Conformance check 16, as far as text blocks go.
#[test]
fn conformance_16_letters_in_parts_and_long_names() {
    let composed = copy("Ủy ban nhân dân xã Lộc Hà, đường Nguyễn Đổng Chi").unwrap();
    let parts = copy(
        "U\u{309}y ban nha\u{302}n da\u{302}n xa\u{303} Lo\u{323}\u{302}c Ha\u{300}, \
                      đu\u{31B}o\u{31B}\u{300}ng Nguye\u{302}\u{303}n Đo\u{302}\u{309}ng Chi",
    );
    assert_eq!(parts.unwrap(), composed);
    let long = "Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân tỉnh Thừa Thiên Huế";
    let long = shown(&copy(long).unwrap());
    assert_eq!(long.len(), 4, "{long:?}");
    assert_eq!(copy(&"Ủy ban ".repeat(72)), Err(Undrawable::TooLong));
    assert_eq!(copy(&"Ủ".repeat(72)), Err(Undrawable::TooLong));
    let missing = copy(" \t ").unwrap_err();
    assert_eq!(missing.to_string(), "the text has no agency");
    assert_eq!(copy("Hà\u{2028}Nội"), Err(Undrawable::Letter('\u{2028}')));
}

/// The lines of a block, read as a viewer does: glyph numbers by the map to Unicode.
fn shown(drawn: &Drawn) -> Vec<String> {
    let map = drawn.appearance.objects.last().unwrap();
    let Some(Piece::Bytes(map)) = map.0.first() else {
        return vec![];
    };
    let start = map.windows(7).position(|part| part == b"stream\n").unwrap() + 7;
    let mut text = String::new();
    let mut inflate = flate2::read::ZlibDecoder::new(&map[start..]);
    std::io::Read::read_to_string(&mut inflate, &mut text).unwrap();
    let letter = |number: &str| {
        let entry = format!("\n<{number}> <");
        let at = text.find(&entry).unwrap() + entry.len();
        char::from_u32(u32::from_str_radix(&text[at..at + 4], 16).unwrap()).unwrap()
    };
    let content = String::from_utf8(drawn.appearance.content.clone()).unwrap();
    let strings = content
        .split('<')
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap());
    let lines = strings.map(|line| {
        let numbers = line
            .as_bytes()
            .chunks(4)
            .map(|one| str::from_utf8(one).unwrap());
        numbers.map(letter).collect()
    });
    lines.collect()
}

fn drawn(name: &str, drawn: Drawn) -> Request {
    Request {
        appearance: Some(drawn.appearance),
        ..new(name, Some(drawn.place))
    }
}

/// The person, then the seal where the file says that the person's image is, then the mark.
#[test]
fn all_of_them_go_into_one_file_and_stay_valid() {
    for form in Form::ALL {
        let file = Paper::plain().write(form);
        let file = sign(&file, &drawn("Person", person()));
        let limits = Limits::default();
        let pdf = Pdf::read(&file, &limits).unwrap();
        let place = pdf.shown("Person").unwrap().unwrap();
        assert!(near(place.left, person().place.left));
        let seal = rules().seal(&picture(400, 400, RED), 36.0, &place);
        let file = sign(&file, &drawn("Seal", seal.unwrap()));
        let file = sign(&file, &drawn("Copy", copy("Ủy ban").unwrap()));
        assert_eq!(valid(&file).len(), 3);
        let document = Document::load_mem(&file).unwrap();
        let fonts = document
            .objects
            .values()
            .filter_map(|one| one.as_stream().ok());
        let file = fonts.filter(|one| one.dict.has(b"Length1")).map(|one| {
            let bytes = one.decompressed_content().unwrap();
            let length = one.dict.get(b"Length1").and_then(Object::as_i64);
            assert_eq!(length.unwrap(), i64::try_from(bytes.len()).unwrap());
            bytes
        });
        let sizes: Vec<usize> = file.map(|bytes| bytes.len()).collect();
        assert_eq!(sizes.len(), 2, "font and map");
        assert!(sizes.iter().all(|size| *size < 20_000), "{sizes:?}");
    }
}

#[test]
fn a_document_says_how_large_its_pages_are() {
    let file = Paper::plain()
        .with(4, "/Annots", "/Rotate 90 /Annots")
        .write(Form::Table);
    let limits = Limits::default();
    let pdf = Pdf::read(&file, &limits).unwrap();
    let sheet = pdf.sheet(2).unwrap();
    assert!(
        near(sheet.width, 400.0) && near(sheet.height, 300.1),
        "{sheet:?}"
    );
    for page in [0, 3] {
        assert_eq!(pdf.sheet(page), Err(Refusal::NoPage));
    }
    assert_eq!(pdf.shown("Nobody"), Err(Refusal::NoField));
    let hidden = sign(&file, &new("Hidden", None));
    let pdf = Pdf::read(&hidden, &limits).unwrap();
    assert_eq!(pdf.shown("Hidden"), Ok(None));
}
