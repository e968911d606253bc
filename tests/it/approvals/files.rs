//! The files themselves before a signer: kept sealed, shown page by page, signed as what was shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_documents::pdf::{Limits, verify};
use kyso_tests::http::Reply;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::Asking;
use crate::building::{PDF, anchors};
use crate::log;
use crate::owner::Owner;
use crate::paper::pdf;
use crate::sealing::desk::{Waiting, prepared, request};
use crate::stamping::{assert_problem, fresh_key};
use crate::world::{World, on_both, on_own, restarted, until};

/// A decision of one page, as an office writes it.
pub(crate) const DECISION: &[u8] = include_bytes!("../../vectors/outgoing/quyet-dinh.pdf");

/// A file that waits for a leader's signature.
fn for_the_leader(file: &[u8]) -> Waiting {
    prepared(file.to_vec(), &request("Lãnh đạo"))
}

/// A body with these files in place of digests.
pub(crate) fn body(asking: &Asking<'_>, files: &[&[u8]]) -> Value {
    let mut body = asking.body(&vec!["Kế hoạch"; files.len()]);
    body.as_object_mut().unwrap().remove("hashes");
    let files = files.iter().map(|file| STANDARD.encode(file));
    body["files"] = json!(files.collect::<Vec<_>>());
    body
}

/// A file that waits for a signature of this signer, as a system submits it.
pub(crate) fn waiting() -> Vec<u8> {
    for_the_leader(DECISION).unsealed()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

pub(crate) fn part(world: &World, token: &str, id: &str, rest: &str) -> Reply {
    let path = format!("/api/v1/approvals/{id}/documents/{rest}");
    world.http().get(&path).bearer(token).send().unwrap()
}

#[test]
fn a_signer_sees_the_pages_and_the_signature_is_over_the_very_file() {
    let test =
        "it::approvals::files::a_signer_sees_the_pages_and_the_signature_is_over_the_very_file";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let files = [for_the_leader(DECISION), for_the_leader(PDF)];
        let bytes = files.each_ref().map(Waiting::unsealed);
        let (id, submitted) = asking.ask_with(&body(&asking, &[&bytes[0], &bytes[1]]));
        let kept = &submitted.json()["documents"][0]["file"];
        assert_eq!(kept["sha256"], sha256(&bytes[0]));
        assert_eq!(kept["field"], "Lãnh đạo");

        let page = part(world, &asking.own, &id, "0/pages/1");
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, Some("image/png"))
        );
        assert_eq!(json!([sha256(&page.body)]), kept["pages"]);
        let file = part(world, &asking.token, &id, "0/file");
        assert_eq!((file.status, &file.body), (200, &bytes[0]));

        let shown = asking.open(&[&id]);
        let given = asking.give(&shown);
        assert_eq!(
            given.json()["items"][0]["state"],
            "signed",
            "{}",
            given.text()
        );
        let ended = asking.get(&id).json();
        for (at, waiting) in files.into_iter().enumerate() {
            let signed = waiting.completed(ended["signatures"][at].as_str().unwrap());
            let now = OffsetDateTime::now_utc();
            let found = verify(&signed, &anchors(world), now, &Limits::default()).unwrap();
            assert!(found[0].report.as_ref().unwrap().is_valid(), "{found:?}");
        }
    });
}

