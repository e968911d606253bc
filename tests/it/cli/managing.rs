//! Two managers put a person's certificate into service, from registration to the first lock.

use serde_json::Value;

use super::{Terminal, text};
use crate::routes::issued_elsewhere;
use crate::world::{Database, World};

/// Registers a person in the department; their id.
fn register(manager: &Terminal<'_>, login: &str) -> String {
    let agencies = manager.json(&["agency", "list"]);
    let department = agencies.as_array().unwrap().iter();
    let mut department = department.filter(|agency| agency["name"] == "Sở Nội vụ");
    let agency = text(department.next().unwrap(), "id").to_owned();
    let email = format!("{login}@hue.example.vn");
    let who = ["--login", login, "--name", "Lê Văn Cường"];
    let place = ["--agency", &agency, "--position", "Giám đốc"];
    let more = ["--email", &email, "--position-required"];
    let created = manager.json(&[&["person", "add"][..], &who, &place, &more].concat());
    text(&created, "id").to_owned()
}

/// Makes a key and its certificate request for this person; both.
fn request(manager: &Terminal<'_>, person: &str) -> (String, String) {
    let add = ["credential", "add", "--kind", "personal"];
    let key = ["--owner-person", person, "--algorithm", "p-256"];
    let name = ["--common-name", "Lê Văn Cường", "--state", "Huế"];
    let made = manager.json(&[&add[..], &key, &name].concat());
    let of = |member| text(&made, member).to_owned();
    (of("id"), of("csr_pem"))
}

fn state(manager: &Terminal<'_>, credential: &str) -> String {
    let shown = manager.json(&["credential", "show", credential]);
    text(&shown, "state").to_owned()
}

/// Proposes to activate or unlock, which its proposer cannot approve and the second manager can.
fn by_two(act: &str, first: &Terminal<'_>, second: &Terminal<'_>, credential: &str) {
    let change = first.json(&["credential", act, credential]);
    let change = text(&change, "id");
    let (reason, _) = first.fails(1, &["change", "approve", change]);
    assert_eq!(reason, "same_person");
    let waiting = second.json(&["change", "list", "--state", "waiting"]);
    let waiting = waiting.as_array().unwrap().iter();
    let ids: Vec<&str> = waiting.map(|one| text(one, "id")).collect();
    assert_eq!(ids, [change]);
    second.done(&["change", "approve", change]);
}

#[test]
fn two_managers_put_certificates_into_service() {
    let world = World::own(Database::Sqlite).unwrap();
    let office = &world.province().office;
    let first = Terminal::of(&world, &office.manager1);
    let second = Terminal::of(&world, &office.manager2);
    let person = register(&first, "giam-doc");
    assert_enrolment_code(&first, &person);
    let listed = first.json(&["person", "list"]);
    assert!(listed.to_string().contains(&person), "{listed}");
    let (issued, _) = request(&first, &person);
    first.done(&["credential", "issue", &issued]);
    let (imported, csr) = request(&first, &person);
    first.write("chain.pem", &issued_elsewhere(&csr, None));
    let import = ["credential", "certificate", "--chain-file", "chain.pem"];
    first.write(
        "other.pem",
        &issued_elsewhere(&request(&first, &person).1, None),
    );
    let other = ["credential", "certificate", "--chain-file", "other.pem"];
    let (reason, told) = first.fails(1, &[&other[..], &[&imported]].concat());
    assert_eq!(reason, "invalid_field");
    assert!(told.contains("is not for this key"), "{told}");
    assert_eq!(state(&first, &imported), "requested");
    first.done(&[&import[..], &[&imported]].concat());
    for credential in [&issued, &imported] {
        assert_eq!(state(&first, credential), "certified");
        let basis = ["--basis", "Biên bản bàn giao số 09/BB-SNV"];
        first.done(&[&["credential", "hand-over", credential][..], &basis].concat());
        assert_eq!(state(&first, credential), "handed_over");
        by_two("activate", &first, &second, credential);
        assert_eq!(state(&second, credential), "active");
    }
    let reason = ["--reason", "nghi lộ mật khẩu"];
    second.done(&[&["credential", "lock", &issued][..], &reason].concat());
    assert_eq!(state(&first, &issued), "locked");
    assert_eq!(state(&first, &imported), "active");
    by_two("unlock", &first, &second, &issued);
    assert_eq!(state(&first, &issued), "active");
    let waiting = first.json(&["person", "enrolment-code", &person]);
    let half = "whoever holds a credential is given a new code by two managers";
    assert!(waiting["enrolment_half"].is_string(), "{half}: {waiting}");
    let agency = &world.province().agencies.province;
    let seal = [
        "credential",
        "add",
        "--kind",
        "seal",
        "--owner-agency",
        agency,
    ];
    let named = ["--algorithm", "p-256", "--common-name", "UBND tỉnh"];
    let seal = first.json(&[&seal[..], &named, &["--by-digest"]].concat());
    let shown = first.json(&["credential", "show", text(&seal, "id")]);
    assert_eq!(shown["by_digest"], true);
}

