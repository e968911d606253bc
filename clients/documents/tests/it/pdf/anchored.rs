//! The place of a signature by the words around it.

use std::fmt::Write as _;

use kyso_documents::appearance::Gap;
use kyso_documents::pdf::{Limits, NoAnchor, Pdf};

use super::paper::{Form, Paper};

/// A page with lines of text at these places, in a font with a map of letters.
fn page(lines: &[(f64, f64, &str)]) -> Paper {
    let mut letters: Vec<char> = lines.iter().flat_map(|line| line.2.chars()).collect();
    letters.sort_unstable();
    letters.dedup();
    let mut content = String::from("BT /F 13 Tf");
    for (left, up, text) in lines {
        write!(content, " 1 0 0 1 {left} {up} Tm <").unwrap();
        for letter in text.chars() {
            let code = letters.binary_search(&letter).unwrap() + 1;
            write!(content, "{code:04x}").unwrap();
        }
        content.push_str("> Tj");
    }
    content.push_str(" ET");
    let mut map = format!(
        "1 beginbfchar\n<0000> <0020>\nendbfchar\n{} beginbfchar\n",
        letters.len()
    );
    for (letter, code) in letters.iter().zip(1..) {
        writeln!(map, "<{code:04x}> <{:04x}>", u32::from(*letter)).unwrap();
    }
    map.push_str("endbfchar");
    let stream = |text: &str| format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len());
    let font = "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [60 0 R] /ToUnicode 61 0 R >>";
    let mut paper = Paper::plain()
        .and(60, "<< /Type /Font /Subtype /CIDFontType2 /DW 500 >>")
        .and(61, &stream(&map));
    for (number, text) in &mut paper.objects {
        match number {
            5 => *text = stream(&content),
            6 => font.clone_into(text),
            _ => {}
        }
    }
    paper.with(2, "[3 0 R 4 0 R] /Count 2", "[3 0 R] /Count 1")
}

fn gap(paper: &Paper, name: &str) -> Result<Gap, NoAnchor> {
    let file = paper.write(Form::Table);
    Pdf::read(&file, &Limits::default()).unwrap().gap(name)
}

