//! Revocation that is asked by network when a file is verified: by the server, and by `kyso verify --online`.

mod host;

use kyso_tests::server::Plan;
use serde_json::Value;

use super::Terminal;
use super::house::{Holder, House};
use super::verifying::Asker;
use crate::health::internal;
use crate::world::{Database, World};
use host::Host;

const DOCUMENT: &[u8] = "Quyết định số 12/QĐ-UBND".as_bytes();

/// An authority with its hosts: one that answers, one that never does, one that nobody lists.
struct Scene {
    house: House,
    open: Host,
    silent: Host,
    unlisted: Host,
}

/// Somebody, and what the server says of their signature: the word, and the word for why.
type Case = (&'static str, Holder, &'static str, Option<&'static str>);

impl Scene {
    fn new() -> Self {
        Self {
            house: House::new(),
            open: Host::new(),
            silent: Host::silent(),
            unlisted: Host::new(),
        }
    }

    /// A server that believes this authority and asks its hosts, but for one.
    fn plan(&self) -> impl FnOnce(&mut Plan) + use<> {
        let anchors = self.house.root().display().to_string();
        let hosts = [&self.open.name, &self.silent.name].map(|name| format!("\"{name}\""));
        let hosts = hosts.join(", ");
        move |plan: &mut Plan| {
            plan.more = format!(
                "[certificates]\ntrust_anchors = \"{anchors}\"\n\
                 [revocation]\nhosts = [{hosts}, \"localhost\", \"ca.gov.vn\"]\n\
                 addresses = [\"127.0.0.1\"]\ntimeout_seconds = 5\ntogether_seconds = 10\n"
            );
        }
    }

    fn signature(&self, holder: Holder) -> Vec<u8> {
        self.house.sign(holder, DOCUMENT)
    }

    /// Somebody whose responder and list lie under their number.
    fn known(&self, serial: u8) -> Holder {
        let [responder, list] = ["ocsp", "list"].map(|what| self.open.url(&at(serial, what)));
        self.house.certify(serial, &responder, &list)
    }

    fn respond(&self, holder: Holder, letter: &str, by: &House) {
        let request = self.house.request(holder);
        let response = self.house.response(&request, letter, holder, by);
        self.open.put(&at(holder.0, "ocsp"), response);
    }

    fn list(&self, holder: Holder, bytes: Vec<u8>) {
        self.open.put(&at(holder.0, "list"), bytes);
    }

    /// What authorities answer, rightly and wrongly.
    fn answered(&self) -> Vec<Case> {
        [self.right(), self.wrong()].concat()
    }

    fn right(&self) -> Vec<Case> {
        let house = &self.house;
        let [good, revoked, on_list, falls, revoked_on_list] =
            [10, 11, 12, 13, 14].map(|serial| self.known(serial));
        self.respond(good, "V", house);
        self.respond(revoked, "R", house);
        self.list(on_list, house.list(Some(good), 24));
        self.respond(falls, "", house);
        self.list(falls, house.list(None, 24));
        self.list(revoked_on_list, house.list(Some(revoked_on_list), 24));
        vec![
            ("the responder says good", good, "good", None),
            ("the responder says revoked", revoked, "revoked", None),
            ("not on the list", on_list, "good", None),
            (
                "the list knows, the responder does not",
                falls,
                "good",
                None,
            ),
            ("on the list", revoked_on_list, "revoked", None),
        ]
    }

    fn wrong(&self) -> Vec<Case> {
        let (house, stranger) = (&self.house, House::new());
        let [unknown, expired, foreign, forged, other, garbage, nothing] =
            [15, 16, 17, 18, 19, 20, 21].map(|serial| self.known(serial));
        self.respond(unknown, "", house);
        self.list(expired, house.list(None, -1));
        self.list(foreign, stranger.list(None, 24));
        self.respond(forged, "V", &stranger);
        let about_another = house.response(&house.request(nothing), "V", nothing, house);
        self.open.put(&at(other.0, "ocsp"), about_another);
        self.open.put(&at(garbage.0, "ocsp"), b"<html>".to_vec());
        self.list(garbage, vec![0x30; 100_000]);
        let why = Some("not_fitting");
        vec![
            ("the responder does not know", unknown, "not_known", why),
            ("an expired list", expired, "not_known", why),
            ("a stranger's list", foreign, "not_known", why),
            ("a stranger's answer", forged, "not_known", why),
            ("an answer about another", other, "not_known", why),
            ("what cannot be read", garbage, "not_known", why),
            ("nothing there", nothing, "not_known", Some("no_answer")),
        ]
    }

    /// Places that are asked in vain, or not at all.
    fn unanswered(&self, own: &str) -> Vec<Case> {
        let house = &self.house;
        let (silent, unlisted) = (self.silent.url("x"), self.unlisted.url("x"));
        let port = self.open.name.rsplit(':').next().unwrap();
        let certify = |serial, url: &str| house.certify(serial, url, url);
        let not_known = |case, holder, why| (case, holder, "not_known", Some(why));
        let not_listed = [
            format!("{own}/metrics"),
            own.replace("127.0.0.1", "localhost"),
            format!("http://localhost:{port}/30/list"),
            format!("http://a@{}/x", self.open.name),
            format!("http://{}@{}/x", self.open.name, self.unlisted.name),
            format!("https://127.0.0.2:{port}/x"),
            "http://169.254.169.254/latest/meta-data/".to_owned(),
            "http://[::1]/".to_owned(),
            "http://2130706433/".to_owned(),
            "http://ca.gov.vn:22/".to_owned(),
        ];
        let not_listed = (50..).zip(&not_listed).map(|(serial, url)| {
            not_known(
                "a place that nobody may ask",
                certify(serial, url),
                "not_listed",
            )
        });
        let mut all = vec![
            not_known("never an answer", certify(40, &silent), "no_answer"),
            not_known(
                "a host that is not listed",
                certify(41, &unlisted),
                "not_listed",
            ),
            not_known("no place", certify(42, ""), "no_source"),
            not_known(
                "no place of HTTP",
                certify(43, "file:///etc/passwd"),
                "no_source",
            ),
        ];
        all.extend(not_listed);
        all
    }
}

fn at(serial: u8, what: &str) -> String {
    format!("{serial}/{what}")
}

fn code(answer: &Value) -> Option<&str> {
    answer["code"].as_str()
}

#[test]
fn what_authorities_answer_counts_only_if_it_is_right_and_nobody_else_is_asked() {
    let scene = Scene::new();
    let world = World::planned(Database::Sqlite, scene.plan()).unwrap();
    let own = world.deployment.server.site().internal_url();
    let asker = Asker {
        world: &world,
        from: "198.51.100.40",
    };
    for (case, holder, word, why) in [scene.answered(), scene.unanswered(&own)].concat() {
        let found = asker.verified(DOCUMENT, Some(&scene.signature(holder)));
        let one = &found["signatures"][0];
        assert_eq!(one["trusted"], true, "{case}: {found}");
        let said = (code(&one["revocation"]), code(&one["revocation_reason"]));
        assert_eq!(said, (Some(word), why), "{case}: {found}");
    }
    assert!(scene.unlisted.asked("x").is_empty());
    let good = Holder(10);
    assert_eq!(scene.open.asked("10/ocsp"), [scene.house.request(good)]);
    assert!(scene.open.asked("10/list").is_empty(), "the responder did");
    let metrics = internal(&world).get("/metrics").send().unwrap().text();
    for word in ["answered", "status", "late", "resting", "not_listed"] {
        let line = format!("kyso_revocation_questions_total{{outcome=\"{word}\"}} ");
        assert!(metrics.contains(&line), "{word}: {metrics}");
    }
    assert!(!metrics.contains("Người Được Kiểm Tra") && !metrics.contains("ocsp"));

    on_the_page(&scene, &world);
    kept(&scene, &asker);
}

/// The page says the same in words.
fn on_the_page(scene: &Scene, world: &World) {
    let asker = Asker {
        world,
        from: "198.51.100.41",
    };
    for (serial, words) in [
        (
            10,
            "Chưa bị thu hồi, theo danh sách hoặc trả lời của tổ chức chứng thực.",
        ),
        (
            11,
            "Đã bị thu hồi, không có gì chứng minh chữ ký có trước đó.",
        ),
        (42, "Chứng thư không cho biết có thể hỏi ở đâu."),
    ] {
        let signature = scene.signature(Holder(serial));
        let files = [("document", DOCUMENT), ("signature", &signature)];
        let html = asker.on_the_page(world.http().base(), &files).text();
        assert!(html.contains(words), "{words}: {html}");
    }
}

/// A list is not fetched again before its end; an answer without an end is asked for each time.
fn kept(scene: &Scene, asker: &Asker<'_>) {
    let heard = |serial, what| scene.open.asked(&at(serial, what)).len();
    let before = [heard(12, "list"), heard(16, "list"), heard(10, "ocsp")];
    for serial in [12, 16, 10] {
        asker.verified(DOCUMENT, Some(&scene.signature(Holder(serial))));
    }
    let after = [heard(12, "list"), heard(16, "list"), heard(10, "ocsp")];
    let more: Vec<usize> = after
        .iter()
        .zip(before)
        .map(|(after, before)| after - before)
        .collect();
    assert_eq!(
        more,
        [0, 1, 1],
        "one that counts, one that does not, an answer"
    );
}

#[test]
fn a_server_that_is_told_of_no_host_asks_nobody_and_says_so() {
    let scene = Scene::new();
    let holder = scene.known(10);
    scene.respond(holder, "V", &scene.house);
    let anchors = scene.house.root().display().to_string();
    let plan = |plan: &mut Plan| {
        plan.more = format!("[certificates]\ntrust_anchors = \"{anchors}\"\n");
    };
    let world = World::planned(Database::Sqlite, plan).unwrap();
    let asker = Asker {
        world: &world,
        from: "198.51.100.42",
    };
    let found = asker.verified(DOCUMENT, Some(&scene.signature(holder)));
    let one = &found["signatures"][0];
    let said = (code(&one["revocation"]), code(&one["revocation_reason"]));
    assert_eq!(said, (Some("not_known"), Some("not_asked")), "{found}");
    assert!(scene.open.asked("10/ocsp").is_empty());
}

#[test]
fn the_command_line_asks_only_if_it_is_told_to() {
    let scene = Scene::new();
    let terminal = Terminal::new(World::sqlite());
    std::fs::write(terminal.path("a.txt"), DOCUMENT).unwrap();
    let ca = scene.house.root().display().to_string();
    let line = ["verify", "a.txt", "--json", "--ca", &ca];
    let online = ["--online", "--revocation-address", "127.0.0.1"];
    let named = [
        "--revocation-host",
        &scene.open.name,
        "--revocation-host",
        &scene.silent.name,
    ];
    let verify = |holder: Holder, more: &[&str]| {
        let signature = scene.signature(holder);
        std::fs::write(terminal.path("a.txt.p7s"), signature).unwrap();
        let output = terminal.kyso(&[&line[..], more].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let words = ["revocation", "revocation_reason"];
        let words = words.map(|name| report[name].as_str().unwrap_or_default().to_owned());
        (output.status.success(), words)
    };
    let cases = scene.answered();
    for (case, holder, word, why) in &cases {
        let offline = verify(*holder, &[]);
        let not_asked = ["not_known", "not_asked"].map(str::to_owned);
        assert_eq!(offline, (true, not_asked), "{case}");
        let asked = verify(*holder, &[&online[..], &named].concat());
        let expected = [word, why.unwrap_or_default()].map(str::to_owned);
        assert_eq!(asked, (*word != "revoked", expected), "{case}");
    }
    let silent = scene.house.certify(40, &scene.silent.url("x"), "");
    let (_, words) = verify(silent, &[&online[..], &named].concat());
    assert_eq!(words, ["not_known", "no_answer"]);
    // Without names, whoever a certificate names is asked: not at odd ports, and not inside.
    let (_, words) = verify(cases[0].1, &online);
    assert_eq!(words, ["not_known", "not_listed"]);
    let inside = scene.house.certify(44, "http://127.0.0.1/x", "");
    let (_, words) = verify(inside, &["--online"]);
    assert_eq!(words, ["not_known", "not_listed"]);
    let output = terminal.kyso(&["verify", "a.txt", "--ca", &ca]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("Thêm --online để hỏi."), "{said}");
}
