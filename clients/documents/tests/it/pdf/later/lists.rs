//! Lists of objects that lead elsewhere than to what was signed.

use kyso_documents::pdf::{Alteration, Later};

use super::super::paper::{Form, Paper};
use super::super::reserved::leader;
use super::super::sign;
use super::update::{Update, last_start, object};
use super::{alteration, later};

/// A list that lay hidden in what was signed, and what it lists: nobody saw either.
fn with_hidden_list(previous: usize) -> (Vec<u8>, usize) {
    let paper = Paper::plain().write(Form::Table);
    let head = "700 0 obj\n<< /Length 999 >>\nstream\n";
    let page = object(&paper, 3).replacen("/Rotate 0", "/Rotate 90", 1);
    let turned = format!("3 0 obj\n{page}\nendobj\n");
    let place = paper.len() + head.len();
    let list = format!(
        "xref\n3 1\n{place:010} 00000 n \ntrailer\n<< /Size 900 /Root 1 0 R /Prev {previous:010} >>\n"
    );
    let hidden = format!("{turned}{list}");
    let stream = format!(
        "<< /Length {:03} >>\nstream\n{hidden}\nendstream",
        hidden.len()
    );
    let start = place + turned.len();
    let update = Update::of(700, &stream);
    (sign(&update.after(&paper), &leader()), start)
}

/// The pointer of a later list passes by the one that was signed last, to one that lay hidden there.
#[test]
fn a_list_leads_to_the_one_that_was_signed_last() {
    let signed = last_start(&with_hidden_list(0).0);
    let (file, hidden) = with_hidden_list(signed);
    assert_eq!(last_start(&file), signed);
    assert!(file[hidden..].starts_with(b"xref"));
    let after = |previous: usize| {
        let start = file.len();
        let rest = format!(
            "xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 900 /ID [<00112233445566778899aabbccddeeff> <01>] \
             /Prev {previous} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        );
        [file.as_slice(), rest.as_bytes()].concat()
    };
    assert_eq!(later(&after(signed)), [Later::Nothing]);
    let found = alteration(&after(hidden));
    assert_eq!(found, Some(Alteration::Structure));
}