/// A credential of a new person's, in use.
fn in_use(first: &Terminal<'_>, second: &Terminal<'_>, login: &str) -> String {
    let (credential, _) = request(first, &register(first, login));
    first.done(&["credential", "issue", &credential]);
    let basis = ["--basis", "Biên bản bàn giao số 10/BB-SNV"];
    first.done(&[&["credential", "hand-over", &credential][..], &basis].concat());
    by_two("activate", first, second, &credential);
    credential
}

/// The words of an act on this credential.
fn act<'a>(name: &'a str, credential: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["credential", name, credential][..], more].concat()
}

#[test]
fn managers_see_what_became_of_a_lock_and_that_a_revocation_is_for_good() {
    let world = World::own(Database::Sqlite).unwrap();
    let office = &world.province().office;
    let first = Terminal::of(&world, &office.manager1);
    let second = Terminal::of(&world, &office.manager2);
    let credential = in_use(&first, &second, "pho-giam-doc");
    let reason = ["--reason", "mất điện thoại"];
    let done = format!("Đã thực hiện: {credential}.\n");
    assert_eq!(first.done(&act("lock", &credential, &reason)), done);
    let (twice, sentence) = first.fails(1, &act("lock", &credential, &reason));
    assert_eq!(twice, "wrong_state", "{sentence}");
    // Unlocking gives power back, so one manager's word does nothing yet.
    let proposed = first.done(&act("unlock", &credential, &[]));
    assert!(proposed.starts_with("Đã đề nghị: "), "{proposed}");
    assert!(proposed.contains("chờ người khác phê duyệt"), "{proposed}");
    assert_eq!(state(&first, &credential), "locked");
    let waiting = second.json(&["change", "list", "--state", "waiting"]);
    let change = text(&waiting[0], "id");
    assert!(proposed.contains(change), "{proposed} {waiting}");
    let approved = second.done(&["change", "approve", change]);
    assert!(approved.starts_with("Đã phê duyệt: "), "{approved}");
    assert_eq!(state(&first, &credential), "active");
    first.done(&act("lock", &credential, &reason));
    let late = first.json(&act("unlock", &credential, &[]));
    let english = [
        &["--language", "en"][..],
        &act("revoke", &credential, &reason),
    ]
    .concat();
    assert_eq!(first.done(&english), format!("Done: {credential}.\n"));
    let shown = second.done(&act("show", &credential, &[]));
    assert!(shown.contains("revoked"), "{shown}");
    for name in ["revoke", "lock"] {
        let (why, sentence) = first.fails(1, &act(name, &credential, &reason));
        assert_eq!(why, "wrong_state", "{name}: {sentence}");
    }
    // Whoever approves what was proposed before learns that it is too late, and nobody proposes it any more.
    let approve = ["change", "approve", text(&late, "id")];
    assert_eq!(second.fails(1, &approve).0, "wrong_state");
    let unlock = act("unlock", &credential, &[]);
    assert_eq!(first.fails(1, &unlock).0, "wrong_state");
    assert_eq!(state(&first, &credential), "revoked");
}

#[test]
fn a_systems_callback_is_set_and_removed_and_its_secret_shown_once() {
    let world = World::own(Database::Sqlite).unwrap();
    let signer = world.signer();
    let system = world.system(&signer.credentials.p256);
    let manager = Terminal::of(&world, &world.province().office.manager1);
    let set = ["client", "callback", "set", &system.id];
    let origin = "https://dms.hue.example.vn";
    let first = manager.json(&[&set[..], &[origin]].concat());
    assert_eq!(text(&first, "origin"), origin);
    let secret = text(&first, "secret");
    assert!(secret.starts_with("whsec_"), "{first}");
    let shown = manager.done(&["client", "show", &system.id]);
    assert!(
        shown.contains(origin) && !shown.contains("whsec_"),
        "{shown}"
    );
    // Setting it again makes another secret.
    let said = manager.done(&[&set[..], &[origin]].concat());
    assert!(said.contains("chỉ hiện một lần: whsec_"), "{said}");
    assert!(!said.contains(secret), "{said}");
    let english = [&["--language", "en"][..], &set, &[origin]].concat();
    let said = manager.done(&english);
    assert!(said.contains("shown once: whsec_"), "{said}");
    for wrong in ["dms.hue.example.vn", "https://dms.hue.example.vn/path"] {
        manager.fails(1, &[&set[..], &[wrong]].concat());
    }
    manager.done(&["client", "callback", "remove", &system.id]);
    let shown = manager.json(&["client", "show", &system.id]);
    assert!(shown.get("callback").is_none(), "{shown}");
}

/// The code is shown once, and in Vietnamese to people.
fn assert_enrolment_code(manager: &Terminal<'_>, person: &str) {
    let code: Value = manager.json(&["person", "enrolment-code", person]);
    assert!(text(&code, "code").len() > 8, "{code}");
    let said = manager.done(&["person", "enrolment-code", person]);
    assert!(said.starts_with("Mã kích hoạt: "), "{said}");
}
