//! An outgoing decision on the command line: signed by the head, numbered, sealed, copied.

use kyso_api::management::AuthorityKind;
use kyso_documents::pdf::{Limits, Pdf};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::pdf::paper;
use super::verifying::Asker;
use super::{Terminal, code, text, why};
use crate::authority;
use crate::log;
use crate::stamping::Bench;
use crate::world::{Database, World};

const PAPER: &[u8] = include_bytes!("../../vectors/outgoing/quyet-dinh.pdf");
const HAND: &[u8] = include_bytes!("../../vectors/outgoing/hand.png");
const SEAL: &[u8] = include_bytes!("../../vectors/outgoing/seal.png");

/// Where the paper has room: page, left, bottom, width and height in millimetres.
const NUMBER: &str = "1,43,256.4,40,7";
const DATE: &str = "1,121,256.4,62,7";

impl Terminal<'_> {
    fn desk(&self) {
        for (name, content) in [("qd.pdf", PAPER), ("hand.png", HAND), ("seal.png", SEAL)] {
            std::fs::write(self.path(name), content).unwrap();
        }
    }

    fn seal(&self, bench: &Bench<'_>, line: &[&str]) -> std::process::Output {
        self.write("system.pem", &bench.system.key.private_pem());
        let who = [
            "--client-id",
            &bench.system.client_id,
            "--key-file",
            "system.pem",
        ];
        let seal = ["--credential", &bench.seal, "--json"];
        self.kyso(&[line, &who, &seal].concat())
    }
}

impl Terminal<'_> {
    /// Sees that command line, API and page say the same of whether person and agency have both signed.
    fn assert_complete(&self, file: &str, word: &str, sentence: &str) {
        let said: Value = serde_json::from_slice(&self.verify(file).stdout).unwrap();
        assert_eq!(said["completeness"], word);
        let site = self.world.deployment.server.site();
        let authority = site.path("evaluation-ca.pem");
        let line = ["verify", file, "--ca", authority.to_str().unwrap()];
        let shown = self.kyso(&line).stdout;
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.contains(sentence), "{shown}");

        let asker = Asker {
            world: self.world,
            from: "198.51.100.60",
        };
        let file = std::fs::read(self.path(file)).unwrap();
        let found = asker.verified(&file, None);
        assert_eq!(found["completeness"]["code"], word, "{found}");
        let page = asker.on_the_page(self.world.http().base(), &[("document", &file)]);
        assert!(page.text().contains(sentence), "{}", page.text());
    }
}

