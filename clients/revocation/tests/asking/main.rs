//! Whom an asker asks and whom not, and that nobody keeps it waiting.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at what it did not expect; helpers are tests too"
)]

mod host;

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use kyso_documents::validation::{Inquiry, Silence, Source};
use kyso_revocation::{Asked, Asker, Hosts, LONGEST_LIST, Outcome, Reach, Reply, Settings};
use serde_json::json;
use time::OffsetDateTime;

use host::{Host, Manner};

const NOW: OffsetDateTime = time::macros::datetime!(2026-11-26 12:00 UTC);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Longer than any host here needs that answers at all.
const LONG: Duration = Duration::from_mins(1);
/// How long one that does not answer is waited for.
const SHORT: Duration = Duration::from_millis(200);

fn list(url: impl Into<String>) -> Source {
    Source::List { url: url.into() }
}

fn responder(url: impl Into<String>) -> Source {
    Source::Responder {
        url: url.into(),
        request: b"request".to_vec(),
    }
}

/// One about the certificate with this number.
fn inquiry(number: u8, sources: &[Source]) -> Inquiry {
    let link = json!({ "certificate": format!("{number:02x}"), "issuer": "", "key": "" });
    serde_json::from_value(json!({ "link": link, "sources": sources })).unwrap()
}

/// An asker for these hosts on this machine.
fn authorities(hosts: &[&Host], patience: Duration) -> Asker {
    let hosts = hosts
        .iter()
        .map(|host| host.name.parse().unwrap())
        .collect();
    Asker::new(Settings {
        reach: Reach {
            hosts: Hosts::Only(hosts),
            addresses: vec![HERE],
        },
        one: patience,
        together: patience,
    })
}

fn ask(authorities: &Asker, inquiries: &[Inquiry], now: OffsetDateTime) -> (Vec<Reply>, Asked) {
    let mut asked = authorities.begin();
    let replies = authorities.ask(inquiries, now, &mut asked);
    (replies, asked)
}

fn bodies(replies: &[Reply]) -> Vec<&[u8]> {
    replies.iter().map(|reply| &*reply.bytes).collect()
}

fn words(asked: &Asked) -> Vec<&'static str> {
    let mut words: Vec<_> = asked.outcomes().map(Outcome::word).collect();
    words.sort_unstable();
    words
}

fn answers(body: &[u8]) -> Host {
    Host::new(Manner::Answers(body.to_vec()))
}

#[test]
fn a_responder_is_posted_its_request_and_a_list_is_fetched() {
    let (first, second) = (answers(b"response"), answers(b"list"));
    let authorities = authorities(&[&first, &second], LONG);
    let both = [responder(first.url()), list(second.url())];
    let inquiries = [inquiry(1, &both), inquiry(2, &both[1..])];
    let (replies, asked) = ask(&authorities, &inquiries, NOW);
    let mut came = bodies(&replies);
    came.sort_unstable();
    assert_eq!(came, [&b"list"[..], b"response"]);
    let request = ("POST /x HTTP/1.1", "application/ocsp-request", "request");
    let request = (request.0.to_owned(), request.1.to_owned(), request.2.into());
    assert_eq!(first.heard(), [request]);
    let get = ("GET /x HTTP/1.1".to_owned(), String::new(), Vec::new());
    assert_eq!(second.heard(), [get]);
    assert_eq!(words(&asked), ["answered", "answered"]);
    for inquiry in &inquiries {
        assert_eq!(
            asked.why(inquiry),
            Silence::NotFitting,
            "what came did not help"
        );
    }
}

#[test]
fn the_next_is_asked_where_one_does_not_answer_and_none_twice() {
    let (bad, good) = (
        Host::new(Manner::Head(503, String::new())),
        answers(b"list"),
    );
    let authorities = authorities(&[&bad, &good], LONG);
    let sources = [responder(bad.url()), list(good.url())];
    let inquiries = [inquiry(1, &sources)];
    let mut asked = authorities.begin();
    let replies = authorities.ask(&inquiries, NOW, &mut asked);
    assert_eq!(bodies(&replies), [b"list"]);
    // What came did not fit: nobody is left.
    assert!(authorities.ask(&inquiries, NOW, &mut asked).is_empty());
    assert_eq!((bad.heard().len(), good.heard().len()), (1, 1));
    assert_eq!(words(&asked), ["answered", "status"]);
}

