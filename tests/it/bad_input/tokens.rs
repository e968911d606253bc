//! Access tokens: at `oauth2/token` and `oauth2/revoke`, and where they are used.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_tests::http::{Reply, percent_encoded};
use serde_json::json;

use super::REQUEST;
use crate::desk::{Desk, assert_csc_error, hash};
use crate::stamping::fresh_key;
use crate::world::{World, on_both};

const FORM: &str = "application/x-www-form-urlencoded";
const CLIENT: &str = "invalid_client";

fn post(world: &World, path: &str, kind: &str, body: impl Into<Vec<u8>>) -> Reply {
    world.http().post(path).bytes(kind, body).send().unwrap()
}

/// Forms for the token endpoint, with status and word; `{good}` is a right request without its end.
fn token_forms(good: &str) -> Vec<(Vec<u8>, u16, &'static str)> {
    let text = |form: String, status, word| (form.into_bytes(), status, word);
    vec![
        text(String::new(), 400, REQUEST),
        text("grant_type=".into(), 400, "unsupported_grant_type"),
        text("grant_type=password".into(), 400, "unsupported_grant_type"),
        text(
            "grant_type=Client_Credentials".into(),
            400,
            "unsupported_grant_type",
        ),
        text(
            format!("grant_type={}", "g".repeat(10_000)),
            400,
            "unsupported_grant_type",
        ),
        text(format!("{good}&scope=credential"), 400, "invalid_scope"),
        text(format!("{good}&scope=service+admin"), 400, "invalid_scope"),
        text(
            format!("{good}&grant_type=client_credentials"),
            400,
            REQUEST,
        ),
        text(format!("{good}&client%5Fid=khac"), 400, REQUEST),
        text(format!("{good}&grant%5Ftype=refresh_token"), 400, REQUEST),
        text(format!("{good}&scope=a%00b"), 400, REQUEST),
        (format!("{good}&scope=\u{0}").into_bytes(), 400, REQUEST),
        ([good.as_bytes(), b"&scope=\xff"].concat(), 400, REQUEST),
        ([b"\xef\xbb\xbf", good.as_bytes()].concat(), 400, REQUEST),
    ]
}

/// Forms that are well written and prove nobody.
fn unproven_forms(good: &str) -> Vec<(Vec<u8>, u16, &'static str)> {
    let text = |form: String, status, word| (form.into_bytes(), status, word);
    let (grant, refresh) = ("grant_type=client_credentials", "grant_type=refresh_token");
    vec![
        text(grant.into(), 401, CLIENT),
        text(format!("{grant}&client_id="), 401, CLIENT),
        text(
            format!("{grant}&client_id=ai-do&client_secret=x"),
            401,
            CLIENT,
        ),
        text(
            format!("{grant}&client_id={}", "c".repeat(10_000)),
            401,
            CLIENT,
        ),
        text(format!("{grant}&client_assertion=x.y.z"), 401, CLIENT),
        text(format!("{good}x"), 401, CLIENT),
        text(refresh.into(), 400, REQUEST),
        text(format!("{refresh}&refresh_token="), 400, "invalid_grant"),
        text(format!("{refresh}&refresh_token=x"), 400, "invalid_grant"),
        text(
            format!("{refresh}&refresh_token={}", "r".repeat(10_000)),
            400,
            "invalid_grant",
        ),
    ]
}

#[test]
fn the_token_endpoint_names_each_mistake_and_uses_no_assertion_up() {
    on_both(
        "it::bad_input::tokens::the_token_endpoint_names_each_mistake_and_uses_no_assertion_up",
        |world| {
            let system = world.system(&world.seal("p-256"));
            let base = world.http().base().to_owned();
            let assertion = system.key.assertion(&system.client_id, &base).unwrap();
            let good = format!(
                "grant_type=client_credentials&client_id={}&client_assertion_type={}&client_assertion={assertion}",
                percent_encoded(&system.client_id),
                percent_encoded(kyso_api::oauth::JWT_BEARER),
            );
            for (form, status, word) in token_forms(&good).into_iter().chain(unproven_forms(&good))
            {
                let reply = post(world, "/oauth2/token", FORM, &*form);
                println!("{:.80}: {}", String::from_utf8_lossy(&form), reply.text());
                assert_csc_error(&reply, status, word);
            }
            for kind in [
                "application/json",
                "text/plain",
                "multipart/form-data; boundary=x",
                "",
            ] {
                let reply = post(world, "/oauth2/token", kind, &*good);
                assert_csc_error(&reply, 400, REQUEST);
            }
            let huge = format!("{good}&clientData={}", "d".repeat(9 << 20));
            assert_csc_error(&post(world, "/oauth2/token", FORM, huge), 413, REQUEST);
            let charset = format!("{FORM}; charset=utf-8");
            let reply = post(world, "/oauth2/token", &charset, &*good);
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert_csc_error(&post(world, "/oauth2/token", FORM, good), 401, CLIENT);
        },
    );
}

#[test]
fn the_basic_header_of_a_client_is_read_strictly() {
    on_both(
        "it::bad_input::tokens::the_basic_header_of_a_client_is_read_strictly",
        |world| {
            let form = "grant_type=client_credentials";
            for header in [
                "Basic",
                "Basic %%%",
                "Bearer x",
                "Basic YQ",
                "Digest a=b",
                &format!("Basic {}", STANDARD.encode("khong-hai-cham")),
                &format!("Basic {}", STANDARD.encode("ai-do:bi-mat")),
                &format!("Basic {}", STANDARD.encode(b"\xff:\xfe")),
            ] {
                let call = world.http().post("/oauth2/token").bytes(FORM, form);
                let reply = call.header("Authorization", header).send().unwrap();
                assert_csc_error(&reply, 401, CLIENT);
                assert!(reply.header("www-authenticate").is_some(), "{header}");
            }
        },
    );
}

