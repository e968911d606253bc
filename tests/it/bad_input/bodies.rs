//! Bodies that are no JSON object, of another type, or too large, on every route that takes one.

use kyso_tests::http::Reply;
use ureq::http::Method;

use super::{REQUEST, Version};
use crate::desk::{Desk, assert_csc_error};
use crate::routes::described;
use crate::stamping::{assert_problem, fresh_key};
use crate::world::on_both;

const JSON: &str = "application/json";
pub(super) const CSC: [&str; 5] = [
    "info",
    "credentials/list",
    "credentials/info",
    "credentials/authorize",
    "signatures/signHash",
];
/// More than the route takes that takes files.
const FILES: usize = 25 * 1024 * 1024;
/// More than any other route takes.
const HUGE: usize = 9 * 1024 * 1024;

/// What no JSON parser may take for an object of ours.
fn broken() -> Vec<Vec<u8>> {
    let mut bodies: Vec<Vec<u8>> = [
        "{",
        "nope",
        "[]",
        "7",
        "null",
        "\"x\"",
        "{} {}",
        "{}x",
        "{'a':1}",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "{\"a\":1e999}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":1}",
        "{\"lang\":\"\\u0000\"}",
        "{\"lang\":\"\\ud800\"}",
        "{\"lang\":\"a\nb\"}",
        "{\"\\u0000\":1}",
        "\u{feff}{}",
        "<a/>",
        "a=b&c=d",
    ]
    .map(Into::into)
    .into();
    bodies.extend(
        [
            &b"\xff\xfe"[..],
            b"{\"lang\":\"\xff\"}",
            b"{\"lang\":\"\xc0\x80\"}",
        ]
        .map(Into::into),
    );
    // UTF-16 and UTF-32 are no JSON of the wire (RFC 8259 §8.1).
    bodies.push("{}".encode_utf16().flat_map(u16::to_le_bytes).collect());
    bodies.push(format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000)).into());
    bodies.push(format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000)).into());
    bodies
}

/// Content types, and whether they are JSON.
const KINDS: [(&str, bool); 12] = [
    (JSON, true),
    ("application/json; charset=utf-8", true),
    ("application/json;charset=UTF-8", true),
    ("APPLICATION/JSON ; Charset=\"utf-8\"", true),
    ("text/json", false),
    ("text/plain", false),
    ("application/jsonp", false),
    ("application/json-patch+json", false),
    ("application/x-www-form-urlencoded", false),
    ("multipart/form-data; boundary=x", false),
    ("", false),
    ("application/octet-stream", false),
];

fn send(desk: &Desk<'_>, path: &str, kind: Option<&str>, body: &[u8]) -> Reply {
    send_by(&Method::POST, desk, path, kind, body)
}

fn send_by(verb: &Method, desk: &Desk<'_>, path: &str, kind: Option<&str>, body: &[u8]) -> Reply {
    let call = desk.http.call(verb.clone(), path).bearer(&desk.token);
    let call = call.header("Idempotency-Key", &fresh_key());
    match kind {
        Some(kind) => call.bytes(kind, body).send().unwrap(),
        None => call.untyped(body).send().unwrap(),
    }
}

#[test]
fn broken_bodies_get_cscs_shape() {
    on_both(
        "it::bad_input::bodies::broken_bodies_get_cscs_shape",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            for version in Version::BOTH {
                for method in CSC {
                    let path = version.path(method);
                    for body in broken() {
                        println!(
                            "{path} {}",
                            String::from_utf8_lossy(&body[..body.len().min(40)])
                        );
                        assert_csc_error(&send(&desk, &path, Some(JSON), &body), 400, REQUEST);
                    }
                    let huge = send(&desk, &path, Some(JSON), &vec![b' '; HUGE]);
                    assert_csc_error(&huge, 413, REQUEST);
                }
            }
        },
    );
}

/// The parameter `charset` has no meaning (RFC 8259 §11) and is let pass.
#[test]
fn only_json_is_read_as_json() {
    on_both(
        "it::bad_input::bodies::only_json_is_read_as_json",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            for version in Version::BOTH {
                let path = version.path("credentials/list");
                for (kind, json) in KINDS {
                    let reply = send(&desk, &path, Some(kind), b"{}");
                    if json {
                        assert_eq!(reply.status, 200, "{kind}: {}", reply.text());
                    } else {
                        assert_csc_error(&reply, 415, REQUEST);
                    }
                }
                assert_eq!(send(&desk, &path, None, b"{}").status, 200);
            }
            for (kind, json) in KINDS {
                let reply = send(&desk, "/api/v1/sessions", Some(kind), b"{}");
                let expected = if json {
                    (400, "malformed_body")
                } else {
                    (415, "unsupported_media_type")
                };
                assert_problem(&reply, expected.0, expected.1);
            }
        },
    );
}

/// `limits.body_bytes` unless it is set.
const LIMIT: usize = 256 * 1024;

#[test]
fn a_body_of_the_limit_is_read_and_one_byte_more_is_refused() {
    on_both(
        "it::bad_input::bodies::a_body_of_the_limit_is_read_and_one_byte_more_is_refused",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let of = |size| {
                let mut body = b"{}".to_vec();
                body.resize(size, b' ');
                body
            };
            let ours = |size| send(&desk, "/api/v1/sessions", Some(JSON), &of(size));
            assert_problem(&ours(LIMIT), 400, "malformed_body");
            assert_problem(&ours(LIMIT + 1), 413, "body_too_large");
            for version in ["v1", "v2"] {
                let path = format!("/csc/{version}/info");
                let csc = |size| send(&desk, &path, Some(JSON), &of(size));
                assert_eq!(csc(LIMIT).status, 200);
                assert_csc_error(&csc(LIMIT + 1), 413, REQUEST);
            }
        },
    );
}

#[test]
fn broken_bodies_get_a_problem_on_every_route_of_our_own() {
    on_both(
        "it::bad_input::bodies::broken_bodies_get_a_problem_on_every_route_of_our_own",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let routes: Vec<_> = described()
                .into_iter()
                .filter(|route| route.takes(JSON))
                .collect();
            assert!(routes.len() > 20, "{}", routes.len());
            for route in routes {
                let path = route.with_an_id();
                let send = |path: &str, kind, body: &[u8]| {
                    send_by(&route.verb, &desk, path, Some(kind), body)
                };
                for body in broken() {
                    println!(
                        "{path} {}",
                        String::from_utf8_lossy(&body[..body.len().min(40)])
                    );
                    assert_problem(&send(&path, JSON, &body), 400, "malformed_body");
                }
                let most = if path.ends_with("/verify") || path.ends_with("/seals") {
                    FILES
                } else {
                    HUGE
                };
                let huge = send(&path, JSON, &vec![b' '; most]);
                assert_problem(&huge, 413, "body_too_large");
                let text = send(&path, "text/plain", b"{}");
                assert_problem(&text, 415, "unsupported_media_type");
            }
        },
    );
}
