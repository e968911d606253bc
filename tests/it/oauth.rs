//! The token endpoint: who gets a token, what ends one, and what the metadata says of it.

use kyso_core::{Clock, SystemClock};
use kyso_tests::assertion::ClientKey;
use kyso_tests::http::Reply;
use kyso_tests::province::System;
use serde_json::{Value, json};

use crate::desk::assert_csc_error;
use crate::owner::Owner;
use crate::world::{Database, World, on_both};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn ask(world: &World, path: &str, form: &[(&str, &str)]) -> Reply {
    world.http().post(path).form(form).send().unwrap()
}

/// Asks for a system's token with this assertion.
fn present(world: &World, assertion: &str) -> Reply {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    ask(world, "/oauth2/token", &form)
}

fn refresh(world: &World, token: &str) -> Reply {
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    ask(world, "/oauth2/token", &form)
}

fn status(world: &World, token: &str) -> u16 {
    let call = world.http().post("/csc/v1/credentials/list").bearer(token);
    call.json(&json!({})).send().unwrap().status
}

/// A signer's access token and refresh token.
pub(crate) fn remembered(world: &World, login: &str, password: &str) -> (String, String) {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let value = format!("Basic {}", STANDARD.encode(format!("{login}:{password}")));
    let call = world.http().post("/csc/v1/auth/login");
    let call = call.header("Authorization", &value);
    tokens(&call.json(&json!({"rememberMe": true})).done().unwrap())
}

fn tokens(reply: &Reply) -> (String, String) {
    let member = |name| reply.member(name).unwrap();
    (member("access_token"), member("refresh_token"))
}

/// The access token that a refresh token gives.
pub(crate) fn refreshed(world: &World, token: &str) -> String {
    tokens(&refresh(world, token)).0
}

fn signer(world: &World) -> (String, String) {
    let account = world.signer().account;
    remembered(world, &account.login, &account.password)
}

