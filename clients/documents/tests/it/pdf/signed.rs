//! What is signed, and that all of it stays valid.

use kyso_documents::pdf::{
    Appearance, Coverage, Limits, Lock, Misfit, Piece, Place, Refusal, Request, Template, Warning,
    prepare,
};
use kyso_documents::{HashAlgorithm, NotCms, Scheme};
use proptest::prelude::*;

use super::paper::{Form, Paper};
use super::{HASH, PLACE, check, cms, existing, new, sign, text, valid};
use crate::pki::{Pki, SIGNED_AT};

const WHOLE: Coverage = Coverage::WholeFile;
const EARLIER: Coverage = Coverage::EarlierRevision;

#[test]
fn two_visible_signatures_and_one_invisible_stay_valid_in_every_form() {
    for form in Form::ALL {
        let file = Paper::plain().write(form);
        let one = sign(&file, &new("Lãnh đạo", Some(PLACE)));
        let two = sign(&one, &new("Seal", Some(Place { page: 1, ..PLACE })));
        let three = sign(&two, &new("Hidden", None));
        assert_eq!(valid(&one), [("Lãnh đạo".to_owned(), WHOLE)]);
        let expected = [
            ("Lãnh đạo".to_owned(), EARLIER),
            ("Seal".to_owned(), EARLIER),
            ("Hidden".to_owned(), WHOLE),
        ];
        assert_eq!(valid(&three), expected, "{form:?}");
    }
}

#[test]
fn every_scheme_signs_and_openssl_accepts_it() {
    let file = Paper::plain().write(Form::Table);
    for (pki, scheme, hash) in [
        (Pki::p256(), Scheme::Ecdsa, HASH),
        (Pki::rsa(), Scheme::RsaPkcs1, HASH),
        (Pki::rsa(), Scheme::RsaPss { salt: 32 }, HASH),
        (Pki::rsa(), Scheme::RsaPkcs1, HashAlgorithm::Sha512),
    ] {
        let request = Request {
            hash,
            ..new("A", None)
        };
        let prepared = prepare(&file, &request, &Limits::default()).unwrap();
        let cms = cms(&prepared, &pki, scheme);
        let done = prepared.complete(file.clone(), &cms).unwrap();
        let all = check(&done, &pki);
        assert!(
            all[0].report.as_ref().unwrap().is_valid(),
            "{scheme:?} {all:?}"
        );
        assert_eq!(all[0].embedded.cms, cms);
        assert_eq!(
            all[0].embedded.sub_filter.as_deref(),
            Some("ETSI.CAdES.detached")
        );
        let [_, first, second, length] = prepared.byte_range().map(|n| usize::try_from(n).unwrap());
        let covered = [&done[..first], &done[second..second + length]].concat();
        let (accepted, said, _) = crate::openssl::verify(&cms, &pki, Some(&covered));
        assert!(accepted, "{scheme:?}: {said}");
    }
}

#[test]
fn objects_that_change_keep_their_own_text() {
    for form in Form::ALL {
        let done = sign(&Paper::plain().write(form), &new("A", Some(PLACE)));
        let update = text(&done);
        let update = &update[update.find("%%EOF").unwrap()..];
        assert!(
            update.contains("/MediaBox [ 0 0 300.10003 400 ]"),
            "{update}"
        );
        assert!(update.contains("/Annots [  "), "{update}");
        assert!(
            !update.contains("595.32001"),
            "what need not change is not written"
        );
    }
}

#[test]
fn the_new_section_has_the_form_of_the_last_and_keeps_the_name_of_the_document() {
    for (form, word) in [
        (Form::Table, "trailer"),
        (Form::Stream, "/Type /XRef"),
        (Form::Packed, "/Type /XRef"),
    ] {
        let file = Paper::plain().write(form);
        let done = sign(&file, &new("A", None));
        let update = text(&done[file.len()..]);
        assert!(update.contains(word), "{form:?}");
        assert_eq!(
            update.matches("trailer").count(),
            usize::from(form == Form::Table)
        );
        assert!(update.contains("/ID [<00112233445566778899aabbccddeeff> <"));
        assert!(!update.contains("<00>]"), "the second part is new");
        assert!(update.ends_with("%%EOF\n"));
        assert!(update.contains("/M (D:20261123150000+07'00')"));
    }
}