fn answer(output: &std::process::Output) -> Value {
    assert_eq!(code(output), 0, "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_decision_is_signed_numbered_and_sealed() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open(5);
    let leader = world.signer();
    authority::record(world, &leader, AuthorityKind::Head);
    let terminal = Terminal::of_signer(world, &leader.account);
    terminal.desk();
    let early = terminal.seal(&bench, &["seal", "qd.pdf"]);
    assert_eq!(
        (code(&early), why(&early).0.as_str()),
        (1, "not_ready"),
        "{early:?}"
    );

    let look = ["--image", "hand.png", "--signer-name", "Nguyễn Văn An"];
    let room = ["--number-at", NUMBER, "--date-at", DATE];
    let line = [&["qd.pdf"], &look[..], &room].concat();
    terminal.signed(&leader, &leader.credentials.p256, &line);
    terminal.assert_complete(
        "qd.signed.pdf",
        "person_only",
        "Chỉ có chữ ký cá nhân, thiếu chữ ký của cơ quan.",
    );
    let symbol = world.name("QĐ");
    let number = [
        "number",
        "qd.signed.pdf",
        "--number",
        "12",
        "--symbol",
        &symbol,
    ];
    let numbered = terminal.json(&number);
    assert_eq!(text(&numbered, "number"), format!("12/{symbol}"));
    let seal = ["seal", "qd.signed.numbered.pdf", "--image", "seal.png"];
    let sealed = answer(&terminal.seal(&bench, &seal));
    assert_eq!(text(&sealed, "file"), "qd.signed.numbered.sealed.pdf");
    assert_eq!(
        (&sealed["issue"]["number"], text(&sealed["issue"], "series")),
        (&12.into(), &*symbol)
    );
    let verified = terminal.verify("qd.signed.numbered.sealed.pdf");
    assert_eq!(code(&verified), 0, "{verified:?}");
    let said: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(said["signatures"].as_array().unwrap().len(), 2);
    terminal.assert_complete(
        "qd.signed.numbered.sealed.pdf",
        "both",
        "Có chữ ký của cá nhân và sau đó của cơ quan.",
    );

    let main = ["--number", "12", "--symbol", &symbol];
    let appendix = [&["appendix", "qd.pdf"], &main[..]].concat();
    let clerk = &crate::stamping::clerk(world);
    bench.open_by(clerk, &bench.system.id, 1, (600, "PHU_LUC"));
    let made = answer(&terminal.seal(&bench, &appendix));
    assert_eq!(text(&made, "file"), "qd.appendix.pdf");
    assert_eq!(code(&terminal.verify("qd.appendix.pdf")), 0);

    let again = terminal.seal(&bench, &seal);
    assert_eq!(code(&again), 1, "the result is in the way: {again:?}");
}

/// From then on every seal of the agency shows it, and whoever may use the seal has it.
#[test]
fn a_seal_shows_the_picture_that_two_managers_approved() {
    let world = World::own(Database::Sqlite).unwrap();
    let office = &world.province().office;
    let [first, second] =
        [&office.manager1, &office.manager2].map(|manager| Terminal::of(&world, manager));
    first.desk();
    let agency = &world.province().agencies.province;
    let propose = ["picture", "propose", agency, "seal.png", "--width", "36"];
    let change = text(&first.json(&propose), "id").to_owned();
    let look = ["change", "picture", &change, "--output", "proposed.png"];
    second.done(&look);
    assert_eq!(std::fs::read(second.path("proposed.png")).unwrap(), SEAL);
    second.done(&["change", "approve", &change]);

    let bench = Bench::new(&world);
    bench.open(5);
    let leader = world.signer();
    authority::record(&world, &leader, AuthorityKind::Head);
    let person = &leader.account.person_id;
    let propose = ["picture", "propose", person, "hand.png", "--width", "42"];
    let change = text(&first.json(&propose), "id").to_owned();
    second.done(&["change", "approve", &change]);
    let terminal = Terminal::of_signer(&world, &leader.account);
    terminal.desk();
    let shown = ["--approved-image", "--signer-name", "Nguyễn Văn An"];
    let room = ["--number-at", NUMBER, "--date-at", DATE];
    let line = [&["qd.pdf"], &shown[..], &room].concat();
    terminal.signed(&leader, &leader.credentials.p256, &line);
    let signed = &leader.credentials.p256;
    let intents = log::of_credential(&world, "signature.intent", signed);
    assert_eq!(intents[0].entry["data"]["composed_by"], "client");
    let number = [
        "number",
        "qd.signed.pdf",
        "--number",
        "12",
        "--symbol",
        "QĐ",
    ];
    terminal.json(&number);
    let seal = ["seal", "qd.signed.numbered.pdf"];
    let small = ["--image", "seal.png", "--image-width", "33"];
    let small = terminal.seal(&bench, &[&seal[..], &small].concat());
    let (reason, said) = why(&small);
    assert_eq!((code(&small), reason.as_str()), (1, "not_ready"), "{said}");
    assert!(said.contains("other_picture"), "{said}");
    answer(&terminal.seal(&bench, &[&seal[..], &["--approved-image"]].concat()));
    let intents = log::of_credential(&world, "signature.intent", &bench.seal);
    let data = &intents.last().unwrap().entry["data"];
    let digest = hex::encode(Sha256::digest(SEAL));
    assert_eq!(
        (&data["picture"], &data["composed_by"]),
        (&digest.into(), &"client".into())
    );

    // The server draws it as well as we do.
    let composed = terminal.seal(&bench, &[&seal[..], &["--compose", "--force"]].concat());
    assert_eq!(answer(&composed).get("update"), None);
    assert_eq!(code(&terminal.verify("qd.signed.numbered.sealed.pdf")), 0);
    first.done(&["picture", "get", agency, "--output", "had.png"]);
    assert_eq!(std::fs::read(first.path("had.png")).unwrap(), SEAL);
    first.done(&["picture", "remove", agency]);
    first.fails(1, &["picture", "get", agency, "--output", "gone.png"]);
}

#[test]
fn a_copy_carries_the_words_of_the_agency() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    bench.open_by(&bench.clerk, &bench.system.id, 1, (600, "SAO_Y"));
    let terminal = Terminal::new(world);
    terminal.desk();
    let words = ["--kind", "sao_y", "--agency-name", "Văn phòng UBND tỉnh"];
    let source = ["--source", "Quyết định số 12/QĐ-UBND"];
    let copy = [&["copy", "qd.pdf"], &words[..], &source].concat();
    let made = answer(&terminal.seal(&bench, &copy));
    assert_eq!(text(&made, "file"), "qd.copy.pdf");
    assert_eq!(code(&terminal.verify("qd.copy.pdf")), 0);
}

