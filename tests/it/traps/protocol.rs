//! Of the protocol and of the programs that speak it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::UintRef;
use der::{Decode, Reader, SliceReader};
use kyso_tests::http::Reply;
use kyso_tests::province::{Granted, System};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::approvals::Asking;
use crate::desk::{Desk, SHA256, assert_csc_error, hash};
use crate::pages::Browser;
use crate::routes::{Route, described};
use crate::world::World;

/// Every answer of a person's whole way through one version.
fn answers(desk: &Desk<'_>, version: &str, otp: &str) -> Vec<Reply> {
    let post = |method: &str, body: Value| {
        let call = desk.http.post(&format!("/csc/{version}/{method}"));
        let reply = call.bearer(&desk.token).json(&body).send().unwrap();
        assert_eq!(reply.status, 200, "{method}: {}", reply.text());
        reply
    };
    let (names, factors) = if version == "v1" {
        (["hash", "hashAlgo"], json!({"OTP": otp, "authData": null}))
    } else {
        let data = json!([{"id": "OTP", "value": otp}]);
        (
            ["hashes", "hashAlgorithmOID"],
            json!({"authData": data, "OTP": null}),
        )
    };
    let mut wanted = json!({"credentialID": desk.credential, "numSignatures": 1, "PIN": null,
        "description": null, "clientData": null, "documents": null});
    wanted[names[0]] = json!([hash("vắng")]);
    wanted[names[1]] = json!(SHA256);
    let factors = factors.as_object().unwrap().clone();
    wanted.as_object_mut().unwrap().extend(factors);
    let authorized = post("credentials/authorize", wanted);
    let mut sign = json!({"credentialID": desk.credential, "signAlgo": desk.algorithm,
        "SAD": authorized.member("SAD").unwrap(), "signAlgoParams": null, "operationMode": null,
        "clientData": null, "documents": null});
    sign[names[0]] = json!([hash("vắng")]);
    sign[names[1]] = Value::Null;
    let info = json!({"credentialID": desk.credential, "certificates": "chain", "certInfo": true,
        "authInfo": true, "lang": null});
    vec![
        post("info", json!({"lang": null})),
        post(
            "credentials/list",
            json!({"userID": null, "maxResults": null, "pageToken": null}),
        ),
        post("credentials/info", info),
        post(
            "credentials/info",
            json!({"credentialID": desk.credential, "certInfo": null}),
        ),
        post("signatures/signHash", sign),
        authorized,
    ]
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(members) => members.values().any(holds_null),
        _ => false,
    }
}

#[test]
fn trap_null_is_absent_and_is_never_answered() {
    let world = World::sqlite();
    for version in ["v1", "v2"] {
        let signer = world.signer();
        let desk = Desk::p256(world, &signer);
        let otp = signer.account.authenticator.code().unwrap();
        for reply in answers(&desk, version, &otp) {
            assert!(!holds_null(&reply.json()), "{version}: {}", reply.text());
        }
    }
}

#[test]
fn trap_a_plus_that_a_form_decoder_ate() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::p256(world, &signer);
    let digest = [0xfb; 32];
    let whole = STANDARD.encode(digest);
    assert!(whole.contains('+'));
    let sad = desk.sad(&signer, std::slice::from_ref(&whole));
    let eaten = [whole.replace('+', " ")];
    let reply = desk.sign(&sad, &eaten);
    assert_csc_error(&reply, 400, "invalid_request");
    assert!(reply.text().contains("white space"), "{}", reply.text());
    assert_eq!(desk.sign(&sad, &[whole]).status, 200);
}

/// The server adds it, once: a signature over a digest verifies as one over the text. What a
/// client wrapped already is refused and not wrapped again.
#[test]
fn trap_digest_info_is_added_once() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    let hashes = [hash("bọc một lần")];
    let sad = desk.sad(&signer, &hashes);
    let mut wrapped = hex::decode("3031300d060960864801650304020105000420").unwrap();
    wrapped.extend(STANDARD.decode(&hashes[0]).unwrap());
    let reply = desk.sign(&sad, &[STANDARD.encode(wrapped)]);
    assert_csc_error(&reply, 400, "invalid_request");
    assert!(
        reply.text().contains("Invalid digest value length"),
        "{}",
        reply.text()
    );
    desk.assert_signed(&desk.sign(&sad, &hashes), &["bọc một lần"]);
}

