//! What the server does not build a signature for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::{Any, ObjectIdentifier, SetOfVec};
use der::{Decode as _, Encode as _};
use kyso_documents::{HashAlgorithm, Profile, prepare_as};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use x509_cert::attr::Attribute;

use super::desk::{Desk, by_digest, cms, digest, file, said};
use crate::desk::{PSS_32, RSA_PSS, RSA_SHA256};
use crate::log;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_both};

/// RFC 5652 §11.1, §11.2, §11.3, §5.1 and RFC 5035 §3.
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// The right attributes of a signature file, changed.
fn changed(desk: &Desk<'_>, change: impl FnOnce(&mut Vec<Attribute>)) -> Vec<u8> {
    let time = OffsetDateTime::now_utc();
    let right = desk.attributes(b"a", Profile::File { time });
    let mut all = Vec::<Attribute>::from(SetOfVec::from_der(&right.der).unwrap());
    change(&mut all);
    SetOfVec::try_from(all).unwrap().to_der().unwrap()
}

fn without(desk: &Desk<'_>, kind: ObjectIdentifier) -> Vec<u8> {
    changed(desk, |all| all.retain(|one| one.oid != kind))
}

/// With another value of this attribute.
fn with(desk: &Desk<'_>, kind: ObjectIdentifier, value: &Any) -> Vec<u8> {
    changed(desk, |all| {
        let found = all.iter_mut().find(|one| one.oid == kind).unwrap();
        found.values = SetOfVec::try_from(vec![value.clone()]).unwrap();
    })
}

/// What is wrong, and the word for it.
fn wrong_attributes(desk: &Desk<'_>, another: &[u8]) -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let now = OffsetDateTime::now_utc();
    let right = |time| desk.attributes(b"a", Profile::File { time }).der;
    let of = |hash, certificate: &[u8]| {
        let digest = kyso_documents::DocumentDigest::of(hash, &b"a"[..]).unwrap();
        let prepared = prepare_as(&digest, certificate, Profile::File { time: now });
        prepared.unwrap().signed_attributes().to_vec()
    };
    let own = &desk.chain()[0];
    let short = Any::encode_from(&der::asn1::OctetString::new([7; 20]).unwrap()).unwrap();
    let signed_data = Any::encode_from(&SIGNED_DATA).unwrap();
    let doubled = changed(desk, |all| {
        let mut more = all[0].clone();
        more.values = SetOfVec::try_from(vec![Any::null()]).unwrap();
        all.push(more);
    });
    let stranger = changed(desk, |all| {
        all[0].oid = ObjectIdentifier::new_unwrap("1.2.3.4");
    });
    let mut tail = right(now);
    tail.push(0);
    vec![
        ("nothing", vec![], "form"),
        ("a hash", vec![7; 32], "form"),
        ("a sequence", [&[0x30], &right(now)[1..]].concat(), "form"),
        ("a byte too many", tail, "form"),
        ("no content type", without(desk, CONTENT_TYPE), "kinds"),
        ("no message digest", without(desk, MESSAGE_DIGEST), "kinds"),
        ("no certificate", without(desk, CERTIFICATE), "kinds"),
        (
            "no signing time in a file",
            without(desk, SIGNING_TIME),
            "kinds",
        ),
        ("a fifth", doubled, "kinds"),
        ("another kind", stranger, "kinds"),
        (
            "signed data",
            with(desk, CONTENT_TYPE, &signed_data),
            "content_type",
        ),
        (
            "SHA-1",
            with(desk, MESSAGE_DIGEST, &short),
            "message_digest",
        ),
        ("SHA-512", of(HashAlgorithm::Sha512, own), "message_digest"),
        (
            "another certificate",
            of(HashAlgorithm::Sha256, another),
            "other_certificate",
        ),
        ("no time", with(desk, SIGNING_TIME, &short), "signing_time"),
    ]
}

#[test]
fn only_attributes_of_one_document_and_this_certificate_are_signed() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open(1);
    let desk = Desk::sealing(&bench);
    let another = Desk::of(world, &world.signer()).chain().remove(0);
    for (what, der, word) in wrong_attributes(&desk, &another) {
        let document =
            json!({"format": "cades", "attributes": STANDARD.encode(der), "document": said()});
        let reply = desk.sign(&desk.body(&[file("đúng"), document]));
        assert_problem(&reply, 400, "invalid_field");
        let detail = format!("documents[1].attributes: {word}");
        assert_eq!(reply.json()["detail"], json!(detail), "{what}");
        log::refusal(world, &reply, "signature.refused", "attributes_refused");
    }
    let time = OffsetDateTime::now_utc();
    let timed = desk
        .attributes(b"a", Profile::File { time })
        .document("pades");
    let reply = desk.sign(&desk.body(&[timed]));
    assert_eq!(reply.json()["detail"], "documents[0].attributes: kinds");
    for off in [Duration::minutes(6), Duration::minutes(-6)] {
        let late = desk.attributes(b"a", Profile::File { time: time + off });
        let reply = desk.sign(&desk.body(&[late.document("cades")]));
        assert_eq!(reply.json()["detail"], "attributes: signing_time");
        log::refusal(world, &reply, "signature.refused", "signing_time_refused");
    }
    cms(&desk.sign(&desk.body(&[file("đúng")])));
}