#[test]
fn the_log_names_what_was_shown_and_what_was_signed() {
    let test = "it::approvals::files::the_log_names_what_was_shown_and_what_was_signed";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let file = for_the_leader(DECISION);
        let (id, submitted) = asking.ask_with(&body(&asking, &[&file.unsealed()]));
        let shown = asking.open(&[&id]);
        assert_eq!(asking.give(&shown).status, 200);
        let page = submitted.json()["documents"][0]["file"]["pages"][0].clone();
        let page = hex::decode(page.as_str().unwrap()).unwrap();
        for event in ["approval.opened", "approval.given"] {
            let entries = log::of_credential(world, event, asking.credential());
            let data = &entries[0].entry["data"];
            assert_eq!(data["pictures"], sha256(&page), "{event}");
            assert_eq!(data["pages"], 1, "{event}");
        }
        let intent = &log::of_credential(world, "signature.intent", asking.credential())[0].entry;
        let content = &intent["digests"][0]["content"];
        assert_eq!(content["file"], sha256(file.file()), "{content}");
        assert_eq!(content["format"], "pades");
        assert_eq!(
            intent["digests"][0]["value"],
            hex::encode(
                STANDARD
                    .decode(submitted.json()["documents"][0]["hash"].as_str().unwrap())
                    .unwrap()
            )
        );
    });
}

#[test]
fn nobody_else_sees_it() {
    let test = "it::approvals::files::nobody_else_sees_it";
    on_both(test, |world| {
        let (asking, other) = (Asking::new(world), Asking::new(world));
        let (id, _) = asking.ask_with(&body(&asking, &[&waiting()]));
        let (digests, _) = asking.ask(&["Kế hoạch"]);
        for token in [&other.token, &other.own] {
            for rest in ["0/file", "0/pages/1"] {
                assert_problem(&part(world, token, &id, rest), 404, "not_found");
            }
        }
        for rest in [
            "0/pages/0",
            "0/pages/2",
            "1/file",
            "x/file",
            "0/pages/x",
            "0/pages/-1",
        ] {
            assert_problem(&part(world, &asking.own, &id, rest), 404, "not_found");
        }
        let without = part(world, &asking.own, &digests, "0/file");
        assert_problem(&without, 404, "not_found");
    });
}

#[test]
fn what_cannot_be_shown_whole_is_put_before_nobody() {
    let test = "it::approvals::files::what_cannot_be_shown_whole_is_put_before_nobody";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let note = "0 0 595 842] /Annots [<< /Type /Annot /Subtype /FreeText /Rect [0 0 9 9] >>";
        let table: [(&str, Vec<u8>, &str); 5] = [
            ("no PDF", b"MZ".to_vec(), "not_pdf"),
            ("not prepared", DECISION.to_vec(), "not_prepared"),
            ("a line of a page", paper(1, "0 0 9999 9"), "page_size"),
            ("a note without a look", paper(1, note), "annotation"),
            ("201 pages", paper(201, "0 0 595 842"), "too_many_pages"),
        ];
        for (name, file, code) in table {
            let file = if code.starts_with("not_") {
                file
            } else {
                for_the_leader(&file).unsealed()
            };
            let refused = asking.submit(&fresh_key(), &body(&asking, &[&waiting(), &file]));
            assert_problem(&refused, 400, "invalid_field");
            let detail = refused.member("detail").unwrap();
            assert!(
                detail.contains(&format!("files[1]: {code}: ")),
                "{name}: {detail}"
            );
            log::refusal(world, &refused, "approval.submitted", "malformed");
        }
        assert!(asking.inbox("waiting").is_empty());
    });
}

/// A PDF of so many empty pages of this size.
fn paper(pages: usize, size: &str) -> Vec<u8> {
    let kids: Vec<String> = (3..pages + 3).map(|page| format!("{page} 0 R")).collect();
    let page = format!("<< /Type /Page /Parent 2 0 R /MediaBox [{size}] /Resources << >> >>");
    let kids = kids.join(" ");
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>"),
    ];
    objects.resize(pages + 2, page);
    pdf(&objects)
}

#[test]
fn files_and_digests_are_not_mixed() {
    let test = "it::approvals::files::files_and_digests_are_not_mixed";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let file = waiting();
        let mut both = body(&asking, &[&file]);
        both["hashes"] = asking.body(&["Kế hoạch"])["hashes"].clone();
        let mut fewer = body(&asking, &[&file, &file]);
        fewer["files"].as_array_mut().unwrap().pop();
        let mut other = body(&asking, &[&file]);
        other["files"][0] = json!("%PDF");
        for body in [both, fewer, other] {
            let refused = asking.submit(&fresh_key(), &body);
            assert_problem(&refused, 400, "invalid_field");
            assert_eq!(refused.json()["detail"], "files", "{}", refused.text());
        }
    });
}

