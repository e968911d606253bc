//! How soon a request is wanted: what is shown of it, and in which order a leader sees what waits.

use std::time::Duration;

use kyso_core::{Clock, SystemClock};
use serde_json::{Value, json};

use super::Asking;
use crate::desk::ECDSA_SHA256;
use crate::owner::Owner;
use crate::pages::Browser;
use crate::stamping::{assert_problem, fresh_key};
use crate::world::{on_both, on_own};

/// A submission whose documents and whose whole are as urgent as these words say.
fn body(asking: &Asking<'_>, whole: Option<&str>, documents: &[Option<&str>]) -> Value {
    let names: Vec<String> = (1..=documents.len())
        .map(|n| format!("Phụ lục {n}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut body = asking.body(&names);
    said(&mut body, whole);
    for (document, word) in body["documents"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .zip(documents)
    {
        said(document, *word);
    }
    body
}

/// Says how urgent it is, or nothing of it.
fn said(of: &mut Value, word: Option<&str>) {
    let members = of.as_object_mut().unwrap();
    match word {
        Some(word) => members.insert("urgency".to_owned(), json!(word)),
        None => members.remove("urgency"),
    };
}

#[test]
fn a_request_is_as_urgent_as_its_most_urgent_document_and_each_says_its_own() {
    let test = "it::approvals::urgency::a_request_is_as_urgent_as_its_most_urgent_document_and_each_says_its_own";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let browser = Browser::of(world.http(), &asking.signer.account);
        let cases: [(_, &[Option<&str>], _, &[&str]); 5] = [
            (None, &[Some("hỏa tốc")], "express", &["Hỏa tốc"]),
            (
                Some("usual"),
                &[Some("thường"), Some("Hỏa tốc")],
                "express",
                &["Thường", "Hỏa tốc"],
            ),
            (
                Some("most_urgent"),
                &[Some("khẩn"), None],
                "most_urgent",
                &["Khẩn", "Thượng khẩn"],
            ),
            (Some("urgent"), &[Some("gấp")], "urgent", &["Khẩn"]),
            (None, &[None], "usual", &["Thường"]),
        ];
        for (whole, documents, expected, shown) in cases {
            let (id, reply) = asking.ask_with(&body(&asking, whole, documents));
            assert_eq!(reply.json()["urgency"], expected, "{documents:?}");
            assert_eq!(asking.get(&id).json()["urgency"], expected, "{documents:?}");
            let page = browser.page(&format!("/ui/requests/{id}"));
            assert_eq!(badges(&page), shown, "{documents:?}: {page}");
        }
    });
}

#[test]
fn what_is_asked_by_csc_says_of_each_document_how_urgent_it_is() {
    let test =
        "it::approvals::urgency::what_is_asked_by_csc_says_of_each_document_how_urgent_it_is";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let rest = body(
            &asking,
            None,
            &[Some("khẩn"), None, Some("hỏa tốc"), Some("thường")],
        );
        let body = json!({"credentialID": asking.credential(), "operationMode": "A",
            "hashes": rest["hashes"], "signAlgo": ECDSA_SHA256, "documents": rest["documents"]});
        let call = world.http().post("/csc/v2/signatures/signHash");
        let reply = call.bearer(&asking.token).json(&body).send().unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
        let id = asking.inbox("waiting").remove(0);
        assert_eq!(asking.get(&id).json()["urgency"], "express");
        let browser = Browser::of(world.http(), &asking.signer.account);
        let page = browser.page(&format!("/ui/requests/{id}"));
        assert_eq!(badges(&page), ["Khẩn", "Hỏa tốc", "Hỏa tốc", "Thường"]);
    });
}

/// How urgent a page says that each document is, in order.
fn badges(page: &str) -> Vec<&str> {
    let after = page.split("<dt>Độ khẩn</dt><dd>").skip(1);
    let texts = after.map(|part| {
        part.split('>')
            .nth(1)
            .and_then(|text| text.split('<').next())
    });
    texts.map(|text| text.unwrap_or_default().trim()).collect()
}

/// Days until it is due.
type Due = Option<u64>;

/// Submits one of this urgency that is wanted in so many days; its id.
fn waiting(asking: &Asking<'_>, urgency: &str, due: Due) -> String {
    let mut body = body(asking, Some(urgency), &[Some("thường")]);
    said(&mut body["documents"][0], None);
    if let Some(days) = due {
        let due = SystemClock
            .now()
            .after(Duration::from_secs(days * 24 * 3600));
        body["due_at"] = json!(due.to_string());
    }
    let reply = asking.submit(&fresh_key(), &body);
    assert_eq!(reply.status, 201, "{}", reply.text());
    reply.member("id").unwrap()
}

/// Submitted in this order; at the end where each stands among those that wait.
const WAITING: [(&str, Due, usize); 9] = [
    ("usual", None, 7),
    ("express", None, 1),
    ("urgent", Some(3), 5),
    ("usual", Some(1), 6),
    ("most_urgent", Some(2), 2),
    ("most_urgent", None, 3),
    ("express", Some(9), 0),
    ("usual", None, 8),
    ("most_urgent", None, 4),
];

/// Nine that wait, as they are to be decided.
fn nine(asking: &Asking<'_>) -> Vec<String> {
    let mut placed: Vec<(usize, String)> = WAITING
        .iter()
        .map(|(urgency, due, place)| (*place, waiting(asking, urgency, *due)))
        .collect();
    placed.sort_unstable();
    placed.into_iter().map(|(_, id)| id).collect()
}

