//! A prepared PDF that follows its request in a form: it passes through the server and is held nowhere in it.

use std::process::Command;

use kyso_documents::DocumentDigest;
use kyso_documents::HashAlgorithm;
use kyso_documents::pdf::{Limits, verify};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::desk::{Registry, waiting};
use super::form::{Form, asked};
use crate::building::anchors;
use crate::log;
use crate::stamping::fresh_key;
use crate::world::on_both;

#[test]
fn a_file_that_passes_gets_the_seal_and_the_log_has_its_digests() {
    on_both(
        "it::sealing::streamed::a_file_that_passes_gets_the_seal_and_the_log_has_its_digests",
        |world| {
            let registry = Registry::new(world);
            let signed = registry.signed("một");
            let file = waiting(registry.numbered(&signed, 12));
            let reply = Form::of(&registry, &file).send(&registry);
            let sealed = file.sealed(&reply);
            let now = OffsetDateTime::now_utc();
            let found = verify(&sealed, &anchors(world), now, &Limits::default()).unwrap();
            assert_eq!(found.len(), 2);
            assert!(
                found
                    .iter()
                    .all(|one| one.report.as_ref().unwrap().is_valid())
            );
            assert_eq!(reply.json()["issue"]["number"], 12);
            assert_eq!(reply.json().get("update"), None);

            let intents = log::of_credential(world, "signature.intent", &registry.bench.seal);
            let entry = &intents[0].entry;
            let content = &entry["digests"][0]["content"];
            assert_eq!(content["file"], hex::encode(Sha256::digest(file.file())));
            assert_eq!(
                content["digest"],
                hex::encode(over(&asked(&registry, &file), &file.unsealed()))
            );
            assert_eq!(content["built_by"], "server");
            let data = &entry["data"];
            assert_eq!(data["revision"], super::signed_digest(&signed));
            assert_eq!(data["composed_by"], "client");
        },
    );
}

/// SHA-256 of what the `ByteRange` of a request is over.
fn over(request: &Value, file: &[u8]) -> Vec<u8> {
    let place = |at: usize| {
        let number = request["prepared"]["byte_range"][at].as_u64().unwrap();
        usize::try_from(number).unwrap()
    };
    let parts = [&file[..place(1)], &file[place(2)..]];
    let digest = DocumentDigest::of_parts(HashAlgorithm::Sha256, &parts);
    digest.as_bytes().to_vec()
}

#[test]
fn a_key_is_bound_to_request_and_file() {
    on_both(
        "it::sealing::streamed::a_key_is_bound_to_request_and_file",
        |world| {
            let registry = Registry::new(world);
            let (file, key) = (registry.outgoing("một", 12), fresh_key());
            let form = Form::of(&registry, &file);
            let first = form.post(&registry, &key);
            assert_eq!(first.status, 200, "{}", first.text());
            let again = form.post(&registry, &key);
            assert_eq!(again.json(), first.json(), "a retry");

            // The same request with another file, which differs in a digit of the time that it claims; and the other way round.
            let mut other = Form::of(&registry, &file);
            let times = other.file.windows(3).rposition(|part| part == b"(D:");
            let digit = &mut other.file[times.unwrap() + "(D:20261127235".len()];
            *digit = if *digit == b'0' { b'1' } else { b'0' };
            let reply = other.post(&registry, &key);
            let code = reply.json()["code"].clone();
            assert_eq!(code, "idempotency_mismatch", "{}", reply.text());
            assert_eq!(other.send(&registry).status, 200, "with a key of its own");
            let mut other = Form::of(&registry, &file);
            other.request["document"]["label"] = json!("Một nhãn khác");
            let reply = other.post(&registry, &key);
            assert_eq!(
                reply.json()["code"],
                "idempotency_mismatch",
                "{}",
                reply.text()
            );
            let body = registry.body(&file);
            let reply = registry.post(&key, &body);
            assert_eq!(
                reply.json()["code"],
                "idempotency_mismatch",
                "{}",
                reply.text()
            );
        },
    );
}

/// The sample of the guide, as it stands, with the program that it names.
#[test]
fn the_sample_of_the_guide_gets_the_seal() {
    let world = crate::world::World::sqlite();
    let registry = Registry::new(world);
    let file = registry.outgoing("mẫu", 12);
    let form = Form::of(&registry, &file);
    let directory = tempfile::tempdir().unwrap();
    let site = world.deployment.server.site();
    for (name, content) in [
        ("request.json", form.request.to_string().into_bytes()),
        ("file.pdf", form.file),
        ("ca.pem", site.ca().unwrap().into()),
    ] {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    let guide = include_str!("../../../docs/integrate.md");
    let (_, sample) = guide.split_once("```bash\n").unwrap();
    let (sample, _) = sample.split_once("```").unwrap();
    let output = Command::new("sh")
        .args(["-euc", sample])
        .current_dir(directory.path())
        .env("CURL_CA_BUNDLE", "ca.pem")
        .env("base", world.http().base())
        .env("token", &registry.bench.token)
        .env("key", fresh_key())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
    file.completed(reply["signature"].as_str().unwrap());
}
