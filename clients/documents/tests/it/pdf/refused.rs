//! What is not signed, and why.

use kyso_documents::pdf::{Limits, Pdf, Place, Refusal, Request, prepare};
use proptest::prelude::*;

use super::paper::{Form, Paper};
use super::{PLACE, existing, new, refusal, text};

pub(super) fn replaced(file: &[u8], from: &str, to: &str) -> Vec<u8> {
    let place = text(file).rfind(from).unwrap();
    [&file[..place], to.as_bytes(), &file[place + from.len()..]].concat()
}

#[test]
fn files_that_are_not_whole_are_refused() {
    let file = Paper::plain().write(Form::Table);
    let prev = replaced(&file, "/Root", "/Prev 9 /Root");
    let mut own = Paper::plain();
    let start = text(&file).rfind("xref\n0").unwrap();
    own.trailer = format!("{} /Prev {start}", own.trailer);
    let mut encrypted = Paper::plain().and(40, "<< /Filter /Standard >>");
    encrypted.trailer.push_str(" /Encrypt 40 0 R");
    for (what, file, expected) in [
        ("nothing", vec![], Refusal::NotPdf),
        ("text", b"not a PDF".to_vec(), Refusal::NotPdf),
        (
            "a letter before",
            [b"a", file.as_slice()].concat(),
            Refusal::NotPdf,
        ),
        (
            "a letter after",
            [file.as_slice(), b"a"].concat(),
            Refusal::AfterEnd,
        ),
        ("no end", replaced(&file, "%%EOF", ""), Refusal::Damaged),
        (
            "no start",
            replaced(&file, "startxref", ""),
            Refusal::Damaged,
        ),
        (
            "a start at nothing",
            replaced(&file, "startxref\n", "startxref\n1"),
            Refusal::Damaged,
        ),
        (
            "a start of zero",
            replaced(&file, "startxref\n", "startxref\n0 "),
            Refusal::Damaged,
        ),
        ("a wrong earlier section", prev, Refusal::Damaged),
        (
            "a section before itself",
            own.write(Form::Table),
            Refusal::Damaged,
        ),
        (
            "size nothing",
            replaced(&file, "/Size 7", "/Size 0"),
            Refusal::Damaged,
        ),
        (
            "an encrypted table",
            encrypted.write(Form::Table),
            Refusal::Encrypted,
        ),
        (
            "an encrypted stream",
            encrypted.write(Form::Stream),
            Refusal::Encrypted,
        ),
    ] {
        assert_eq!(refusal(&file, &new("A", None)), expected, "{what}");
    }
}

const SIG: &str =
    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (First) /Rect [0 0 0 0] /V 31 0 R >>";

/// A file whose only signature says this of later changes.
pub(super) fn after(reference: &str) -> Vec<u8> {
    let signature = format!(
        "<< /Type /Sig /Filter /Adobe.PPKLite /Contents <00> /ByteRange [0 1 2 3] {reference} >>"
    );
    Paper::plain()
        .form("[30 0 R 32 0 R]")
        .and(30, SIG)
        .and(31, &signature)
        .and(
            32,
            "<< /FT /Sig /T (Waiting) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] >>",
        )
        .write(Form::Table)
}

fn transform(method: &str, parameters: &str) -> Vec<u8> {
    after(&format!(
        "/Reference [<< /Type /SigRef /TransformMethod /{method} /TransformParams << {parameters} >> >>]"
    ))
}