/// Claims that are right, with these members changed; null takes one away.
fn claims(world: &World, system: &System, changed: &Value) -> Value {
    let now = SystemClock.now().as_seconds();
    let mut claims = json!({
        "iss": system.client_id, "sub": system.client_id, "aud": issuer(world),
        "jti": uuid::Uuid::now_v7(), "iat": now, "exp": now + 60,
    });
    for (name, value) in changed.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims
                .as_object_mut()
                .unwrap()
                .insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn issuer(world: &World) -> String {
    let path = "/.well-known/oauth-authorization-server";
    world
        .http()
        .get(path)
        .done()
        .unwrap()
        .member("issuer")
        .unwrap()
}

/// What makes an assertion none.
fn bad_claims(issuer: &str) -> Vec<Value> {
    let now = SystemClock.now().as_seconds();
    vec![
        json!({"aud": "https://khac.example.vn"}),
        json!({"aud": format!("{issuer}/")}),
        json!({"aud": format!("{issuer}/oauth2/revoke")}),
        json!({"aud": [issuer, "https://khac.example.vn"]}),
        json!({"aud": []}),
        json!({"aud": null}),
        json!({"iss": "khac"}),
        json!({"sub": "khac"}),
        json!({"iss": "khac", "sub": "khac"}),
        json!({"sub": null}),
        json!({"exp": now}),
        json!({"exp": now - 1}),
        json!({"exp": now + 3600}),
        json!({"exp": null}),
        json!({"exp": "2030"}),
        json!({"nbf": now + 300}),
        json!({"iat": now + 300}),
        json!({"jti": null}),
        json!({"jti": ""}),
        json!({"jti": "j".repeat(300)}),
    ]
}

#[test]
fn an_assertion_counts_for_us_now_under_its_own_key_and_once() {
    let test = "it::oauth::an_assertion_counts_for_us_now_under_its_own_key_and_once";
    on_both(test, |world| {
        let system = world.system(&world.seal("p-256"));
        let refused = |assertion: &str, why: &str| {
            let reply = present(world, assertion);
            assert_eq!(reply.status, 401, "{why}: {}", reply.text());
            assert_csc_error(&reply, 401, "invalid_client");
            assert!(reply.header("www-authenticate").is_some(), "{why}");
        };
        for changed in bad_claims(&issuer(world)) {
            let assertion = system.key.sign(&claims(world, &system, &changed));
            refused(&assertion.unwrap(), &changed.to_string());
        }
        let right = claims(world, &system, &json!({}));
        for alg in ["none", "HS256", "RS256", "PS256", "ES384", "EdDSA"] {
            let header = json!({"alg": alg, "typ": "JWT"});
            refused(&system.key.sign_under(&header, &right).unwrap(), alg);
        }
        let stranger = ClientKey::generate().unwrap();
        refused(&stranger.sign(&right).unwrap(), "another key");
        for text in ["", "a.b", "a.b.c", "..", "\u{1f511}"] {
            refused(text, text);
        }
        let assertion = system.key.sign(&right).unwrap();
        let reply = present(world, &assertion);
        assert_eq!(reply.status, 200, "nothing was used up: {}", reply.text());
        assert_eq!(status(world, &reply.member("access_token").unwrap()), 200);
        refused(&assertion, "replayed");
        let other = json!({"jti": right["jti"], "iat": right["iat"], "exp": right["exp"]});
        let again = system.key.sign(&claims(world, &system, &other)).unwrap();
        refused(&again, "signed anew under the same jti");
    });
}

#[test]
fn a_secret_is_for_those_who_were_granted_one() {
    let world = World::sqlite();
    let system = world.system(&world.seal("p-256"));
    let assertion = system.key.sign(&claims(world, &system, &json!({})));
    let assertion = assertion.unwrap();
    let (grant, id) = (("grant_type", "client_credentials"), &*system.client_id);
    let proof = ("client_assertion", &*assertion);
    for form in [
        vec![grant, ("client_id", id), ("client_secret", "bi-mat")],
        vec![grant, ("client_id", id), ("client_secret", "")],
        vec![grant, ("client_id", id)],
        vec![grant, proof],
        vec![grant, proof, ("client_assertion_type", "jwt")],
        vec![
            grant,
            proof,
            ("client_assertion_type", JWT_BEARER),
            ("client_secret", "x"),
        ],
        vec![
            grant,
            proof,
            ("client_assertion_type", JWT_BEARER),
            ("client_id", "khac"),
        ],
        vec![grant],
    ] {
        let reply = ask(world, "/oauth2/token", &form);
        assert_csc_error(&reply, 401, "invalid_client");
    }
    assert_eq!(
        present(world, &assertion).status,
        200,
        "nothing was used up"
    );
}

#[test]
fn a_refresh_token_is_good_once_and_a_used_one_ends_its_family() {
    let test = "it::oauth::a_refresh_token_is_good_once_and_a_used_one_ends_its_family";
    on_both(test, |world| {
        let (first_access, first) = signer(world);
        let (access, second) = tokens(&refresh(world, &first));
        assert_ne!(first, second);
        for token in [&first_access, &access] {
            assert_eq!(status(world, token), 200);
        }
        assert_csc_error(&refresh(world, &first), 400, "invalid_grant");
        assert_csc_error(&refresh(world, &second), 400, "invalid_grant");
        for token in [&first_access, &access] {
            assert_eq!(status(world, token), 401, "the family lives");
        }
        let system = world.system(&world.seal("p-256"));
        let (_, third) = signer(world);
        let assertion = system.key.assertion(&system.client_id, &issuer(world));
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &*third),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &*assertion.unwrap()),
        ];
        let thief = ask(world, "/oauth2/token", &form);
        assert_csc_error(&thief, 400, "invalid_grant");
        assert_eq!(
            refresh(world, &third).status,
            200,
            "the owner's still counts"
        );
        for unknown in ["", "khong-co", &"a".repeat(64)] {
            assert_eq!(refresh(world, unknown).status, 400, "{unknown}");
        }
    });
}

#[test]
fn twenty_parallel_uses_of_one_refresh_token_give_one_answer_at_most() {
    let test = "it::oauth::twenty_parallel_uses_of_one_refresh_token_give_one_answer_at_most";
    on_both(test, |world| {
        let (_, token) = signer(world);
        let replies = crate::desk::at_once(20, |_| refresh(world, &token));
        assert_eq!(crate::desk::count(&replies, 200), 1);
        assert_eq!(crate::desk::count(&replies, 400), 19);
        let given = replies.iter().find(|reply| reply.status == 200).unwrap();
        assert_eq!(status(world, &tokens(given).0), 401, "the family lives");
    });
}