#[test]
fn a_retry_finds_the_same_request() {
    let test = "it::approvals::files::a_retry_finds_the_same_request";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let (key, body) = (fresh_key(), body(&asking, &[&waiting()]));
        let first = asking.submit(&key, &body);
        let again = asking.submit(&key, &body);
        assert_eq!((first.status, again.status), (201, 200), "{}", again.text());
        assert_eq!(first.json()["id"], again.json()["id"]);
    });
}

#[test]
fn the_databases_owner_can_neither_read_nor_swap_it() {
    let test = "it::approvals::files::the_databases_owner_can_neither_read_nor_swap_it";
    on_own(test, |world| {
        let asking = Asking::new(&world);
        let (id, _) = asking.ask_with(&body(&asking, &[&waiting()]));
        let (other, _) = asking.ask_with(&body(&asking, &[&waiting()]));
        let mut owner = Owner::of(&world);
        let (own, theirs) = (owner.id(&id), owner.id(&other));
        for part in 0..2 {
            let sql = format!(
                "SELECT sealed AS value FROM approval_file WHERE approval_id = {own} AND part = {part}"
            );
            let sealed = owner.read(&sql);
            let found = |text: &[u8]| sealed.windows(text.len()).any(|one| one == text);
            assert!(!found(b"%PDF-1.") && !found(b"\x89PNG\r\n") && !found(b"endobj"));
        }
        // The same picture of the same page, but of another request.
        owner.run(&format!(
            "UPDATE approval_file SET sealed = (SELECT o.sealed FROM approval_file AS o \
             WHERE o.approval_id = {theirs} AND o.part = 1) WHERE approval_id = {own} AND part = 1"
        ));
        let swapped = part(&world, &asking.own, &id, "0/pages/1");
        assert_eq!(swapped.status, 500, "{}", swapped.text());
        assert_eq!(part(&world, &asking.own, &id, "0/file").status, 200);
        assert_eq!(part(&world, &asking.own, &other, "0/pages/1").status, 200);
    });
}

#[test]
fn the_files_are_erased_some_time_after_the_end_and_the_log_says_so() {
    let test =
        "it::approvals::files::the_files_are_erased_some_time_after_the_end_and_the_log_says_so";
    on_own(test, |world| {
        let asking = Asking::new(&world);
        let (ended, _) = asking.ask_with(&body(&asking, &[&waiting()]));
        let (open, _) = asking.ask_with(&body(&asking, &[&waiting()]));
        assert_eq!(asking.withdraw(&ended).status, 204);
        let kept = asking.keep();
        // As if a year had passed: what is erased is found by the row, and nothing is granted by it.
        let mut owner = Owner::of(&world);
        let sql = format!(
            "UPDATE approval SET state_at = 1 WHERE id = {}",
            owner.id(&ended)
        );
        owner.run(&sql);
        let lost = owner.bytes(&[7; 16]);
        owner.run(&format!(
            "INSERT INTO approval_file (approval_id, document, part, sealed, came_at) VALUES ({lost}, 0, 0, {lost}, 1)"
        ));
        let world = restarted(world);
        until(|| {
            owner.count("SELECT COUNT(DISTINCT approval_id) AS value FROM approval_file") == 1
        });
        let asking = kept.at(&world);
        assert_eq!(part(&world, &asking.own, &open, "0/file").status, 200);
        let erased = log::entries(
            &world,
            &kyso_api::management::AuditQuery {
                event: Some("approval.erased".to_owned()),
                ..Default::default()
            },
        );
        assert_eq!(erased.len(), 1);
        assert_eq!(erased[0].entry["object"], json!(ended));
    });
}