#[test]
fn a_list_for_several_certificates_is_fetched_once() {
    let host = answers(b"list");
    let authorities = authorities(&[&host], LONG);
    let all: Vec<Inquiry> = (0..8)
        .map(|number| inquiry(number, &[list(host.url())]))
        .collect();
    let (replies, _) = ask(&authorities, &all, NOW);
    assert_eq!(bodies(&replies), [b"list"]);
    assert_eq!(host.heard().len(), 1);
}

#[test]
fn whatever_a_host_does_there_is_an_outcome() {
    let elsewhere = answers(b"elsewhere");
    let redirect = format!("location: {}\r\ncontent-length: 0\r\n", elsewhere.url());
    for (manner, patience, outcome) in [
        (Manner::Silent, SHORT, Outcome::Late),
        (Manner::Drips, SHORT, Outcome::Late),
        (Manner::Endless, LONG, Outcome::TooLarge),
        (Manner::EndlessHead, LONG, Outcome::TooLarge),
        (Manner::Breaks, LONG, Outcome::Unreachable),
        (Manner::Head(301, redirect.clone()), LONG, Outcome::Status),
        (Manner::Head(307, redirect), LONG, Outcome::Status),
        (Manner::Head(204, String::new()), LONG, Outcome::Status),
        (Manner::Head(404, String::new()), LONG, Outcome::Status),
    ] {
        let host = Host::new(manner.clone());
        let authorities = authorities(&[&host, &elsewhere], patience);
        for source in [responder(host.url()), list(host.url())] {
            let inquiries = [inquiry(1, std::slice::from_ref(&source))];
            // Another moment, at which nobody rests.
            let now = NOW + time::Duration::hours(i64::from(source == list(host.url())));
            let (replies, asked) = ask(&authorities, &inquiries, now);
            assert_eq!(replies, [], "{manner:?}");
            assert_eq!(
                asked.outcomes().collect::<Vec<_>>(),
                [outcome],
                "{manner:?}"
            );
            assert_eq!(asked.why(&inquiries[0]), Silence::NoAnswer);
        }
    }
    assert_eq!(
        elsewhere.heard(),
        [],
        "nobody is followed, though it is listed"
    );
}

#[test]
fn as_much_is_taken_as_a_list_may_have_and_a_response_less() {
    let largest = answers(&vec![0; LONGEST_LIST]);
    let authorities = authorities(&[&largest], LONG);
    let (replies, _) = ask(&authorities, &[inquiry(1, &[list(largest.url())])], NOW);
    assert_eq!(replies[0].bytes.len(), LONGEST_LIST);
    let four = ["a", "b", "c", "d"].map(|path| list(format!("{}/{path}", largest.url())));
    let four: Vec<Inquiry> = (0..)
        .zip(four)
        .map(|(at, one)| inquiry(at, &[one]))
        .collect();
    let (replies, asked) = ask(&authorities, &four, NOW);
    assert_eq!(replies.len(), 3, "all together");
    assert_eq!(words(&asked)[3], "too_large");
    let (replies, asked) = ask(
        &authorities,
        &[inquiry(1, &[responder(largest.url())])],
        NOW,
    );
    assert_eq!((replies.len(), words(&asked)), (0, vec!["too_large"]));
}

