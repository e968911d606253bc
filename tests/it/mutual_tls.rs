//! Systems that prove themselves with a TLS certificate (RFC 8705), and tokens bound to one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kyso_api::management::{AuditQuery, ClientAuthMethod, NewClient};
use kyso_client::{Client, Outcome};
use kyso_tests::http::{Http, Reply};
use kyso_tests::province::Granted;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use ureq::http::Method;

use crate::desk::assert_csc_error;
use crate::log;
use crate::stamping::{Bench, fresh_key};
use crate::world::{World, on_both};

/// A self-signed certificate, and connections that present it.
struct Identity {
    http: Http,
    pem: String,
    der: Vec<u8>,
}

impl Identity {
    fn generate(world: &World) -> Self {
        let names = vec!["he-thong.hue.example.vn".to_owned()];
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        let (pem, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let ca = world.deployment.server.site().ca().unwrap();
        let own = Some((&*pem, &*key));
        Self {
            http: Http::with_certificate(world.http().base(), &ca, own).unwrap(),
            der: made.cert.der().to_vec(),
            pem,
        }
    }

    /// A client that proves itself with it.
    fn of_client(&self, client_id: &str) -> NewClient {
        NewClient {
            client_id: client_id.to_owned(),
            name: "Hệ thống có chứng thư TLS".to_owned(),
            auth_method: ClientAuthMethod::TlsClientAuth,
            key: Some(self.pem.clone()),
            otp: None,
        }
    }
}

/// A system that was registered with a certificate.
struct Registered {
    identity: Identity,
    client_id: String,
    id: String,
}

impl Registered {
    /// Registers it and grants it this credential.
    fn new(world: &World, credential: &str) -> Self {
        let (identity, office) = (Identity::generate(world), &world.province().office);
        let client_id = world.name("mtls");
        let new = identity.of_client(&client_id);
        let manager = &office.manager1;
        let outcome = manager.acting(|client| client.register_system(&new));
        if let Outcome::Pending(change) = outcome.unwrap() {
            office.approve(&change.id).unwrap();
        }
        let systems = manager.acting(Client::systems).unwrap();
        let listed = systems.into_iter().find(|one| one.client_id == client_id);
        let id = listed.unwrap().id;
        let granted = Granted::Credential(credential);
        office.grant(&id, granted, false).unwrap();
        Self {
            identity,
            client_id,
            id,
        }
    }

    /// Id of its certificate, which only the log tells.
    fn key(&self, world: &World) -> String {
        let query = AuditQuery {
            event: Some("client.key_added".to_owned()),
            ..AuditQuery::default()
        };
        let sha256 = hex::encode(Sha256::digest(&self.identity.der));
        let added = log::entries(world, &query);
        let added = added
            .iter()
            .find(|one| one.entry.to_string().contains(&sha256));
        added.unwrap().entry["object"].as_str().unwrap().to_owned()
    }

    fn token(&self) -> String {
        let reply = ask(&self.identity.http, &self.client_id);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.member("access_token").unwrap()
    }
}

/// Asks for a token in this client's name, with nothing but the connection.
fn ask(http: &Http, client_id: &str) -> Reply {
    let fields = [
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
    ];
    http.post("/oauth2/token").form(&fields).send().unwrap()
}

/// What is read and what is stamped, by whoever this connection and token are.
fn read(http: &Http, token: Option<&str>) -> Reply {
    let call = http.post("/csc/v1/credentials/list").json(&json!({}));
    match token {
        Some(token) => call.bearer(token).send().unwrap(),
        None => call.send().unwrap(),
    }
}

fn stamp(http: &Http, token: Option<&str>, body: &Value) -> Reply {
    let call = http
        .post("/api/v1/stamps")
        .header("Idempotency-Key", &fresh_key());
    let call = call.json(body);
    match token {
        Some(token) => call.bearer(token).send().unwrap(),
        None => call.send().unwrap(),
    }
}

/// The claims of a token, unchecked.
fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn a_token_over_mutual_tls_is_bound_to_its_certificate() {
    on_both(
        "it::mutual_tls::a_token_over_mutual_tls_is_bound_to_its_certificate",
        |world| {
            let seal = world.seal("p-256");
            let (system, other) = (Registered::new(world, &seal), Registered::new(world, &seal));
            let stranger = Identity::generate(world);
            let token = system.token();
            let thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(&system.identity.der));
            assert_eq!(claims(&token)["cnf"]["x5t#S256"], thumbprint);
            let with_its_own = read(&system.identity.http, Some(&token));
            assert_eq!(with_its_own.status, 200, "{}", with_its_own.text());
            assert!(with_its_own.text().contains(&seal));
            // The same token: without a certificate, with another system's, with a stranger's.
            for http in [world.http(), &other.identity.http, &stranger.http] {
                let reply = read(http, Some(&token));
                assert_csc_error(&reply, 401, "invalid_token");
                let challenge = reply.header("www-authenticate");
                assert_eq!(challenge, Some("Bearer error=\"invalid_token\""));
                let reply = stamp(http, Some(&token), &json!({}));
                assert_eq!(reply.status, 401, "{}", reply.text());
            }
            // A token that is bound to nothing is good over any connection.
            let loose = world.system(&seal).token(&world.province().office).unwrap();
            assert_eq!(read(&other.identity.http, Some(&loose)).status, 200);
        },
    );
}

