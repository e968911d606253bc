//! Attacks, each made here; every one of them must be seen.

use kyso_documents::pdf::{Alteration, Later, Place, Refusal};

use super::super::paper::{Form, Paper};
use super::super::reserved::{leader, numbered};
use super::super::{PLACE, check, new, sign, text};
use super::update::{Update, altered, object};
use super::{alteration, later, leaders, steps};
use crate::pki::Pki;

const CONTENT: &str = "<< /Length 34 >>\nstream\nBT /F 12 Tf 72 720 Td (Khac) Tj ET \nendstream";

/// Each of these after a file is seen for what it is.
fn seen<const N: usize>(file: &[u8], all: [(&str, Update, Alteration); N]) {
    for (what, update, expected) in all {
        assert_eq!(alteration(&update.after(file)), Some(expected), "{what}");
    }
}

#[test]
fn what_was_signed_is_not_replaced() {
    let file = leaders();
    let all = [
        ("content", Update::of(5, CONTENT), Alteration::Replaced),
        (
            "font",
            Update::of(6, "<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"),
            Alteration::Replaced,
        ),
        (
            "nothing that uses it",
            Update::of(800, "(a)"),
            Alteration::Unreached,
        ),
        ("gone", Update::default().freed(5), Alteration::Freed),
    ];
    seen(&file, all);
    let same = Update::of(5, &object(&file, 5)).after(&file);
    let found = alteration(&same);
    assert_eq!(found, Some(Alteration::Replaced), "a stream once more");
    let same = Update::of(6, &object(&file, 6)).after(&file);
    assert_eq!(later(&same), [Later::Nothing]);
}

#[test]
fn pages_and_their_tree_stay() {
    let file = leaders();
    let page = |to: &str| altered(&file, 3, "/Rotate 0", to);
    let all = [
        (
            "page tree",
            altered(&file, 2, "[3 0 R 4 0 R]", "[4 0 R 3 0 R]"),
            Alteration::Page,
        ),
        (
            "size by a digit",
            altered(&file, 2, "595.32001", "595.32"),
            Alteration::Page,
        ),
        ("turn", page("/Rotate 90"), Alteration::Page),
        (
            "content of a page",
            altered(&file, 3, "5 0 R", "800 0 R").and(800, CONTENT),
            Alteration::Page,
        ),
        (
            "resources of a page",
            page("/Rotate 0 /Resources << /Font << /F 800 0 R >> >>")
                .and(800, "<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"),
            Alteration::Page,
        ),
    ];
    seen(&file, all);
}

#[test]
fn the_catalog_stays() {
    let file = leaders();
    let all = [
        (
            "pages",
            altered(&file, 1, "/Pages 2 0 R", "/Pages 800 0 R")
                .and(800, "<< /Type /Pages /Kids [] /Count 0 >>"),
            Alteration::Catalog,
        ),
        (
            "script",
            altered(
                &file,
                1,
                "/Type /Catalog",
                "/Type /Catalog /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>",
            ),
            Alteration::Catalog,
        ),
        (
            "layers",
            altered(
                &file,
                1,
                "/Type /Catalog",
                "/Type /Catalog /OCProperties << >>",
            ),
            Alteration::Catalog,
        ),
    ];
    seen(&file, all);
}