#[test]
fn trap_ecdsa_is_der() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::p256(world, &signer);
    let hashes = [hash("hai số")];
    let reply = desk.sign(&desk.sad(&signer, &hashes), &hashes);
    let signature = reply.member("/signatures/0").unwrap();
    let signature = STANDARD.decode(signature).unwrap();
    let mut reader = SliceReader::new(&signature).unwrap();
    let numbers =
        reader.sequence(|inside| Ok([UintRef::decode(inside)?, UintRef::decode(inside)?]));
    assert!(numbers.is_ok() && reader.is_finished(), "{}", reply.text());
}

#[test]
fn trap_204_has_no_body() {
    let world = World::sqlite();
    for version in ["v1", "v2"] {
        let signer = world.signer();
        let desk = Desk::rsa(world, &signer);
        let call = desk.http.post(&format!("/csc/{version}/auth/revoke"));
        let call = call.bearer(&desk.token).json(&json!({"token": desk.token}));
        let reply = call.send().unwrap();
        assert_eq!((reply.status, reply.text().as_str()), (204, ""));
        assert_eq!(reply.header("content-type"), None);
        assert_eq!(reply.header("content-length").unwrap_or("0"), "0");
    }
}

#[test]
fn trap_a_token_is_a_bearer_and_a_sad_is_no_token() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    let hashes = [hash("không phải token")];
    let sad = desk.sad(&signer, &hashes);
    let stranger = Desk {
        token: sad.clone(),
        ..desk.clone()
    };
    for method in [
        "credentials/list",
        "credentials/info",
        "signatures/signHash",
    ] {
        let reply = stranger.call(method, &desk.sign_body(&sad, &hashes));
        assert_csc_error(&reply, 401, "invalid_token");
    }
    assert_csc_error(&desk.sign(&desk.token, &hashes), 400, "invalid_request");
    let system = world.system(&desk.credential);
    let assertion = system
        .key
        .assertion(&system.client_id, desk.http.base())
        .unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &*system.client_id),
        ("client_assertion_type", kyso_api::oauth::JWT_BEARER),
        ("client_assertion", &*assertion),
    ];
    let reply = desk.http.post("/oauth2/token").form(&form).send().unwrap();
    assert_eq!(
        reply.member("token_type").unwrap(),
        "Bearer",
        "{}",
        reply.text()
    );
}

/// A system that may pass on a person's one-time password.
fn explicit(world: &World, credential: &str) -> System {
    let office = &world.province().office;
    let system = office
        .system_without_grant(&world.name("he-thong"))
        .unwrap();
    office
        .grant(&system.id, Granted::Credential(credential), true)
        .unwrap();
    system
}

#[test]
fn trap_the_sad_of_another_client() {
    let world = World::sqlite();
    let signer = world.signer();
    let person = Desk::p256(world, &signer);
    let office = &world.province().office;
    let [first, second] = [(), ()].map(|()| Desk {
        token: explicit(world, &person.credential).token(office).unwrap(),
        ..person.clone()
    });
    let document = json!([{"label": "của hệ thống một", "secrecy": "thường"}]);
    let hashes = [hash("của hệ thống một")];
    let otp = signer.account.authenticator.code().unwrap();
    let mut wanted = person.authorize_body(&hashes, &otp);
    wanted["documents"] = document.clone();
    let sad = first.call("credentials/authorize", &wanted);
    let mut sign = person.sign_body(&sad.member("SAD").unwrap(), &hashes);
    sign["documents"] = document;
    for other in [&second, &person] {
        let reply = other.call("signatures/signHash", &sign);
        assert_csc_error(&reply, 400, "invalid_request");
        assert!(
            reply.text().contains("Invalid parameter SAD"),
            "{}",
            reply.text()
        );
    }
    let reply = first.call("signatures/signHash", &sign);
    first.assert_signed(&reply, &["của hệ thống một"]);
}

