//! What may be added, alone and one after the other.

use kyso_documents::pdf::{Change, Coverage, Later, Request};
use proptest::prelude::*;

use super::super::paper::{Form, Paper};
use super::super::reserved::{RESERVED, numbered, seal};
use super::super::{PLACE, check, existing, new, sign};
use super::update::Update;
use super::{filled, later, signed, steps};
use crate::pki::Pki;

#[test]
fn every_step_of_an_outgoing_document_explains_itself() {
    for form in Form::ALL {
        let [one, two, three, four] = steps(&Paper::plain(), form);
        let sealed = signed("Con dấu", true);
        let appendix = signed("Phụ lục", false);
        let numbered = filled().to_vec();
        let to_the_end = [numbered.clone(), vec![sealed.clone(), appendix.clone()]].concat();
        for (file, expected) in [
            (one, vec![Later::Nothing]),
            (two, vec![Later::Explained(numbered.clone())]),
            (
                three,
                vec![
                    Later::Explained([numbered, vec![sealed]].concat()),
                    Later::Nothing,
                ],
            ),
            (
                four,
                vec![
                    Later::Explained(to_the_end),
                    Later::Explained(vec![appendix]),
                    Later::Nothing,
                ],
            ),
        ] {
            assert_eq!(later(&file), expected, "{form:?}");
        }
    }
}

#[test]
fn a_field_that_waited_is_explained() {
    let field =
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Chu ky) /Rect [10 10 60 40] /P 3 0 R >>";
    let merged =
        Paper::plain()
            .form("[30 0 R]")
            .and(30, field)
            .with(3, "/Rotate 0", "/Annots [30 0 R]");
    let below = Paper::plain()
        .form("[30 0 R]")
        .and(30, "<< /T (Chu ky) /FT /Sig /Kids [32 0 R] >>")
        .and(
            32,
            "<< /Type /Annot /Subtype /Widget /Parent 30 0 R /Rect [10 10 60 40] >>",
        )
        .with(3, "/Rotate 0", "/Annots [32 0 R]");
    for paper in [merged, below] {
        let one = sign(&paper.write(Form::Packed), &new("A", Some(PLACE)));
        let two = sign(&one, &existing("Chu ky"));
        // Fields stand in their order, not in that of their signatures.
        let expected = [
            Later::Nothing,
            Later::Explained(vec![signed("Chu ky", false)]),
        ];
        assert_eq!(later(&two), expected);
    }
}

/// Programs say in the file who changed it and when, which no page shows.
#[test]
fn what_describes_the_document_may_be_written_anew() {
    let stream = |kind: &str, text: &str| {
        let length = text.len();
        format!("<< /Type {kind} /Subtype /XML /Length {length} >>\nstream\n{text}\nendstream")
    };
    let plain = Paper::plain()
        .with(1, "/Pages", "/Metadata 50 0 R /Pages")
        .and(50, &stream("/Metadata", "<a/>"))
        .and(51, "<< /Title (A) /ModDate (D:2026) >>");
    let mut paper = plain.clone();
    paper.trailer.push_str(" /Info 51 0 R");
    let shared = plain.with(3, "/Contents 5 0 R", "/Contents 50 0 R");
    let information = Later::Explained(vec![Change::Information]);
    let replaced =
        |number, text: &str| Update::of(number, text).trailer("/Root 1 0 R /Info 51 0 R");
    let title = "<< /Title (A) /ModDate (D:2027) /Producer (B) >>";
    for (what, paper, update, expected) in [
        (
            "metadata",
            &paper,
            replaced(50, &stream("/Metadata", "<b/>")),
            true,
        ),
        (
            "of another kind",
            &paper,
            replaced(50, &stream("/XObject", "<b/>")),
            false,
        ),
        ("date and program", &paper, replaced(51, title), true),
        (
            "title",
            &paper,
            replaced(51, &title.replace("(A)", "(C)")),
            false,
        ),
        (
            "metadata that a page shows",
            &shared,
            Update::of(50, &stream("/Metadata", "f")),
            false,
        ),
    ] {
        let file = sign(&paper.write(Form::Table), &new("A", None));
        let found = later(&update.after(&file));
        assert_eq!(
            found == [information.clone()],
            expected,
            "{what}: {found:?}"
        );
        assert_eq!(found[0].is_explained(), expected, "{what}");
    }
}

#[test]
fn white_space_after_the_end_is_nothing() {
    let [one, ..] = steps(&Paper::plain(), Form::Table);
    let more = [one.as_slice(), b"\n \n"].concat();
    assert_eq!(
        check(&more, Pki::shared())[0].embedded.coverage,
        Coverage::EarlierRevision
    );
    assert_eq!(later(&more), [Later::Nothing]);
}

#[test]
fn a_later_signature_that_is_not_intact_explains_nothing() {
    let [_, _, mut three, _] = steps(&Paper::plain(), Form::Table);
    let explained = |file: &[u8]| {
        let all = check(file, Pki::shared());
        all.iter()
            .map(|one| one.later.is_explained())
            .collect::<Vec<_>>()
    };
    assert_eq!(explained(&three), [true, true]);
    let size = three
        .windows(5)
        .rposition(|window| window == b"/Size")
        .unwrap();
    // One space for another: the structure is the same, the digest is not.
    three[size - 1] = b'\n';
    assert_eq!(explained(&three), [false, true]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever is signed in whatever order, nobody's signature is left with something unexplained.
    #[test]
    fn any_sequence_of_steps_is_explained(
        steps in proptest::collection::vec((0..3u8, 0..3u8), 1..5),
        form in 0..3usize,
        after in 0..4usize,
    ) {
        let mut file = Paper::plain().write(Form::ALL[form]);
        let mut open = false;
        for (index, (kind, page)) in steps.iter().enumerate() {
            let place = kyso_documents::pdf::Place { page: usize::from(page % 2) + 1, ..PLACE };
            let request = match kind {
                0 => new(&format!("A{index}"), None),
                1 => new(&format!("A{index}"), Some(place)),
                _ => Request { lock: seal().lock, ..new(&format!("A{index}"), Some(place)) },
            };
            let locks = request.lock.is_some();
            let reserved = (index == 0).then_some(RESERVED);
            file = sign(&file, &Request { reserved, ..request });
            open = (open || index == 0) && !locks;
            if open && index == after {
                file = numbered(&file);
                open = false;
            }
        }
        for one in check(&file, Pki::shared()) {
            prop_assert!(one.report.as_ref().unwrap().is_valid());
            prop_assert!(one.later.is_explained(), "{:?}", one.later);
        }
    }

    /// A changed byte after the leader's signature is refused, unexplained, or of no meaning.
    #[test]
    fn no_changed_byte_is_explained_as_something_else(at: proptest::sample::Index, with: u8, form in 0..3usize) {
        let [one, two, ..] = steps(&Paper::plain(), Form::ALL[form]);
        let place = one.len() + at.index(two.len() - one.len());
        let mut changed = two.clone();
        changed[place] = with;
        let limits = kyso_documents::pdf::Limits::default();
        let read = kyso_documents::pdf::Pdf::read(&changed, &limits);
        if let Ok(Ok(later)) = read.map(|pdf| pdf.later(&limits)) {
            let expected = [Later::Explained(filled().to_vec())];
            let explained = later.first().is_some_and(Later::is_explained);
            prop_assert!(!explained || later == expected, "{place}: {later:?}");
        }
    }
}