/// Lines of a block of a signature in the right half, from the top down.
fn block(lines: &[&'static str]) -> Vec<(f64, f64, &'static str)> {
    let letter = 6.5;
    let places = lines.iter().zip(0_u8..).map(|(text, place)| {
        let width = f64::from(u32::try_from(text.chars().count()).unwrap()) * letter;
        let last = usize::from(place) + 1 == lines.len();
        let up = 300.0 - 16.0 * f64::from(place) - if last { 70.0 } else { 0.0 };
        (400.0 - width / 2.0, up, *text)
    });
    places.collect()
}

const NAME: &str = "Nguyễn Văn Bưởi";

#[test]
fn the_room_between_position_and_name_is_found() {
    let nfd = "Nguye\u{302}\u{303}n Va\u{306}n Bu\u{31b}o\u{31b}\u{309}i";
    for (what, lines) in [
        (
            "for the agency",
            &["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", NAME][..],
        ),
        (
            "for the head of it",
            &["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", NAME],
        ),
        ("no spaces", &["KT.CHỦ TỊCH", "PHÓ CHỦ TỊCH", NAME]),
        (
            "many spaces",
            &["T L . CHỦ  TỊCH", "CHÁNH\u{a0}VĂN PHÒNG", NAME],
        ),
        ("by authority", &["TUQ. GIÁM ĐỐC", NAME]),
        ("acting", &["Q. GIÁM ĐỐC", NAME]),
        ("with a title", &["TL. BỘ TRƯỞNG", "TS. Nguyễn Văn Bưởi"]),
        ("in parts", &["TM. UỶ BAN", nfd]),
    ] {
        let mut all = block(lines);
        all.push((60.0, 300.0, "Nơi nhận:"));
        all.push((60.0, all[lines.len() - 1].1, "- Lưu: VT."));
        let found = gap(&page(&all), NAME).unwrap();
        let position = 300.0 - 16.0 * f64::from(u32::try_from(lines.len()).unwrap() - 2);
        assert!((found.centre - 400.0).abs() < 4.0, "{what}: {found:?}");
        assert!(
            found.top < position && found.top > position - 5.0,
            "{what}: {found:?}"
        );
        let name = position - 16.0 - 70.0;
        assert!(
            found.bottom > name && found.bottom < name + 14.0,
            "{what}: {found:?}"
        );
        assert_eq!(found.page, 1);
    }
}

#[test]
fn a_place_that_is_not_there_or_not_one_is_refused() {
    let good = block(&["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", NAME]);
    let mut twice = good.clone();
    twice.extend(
        good.iter()
            .map(|(left, up, text)| (left - 250.0, *up, *text)),
    );
    let mut between = good.clone();
    between.push((380.0, 250.0, "Đã ký"));
    for (what, lines, name, expected) in [
        ("twice", twice, NAME, NoAnchor::Ambiguous),
        ("something between", between, NAME, NoAnchor::Absent),
        (
            "another name",
            good.clone(),
            "Trần Thị Mít",
            NoAnchor::Absent,
        ),
        ("no name", good, "", NoAnchor::Absent),
        (
            "no authority",
            block(&["CHỦ TỊCH", NAME]),
            NAME,
            NoAnchor::Absent,
        ),
        (
            "small letters",
            block(&["KT. Chủ tịch", NAME]),
            NAME,
            NoAnchor::Absent,
        ),
    ] {
        assert_eq!(gap(&page(&lines), name), Err(expected), "{what}");
    }
    let near = [(380.0, 300.0, "Q. CHỦ TỊCH"), (380.0, 285.0, NAME)];
    assert_eq!(gap(&page(&near), NAME), Err(NoAnchor::Absent), "no room");
}

/// The same page turned, moved and drawn by a drawing shows the same place.
#[test]
fn the_place_is_that_on_the_page_as_it_is_shown() {
    let plain = page(&block(&["KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", NAME]));
    let expected = gap(&plain, NAME).unwrap();
    let drawn = plain
        .clone()
        .with(
            5,
            "<< /Length",
            "<< /Type /XObject /Subtype /Form /Matrix [1 0 0 1 10 20] /Length",
        )
        .with(3, "/Contents 5 0 R", "/Contents 70 0 R")
        .with(2, "/Resources <<", "/Resources << /XObject << /X 5 0 R >>")
        .and(70, "<< /Length 7 >>\nstream\nq /X Do\nendstream");
    let found = gap(&drawn, NAME).unwrap();
    assert!(
        (found.centre - expected.centre - 10.0).abs() < 0.01,
        "{found:?}"
    );
    assert!((found.top - expected.top - 20.0).abs() < 0.01, "{found:?}");
    let larger = plain.clone().with(3, "/Rotate 0", "/UserUnit 2");
    let found = gap(&larger, NAME).unwrap();
    assert!(
        (found.centre - expected.centre * 2.0).abs() < 0.01,
        "{found:?}"
    );
    let mut upright = plain.clone().with(3, "/Rotate 0", "/Rotate 90");
    let (_, content) = &mut upright.objects[4];
    let (_, text) = content.split_once("stream\n").unwrap();
    let text = format!(
        "q 0 1 -1 0 595.32001 0 cm {}",
        text.strip_suffix("\nendstream").unwrap()
    );
    *content = format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len());
    let found = gap(&upright, NAME).unwrap();
    assert!((found.centre - expected.centre).abs() < 0.01, "{found:?}");
    assert!((found.bottom - expected.bottom).abs() < 0.01, "{found:?}");
    let turned = plain.with(3, "/Rotate 0", "/Rotate 90");
    assert_eq!(
        gap(&turned, NAME),
        Err(NoAnchor::Absent),
        "text that runs up"
    );
}

#[test]
fn what_never_ends_is_not_read_to_the_end() {
    let own = "<< /Type /XObject /Subtype /Form /Length 11 >>\nstream\n/X Do /X Do\nendstream";
    let mut paper =
        Paper::plain().with(2, "/Resources <<", "/Resources << /XObject << /X 5 0 R >>");
    for (number, text) in &mut paper.objects {
        if *number == 5 {
            own.clone_into(text);
        }
    }
    assert_eq!(
        gap(&paper, NAME),
        Err(NoAnchor::Absent),
        "as deep as is read"
    );
    let wide = format!("/X Do {}", "/X Do ".repeat(40));
    let wide = format!(
        "<< /Type /XObject /Subtype /Form /Length {} >>\nstream\n{wide}\nendstream",
        wide.len()
    );
    for (number, text) in &mut paper.objects {
        if *number == 5 {
            wide.clone_into(text);
        }
    }
    assert_eq!(gap(&paper, NAME), Err(NoAnchor::TooMuch));
}