/// RFC 7009: each kind of token, with any hint, twice, and what is no token at all.
#[test]
fn a_revoked_token_is_over_at_once() {
    on_both("it::oauth::a_revoked_token_is_over_at_once", |world| {
        let revoke = |token: &str, hint: &str| {
            let form = [("token", token), ("token_type_hint", hint)];
            let reply = ask(world, "/oauth2/revoke", &form);
            assert_eq!(reply.status, 200, "{}", reply.text());
        };
        let (access, token) = signer(world);
        revoke(&access, "refresh_token");
        assert_eq!(status(world, &access), 401);
        let (next, token) = tokens(&refresh(world, &token));
        assert_eq!(status(world, &next), 200, "the log-in goes on");
        revoke(&token, "access_token");
        assert_eq!(status(world, &next), 401, "with its family");
        assert_csc_error(&refresh(world, &token), 400, "invalid_grant");
        let system = world.system(&world.seal("p-256"));
        let of_system = system.token(&world.province().office).unwrap();
        revoke(&of_system, "access_token");
        assert_eq!(status(world, &of_system), 401);
        for again in [&*access, &*token, &*of_system, "khong-co", "a.b.c", ""] {
            revoke(again, "gi-do");
        }
        let none = ask(
            world,
            "/oauth2/revoke",
            &[("token_type_hint", "access_token")],
        );
        assert_csc_error(&none, 400, "invalid_request");
    });
}

#[test]
fn the_metadata_says_what_is_true() {
    let world = World::sqlite();
    let path = "/.well-known/oauth-authorization-server";
    let metadata = world.http().get(path).done().unwrap().json();
    let issuer = metadata["issuer"].as_str().unwrap();
    let info = world.http().get("/csc/v1/info").done().unwrap();
    assert_eq!(info.member("oauth2").unwrap(), issuer);
    for (name, path) in [
        ("token_endpoint", "/oauth2/token"),
        ("revocation_endpoint", "/oauth2/revoke"),
    ] {
        assert_eq!(metadata[name], format!("{issuer}{path}"));
        assert_csc_error(&ask(world, path, &[]), 400, "invalid_request");
    }
    let supported = metadata["grant_types_supported"].as_array().unwrap();
    for grant in [
        "client_credentials",
        "refresh_token",
        "authorization_code",
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        let reply = ask(world, "/oauth2/token", &[("grant_type", grant)]);
        let known = reply.json()["error"] != "unsupported_grant_type";
        assert_eq!(known, supported.contains(&json!(grant)), "{}", reply.text());
    }
    let scopes = metadata["scopes_supported"].as_array().unwrap();
    for scope in ["service", "credential", "openid"] {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        let known = ask(world, "/oauth2/token", &form).json()["error"] != "invalid_scope";
        assert_eq!(known, scopes.contains(&json!(scope)), "{scope}");
    }
    // No authorization endpoint, so no response types and nothing about one.
    assert_eq!(metadata["response_types_supported"], json!([]));
    assert!(metadata.get("authorization_endpoint").is_none());
    assert!(
        metadata.get("jwks_uri").is_none(),
        "tokens are opaque to others"
    );
}

/// A client that is told of a failure tries again with a token that is used up, and its family
/// ends; so what was committed must not fail afterwards.
#[test]
fn what_was_committed_is_not_answered_as_a_failure() {
    let world = World::own(Database::Sqlite).unwrap();
    let (access, token) = signer(&world);
    // One counter less: the log can be written, and the snapshot cannot be read back.
    Owner::of(&world).run("DELETE FROM policy_epoch WHERE area = 'pending'");
    let reply = ask(&world, "/oauth2/revoke", &[("token", &access)]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let before = refresh(&world, &token);
    assert_eq!(
        before.status, 503,
        "nothing is decided over an old snapshot"
    );
    assert!(before.header("retry-after").is_some());
}
