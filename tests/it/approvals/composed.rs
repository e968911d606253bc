//! A system gives a plain PDF: the server draws the leader's signature into it before the leader sees it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::NewPicture;
use kyso_client::Client;
use kyso_documents::pdf::{Limits, Pdf, Place, verify};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::Asking;
use super::files::{DECISION, body, part, waiting};
use crate::building::{PDF, anchors, openssl_accepts};
use crate::log;
use crate::owner::Owner;
use crate::paper::pdf;
use crate::stamping::{assert_problem, fresh_key};
use crate::world::{World, on_both, on_own};

pub(crate) const HAND: &[u8] = include_bytes!("../../vectors/outgoing/hand.png");
/// The head whose name stands under the decision.
pub(super) const NAME: &str = "Nguyễn Văn An";

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Has two managers put this picture of the signer's handwriting in force.
pub(crate) fn approve(asking: &Asking<'_>, png: &[u8]) {
    let (office, person) = (
        &asking.world.province().office,
        &asking.signer.account.person_id,
    );
    let picture = NewPicture {
        png: STANDARD.encode(png),
        width: 400,
        otp: None,
    };
    let propose = |client: &Client| client.propose_picture(person, &picture);
    let change = office.manager1.acting(propose).unwrap();
    office.approve(&change.id).unwrap();
}

fn take_away(asking: &Asking<'_>) {
    let (office, person) = (
        &asking.world.province().office,
        &asking.signer.account.person_id,
    );
    let remove = |client: &Client| client.remove_picture(person);
    office.manager1.acting(remove).unwrap();
}

/// A body that has the server draw into these files, each as it says.
pub(crate) fn composing(asking: &Asking<'_>, files: &[(&[u8], Value)]) -> Value {
    let plain: Vec<&[u8]> = files.iter().map(|(file, _)| *file).collect();
    let mut body = body(asking, &plain);
    body["compose"] = files.iter().map(|(_, look)| look.clone()).collect();
    body
}

/// A place on the first page, in tenths of a millimetre.
pub(super) fn spot(left: u32, bottom: u32, width: u32, height: u32) -> Value {
    json!({"page": 1, "left": left, "bottom": bottom, "width": width, "height": height})
}

/// Between position and name, with room for number and date.
pub(crate) fn above_the_name() -> Value {
    json!({"signer_name": NAME, "number_at": spot(400, 2600, 500, 70), "date_at": spot(1200, 2530, 600, 70)})
}

/// A PDF with a signature field that nobody signed.
pub(super) fn with_field() -> Vec<u8> {
    pdf(&[
        "<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R] >> >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Annots [4 0 R] >>"
            .to_owned(),
        "<< /Type /Annot /Subtype /Widget /FT /Sig /T (Ky) /F 4 /Rect [300 100 500 160] /P 3 0 R \
         /AP << /N 5 0 R >> >>"
            .to_owned(),
        "<< /Type /XObject /Subtype /Form /BBox [0 0 200 60] /Length 0 >>\nstream\n\nendstream"
            .to_owned(),
    ])
}

/// The file with what is to be appended; every signature in it is valid, and the last is the leader's.
pub(crate) fn appended(world: &World, file: &[u8], document: &Value) -> Vec<u8> {
    let update = document["file"]["update"].as_str().unwrap();
    let whole = [file, &STANDARD.decode(update).unwrap()].concat();
    let now = OffsetDateTime::now_utc();
    let found = verify(&whole, &anchors(world), now, &Limits::default()).unwrap();
    for one in &found {
        assert!(one.report.as_ref().unwrap().is_valid(), "{one:?}");
    }
    let last = &found.last().unwrap().embedded;
    assert_eq!(document["file"]["field"], last.field);
    let content = last.over().unwrap().map(|part| &whole[part]).concat();
    assert!(openssl_accepts(world, &last.cms, &content));
    whole
}

/// Approves what was submitted, and the request as the system has it then.
pub(crate) fn approved(asking: &Asking<'_>, id: &str) -> Value {
    let given = asking.give(&asking.open(&[id]));
    assert_eq!(given.json()["items"][0]["state"], "signed", "{given:?}");
    asking.get(id).json()
}

