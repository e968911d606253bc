//! The largest batch that is allowed, in the longest digests, with what is said of each document.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_tests::http::Reply;
use kyso_tests::province::Holder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use super::bench::{Bench, fresh_key};
use crate::log;
use crate::world::on_both;

/// `limits.batch`, as it is unless an operator says less.
const MOST: u32 = 200;
const SHA512: &str = "2.16.840.1.101.3.4.2.3";
const RSA_SHA512: &str = "1.2.840.113549.1.1.13";

/// Documents as offices send them, each with an abstract of three lines.
fn documents() -> Vec<Value> {
    let label = "Quyết định về việc phê duyệt kế hoạch sử dụng đất năm 2026 và danh mục công trình, dự án cần thu hồi đất \
                 trên địa bàn huyện, kèm theo Tờ trình của Sở Nông nghiệp và Môi trường";
    let document = |number: u32| {
        json!({"label": label, "abstract": label, "number": number.to_string(), "symbol": "QĐ-UBND",
            "type": "Quyết định", "purpose": "PHAT_HANH", "secrecy": "thường"})
    };
    (1..=MOST).map(document).collect()
}

fn hashes(call: &str) -> Vec<String> {
    let hash = |number: u32| STANDARD.encode(Sha512::digest(format!("{call} {number}")));
    (1..=MOST).map(hash).collect()
}

/// Each way by which a system stamps, with as much as it may send at once.
#[test]
fn the_largest_batch_passes_on_every_way() {
    on_both(
        "it::stamping::largest::the_largest_batch_passes_on_every_way",
        |world| {
            let (office, agency) = (
                &world.province().office,
                &world.province().agencies.province,
            );
            let holder = Holder::Agency(agency, "UBND tỉnh");
            let bench = Bench::with(world, office.credential(holder, "rsa-2048", MOST).unwrap());
            bench.open(500);
            let body = json!({"credential": bench.seal, "hashes": hashes("một cuộc gọi"), "hash_algorithm": SHA512,
            "sign_algorithm": RSA_SHA512, "documents": documents()});
            assert_all_signed(&bench.post(&bench.token, &fresh_key(), &body));
            assert_all_signed(&by_sad(&bench, "v1", ["hash", "hashAlgo"]));
            let over = bench.post(&bench.token, &fresh_key(), &body);
            assert_eq!(over.status, 403, "the session has a hundred left");
            bench.open(500);
            assert_all_signed(&by_sad(&bench, "v2", ["hashes", "hashAlgorithmOID"]));
            for event in ["signature.intent", "signature.outcome"] {
                let entries = log::of_credential(world, event, &bench.seal);
                let listed = entries
                    .iter()
                    .map(|one| one.entry["digests"].as_array().unwrap().len());
                assert_eq!(listed.collect::<Vec<_>>(), [200; 3], "{event}");
            }
        },
    );
}

fn by_sad(bench: &Bench<'_>, version: &str, [hash, algorithm]: [&str; 2]) -> Reply {
    let post = |method: &str, body: &Value| {
        let path = format!("/csc/{version}/{method}");
        let call = bench.world.http().post(&path).bearer(&bench.token);
        call.json(body).send().unwrap()
    };
    let mut body =
        json!({"credentialID": bench.seal, "numSignatures": MOST, "documents": documents()});
    body[hash] = json!(hashes(version));
    body[algorithm] = json!(SHA512);
    let authorized = post("credentials/authorize", &body);
    assert_eq!(authorized.status, 200, "{}", authorized.text());
    let members = body.as_object_mut().unwrap();
    members.remove("numSignatures");
    body["SAD"] = json!(authorized.member("SAD").unwrap());
    body["signAlgo"] = json!(RSA_SHA512);
    post("signatures/signHash", &body)
}

fn assert_all_signed(reply: &Reply) {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let json = reply.json();
    assert_eq!(json["signatures"].as_array().unwrap().len(), 200);
}