#[test]
fn what_an_earlier_signature_forbids_is_refused() {
    let (hidden, shown, waiting) = (new("A", None), new("A", Some(PLACE)), existing("Waiting"));
    for (what, file, expected) in [
        ("nothing", after(""), [None, None, None]),
        (
            "all",
            transform("DocMDP", "/P 1"),
            [Some(Refusal::Certified); 3],
        ),
        (
            "a new look",
            transform("DocMDP", "/P 2"),
            [None, Some(Refusal::CertifiedVisible), None],
        ),
        (
            "no number is two",
            transform("DocMDP", ""),
            [None, Some(Refusal::CertifiedVisible), None],
        ),
        (
            "comments too",
            transform("DocMDP", "/P 3"),
            [None, Some(Refusal::CertifiedVisible), None],
        ),
        (
            "all fields",
            transform("FieldMDP", "/Action /All"),
            [Some(Refusal::Locked); 3],
        ),
        (
            "some",
            transform("FieldMDP", "/Action /Include /Fields [(A)]"),
            [Some(Refusal::Locked), Some(Refusal::Locked), None],
        ),
        (
            "others",
            transform("FieldMDP", "/Action /Include /Fields [(AA) (B)]"),
            [None, None, None],
        ),
        (
            "all but some",
            transform("FieldMDP", "/Action /Exclude /Fields [(A)]"),
            [None, None, Some(Refusal::Locked)],
        ),
        (
            "what is unknown",
            transform("FieldMDP", "/Action /Some"),
            [Some(Refusal::Locked); 3],
        ),
    ] {
        let found = [&hidden, &shown, &waiting]
            .map(|request| prepare(&file, request, &Limits::default()).err());
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn a_lock_of_the_field_and_a_certification_of_the_catalog_count() {
    let locked = replaced(&after(""), "(First)", "(First) /Lock << /Action /All >>");
    let locked = rewritten(&locked);
    assert_eq!(refusal(&locked, &new("A", None)), Refusal::Locked);
    let certified = Paper::plain()
        .with(1, "2 0 R", "2 0 R /Perms << /DocMDP 30 0 R >>")
        .and(
            30,
            "<< /Reference [<< /TransformMethod /DocMDP /TransformParams << /P 1 >> >>] >>",
        );
    assert_eq!(
        refusal(&certified.write(Form::Table), &new("A", None)),
        Refusal::Certified
    );
}

/// With its table written anew, for a text that grew.
fn rewritten(file: &[u8]) -> Vec<u8> {
    let all = text(file);
    let body = &all[..all.rfind("xref\n0").unwrap()];
    let objects = body.split("endobj\n").filter_map(|one| {
        let (number, text) = one
            .trim_start_matches("%PDF-1.7\n")
            .split_once(" 0 obj\n")?;
        Some((number.parse().unwrap(), text.trim_end().to_owned()))
    });
    let objects = objects.collect();
    Paper {
        objects,
        ..Paper::plain()
    }
    .write(Form::Table)
}

#[test]
fn a_field_that_cannot_be_signed_is_refused() {
    let file = Paper::plain()
        .form("[30 0 R 32 0 R 33 0 R 35 0 R]")
        .and(35, "<< /FT /Sig /T (Strict) /SV << /Ff 1 >> >>")
        .and(30, SIG)
        .and(31, "<< /Type /Sig >>")
        .and(32, "<< /FT /Tx /T (So) >>")
        .and(33, "<< /T (Nhom) /Kids [34 0 R] >>")
        .and(34, "<< /T (Chu ky) /FT /Sig >>")
        .write(Form::Table);
    let place = |place| new("A", Some(place));
    for (request, expected) in [
        (existing("None"), Refusal::NoField),
        (existing("Nhom"), Refusal::NoField),
        (existing("First"), Refusal::FieldSigned),
        (existing("Strict"), Refusal::Constrained),
        (existing("So"), Refusal::NotSignatureField),
        (new("First", None), Refusal::FieldExists),
        (new("So", None), Refusal::FieldExists),
        (new("Nhom", None), Refusal::FieldExists),
        (new("", None), Refusal::FieldName),
        (new("A.B", None), Refusal::FieldName),
        (new("A\0", None), Refusal::FieldName),
        (place(Place { page: 0, ..PLACE }), Refusal::NoPage),
        (place(Place { page: 3, ..PLACE }), Refusal::NoPage),
        (
            place(Place {
                left: 250.0,
                ..PLACE
            }),
            Refusal::OutsidePage,
        ),
        (
            Request {
                room: 0,
                ..new("A", None)
            },
            Refusal::Budget,
        ),
        (
            Request {
                room: usize::MAX,
                ..new("A", None)
            },
            Refusal::Budget,
        ),
    ] {
        assert_eq!(refusal(&file, &request), expected, "{request:?}");
    }
    assert!(prepare(&file, &existing("Nhom.Chu ky"), &Limits::default()).is_ok());
}

#[test]
fn a_free_name_is_one_that_is_not_refused() {
    let file = Paper::plain()
        .form("[30 0 R 32 0 R 33 0 R]")
        .and(30, "<< /FT /Sig /T (Ky1) >>")
        .and(32, "<< /FT /Tx /T (Ky3) >>")
        .and(33, "<< /T (Ky2) /Kids [34 0 R] >>")
        .and(34, "<< /T (So) /FT /Tx >>")
        .write(Form::Table);
    let pdf = Pdf::read(&file, &Limits::default()).unwrap();
    for (stem, free) in [("Ky", "Ky4"), ("So", "So1")] {
        let name = pdf.free_name(stem).unwrap();
        assert_eq!(name, free);
        assert!(pdf.prepare(&new(&name, None)).is_ok(), "{name}");
    }
}

#[test]
fn loops_and_doubled_keys_are_refused() {
    let plain = Paper::plain();
    for (what, paper) in [
        (
            "a page above itself",
            plain.clone().with(2, "[3 0 R", "[2 0 R"),
        ),
        (
            "a page twice",
            plain.clone().with(2, "[3 0 R 4 0 R]", "[3 0 R 3 0 R]"),
        ),
        (
            "a field below itself",
            plain
                .clone()
                .form("[30 0 R]")
                .and(30, "<< /T (A) /Kids [30 0 R] >>"),
        ),
        (
            "a key twice in the page",
            plain.clone().with(3, "/Rotate 0", "/Rotate 0 /Rotate 0"),
        ),
        (
            "annotations that are a number",
            plain.clone().with(3, "/Rotate 0", "/Annots 1"),
        ),
        (
            "flags that are a name",
            plain.with(1, "2 0 R", "2 0 R /AcroForm << /SigFlags /A >>"),
        ),
    ] {
        let refused = refusal(&paper.write(Form::Table), &new("B", None));
        assert_eq!(refused, Refusal::Malformed, "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_damaged_file_is_refused_or_signed_but_never_brings_us_down(
        form in 0..3usize,
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        cuts: bool,
    ) {
        let mut file = Paper::plain().form("[]").write(Form::ALL[form]);
        for (place, byte) in places {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if cuts {
            file.truncate(cut.index(file.len()));
        }
        if let Ok(prepared) = prepare(&file, &new("A", Some(PLACE)), &Limits::default()) {
            let [_, first, second, length] = prepared.byte_range();
            prop_assert!(first > u64::try_from(file.len()).unwrap() && second > first && length > 0);
        }
    }
}
