//! The server draws what an agency's signature shows: no program that writes PDFs is needed to ask for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::NewPicture;
use kyso_client::Client;
use kyso_documents::pdf::{Limits, Pdf, Place, Request, Target, verify};
use kyso_tests::http::Reply;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::desk::{Registry, leaders_request, paper, prepared};
use crate::approvals::Asking;
use crate::approvals::composed as leader;
use crate::approvals::files::DECISION;
use crate::building::anchors;
use crate::log;
use crate::pictures::another;
use crate::stamping::{clerk, fresh_key};
use crate::world::{World, on_own};

const HAND: &[u8] = include_bytes!("../../vectors/outgoing/hand.png");
const SEAL: &[u8] = include_bytes!("../../vectors/outgoing/seal.png");

/// Where the leader's signature is shown.
const LEADER: Place = Place {
    page: 1,
    left: 300.0,
    bottom: 200.0,
    width: 130.0,
    height: 60.0,
};

/// A document that the leader signed where everybody sees it.
fn shown(registry: &Registry<'_>, text: &str) -> Vec<u8> {
    let request = Request {
        target: Target::New {
            name: "Lãnh đạo".to_owned(),
            place: Some(LEADER),
        },
        ..leaders_request()
    };
    let waiting = prepared(paper(text), &request);
    waiting.signed(registry.bench.world, &registry.leader, None)
}

fn composing(registry: &Registry<'_>, file: &[u8]) -> Value {
    let mut body = registry.body_of(file);
    body["compose"] = json!(true);
    body
}

/// Has two managers put this picture of the agency's seal in force.
fn approve(world: &World, png: &[u8]) {
    let (office, agency) = (
        &world.province().office,
        &world.province().agencies.province,
    );
    let picture = NewPicture {
        png: STANDARD.encode(png),
        width: 360,
        otp: None,
    };
    let propose = |client: &Client| client.propose_picture(agency, &picture);
    let change = office.manager1.acting(propose).unwrap();
    office.approve(&change.id).unwrap();
}

/// The file with what the reply says is to be appended; every signature in it is valid.
fn appended(world: &World, file: &[u8], reply: &Reply) -> Vec<u8> {
    assert_eq!(reply.status, 200, "{}", reply.text());
    let update = STANDARD.decode(reply.member("update").unwrap()).unwrap();
    let whole = [file, &update].concat();
    let now = OffsetDateTime::now_utc();
    let found = verify(&whole, &anchors(world), now, &Limits::default()).unwrap();
    for one in &found {
        assert!(one.report.as_ref().unwrap().is_valid(), "{one:?}");
    }
    assert_eq!(
        found.last().unwrap().embedded.field,
        reply.member("field").unwrap()
    );
    whole
}

fn lacking(registry: &Registry<'_>, body: &Value, what: &str) {
    let reply = registry.assert_refused(body, ("not_ready", "not_ready"));
    let detail = reply.member("detail").unwrap();
    assert!(detail.starts_with(what), "{detail}");
}

fn data(registry: &Registry<'_>) -> Value {
    let world = registry.bench.world;
    let intents = log::of_credential(world, "signature.intent", &registry.bench.seal);
    intents.last().unwrap().entry["data"].clone()
}

#[test]
fn the_server_draws_the_approved_seal_upon_the_leaders_signature() {
    on_own(
        "it::sealing::composed::the_server_draws_the_approved_seal_upon_the_leaders_signature",
        |world| seal(&world),
    );
}