#[test]
fn a_file_that_ends_oddly_is_joined_so_that_the_first_revision_stays_itself() {
    for (end, joint) in [
        ("\n", ""),
        ("\r\n", ""),
        ("\r", "\r"),
        ("", "\n"),
        (" ", "\n"),
    ] {
        let mut paper = Paper::plain();
        paper.end = end.to_owned();
        let file = paper.write(Form::Table);
        let done = sign(&file, &new("A", None));
        let joined = text(&done[file.len()..]);
        assert!(joined.starts_with(&format!("{joint}1 0 obj")), "{end:?}");
        assert_eq!(valid(&done).len(), 1);
    }
}

#[test]
fn annotations_and_fields_are_found_wherever_they_stand() {
    let plain = Paper::plain();
    for (what, paper) in [
        (
            "an array of its own",
            plain.clone().with(4, "[ ]", "20 0 R").and(20, "[]"),
        ),
        ("null", plain.clone().with(4, "[ ]", "null")),
        (
            "a reference to nothing",
            plain.clone().with(4, "[ ]", "30 0 R"),
        ),
        ("a form", plain.clone().form("[]")),
        (
            "a form whose fields are an object",
            plain.clone().form("21 0 R").and(21, "[ ]"),
        ),
        (
            "a form without fields",
            plain
                .clone()
                .with(1, "2 0 R", "2 0 R /AcroForm << /SigFlags 1 >>"),
        ),
        (
            "a form of its own",
            plain
                .clone()
                .with(1, "2 0 R", "2 0 R /AcroForm 22 0 R")
                .and(22, "<</Fields[]/SigFlags 2>>"),
        ),
        (
            "a form that is missing",
            plain.with(1, "2 0 R", "2 0 R /AcroForm 23 0 R"),
        ),
    ] {
        for form in Form::ALL {
            let one = sign(&paper.write(form), &new("A", Some(PLACE)));
            let two = sign(&one, &new("B", Some(PLACE)));
            let names: Vec<_> = valid(&two).into_iter().map(|one| one.0).collect();
            assert_eq!(names, ["A", "B"], "{what} {form:?}");
            assert!(text(&two).contains("/SigFlags 3") || text(&two).contains("/SigFlags  3"));
        }
    }
}

#[test]
fn a_number_that_is_only_named_is_not_taken() {
    for form in Form::ALL {
        let mut paper = Paper::plain().and(11, "[90 0 R]");
        paper.trailer.push_str(" /Extra [/A << /B 91 0 R >>]");
        let file = paper.write(form);
        let done = sign(&file, &new("A", Some(PLACE)));
        let update = text(&done[file.len()..]);
        assert!(update.contains("\n92 0 obj"), "{form:?}");
        assert!(update.contains("/Extra [/A << /B 91 0 R >>]"));
        assert!(!update.contains("\n90 0 obj") && !update.contains("\n91 0 obj"));
        let prepared = prepare(&file, &new("A", None), &Limits::default()).unwrap();
        assert!(prepared.warnings().contains(&Warning::Dangling));
    }
}

#[test]
fn a_section_that_does_not_list_itself_keeps_its_number() {
    let mut file = Paper::plain().write(Form::Packed);
    let place = text(&file).find("8 0 obj\n<< /Type /XRef").unwrap();
    file[place] = b'9';
    let done = sign(&file, &new("A", Some(PLACE)));
    let update = text(&done[file.len()..]);
    assert!(
        update.contains("\n10 0 obj") && !update.contains("\n9 0 obj"),
        "{update}"
    );
}

const EMPTY: &str =
    "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Chu ky) /Rect [10 10 60 40] /P 3 0 R /F 4 >>";

