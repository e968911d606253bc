//! What does not look the same to whoever shows it is told, and the rest is written anew as it is in force.

use kyso_documents::pdf::{Ambiguous, Limits, NotWhole, Pdf};
use proptest::prelude::*;

use super::paper::{Form, Paper};
use super::reserved::{leader, numbered, seal};
use super::{new, sign};

fn whole(file: &[u8]) -> Result<(Vec<u8>, usize), NotWhole> {
    let pdf = Pdf::read(file, &Limits::default()).unwrap();
    pdf.whole().map(|whole| (whole.file, whole.pages))
}

fn told(paper: &Paper) -> Option<Ambiguous> {
    match whole(&paper.write(Form::Table)) {
        Err(NotWhole::Ambiguous(why)) => Some(why),
        _ => None,
    }
}

fn contains(file: &[u8], text: &str) -> bool {
    file.windows(text.len()).any(|one| one == text.as_bytes())
}

#[test]
fn a_document_is_one_section_in_every_form_and_has_its_pages() {
    for form in Form::ALL {
        let (file, pages) = whole(&Paper::plain().write(form)).unwrap();
        assert_eq!(pages, 2, "{form:?}");
        assert!(contains(&file, "(Van ban) Tj"), "{form:?}");
        assert_eq!(file.windows(9).filter(|one| one == b"startxref").count(), 1);
        // It is a document of ours again.
        assert_eq!(whole(&file).unwrap().1, 2, "{form:?}");
    }
}

#[test]
fn what_offices_and_we_make_is_whole() {
    let plain = Paper::plain().write(Form::Table);
    let signed = sign(&plain, &new("A", None));
    assert_eq!(whole(&signed).unwrap().1, 2);
    let outgoing = sign(&numbered(&sign(&plain, &leader())), &seal());
    assert_eq!(whole(&outgoing).unwrap().1, 2);
}

/// An update by these lines of a table and these objects.
fn updated(file: &[u8], objects: &[(u32, &str)], freed: &[u32]) -> Vec<u8> {
    let before = file
        .windows(9)
        .rposition(|one| one == b"startxref")
        .unwrap();
    let before: String = String::from_utf8_lossy(&file[before + 10..])
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    let mut out = file.to_vec();
    let mut table = String::from("xref\n");
    for (number, text) in objects {
        let row = format!("{number} 1\n{:010} 00000 n \n", out.len());
        table.push_str(&row);
        out.extend(format!("{number} 0 obj\n{text}\nendobj\n").into_bytes());
    }
    for number in freed {
        let row = format!("{number} 1\n0000000000 00001 f \n");
        table.push_str(&row);
    }
    let start = out.len();
    out.extend(
        format!(
            "{table}trailer\n<< /Size 99 /Root 1 0 R /Prev {before} >>\nstartxref\n{start}\n%%EOF\n"
        )
        .into_bytes(),
    );
    out
}

/// A page that says one thing, and another over it.
fn two_layers() -> Vec<u8> {
    let stream = |text: &str| format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len());
    Paper::of(&[
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
        "<< /Type /Page /Parent 2 0 R /Resources << >> /Contents [4 0 R 5 0 R] >>",
        &stream("% one hundred million"),
        &stream("% one million, upon white"),
    ])
    .write(Form::Table)
}

#[test]
fn what_was_freed_is_told_and_what_was_replaced_is_not_there_any_more() {
    let file = two_layers();
    let (written, _) = whole(&file).unwrap();
    assert!(contains(&written, "one million, upon white"));
    // Some readers would show what was freed, and others the page without it.
    let freed = whole(&updated(&file, &[], &[5]));
    assert_eq!(freed, Err(NotWhole::Ambiguous(Ambiguous::Content)));
    let other = "<< /Length 6 >>\nstream\n% else\nendstream";
    let (written, _) = whole(&updated(&file, &[(5, other)], &[])).unwrap();
    assert!(contains(&written, "% else") && !contains(&written, "upon white"));
}

