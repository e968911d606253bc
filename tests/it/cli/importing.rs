//! Many people or agencies from one file: tried first, then applied, then sent again.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Terminal, code, why};
use crate::world::{Database, World};

/// As many as a province has leaders.
const PEOPLE: usize = 3000;

/// The department's code today, and before 2025.
const CODES: [&str; 2] = ["H27.3", "000.00.03.H27"];

const HEADING: &str = "login,name,agency,position,email,position_required\n";

/// So many people, named by either code of their agency.
fn people() -> String {
    let mut csv = HEADING.to_owned();
    for number in 0..PEOPLE {
        let (code, login) = (CODES[number % 2], format!("can-bo-{number}"));
        let row = format!("{login},Cán bộ {number},{code},Trưởng phòng,{login}@hue.example.vn,x");
        writeln!(csv, "{row}").unwrap();
    }
    csv
}

/// Rows read, applied and unchanged; the file has no faults.
fn figures(reply: &Value) -> [u64; 3] {
    assert_eq!(reply["errors"], json!([]), "{reply}");
    ["rows", "applied", "unchanged"].map(|name| reply[name].as_u64().unwrap())
}

fn listed(manager: &Terminal<'_>, what: &str) -> Vec<Value> {
    let list = manager.json(&[what, "list"]);
    list.as_array().unwrap().clone()
}

#[test]
fn three_thousand_people_come_from_one_file() {
    let world = World::own(Database::Sqlite).unwrap();
    let manager = Terminal::of(&world, &world.province().office.manager1);
    manager.write("people.csv", &people());
    let (import, all) = (["person", "import", "people.csv"], 3000);
    let before = listed(&manager, "person");
    let tried = manager.json(&[&import[..], &["--dry-run"]].concat());
    assert_eq!(figures(&tried), [all, all, 0]);
    assert_eq!(listed(&manager, "person"), before, "a dry run wrote");
    assert_eq!(figures(&manager.json(&import)), [all, all, 0]);
    let after = listed(&manager, "person");
    assert_eq!(after.len(), before.len() + PEOPLE);
    assert_eq!(figures(&manager.json(&import)), [all, 0, all]);
    assert_eq!(listed(&manager, "person"), after, "the second time wrote");
    let said = manager.done(&import);
    assert_eq!(said.trim(), "3000 dòng: 0 đã ghi, 3000 không đổi, 0 lỗi.");
}

/// The faults under `--json`: row, column and word of each.
fn faults(reply: &Value) -> Vec<(u64, &str, &str)> {
    let errors = reply["errors"].as_array().unwrap().iter();
    let word = |error: &'_ Value| error["row"].as_u64().unwrap();
    errors
        .map(|error| {
            let [field, code] = ["field", "code"].map(|name| error[name].as_str().unwrap());
            (word(error), field, code)
        })
        .collect()
}

#[test]
fn bad_rows_are_named_and_nothing_is_applied() {
    let world = World::sqlite();
    let manager = Terminal::of(world, &world.province().office.manager1);
    let taken = &world.province().leader.login;
    let rows = format!(
        "tot-1,Người Tốt,H27.3,Trưởng phòng,tot@hue.example.vn,x\n\
         xau-1,Người Xấu,H99.9,Trưởng phòng,xau@hue.example.vn,x\n\
         \n\
         xau-2,,H27.3,Trưởng phòng,xau@hue.example.vn,x\n\
         xau-3,Người Xấu,H27.3,Trưởng phòng,không phải thư,x\n\
         xau-4,\"Người\n Xấu\",H27.3,Trưởng phòng,xau@hue.example.vn,x\n\
         xau-5,Người Xấu,H27.3,Trưởng phòng,xau@hue.example.vn,có lẽ\n\
         tot-1,Người Tốt,H27.3,Trưởng phòng,tot@hue.example.vn,x\n\
         {taken},Người Khác,H27.3,Trưởng phòng,khac@hue.example.vn,x\n"
    );
    manager.write("people.csv", &format!("\u{feff}{HEADING}{rows}"));
    let output = manager.kyso(&["--json", "person", "import", "people.csv"]);
    assert_eq!((code(&output), &*why(&output).0), (1, "partial"));
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = [
        (3, "agency", "unknown_agency"),
        (5, "name", "missing"),
        (6, "email", "invalid"),
        (7, "name", "invalid"),
        (8, "position_required", "invalid"),
        (9, "login", "duplicate"),
        (10, "login", "conflict"),
    ];
    assert_eq!(faults(&reply), expected);
    assert_eq!(reply["applied"], 0);
    let people = listed(&manager, "person");
    assert!(people.iter().all(|person| person["login"] != "tot-1"));
    let output = manager.kyso(&["person", "import", "people.csv"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("Dòng 5, cột name: Thiếu giá trị"), "{said}");
}

#[test]
fn agencies_come_from_a_file_that_names_its_own_parents() {
    let world = World::sqlite();
    let manager = Terminal::of(world, &world.province().office.manager1);
    let heading = "code,legacy_code,name,parent,kind,level\n";
    let rows = "H27.3.71,000.71.03.H27,Ban Thi đua,H27.3,state,department\n\
                H27.3.71.1,,Phòng Nghiệp vụ,H27.3.71,state,department\n";
    manager.write("agencies.csv", &format!("{heading}{rows}"));
    let import = ["agency", "import", "agencies.csv"];
    let before = listed(&manager, "agency");
    let tried = manager.json(&[&import[..], &["--dry-run"]].concat());
    assert_eq!(figures(&tried), [2, 2, 0]);
    assert_eq!(listed(&manager, "agency"), before, "a dry run wrote");
    assert_eq!(figures(&manager.json(&import)), [2, 2, 0]);
    assert_eq!(figures(&manager.json(&import)), [2, 0, 2]);
    let after = listed(&manager, "agency");
    let named = |name: &str| after.iter().find(|agency| agency["name"] == name);
    let (parent, child) = (named("Ban Thi đua"), named("Phòng Nghiệp vụ"));
    assert_eq!(child.unwrap()["parent"], parent.unwrap()["id"]);
    let other = rows.replace("Ban Thi đua", "Ban Khác");
    manager.write("agencies.csv", &format!("{heading}{other}"));
    let output = manager.kyso(&["--json", "agency", "import", "agencies.csv"]);
    assert_eq!(code(&output), 1, "{output:?}");
    let reply: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(faults(&reply), [(2, "code", "conflict")]);
    assert_eq!(listed(&manager, "agency"), after);
}
