//! `POST /api/v1/signatures`: the server builds what it signs.

mod desk;
mod refused;
mod retried;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::AuditEntry;
use kyso_documents::{HashAlgorithm, Profile};
use kyso_tests::province::Granted;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

pub(crate) use desk::{
    Desk, anchors, by_digest, cms, digest, file, openssl_accepts, prepared, said,
};

use crate::desk::{PSS_32, RSA_PSS};
use crate::log;
use crate::stamping::{Bench, fresh_key};
use crate::time_stamps;
use crate::world::{World, on_both};

/// A PDF of one empty page.
pub(crate) const PDF: &[u8] = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>\nendobj\n\
xref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \n0000000115 00000 n \n\
trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n203\n%%EOF\n";

/// The one entry of this event about the key.
fn entry(desk: &Desk<'_>, event: &str) -> AuditEntry {
    let mut entries = log::of_credential(desk.world, event, &desk.credential);
    assert_eq!(entries.len(), 1, "{event}: {entries:?}");
    entries.remove(0)
}

/// The digests of intent and outcome, which are the same.
fn told(desk: &Desk<'_>) -> Vec<Value> {
    let [intent, outcome] = ["signature.intent", "signature.outcome"]
        .map(|event| entry(desk, event).entry["digests"].clone());
    assert_eq!(intent, outcome);
    intent.as_array().unwrap().clone()
}

#[test]
fn digests_become_signatures_by_one_code_and_the_log_says_of_what() {
    on_both(
        "it::building::digests_become_signatures_by_one_code_and_the_log_says_of_what",
        |world| {
            let signer = world.signer();
            let desk = Desk::of(world, &signer);
            let pdf = prepared(PDF);
            let mut inside = by_digest("pades", pdf.digest());
            inside["file_digest"] = json!(STANDARD.encode(Sha256::digest(PDF)));
            let documents = [inside, file("Tờ trình")];
            let reply = desk.sign(&desk.body_with_otp(&documents, &signer.account));
            let beside = digest("Tờ trình".as_bytes());
            desk.assert_signs(&cms(&reply)[0], PDF, &pdf);
            let report = desk.report(&cms(&reply)[1], &beside);
            assert!(report.signing_time.is_some());
            assert!(openssl_accepts(
                world,
                &cms(&reply)[1],
                "Tờ trình".as_bytes()
            ));
            let told = told(&desk);
            // What is seen in the PDF was drawn by whoever prepared it.
            let said = &entry(&desk, "signature.intent").entry["data"];
            assert_eq!(said["composed_by"], "client");
            let content = |place: usize| &told[place]["content"];
            assert_eq!(content(0)["digest"], hex::encode(pdf.digest().as_bytes()));
            assert_eq!(content(0)["file"], hex::encode(Sha256::digest(PDF)));
            assert_eq!(content(0)["format"], "pades");
            assert_eq!(content(1)["digest"], hex::encode(beside.as_bytes()));
            assert_eq!(
                content(1)["file"],
                content(1)["digest"],
                "the file is signed whole"
            );
            assert_eq!(content(1)["format"], "cades");
            for (place, signature) in cms(&reply).iter().enumerate() {
                assert_eq!(content(place)["built_by"], "server");
                // What was signed stands in the signature, and its digest in the log.
                let attributes = signed_attributes(signature);
                assert_eq!(
                    told[place]["value"],
                    hex::encode(Sha256::digest(attributes))
                );
            }
        },
    );
}

/// The signed attributes in a signature, as they are hashed (RFC 5652 §5.4).
fn signed_attributes(signature: &[u8]) -> Vec<u8> {
    use der::{Decode as _, Encode as _};
    let content = cms::content_info::ContentInfo::from_der(signature).unwrap();
    let data: cms::signed_data::SignedData = content.content.decode_as().unwrap();
    let signer = data.signer_infos.0.as_slice()[0].clone();
    signer.signed_attrs.unwrap().to_der().unwrap()
}

