//! Forms that get no seal: that are none, whose parts are not those that were to come, or whose places are not those of the file.

use kyso_tests::http::Reply;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::desk::{Registry, paper, waiting};
use super::form::{Form, KIND, part, post, whole};
use crate::log;
use crate::stamping::{assert_problem, fresh_key};
use crate::world::on_both;

/// Parts of a form in their order, and the one that is said to be wrong.
const DISORDERS: [(&[&str], &str); 11] = [
    (&[], "request"),
    (&["file", "request"], "request"),
    (&["untyped", "file"], "request"),
    (&["request"], "file"),
    (&["request", "request"], "file"),
    (&["request", "text"], "file"),
    (&["request", "other"], "file"),
    (&["request", "file", "file"], "file"),
    (&["request", "short"], "file"),
    (&["request", "empty"], "file"),
    (&["request", "long"], "file"),
];

fn named(form: &Form, what: &str) -> Vec<u8> {
    let (file, pdf) = (&form.file, "application/pdf");
    match what {
        "request" => form.request(),
        "untyped" => part("request", "", form.request.to_string().as_bytes()),
        "text" => part("file", "text/plain", file),
        "other" => part("document", pdf, file),
        "short" => part("file", pdf, &file[1..]),
        "empty" => part("file", pdf, b""),
        "long" => part("file", pdf, &[file, &b"\n"[..]].concat()),
        _ => part("file", pdf, file),
    }
}

#[test]
fn what_is_not_the_form_that_was_to_come_is_refused_and_loses_nothing() {
    on_both(
        "it::sealing::unfit::what_is_not_the_form_that_was_to_come_is_refused_and_loses_nothing",
        |world| {
            let registry = Registry::new(world);
            let file = registry.outgoing("một", 12);
            let form = Form::of(&registry, &file);
            for (parts, wrong) in DISORDERS {
                let body: Vec<_> = parts.iter().map(|what| named(&form, what)).collect();
                println!("{parts:?}");
                // Of which key it is, the first part says.
                let entries = usize::from(wrong != "request");
                let reply = refused(&registry, whole(&body), ("invalid_field", entries));
                let detail = reply.member("detail").unwrap();
                assert!(detail.starts_with(&format!("{wrong}: ")), "{detail}");
            }
            let right = form.body();
            for (body, entries) in [
                (b"{}".to_vec(), 0),
                (right[..right.len() / 2].to_vec(), 1),
                (right[..right.len() - 6].to_vec(), 1),
                ([&right[..], b"x"].concat(), 1),
            ] {
                refused(&registry, body, ("malformed_body", entries));
            }
            let reply = form.send(&registry);
            assert_eq!(reply.status, 200, "{}", reply.text());
            let intents = log::of_credential(world, "signature.intent", &registry.bench.seal);
            assert_eq!(intents.len(), 1);
        },
    );
}

/// Sees that a body is refused with this code, and with so many entries that it is malformed.
fn refused(registry: &Registry<'_>, body: Vec<u8>, (code, entries): (&str, usize)) -> Reply {
    let before = refusals(registry).len();
    let reply = post(registry, &fresh_key(), body);
    assert_problem(&reply, 400, code);
    let entered = refusals(registry).split_off(before);
    assert_eq!(entered.len(), entries);
    let malformed = |entry: &Value| entry["reason"] == "malformed";
    assert!(entered.iter().all(malformed), "{entered:?}");
    reply
}

/// Entries of refused calls with this key.
fn refusals(registry: &Registry<'_>) -> Vec<Value> {
    let found = log::of_credential(
        registry.bench.world,
        "signature.refused",
        &registry.bench.seal,
    );
    found.into_iter().map(|one| one.entry).collect()
}