fn shown(file: &[u8], field: &str) -> Place {
    let pdf = Pdf::read(file, &Limits::default()).unwrap();
    pdf.seen(field).unwrap().unwrap()
}

#[test]
fn the_signer_is_shown_their_drawn_signature_and_signs_that_very_file() {
    let test = "it::approvals::composed::the_signer_is_shown_their_drawn_signature_and_signs_that_very_file";
    on_both(test, |world| {
        let asking = Asking::new(world);
        approve(&asking, HAND);
        let field = with_field();
        let files = [
            (DECISION, above_the_name()),
            (field.as_slice(), json!({"field": "Ky"})),
            (PDF, json!({"at": spot(1000, 500, 800, 100)})),
        ];
        let (key, body) = (fresh_key(), composing(&asking, &files));
        let submitted = asking.submit(&key, &body);
        assert_eq!(submitted.status, 201, "{}", submitted.text());
        let id = submitted.member("id").unwrap();
        for (place, field) in ["KysoSigner1", "Ky", "KysoSigner1"].iter().enumerate() {
            let file = &submitted.json()["documents"][place]["file"];
            assert_eq!(
                (&file["composed_by"], &file["field"]),
                (&json!("server"), &json!(field))
            );
            assert!(file["update"].is_null(), "nothing is signed yet: {file}");
        }
        let before = shown_drawn(&asking, &id, &submitted.json()["documents"][0]["file"]);

        let ended = approved(&asking, &id);
        let documents = ended["documents"].as_array().unwrap();
        let wholes = files.iter().zip(documents);
        let wholes: Vec<Vec<u8>> = wholes
            .map(|((file, _), document)| appended(world, file, document))
            .collect();
        for (whole, signature) in wholes.iter().zip(ended["signatures"].as_array().unwrap()) {
            let digits = hex::encode(STANDARD.decode(signature.as_str().unwrap()).unwrap());
            assert!(String::from_utf8_lossy(whole).contains(&digits));
        }
        // But for the room of the signature it is what was shown.
        assert_eq!(before.len(), wholes[0].len());
        let mut pairs = before.iter().zip(&wholes[0]);
        assert!(pairs.all(|(shown, signed)| shown == signed || *shown == b'0'));
        are_in_their_places(&wholes);

        // A retry of either finds the same.
        assert_eq!(asking.get(&id).json(), ended);
        assert_eq!(asking.submit(&key, &body).json(), ended);
    });
}

/// What the signer is shown is the file with their signature in it; that file.
fn shown_drawn(asking: &Asking<'_>, id: &str, kept: &Value) -> Vec<u8> {
    let file = part(asking.world, &asking.own, id, "0/file").body;
    assert!(file.starts_with(DECISION));
    assert_eq!(kept["sha256"], sha256(&file));
    let page = part(asking.world, &asking.own, id, "0/pages/1");
    assert_eq!(kept["pages"][0], sha256(&page.body));
    let (_, plain) = asking.ask_with(&body(asking, &[&waiting()]));
    let plain = &plain.json()["documents"][0]["file"]["pages"][0];
    assert_ne!(&kept["pages"][0], plain, "with the handwriting");
    file
}

fn are_in_their_places(wholes: &[Vec<u8>]) {
    const MILLIMETRE: f64 = 72.0 / 25.4;
    let near = |one: f64, other: f64| (one - other).abs() < 0.1;
    let fields = ["KysoSigner1", "Ky", "KysoSigner1"];
    let places = wholes.iter().zip(fields);
    let places: Vec<Place> = places.map(|(whole, field)| shown(whole, field)).collect();
    let middle = |place: &Place| place.left + place.width / 2.0;
    assert!(
        near(places[0].width, 40.0 * MILLIMETRE),
        "as wide as it is: {places:?}"
    );
    assert!(middle(&places[0]) > 595.0 / 2.0, "on the right: {places:?}");
    assert!(near(middle(&places[1]), 400.0), "{places:?}");
    assert!(near(middle(&places[2]), 140.0 * MILLIMETRE), "{places:?}");
    assert!(
        near(places[2].height, 10.0 * MILLIMETRE),
        "as high as the place: {places:?}"
    );
}