fn assert_told(table: &[(&str, Paper, Ambiguous)]) {
    for (name, paper, why) in table {
        assert_eq!(told(paper), Some(*why), "{name}");
    }
}

const PAGE: &str = "/Contents 5 0 R /Rotate 0";
const LOOK: &str =
    "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 0 >>\nstream\n\nendstream";

fn catalog(more: &str) -> Paper {
    Paper::plain().with(1, "/Pages 2 0 R", &format!("/Pages 2 0 R {more}"))
}

fn with_note(note: &str) -> Paper {
    Paper::plain()
        .with(3, PAGE, &format!("{PAGE} /Annots [9 0 R]"))
        .and(9, note)
        .and(10, LOOK)
}

#[test]
fn layers_forms_and_scripts_are_told() {
    assert_told(&[
        (
            "layers",
            catalog("/OCProperties << /D << >> >>"),
            Ambiguous::Layers,
        ),
        (
            "XFA",
            catalog("/AcroForm << /Fields [] /XFA [] >>"),
            Ambiguous::Form,
        ),
        (
            "looks that readers draw",
            catalog("/AcroForm << /Fields [] /NeedAppearances true >>"),
            Ambiguous::Form,
        ),
        (
            "a script when it is opened",
            catalog("/OpenAction << /S /JavaScript /JS (x) >>"),
            Ambiguous::Script,
        ),
        (
            "a script by name",
            catalog("/Names << /JavaScript << >> >>"),
            Ambiguous::Script,
        ),
        (
            "an action of a page",
            Paper::plain().with(3, PAGE, &format!("{PAGE} /AA << /O << /S /Named >> >>")),
            Ambiguous::Script,
        ),
    ]);
}

#[test]
fn what_is_seen_only_at_times_is_told() {
    assert_told(&[
        (
            "a text of a form without a look",
            with_note(
                "<< /Type /Annot /Subtype /Widget /FT /Tx /V (1 000 000 000) /Rect [0 0 99 9] >>",
            ),
            Ambiguous::Annotation,
        ),
        (
            "a note that is on paper only",
            with_note(
                "<< /Type /Annot /Subtype /Stamp /F 36 /AP << /N 10 0 R >> /Rect [0 0 99 9] >>",
            ),
            Ambiguous::Annotation,
        ),
        (
            "a note on a layer",
            with_note(
                "<< /Type /Annot /Subtype /Stamp /OC 8 0 R /AP << /N 10 0 R >> /Rect [0 0 99 9] >>",
            ),
            Ambiguous::Annotation,
        ),
    ]);
}

#[test]
fn pages_and_drawings_that_are_not_read_alike_are_told() {
    assert_told(&[
        (
            "a page without a type",
            Paper::plain().with(3, "/Type /Page ", ""),
            Ambiguous::Pages,
        ),
        (
            "a list of pages that says it is one",
            Paper::plain().with(2, "/Type /Pages", "/Type /Page"),
            Ambiguous::Pages,
        ),
        (
            "content that cannot be unpacked",
            Paper::plain().with(5, "<< ", "<< /Filter /FlateDecode "),
            Ambiguous::Content,
        ),
        (
            "content that is none",
            Paper::plain().with(3, "/Contents 5 0 R", "/Contents 6 0 R"),
            Ambiguous::Content,
        ),
        (
            "a drawing without a place",
            Paper::plain().and(9, &LOOK.replace("/BBox [0 0 9 9] ", "")),
            Ambiguous::Content,
        ),
        (
            "a drawing that draws itself",
            Paper::plain().and(
                9,
                &LOOK.replace("/BBox", "/Resources << /XObject << /X 9 0 R >> >> /BBox"),
            ),
            Ambiguous::Nested,
        ),
    ]);
}