#[test]
fn members_that_do_not_go_with_a_form_are_named() {
    on_both(
        "it::sealing::unfit::members_that_do_not_go_with_a_form_are_named",
        |world| {
            let registry = Registry::new(world);
            let file = registry.outgoing("một", 12);
            for (pointer, value, named) in [
                ("/file", json!("JVBERi0="), "file"),
                ("/compose", json!(true), "compose"),
                ("/kind", json!("sao_y"), "prepared"),
                ("/prepared", Value::Null, "prepared"),
                ("/prepared/before", json!(1 << 24), "prepared"),
                ("/prepared/signed/0/3", json!(1 << 23), "prepared"),
                ("/prepared/byte_range/0", json!(1), "prepared"),
                ("/prepared/byte_range/3", json!(1 << 24), "prepared"),
            ] {
                let mut form = Form::of(&registry, &file);
                put(&mut form.request, pointer, value);
                let reply = form.send(&registry);
                assert_problem(&reply, 400, "invalid_field");
                assert_eq!(reply.json()["detail"], named, "{pointer}");
            }
            let mut body = registry.body(&file);
            body["prepared"] = Form::of(&registry, &file).request["prepared"].clone();
            let reply = registry.assert_refused(&body, ("invalid_field", "malformed"));
            assert_eq!(reply.json()["detail"], "prepared");

            let mut form = Form::of(&registry, &file);
            form.request["prepared"]["colour"] = json!("red");
            assert_problem(&form.send(&registry), 400, "malformed_body");
            form.request["source"] = json!("x".repeat(9 << 20));
            assert_problem(&form.send(&registry), 413, "body_too_large");
            assert_problem(
                &without(&registry, &form, "Content-Type"),
                415,
                "unsupported_media_type",
            );
            let form = Form::of(&registry, &file);
            let keyless = without(&registry, &form, "Idempotency-Key");
            assert_problem(&keyless, 428, "idempotency_key_required");
        },
    );
}

/// Sets a member, or takes it away.
fn put(request: &mut Value, pointer: &str, value: Value) {
    let (above, name) = pointer.rsplit_once('/').unwrap();
    match request.pointer_mut(above).unwrap() {
        Value::Object(members) if value.is_null() => drop(members.remove(name)),
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        list => list[name.parse::<usize>().unwrap()] = value,
    }
}

/// Sends it with a type that names no boundary, or without a key.
fn without(registry: &Registry<'_>, form: &Form, header: &str) -> Reply {
    let call = registry.bench.world.http().post("/api/v1/seals");
    let call = call.bearer(&registry.bench.token);
    match header {
        "Content-Type" => {
            let call = call.header("Idempotency-Key", &fresh_key());
            call.bytes("multipart/form-data", form.body())
                .send()
                .unwrap()
        }
        _ => call.bytes(KIND, form.body()).send().unwrap(),
    }
}

#[test]
fn places_that_are_not_those_of_the_file_get_no_seal() {
    on_both(
        "it::sealing::unfit::places_that_are_not_those_of_the_file_get_no_seal",
        |world| {
            let registry = Registry::new(world);
            let file = registry.outgoing("một", 12);
            let shift = |form: &mut Form, pointer: &str, by: i64| {
                let place = form.request.pointer_mut(pointer).unwrap();
                *place = json!(place.as_i64().unwrap() + by);
            };
            let cases: [(&str, &[(&str, i64)]); 8] = [
                ("other_byte_range", &[("/byte_range/1", -1)]),
                ("other_byte_range", &[("/byte_range/1", 1)]),
                (
                    "other_byte_range",
                    &[("/byte_range/2", 1), ("/byte_range/3", -1)],
                ),
                (
                    "other_byte_range",
                    &[("/byte_range/2", -1), ("/byte_range/3", 1)],
                ),
                ("other_before", &[("/before", -2)]),
                ("other_before", &[("/before", 1)]),
                ("other_signed", &[("/signed/0/1", -1)]),
                ("other_signed", &[("/signed/0/3", -1)]),
            ];
            for (code, shifts) in cases {
                let mut form = Form::of(&registry, &file);
                for (pointer, by) in shifts {
                    shift(&mut form, &format!("/prepared{pointer}"), *by);
                }
                println!("{code} {shifts:?}");
                assert_lacking(&registry, &form, code);
            }
            let mut form = Form::of(&registry, &file);
            put(&mut form.request, "/prepared/signed", Value::Null);
            assert_lacking(&registry, &form, "other_signed");
            let form = Form::of(&registry, &waiting(paper(&registry.symbol)));
            assert_lacking(&registry, &form, "no_person");
            let intents = log::of_credential(world, "signature.intent", &registry.bench.seal);
            assert_eq!(intents.len(), 0);
        },
    );
}

/// Sees that this is what is missing, and that the entry says so, and of which file.
fn assert_lacking(registry: &Registry<'_>, form: &Form, what: &str) {
    let reply = form.send(registry);
    assert_eq!(reply.json()["code"], "not_ready", "{}", reply.text());
    let detail = reply.member("detail").unwrap();
    assert!(detail.starts_with(&format!("{what}: ")), "{detail}");
    let entry = refusals(registry).pop().unwrap();
    assert_eq!(entry["data"]["lacks"], what);
    assert_eq!(
        entry["data"]["file"],
        hex::encode(Sha256::digest(&form.file))
    );
}
