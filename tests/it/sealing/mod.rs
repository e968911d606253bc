//! `POST /api/v1/seals`: an agency's seal only after an authorised signature (Decree 30/2020, art. 32).

mod asserted;
mod before;
mod composed;
mod crowded;
pub(crate) mod desk;
mod form;
mod receipt;
mod refused;
mod slow;
mod spelled;
mod streamed;
mod unfit;

use kyso_api::management::{AuthorityKind, EndRequest};
use kyso_documents::HashAlgorithm;
use kyso_documents::pdf::{Limits, Pdf, verify};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use self::desk::{Registry, today, waiting};
use crate::authority;
use crate::building::anchors;
use crate::log;
use crate::owner::Owner;
use crate::stamping::{clerk, fresh_key};
use crate::world::{World, on_both};

/// A body that has an outgoing document of the province sealed.
pub(crate) fn body(world: &World, seal: &str) -> Value {
    let leader = world.signer();
    authority::record(world, &leader, AuthorityKind::Head);
    let symbol = world.name("QĐ");
    let file = desk::signed_by(world, &leader, &symbol);
    let file = waiting(desk::dated(&file, (1, &symbol), today()));
    desk::body(seal, &file.unsealed())
}

#[test]
fn what_a_head_signed_gets_the_seal_and_the_log_says_on_what_ground() {
    on_both(
        "it::sealing::what_a_head_signed_gets_the_seal_and_the_log_says_on_what_ground",
        |world| {
            let registry = Registry::new(world);
            let signed = registry.signed("một");
            let file = waiting(registry.numbered(&signed, 12));
            let reply = registry.seal(&registry.body(&file));
            let sealed = file.sealed(&reply);
            let found = verify(
                &sealed,
                &anchors(world),
                OffsetDateTime::now_utc(),
                &Limits::default(),
            );
            let found = found.unwrap();
            let valid =
                |one: &kyso_documents::pdf::Verified| one.report.as_ref().unwrap().is_valid();
            assert!(found.len() == 2 && found.iter().all(valid), "{found:?}");
            let issue = &reply.json()["issue"];
            let expected = json!({"number": 12, "series": registry.symbol, "date": today().to_string(),
                "signed_by": registry.leader.credentials.p256, "authority": registry.record});
            assert_eq!(*issue, expected);
            assert_eq!(reply.json()["field"], "Con dấu");

            let intents = log::of_credential(world, "signature.intent", &registry.bench.seal);
            let entry = &intents[0].entry;
            let data = json!({"ground": "signed_document", "number": 12, "date": today().to_string(),
                "revision": signed_digest(&signed),
                "signed_by": registry.leader.credentials.p256});
            for (name, value) in data.as_object().unwrap() {
                assert_eq!(&entry["data"][name], value, "{name}");
            }
            let outcomes = log::of_credential(world, "signature.outcome", &registry.bench.seal);
            for entry in [entry, &outcomes[0].entry] {
                assert_eq!(entry["authority"], *registry.record);
            }
            assert_eq!(entry["purpose"], "PHAT_HANH");
            assert!(entry["commitments"]["series"].is_string());
            let content = &entry["digests"][0]["content"];
            assert_eq!(content["file"], hex::encode(Sha256::digest(file.file())));
            assert_eq!(content["built_by"], "server");
        },
    );
}

/// SHA-256 of what the only signature of a file covers.
fn signed_digest(file: &[u8]) -> String {
    let pdf = Pdf::read(file, &Limits::default()).unwrap();
    let digest = pdf.signatures().unwrap()[0].digest(file, HashAlgorithm::Sha256);
    hex::encode(digest.unwrap().as_bytes())
}

