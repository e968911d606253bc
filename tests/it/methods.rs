//! `info.methods` names exactly what works; every other path says what it is.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_tests::deployment::begin;
use kyso_tests::http::{Call, Http, Reply};
use kyso_tests::province::{Account, Signer};
use kyso_tests::server::{Plan, Site};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::desk::{Desk, RSA_SHA256, SHA256, assert_csc_error, hash};
use crate::world::{PROGRAM, World};

/// Methods that version 2 has and version 1 has not: there a call waits.
const POLLED: [&str; 2] = ["credentials/authorizeCheck", "signatures/signPolling"];

/// Methods that CSC knows and that are not here; no other path may answer 501.
const ABSENT: [&str; 7] = [
    "credentials/extendTransaction",
    "credentials/sendOTP",
    "credentials/getChallenge",
    "signatures/signDoc",
    "signatures/timestamp",
    "oauth2/authorize",
    "oauth2/pushed_authorize",
];

const UNKNOWN: [&str; 8] = [
    "khongco",
    "auth",
    "auth/logout",
    "auth/login/x",
    "signatures",
    "credentials/Info",
    "credentials/info/",
    "signatures/signHash/x",
];

const VERSIONS: [&str; 2] = ["v1", "v2"];

/// The token endpoint is the server's, not a version's.
fn path(version: &str, method: &str) -> String {
    if method.starts_with("oauth2/") {
        format!("/{method}")
    } else {
        format!("/csc/{version}/{method}")
    }
}

fn announced(http: &Http, version: &str) -> Vec<String> {
    let info = http.post(&path(version, "info")).json(&json!({}));
    let json = info.done().unwrap().json();
    let methods = json["methods"].as_array().unwrap().iter();
    methods
        .map(|method| method.as_str().unwrap().to_owned())
        .collect()
}

/// Somebody who calls every method so that it works.
struct Caller<'a> {
    desk: Desk<'a>,
    signer: &'a Signer,
    /// The token of a system that asks them.
    system: String,
    version: &'static str,
}

impl Caller<'_> {
    fn post(&self, method: &str) -> Call<'_> {
        let call = self.desk.http.post(&path(self.version, method));
        if method.starts_with("oauth2/") || method == "auth/login" {
            call
        } else {
            call.bearer(&self.desk.token)
        }
    }

    fn log_in(&self) -> Reply {
        let Account {
            login, password, ..
        } = &self.signer.account;
        let value = format!("Basic {}", STANDARD.encode(format!("{login}:{password}")));
        let call = self.post("auth/login").header("Authorization", &value);
        call.json(&json!({"rememberMe": true})).send().unwrap()
    }

    fn authorize(&self) -> Reply {
        let code = self.signer.account.authenticator.code().unwrap();
        let hashes = [hash("mọi phương thức")];
        let id = &self.desk.credential;
        let body = match self.version {
            "v1" => self.desk.authorize_body(&hashes, &code),
            _ => json!({"credentialID": id, "numSignatures": 1, "hashes": hashes,
                "hashAlgorithmOID": SHA256, "authData": [{"id": "OTP", "value": code}]}),
        };
        let call = self.post("credentials/authorize").json(&body);
        call.send().unwrap()
    }

    fn sign(&self) -> Reply {
        let sad = self.authorize().member("SAD").unwrap();
        let hashes = [hash("mọi phương thức")];
        let body = match self.version {
            "v1" => self.desk.sign_body(&sad, &hashes),
            _ => json!({"credentialID": self.desk.credential, "SAD": sad, "hashes": hashes,
                "hashAlgorithmOID": SHA256, "signAlgo": RSA_SHA256}),
        };
        let call = self.post("signatures/signHash").json(&body);
        call.send().unwrap()
    }

    /// A handle that nobody has decided on yet.
    fn handle(&self) -> String {
        let body = json!({"credentialID": self.desk.credential, "numSignatures": 1,
            "hashes": [hash("chờ duyệt")], "hashAlgorithmOID": SHA256, "authData": [],
            "description": "Chờ duyệt"});
        self.asked("credentials/authorize", &body)
            .member("handle")
            .unwrap()
    }

    /// A `responseID` that nobody has decided on yet.
    fn response(&self) -> String {
        let body = json!({"credentialID": self.desk.credential, "operationMode": "A",
            "hashes": [hash("chờ duyệt")], "signAlgo": RSA_SHA256,
            "documents": [{"label": "Chờ duyệt"}]});
        self.asked("signatures/signHash", &body)
            .member("responseID")
            .unwrap()
    }

    fn asked(&self, method: &str, body: &Value) -> Reply {
        let call = self.desk.http.post(&path(self.version, method));
        call.bearer(&self.system).json(body).done().unwrap()
    }

    fn form(&self, method: &str, fields: &[(&str, &str)]) -> Reply {
        self.post(method).form(fields).send().unwrap()
    }

    fn json(&self, method: &str, body: &Value) -> Reply {
        self.post(method).json(body).send().unwrap()
    }

    /// Calls a method as it is meant to be called.
    fn call(&self, method: &str) -> Reply {
        let refresh = || self.log_in().member("refresh_token").unwrap();
        match method {
            "auth/login" => self.log_in(),
            "auth/revoke" => self.json(method, &json!({"token": refresh()})),
            "credentials/list" => self.json(method, &json!({})),
            "credentials/info" => self.json(method, &json!({"credentialID": self.desk.credential})),
            "credentials/authorize" => self.authorize(),
            "signatures/signHash" => self.sign(),
            "oauth2/token" => {
                let (kind, token) = ("refresh_token", refresh());
                self.form(method, &[("grant_type", kind), (kind, &token)])
            }
            "credentials/authorizeCheck" => self.asked(method, &json!({"handle": self.handle()})),
            "signatures/signPolling" => self.asked(method, &json!({"requestID": self.response()})),
            "oauth2/revoke" => self.form(method, &[("token", &refresh())]),
            other => panic!("{other} is announced, and nobody tries it"),
        }
    }
}

