//! Every registered event is left by something that a running server does.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::{AuditQuery, ExportQuery};
use kyso_core::{Clock, SystemClock};
use kyso_evidence::Event;
use kyso_tests::province::Holder;
use kyso_tests::server::Server;
use serde_json::{Value, json};

use crate::attestation::{Vandal, key_of};
use crate::desk::{Desk, RSA_SHA256, hash};
use crate::log;
use crate::routes;
use crate::world::{Database, World, until};

/// Events that no errand leaves, and why.
const NOT_HERE: [(Event, &str); 15] = [
    (
        Event::AlarmAcknowledged,
        "only a page acknowledges, the API does not: it::pages::watching",
    ),
    (
        Event::CallbackFailed,
        "needs a system that does not answer: it::webhooks",
    ),
    (
        Event::TimestampReceived,
        "needs an authority: it::time_stamps",
    ),
    (
        Event::TimestampFailed,
        "needs days to pass: it::store::time_stamps",
    ),
    (
        Event::AuditVerified,
        "only a page verifies, the API does not: it::pages_roles",
    ),
    (
        Event::HsmAway,
        "needs a token that can be taken away: it::token_away",
    ),
    (
        Event::ApprovalExpired,
        "needs a time that passes: it::approvals::deciding",
    ),
    (
        Event::ApprovalFailed,
        "needs a crash at the right moment: it::approvals::crash",
    ),
    (
        Event::ApprovalErased,
        "needs days to pass: it::approvals::files",
    ),
    (
        Event::HsmReturned,
        "needs a token that can be taken away: it::token_away",
    ),
    (
        Event::JournalRecovered,
        "needs a crash at the right moment: it::kill",
    ),
    (
        Event::PolicyChanged,
        "the policy is in the configuration: configuration.loaded",
    ),
    (
        Event::SadExtended,
        "extendTransaction answers 501: it::store::grants",
    ),
    (
        Event::SadRevoked,
        "only an extension ends a SAD early: it::store::grants",
    ),
    (
        Event::TokenRefused,
        "an old token may be shown by anybody, and often: failures.summed",
    ),
];

/// How long the short-lived certificate is good: time enough to import it.
const SHORT: Duration = Duration::from_secs(3);

#[test]
fn every_registered_event_is_left_by_a_running_server() {
    let mut world = World::own(Database::Sqlite).unwrap();
    routes::run_errands(&world);
    prove_wrongly(&world);
    reset_a_factor(&world);
    sign_and_be_refused(&world);
    reuse_a_refresh_token(&world);
    import_a_short_certificate(&world);
    export(&world);
    let vandal = Vandal::at(&world);
    vandal.destroy(&key_of(&world, &world.province().credentials.seal_p256));
    let site = world.deployment.server.site().clone();
    assert!(world.deployment.server.stop().unwrap().success());
    world.deployment.server = Server::start(&site).unwrap();
    until(|| seen(&world).contains("credential.expired"));
    until(|| seen(&world).contains("key.attestation_failed"));
    check(&seen(&world));
}

/// Names of all events in the log.
fn seen(world: &World) -> BTreeSet<String> {
    let entries = log::entries(world, &AuditQuery::default());
    let names = entries
        .iter()
        .map(|one| one.entry["event"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

fn check(seen: &BTreeSet<String>) {
    let excused = |event: &Event| NOT_HERE.iter().any(|(other, _)| other == event);
    let missing: Vec<_> = Event::ALL
        .iter()
        .filter(|event| !excused(event) && !seen.contains(event.name()))
        .collect();
    assert!(missing.is_empty(), "nothing leaves {missing:?}");
    let stale: Vec<_> = NOT_HERE
        .iter()
        .filter(|(event, _)| seen.contains(event.name()))
        .collect();
    assert!(stale.is_empty(), "excused and left all the same: {stale:?}");
}

/// `login.failed` for somebody who is known, `failures.summed` for somebody who is not.
fn prove_wrongly(world: &World) {
    let leader = &world.province().leader;
    let body = json!({"login": leader.login, "password": "mat-khau-sai"});
    let known = world.http().post("/api/v1/sessions").json(&body);
    assert_eq!(known.send().unwrap().status, 401);
    let stranger = world.http().get("/api/v1/me").bearer("khong-phai-ma");
    assert_eq!(stranger.send().unwrap().status, 401);
}

fn reset_a_factor(world: &World) {
    let (office, clerk) = (&world.province().office, &world.province().clerk);
    let reset = |client: &kyso_client::Client| client.reset_factors(&clerk.person_id, None);
    let change = office.manager1.acting(reset).unwrap();
    office.approve(&change.id).unwrap();
}

/// `sad.refused`, `sad.authorized`, `signature.intent`, `.outcome` and `.refused`.
fn sign_and_be_refused(world: &World) {
    let leader = &world.province().leader;
    let desk = Desk {
        http: world.http(),
        token: leader.token().unwrap(),
        credential: world.province().credentials.leader.clone(),
        algorithm: RSA_SHA256,
    };
    let hashes = [hash("quyết định")];
    let wrong = desk.authorize(&hashes, &leader.authenticator.wrong());
    assert_eq!(wrong.status, 400, "{}", wrong.text());
    assert_eq!(desk.sign("khong-phai-sad", &hashes).status, 400);
    let mut sad = None;
    // After a wrong one-time password a little time must pass.
    until(|| {
        let reply = desk.authorize(&hashes, &leader.authenticator.code().unwrap());
        sad = reply.member("SAD").ok();
        sad.is_some()
    });
    desk.assert_signed(&desk.sign(&sad.unwrap(), &hashes), &["quyết định"]);
}

/// `audit.exported`, once a checkpoint covers an entry.
fn export(world: &World) {
    let officer = &world.province().office.officer;
    let query = ExportQuery {
        to: Some(1),
        ..ExportQuery::default()
    };
    until(|| {
        let exported = officer.acting(|client| client.export_audit(&query, &mut std::io::sink()));
        exported.is_ok()
    });
}

/// `token.refused`: the second use of a refresh token, which ends its family.
fn reuse_a_refresh_token(world: &World) {
    let leader = &world.province().leader;
    let login = STANDARD.encode(format!("{}:{}", leader.login, leader.password));
    let call = world.http().post("/csc/v1/auth/login");
    let call = call.header("Authorization", &format!("Basic {login}"));
    let session: Value = call
        .json(&json!({"rememberMe": true}))
        .done()
        .unwrap()
        .json();
    let token = session["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
    for status in [200, 400] {
        let reply = world.http().post("/oauth2/token").form(&form).send();
        assert_eq!(reply.unwrap().status, status);
    }
}

/// A certificate of an authority elsewhere, whose time is over before the server starts again.
fn import_a_short_certificate(world: &World) {
    let province = world.province();
    let agency = &province.agencies.province;
    let holder = Holder::Person(&province.leader, agency, "Nguyễn Văn An");
    let manager = &province.office.manager1;
    let request = province.office.request(holder, "p-256", 1);
    let made = manager.acting(|client| client.add_credential(&request));
    let made = made.unwrap();
    let end = SystemClock.now().after(SHORT);
    let chain = routes::issued_elsewhere(&made.csr_pem, Some(end));
    let imported = manager.acting(|client| client.import_certificate(&made.id, &chain));
    imported.unwrap();
    until(|| SystemClock.now() > end);
}