#[test]
fn a_body_names_each_mistake() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open(1);
    let desk = Desk::sealing(&bench);
    let right = desk.body(&[file("đúng")]);
    let attributes = desk.attributes(b"a", Profile::Pdf).document("pades")["attributes"].clone();
    let other = STANDARD.encode(digest(b"other").as_bytes());
    for (place, value, member) in [
        ("/documents/0/attributes", attributes, "attributes"),
        ("/documents/0/digest", json!("AAAA"), "digest"),
        ("/documents/0/digest", json!("%"), "digest"),
        ("/documents/0/file_digest", json!("AAAA"), "file_digest"),
        ("/documents/0/file_digest", json!(other), "file_digest"),
        ("/hash_algorithm", json!("1.3.14.3.2.26"), "hash_algorithm"),
        (
            "/sign_algorithm",
            json!("1.2.840.10045.4.3.2"),
            "sign_algorithm",
        ),
        ("/otp", json!("123456"), "otp"),
        ("/documents", json!([]), "empty_hashes"),
        (
            "/documents",
            json!(vec![file("a"); 101]),
            "too_many_signatures",
        ),
    ] {
        let mut body = right.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        let reply = desk.sign(&body);
        assert_problem(&reply, 400, "invalid_field");
        let detail = reply.member("detail").unwrap();
        assert!(detail.starts_with(member), "{place}: {detail}");
    }
    let mut neither = right.clone();
    neither["documents"][0]
        .as_object_mut()
        .unwrap()
        .remove("digest");
    assert_problem(&desk.sign(&neither), 400, "invalid_field");
    let mut both = right.clone();
    (both["sad"], both["otp"]) = (json!("x"), json!("123456"));
    assert_problem(&desk.sign(&both), 400, "invalid_field");
    let call = world.http().post("/api/v1/signatures").bearer(&desk.token);
    let keyless = call.json(&right).send().unwrap();
    assert_problem(&keyless, 428, "idempotency_key_required");
    assert!(log::of_credential(world, "signature.intent", &desk.credential).is_empty());
    cms(&desk.sign(&right));
}

/// RFC 4056 §3: a verifier takes a salt as long as the hash.
#[test]
fn pss_with_another_salt_is_not_built() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open(1);
    let desk = Desk::sealing(&bench);
    let mut body = desk.body(&[file("a")]);
    body["sign_algorithm"] = json!(RSA_PSS);
    let params = STANDARD.decode(PSS_32).unwrap();
    let (salt, before) = params.split_last().unwrap();
    assert_eq!(*salt, 32);
    body["sign_algorithm_params"] = json!(STANDARD.encode([before, &[20]].concat()));
    let reply = desk.sign(&body);
    assert_problem(&reply, 400, "invalid_field");
    assert_eq!(reply.json()["detail"], "sign_algorithm_params");
    body["sign_algorithm_params"] = json!(PSS_32);
    cms(&desk.sign(&body));
}

#[test]
fn another_key_is_unknown_and_a_session_has_its_end() {
    on_both(
        "it::building::refused::another_key_is_unknown_and_a_session_has_its_end",
        |world| {
            let (bench, other) = (Bench::new(world), Bench::new(world));
            let mut desk = Desk::sealing(&bench);
            assert_problem(
                &desk.sign(&desk.body(&[file("sớm")])),
                403,
                "no_stamping_session",
            );
            bench.open(1);
            assert_problem(
                &desk.sign(&desk.body(&[file("a"), file("b")])),
                403,
                "session_exhausted",
            );
            cms(&desk.sign(&desk.body(&[file("đúng")])));
            assert_problem(
                &desk.sign(&desk.body(&[file("thêm")])),
                403,
                "session_exhausted",
            );
            desk.credential.clone_from(&other.seal);
            assert_problem(&desk.sign(&desk.body(&[file("lạ")])), 404, "not_found");
            for (name, value, code) in [
                ("purpose", "SAO_Y", "forbidden"),
                ("secrecy", "mật", "secrecy_refused"),
            ] {
                desk.credential.clone_from(&bench.seal);
                let mut document = file("khác");
                document["document"][name] = json!(value);
                assert_problem(&desk.sign(&desk.body(&[document])), 403, code);
            }
        },
    );
}

#[test]
fn nobody_elses_code_lets_a_key_be_used() {
    on_both(
        "it::building::refused::nobody_elses_code_lets_a_key_be_used",
        |world| {
            let (signer, other) = (world.signer(), world.signer());
            let mut desk = Desk::of(world, &signer);
            let documents = [file("một")];
            let reply = desk.sign(&desk.body(&documents));
            assert_problem(&reply, 403, "no_stamping_session");
            let mut body = desk.body(&documents);
            body["otp"] = json!(signer.account.authenticator.wrong());
            let reply = desk.sign(&body);
            assert_problem(&reply, 403, "otp_invalid");
            log::refusal(world, &reply, "signature.refused", "invalid_otp");
            let body = desk.body_with_otp(&documents, &signer.account);
            let mut impossible = body.clone();
            impossible["sign_algorithm"] = json!(RSA_SHA256);
            assert_problem(&desk.sign(&impossible), 400, "invalid_field");
            // A system with a grant, but none to pass a code on: it is told what a stranger is.
            let office = &world.province().office;
            desk.token = world.system(&desk.credential).token(office).unwrap();
            let reply = desk.sign(&body);
            assert_problem(&reply, 404, "not_found");
            log::refusal(world, &reply, "signature.refused", "unknown_credential");
            let thief = Desk {
                credential: desk.credential.clone(),
                ..Desk::of(world, &other)
            };
            assert_problem(&thief.sign(&body), 404, "not_found");
            // Nothing of all that used the code up.
            desk.token = signer.account.token().unwrap();
            cms(&desk.sign(&body));
        },
    );
}

#[test]
fn a_hash_that_is_no_document_s_is_not_asked_for_here() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    let desk = Desk::sealing(&bench);
    let mut body = desk.body(&[by_digest("cades", &digest(b"a"))]);
    body["hashes"] = json!([STANDARD.encode([7; 32])]);
    assert_problem(&desk.sign(&body), 400, "malformed_body");
}
