//! How far the roll-out has come: only real signatures count as use.

use kyso_api::management::RoleName;
use kyso_tests::province::Holder;
use serde_json::Value;

use super::Terminal;
use crate::desk::{Desk, hash};
use crate::world::{Database, World};

/// Positions required, certified, used.
type Figures = [i64; 3];

/// The manager's report, over HTTP and on the command line, which must say the same.
struct Report<'a> {
    world: &'a World,
    manager: Terminal<'a>,
}

impl Report<'_> {
    fn rows(&self) -> Vec<Value> {
        let printed = self.manager.json(&["report", "coverage"]);
        let sums = self.manager.json(&["report", "coverage", "--by-level"]);
        let manager = &self.world.province().office.manager1;
        let answered = manager.acting(kyso_client::Client::coverage).unwrap();
        assert_eq!(printed, serde_json::to_value(answered.rows).unwrap());
        assert_eq!(sums, serde_json::to_value(answered.levels).unwrap());
        printed.as_array().unwrap().clone()
    }

    /// The sums of a level.
    fn level(&self, level: &str) -> Figures {
        let sums = self.manager.json(&["report", "coverage", "--by-level"]);
        let mut sums = sums.as_array().unwrap().iter();
        figures(sums.find(|sum| sum["level"] == level).unwrap())
    }

    /// The department's and the commune's figures.
    fn figures(&self) -> [Figures; 2] {
        let (rows, agencies) = (self.rows(), &self.world.province().agencies);
        let of = |agency: &str, level: &str| {
            let row = rows.iter().find(|row| row["agency"] == agency).unwrap();
            assert_eq!(row["level"], level, "{row}");
            figures(row)
        };
        [
            of(&agencies.department, "department"),
            of(&agencies.commune, "commune"),
        ]
    }
}

fn figures(row: &Value) -> Figures {
    ["required", "certified", "used"].map(|name| row[name].as_i64().unwrap())
}

/// Somebody in the commune whose position must have a certificate.
fn in_commune(world: &World, login: &str, certified: bool) -> Option<String> {
    let (office, agency) = (&world.province().office, &world.province().agencies.commune);
    let account = office.person(login, "Người ký", "Chủ tịch", agency, RoleName::Signer);
    let account = account.unwrap();
    let holder = Holder::Person(&account, agency, "Người ký");
    certified.then(|| office.credential(holder, "p-256", 1).unwrap())
}

#[test]
fn coverage_counts_real_signatures_by_agency_and_level() {
    let world = World::own(Database::Sqlite).unwrap();
    let manager = Terminal::of(&world, &world.province().office.manager1);
    let report = Report {
        world: &world,
        manager,
    };
    assert_eq!(report.figures(), [[0, 0, 0], [0, 0, 0]]);
    let signer = world.signer();
    let credential = in_commune(&world, "chu-tich", true).unwrap();
    in_commune(&world, "pho-chu-tich", false);
    assert_eq!(report.figures(), [[1, 1, 0], [2, 1, 0]]);
    let desk = Desk::p256(&world, &signer);
    let hashes = [hash("văn bản")];
    let sad = desk.sad(&signer, &hashes);
    let refused = desk.sign(&sad, &[hash("văn bản khác")]);
    assert_ne!(refused.status, 200, "{}", refused.text());
    let unused = "an authorization or a refusal is no signature";
    assert_eq!(report.figures(), [[1, 1, 0], [2, 1, 0]], "{unused}");
    desk.assert_signed(&desk.sign(&sad, &hashes), &["văn bản"]);
    assert_eq!(report.figures(), [[1, 1, 1], [2, 1, 0]]);
    let lock = ["credential", "lock", &credential, "--reason", "nghỉ phép"];
    report.manager.done(&lock);
    assert_eq!(report.figures(), [[1, 1, 1], [2, 0, 0]], "locked");
    let lock = [
        "credential",
        "lock",
        &signer.credentials.p256,
        "--reason",
        "gia hạn",
    ];
    report.manager.done(&lock);
    let renewed = "who signed has signed, whatever they sign with now";
    assert_eq!(report.figures(), [[1, 1, 1], [2, 0, 0]], "{renewed}");
    assert_eq!(report.level("department"), [1, 1, 1]);
    let table = report.manager.done(&["report", "coverage"]);
    assert_eq!(table.lines().count(), report.rows().len() + 1, "{table}");
    let stranger = Terminal::of_signer(&world, &signer.account);
    assert_eq!(stranger.fails(1, &["report", "coverage"]).0, "forbidden");
}