#[test]
fn the_root_is_not_exchanged() {
    let file = leaders();
    let root = object(&file, 1).replace("/Pages 2 0 R", "/Pages 802 0 R");
    let other = Update::of(801, &root)
        .and(802, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
        .trailer("/Root 801 0 R");
    for (what, update) in [
        ("root", other),
        (
            "a further key",
            Update::of(801, "()").trailer("/Root 1 0 R /Extra 801 0 R"),
        ),
        (
            "information",
            Update::of(801, "<<>>").trailer("/Root 1 0 R /Info 801 0 R"),
        ),
    ] {
        assert_eq!(
            alteration(&update.after(&file)),
            Some(Alteration::Trailer),
            "{what}"
        );
    }
}

/// Hide: what lay over the content is taken away. Replace: what is there gets another look.
/// Hide and replace: what was prepared in the signed part is switched on by a list.
#[test]
fn shadows_that_were_signed_stay_shadows() {
    let over =
        "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 1 >>\nstream\nf\nendstream";
    let mut paper =
        Paper::plain()
            .and(40, over)
            .with(2, "/Font", "/XObject << /Over 40 0 R >> /Font");
    // A comment for whoever reads the file, an object for whom the list points at it.
    paper.objects[4]
        .1
        .push_str("\nendobj\n2 0 obj\n<< /Type /Pages /Kids [4 0 R] /Count 1 >>");
    let file = sign(&paper.write(Form::Table), &leader());
    let hidden = text(&file)
        .find("2 0 obj\n<< /Type /Pages /Kids [4")
        .unwrap();
    for (what, update, expected) in [
        ("hide", Update::default().freed(40), Alteration::Freed),
        (
            "hide by an empty one",
            Update::of(40, &over.replace("\nf\n", "\nn\n")),
            Alteration::Replaced,
        ),
        (
            "hide and replace",
            Update::default().elsewhere(2, hidden),
            Alteration::Structure,
        ),
        (
            "listed at another object",
            Update::default().elsewhere(5, hidden),
            Alteration::Structure,
        ),
    ] {
        let changed = update.after(&file);
        let read =
            kyso_documents::pdf::Pdf::read(&changed, &kyso_documents::pdf::Limits::default());
        match read {
            Err(refusal) => assert_eq!(refusal, Refusal::Damaged, "{what}"),
            Ok(_) => assert_eq!(alteration(&changed), Some(expected), "{what}"),
        }
    }
}

#[test]
fn an_object_is_on_one_list_in_one_place() {
    let file = leaders();
    let twice = Update::of(800, "(a)").and(800, "(b)");
    let unlisted = Update::of(800, "(a)").unlisted(5, CONTENT);
    let hybrid = Update::of(800, "(a)").trailer("/Root 1 0 R /XRefStm 9");
    for (what, update) in [("twice", twice), ("unlisted", unlisted), ("hybrid", hybrid)] {
        let changed = update.after(&file);
        let limits = kyso_documents::pdf::Limits::default();
        let found = kyso_documents::pdf::Pdf::read(&changed, &limits).map(|_| alteration(&changed));
        let seen = matches!(
            found,
            Err(Refusal::Damaged) | Ok(Some(Alteration::Structure))
        );
        assert!(seen, "{what}: {found:?}");
    }
}

#[test]
fn a_number_that_was_only_named_does_not_come_to_life() {
    let paper = Paper::plain().with(3, "/Rotate 0", "/Rotate 0 /Thumb 90 0 R");
    let file = sign(&paper.write(Form::Table), &new("A", Some(PLACE)));
    let update = Update::of(90, CONTENT);
    assert_eq!(alteration(&update.after(&file)), Some(Alteration::Reused));
}

#[test]
fn objects_in_streams_are_not_replaced_either() {
    for form in [Form::Stream, Form::Packed] {
        let file = sign(&Paper::plain().write(form), &leader());
        let update = Update::of(6, "<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>");
        assert_eq!(alteration(&update.after(&file)), Some(Alteration::Replaced));
    }
}

#[test]
fn only_signatures_are_put_upon_pages() {
    let file = leaders();
    let page = object(&file, 3);
    let annotations = |more: &str| page.replacen("/Annots [", &format!("/Annots [{more} "), 1);
    let last = |more: &str| page.replacen("0 R]", &format!("0 R {more}]"), 1);
    let note = "<< /Type /Annot /Subtype /FreeText /Rect [0 0 100 100] /Contents (Khac) >>";
    let stamp = "<< /Type /Annot /Subtype /Widget /Rect [0 0 100 100] /P 3 0 R >>";
    for (what, update) in [
        ("a note", Update::of(3, &last("800 0 R")).and(800, note)),
        (
            "a note below",
            Update::of(3, &annotations("800 0 R")).and(800, note),
        ),
        ("a note of its own", Update::of(3, &last(note))),
        (
            "a widget of nothing",
            Update::of(3, &last("800 0 R")).and(800, stamp),
        ),
        (
            "none",
            Update::of(3, &page.replacen("/Annots [", "/Annots [] /Old [", 1)),
        ),
    ] {
        let found = alteration(&update.after(&file));
        let seen = [Alteration::Annotation, Alteration::Page];
        assert!(
            found.is_some_and(|one| seen.contains(&one)),
            "{what}: {found:?}"
        );
    }
}

/// The number of the object in which this stands first.
fn number_of(file: &[u8], words: &str) -> u32 {
    let text = text(file);
    let (before, _) = text.split_once(words).unwrap();
    let (_, number) = before.rsplit_once("endobj\n").unwrap();
    number.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn fields_are_not_changed() {
    let file = numbered(&leaders());
    let number = format!("/FT /Tx /T <{}>", hex::encode("KysoNumber"));
    let number = number_of(&file, &number);
    let person = number_of(&file, "/FT /Sig /T <feff");
    let all = [
        (
            "another value",
            altered(&file, number, "00300035", "00300036"),
            Alteration::Field,
        ),
        (
            "moved",
            altered(&file, person, "/Rect [30", "/Rect [40"),
            Alteration::Field,
        ),
        (
            "another signature in it",
            altered(&file, person, "/V ", "/V 800 0 R /Old ").and(800, "<< /Type /Sig >>"),
            Alteration::Unclear,
        ),
        (
            "an action",
            altered(&file, person, "/FT", "/A << /S /URI /URI (http://a) >> /FT"),
            Alteration::Field,
        ),
    ];
    seen(&file, all);
}

#[test]
fn the_form_gets_nothing_but_signatures() {
    let file = leaders();
    let form = number_of(&file, "<< /Fields [");
    let text_field = "<< /Type /Annot /Subtype /Widget /FT /Tx /T (So) /V (1) /Rect [0 0 9 9] >>";
    let empty = text_field.replace("/Tx", "/Sig").replace(" /V (1)", "");
    let all = [
        (
            "a text field",
            altered(&file, form, "/Fields [", "/Fields [800 0 R ").and(800, text_field),
            Alteration::Form,
        ),
        (
            "a text field after the others",
            altered(&file, form, "0 R]", "0 R 800 0 R]").and(800, text_field),
            Alteration::Field,
        ),
        (
            "a signature field that is empty",
            altered(&file, form, "0 R]", "0 R 800 0 R]").and(800, &empty),
            Alteration::Signature,
        ),
        (
            "looks anew",
            altered(&file, form, "/SigFlags", "/NeedAppearances true /SigFlags"),
            Alteration::Form,
        ),
        (
            "fonts",
            altered(
                &file,
                form,
                "/SigFlags",
                "/DR << /Font << /TiRo 6 0 R >> >> /SigFlags",
            ),
            Alteration::Form,
        ),
        (
            "no flags",
            altered(&file, form, "/SigFlags 3", "/SigFlags 0"),
            Alteration::Form,
        ),
    ];
    seen(&file, all);
}

#[test]
fn what_was_changed_before_a_later_signature_is_seen() {
    let file = leaders();
    let changed = Update::of(5, CONTENT).after(&file);
    let sealed = sign(&changed, &new("B", None));
    let all = check(&sealed, Pki::shared());
    assert!(
        all.iter()
            .all(|one| one.report.as_ref().unwrap().is_valid())
    );
    assert_eq!(alteration(&sealed), Some(Alteration::Replaced));
    assert_eq!(later(&sealed)[1], Later::Nothing);
}

#[test]
fn a_later_signature_does_not_cover_a_page() {
    let file = leaders();
    for (height, expected) in [(90.0, None), (400.0, Some(Alteration::Overlay))] {
        let large = Place {
            page: 1,
            left: 0.0,
            bottom: 0.0,
            width: 595.0,
            height,
        };
        let two = sign(&file, &new("B", Some(large)));
        assert_eq!(alteration(&two), expected);
    }
}

#[test]
fn more_updates_than_are_judged_are_not_explained() {
    let mut file = leaders();
    for _ in 0..65 {
        file = Update::of(6, &object(&file, 6)).after(&file);
    }
    assert_eq!(alteration(&file), Some(Alteration::TooMany));
}

#[test]
fn ranges_that_are_not_those_of_a_revision_are_unclear() {
    let [one, ..] = steps(&Paper::plain(), Form::Table);
    // A revision that ends where no list does: the signed part goes on into the update.
    let moved = text(&one).rfind("/ByteRange [0 ").unwrap();
    let mut changed = one;
    changed[moved + 12] = b'1';
    assert_eq!(alteration(&changed), Some(Alteration::Unclear));
}