/// The room of a signature is not signed, and its digits may be written otherwise: it stays the same document.
#[test]
fn another_spelling_of_the_signature_gets_no_other_number() {
    on_both(
        "it::sealing::another_spelling_of_the_signature_gets_no_other_number",
        |world| {
            let registry = Registry::new(world);
            let one = registry.signed("một");
            let body = registry.body(&waiting(registry.numbered(&one, 7)));
            assert_eq!(registry.seal(&body).status, 200);
            let mut other = one.clone();
            let room = one
                .windows(11)
                .position(|part| part == b"/Contents <")
                .unwrap()
                + 11;
            let digit = one[room..].iter().position(u8::is_ascii_lowercase).unwrap();
            other[room + digit].make_ascii_uppercase();
            let body = registry.body(&waiting(registry.numbered(&other, 8)));
            registry.assert_refused(&body, ("number_taken", "number_taken"));
        },
    );
}

#[test]
fn a_number_stands_for_one_document_of_a_series_and_year() {
    on_both(
        "it::sealing::a_number_stands_for_one_document_of_a_series_and_year",
        |world| {
            let registry = Registry::new(world);
            let one = registry.signed("một");
            let body = registry.body(&waiting(registry.numbered(&one, 7)));
            let key = fresh_key();
            let first = registry.post(&key, &body);
            assert_eq!(first.status, 200, "{}", first.text());
            assert_eq!(registry.post(&key, &body).json(), first.json(), "a retry");
            let again = registry.seal(&body);
            assert_eq!(again.status, 200, "the same document: {}", again.text());

            let taken = ("number_taken", "number_taken");
            let other = registry.body(&registry.outgoing("hai", 7));
            registry.assert_refused(&other, taken);
            let mut spelled = other.clone();
            spelled["series"] = json!(registry.symbol.to_lowercase());
            registry.assert_refused(&spelled, taken);
            let renumbered = registry.body(&waiting(registry.numbered(&one, 8)));
            registry.assert_refused(&renumbered, taken);
            let mut elsewhere = other;
            elsewhere["series"] = json!("Công văn đi");
            let reply = registry.seal(&elsewhere);
            assert_eq!(reply.status, 200, "another series: {}", reply.text());
        },
    );
}

#[test]
fn what_was_signed_under_a_record_is_sealed_after_its_end() {
    on_both(
        "it::sealing::what_was_signed_under_a_record_is_sealed_after_its_end",
        |world| {
            let registry = Registry::new(world);
            let file = registry.outgoing("trước", 3);
            let office = &world.province().office;
            let end = EndRequest { at: None };
            let ended = |client: &kyso_client::Client| client.end_authority(&registry.record, &end);
            office.manager1.acting(ended).unwrap();
            let mut body = registry.body(&file);
            body["authority"] = json!(registry.record);
            let reply = registry.seal(&body);
            assert_eq!(reply.status, 200, "{}", reply.text());
        },
    );
}

/// An appendix in a file of its own belongs to a document that the agency has sealed this year.
#[test]
fn an_appendix_names_a_document_that_was_sealed() {
    on_both(
        "it::sealing::an_appendix_names_a_document_that_was_sealed",
        |world| {
            let registry = Registry::new(world);
            let file = desk::copy(&registry.symbol);
            let mut body = registry.body(&file);
            body["kind"] = json!("phu_luc");
            body["document"]["number"] = json!("12");
            body["document"]["symbol"] = json!(registry.symbol);
            let allowed = ("forbidden", "purpose_not_allowed");
            registry.assert_refused(&body, allowed);
            let bench = &registry.bench;
            let until = (600, "PHU_LUC");
            bench.open_by(&clerk(world), &bench.system.id, 5, until);
            registry.assert_refused(&body, ("number_unknown", "number_unknown"));
            let main = registry.seal(&registry.body(&registry.outgoing("chính", 12)));
            assert_eq!(main.status, 200, "{}", main.text());
            let reply = registry.seal(&body);
            let sealed = file.sealed(&reply);
            assert_eq!(reply.json().get("issue"), None);
            let now = OffsetDateTime::now_utc();
            let found = verify(&sealed, &anchors(world), now, &Limits::default());
            assert!(found.unwrap()[0].report.as_ref().unwrap().is_valid());
            let intents = log::of_credential(world, "signature.intent", &registry.bench.seal);
            let entry = &intents.last().unwrap().entry;
            assert_eq!(entry["data"]["ground"], "appendix");
            assert_eq!(entry["data"]["number"], 12);
            assert_eq!(entry["purpose"], "PHU_LUC");
            assert!(entry["commitments"]["series"].is_string(), "{entry}");

            let mut other = body.clone();
            other["document"]["number"] = json!("13");
            registry.assert_refused(&other, ("number_unknown", "number_unknown"));
            for (member, value) in [
                ("source", json!("một bản sao")),
                ("authority", json!(registry.record)),
                ("document", json!({"label": "không số"})),
                ("document", json!({"number": "mười hai", "symbol": "QĐ"})),
                ("series", json!("СV")),
            ] {
                let mut wrong = body.clone();
                wrong[member] = value;
                registry.assert_refused(&wrong, ("invalid_field", "malformed"));
            }
        },
    );
}