#[test]
fn a_certificate_speaks_for_the_one_client_it_was_registered_for() {
    on_both(
        "it::mutual_tls::a_certificate_speaks_for_the_one_client_it_was_registered_for",
        |world| {
            let seal = world.seal("p-256");
            let (system, other) = (Registered::new(world, &seal), Registered::new(world, &seal));
            let (stranger, name) = (Identity::generate(world), &*system.client_id);
            for http in [world.http(), &other.identity.http, &stranger.http] {
                assert_csc_error(&ask(http, name), 401, "invalid_client");
            }
            // A client of another method is not let in for having a certificate in its connection.
            let jwt = world.system(&seal);
            let reply = ask(&system.identity.http, &jwt.client_id);
            assert_csc_error(&reply, 401, "invalid_client");
            // Without a token the certificate says who calls; nobody else's does.
            assert_eq!(read(&system.identity.http, None).status, 200);
            for http in [world.http(), &stranger.http] {
                assert_csc_error(&read(http, None), 401, "invalid_token");
            }
            // Nor is it given to a second one, whose calls would be entered as the first one's.
            let (office, again) = (
                &world.province().office,
                system.identity.of_client(&world.name("mtls")),
            );
            let outcome = office
                .manager1
                .acting(|client| client.register_system(&again));
            let Outcome::Pending(change) = outcome.unwrap() else {
                panic!("a key without a second manager");
            };
            office.approve(&change.id).unwrap_err();
            assert_eq!(read(&system.identity.http, None).status, 200);
        },
    );
}

#[test]
fn a_system_stamps_over_mutual_tls_and_the_log_says_how_it_proved_itself() {
    on_both(
        "it::mutual_tls::a_system_stamps_over_mutual_tls_and_the_log_says_how_it_proved_itself",
        |world| {
            let bench = Bench::new(world);
            let system = Registered::new(world, &bench.seal);
            bench.open_for(&system.id, 2);
            let (http, token) = (&system.identity.http, system.token());
            for token in [Some(&*token), None] {
                let text = format!("qua TLS hai chiều, token: {}", token.is_some());
                let reply = stamp(http, token, &bench.body(&[&text]));
                assert_eq!(reply.status, 200, "{}", reply.text());
            }
            let intents = log::of_credential(world, "signature.intent", &bench.seal);
            assert_eq!(intents.len(), 2);
            for intent in &intents {
                let actor = &intent.entry["actor"];
                let found = (actor["id"].as_str(), actor["factor"].as_str());
                assert_eq!(found, (Some(&*system.id), Some("mtls")), "{}", intent.entry);
            }
        },
    );
}

#[test]
fn a_withdrawn_certificate_opens_nothing_more() {
    on_both(
        "it::mutual_tls::a_withdrawn_certificate_opens_nothing_more",
        |world| {
            let system = Registered::new(world, &world.seal("p-256"));
            let (token, manager) = (system.token(), &world.province().office.manager1);
            let path = format!("/api/v1/clients/{}/keys/{}", system.id, system.key(world));
            let withdrawal = world.http().call(Method::DELETE, &path);
            let manager_token = manager.token_with_otp().unwrap();
            withdrawal.bearer(&manager_token).done().unwrap();
            let http = &system.identity.http;
            assert_csc_error(&ask(http, &system.client_id), 401, "invalid_client");
            assert_csc_error(&read(http, None), 401, "invalid_token");
            // What was given out before ends with the client itself.
            manager
                .acting(|client| client.disable_system(&system.id))
                .unwrap();
            assert_csc_error(&read(http, Some(&token)), 401, "invalid_token");
        },
    );
}