#[test]
fn drawings_may_lie_in_one_another_but_not_too_deep() {
    let chain = |length: u32| {
        (0..length).fold(Paper::plain(), |paper, at| {
            let number = 10 + at;
            let below = if at + 1 < length {
                // Twice, so that a way through all of them would take for ever.
                format!("/X {0} 0 R /Y {0} 0 R", number + 1)
            } else {
                String::new()
            };
            let form = format!(
                "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << {below} >> >> /Length 0 >>\nstream\n\nendstream"
            );
            paper.and(number, &form)
        })
    };
    assert!(whole(&chain(12).write(Form::Table)).is_ok());
    assert_eq!(told(&chain(13)), Some(Ambiguous::Nested));
}

#[test]
fn links_and_fields_of_no_size_need_no_look() {
    for note in [
        "<< /Type /Annot /Subtype /Link /Rect [0 0 99 9] >>",
        "<< /Type /Annot /Subtype /Widget /FT /Sig /F 132 /Rect [0 0 0 0] >>",
    ] {
        assert!(whole(&with_note(note).write(Form::Table)).is_ok(), "{note}");
    }
}

/// So many pages, each saying its number, some of them below a node of their own.
fn pages(count: usize, nested: usize) -> Paper {
    let kids = |range: std::ops::Range<usize>| {
        let all = range.map(|page| format!("{} 0 R", 100 + 2 * page));
        all.collect::<Vec<_>>().join(" ")
    };
    let (above, below) = (kids(0..count - nested), kids(count - nested..count));
    let node = format!("<< /Type /Pages /Parent 2 0 R /Kids [{below}] /Count {nested} >>");
    let node_kid = if nested > 0 { "3 0 R" } else { "" };
    let tree = format!(
        "<< /Type /Pages /Kids [{above} {node_kid}] /Count {count} /MediaBox [0 0 595 842] /Resources << >> >>"
    );
    let mut paper = Paper::of(&["<< /Type /Catalog /Pages 2 0 R >>", &tree]);
    if nested > 0 {
        paper = paper.and(3, &node);
    }
    for page in 0..count {
        let (parent, content) = (
            if page < count - nested { 2 } else { 3 },
            format!("% page {page}"),
        );
        let own = 101 + 2 * page;
        let head = format!("<< /Type /Page /Parent {parent} 0 R /Contents {own} 0 R >>");
        let text = format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        );
        let number = |one: usize| u32::try_from(one).unwrap();
        paper = paper.and(number(own - 1), &head).and(number(own), &text);
    }
    paper
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// However it is listed, all of a document is there once, and is itself a document with the same pages.
    #[test]
    fn what_is_written_anew_is_the_same_document(form in 0..3usize, count in 1..12usize, nested in 0..12usize) {
        let file = pages(count, nested.min(count)).write(Form::ALL[form]);
        let (written, found) = whole(&file).unwrap();
        prop_assert_eq!(found, count);
        for page in 0..count {
            let saying = format!("% page {page}\n");
            let times = written.windows(saying.len()).filter(|one| *one == saying.as_bytes());
            prop_assert_eq!(times.count(), 1, "{}", saying);
        }
        prop_assert_eq!(whole(&written).map(|(_, pages)| pages), Ok(count));
    }

    /// A file that was changed anywhere is refused, or written anew as one that reads as it says.
    #[test]
    fn a_changed_file_is_refused_or_written_anew_and_never_brings_us_down(
        form in 0..3usize,
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let signed = sign(&Paper::plain().write(Form::ALL[form]), &leader());
        let mut file = numbered(&signed);
        for (place, byte) in places {
            let place = place.index(file.len());
            file[place] = byte;
        }
        let written = Pdf::read(&file, &Limits::default()).ok().and_then(|pdf| pdf.whole().ok());
        if let Some(written) = written {
            prop_assert_eq!(whole(&written.file).map(|(_, pages)| pages), Ok(written.pages));
        }
    }
}