fn seal(world: &World) {
    let registry = Registry::new(world);
    let file = registry.numbered(&shown(&registry, "một"), 12);
    let body = composing(&registry, &file);
    lacking(&registry, &body, "no_picture");
    approve(world, SEAL);
    let unseen = registry.numbered(&registry.signed("không hiện"), 13);
    lacking(&registry, &composing(&registry, &unseen), "no_place");
    let unsigned = composing(&registry, &paper("chưa ký"));
    lacking(&registry, &unsigned, "no_place");
    let key = fresh_key();
    let reply = registry.post(&key, &body);
    let whole = appended(world, &file, &reply);
    let pdf = Pdf::read(&whole, &Limits::default()).unwrap();
    let place = pdf.shown("KysoSeal").unwrap().unwrap();
    let millimetres = place.width / 72.0 * 25.4;
    assert!((millimetres - 36.0).abs() < 0.5, "{millimetres}");
    assert!(place.left < LEADER.left && place.left + place.width > LEADER.left);
    let (said, digest) = (data(&registry), hex::encode(Sha256::digest(SEAL)));
    assert_eq!(said["composed_by"], "server");
    assert_eq!(said["picture"], *digest);

    // A retry gets the same bytes, as long as they can be made again.
    assert_eq!(registry.post(&key, &body).json(), reply.json());
    approve(world, &another());
    let again = registry.post(&key, &body);
    let detail = again.member("detail").unwrap();
    assert!(detail.starts_with("drawn_otherwise"), "{detail}");
}

#[test]
fn the_server_writes_the_words_of_appendix_and_copy() {
    on_own(
        "it::sealing::composed::the_server_writes_the_words_of_appendix_and_copy",
        |world| words(&world),
    );
}

fn words(world: &World) {
    let registry = Registry::new(world);
    let main = registry.seal(&registry.body(&registry.outgoing("chính", 12)));
    assert_eq!(main.status, 200, "{}", main.text());
    assert_eq!(data(&registry)["composed_by"], "client");
    let (bench, paper) = (&registry.bench, paper("phụ lục"));
    for purpose in ["PHU_LUC", "SAO_Y"] {
        bench.open_by(&clerk(world), &bench.system.id, 5, (600, purpose));
    }
    let mut appendix = composing(&registry, &paper);
    appendix["kind"] = json!("phu_luc");
    appendix["document"]["number"] = json!("12");
    appendix["document"]["symbol"] = json!(registry.symbol);
    let mut copy = composing(&registry, &paper);
    copy["kind"] = json!("sao_y");
    copy["source"] = json!("Quyết định số 12/QĐ-UBND");
    for body in [appendix, copy] {
        let key = fresh_key();
        let reply = registry.post(&key, &body);
        let whole = appended(world, &paper, &reply);
        let pdf = Pdf::read(&whole, &Limits::default()).unwrap();
        let place = pdf.shown("KysoSeal").unwrap().unwrap();
        assert!(place.bottom > 842.0 - 72.0 && place.left > 595.0 / 2.0);
        // Conformance check 6: the text has the time that the signature claims.
        let signatures = pdf.signatures().unwrap();
        let written = pdf.written_time("KysoSeal");
        assert!(written.is_some() && written == signatures[0].claimed());
        assert_eq!(data(&registry)["composed_by"], "server");
        assert_eq!(registry.post(&key, &body).json(), reply.json(), "a retry");
    }
}

#[test]
fn what_the_server_drew_for_the_leader_gets_number_and_seal() {
    on_own(
        "it::sealing::composed::what_the_server_drew_for_the_leader_gets_number_and_seal",
        |world| all_drawn(&world),
    );
}

/// A plain PDF in, and a finished document out: nobody else writes into it but number and date.
fn all_drawn(world: &World) {
    let mut registry = Registry::new(world);
    let asking = Asking::by(world, registry.leader);
    approve(world, SEAL);
    leader::approve(&asking, HAND);
    let body = leader::composing(&asking, &[(DECISION, leader::above_the_name())]);
    let (id, _) = asking.ask_with(&body);
    let ended = leader::approved(&asking, &id);
    let signed = leader::appended(world, DECISION, &ended["documents"][0]);
    registry.leader = asking.signer;
    let numbered = registry.numbered(&signed, 12);
    let reply = registry.post(&fresh_key(), &composing(&registry, &numbered));
    let whole = appended(world, &numbered, &reply);
    let pdf = Pdf::read(&whole, &Limits::default()).unwrap();
    let (person, seal) = (pdf.seen("KysoSigner1"), pdf.seen("KysoSeal"));
    let (person, seal) = (person.unwrap().unwrap(), seal.unwrap().unwrap());
    let covered = (seal.left + seal.width - person.left) / person.width;
    assert!((0.30..=0.36).contains(&covered), "{covered}");
    let signed_by = &registry.leader.credentials.p256;
    assert_eq!(data(&registry)["signed_by"], **signed_by);
}
