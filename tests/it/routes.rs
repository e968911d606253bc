//! Every route of our own API: none serves strangers, and none changes anything without an entry.

use std::cell::RefCell;
use std::collections::BTreeSet;

use kyso_api::management::AuditQuery;
use kyso_core::{Clock, SystemClock};
use kyso_tests::http::{Http, Reply};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::desk::{RSA_SHA256, SHA256, hash};
use crate::log;
use crate::stamping::{assert_problem, fresh_key};
use crate::world::{Database, World};

/// Routes that nobody needs to be known for.
const PUBLIC: [&str; 3] = [
    "POST /sessions",
    "POST /enrolments",
    "POST /enrolments/confirm",
];
/// Shows a secret that is kept nowhere until it is confirmed: nothing is changed yet.
const CHANGES_NOTHING: [&str; 1] = ["POST /enrolments"];

/// `POST /agencies`, … as the reviewed description lists them.
fn routes() -> BTreeSet<String> {
    let text = include_str!("../../clients/openapi.json");
    let description: Value = serde_json::from_str(text).unwrap();
    let paths = description["paths"].as_object().unwrap();
    let verbs = |(path, verbs): (&String, &Value)| {
        let verbs = verbs.as_object().unwrap().keys();
        let verbs = verbs.filter(|verb| ["get", "post", "put", "delete"].contains(&verb.as_str()));
        verbs
            .map(|verb| format!("{} {path}", verb.to_uppercase()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(verbs).collect()
}

fn call(http: &Http, route: &str) -> Reply {
    let (verb, path) = route.split_once(' ').unwrap();
    let id = uuid::Uuid::now_v7().to_string();
    let path = path
        .replace("{id}", &id)
        .replace("{grant}", &id)
        .replace("{key}", &id);
    let call = http.call(
        Method::from_bytes(verb.as_bytes()).unwrap(),
        &format!("/api/v1{path}"),
    );
    let call = if verb == "POST" {
        call.json(&json!({}))
    } else {
        call
    };
    call.send().unwrap()
}

#[test]
fn no_route_serves_a_stranger() {
    let world = World::sqlite();
    let routes = routes();
    assert!(routes.len() > 40, "{}", routes.len());
    for route in &routes {
        let reply = call(world.http(), route);
        if PUBLIC.contains(&route.as_str()) {
            assert!(
                (400..500).contains(&reply.status),
                "{route}: {}",
                reply.text()
            );
        } else {
            println!("{route}");
            assert_problem(&reply, 401, "not_authenticated");
            assert!(reply.header("www-authenticate").is_some(), "{route}");
        }
    }
}

#[test]
fn every_reply_names_its_request() {
    let world = World::sqlite();
    for route in routes() {
        let reply = call(world.http(), &route);
        assert!(reply.header("x-request-id").is_some(), "{route}");
    }
}

/// Does things one after another and holds each against the log.
struct Errands<'a> {
    world: &'a World,
    done: RefCell<BTreeSet<String>>,
}

impl Errands<'_> {
    /// Calls a route as somebody; its event must be in the log under the id that the reply names.
    fn run(&self, token: &str, route: &str, path: &str, event: &str, body: &Value) -> Reply {
        let (verb, _) = route.split_once(' ').unwrap();
        let http = self.world.http();
        let call = http.call(
            Method::from_bytes(verb.as_bytes()).unwrap(),
            &format!("/api/v1{path}"),
        );
        let call = call.header("Idempotency-Key", &fresh_key());
        let call = if token.is_empty() {
            call
        } else {
            call.bearer(token)
        };
        let call = match body {
            Value::Null => call,
            Value::String(csv) => call.bytes("text/csv", csv.clone()),
            body => call.json(body),
        };
        let reply = call.send().unwrap();
        assert!(
            (200..300).contains(&reply.status),
            "{route}: {} {}",
            reply.status,
            reply.text()
        );
        let events = log::events_of_call(self.world, &reply);
        assert!(
            events.iter().any(|one| one == event),
            "{route} left no entry {event}: {events:?}"
        );
        self.done.borrow_mut().insert(route.to_owned());
        reply
    }
}

fn id_of(reply: &Reply) -> String {
    reply
        .member("id")
        .or_else(|_| reply.member("/change/id"))
        .unwrap()
}

#[expect(
    clippy::too_many_lines,
    reason = "one errand a route, in an order that works"
)]
#[test]
fn every_route_that_changes_something_leaves_an_entry() {
    let world = World::own(Database::Sqlite).unwrap();
    let province = world.province();
    let office = &province.office;
    let (seal, top) = (&province.credentials.seal, &province.agencies.province);
    let bench = crate::stamping::Bench::new(&world);
    let signer = world.signer();
    let one = office.manager1.token_with_otp().unwrap();
    let two = office.manager2.token_with_otp().unwrap();
    let clerk = province.clerk.token_with_otp().unwrap();
    let errands = Errands {
        world: &world,
        done: RefCell::default(),
    };
    let run = |token: &str, route: &str, path: &str, event: &str, body: Value| {
        errands.run(token, route, path, event, &body)
    };
    let approve = |change: &str| {
        run(
            &two,
            "POST /changes/{id}/approve",
            &format!("/changes/{change}/approve"),
            "change.approved",
            json!({}),
        )
    };
    let propose = |route: &str, path: &str, body: Value| {
        id_of(&run(&one, route, path, "change.proposed", body))
    };

    let agency = json!({"name": "Phòng thử", "parent": top, "kind": "state", "level": "department",
        "codes": [{"format": "modern", "code": "H27.77"}]});
    let agency = id_of(&run(
        &one,
        "POST /agencies",
        "/agencies",
        "agency.registered",
        agency,
    ));
    run(
        &one,
        "POST /agencies/{id}/codes",
        &format!("/agencies/{agency}/codes"),
        "agency.alias_added",
        json!({"format": "legacy", "code": "000.00.77.H27"}),
    );
    run(
        &one,
        "POST /imports/agencies",
        "/imports/agencies",
        "import.applied",
        json!("code,name,parent,kind,level\nH27.78,Phòng nhập,H27,state,department\n"),
    );
    run(
        &one,
        "POST /imports/persons",
        "/imports/persons",
        "import.applied",
        json!(
            "login,name,agency,position,email,position_required\nnhap-1,Người Nhập,H27.78,Chuyên viên,nhap@hue.example.vn,true\n"
        ),
    );

    let person = json!({"login": "moi", "name": "Người Mới", "agency": agency, "position": "Chuyên viên", "email": "moi@hue.example.vn"});
    let person = id_of(&run(
        &one,
        "POST /persons",
        "/persons",
        "person.registered",
        person,
    ));
    let code = run(
        &one,
        "POST /persons/{id}/enrolment-code",
        &format!("/persons/{person}/enrolment-code"),
        "factor.code_issued",
        json!({}),
    );
    let begun = world
        .http()
        .post("/api/v1/enrolments")
        .json(&json!({"code": code.member("code").unwrap()}))
        .done()
        .unwrap();
    let authenticator =
        kyso_tests::authenticator::Authenticator::scan(&begun.member("otpauth_uri").unwrap())
            .unwrap();
    run(
        "",
        "POST /enrolments/confirm",
        "/enrolments/confirm",
        "factor.enrolled",
        json!({
        "enrolment_token": begun.member("enrolment_token").unwrap(), "password": "Mat-khau-rat-dai-1", "otp": authenticator.code().unwrap()}),
    );
    let session = run(
        "",
        "POST /sessions",
        "/sessions",
        "login.succeeded",
        json!({"login": "moi", "password": "Mat-khau-rat-dai-1"}),
    );
    let token = session.member("access_token").unwrap();
    run(
        &token,
        "POST /me/password",
        "/me/password",
        "password.changed",
        json!({
        "old": "Mat-khau-rat-dai-1", "new": "Mat-khau-rat-dai-2", "otp": authenticator.code().unwrap()}),
    );
    let session = run(
        "",
        "POST /sessions",
        "/sessions",
        "login.succeeded",
        json!({"login": "moi", "password": "Mat-khau-rat-dai-2"}),
    );
    let token = session.member("access_token").unwrap();
    run(
        &token,
        "DELETE /sessions/current",
        "/sessions/current",
        "token.revoked",
        Value::Null,
    );

    let change = propose(
        "POST /roles",
        "/roles",
        json!({"person": person, "role": "signer", "agency": agency}),
    );
    approve(&change);
    let change = propose(
        "POST /roles",
        "/roles",
        json!({"person": person, "role": "operator"}),
    );
    run(
        &two,
        "POST /changes/{id}/reject",
        &format!("/changes/{change}/reject"),
        "change.rejected",
        json!({"reason": "không cần"}),
    );
    let listed = |path: &str| {
        world
            .http()
            .get(&format!("/api/v1{path}"))
            .bearer(&one)
            .done()
            .unwrap()
            .json()["items"]
            .clone()
    };
    let find = |path: &str, name: &str, value: &str| {
        let items = listed(path);
        let found = items
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item[name] == value);
        found.unwrap_or_else(|| panic!("{path}: {items}"))["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let role = find("/roles", "person", &person);
    run(
        &one,
        "DELETE /roles/{id}",
        &format!("/roles/{role}"),
        "role.revoked",
        Value::Null,
    );
    let now = SystemClock.now();
    let change = propose(
        "POST /authorities",
        "/authorities",
        json!({"person": person, "agency": agency, "kind": "KT",
        "basis": "Quyết định 9/QĐ-UBND", "from": now.to_string(),
        "to": now.after(std::time::Duration::from_secs(86_400)).to_string()}),
    );
    approve(&change);
    let authority = find("/authorities", "person", &person);
    run(
        &one,
        "POST /authorities/{id}/end",
        &format!("/authorities/{authority}/end"),
        "authority.ended",
        json!({}),
    );
    propose(
        "POST /persons/{id}/reset-factors",
        &format!("/persons/{person}/reset-factors"),
        json!({}),
    );

    let request = |algorithm: &str| {
        json!({"kind": "personal", "owner_person": person, "owner_agency": agency,
        "algorithm": algorithm, "subject": {"common_name": "Người Mới", "country": "VN"}})
    };
    let credential = id_of(&run(
        &one,
        "POST /credentials",
        "/credentials",
        "credential.requested",
        request("p-256"),
    ));
    run(
        &one,
        "POST /credentials/{id}/issue",
        &format!("/credentials/{credential}/issue"),
        "certificate.issued",
        json!({}),
    );
    run(
        &one,
        "POST /credentials/{id}/hand-over",
        &format!("/credentials/{credential}/hand-over"),
        "credential.handed_over",
        json!({"basis": "BB 1"}),
    );
    let change = propose(
        "POST /credentials/{id}/activate",
        &format!("/credentials/{credential}/activate"),
        json!({}),
    );
    approve(&change);
    run(
        &one,
        "POST /credentials/{id}/lock",
        &format!("/credentials/{credential}/lock"),
        "credential.locked",
        json!({"reason": "thử"}),
    );
    let change = propose(
        "POST /credentials/{id}/unlock",
        &format!("/credentials/{credential}/unlock"),
        json!({}),
    );
    approve(&change);
    run(
        &one,
        "POST /credentials/{id}/revoke",
        &format!("/credentials/{credential}/revoke"),
        "credential.revoked",
        json!({"reason": "thử"}),
    );
    let other = run(
        &one,
        "POST /credentials",
        "/credentials",
        "credential.requested",
        request("p-256"),
    );
    let chain = issued_elsewhere(&other.member("csr_pem").unwrap());
    run(
        &one,
        "POST /credentials/{id}/certificate",
        &format!("/credentials/{}/certificate", id_of(&other)),
        "credential.certified",
        json!({"chain_pem": chain}),
    );

    let key = kyso_tests::assertion::ClientKey::generate().unwrap();
    run(
        &one,
        "POST /clients",
        "/clients",
        "client.registered",
        json!({"client_id": "cong-dvc", "name": "Cổng dịch vụ công",
        "auth_method": "private_key_jwt", "key": key.public_pem()}),
    );
    let client = find("/clients", "client_id", "cong-dvc");
    let second = kyso_tests::assertion::ClientKey::generate().unwrap();
    let change = propose(
        "POST /clients/{id}/keys",
        &format!("/clients/{client}/keys"),
        json!({"key": second.public_pem()}),
    );
    approve(&change);
    let query = AuditQuery {
        event: Some("client.key_added".to_owned()),
        ..AuditQuery::default()
    };
    let added = log::entries(&world, &query).pop().unwrap();
    let added = added.entry["object"].as_str().unwrap().to_owned();
    run(
        &one,
        "DELETE /clients/{id}/keys/{key}",
        &format!("/clients/{client}/keys/{added}"),
        "client.key_revoked",
        Value::Null,
    );
    let change = propose(
        "POST /clients/{id}/grants",
        &format!("/clients/{client}/grants"),
        json!({"credential": seal}),
    );
    approve(&change);
    let clients = listed("/clients");
    let granted = clients
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["client_id"] == "cong-dvc")
        .unwrap();
    let grant = granted["grants"][0]["id"].as_str().unwrap();
    run(
        &one,
        "DELETE /clients/{id}/grants/{grant}",
        &format!("/clients/{client}/grants/{grant}"),
        "client.grant_revoked",
        Value::Null,
    );
    run(
        &one,
        "POST /clients/{id}/disable",
        &format!("/clients/{client}/disable"),
        "client.disabled",
        json!({}),
    );

    let session = run(
        &clerk,
        "POST /stamping-sessions",
        "/stamping-sessions",
        "session.opened",
        json!({
        "client": province.document_system.id, "credential": seal, "limit": 3, "purposes": ["PHAT_HANH"],
        "until": now.after(std::time::Duration::from_secs(600)).to_string(), "otp": province.clerk.authenticator.code().unwrap()}),
    );
    let system = province.document_system.token(office).unwrap();
    run(
        &system,
        "POST /stamps",
        "/stamps",
        "signature.intent",
        json!({"credential": seal, "hashes": [hash("x")],
        "hash_algorithm": SHA256, "sign_algorithm": RSA_SHA256,
        "documents": [{"label": "x", "purpose": "PHAT_HANH", "secrecy": "thường"}]}),
    );
    run(
        &clerk,
        "POST /stamping-sessions/{id}/close",
        &format!("/stamping-sessions/{}/close", id_of(&session)),
        "session.closed",
        json!({}),
    );

    run(
        &one,
        "POST /persons/{id}/end",
        &format!("/persons/{person}/end"),
        "person.ended",
        json!({}),
    );
    run(
        &one,
        "POST /agencies/{id}/end",
        &format!("/agencies/{agency}/end"),
        "agency.ended",
        json!({}),
    );
    drop((bench, signer));

    let done = errands.done.into_inner();
    let changing = routes()
        .into_iter()
        .filter(|route| !route.starts_with("GET") && !CHANGES_NOTHING.contains(&route.as_str()));
    let forgotten: Vec<String> = changing.filter(|route| !done.contains(route)).collect();
    assert_eq!(
        forgotten,
        Vec::<String>::new(),
        "routes that no errand calls"
    );
}

/// A chain for this request from a CA that is not ours.
fn issued_elsewhere(csr: &str) -> String {
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    ca.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    ca.distinguished_name
        .push(rcgen::DnType::CommonName, "CA khác");
    let ca = rcgen::CertifiedIssuer::self_signed(ca, rcgen::KeyPair::generate().unwrap()).unwrap();
    let mut request = rcgen::CertificateSigningRequestParams::from_pem(csr).unwrap();
    request.params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    let leaf = request.signed_by(&ca).unwrap();
    format!("{}{}", leaf.pem(), ca.pem())
}
