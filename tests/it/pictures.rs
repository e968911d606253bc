//! What signatures show: put in force by two people, handed to whoever draws, and looked for in seals.

use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::management::AuditQuery;
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use crate::log;
use crate::owner::Owner;
use crate::pages::Browser;
use crate::stamping::Bench;
use crate::world::{Database, World, on_own};

const SEAL: &[u8] = include_bytes!("../vectors/outgoing/seal.png");
const HAND: &[u8] = include_bytes!("../vectors/outgoing/hand.png");

/// Somebody's calls.
struct Caller<'a> {
    world: &'a World,
    token: String,
}

impl Caller<'_> {
    fn get(&self, path: &str) -> Reply {
        let call = self.world.http().get(&format!("/api/v1{path}"));
        call.bearer(&self.token).send().unwrap()
    }

    fn post(&self, path: &str) -> Reply {
        let call = self.world.http().post(&format!("/api/v1{path}"));
        call.bearer(&self.token).json(&json!({})).send().unwrap()
    }

    fn delete(&self, owner: &str) -> Reply {
        let path = format!("/api/v1/pictures/{owner}");
        let call = self.world.http().call(ureq::http::Method::DELETE, &path);
        call.bearer(&self.token).send().unwrap()
    }

    fn put(&self, owner: &str, body: &Value) -> Reply {
        let path = format!("/api/v1/pictures/{owner}");
        let call = self.world.http().call(ureq::http::Method::PUT, &path);
        call.bearer(&self.token).json(body).send().unwrap()
    }

    /// The change that proposes this picture.
    fn proposes(&self, owner: &str, png: &[u8]) -> String {
        let reply = self.put(owner, &body(png, 360));
        assert_eq!(reply.status, 202, "{}", reply.text());
        reply.member("/change/id").unwrap()
    }
}

fn body(png: &[u8], width: u32) -> Value {
    json!({"png": encode_base64(png), "width": width})
}

fn refused(reply: &Reply, status: u16, code: &str) {
    let (found, said) = (reply.status, reply.json());
    assert_eq!((found, &said["code"]), (status, &json!(code)), "{said}");
}

/// Both managers, logged in with one-time passwords.
fn managers(world: &World) -> [Caller<'_>; 2] {
    let office = &world.province().office;
    [&office.manager1, &office.manager2].map(|manager| Caller {
        world,
        token: manager.token_with_otp().unwrap(),
    })
}

#[test]
fn two_people_put_a_picture_in_force_and_those_who_draw_have_it() {
    on_own(
        "it::pictures::two_people_put_a_picture_in_force_and_those_who_draw_have_it",
        |world| life(&world),
    );
}

fn life(world: &World) {
    let [one, two] = managers(world);
    let bench = Bench::new(world);
    let (agency, stranger) = (&world.province().agencies.province, world.signer());
    let system = Caller {
        world,
        token: bench.token.clone(),
    };
    let stranger = Caller {
        world,
        token: stranger.account.token().unwrap(),
    };
    let change = one.proposes(agency, SEAL);
    for caller in [&one, &two, &system, &stranger] {
        refused(
            &caller.get(&format!("/pictures/{agency}")),
            404,
            "not_found",
        );
    }
    // Who approves has seen what: the file that was proposed, and no other.
    let path = format!("/changes/{change}/picture");
    refused(&stranger.get(&path), 404, "not_found");
    let seen = two.get(&path).json();
    assert_eq!(decode_base64(seen["png"].as_str().unwrap()).unwrap(), SEAL);
    let approve = format!("/changes/{change}/approve");
    let page = Browser::of(world.http(), &world.province().office.manager2);
    let html = page.page(&format!("/ui/changes/{change}"));
    let source = format!("src=\"/ui/changes/{change}/picture\"");
    assert!(html.contains(&source), "{html}");
    let shown = page.get(&format!("/ui/changes/{change}/picture"));
    assert_eq!(shown.header("content-type"), Some("image/png"));
    assert_eq!(shown.body, SEAL);
    log::assert_events(world, &shown, &["picture.read"]);
    refused(&one.post(&approve), 403, "same_person");
    assert_eq!(two.post(&approve).status, 204);

    for (caller, whose) in [(&one, agency), (&system, agency), (&system, &bench.seal)] {
        let had = caller.get(&format!("/pictures/{whose}"));
        assert_eq!(had.json(), seen, "{whose}");
        let events = log::events_of_call(world, &had);
        assert_eq!(events, ["picture.read"]);
    }
    refused(
        &stranger.get(&format!("/pictures/{agency}")),
        404,
        "not_found",
    );
    let set = set_entries(world).pop().unwrap();
    assert_eq!(set["data"]["sha256"], seen["sha256"]);

    // A second one takes its place, and one person takes it away.
    let change = one.proposes(agency, &another());
    assert_eq!(two.post(&format!("/changes/{change}/approve")).status, 204);
    let now = one.get(&format!("/pictures/{agency}")).json();
    assert_ne!(now["sha256"], seen["sha256"]);
    let set = set_entries(world).pop().unwrap();
    assert_eq!(set["data"]["replaces"], seen["sha256"]);
    refused(&stranger.delete(agency), 403, "forbidden");
    assert_eq!(one.delete(agency).status, 204);
    refused(&one.get(&format!("/pictures/{agency}")), 404, "not_found");
    refused(&one.delete(agency), 404, "not_found");
}

