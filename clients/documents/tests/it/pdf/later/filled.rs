//! Attacks on the fields for number and date, and on validation data.

use kyso_documents::pdf::{Alteration, Later, Lock, Request};

use super::super::paper::{Form, Paper};
use super::super::reserved::{leader, numbered};
use super::super::sign;
use super::update::{Update, altered};
use super::{alteration, filled, later, leaders};

#[test]
fn number_and_date_show_what_they_say() {
    let one = leaders();
    let two = numbered(&one);
    let update = &two[one.len()..];
    for (what, from, to) in [
        ("another value", "/V <feff00300035", "/V <feff00300036"),
        ("another letter", "<0001000200030004", "<0002000100030004"),
        ("no number", "/V <feff00300035", "/V <feff00780035"),
        ("another font", "/FontBBox [", "/FontBBox [1"),
        ("other widths", "/W [0 [", "/W [0 [1"),
        ("larger", "/BBox [0 0 180 20]", "/BBox [0 0 180 90]"),
        ("moved", "/Matrix [1 0 0 1 0 0]", "/Matrix [1 0 0 1 0 9]"),
    ] {
        let changed = text_of(update).replacen(from, to, 1);
        assert_ne!(changed, text_of(update), "{what}");
        let changed = [one.clone(), bytes_of(&changed)].concat();
        let found = alteration(&relisted(&one, &changed));
        assert_eq!(found, Some(Alteration::Filled), "{what}");
    }
}

/// Bytes as letters, one for each.
fn text_of(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn bytes_of(text: &str) -> Vec<u8> {
    text.chars().map(|one| u8::try_from(one).unwrap()).collect()
}

/// The update after a file with its list written again: its objects were moved.
fn relisted(before: &[u8], file: &[u8]) -> Vec<u8> {
    let whole = text_of(file);
    let (objects, _) = whole.rsplit_once("xref\n").unwrap();
    let objects = objects
        .strip_suffix("start")
        .map_or(objects, |rest| rest.rsplit_once("xref\n").unwrap().0);
    let mut update = Update::default();
    let mut rest = objects[before.len()..].to_owned();
    while let Some((head, tail)) = rest.clone().split_once(" 0 obj\n") {
        let (body, after) = tail.split_once("\nendobj\n").unwrap();
        update = update.binary(head.trim().parse().unwrap(), body);
        after.clone_into(&mut rest);
    }
    update.after(before)
}

#[test]
fn a_field_that_is_locked_is_not_filled() {
    // Two files of one length: what fills the one fits the other.
    let lock = |name: &str| {
        let request = Request {
            lock: Some(Lock::Include(vec![name.to_owned()])),
            ..leader()
        };
        sign(&Paper::plain().write(Form::Table), &request)
    };
    let (open, locked) = (lock("KysoNumbex"), lock("KysoNumber"));
    let filled = numbered(&open);
    let update = &filled[open.len()..];
    assert_eq!(alteration(&filled), None);
    let filled = [locked.as_slice(), update].concat();
    assert_eq!(alteration(&filled), Some(Alteration::Locked));
}

/// Lists that two things share are not what they seem: certificates that are a page's content.
#[test]
fn validation_data_are_nothing_else() {
    let shared = Paper::plain()
        .with(1, "/Pages", "/DSS << /Certs 50 0 R >> /Pages")
        .with(3, "/Contents 5 0 R", "/Contents 50 0 R")
        .and(50, "[5 0 R]");
    let plain = Paper::plain();
    let alone = plain
        .clone()
        .with(1, "/Pages", "/DSS << /Certs 50 0 R >> /Pages")
        .and(50, "[51 0 R]")
        .and(51, "<< /Length 1 >>\nstream\na\nendstream");
    let stream = "<< /Length 1 >>\nstream\na\nendstream";
    for (what, paper, update, expected) in [
        (
            "a new certificate",
            &alone,
            Update::of(50, "[51 0 R 800 0 R]").and(800, stream),
            None,
        ),
        (
            "a list that is a page's",
            &shared,
            Update::of(50, "[5 0 R 800 0 R]").and(800, stream),
            Some(Alteration::ValidationData),
        ),
        (
            "no streams",
            &alone,
            Update::of(50, "[51 0 R 6 0 R]"),
            Some(Alteration::ValidationData),
        ),
        (
            "another certificate in its place",
            &alone,
            Update::of(51, "<< /Length 1 >>\nstream\nb\nendstream"),
            Some(Alteration::ValidationData),
        ),
    ] {
        let file = sign(&paper.write(Form::Table), &leader());
        assert_eq!(alteration(&update.after(&file)), expected, "{what}");
    }
}

#[test]
fn validation_data_have_one_form() {
    let file = leaders();
    let stream = "<< /Length 1 >>\nstream\na\nendstream";
    let with = |store: &str| altered(&file, 1, "/Pages", &format!("/DSS {store} /Pages"));
    let digest = "A".repeat(40);
    for (what, store, expected) in [
        ("new", "<< /Type /DSS /Certs [800 0 R] >>".to_owned(), None),
        (
            "for one signature",
            format!("<< /Certs [800 0 R] /VRI << /{digest} << /Cert [800 0 R] >> >> >>"),
            None,
        ),
        (
            "for nobody",
            "<< /Certs [800 0 R] /VRI << /A << /Cert [800 0 R] >> >> >>".to_owned(),
            Some(Alteration::ValidationData),
        ),
        (
            "with more",
            "<< /Certs [800 0 R] /Font 800 0 R >>".to_owned(),
            Some(Alteration::ValidationData),
        ),
    ] {
        let update = with(&store).and(800, stream);
        assert_eq!(alteration(&update.after(&file)), expected, "{what}");
    }
}

/// `numbered.pdf` was filled on 26 November 2026. Whether a look is that of its value is asked by
/// making it again: if another version makes it otherwise, files of the old one must be known too.
#[test]
fn a_file_that_was_filled_long_ago_is_still_explained() {
    let file = include_bytes!("../../../vectors/numbered.pdf");
    assert_eq!(later(file), [Later::Explained(filled().to_vec())]);
}