#[test]
fn every_announced_method_works() {
    let world = World::sqlite();
    let signer = world.signer();
    let system = world.system(&signer.credentials.rsa);
    for version in VERSIONS {
        let caller = Caller {
            desk: Desk::rsa(world, &signer),
            signer: &signer,
            system: system.token(&world.province().office).unwrap(),
            version,
        };
        let methods = announced(world.http(), version);
        assert!(methods.contains(&"auth/login".to_owned()), "{methods:?}");
        for method in methods {
            let reply = caller.call(&method);
            let wanted = match &*method {
                "auth/revoke" => 204,
                polled if POLLED.contains(&polled) => 202,
                _ => 200,
            };
            assert_eq!(reply.status, wanted, "{version} {method}: {}", reply.text());
        }
    }
}

#[test]
fn what_is_not_announced_is_absent_or_unknown() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::rsa(world, &signer);
    for version in VERSIONS {
        let methods = announced(world.http(), version);
        let post = |method: &str| {
            let call = world.http().post(&path(version, method));
            call.bearer(&desk.token).json(&json!({})).send().unwrap()
        };
        let polled = POLLED.into_iter().filter(|_| version == "v1");
        for method in ABSENT.into_iter().chain(polled) {
            assert!(!methods.contains(&method.to_owned()), "{method}");
            assert_csc_error(&post(method), 501, "not_implemented");
        }
        for method in UNKNOWN {
            assert_csc_error(&post(method), 404, "unknown_method");
        }
    }
}

#[test]
fn another_verb_is_405_in_the_same_shape() {
    let world = World::sqlite();
    for version in VERSIONS {
        for method in announced(world.http(), version) {
            for verb in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
                let call = world.http().call(verb, &path(version, &method));
                assert_csc_error(&call.send().unwrap(), 405, "unknown_method");
            }
        }
        let info = world.http().call(Method::PUT, &path(version, "info"));
        assert_csc_error(&info.send().unwrap(), 405, "unknown_method");
    }
}

#[test]
fn log_in_that_is_off_is_no_method() {
    let directory = tempfile::tempdir().unwrap();
    let plan = Plan {
        auth_login: false,
        ..Plan::new(directory.path(), Path::new(PROGRAM))
    };
    let (server, _codes) = begin(&Site::prepare(plan).unwrap()).unwrap();
    for version in VERSIONS {
        let methods = announced(server.http(), version);
        assert!(!methods.contains(&"auth/login".to_owned()), "{methods:?}");
        let basic = format!("Basic {}", STANDARD.encode("an:mat-khau-rat-dai"));
        for verb in [Method::POST, Method::GET] {
            let call = server.http().call(verb, &path(version, "auth/login"));
            let reply = call.header("Authorization", &basic).send().unwrap();
            assert_csc_error(&reply, 404, "unknown_method");
        }
    }
}