#[test]
fn a_waiting_field_is_signed_by_its_name() {
    let merged = Paper::plain().form("[30 0 R]").and(30, EMPTY).with(
        3,
        "/Rotate 0",
        "/Rotate 90 /Annots [30 0 R]",
    );
    let below = Paper::plain()
        .form("[30 0 R]")
        .and(30, "<< /T (Chu) /FT /Sig /Kids [31 0 R] >>")
        .and(31, "<< /T (ky) /Parent 30 0 R /Kids [32 0 R] >>")
        .and(
            32,
            "<< /Type /Annot /Subtype /Widget /Parent 31 0 R /Rect [10 10 60 40] >>",
        )
        .with(3, "/Rotate 0", "/Rotate 90 /Annots [32 0 R]");
    for form in Form::ALL {
        for (paper, name) in [(&merged, "Chu ky"), (&below, "Chu.ky")] {
            let file = paper.write(form);
            let done = sign(&file, &existing(name));
            assert_eq!(valid(&done), [(name.to_owned(), WHOLE)]);
            let update = text(&done[file.len()..]);
            assert!(update.contains("/Matrix [0 1 -1 0 0 0]"), "{update}");
            assert!(update.contains("/BBox [0 0 30 50]"), "{update}");
            let two = sign(&done, &new("B", Some(PLACE)));
            assert_eq!(valid(&two).len(), 2);
        }
    }
}

#[test]
fn a_page_without_bounds_is_taken_for_a4() {
    let endless = format!(
        "/Rotate 0 /MediaBox [-{0}.0 -{0}.0 {0}.0 {0}.0]",
        "9".repeat(50)
    );
    let file = Paper::plain()
        .with(3, "/Rotate 0", &endless)
        .write(Form::Table);
    let place = Place { page: 1, ..PLACE };
    let done = sign(&file, &new("A", Some(place)));
    assert!(text(&done[file.len()..]).contains("/Rect [30 40 130 90]"));
}

#[test]
fn what_a_signature_locks_is_not_signed_after_it() {
    let names = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    for (lock, text_of, then) in [
        (Lock::All, "/Action /All", [Some(Refusal::Locked); 2]),
        (
            Lock::Include(names(&["B"])),
            "/Action /Include /Fields [<42>]",
            [Some(Refusal::Locked), None],
        ),
        (
            Lock::Exclude(names(&["B"])),
            "/Action /Exclude /Fields [<42>]",
            [None, Some(Refusal::Locked)],
        ),
    ] {
        let request = Request {
            lock: Some(lock),
            ..new("A", None)
        };
        let one = sign(&Paper::plain().write(Form::Table), &request);
        assert_eq!(
            text(&one).matches(text_of).count(),
            2,
            "in the field and in the signature"
        );
        let found =
            ["B", "C"].map(|name| prepare(&one, &new(name, None), &Limits::default()).err());
        assert_eq!(found, then, "{text_of}");
    }
    let waiting = EMPTY.replace("/F 4", "/Lock << /Action /Include /Fields [(B)] >>");
    let file = Paper::plain()
        .form("[30 0 R]")
        .and(30, &waiting)
        .write(Form::Packed);
    let one = sign(&file, &existing("Chu ky"));
    let refused = prepare(&one, &new("B", None), &Limits::default()).err();
    assert_eq!(refused, Some(Refusal::Locked));
    assert!(text(&one[file.len()..]).contains("/TransformMethod /FieldMDP /Data 1 0 R"));
}