#[test]
fn a_copy_goes_by_its_own_rule() {
    on_both("it::sealing::a_copy_goes_by_its_own_rule", |world| {
        let registry = Registry::new(world);
        let bench = &registry.bench;
        let file = desk::copy("bản sao");
        let mut body = registry.body(&file);
        body["kind"] = json!("sao_y");
        registry.assert_refused(&body, ("not_ready", "not_ready"));
        body["source"] = json!("Quyết định số 12/QĐ-UBND");
        let allowed = ("forbidden", "purpose_not_allowed");
        registry.assert_refused(&body, allowed);
        bench.open_by(&bench.clerk, &bench.system.id, 1, (600, "SAO_Y"));
        let reply = registry.seal(&body);
        let sealed = file.sealed(&reply);
        assert_eq!(reply.json().get("issue"), None);
        let found = verify(
            &sealed,
            &anchors(world),
            OffsetDateTime::now_utc(),
            &Limits::default(),
        );
        assert_eq!(found.unwrap().len(), 1);
        let intents = log::of_credential(world, "signature.intent", &bench.seal);
        let intent = intents.last().unwrap();
        let entry = &intent.entry;
        assert_eq!(
            (&entry["data"]["ground"], &entry["purpose"]),
            (&json!("copy"), &json!("SAO_Y"))
        );
        // What it is a copy of does not take the place of whence it was asked for.
        for (field, value) in [
            ("copy_of", &body["source"]),
            ("source", &json!("127.0.0.1")),
        ] {
            assert!(entry["commitments"][field].is_string(), "{field}: {entry}");
            assert_eq!(&json!(intent.openings[field]), value, "{field}");
        }
    });
}

#[test]
fn numbers_that_were_skipped_are_told_to_the_officer() {
    on_both(
        "it::sealing::numbers_that_were_skipped_are_told_to_the_officer",
        |world| {
            let registry = Registry::new(world);
            for number in [2, 5] {
                let file = registry.outgoing(&number.to_string(), number);
                assert_eq!(registry.seal(&registry.body(&file)).status, 200);
            }
            let officer = world.province().office.officer.token_with_otp().unwrap();
            assert_eq!(skipped(&registry, &officer), [[1, 1], [3, 4]]);
            // Whoever signed before it is in the log.
            let path = "/api/v1/audit/views/seal-without-signature?limit=1000";
            let reply = world.http().get(path).bearer(&officer).done().unwrap();
            assert!(
                !reply.text().contains(&registry.bench.seal),
                "{}",
                reply.text()
            );
        },
    );
}

