//! Lists with the longest words that the server takes: each page stays small, and together they hold everything.

use std::collections::BTreeSet;

use kyso_client::Client;
use serde_json::{Value, json};

use super::managing::manager;
use super::{Browser, Leader};
use crate::log;
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

/// The pages of one entry, by the link from each to the rest of it.
fn pages_of(officer: &Browser<'_>, path: &str) -> Vec<String> {
    let mut pages = vec![officer.page(path)];
    let rest = |page: &str| {
        let (before, _) = page.split_once("\" rel=\"next\"")?;
        let link = before.rsplit('"').next()?.to_owned();
        // After the last of them comes the next entry.
        link.starts_with(&format!("{path}?from=")).then_some(link)
    };
    while let Some(next) = pages.last().and_then(|page| rest(page)) {
        assert!(pages.len() < 20, "{path} leads on and on, to {next}");
        pages.push(officer.page(&next));
    }
    pages
}

#[test]
fn an_entry_of_many_long_documents_is_read_page_by_page() {
    let test = "it::pages::heavy::an_entry_of_many_long_documents_is_read_page_by_page";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(100);
        let texts: Vec<String> = (0..MANY).map(|number| format!("dài {number}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut body = bench.body(&texts);
        for (number, document) in body["documents"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .enumerate()
        {
            document["abstract"] = json!(format!("ve-{number}-{}", "&".repeat(490)));
            document["recipients"] = json!("a;".repeat(250));
        }
        let stamped = bench.post(&bench.token, &fresh_key(), &body);
        assert_eq!(stamped.status, 200, "{}", stamped.text());
        let intents = log::of_credential(world, "signature.intent", &bench.seal);
        let [intent] = &intents[..] else {
            panic!("{intents:?}")
        };
        let officer = Browser::of(world.http(), &world.province().office.officer);
        let pages = pages_of(&officer, &format!("/ui/audit/{}", intent.sequence));
        assert!(pages.len() > 1, "all on one page of {}", pages[0].len());
        for page in &pages {
            assert!(page.len() < 85 * 1024, "{} bytes", page.len());
        }
        let whole = pages.concat();
        let hashes = intent.entry["commitments"].as_object().unwrap();
        for (member, hash) in hashes {
            let card = format!("<strong><bdi>{member}</bdi></strong>");
            assert_eq!(whole.matches(&card).count(), 1, "{member}");
            // Beside its opening, and in the bytes.
            assert_eq!(whole.matches(hash.as_str().unwrap()).count(), 2, "{member}");
        }
        for number in 0..MANY {
            let mark = format!("ve-{number}-");
            assert_eq!(whole.matches(&mark).count(), 1, "{mark}");
        }
        for digest in intent.entry["digests"].as_array().unwrap() {
            let value = digest["value"].as_str().unwrap();
            assert_eq!(whole.matches(value).count(), 1, "{value}");
        }
    });
}

/// What was accepted is light on every page that it is read on, whatever its words are.
#[test]
fn the_largest_request_that_is_accepted_has_light_pages() {
    let test = "it::pages::heavy::the_largest_request_that_is_accepted_has_light_pages";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let document = json!({"abstract": "&".repeat(500), "recipients": "a;".repeat(250),
            "label": "'".repeat(500), "purpose": "KY_DUYET", "secrecy": "thường"});
        let ask = |documents: usize| {
            let texts: Vec<String> = (0..documents)
                .map(|number| format!("nặng {number}"))
                .collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut body = leader.asking.body(&texts);
            body["documents"] = json!(vec![&document; documents]);
            leader.asking.submit(&fresh_key(), &body)
        };
        let accepted = (1..=50).map(ask).take_while(|reply| reply.status == 201);
        let largest = accepted.last().unwrap().member("id").unwrap();
        for path in [
            format!("/ui/requests/{largest}"),
            format!("/ui/approve?id={largest}"),
            format!("/ui/requests/{largest}/return"),
        ] {
            let page = leader.browser.page(&path);
            assert!(page.len() < 85 * 1024, "{path}: {} bytes", page.len());
        }
        let page = leader.approve_page(&[&largest]);
        let results = leader.approve(&page, &leader.asking.code());
        assert_eq!(results.status, 200, "{}", results.text());
        assert!(results.text().len() < 85 * 1024);
    });
}