#[test]
fn the_log_names_who_drew_and_with_which_picture() {
    let test = "it::approvals::composed::the_log_names_who_drew_and_with_which_picture";
    on_both(test, |world| {
        let asking = Asking::new(world);
        approve(&asking, HAND);
        let (id, _) = asking.ask_with(&composing(&asking, &[(DECISION, above_the_name())]));
        approved(&asking, &id);
        let (prepared, _) = asking.ask_with(&body(&asking, &[&waiting()]));
        approved(&asking, &prepared);
        for event in ["approval.submitted", "signature.intent"] {
            let entries = log::of_credential(world, event, asking.credential());
            let said: Vec<_> = entries.iter().map(|one| &one.entry["data"]).collect();
            let drawn = (&said[0]["composed_by"], &said[0]["picture"]);
            assert_eq!(drawn, (&json!("server"), &json!(sha256(HAND))), "{event}");
            let sent = (&said[1]["composed_by"], &said[1]["picture"]);
            assert_eq!(sent, (&json!("client"), &Value::Null), "{event}");
        }
        let intents = log::of_credential(world, "signature.intent", asking.credential());
        let content = &intents[0].entry["digests"][0]["content"];
        assert_eq!(content["file"], sha256(DECISION), "the file as it came");
    });
}

#[test]
fn what_was_shown_is_signed_whatever_becomes_of_the_picture() {
    let test = "it::approvals::composed::what_was_shown_is_signed_whatever_becomes_of_the_picture";
    on_own(test, |world| {
        let asking = Asking::new(&world);
        approve(&asking, HAND);
        let body = composing(&asking, &[(DECISION, above_the_name())]);
        let (key, other) = (fresh_key(), fresh_key());
        let first = asking.submit(&key, &body);
        assert_eq!(first.status, 201, "{}", first.text());
        let id = first.member("id").unwrap();
        take_away(&asking);
        let lacking = asking.submit(&other, &body);
        assert_problem(&lacking, 400, "invalid_field");
        let detail = lacking.member("detail").unwrap();
        assert!(detail.starts_with("compose: no_picture: "), "{detail}");
        log::refusal(&world, &lacking, "approval.submitted", "malformed");

        let again = asking.submit(&key, &body);
        assert_eq!(again.json()["documents"], first.json()["documents"]);
        let ended = approved(&asking, &id);
        appended(&world, DECISION, &ended["documents"][0]);
        let intents = log::of_credential(&world, "signature.intent", asking.credential());
        assert_eq!(intents[0].entry["data"]["picture"], sha256(HAND));

        // Once the files are erased the signature is still told, but not what it was drawn into.
        let mut owner = Owner::of(&world);
        let own = owner.id(&id);
        owner.run(&format!(
            "DELETE FROM approval_file WHERE approval_id = {own}"
        ));
        let later = asking.get(&id).json();
        assert_eq!(later["signatures"], ended["signatures"]);
        assert!(later["documents"][0]["file"]["update"].is_null(), "{later}");
    });
}

#[test]
fn the_picture_is_drawn_for_whoever_may_ask_the_signer_and_for_nobody_else() {
    let test = "it::approvals::composed::the_picture_is_drawn_for_whoever_may_ask_the_signer_and_for_nobody_else";
    on_both(test, |world| {
        let (asking, other) = (Asking::new(world), Asking::new(world));
        approve(&asking, HAND);
        let body = composing(&asking, &[(DECISION, above_the_name())]);
        let call = world.http().post("/api/v1/approvals");
        let call = call
            .bearer(&other.token)
            .header("Idempotency-Key", &fresh_key());
        let refused = call.json(&body).send().unwrap();
        assert_problem(&refused, 404, "not_found");
    });
}
