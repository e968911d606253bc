//! Lists with the longest words that the server takes: each page stays small, and together they hold everything.

use std::collections::BTreeSet;

use kyso_client::Client;
use serde_json::{Value, json};

use super::managing::manager;
use super::{Browser, Leader};
use crate::stamping::{Bench, fresh_key};
use crate::world::on_both;

/// Rows that do not fit one page.
const MANY: usize = 40;

/// Letters of three bytes each.
fn letters(most: usize) -> String {
    "ệ".repeat(most)
}

/// What the links of these pages lead to under this path, but for the form for something new; none comes twice.
fn linked(pages: &[String], path: &str) -> BTreeSet<String> {
    let mark = format!("href=\"{path}");
    let mut found = BTreeSet::new();
    for page in pages {
        assert!(page.len() < 85 * 1024, "{} bytes", page.len());
        for rest in page.split(&mark).skip(1) {
            let link = rest.split('"').next().unwrap().to_owned();
            if link == "new" {
                continue;
            }
            assert!(found.insert(link.clone()), "{link} comes twice");
        }
    }
    found
}

/// A document of which everything is said at length.
fn long(document: &mut Value) {
    for (member, letters) in [
        ("abstract", self::letters(500)),
        ("number", self::letters(64)),
        ("symbol", self::letters(64)),
    ] {
        document[member] = json!(letters);
    }
}

#[test]
fn an_inbox_of_the_longest_requests_is_read_page_by_page() {
    let test = "it::pages::heavy::an_inbox_of_the_longest_requests_is_read_page_by_page";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let mut body = leader.asking.body(&["x"]);
        long(&mut body["documents"][0]);
        body["documents"][0]["drafter"] = json!(letters(64));
        let ask = |_| leader.asking.ask_with(&body).0;
        let asked: BTreeSet<String> = (0..MANY).map(ask).collect();
        let pages = leader.browser.every_page("/ui/inbox");
        assert!(pages.len() > 1, "all on one page of {}", pages[0].len());
        assert_eq!(linked(&pages, "/ui/requests/"), asked);
        for id in &asked {
            leader.asking.withdraw(id);
        }
        let pages = leader.browser.every_page("/ui/inbox?tab=failed");
        assert!(pages.len() > 1, "all on one page of {}", pages[0].len());
        assert_eq!(linked(&pages, "/ui/requests/"), asked);
    });
}

#[test]
fn a_session_of_the_longest_stamps_is_read_page_by_page() {
    let test = "it::pages::heavy::a_session_of_the_longest_stamps_is_read_page_by_page";
    on_both(test, |world| {
        let bench = Bench::new(world);
        let (id, _) = bench.open(100);
        let numbers = 0..MANY;
        for number in numbers.clone() {
            let mut body = bench.body(&[&format!("dài {number}")]);
            long(&mut body["documents"][0]);
            body["documents"][0]["number"] = json!(format!("so-{number}-{}", letters(50)));
            let stamped = bench.post(&bench.token, &fresh_key(), &body);
            assert_eq!(stamped.status, 200, "{}", stamped.text());
        }
        let clerk = Browser::of(world.http(), &bench.clerk);
        let pages = clerk.every_page(&format!("/ui/stamping/{id}"));
        assert!(pages.len() > 1, "all on one page of {}", pages[0].len());
        assert!(linked(&pages, "/nowhere").is_empty());
        for number in numbers {
            let mark = format!("so-{number}-");
            let found: usize = pages.iter().map(|page| page.matches(&mark).count()).sum();
            assert_eq!(found, 1, "{mark}");
        }
    });
}

#[test]
fn people_with_the_longest_names_are_read_page_by_page() {
    let test = "it::pages::heavy::people_with_the_longest_names_are_read_page_by_page";
    on_both(test, |world| {
        let (manager, tag) = (manager(world), world.name("dai"));
        let heading = "login,name,agency,position,email,position_required\n".to_owned();
        // A page writes each of these in five bytes.
        let (name, position) = ("&".repeat(400), format!("{tag} {}", letters(150)));
        let row = |at| format!("{tag}-{at},{name},H27.3,{position},{tag}-{at}@hue.example.vn,0\n");
        let people = (0..2 * MANY).map(row);
        let csv: String = std::iter::once(heading).chain(people).collect();
        let import = |client: &Client| client.import_persons(csv.clone().into_bytes(), false);
        let reply = world.province().office.manager1.acting(import).unwrap();
        assert!(reply.errors.is_empty(), "{:?}", reply.errors);
        let pages = manager.every_page(&format!("/ui/people?q={tag}"));
        assert!(pages.len() > 2, "fifty on a page of {}", pages[0].len());
        assert_eq!(linked(&pages, "/ui/people/").len(), 2 * MANY);
    });
}
