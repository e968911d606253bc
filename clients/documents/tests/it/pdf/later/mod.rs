//! What is added after a signature: what is explained and what is not.

mod attacks;
mod explained;
mod filled;
mod lists;
pub(super) mod update;

use kyso_documents::pdf::{Alteration, Change, Later, Limits, Pdf, Reserved};

use super::paper::{Form, Paper};
use super::reserved::{leader, numbered, seal};
use super::{new, sign};

/// A file that a leader signed.
fn leaders() -> Vec<u8> {
    sign(&Paper::plain().write(Form::Table), &leader())
}

/// What was added after each signature.
fn later(file: &[u8]) -> Vec<Later> {
    let limits = Limits::default();
    let pdf = Pdf::read(file, &limits).unwrap();
    pdf.later(&limits).unwrap()
}

/// Why what was added after the first signature is not explained.
fn alteration(file: &[u8]) -> Option<Alteration> {
    match later(file).first() {
        Some(Later::Unexplained(unexplained)) => Some(unexplained.alteration),
        _ => None,
    }
}

fn signed(field: &str, new_and_visible: bool) -> Change {
    Change::Signed {
        field: field.to_owned(),
        new_and_visible,
    }
}

fn filled() -> [Change; 2] {
    [
        (Reserved::NUMBER, "05/QĐ-UBND"),
        (Reserved::DATE, "ngày 24 tháng 11 năm 2026"),
    ]
    .map(|(field, text)| Change::Filled {
        field: field.to_owned(),
        text: text.to_owned(),
    })
}

/// Leader, number and date, seal, appendix.
fn steps(paper: &Paper, form: Form) -> [Vec<u8>; 4] {
    let one = sign(&paper.write(form), &leader());
    let two = numbered(&one);
    let three = sign(&two, &seal());
    let four = sign(&three, &new("Phụ lục", None));
    [one, two, three, four]
}