#[test]
fn attributes_of_the_caller_are_signed_by_a_sad_for_them_and_for_nothing_else() {
    on_both(
        "it::building::attributes_of_the_caller_are_signed_by_a_sad_for_them_and_for_nothing_else",
        |world| {
            let signer = world.signer();
            let desk = Desk::of(world, &signer);
            let time = OffsetDateTime::now_utc();
            let text = "Quyết định".as_bytes();
            let (beside, pdf) = (desk.attributes(text, Profile::File { time }), prepared(PDF));
            let inside = pdf.attributes(&desk.chain()[0]).unwrap();
            let documents = [
                beside.document("cades"),
                json!({"format": "pades", "attributes": STANDARD.encode(inside.signed_attributes()), "document": said()}),
            ];
            let digests = [beside.digest.clone(), inside.digest()];
            let mut body = desk.body(&documents);
            body["sad"] = json!(desk.sad(&digests, &documents, &signer.account));
            let mut other = body.clone();
            other["documents"][0] = file("chưa được duyệt");
            let refused = desk.sign(&other);
            log::refusal(world, &refused, "signature.refused", "hash_not_authorized");
            let reply = desk.sign(&body);
            desk.assert_signs(&cms(&reply)[1], PDF, &pdf);
            let report = desk.report(&cms(&reply)[0], &digest(text));
            let claimed = report.signing_time.unwrap();
            assert_eq!(
                claimed,
                time.replace_nanosecond(0).unwrap(),
                "the caller's time"
            );
            for (record, digest) in told(&desk).iter().zip(digests) {
                assert_eq!(record["value"], hex::encode(digest));
                assert_eq!(record["content"]["built_by"], "caller");
            }
        },
    );
}

#[test]
fn a_system_stamps_within_a_session_and_gets_the_finished_signature() {
    on_both(
        "it::building::a_system_stamps_within_a_session_and_gets_the_finished_signature",
        |world| {
            let bench = Bench::new(world);
            bench.open(2);
            let desk = Desk::sealing(&bench);
            let reply = desk.sign(&desk.body(&[file("một"), file("hai")]));
            for (text, signature) in ["một", "hai"].iter().zip(cms(&reply)) {
                desk.report(&signature, &digest(text.as_bytes()));
            }
            assert_eq!(told(&desk).len(), 2);
            let said = &entry(&desk, "signature.intent").entry["data"];
            assert_eq!(said.get("composed_by"), None, "nothing is shown");
            assert!(openssl_accepts(world, &cms(&reply)[0], "một".as_bytes()));
            assert!(!openssl_accepts(world, &cms(&reply)[0], "hai".as_bytes()));
        },
    );
}

#[test]
fn a_system_that_may_pass_a_code_on_needs_no_other_call() {
    let world = World::sqlite();
    let signer = world.signer();
    let (office, mut desk) = (&world.province().office, Desk::of(world, &signer));
    let system = office
        .system_without_grant(&world.name("chuyen-ma"))
        .unwrap();
    let granted = Granted::Credential(&desk.credential);
    office.grant(&system.id, granted, true).unwrap();
    desk.token = system.token(office).unwrap();
    let reply = desk.sign(&desk.body_with_otp(&[file("một")], &signer.account));
    desk.report(&cms(&reply)[0], &digest("một".as_bytes()));
    let intent = entry(&desk, "signature.intent");
    assert_eq!(intent.entry["client"], json!(system.id));
}

#[test]
fn each_hash_and_padding_gives_a_signature_that_others_accept() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open(4);
    let desk = Desk::sealing(&bench);
    let text = "Thông báo".as_bytes();
    for (hash, algorithm, params) in [
        (HashAlgorithm::Sha384, "1.2.840.113549.1.1.12", None),
        (HashAlgorithm::Sha512, "1.2.840.113549.1.1.13", None),
        (HashAlgorithm::Sha256, RSA_PSS, Some(PSS_32)),
    ] {
        let digest = kyso_documents::DocumentDigest::of(hash, text).unwrap();
        let mut body = desk.body(&[by_digest("cades", &digest)]);
        body["hash_algorithm"] = json!(hash.oid().to_string());
        body["sign_algorithm"] = json!(algorithm);
        if let Some(params) = params {
            body["sign_algorithm_params"] = json!(params);
        }
        let reply = desk.sign(&body);
        let report = desk.report(&cms(&reply)[0], &digest);
        assert_eq!(report.hash, Some(hash));
        assert!(openssl_accepts(world, &cms(&reply)[0], text), "{algorithm}");
    }
}

/// The token that comes later fits the signature, and a retry names the same stamp.
#[test]
fn a_finished_signature_gets_its_time_stamp() {
    let world = time_stamps::with_an_authority();
    let bench = Bench::new(&world);
    bench.open(1);
    let desk = Desk::sealing(&bench);
    let mut body = desk.body(&[file("một")]);
    body["time_stamp"] = json!(true);
    let key = fresh_key();
    let reply = desk.post(&key, &body);
    let ids = time_stamps::ids(&reply, "pending");
    let stamp = time_stamps::held(&bench, &world, &ids[0]);
    let token = time_stamps::bytes(&stamp["token"]);
    let signatures = cms(&reply);
    assert!(kyso_documents::timestamp::attach(&signatures[0], &token).is_ok());
    let again = desk.post(&key, &body);
    assert_eq!(time_stamps::ids(&again, "held"), ids);
    assert_eq!(cms(&again), signatures);
}
