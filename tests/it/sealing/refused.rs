//! What gets no seal, each with its code, its sentence and its entry.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use kyso_api::management::{Authority, AuthorityKind, EndRequest};
use kyso_client::Client;
use kyso_documents::pdf::Request;
use time::Duration;

use super::desk::{
    Registry, for_the_leader, forced, leaders_request, paper, prepared, signed_by, today, waiting,
};
use crate::authority;
use crate::building::{Desk, by_digest, cms};
use crate::cli::apart::hostile;
use crate::log;
use crate::stamping::assert_problem;
use crate::world::{World, on_both};

#[test]
fn what_is_not_ready_is_refused_with_what_is_missing() {
    on_both(
        "it::sealing::refused::what_is_not_ready_is_refused_with_what_is_missing",
        |world| {
            let registry = Registry::new(world);
            let signed = registry.signed("một");
            let whole = waiting(registry.numbered(&signed, 12)).unsealed();
            let mut broken = whole.clone();
            let place = whole
                .windows(9)
                .position(|one| one == b"/MediaBox")
                .unwrap();
            broken[place + 14] = b'9';
            for (file, missing, sentence) in [
                (
                    registry.numbered(&signed, 12),
                    "not_prepared",
                    "chưa được chuẩn bị",
                ),
                (
                    waiting(paper("chưa ký")).unsealed(),
                    "no_person",
                    "chưa có chữ ký",
                ),
                (
                    waiting(signed.clone()).unsealed(),
                    "no_number",
                    "chưa có số",
                ),
                (broken, "person_broken", "không còn nguyên vẹn"),
                (b"%PDF-1.7".to_vec(), "damaged", "không đọc được"),
            ] {
                let body = registry.body_of(&file);
                let reply = registry.assert_refused(&body, ("not_ready", "not_ready"));
                assert_eq!(reply.status, 409);
                let detail = reply.member("detail").unwrap();
                assert!(detail.starts_with(&format!("{missing}: ")), "{detail}");
                assert!(detail.contains(sentence), "{detail}");
            }
        },
    );
}

/// The leader signed B; A gets that signature and asks for the seal.
#[test]
fn a_document_with_the_evidence_of_another_is_refused() {
    on_both(
        "it::sealing::refused::a_document_with_the_evidence_of_another_is_refused",
        |world| {
            let registry = Registry::new(world);
            let (a, b) = (paper("A"), paper("B"));
            let request = super::desk::leaders_request();
            let prepare = |file: &[u8]| {
                kyso_documents::pdf::prepare(
                    file,
                    &request,
                    &kyso_documents::pdf::Limits::default(),
                )
            };
            let of_b = prepare(&b).unwrap();
            let desk = Desk::of(world, &registry.leader);
            let body = desk.body_with_otp(
                &[by_digest("pades", of_b.digest())],
                &registry.leader.account,
            );
            let signature = cms(&desk.sign(&body)).remove(0);
            let forged = forced(&a, &prepare(&a).unwrap(), &signature);
            let body = registry.body(&waiting(registry.numbered(&forged, 12)));
            let reply = registry.assert_refused(&body, ("not_ready", "not_ready"));
            let detail = reply.member("detail").unwrap();
            assert!(detail.starts_with("person_broken: "), "{detail}");
            let right = of_b.complete(b, &signature).unwrap();
            let body = registry.body(&waiting(registry.numbered(&right, 12)));
            assert_eq!(registry.seal(&body).status, 200);
        },
    );
}

#[test]
fn whoever_is_not_authorised_for_the_agency_is_nobody_to_its_seal() {
    on_both(
        "it::sealing::refused::whoever_is_not_authorised_for_the_agency_is_nobody_to_its_seal",
        |world| {
            let registry = Registry::new(world);
            let official = world.signer();
            let file = signed_by(world, &official, "chuyên viên");
            let body = registry.body(&waiting(registry.numbered(&file, 12)));
            assert_nobody(&registry, &body);
            let mut body = registry.body(&registry.outgoing("một", 13));
            body["authority"] = json!("019ab000-0000-7000-8000-000000000001");
            assert_nobody(&registry, &body);
            let late = registry.outgoing("hai", 14);
            lock(world, &registry.leader.credentials.p256);
            assert_nobody(&registry, &registry.body(&late));
        },
    );
}

