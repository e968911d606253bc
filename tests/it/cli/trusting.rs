//! A folder with a dated trust list, as the server and `kyso verify --trust` believe it: authorities of two generations, and
//! look-alikes of theirs.

use std::path::Path;
use std::process::Output;

use kyso_documents::HashAlgorithm;
use kyso_tests::server::Plan;
use serde_json::Value;
use tempfile::TempDir;

use super::house::House;
use super::verifying::Asker;
use super::{Terminal, code, why};
use crate::world::{Database, World};

const DOCUMENT: &[u8] = "Quyết định số 12/QĐ-UBND".as_bytes();

/// Authorities of one name, and the folder that lists all but the last.
struct Scene {
    first: House,
    second: House,
    ended: House,
    forger: House,
    folder: TempDir,
}

/// Who certified the signer, the kind of authority that is told, and the word for why not.
type Case<'a> = (&'a House, Option<&'static str>, Option<&'static str>);

impl Scene {
    fn new() -> Self {
        let scene = Self {
            first: House::of_rsa(),
            second: House::new(),
            ended: House::new(),
            forger: House::of_rsa(),
            folder: tempfile::tempdir().unwrap(),
        };
        let far = "2099-12-31T00:00:00Z";
        let list = [
            scene.entry("g1.crt", &scene.first, "government-g1", far),
            scene.entry("g2.crt", &scene.second, "government-g2", far),
            scene.entry(
                "cu.crt",
                &scene.ended,
                "government-g1",
                "2026-01-01T00:00:00Z",
            ),
        ];
        scene.write("trust.toml", list.concat().as_bytes());
        scene
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path().join(name), bytes).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Puts the certificate there; its lines in the list.
    fn entry(&self, name: &str, house: &House, kind: &str, until: &str) -> String {
        let certificate = house.certificate();
        self.write(name, &certificate);
        let sha256 = hex::encode(HashAlgorithm::Sha256.digest(&certificate));
        format!(
            "[[authority]]\ncertificate = \"{name}\"\nsha256 = \"{sha256}\"\nkind = \"{kind}\"\n\
             role = \"root\"\nfrom = \"2010-01-01T00:00:00Z\"\nuntil = \"{until}\"\nsource = \"made by the test\"\n"
        )
    }

    fn cases(&self) -> [Case<'_>; 4] {
        [
            (&self.first, Some("government-g1"), None),
            (&self.second, Some("government-g2"), None),
            (&self.ended, None, Some("no_path")),
            (&self.forger, None, Some("no_path")),
        ]
    }
}

/// A signature over the document by somebody whom this authority certified.
fn signature(house: &House) -> Vec<u8> {
    house.sign(house.certify(7, "", ""), DOCUMENT)
}

#[test]
fn the_command_line_believes_the_list_that_it_is_given() {
    let scene = Scene::new();
    let terminal = Terminal::new(World::sqlite());
    std::fs::write(terminal.path("a.txt"), DOCUMENT).unwrap();
    let list = scene.path().to_str().unwrap();
    let verify = |house: &House, trust: &[&str]| {
        std::fs::write(terminal.path("a.txt.p7s"), signature(house)).unwrap();
        terminal.kyso(&[&["verify", "a.txt", "--json"], trust].concat())
    };
    let told = |output: &Output| {
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let word = |name: &str| report[name].as_str().map(str::to_owned);
        (code(output), word("authority"), word("distrust"))
    };
    for (house, authority, distrust) in scene.cases() {
        let exit = i32::from(authority.is_none());
        let expected = (
            exit,
            authority.map(str::to_owned),
            distrust.map(str::to_owned),
        );
        let output = verify(house, &["--trust", list]);
        assert_eq!(told(&output), expected, "{output:?}");
    }
    let given = scene.forger.root().display().to_string();
    let both = ["--trust", list, "--ca", &given];
    for (house, authority) in [(&scene.forger, "given"), (&scene.first, "government-g1")] {
        let output = verify(house, &both);
        assert_eq!(
            told(&output),
            (0, Some(authority.to_owned()), None),
            "{output:?}"
        );
    }
    scene.write("g2.crt", &scene.forger.certificate());
    let output = verify(&scene.first, &["--trust", list]);
    assert_eq!(code(&output), 1, "{output:?}");
    assert!(
        why(&output).1.contains("g2.crt"),
        "one wrong line: {output:?}"
    );
}

#[test]
fn the_server_believes_the_list_that_its_configuration_names() {
    let scene = Scene::new();
    let list = scene.path().display().to_string();
    let plan = |plan: &mut Plan| {
        plan.more = format!("[certificates]\ntrust_list = \"{list}\"\n");
    };
    let world = World::planned(Database::Sqlite, plan).unwrap();
    let asker = Asker {
        world: &world,
        from: "198.51.100.50",
    };
    let page = Asker {
        world: &world,
        from: "198.51.100.51",
    };
    for (house, authority, distrust) in scene.cases() {
        let signature = signature(house);
        let found = asker.verified(DOCUMENT, Some(&signature));
        let one = &found["signatures"][0];
        assert_eq!(one["integrity"]["code"], "intact", "{found}");
        assert_eq!(one["trusted"], authority.is_some(), "{found}");
        assert_eq!(one["authority"].as_str(), authority, "{found}");
        assert_eq!(one["distrust"]["code"].as_str(), distrust, "{found}");
        let files = [("document", DOCUMENT), ("signature", &signature)];
        let html = page.on_the_page(world.http().base(), &files).text();
        let words = authority.unwrap_or("Không có đường dẫn từ chứng thư đến tổ chức");
        assert!(html.contains(words), "{words}: {html}");
    }
}
