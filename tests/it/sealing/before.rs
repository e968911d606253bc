//! How long a file was before its seal was prepared: whatever stands after its mark of the end, its own length gets it sealed, and
//! what the log has is never a file that ends earlier.

use kyso_documents::pdf::{Limits, Pdf};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::desk::{self, Registry, Waiting, waiting};
use super::form::{Form, asked};
use crate::log;
use crate::world::on_both;

const EOF: &str = "%%EOF";

/// What follows the mark of the end; by how much it is said to be longer, and of how much of the rest the log then has the digest, or
/// nothing if that is refused.
type Case = (&'static str, &'static [(i64, Option<&'static str>)]);

const CASES: [Case; 7] = [
    (
        "\n",
        &[(0, Some("\n")), (-1, Some("\n")), (-2, None), (1, None)],
    ),
    (
        "\r\n",
        &[
            (0, Some("\r\n")),
            (-1, Some("\r\n")),
            (-2, Some("\r\n")),
            (-3, None),
            (1, None),
        ],
    ),
    // Preparing adds an end of line to these, which belongs to what was there before.
    (
        "",
        &[(0, Some("\n")), (1, Some("\n")), (-1, None), (2, None)],
    ),
    (
        "\r",
        &[
            (0, Some("\r")),
            (-1, Some("\r")),
            (1, Some("\r\r")),
            (-2, None),
            (2, None),
        ],
    ),
    (
        "\n\n",
        &[
            (0, Some("\n\n")),
            (-1, Some("\n")),
            (-2, Some("\n")),
            (-3, None),
            (1, None),
        ],
    ),
    (" \n", &[(0, Some(" \n")), (-3, None), (1, None)]),
    (
        "\0",
        &[(0, Some("\0")), (1, Some("\0\n")), (-2, None), (2, None)],
    ),
];

#[test]
fn the_length_that_a_file_had_is_taken_however_it_ends() {
    on_both(
        "it::sealing::before::the_length_that_a_file_had_is_taken_however_it_ends",
        |world| {
            let registry = Registry::new(world);
            let numbered = registry.numbered(&registry.signed("một"), 12);
            let length = numbered.len() - "\n".len();
            let bare = &numbered[..length];
            assert!(bare.ends_with(EOF.as_bytes()));
            for (tail, said) in CASES {
                let file = waiting([bare, tail.as_bytes()].concat());
                for (by, logged) in said {
                    println!("{tail:?} {by}");
                    let logged = logged.map(|rest| [bare, rest.as_bytes()].concat());
                    assert_said(&registry, &file, *by, logged.as_deref());
                }
            }
        },
    );
}

/// Says that the file was by so much longer; sees what the log has of it, if it is sealed.
fn assert_said(registry: &Registry<'_>, file: &Waiting, by: i64, logged: Option<&[u8]>) {
    let mut form = Form::of(registry, file);
    let before = form.request["prepared"]["before"].as_i64().unwrap() + by;
    form.request["prepared"]["before"] = json!(before);
    let reply = form.send(registry);
    if let Some(logged) = logged {
        file.sealed(&reply);
        assert_eq!(last_file(registry), hex::encode(Sha256::digest(logged)));
    } else {
        let detail = reply.member("detail").unwrap();
        assert!(detail.starts_with("other_before: "), "{detail}");
    }
}

/// What the last entry of an intent has of the file.
fn last_file(registry: &Registry<'_>) -> String {
    let intents = log::of_credential(
        registry.bench.world,
        "signature.intent",
        &registry.bench.seal,
    );
    let file = &intents.last().unwrap().entry["digests"][0]["content"]["file"];
    file.as_str().unwrap().to_owned()
}

/// Where such a file ended nobody can tell who reads it, and the log has the same of it as for a body that is held.
#[test]
fn a_file_for_fast_web_view_is_sealed_in_either_form() {
    on_both(
        "it::sealing::before::a_file_for_fast_web_view_is_sealed_in_either_form",
        |world| {
            let registry = Registry::new(world);
            let bench = &registry.bench;
            bench.open_by(&bench.clerk, &bench.system.id, 2, (600, "SAO_Y"));
            let file = desk::prepared(linearized(&registry.symbol), &desk::request("Sao y"));
            let of_a_copy = |mut request: serde_json::Value| {
                request["kind"] = json!("sao_y");
                request["source"] = json!("Quyết định số 12/QĐ-UBND");
                request
            };
            let held = registry.seal(&of_a_copy(registry.body(&file)));
            file.sealed(&held);
            let logged = last_file(&registry);
            let form = Form {
                request: of_a_copy(asked(&registry, &file)),
                file: file.unsealed(),
            };
            file.sealed(&form.send(&registry));
            assert_eq!(last_file(&registry), logged);
        },
    );
}

/// A file without an earlier state had no length before.
#[test]
fn a_file_that_was_written_once_was_nothing_before() {
    on_both(
        "it::sealing::before::a_file_that_was_written_once_was_nothing_before",
        |world| {
            let registry = Registry::new(world);
            let bench = &registry.bench;
            bench.open_by(&bench.clerk, &bench.system.id, 2, (600, "SAO_Y"));
            let (file, byte_range) = written_once(&registry.symbol);
            let mut request = desk::body(&bench.seal, &file);
            request.as_object_mut().unwrap().remove("file");
            request["kind"] = json!("sao_y");
            request["source"] = json!("Quyết định số 12/QĐ-UBND");
            for (before, status) in [(0, 200), (1, 409), (byte_range[1], 409)] {
                request["prepared"] = json!({"byte_range": byte_range, "before": before});
                let form = Form {
                    request: request.clone(),
                    file: file.clone(),
                };
                let reply = form.send(&registry);
                assert_eq!(reply.status, status, "{before} {}", reply.text());
            }
            assert_eq!(last_file(&registry), hex::encode(Sha256::digest(b"")));
        },
    );
}

/// One page whose objects are listed in two places, the first at the head of the file (ISO 32000-2 annex F).
fn linearized(text: &str) -> Vec<u8> {
    let head = format!("%PDF-1.7\n% {text}\n");
    let entry = |place: usize| format!("{place:010} 00000 n \n");
    let hint = "4 0 obj\n<< /Linearized 1 >>\nendobj\n";
    let first = head.len() + hint.len();
    let page = "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>\nendobj\n";
    let catalogue = "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n";
    let tree = "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n";
    let table = |page_at: usize, main: usize| {
        format!(
            "xref\n3 2\n{}{}trailer\n<< /Size 5 /Root 1 0 R /Prev {main:010} >>\nstartxref\n0\n{EOF}\n",
            entry(page_at),
            entry(head.len()),
        )
    };
    let page_at = first + table(0, 0).len();
    let catalogue_at = page_at + page.len();
    let tree_at = catalogue_at + catalogue.len();
    let main = tree_at + tree.len();
    let table = table(page_at, main);
    let (catalogue_entry, tree_entry) = (entry(catalogue_at), entry(tree_at));
    format!(
        "{head}{hint}{table}{page}{catalogue}{tree}xref\n0 3\n0000000000 65535 f \n{catalogue_entry}{tree_entry}\
         trailer\n<< /Size 3 >>\nstartxref\n{first}\n{EOF}\n"
    )
    .into_bytes()
}

/// One page with a signature that is open, all written at once, and its `ByteRange`.
fn written_once(text: &str) -> (Vec<u8>, [u64; 4]) {
    let field = "4 0 obj\n<< /FT /Sig /T (Sao y) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /F 132 /P 3 0 R /V 5 0 R >>\nendobj\n";
    let objects = [
        "1 0 obj\n<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] /SigFlags 3 >> >>\nendobj\n".to_owned(),
        "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n".to_owned(),
        "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Annots [4 0 R] >>\nendobj\n".to_owned(),
        field.to_owned(),
        format!(
            "5 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 AAAAAAAA BBBBBBBB CCCCCCCC] /Contents <{}> >>\nendobj\n",
            "0".repeat(16 << 10)
        ),
    ];
    let mut file = format!("%PDF-1.7\n% {text}\n");
    let mut places = Vec::new();
    for object in &objects {
        places.push(format!("{:010} 00000 n \n", file.len()));
        file.push_str(object);
    }
    let (start, places) = (file.len(), places.concat());
    let mut file = format!(
        "{file}xref\n0 6\n0000000000 65535 f \n{places}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n{EOF}\n"
    );
    let first = file.find("/Contents <").unwrap() + "/Contents ".len();
    let second = first + (16 << 10) + 2;
    let byte_range = [0, first, second, file.len() - second];
    for (place, number) in ["AAAAAAAA", "BBBBBBBB", "CCCCCCCC"]
        .iter()
        .zip(&byte_range[1..])
    {
        file = file.replace(place, &format!("{number:08}"));
    }
    Pdf::read(file.as_bytes(), &Limits::default()).unwrap();
    (
        file.into_bytes(),
        byte_range.map(|number| number.try_into().unwrap()),
    )
}