#[test]
fn trap_pages_and_refresh_tokens_of_others() {
    let world = World::sqlite();
    let (own, other) = (world.signer(), world.signer());
    let (desk, thief) = (Desk::rsa(world, &own), Desk::rsa(world, &other));
    let page = desk.call("credentials/list", &json!({"maxResults": 1}));
    let token = page.member("nextPageToken").unwrap();
    let stolen = thief
        .call("credentials/list", &json!({"pageToken": token}))
        .text();
    for id in [&own.credentials.rsa, &own.credentials.p256] {
        assert!(!stolen.contains(id), "{stolen}");
    }
    let pair = format!("{}:{}", own.account.login, own.account.password);
    let login = desk
        .http
        .post("/csc/v1/auth/login")
        .json(&json!({"rememberMe": true}));
    let login = login.header("Authorization", &format!("Basic {}", STANDARD.encode(pair)));
    let refresh = login.send().unwrap().member("refresh_token").unwrap();
    let system = world.system(&own.credentials.rsa);
    let assertion = system
        .key
        .assertion(&system.client_id, desk.http.base())
        .unwrap();
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", &*refresh),
        ("client_id", &*system.client_id),
        ("client_assertion_type", kyso_api::oauth::JWT_BEARER),
        ("client_assertion", &*assertion),
    ];
    let reply = desk.http.post("/oauth2/token").form(&form).send().unwrap();
    assert_csc_error(&reply, 400, "invalid_grant");
    form.truncate(2);
    let reply = desk.http.post("/oauth2/token").form(&form).send().unwrap();
    assert_eq!(
        reply.status,
        200,
        "its owner's still counts: {}",
        reply.text()
    );
}

/// Markup is text; where it comes back at all it is JSON that no browser may take for a page.
#[test]
fn trap_nobodys_text_is_answered_as_markup() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    let markup = "<script>alert(1)</script>";
    for (method, name) in [
        ("credentials/info", "credentialID"),
        ("credentials/info", "certificates"),
        ("credentials/list", "pageToken"),
        ("credentials/authorize", "description"),
        ("signatures/signHash", "signAlgo"),
        ("signatures/signHash", "SAD"),
        ("signatures/signHash", markup),
    ] {
        let mut body = desk.sign_body("x", &[hash("x")]);
        body[name] = json!(markup);
        let reply = desk.call(method, &body);
        assert!(!reply.text().contains("alert"), "{name}: {}", reply.text());
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert!(
            reply
                .header("content-type")
                .unwrap()
                .starts_with("application/json")
        );
    }
    let otp = signer.account.authenticator.code().unwrap();
    let hashes = [hash("mô tả")];
    for hidden in ["a\u{202e}fdp.exe", "a\u{2066}b", "a\u{1b}[31mb"] {
        let mut body = desk.authorize_body(&hashes, &otp);
        body["documents"] = json!([{"label": hidden}]);
        assert_csc_error(
            &desk.call("credentials/authorize", &body),
            400,
            "invalid_request",
        );
    }
    let mut body = desk.authorize_body(&hashes, &otp);
    body["description"] = json!(markup);
    assert_eq!(desk.call("credentials/authorize", &body).status, 200);
}

/// Nothing can be laid over a page on which something is approved, given with a one-time password, or logged in.
#[test]
fn trap_no_page_can_be_framed() {
    let world = World::sqlite();
    let asking = Asking::new(world);
    let browser = Browser::by_password(world.http(), &asking.signer.account);
    let (id, _) = asking.ask(&["Trong khung"]);
    let approve = format!("/ui/approve?id={id}");
    let request = format!("/ui/requests/{id}");
    for path in [&*approve, &request, "/ui/inbox", "/ui/account", "/ui/login"] {
        let page = browser.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        assert!(page.text().contains("<form"), "{path}");
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert_eq!(page.header("x-frame-options"), Some("DENY"), "{path}");
    }
}

#[test]
fn trap_what_is_for_programs_answers_no_page() {
    let world = World::sqlite();
    let mut paths: Vec<String> = described().iter().map(Route::with_an_id).collect();
    paths.extend(
        [
            "/",
            "/csc",
            "/csc/v1/info",
            "/csc/v2/info",
            "/csc/v1/",
            "/oauth2/authorize",
            "/index.html",
        ]
        .map(str::to_owned),
    );
    for path in paths {
        let call = world
            .http()
            .call(Method::GET, &path)
            .header("Accept", "text/html");
        let reply = call.send().unwrap();
        let kind = reply.header("content-type").unwrap_or_default();
        assert!(
            !kind.contains("html") && !reply.text().contains("<html"),
            "{path}: {kind}"
        );
        assert_eq!(
            reply.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
    }
}