/// The file of an official whose record has ended says that they signed before.
#[test]
fn a_signature_counts_when_it_was_made_not_when_the_file_says() {
    on_both(
        "it::sealing::refused::a_signature_counts_when_it_was_made_not_when_the_file_says",
        |world| {
            let registry = Registry::new(world);
            let prepared = for_the_leader(&registry.symbol);
            let office = &world.province().office;
            let end = EndRequest { at: None };
            let ended = |client: &Client| client.end_authority(&registry.record, &end);
            office.manager1.acting(ended).unwrap();
            let late = prepared.signed(world, &registry.leader, None);
            let body = registry.body(&waiting(registry.numbered(&late, 12)));
            assert_lacking(&registry, &body, "person_unauthorised");
        },
    );
}

/// A leader may think for days about a file that claims when it was prepared.
#[test]
fn what_was_prepared_before_the_record_gets_the_seal_if_it_was_signed_under_it() {
    on_both(
        "it::sealing::refused::what_was_prepared_before_the_record_gets_the_seal_if_it_was_signed_under_it",
        |world| {
            let registry = Registry::new(world);
            let request = leaders_request();
            let request = Request {
                time: request.time - Duration::hours(1),
                ..request
            };
            let waited = prepared(paper(&registry.symbol), &request);
            let signed = waited.signed(world, &registry.leader, None);
            let reply = registry.seal(&registry.body(&waiting(registry.numbered(&signed, 12))));
            assert_eq!(reply.status, 200, "{}", reply.text());
        },
    );
}

#[test]
fn whoever_signed_under_one_record_did_not_sign_under_another() {
    on_both(
        "it::sealing::refused::whoever_signed_under_one_record_did_not_sign_under_another",
        |world| {
            let registry = Registry::new(world);
            authority::record(world, &registry.leader, AuthorityKind::Tuq);
            let office = &world.province().office;
            let all = office.manager1.acting(Client::authorities).unwrap();
            let own = |one: &&Authority| one.person == registry.leader.account.person_id;
            let other = all.iter().filter(own).find(|one| one.id != registry.record);
            let other = &other.unwrap().id;
            let prepared = for_the_leader(&registry.symbol);
            let file = prepared.signed(world, &registry.leader, Some(other));
            let mut body = registry.body(&waiting(registry.numbered(&file, 12)));
            body["authority"] = json!(registry.record);
            assert_lacking(&registry, &body, "other_authority");
            body.as_object_mut().unwrap().remove("authority");
            let reply = registry.seal(&body);
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert_eq!(reply.json()["issue"]["authority"], **other);
        },
    );
}

fn assert_nobody(registry: &Registry<'_>, body: &Value) {
    assert_lacking(registry, body, "person_unknown");
}

/// Sees that this is what is missing, and that the entry says so, and of which file.
fn assert_lacking(registry: &Registry<'_>, body: &Value, what: &str) {
    let reply = registry.assert_refused(body, ("not_ready", "not_ready"));
    let detail = reply.member("detail").unwrap();
    assert!(detail.starts_with(&format!("{what}: ")), "{detail}");
    let (world, seal) = (registry.bench.world, &registry.bench.seal);
    let refused = log::of_credential(world, "signature.refused", seal);
    let data = &refused.last().unwrap().entry["data"];
    assert_eq!(data["lacks"], what);
    assert_eq!(data["file"].as_str().map(str::len), Some(64), "{data}");
}

fn lock(world: &World, credential: &str) {
    let office = &world.province().office;
    let lock = |client: &kyso_client::Client| client.lock_credential(credential, "mất điện thoại");
    office.manager1.acting(lock).unwrap();
}

#[test]
fn a_document_is_not_dated_before_its_signature_or_after_today() {
    on_both(
        "it::sealing::refused::a_document_is_not_dated_before_its_signature_or_after_today",
        |world| {
            let registry = Registry::new(world);
            let signed = registry.signed("một");
            for date in [today().previous_day(), today().next_day()] {
                let file = waiting(registry.dated(&signed, 12, date.unwrap()));
                let refused = ("issue_date_refused", "issue_date_refused");
                registry.assert_refused(&registry.body(&file), refused);
            }
        },
    );
}