/// A page with a field that waits within this rectangle.
fn waiting(rectangle: &str) -> String {
    let field = format!(
        "<< /FT /Sig /T (A) /Type /Annot /Subtype /Widget /Rect {rectangle} /F 132 /P 3 0 R >>"
    );
    paper("/AcroForm << /Fields [4 0 R] >>", "", &[&field])
}

/// The handwriting is seen in the middle of where it was to go, and whole.
#[test]
fn a_picture_goes_where_somebody_measured_or_into_the_field_that_waits() {
    let world = World::sqlite();
    let leader = world.signer();
    let terminal = Terminal::of_signer(world, &leader.account);
    terminal.desk();
    terminal.write("waits.pdf", &waiting("[100 200 300 300]"));
    let point = 25.4 / 72.0;
    let at = format!(
        "1,{},{},{},{}",
        100.0 * point,
        200.0 * point,
        200.0 * point,
        100.0 * point
    );
    let key = &leader.credentials.p256;
    for (file, signed, field, spot) in [
        ("qd.pdf", "qd.signed.pdf", "Signature1", ["--image-at", &at]),
        ("waits.pdf", "waits.signed.pdf", "A", ["--field", "A"]),
    ] {
        let image = [file, "--image", "hand.png", "--image-width", "30"];
        terminal.signed(&leader, key, &[&image[..], &spot].concat());
        let bytes = std::fs::read(terminal.path(signed)).unwrap();
        let pdf = Pdf::read(&bytes, &Limits::default()).unwrap();
        let seen = pdf.seen(field).unwrap().unwrap();
        let width = 30.0 / point;
        let (left, up) = (
            seen.left - (200.0 - width / 2.0),
            seen.bottom + seen.height / 2.0 - 250.0,
        );
        assert!(
            seen.page == 1 && left.abs() < 0.1 && up.abs() < 0.1,
            "{file}: {seen:?}"
        );
        assert!((seen.width - width).abs() < 0.1, "{file}: {seen:?}");
        assert_eq!(code(&terminal.verify(signed)), 0);
    }
    terminal.write("hidden.pdf", &waiting("[0 0 0 0]"));
    let sign = [
        "sign",
        "--credential",
        key,
        "--otp-file",
        "absent",
        "--image",
        "hand.png",
    ];
    for (line, named) in [
        (["hidden.pdf", "--field", "A"], "A"),
        (["hidden.pdf", "--field", "B"], "hidden.pdf"),
        (["hidden.pdf", "--image-at", "2,10,10,60,30"], "hidden.pdf"),
        (["hidden.pdf", "--image-at", "1,190,10,60,30"], "hidden.pdf"),
        (["hidden.pdf", "--image-at", "1,10,10,1,1"], "hidden.pdf"),
    ] {
        let (_, said) = terminal.fails(1, &[&sign[..], &line].concat());
        assert!(said.contains(named), "{line:?}: {said}");
        assert!(!terminal.path("hidden.signed.pdf").exists(), "{line:?}");
    }
}

#[test]
fn what_has_no_place_is_said_before_a_key_is_asked() {
    let world = World::sqlite();
    let bench = Bench::new(world);
    let leader = world.signer();
    let terminal = Terminal::of_signer(world, &leader.account);
    terminal.desk();
    terminal.take_otp(&leader.account);
    let sign = [
        "sign",
        "qd.pdf",
        "--credential",
        &leader.credentials.p256,
        "--otp-file",
        "otp",
    ];
    let nobody = ["--image", "hand.png", "--signer-name", "Không Có Ai"];
    terminal.fails(1, &[&sign[..], &nobody].concat());
    let red = ["--image", "seal.png", "--signer-name", "Nguyễn Văn An"];
    terminal.fails(1, &[&sign[..], &red].concat());
    terminal.fails(1, &["number", "qd.pdf", "--number", "12"]);
    terminal.fails(1, &["number", "qd.pdf", "--number", "0"]);
    let nowhere = terminal.seal(&bench, &["seal", "qd.pdf", "--image", "seal.png"]);
    assert_eq!(code(&nowhere), 1, "{nowhere:?}");
    for left in ["qd.signed.pdf", "qd.numbered.pdf", "qd.sealed.pdf"] {
        assert!(!terminal.path(left).exists(), "{left}");
    }
}
