//! What is signed with a warning.

use kyso_documents::pdf::{Coverage, Limits, Pdf, Warning, prepare};

use super::paper::{Form, Paper};
use super::refused::{after, replaced};
use super::{new, sign, text};

#[test]
fn what_validators_dislike_is_said() {
    let mut gaps = Paper::plain();
    gaps.objects.push((20, "<< >>".to_owned()));
    let xfa = Paper::plain().with(1, "2 0 R", "2 0 R /AcroForm << /XFA (a) >>");
    let rights = Paper::plain().with(1, "2 0 R", "2 0 R /Perms << /UR3 << >> >>");
    let mut dangling = Paper::plain().and(7, "[9 0 R]");
    dangling.trailer.push_str(" /Other 7 0 R");
    for (paper, expected) in [
        (Paper::plain(), vec![]),
        (gaps, vec![Warning::Gaps]),
        (xfa, vec![Warning::Xfa]),
        (rights, vec![Warning::UsageRights]),
        (dangling, vec![Warning::Dangling]),
    ] {
        let file = paper.write(Form::Table);
        let prepared = prepare(&file, &new("A", None), &Limits::default()).unwrap();
        assert_eq!(prepared.warnings(), expected);
    }
}

#[test]
fn a_size_that_shrinks_is_said() {
    let one = sign(&Paper::plain().write(Form::Table), &new("A", None));
    let shrunk = replaced(&one, "/Size 10", "/Size 02");
    let prepared = prepare(&shrunk, &new("B", None), &Limits::default()).unwrap();
    assert_eq!(prepared.warnings(), [Warning::Shrunk]);
    assert!(text(&sign(&shrunk, &new("B", None))[shrunk.len()..]).contains("\n10 0 obj"));
}

#[test]
fn an_earlier_signature_that_covers_less_than_a_revision_is_said() {
    let warnings = |file: &[u8]| {
        let prepared = prepare(file, &new("A", None), &Limits::default()).unwrap();
        prepared.warnings().to_vec()
    };
    assert!(warnings(&after("")).contains(&Warning::Uncovered));
    let one = sign(&Paper::plain().write(Form::Table), &new("B", None));
    let two = sign(&one, &new("C", None));
    assert_eq!(warnings(&two), []);
}

#[test]
fn tables_of_both_forms_are_signed_with_a_warning() {
    let list = "<< /Type /XRef /Size 8 /W [1 4 2] /Index [7 0] /Length 0 >>\nstream\n\nendstream";
    let mut hybrid = Paper::plain().and(7, list);
    hybrid.trailer.push_str(" /XRefStm 0000");
    let file = hybrid.write(Form::Table);
    let place = text(&file).find("7 0 obj").unwrap();
    let file = replaced(&file, "/XRefStm 0000", &format!("/XRefStm {place:04}"));
    let prepared = prepare(&file, &new("A", None), &Limits::default()).unwrap();
    assert_eq!(prepared.warnings(), [Warning::Hybrid]);
    let update = text(&sign(&file, &new("A", None))[file.len()..]);
    assert!(!update.contains("XRefStm"));
}

/// The digest would be right for any text put in place of what is left out.
#[test]
fn ranges_that_leave_out_another_text_than_the_signature_are_unclear() {
    let covered = |left_out: &str| {
        let file = after("/Contents2 <11> /ByteRange2 [0 1111 2222 3333]");
        let file = replaced(&file, "/ByteRange [0 1 2 3]", "/ByteRangX [0 1 2 3]");
        let file = replaced(&file, "/ByteRange2", "/ByteRange ");
        let all = text(&file);
        let from = all.find(left_out).unwrap() + left_out.len() - 1;
        let (to, length) = (from + 4, file.len());
        let numbers = format!("[0 {from:04} {to:04} {:04}]", length - to);
        let file = replaced(&file, "[0 1111 2222 3333]", &numbers);
        let pdf = Pdf::read(&file, &Limits::default()).unwrap();
        pdf.signatures().unwrap()[0].coverage
    };
    assert_eq!(covered("/Contents <"), Coverage::WholeFile);
    assert_eq!(covered("/Contents2 <"), Coverage::Unclear);
}