#[test]
fn oauth_revoke_ends_no_token_by_mistake() {
    on_both(
        "it::bad_input::tokens::oauth_revoke_ends_no_token_by_mistake",
        |world| {
            let desk = Desk::rsa(world, &world.signer());
            let token = format!("token={}", desk.token);
            for body in [
                "",
                "token_type_hint=access_token",
                &format!("{token}&token=x"),
                &format!("{token}&to%6ben=x"),
                &format!("{token}%00"),
                &format!("{token}\u{0}"),
            ] {
                let reply = post(world, "/oauth2/revoke", FORM, body);
                println!("{body:.40}: {}", reply.text());
                assert_csc_error(&reply, 400, REQUEST);
            }
            let json = json!({"token": desk.token}).to_string();
            let reply = post(world, "/oauth2/revoke", "application/json", json);
            assert_csc_error(&reply, 400, REQUEST);
            for none in ["token=", "token=x", "token=a.b.c&token_type_hint=id_token"] {
                let reply = post(world, "/oauth2/revoke", FORM, none);
                assert_eq!((reply.status, reply.text().as_str()), (200, ""), "{none}");
            }
            assert_eq!(desk.call("credentials/list", &json!({})).status, 200);
            assert_eq!(post(world, "/oauth2/revoke", FORM, token).status, 200);
            let reply = desk.call("credentials/list", &json!({}));
            assert_csc_error(&reply, 401, "invalid_token");
        },
    );
}

#[test]
fn tokens_that_do_not_hold_are_challenged() {
    on_both(
        "it::bad_input::tokens::tokens_that_do_not_hold_are_challenged",
        |world| {
            let call = |value: Option<&str>| {
                let call = world
                    .http()
                    .post("/csc/v1/credentials/list")
                    .json(&json!({}));
                let call = match value {
                    Some(value) => call.header("Authorization", value),
                    None => call,
                };
                call.send().unwrap()
            };
            let signer = world.signer();
            let token = signer.account.token().unwrap();
            let mut changed = token.clone();
            let last = if changed.pop() == Some('A') { 'B' } else { 'A' };
            changed.push(last);
            let (head, _) = token.rsplit_once('.').unwrap();
            for value in [
                None,
                Some("Bearer khong-phai-token"),
                Some(&*format!("Bearer {changed}")),
                Some(&*format!("Bearer {head}.")),
                Some("Bearer eyJhbGciOiJub25lIn0.e30."),
            ] {
                let reply = call(value);
                assert_eq!(reply.status, 401, "{value:?}: {}", reply.text());
                assert!(
                    reply
                        .header("www-authenticate")
                        .unwrap()
                        .starts_with("Bearer"),
                    "{value:?}"
                );
            }
            for value in ["Bearer", "Bearer a b", "Basic x", "bearer"] {
                let reply = call(Some(value));
                assert!(
                    matches!(reply.status, 400 | 401),
                    "{value}: {}",
                    reply.text()
                );
            }
            let desk = Desk::rsa(world, &signer);
            let sad = desk.sad(&signer, &[hash("token không phải SAD")]);
            assert_eq!(
                call(Some(&format!("Bearer {sad}"))).status,
                401,
                "a SAD is no token"
            );
            let reply = desk.sign(&token, &[hash("token không phải SAD")]);
            assert_csc_error(&reply, 400, REQUEST);
        },
    );
}

#[test]
fn an_assertion_is_good_once_for_one_audience_and_one_client() {
    on_both(
        "it::bad_input::tokens::an_assertion_is_good_once_for_one_audience_and_one_client",
        |world| {
            let system = world.system(&world.seal("p-256"));
            let base = world.http().base().to_owned();
            let token = |assertion: &str, client: &str| {
                world
                    .http()
                    .post("/oauth2/token")
                    .form(&[
                        ("grant_type", "client_credentials"),
                        ("client_id", client),
                        ("client_assertion_type", kyso_api::oauth::JWT_BEARER),
                        ("client_assertion", assertion),
                    ])
                    .send()
                    .unwrap()
            };
            let (id, key) = (&*system.client_id, &system.key);
            let good = key.assertion(id, &base).unwrap();
            assert_eq!(token(&good, id).status, 200);
            assert_csc_error(&token(&good, id), 401, "invalid_client");
            let elsewhere = key.assertion(id, "https://khac.example.vn").unwrap();
            assert_csc_error(&token(&elsewhere, id), 401, "invalid_client");
            let other = kyso_tests::assertion::ClientKey::generate().unwrap();
            assert_csc_error(
                &token(&other.assertion(id, &base).unwrap(), id),
                401,
                "invalid_client",
            );
            let unknown = key.assertion("ai-do", &base).unwrap();
            assert_csc_error(&token(&unknown, "ai-do"), 401, "invalid_client");
            assert_csc_error(&token("x.y.z", id), 401, "invalid_client");
            let old =
                json!({"iss": id, "sub": id, "aud": base, "jti": fresh_key(), "iat": 1, "exp": 2});
            assert_csc_error(&token(&key.sign(&old).unwrap(), id), 401, "invalid_client");
            let eternal = json!({"iss": id, "sub": id, "aud": base, "jti": fresh_key(), "exp": 99_999_999_999_u64});
            assert_csc_error(
                &token(&key.sign(&eternal).unwrap(), id),
                401,
                "invalid_client",
            );
            let http = world.http();
            let unsupported = http
                .post("/oauth2/token")
                .form(&[("grant_type", "password")])
                .send()
                .unwrap();
            assert!(
                matches!(unsupported.status, 400 | 401),
                "{}",
                unsupported.text()
            );
        },
    );
}
