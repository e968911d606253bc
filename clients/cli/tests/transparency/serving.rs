//! What a witness answers, over HTTP.

use std::sync::{Arc, Barrier};
use std::thread;

use crate::log::Log;
use crate::program::{Desk, Running, add, ask};

/// A witness of the log, which knows so many of its entries.
fn knowing(desk: &Desk, log: &Log, size: u64) -> Running {
    desk.witness("w");
    let witness = desk.serve("w", &[log]);
    let known = Log::new(size);
    witness.cosign(&known, 0, &mut known.checkpoint());
    witness
}

#[test]
fn a_first_checkpoint_what_grew_from_it_and_the_same_again_are_cosigned() {
    let desk = Desk::new();
    let key = desk.witness("w");
    let log = Log::new(5);
    let witness = desk.serve("w", &[&log]);
    assert_eq!(witness.key, key);
    witness.cosign(&log, 0, &mut log.checkpoint());
    for (old, new) in [
        (5, 6),
        (6, 300),
        (300, 1_000),
        (1_000, 1_000),
        (1_000, 1_000),
    ] {
        let log = Log::new(new);
        witness.cosign(&log, old, &mut log.checkpoint());
    }
    assert_eq!(witness.size(&log), 1_000);
}

#[test]
fn a_second_history_is_refused_and_kept_for_evidence() {
    let desk = Desk::new();
    let mut witness = knowing(&desk, &Log::new(0), 5);
    // As large, larger with the proof of its own tree, and as a first checkpoint.
    for size in [5, 9] {
        let second = Log::rewritten(size);
        let answer = witness.add(&second.request(5));
        assert_eq!(answer.status, 422, "{answer:?}");
        let event = witness.event();
        assert_eq!(event["event"], "inconsistent");
        assert_eq!(event["checkpoint"], second.checkpoint().to_string());
    }
    let answer = witness.add(&Log::rewritten(9).request(0));
    assert_eq!((answer.status, answer.size()), (409, 5));
    // It goes on with the first.
    let first = Log::new(9);
    witness.cosign(&first, 5, &mut first.checkpoint());
}

#[test]
fn a_log_that_was_set_back_is_told_the_size_that_is_known() {
    let desk = Desk::new();
    let witness = knowing(&desk, &Log::new(0), 9);
    for (old, size) in [(0, 5), (4, 5), (5, 5), (5, 9), (5, 12)] {
        let answer = witness.add(&Log::new(size).request(old));
        assert_eq!((answer.status, answer.size()), (409, 9), "{old} {size}");
    }
}

#[test]
fn of_several_that_continue_one_checkpoint_at_once_one_is_cosigned() {
    const AT_ONCE: u64 = 8;
    let desk = Desk::new();
    let witness = knowing(&desk, &Log::new(0), 5);
    let together = Arc::new(Barrier::new(usize::try_from(AT_ONCE).unwrap()));
    let ask = |size: u64| {
        let (together, address) = (Arc::clone(&together), witness.address);
        thread::spawn(move || {
            let request = Log::new(size).request(5);
            together.wait();
            (size, add(address, &request))
        })
    };
    let threads: Vec<_> = (6..6 + AT_ONCE).map(ask).collect();
    let answers: Vec<_> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    let (won, lost): (Vec<_>, Vec<_>) =
        answers.iter().partition(|(_, answer)| answer.status == 200);
    assert_eq!(won.len(), 1, "{answers:?}");
    for (_, answer) in lost {
        assert_eq!((answer.status, answer.size()), (409, won[0].0));
    }
}

#[test]
fn two_histories_at_once_are_not_both_cosigned() {
    let desk = Desk::new();
    let witness = knowing(&desk, &Log::new(0), 0);
    let address = witness.address;
    let ask = |log: Log| thread::spawn(move || add(address, &log.request(0)).status);
    let threads = [ask(Log::new(7)), ask(Log::rewritten(7))];
    let mut statuses = threads.map(|thread| thread.join().unwrap());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
}

#[test]
fn what_the_log_did_not_sign_is_refused() {
    let desk = Desk::new();
    let witness = knowing(&desk, &Log::new(0), 5);
    let log = Log::new(9);
    let another = Log::of(crate::log::ORIGIN, 8, "first").grown(9);
    let changed = log.request(5).replacen("\n9\n", "\n8\n", 1);
    for request in [another.request(5), changed] {
        let answer = witness.add(&request);
        assert_eq!(answer.status, 403, "{answer:?}");
    }
    let unknown = Log::of("other.example/log", 7, "first").grown(9);
    assert_eq!(witness.add(&unknown.request(0)).status, 404);
    assert_eq!(witness.size(&log), 5);
}

#[test]
fn what_is_no_request_is_refused() {
    let desk = Desk::new();
    let log = Log::new(9);
    let witness = knowing(&desk, &log, 5);
    let good = log.request(5);
    let backwards = Log::new(4).request(4).replacen("old 4", "old 5", 1);
    let cut = &good[..good.len() / 2];
    for garbage in [
        "",
        "garbage",
        cut,
        &good.replacen("old 5", "old 05", 1),
        &backwards,
    ] {
        let answer = witness.add(garbage);
        assert_eq!(answer.status, 400, "{garbage}: {answer:?}");
        assert_eq!(answer.body.lines().count(), 1, "{answer:?}");
    }
    assert_eq!(witness.add(&good).status, 200);
}

#[test]
fn a_body_over_the_limit_is_refused_however_it_comes() {
    let desk = Desk::new();
    let log = Log::new(5);
    let witness = knowing(&desk, &log, 5);
    let garbage = "x".repeat(200_000);
    assert_eq!(witness.add(&garbage).status, 413);
    let chunked = "POST /add-checkpoint HTTP/1.1\r\ntransfer-encoding: chunked";
    let body = format!("{:x}\r\n{garbage}\r\n0\r\n\r\n", garbage.len());
    let answer = ask(witness.address, chunked, &body).unwrap();
    assert_eq!(answer.status, 413);
    let request = log.request(5);
    let body = format!("{:x}\r\n{request}\r\n0\r\n\r\n", request.len());
    let answer = ask(witness.address, chunked, &body).unwrap();
    assert_eq!(answer.status, 200);
}

#[test]
fn there_is_nothing_else_but_the_key() {
    let desk = Desk::new();
    let witness = knowing(&desk, &Log::new(0), 5);
    for (head, status) in [
        ("GET / HTTP/1.1", 200),
        ("POST / HTTP/1.1\r\ncontent-length: 0", 405),
        ("GET /add-checkpoint HTTP/1.1", 405),
        ("GET /key HTTP/1.1", 404),
        ("GET /../key HTTP/1.1", 404),
        ("no HTTP", 400),
    ] {
        let answer = ask(witness.address, head, "").unwrap();
        assert_eq!(answer.status, status, "{head}");
        let says_key = answer.body == format!("{}\n", witness.key);
        assert_eq!(says_key, status == 200, "{head}");
    }
}

#[test]
fn a_witness_keeps_its_logs_apart() {
    let desk = Desk::new();
    desk.witness("w");
    let first = Log::new(5);
    let second = Log::of("other.example/log", 8, "first").grown(9);
    let witness = desk.serve("w", &[&first, &second]);
    witness.cosign(&first, 0, &mut first.checkpoint());
    witness.cosign(&second, 0, &mut second.checkpoint());
    assert_eq!((witness.size(&first), witness.size(&second)), (5, 9));
}