/// The numbers that the register leaves out of this series, from where to where.
fn skipped(registry: &Registry<'_>, officer: &str) -> Vec<[u64; 2]> {
    let path = "/api/v1/audit/views/skipped-numbers?limit=1000";
    let call = registry.bench.world.http().get(path).bearer(officer);
    let reply = call.done().unwrap().json();
    let series = registry.symbol.to_uppercase();
    let rows = reply["rows"].as_array().unwrap().iter();
    let own = rows.filter(|row| row["series"] == series.as_str());
    let ends =
        |row: &Value| ["first_missing", "last_missing"].map(|end| row[end].as_u64().unwrap());
    own.map(ends).collect()
}

/// The register has no seal, so its owner can fill a gap there. No entry has that number, and a search reads entries.
#[test]
fn a_gap_that_was_filled_in_the_register_has_no_entry() {
    let test = "it::sealing::a_gap_that_was_filled_in_the_register_has_no_entry";
    on_both(test, |world| {
        let registry = Registry::new(world);
        for number in [1, 3] {
            let file = registry.outgoing(&number.to_string(), number);
            assert_eq!(registry.seal(&registry.body(&file)).status, 200);
        }
        let officer = world.province().office.officer.token_with_otp().unwrap();
        assert_eq!(skipped(&registry, &officer), [[2, 2]]);
        let mut owner = Owner::of(world);
        let (revision, series) = (owner.bytes(&[7; 32]), registry.symbol.to_uppercase());
        owner.run(&format!(
            "INSERT INTO document_number (agency_id, series, year, number, revision, sequence) \
             SELECT agency_id, series, year, 2, {revision}, sequence FROM document_number \
             WHERE series = '{series}' AND number = 1"
        ));
        assert!(skipped(&registry, &officer).is_empty(), "nobody is told");
        let entries = [1, 2, 3].map(|number| {
            let query = kyso_api::management::AuditQuery {
                number: Some(number),
                series: Some(series.clone()),
                ..kyso_api::management::AuditQuery::default()
            };
            log::entries(world, &query).len()
        });
        assert_eq!(entries, [1, 0, 1]);
    });
}

#[test]
fn an_officer_finds_a_document_by_its_number() {
    on_both(
        "it::sealing::an_officer_finds_a_document_by_its_number",
        |world| {
            let registry = Registry::new(world);
            let file = registry.outgoing("tìm", 41);
            let reply = registry.seal(&registry.body(&file));
            assert_eq!(reply.status, 200, "{}", reply.text());
            let office = &world.province().office;
            let find = |number, series: &str, year| {
                let query = kyso_api::management::AuditQuery {
                    number: Some(number),
                    series: (!series.is_empty()).then(|| series.to_owned()),
                    year,
                    ..kyso_api::management::AuditQuery::default()
                };
                let mut found = log::entries(world, &query);
                found.retain(|one| one.entry["credential"] == registry.bench.seal.as_str());
                found
            };
            let year = u32::try_from(today().year()).unwrap();
            let found = find(41, &registry.symbol, Some(year));
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].entry["event"], "signature.intent");
            assert_eq!(find(41, &registry.symbol.to_lowercase(), None).len(), 1);
            assert_eq!(find(41, "", None).len(), 1);
            assert_eq!(find(41, "CV", None).len(), 0);
            assert_eq!(find(40, &registry.symbol, None).len(), 0);
            assert_eq!(find(41, &registry.symbol, Some(year - 1)).len(), 0);
            let officer = office.officer.token_with_otp().unwrap();
            for (query, field) in [
                ("number=0", "number"),
                ("series=CV", "series"),
                ("year=2026", "year"),
                ("number=1&series=%D0%A1V", "series"),
                ("number=1&series=", "series"),
            ] {
                let path = format!("/api/v1/audit?{query}");
                let reply = world.http().get(&path).bearer(&officer).send().unwrap();
                crate::stamping::assert_problem(&reply, 400, "invalid_field");
                assert_eq!(reply.json()["detail"], field, "{query}");
            }
        },
    );
}