/// The entries that put a picture in force.
fn set_entries(world: &World) -> Vec<Value> {
    let query = AuditQuery {
        event: Some("picture.set".to_owned()),
        ..AuditQuery::default()
    };
    let entries = log::entries(world, &query).into_iter();
    entries.map(|entry| entry.entry).collect()
}

/// A red square.
pub(crate) fn another() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 400, 400);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    let inside = |at: usize| (10..390).contains(&at);
    let pixels = (0..400 * 400).flat_map(|at| {
        let seen = inside(at % 400) && inside(at / 400);
        if seen { [200, 10, 20, 255] } else { [0; 4] }
    });
    writer
        .write_image_data(&pixels.collect::<Vec<u8>>())
        .unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn a_persons_own_picture_is_neither_theirs_to_approve_nor_anybody_elses_to_have() {
    on_own(
        "it::pictures::a_persons_own_picture_is_neither_theirs_to_approve_nor_anybody_elses_to_have",
        |world| handwriting(&world),
    );
}

fn handwriting(world: &World) {
    let [one, two] = managers(world);
    let (signer, other) = (world.signer(), world.signer());
    let [own, others] = [&signer, &other].map(|signer| Caller {
        world,
        token: signer.account.token_with_otp().unwrap(),
    });
    let person = &signer.account.person_id;
    let theirs = own.put(person, &body(HAND, 400));
    log::refusal(world, &theirs, "change.proposed", "forbidden");
    let change = one.proposes(person, HAND);
    assert_eq!(two.post(&format!("/changes/{change}/approve")).status, 204);
    for id in [person, &signer.credentials.p256] {
        assert_eq!(own.get(&format!("/pictures/{id}")).status, 200);
        refused(&others.get(&format!("/pictures/{id}")), 404, "not_found");
    }
    // A manager's own is for two others.
    let manager = &world.province().office.manager1.person_id;
    refused(&one.put(manager, &body(HAND, 400)), 403, "same_person");
}

#[test]
fn what_is_no_picture_for_a_signature_is_not_proposed() {
    let world = World::sqlite();
    let office = &world.province().office;
    let token = office.manager1.token_with_otp().unwrap();
    let manager = Caller { world, token };
    let agency = &world.province().agencies.province;
    let unknown = uuid::Uuid::now_v7().to_string();
    let good = encode_base64(SEAL);
    for (owner, body, status, code) in [
        (agency, body(HAND, 360), 400, "invalid_field"),
        (agency, body(b"GIF89a", 360), 400, "invalid_field"),
        (
            agency,
            body(&SEAL[..SEAL.len() / 2], 360),
            400,
            "invalid_field",
        ),
        (
            agency,
            body(&vec![0; 513 * 1024], 360),
            400,
            "invalid_field",
        ),
        (
            agency,
            body(&vec![0; 800 * 1024], 360),
            413,
            "body_too_large",
        ),
        (agency, body(SEAL, 49), 400, "invalid_field"),
        (agency, body(SEAL, 1001), 400, "invalid_field"),
        (
            agency,
            json!({"png": good, "width": 36.5}),
            400,
            "malformed_body",
        ),
        (
            agency,
            json!({"png": "?", "width": 360}),
            400,
            "invalid_field",
        ),
        (agency, json!({"png": good}), 400, "malformed_body"),
        (&unknown, body(SEAL, 360), 404, "not_found"),
    ] {
        refused(&manager.put(owner, &body), status, code);
    }
}

/// The database's owner may write another file under the digest, or another digest into the row: neither is handed out.
#[test]
fn a_picture_that_was_changed_behind_the_servers_back_is_not_handed_out() {
    on_own(
        "it::pictures::a_picture_that_was_changed_behind_the_servers_back_is_not_handed_out",
        |world| changed(&world),
    );
}

fn changed(world: &World) {
    let [one, two] = managers(world);
    let agency = &world.province().agencies.province;
    let change = one.proposes(agency, SEAL);
    assert_eq!(two.post(&format!("/changes/{change}/approve")).status, 204);
    let mut owner = Owner::of(world);
    let bytes = match world.deployment.server.site().postgres() {
        Some(_) => "'\\x00'::bytea",
        None => "x'00'",
    };
    owner.run(&format!("UPDATE picture_file SET png = {bytes}"));
    refused(&one.get(&format!("/pictures/{agency}")), 500, "internal");
}

#[test]
fn whoever_reads_a_picture_again_and_again_is_told_to_wait_and_makes_no_entries() {
    let world = World::own(Database::Sqlite).unwrap();
    let [one, two] = managers(&world);
    let agency = &world.province().agencies.province;
    let change = one.proposes(agency, SEAL);
    assert_eq!(two.post(&format!("/changes/{change}/approve")).status, 204);
    let path = format!("/pictures/{agency}");
    let mut had = 0;
    // Faster than one a second, however busy this machine is.
    let mut replies = (0..600).map(|_| one.get(&path));
    let refusal = replies.find(|reply| {
        had += usize::from(reply.status == 200);
        reply.status != 200
    });
    let refusal = refusal.unwrap();
    refused(&refusal, 429, "too_many_requests");
    assert!(refusal.header("retry-after").is_some());
    assert!(had >= 5, "a few at once");
    assert_eq!(two.get(&path).status, 200, "another one waits for nobody");
    let read = AuditQuery {
        event: Some("picture.read".to_owned()),
        ..AuditQuery::default()
    };
    assert_eq!(log::entries(&world, &read).len(), had + 1);
}