#[test]
fn nobody_is_connected_to_who_is_not_listed_or_lies_inside() {
    let host = answers(b"x");
    let port = host.name.rsplit(':').next().unwrap().to_owned();
    let only = |listed: &str| Hosts::Only(vec![listed.parse().unwrap()]);
    let named = format!("localhost:{port}");
    for (hosts, addresses, name, outcome) in [
        (
            only("ca.gov.vn"),
            vec![HERE],
            &host.name,
            Outcome::NotListed,
        ),
        (
            only("127.0.0.1"),
            vec![HERE],
            &host.name,
            Outcome::NotListed,
        ),
        (Hosts::Any, vec![HERE], &host.name, Outcome::NotListed),
        (only(&host.name), vec![], &host.name, Outcome::Inside),
        (only(&named), vec![], &named, Outcome::Inside),
        (
            only(&named),
            vec!["127.0.0.2".parse().unwrap()],
            &named,
            Outcome::Inside,
        ),
    ] {
        let authorities = Asker::new(Settings {
            reach: Reach { hosts, addresses },
            one: LONG,
            together: LONG,
        });
        let inquiries = [inquiry(1, &[list(format!("http://{name}/x"))])];
        let (replies, asked) = ask(&authorities, &inquiries, NOW);
        assert_eq!(replies, []);
        assert_eq!(asked.outcomes().collect::<Vec<_>>(), [outcome], "{name}");
        assert_eq!(asked.why(&inquiries[0]), Silence::NotListed);
    }
    assert_eq!(host.heard(), []);
    let authorities = Asker::new(Settings {
        reach: Reach {
            hosts: only(&named),
            addresses: vec![HERE],
        },
        one: LONG,
        together: LONG,
    });
    let inquiries = [inquiry(1, &[list(format!("http://{named}/x"))])];
    assert_eq!(
        bodies(&ask(&authorities, &inquiries, NOW).0),
        [b"x"],
        "named"
    );
}

#[test]
fn what_counts_is_shown_again_until_its_end_and_nothing_else() {
    let host = answers(b"list");
    let authorities = authorities(&[&host], LONG);
    let inquiries = [inquiry(1, &[list(host.url())])];
    let end = NOW + time::Duration::HOUR;
    let (replies, _) = ask(&authorities, &inquiries, NOW);
    let (_, asked) = ask(&authorities, &inquiries, NOW);
    assert_eq!(words(&asked), ["answered"], "nobody said that it counts");
    authorities.read(&replies[0], Some(end), NOW);
    let (again, asked) = ask(&authorities, &inquiries, NOW);
    assert_eq!((again, words(&asked)), (replies.clone(), vec!["kept"]));
    assert_eq!(host.heard().len(), 2);
    let (_, asked) = ask(&authorities, &inquiries, end);
    assert_eq!(words(&asked), ["answered"], "it has ended");
    authorities.read(&replies[0], None, NOW);
    let (_, asked) = ask(&authorities, &inquiries, NOW);
    assert_eq!(words(&asked), ["answered"], "it did not count");
}

#[test]
fn a_host_that_did_not_answer_is_left_alone_for_a_while() {
    let host = Host::new(Manner::Breaks);
    let authorities = authorities(&[&host], LONG);
    let one = |path: &str| [inquiry(1, &[list(format!("{}/{path}", host.url()))])];
    assert_eq!(words(&ask(&authorities, &one("a"), NOW).1), ["unreachable"]);
    assert_eq!(words(&ask(&authorities, &one("b"), NOW).1), ["resting"]);
    assert_eq!(host.heard().len(), 1);
    let later = NOW + time::Duration::MINUTE;
    assert_eq!(
        words(&ask(&authorities, &one("b"), later).1),
        ["unreachable"]
    );
    assert_eq!(host.heard().len(), 2);
}

#[test]
fn all_questions_for_a_file_have_one_time_together() {
    let (silent, good) = (Host::new(Manner::Silent), answers(b"x"));
    let authorities = authorities(&[&silent, &good], SHORT);
    let mut asked = authorities.begin();
    let first = [inquiry(1, &[list(silent.url()), list(good.url())])];
    assert_eq!(authorities.ask(&first, NOW, &mut asked), []);
    assert_eq!(words(&asked), ["late", "late"]);
    assert_eq!(
        authorities.ask(
            &[inquiry(2, &[list(format!("{}/other", good.url()))])],
            NOW,
            &mut asked
        ),
        []
    );
    assert_eq!(good.heard(), [], "there was no time left");
}