#[test]
fn what_the_system_says_must_be_what_the_file_says() {
    on_both(
        "it::sealing::refused::what_the_system_says_must_be_what_the_file_says",
        |world| {
            let registry = Registry::new(world);
            let file = registry.outgoing("một", 12);
            for (member, value) in [
                ("number", "13"),
                ("symbol", "CV-UBND"),
                ("purpose", "SAO_Y"),
            ] {
                let mut body = registry.body(&file);
                body["document"][member] = json!(value);
                registry.assert_refused(&body, ("invalid_field", "documents_mismatch"));
            }
            let mut body = registry.body(&file);
            body["document"]["number"] = json!("012");
            body["document"]["symbol"] = json!(registry.symbol);
            body["document"]["purpose"] = json!("PHAT_HANH");
            let reply = registry.seal(&body);
            assert_eq!(reply.status, 200, "{}", reply.text());
        },
    );
}

/// Also where the marks of the letters come apart from them.
/// Conformance check 8 of the officer's list.
#[test]
fn a_secret_document_gets_no_seal_whatever_it_brings() {
    on_both(
        "it::sealing::refused::a_secret_document_gets_no_seal_whatever_it_brings",
        |world| {
            let registry = Registry::new(world);
            let mut body = registry.body(&registry.outgoing("mật", 12));
            for secrecy in ["mật", "Tối mật", "tuyệt mật", "ma\u{323}\u{302}t"] {
                body["document"]["secrecy"] = json!(secrecy);
                let refused = ("secrecy_refused", "secret_document");
                let reply = registry.assert_refused(&body, refused);
                assert_eq!(reply.status, 403, "{secrecy}");
            }
            body["document"]["secrecy"] = json!("thường");
            let reply = registry.seal(&body);
            assert_eq!(reply.status, 200, "without the mark: {}", reply.text());
        },
    );
}

#[test]
fn members_that_are_wrong_are_named() {
    on_both(
        "it::sealing::refused::members_that_are_wrong_are_named",
        |world| {
            let registry = Registry::new(world);
            let right = registry.body_of(&paper("một"));
            for (member, value) in [
                ("file", json!("")),
                ("file", json!("?")),
                ("authority", json!("x")),
                ("series", json!("x".repeat(61))),
                ("series", json!("CV\u{202e}")),
                ("series", json!("СV đi")), // Cyrillic Es
                ("source", json!("một bản sao")),
                ("document", json!({"label": "x".repeat(9_000)})),
            ] {
                let mut body = right.clone();
                body[member] = value;
                let reply = registry.assert_refused(&body, ("invalid_field", "malformed"));
                assert_problem(&reply, 400, "invalid_field");
                assert!(
                    reply.member("detail").unwrap().starts_with(member),
                    "{}",
                    reply.text()
                );
            }
            for member in ["series", "authority"] {
                let mut body = right.clone();
                body["kind"] = json!("sao_y");
                body[member] = json!("019ab000-0000-7000-8000-000000000001");
                registry.assert_refused(&body, ("invalid_field", "malformed"));
            }
            let mut body = registry.body_of(&vec![b'%'; 17 << 20]);
            registry.assert_refused(&body, ("invalid_field", "malformed"));
            body["file"] = json!(STANDARD.encode(vec![b'%'; 19 << 20]));
            registry.assert_refused(&body, ("body_too_large", "body_too_large"));
        },
    );
}

#[test]
fn a_persons_key_makes_no_seal() {
    on_both(
        "it::sealing::refused::a_persons_key_makes_no_seal",
        |world| {
            let registry = Registry::new(world);
            let file = registry.outgoing("một", 12);
            let mut body = registry.body(&file);
            body["credential"] = json!(registry.leader.credentials.rsa);
            let reply = registry.seal(&body);
            assert_problem(&reply, 404, "not_found");
        },
    );
}

#[test]
fn a_file_that_takes_the_memory_of_whoever_reads_it_gets_no_seal_and_harms_nobody() {
    on_both(
        "it::sealing::refused::a_file_that_takes_the_memory_of_whoever_reads_it_gets_no_seal_and_harms_nobody",
        |world| {
            let registry = Registry::new(world);
            let body = registry.body_of(hostile().as_bytes());
            let reply = registry.assert_refused(&body, ("not_ready", "not_ready"));
            let detail = reply.member("detail").unwrap();
            assert!(detail.starts_with("failed: "), "{detail}");
            let sealed = registry.seal(&registry.body(&registry.outgoing("sau đó", 12)));
            assert_eq!(sealed.status, 200, "{}", sealed.text());
        },
    );
}
