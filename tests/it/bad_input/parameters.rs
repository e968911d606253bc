//! Every parameter of every CSC method, in both versions: another type, absent where it must be
//! there, too long. The sentence names the parameter; what a value means is in the methods' own tests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use super::{REQUEST, Version, not_lists, not_texts, not_truths, with, without};
use crate::desk::{Desk, SHA256, assert_csc_error, hash};
use crate::world::on_both;

/// What a parameter must be.
#[derive(Clone, Copy)]
enum Kind {
    /// Text of at most so many bytes.
    Text(usize),
    Number,
    Truth,
    List,
}

use Kind::{List, Number, Text, Truth};

/// Whether a parameter may be absent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Optional,
    Required,
}

use Presence::{Optional, Required};

/// Longer than any parameter without a limit of its own may be and mean something.
const ANY: usize = 100_000;

const DETAIL: [(&str, Kind, Presence); 5] = [
    ("certificates", Text(ANY), Optional),
    ("certInfo", Truth, Optional),
    ("authInfo", Truth, Optional),
    ("lang", Text(64), Optional),
    ("clientData", Text(1024), Optional),
];

/// The parameters of a method under v1's names.
fn parameters(method: &str) -> Vec<(&'static str, Kind, Presence)> {
    let own: &[_] = match method {
        "info" => &[("lang", Text(64), Optional)],
        "auth/login" => &[
            ("rememberMe", Truth, Optional),
            ("refresh_token", Text(ANY), Optional),
            ("clientData", Text(1024), Optional),
        ],
        "auth/revoke" => &[
            ("token", Text(ANY), Required),
            ("token_type_hint", Text(64), Optional),
            ("clientData", Text(1024), Optional),
        ],
        "credentials/list" => &[
            ("userID", Text(255), Optional),
            ("maxResults", Number, Optional),
            ("pageToken", Text(255), Optional),
            ("credentialInfo", Truth, Optional),
            ("onlyValid", Truth, Optional),
        ],
        "credentials/info" => &[("credentialID", Text(ANY), Required)],
        "credentials/authorize" => &[
            ("credentialID", Text(ANY), Required),
            ("numSignatures", Number, Required),
            ("hash", List, Optional),
            ("hashAlgo", Text(ANY), Optional),
            ("description", Text(500), Optional),
            ("documents", List, Optional),
            ("clientData", Text(1024), Optional),
        ],
        _ => &[
            ("credentialID", Text(ANY), Required),
            ("SAD", Text(ANY), Required),
            ("hash", List, Required),
            ("hashAlgo", Text(ANY), Optional),
            ("signAlgo", Text(ANY), Required),
            ("signAlgoParams", Text(ANY), Optional),
            ("documents", List, Optional),
            ("operationMode", Text(ANY), Optional),
            ("clientData", Text(1024), Optional),
        ],
    };
    let reads = ["credentials/list", "credentials/info"].contains(&method);
    let detail = DETAIL.into_iter().filter(|_| reads);
    own.iter().copied().chain(detail).collect()
}

/// A body that fits, as far as types go.
fn right(method: &str, desk: &Desk<'_>) -> Value {
    match method {
        "auth/revoke" => json!({"token": "khong-co"}),
        "credentials/info" => json!({"credentialID": desk.credential}),
        "credentials/authorize" => {
            let body = desk.authorize_body(&[hash("x")], "000000");
            with(&body, "hashAlgo", &json!(SHA256))
        }
        "signatures/signHash" => desk.sign_body("khong-co", &[hash("x")]),
        _ => json!({}),
    }
}

fn wrong(kind: Kind) -> Vec<Value> {
    match kind {
        Text(_) => not_texts().into(),
        Number => vec![json!("1"), json!(1.5), json!(true), json!([1]), json!({})],
        Truth => not_truths().into(),
        List => not_lists().into(),
    }
}

fn post(desk: &Desk<'_>, signer: &str, path: &str, body: &Value) -> Reply {
    let call = desk.http.post(path).json(body);
    let call = if path.ends_with("auth/login") {
        call.header("Authorization", signer)
    } else {
        call.bearer(&desk.token)
    };
    call.send().unwrap()
}

#[test]
fn every_parameter_is_read_strictly_and_named() {
    on_both(
        "it::bad_input::parameters::every_parameter_is_read_strictly_and_named",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let pair = format!("{}:{}", signer.account.login, signer.account.password);
            let basic = format!("Basic {}", STANDARD.encode(pair));
            for version in Version::BOTH {
                for method in super::bodies::CSC {
                    assert_strict(&desk, &basic, version, method);
                }
                for method in ["auth/login", "auth/revoke"] {
                    assert_strict(&desk, &basic, version, method);
                }
            }
        },
    );
}

fn assert_strict(desk: &Desk<'_>, basic: &str, version: Version, method: &str) {
    let (path, body) = (version.path(method), version.body(&right(method, desk)));
    let refused = |name: &str, body: &Value| {
        let reply = post(desk, basic, &path, body);
        println!("{path} {name}: {}", reply.text());
        assert_csc_error(&reply, 400, REQUEST);
        let sentence = reply.member("error_description").unwrap();
        assert!(sentence.contains(name), "{path} {name}: {sentence}");
    };
    for (name, kind, presence) in parameters(method) {
        let name = version.name(name);
        for value in wrong(kind) {
            refused(name, &with(&body, name, &value));
        }
        if presence == Required {
            refused(name, &without(&body, name));
            refused(name, &with(&body, name, &Value::Null));
        }
        if let Text(limit @ ..ANY) = kind {
            refused(name, &with(&body, name, &json!("l".repeat(limit + 1))));
        }
    }
}

/// What a method does not know is let pass, since later versions add parameters.
#[test]
fn a_parameter_of_a_later_version_changes_nothing() {
    on_both(
        "it::bad_input::parameters::a_parameter_of_a_later_version_changes_nothing",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            for version in Version::BOTH {
                let plain = version.post(&desk, "credentials/list", &json!({}));
                let more = version.post(&desk, "credentials/list", &json!({"mau": "xanh"}));
                assert_eq!((more.status, more.text()), (200, plain.text()));
            }
        },
    );
}
