//! A signer is asked over CSC: handles and polling in version 2, a call that waits in version 1.

mod asking;
mod handles;
mod outlasting;
mod polling;
mod unused;
mod waiting;

use kyso_tests::province::Granted;
use serde_json::{Value, json};

pub(crate) use self::asking::{Asking, v2};
pub(crate) use self::waiting::ask as ask_and_wait;
use crate::desk::{Desk, RSA_SHA256, assert_csc_error};
use crate::world::{World, on_both};

/// How a credential is announced in each version, and in a list.
fn announced(desk: &Desk<'_>, list: &Value) -> [Value; 3] {
    let body = json!({"credentialID": desk.credential, "authInfo": true});
    let infos = asking::v2(desk, "credentials/list", list).json()["credentialInfos"].clone();
    let infos = infos.as_array().unwrap();
    let listed = infos
        .iter()
        .find(|one| one["credentialID"] == *desk.credential);
    [
        desk.call("credentials/info", &body).json(),
        asking::v2(desk, "credentials/info", &body).json(),
        listed.unwrap().clone(),
    ]
}

#[test]
fn what_a_credential_announces_depends_on_who_asks() {
    let test = "it::approvals_csc::what_a_credential_announces_depends_on_who_asks";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let office = &world.province().office;
        let explicit = office.system_without_grant(&world.name("he-thong"));
        let explicit = explicit.unwrap();
        let granted = Granted::Credential(&asking.desk.credential);
        office.grant(&explicit.id, granted, true).unwrap();
        let passing = Desk {
            token: explicit.token(office).unwrap(),
            ..asking.desk.clone()
        };
        let person = Desk::p256(world, &asking.signer);
        let of_person = json!({"credentialInfo": true, "userID": asking.signer.account.person_id});
        let own = json!({"credentialInfo": true});
        for (desk, list, scal, mode, objects) in [
            (&asking.desk, &of_person, "2", "implicit", 0),
            (&passing, &of_person, "1", "explicit", 1),
            (&person, &own, "1", "explicit", 1),
        ] {
            let [v1, v2, listed] = announced(desk, list);
            assert!([&v1, &v2, &listed].iter().all(|one| one["SCAL"] == scal));
            assert_eq!(v1["authMode"], mode);
            assert_eq!(v1.get("OTP").is_some(), objects == 1, "{v1}");
            for one in [v2, listed] {
                let found = one["auth"]["objects"].as_array().map(Vec::len);
                assert_eq!(found, Some(objects), "{one}");
            }
        }
    });
}

/// Calls with one member changed, which no signer is asked about, and what the sentence holds.
fn assert_refused(asking: &Asking<'_>, method: &str, whole: &Value, wrong: &[(&str, Value, &str)]) {
    for (name, value, sentence) in wrong {
        let mut body = whole.clone();
        body[*name] = value.clone();
        let reply = asking::v2(&asking.desk, method, &body);
        assert_csc_error(&reply, 400, "invalid_request");
        let text = reply.text();
        assert!(text.contains(sentence), "{name} {value}: {text}");
    }
    assert!(asking.requests().is_empty());
}

#[test]
fn what_cannot_be_asked_gets_no_handle() {
    let world = World::sqlite();
    let asking = Asking::new(world);
    let foreign = json!(world.signer().credentials.rsa);
    let whole = asking.authorize_body(&["một"], "Công văn");
    let wrong = [
        ("description", json!(null), "array parameter documents"),
        ("description", json!("  "), "array parameter documents"),
        ("description", json!("a\u{202E}b"), "parameter description"),
        (
            "documents",
            json!([{"number": "12"}]),
            "parameter documents",
        ),
        ("documents", json!([]), "parameter documents"),
        ("hashes", json!(null), "array parameter hashes"),
        ("numSignatures", json!(2), "parameter numSignatures"),
        ("credentialID", foreign, "parameter credentialID"),
    ];
    assert_refused(&asking, "credentials/authorize", &whole, &wrong);
    // A person signs by themself, and has nobody to ask.
    let person = Desk::p256(world, &asking.signer);
    let reply = asking::v2(&person, "credentials/authorize", &whole);
    let text = reply.text();
    assert!(text.contains("array parameter authData"), "{text}");
}

#[test]
fn what_cannot_be_asked_gets_no_response_id() {
    let world = World::sqlite();
    let asking = Asking::new(world);
    let whole = asking.sign_body(&["một"]);
    let (foreign, days) = (world.signer().credentials.rsa, 24 * 3_600_000_i64);
    let wrong = [
        ("credentialID", json!(foreign), "parameter credentialID"),
        ("documents", json!(null), "array parameter documents"),
        ("documents", json!([{"number": "1"}]), "parameter documents"),
        (
            "documents",
            json!([{"secrecy": "mật", "label": "a"}]),
            "secrecy",
        ),
        ("signAlgo", json!("1.2.3"), "parameter signAlgo"),
        ("signAlgo", json!(RSA_SHA256), "parameter signAlgo"),
        ("validity_period", json!(0), "parameter validity_period"),
        (
            "validity_period",
            json!(31 * days),
            "parameter validity_period",
        ),
        (
            "response_uri",
            json!("https://a.vn"),
            "parameter response_uri",
        ),
        ("SAD", json!("x"), "parameter operationMode"),
    ];
    assert_refused(&asking, "signatures/signHash", &whole, &wrong);
    let office = &world.province().office;
    let stamping = Desk {
        token: world.province().document_system.token(office).unwrap(),
        credential: world.province().credentials.seal_p256.clone(),
        ..asking.desk.clone()
    };
    let person = Desk::p256(world, &asking.signer);
    for desk in [&stamping, &person] {
        let mut body = whole.clone();
        body["credentialID"] = json!(desk.credential);
        let reply = asking::v2(desk, "signatures/signHash", &body);
        assert_csc_error(&reply, 400, "invalid_request");
        let text = reply.text();
        assert!(text.contains("parameter operationMode"), "{text}");
    }
}
