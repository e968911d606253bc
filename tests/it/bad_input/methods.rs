//! Paths and verbs that are none; what is announced and what is absent is in `crate::methods`.

use serde_json::json;
use ureq::http::Method;

use super::Version;
use crate::desk::{Desk, assert_csc_error};
use crate::routes::described;
use crate::stamping::assert_problem;
use crate::world::on_both;

const SERVED: [&str; 7] = [
    "info",
    "auth/login",
    "auth/revoke",
    "credentials/list",
    "credentials/info",
    "credentials/authorize",
    "signatures/signHash",
];

#[test]
fn other_paths_are_unknown_methods() {
    on_both(
        "it::bad_input::methods::other_paths_are_unknown_methods",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            for version in Version::BOTH {
                for method in [
                    "khongco",
                    "signatures",
                    "credentials/Info",
                    "signatures/signHash/x",
                    "signatures/signHash/",
                    "signatures//signHash",
                    "signatures/%73ignHash%00",
                ] {
                    let reply = version.post(&desk, method, &json!({}));
                    assert_csc_error(&reply, 404, "unknown_method");
                }
            }
            let elsewhere = desk.http.get("/api/v1/khong-co").bearer(&desk.token);
            assert_problem(&elsewhere.send().unwrap(), 404, "not_found");
        },
    );
}

/// A verb that a route does not take; OPTIONS is no way around it, since no browser speaks here.
#[test]
fn other_verbs_get_405_in_the_familys_shape() {
    on_both(
        "it::bad_input::methods::other_verbs_get_405_in_the_familys_shape",
        |world| {
            let signer = world.signer();
            let desk = Desk::rsa(world, &signer);
            let wrong = [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS];
            for method in SERVED {
                for version in Version::BOTH {
                    let read = (method != "info").then_some(Method::GET);
                    for verb in wrong.iter().cloned().chain(read) {
                        let call = desk.http.call(verb, &version.path(method));
                        let reply = call.bearer(&desk.token).send().unwrap();
                        assert_csc_error(&reply, 405, "unknown_method");
                    }
                }
            }
            for path in ["/oauth2/token", "/oauth2/revoke"] {
                for verb in wrong.iter().cloned().chain([Method::GET]) {
                    let reply = desk.http.call(verb, path).send().unwrap();
                    assert_csc_error(&reply, 405, "unknown_method");
                }
            }
            for route in described().iter().filter(|route| !route.path.contains('{')) {
                let reply = desk.http.call(Method::PATCH, &route.path);
                let reply = reply.bearer(&desk.token).send().unwrap();
                assert_problem(&reply, 405, "method_not_allowed");
            }
        },
    );
}
