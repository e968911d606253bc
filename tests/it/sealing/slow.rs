//! Senders of a form that take their time, hang up, or send more than they may: what they hold meanwhile, and what is left.

use serde_json::json;

use super::desk::Registry;
use super::form::{Form, Sender};
use crate::cli::apart::{below, children};
use crate::stamping::assert_problem;
use crate::world::{Database, World, until};

/// As many files as may arrive at once of one system, and more than are read at once.
const SHARE: usize = 4;
const MORE_THAN_PLACES: usize = 5;

/// One that has sent the first half of its file.
fn begun(registry: &Registry<'_>, form: &Form) -> Sender {
    let body = form.body();
    let mut sender = Sender::begin(registry, body.len());
    sender.send(&body[..body.len() - form.file.len() / 2]);
    sender
}

#[test]
fn whoever_sends_slowly_keeps_no_place_and_whoever_hangs_up_keeps_nothing() {
    let world = World::own(Database::Sqlite).unwrap();
    let (second, registry) = (Registry::new(&world), Registry::new(&world));
    let (second, registry) = (&second, &registry);
    let server = &world.deployment.server;
    let form = Form::of(registry, &registry.outgoing("chậm", 1));
    let mut slow: Vec<_> = (0..SHARE).map(|_| begun(registry, &form)).collect();
    until(|| below(server) == SHARE);
    let nth = registry.outgoing("thêm", 2);
    for reply in [
        Form::of(registry, &nth).send(registry),
        registry.seal(&registry.body(&nth)),
    ] {
        assert_problem(&reply, 503, "unavailable");
        assert!(reply.header("retry-after").is_some());
    }
    let other = Form::of(second, &second.outgoing("nhanh", 2));
    slow.push(begun(second, &other));
    until(|| below(server) == MORE_THAN_PLACES);
    let reply = other.send(second);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(below(server), slow.len(), "its process ended first");

    drop(slow.drain(1..));
    let mut last = slow.pop().unwrap();
    until(|| below(server) == 1);
    let body = form.body();
    last.send(&body[body.len() - form.file.len() / 2..]);
    let (status, answer) = last.answer();
    assert_eq!(status, 200, "{answer}");
    assert_eq!(below(server), 0);
    let reply = Form::of(registry, &registry.outgoing("sau đó", 3)).send(registry);
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// Nothing of such a file has been sent when the answer comes, or not all of it.
#[test]
fn what_is_too_large_is_refused_before_it_has_come() {
    let world = World::own(Database::Sqlite).unwrap();
    let registry = Registry::new(&world);
    let server = &world.deployment.server;
    let mut form = Form::of(&registry, &registry.outgoing("lớn", 1));
    let right = form.request["prepared"]["byte_range"].clone();
    let more = (16 << 20) + 1 - right[2].as_u64().unwrap();
    form.request["prepared"]["byte_range"][3] = json!(more);
    let mut sender = Sender::begin(&registry, 17 << 20);
    // A part has come when the next one begins.
    sender.send(&[&form.request()[..], b"--of-the-form\r\n"].concat());
    let (status, answer) = sender.answer();
    assert_eq!((status, &answer["code"]), (400, &json!("invalid_field")));
    assert_eq!(answer["detail"], "prepared");

    form.request["prepared"]["byte_range"] = right;
    form.file.extend_from_slice(&[b' '; 1000]);
    let body = form.body();
    let mut sender = Sender::begin(&registry, body.len() + (16 << 20));
    sender.send(&body[..body.len() - 100]);
    let (status, answer) = sender.answer();
    assert_eq!((status, &answer["code"]), (400, &json!("invalid_field")));
    let detail = answer["detail"].as_str().unwrap();
    assert!(detail.starts_with("file: tệp dài hơn"), "{detail}");
    assert_eq!(below(server), 0, "it was gone before the answer came");
}

/// How much of its memory a process has in use, in bytes.
fn resident(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.map_or(0, |kib| kib.parse::<usize>().unwrap() << 10)
}

/// The processes apart have all but the last byte in their memory, before their senders have sent that; the server has
/// less of all together than one file is long.
#[test]
fn a_large_file_is_with_the_process_apart_before_its_end_has_come_and_never_with_the_server() {
    const SENDERS: usize = 4;
    let world = World::own(Database::Sqlite).unwrap();
    let registry = Registry::new(&world);
    let server = &world.deployment.server;
    let text = "x".repeat(15 << 20);
    let file = registry.outgoing(&text, 1);
    let form = Form::of(&registry, &file);
    // What a first call takes for good.
    let reply = Form::of(&registry, &registry.outgoing("trước", 2)).send(&registry);
    assert_eq!(reply.status, 200, "{}", reply.text());

    let body = form.body();
    let (most, last) = body.split_at(body.len() - b"x\r\n--of-the-form--\r\n".len());
    let before = resident(server.id());
    let mut senders: Vec<Sender> = (0..SENDERS)
        .map(|_| {
            let mut sender = Sender::begin(&registry, body.len());
            sender.send(most);
            sender
        })
        .collect();
    let all_there = || {
        let apart = children(server);
        let have = apart
            .iter()
            .filter(|one| resident(**one) >= form.file.len());
        have.count() == SENDERS
    };
    until(all_there);
    let grown = resident(server.id()).saturating_sub(before);
    assert!(grown < form.file.len() / 2, "the server took {grown} bytes");

    for sender in &mut senders {
        sender.send(last);
    }
    for sender in &mut senders {
        let (status, answer) = sender.answer();
        assert_eq!(status, 200, "{answer}");
        file.completed(answer["signature"].as_str().unwrap());
    }
    assert_eq!(below(server), 0);
}
