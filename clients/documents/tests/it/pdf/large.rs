//! What is large, and what is made to be.

use kyso_documents::pdf::{Limits, Refusal, prepare};

use super::paper::{Form, Paper};
use super::refused::replaced;
use super::{new, refusal, sign, text, valid};

#[test]
fn a_file_beyond_a_limit_is_refused() {
    let file = Paper::plain().write(Form::Packed);
    let signed = sign(&file, &new("A", None));
    let all = Limits::default();
    for (file, limits, expected) in [
        (
            &file,
            Limits {
                bytes: file.len() - 1,
                ..all
            },
            Refusal::TooLarge,
        ),
        (&file, Limits { objects: 5, ..all }, Refusal::TooManyObjects),
        (
            &signed,
            Limits { sections: 1, ..all },
            Refusal::TooManyObjects,
        ),
        (
            &file,
            Limits {
                unpacked: 10,
                ..all
            },
            Refusal::TooDense,
        ),
    ] {
        let refused = prepare(file, &new("B", None), &limits);
        assert_eq!(refused.err(), Some(expected));
    }
    let sizes = replaced(&file, "/Size 9", "/Size 4294967295");
    assert_eq!(refusal(&sizes, &new("A", None)), Refusal::TooManyObjects);
}

#[test]
fn what_a_small_file_can_make_long_is_refused() {
    let file = Paper::plain().write(Form::Table);
    let large = replaced(
        &file,
        "/Root",
        &format!("/Other ({}) /Root", "a".repeat(70_000)),
    );
    assert_eq!(refusal(&large, &new("A", None)), Refusal::Damaged);
    let fields: Vec<String> = (100..400).map(|number| format!("{number} 0 R")).collect();
    let mut many = Paper::plain().form(&format!("[{}]", fields.join(" ")));
    for number in 100..400 {
        many = many.and(number, "<< /FT /Sig /T (A) /V << /Type /Sig >> >>");
    }
    let refused = refusal(&many.write(Form::Table), &new("B", None));
    assert_eq!(refused, Refusal::TooManyObjects);
}

#[test]
fn a_long_list_of_objects_may_be_larger_than_the_share_of_a_stream() {
    let words = "/ObjStm ".repeat(3000);
    let content = format!("<< /Length {} >>\nstream\n{words}\nendstream", words.len());
    let mut paper = Paper::plain().and(7, &content);
    for number in 8..4000 {
        paper = paper.and(number, "<< >>");
    }
    let file = paper.write(Form::Stream);
    assert_eq!(valid(&sign(&file, &new("A", None))).len(), 1);
}

#[test]
fn tags_are_passed_over_but_nothing_that_calls_itself_one() {
    let tag = "<< /Type /StructElem /S /P /P 3 0 R /K [90 0 R] >>";
    let field = "<< /Type /StructElem /P 3 0 R /FT /Sig /T (A) >>";
    let paper = Paper::plain().form("[31 0 R]").and(30, tag).and(31, field);
    for form in Form::ALL {
        let file = paper.write(form);
        assert_eq!(refusal(&file, &new("A", None)), Refusal::FieldExists);
        let update = text(&sign(&file, &new("B", None))[file.len()..]);
        assert!(
            update.contains("\n91 0 obj"),
            "what a tag names is not taken"
        );
    }
}