#[test]
fn a_drawing_is_entered_with_all_its_objects() {
    let piece = |text: &str| Piece::Bytes(text.as_bytes().to_vec());
    let appearance = Appearance {
        width: 10.0,
        height: 5.5,
        content: b"/X Do".to_vec(),
        resources: Template(vec![
            piece("<< /XObject << /X "),
            Piece::Reference(1),
            piece(" >> >>"),
        ]),
        objects: vec![
            Template(vec![piece("<< /A 1 >>")]),
            Template(vec![piece("<< /B "), Piece::Reference(0), piece(" >>")]),
        ],
    };
    let request = Request {
        appearance: Some(appearance),
        reason: Some("Ký ban hành".to_owned()),
        ..new("A", Some(PLACE))
    };
    let file = Paper::plain().write(Form::Table);
    let done = text(&sign(&file, &request)[file.len()..]);
    for expected in [
        "/BBox [0 0 10 5.5] /Matrix [1 0 0 1 0 0] /Length 5 /Resources << /XObject << /X 11 0 R >> >> >>\nstream\n/X Do\nendstream",
        "10 0 obj\n<< /A 1 >>",
        "11 0 obj\n<< /B 10 0 R >>",
        "/AP << /N 9 0 R >>",
        "/Rect [30 40 130 90]",
        "/Reason <feff004b00fd00200062",
    ] {
        assert!(done.contains(expected), "{expected} in {done}");
    }
}

#[test]
fn a_signature_that_does_not_belong_here_is_not_put_in() {
    let pki = Pki::shared();
    let file = Paper::plain().write(Form::Table);
    let prepared = prepare(&file, &new("A", None), &Limits::default()).unwrap();
    let another = prepare(&file, &new("B", None), &Limits::default()).unwrap();
    let timed = kyso_documents::prepare(prepared.digest(), &pki.certificate, SIGNED_AT).unwrap();
    let signature = pki.sign(timed.signed_attributes(), Scheme::Ecdsa, HASH);
    let timed = timed.complete(&signature, Scheme::Ecdsa, &[]).unwrap();
    let good = cms(&prepared, pki, Scheme::Ecdsa);
    for (cms, error) in [
        (cms(&another, pki, Scheme::Ecdsa), Misfit::OtherDocument),
        (timed, Misfit::SigningTime),
        (vec![], Misfit::NotCms(NotCms::Form)),
    ] {
        assert_eq!(prepared.update(&cms), Err(error));
    }
    let longer = [file.as_slice(), b"\n"].concat();
    assert_eq!(prepared.complete(longer, &good), Err(Misfit::OtherFile));
    let tight = |room| {
        let request = Request {
            room,
            ..new("A", None)
        };
        let prepared = prepare(&file, &request, &Limits::default()).unwrap();
        let cms = cms(&prepared, pki, Scheme::Ecdsa);
        (cms.len(), prepared.update(&cms).map(drop))
    };
    let (found, refused) = tight(100);
    assert_eq!(refused, Err(Misfit::Room { found, room: 100 }));
    assert_eq!(tight(found + 4).1, Ok(()));
}

#[test]
fn a_changed_byte_and_a_later_one_are_told_apart() {
    let file = Paper::plain().write(Form::Table);
    let one = sign(&file, &new("A", None));
    let mut changed = one.clone();
    let place = text(&one).find("Van ban").unwrap();
    changed[place] = b'W';
    let all = check(&changed, Pki::shared());
    assert_eq!(all[0].embedded.coverage, WHOLE);
    let report = all[0].report.clone().unwrap();
    assert!(!report.digest_matches && report.signature_valid);

    let two = sign(&one, &new("B", None));
    let cut = text(&two).rfind("/ByteRange [0 ").unwrap();
    let mut moved = two.clone();
    moved[cut + 12] = b'1';
    let all = check(&moved, Pki::shared());
    assert_eq!(all[1].embedded.coverage, Coverage::Unclear);
    assert!(!all[1].report.clone().unwrap().is_intact());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_the_request_says_the_signatures_are_valid(
        name in "[^.\\p{Cc}]{1,12}",
        words in proptest::option::of(".{0,40}"),
        left in 0.0..200.0f64,
        width in 0.1..90.0f64,
        form in 0..3usize,
        shown: bool,
    ) {
        let file = Paper::plain().write(Form::ALL[form]);
        let place = Place { left, width, ..PLACE };
        let request = Request { reason: words, ..new(&name, shown.then_some(place)) };
        let one = sign(&file, &request);
        let two = sign(&one, &new("second of them", Some(PLACE)));
        let all = valid(&two);
        prop_assert_eq!(&all[0], &(name, EARLIER));
        prop_assert_eq!(all.len(), 2);
    }
}