/// One page of the signer's, and where the next one begins.
fn page(asking: &Asking<'_>, query: &str) -> (Vec<String>, Option<String>) {
    let call = asking
        .world
        .http()
        .get(&format!("/api/v1/approvals?limit=3&{query}"));
    let reply = call.bearer(&asking.own).send().unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    let json = reply.json();
    let items = json["items"].as_array().unwrap().iter();
    let ids = items.map(|item| item["id"].as_str().unwrap().to_owned());
    (ids.collect(), json["next"].as_str().map(str::to_owned))
}

#[test]
fn what_waits_comes_as_it_is_to_be_decided_over_all_pages() {
    let test = "it::approvals::urgency::what_waits_comes_as_it_is_to_be_decided_over_all_pages";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let order = nine(&asking);
        let (first, next) = page(&asking, "state=waiting");
        assert_eq!(first, order[..3]);
        // Between two pages one of each is opened, refused, and comes anew.
        asking.open(&[&order[0]]);
        let gone = asking.decline_with(&order[4], "refuse", &asking.code());
        assert_eq!(gone.status, 204, "{}", gone.text());
        let late = waiting(&asking, "usual", None);
        let early = waiting(&asking, "express", None);
        let next = format!("state=waiting&before={}", next.unwrap());
        let (second, next) = page(&asking, &next);
        assert_eq!(second, [&*order[3], &order[5], &order[6]]);
        let next = format!("state=waiting&before={}", next.unwrap());
        let (third, next) = page(&asking, &next);
        assert_eq!(third, [&*order[7], &order[8], &late]);
        assert_eq!(next, None);
        assert_eq!(
            page(&asking, "state=waiting").0,
            [&*order[1], &early, &order[2]]
        );
        assert_eq!(asking.inbox("opened"), order[..1]);
    });
}

/// All pages of the signer's, one after the other, and how many there were.
fn pages(asking: &Asking<'_>, query: &str) -> (Vec<String>, usize) {
    let (mut all, mut next) = page(asking, query);
    let mut count = 1;
    while let Some(before) = next {
        let (more, last) = page(asking, &format!("{query}&before={before}"));
        all.extend(more);
        (next, count) = (last, count + 1);
    }
    (all, count)
}

#[test]
fn a_spoilt_row_at_the_end_of_a_page_hides_none_that_follow() {
    let test = "it::approvals::urgency::a_spoilt_row_at_the_end_of_a_page_hides_none_that_follow";
    on_own(test, |world| {
        let asking = Asking::new(&world);
        nine(&asking);
        for query in ["state=waiting", ""] {
            let (whole, count) = pages(&asking, query);
            let mut owner = Owner::of(&world);
            let row = owner.id(&whole[2]);
            owner.run(&format!(
                "UPDATE approval SET reason = 'x' WHERE id = {row}"
            ));
            let (left, still) = pages(&asking, query);
            assert_eq!(
                (&left[..2], &left[2..]),
                (&whole[..2], &whole[3..]),
                "{query}"
            );
            assert_eq!(still, count, "{query}");
            owner.run(&format!(
                "UPDATE approval SET reason = NULL WHERE id = {row}"
            ));
        }
    });
}

#[test]
fn a_place_in_one_order_is_none_in_the_other() {
    let test = "it::approvals::urgency::a_place_in_one_order_is_none_in_the_other";
    on_both(test, |world| {
        let asking = Asking::new(world);
        nine(&asking);
        let next = |query| page(&asking, query).1.unwrap();
        let (waiting, all) = (next("state=waiting"), next(""));
        for (query, before) in [
            ("", &*waiting),
            ("state=waiting&", &all),
            ("state=waiting&", "9_0_0_x"),
            ("state=waiting&", "x"),
        ] {
            let path = format!("/api/v1/approvals?{query}before={before}");
            let reply = world.http().get(&path).bearer(&asking.own).send().unwrap();
            assert_problem(&reply, 400, "invalid_field");
        }
    });
}

#[test]
fn the_inbox_has_the_most_urgent_of_all_on_its_first_page() {
    let test = "it::approvals::urgency::the_inbox_has_the_most_urgent_of_all_on_its_first_page";
    on_both(test, |world| {
        let asking = Asking::new(world);
        let oldest = waiting(&asking, "express", None);
        let last = waiting(&asking, "usual", None);
        for _ in 0..50 {
            waiting(&asking, "urgent", None);
        }
        let soon = waiting(&asking, "express", Some(1));
        let browser = Browser::of(world.http(), &asking.signer.account);
        let first = browser.page("/ui/inbox");
        let shown = shown(&first);
        assert_eq!(shown.len(), 50);
        assert_eq!(shown[..2], [&*soon, &oldest]);
        let next = first.split("before=").nth(1).expect("a second page");
        let next = next.split('"').next().unwrap();
        let second = browser.page(&format!("/ui/inbox?tab=to-sign&before={next}"));
        assert_eq!(self::shown(&second).len(), 3);
        assert_eq!(self::shown(&second)[2], last);
    });
}

/// The requests on a page of the inbox, in order.
fn shown(page: &str) -> Vec<&str> {
    let titles = page.split("<h2 class=\"title\"").skip(1);
    let links = titles.filter_map(|title| title.split("<a href=\"/ui/requests/").nth(1));
    links
        .map(|link| link.split('"').next().unwrap_or_default())
        .collect()
}
