//! What a witness remembers, and what it refuses to start with.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::mpsc;
use std::thread;

use crate::log::Log;
use crate::program::{Desk, ask};

/// A desk with a witness `w` that knows so many entries of the log and does not run.
fn left(size: u64) -> Desk {
    let desk = Desk::new();
    desk.witness("w");
    let log = Log::new(size);
    let witness = desk.serve("w", &[&log]);
    witness.cosign(&log, 0, &mut log.checkpoint());
    witness.kill();
    desk
}

/// Starts in vain; the sentences in both languages.
fn refused(desk: &Desk) -> [String; 2] {
    let key = Log::new(0).key();
    ["vi", "en"].map(|language| {
        let said = desk.serve_in_vain(&format!(
            "--language {language} witness serve w --listen 127.0.0.1:0 --log {key}"
        ));
        assert_eq!(said.code(), 1, "{said:?}");
        said.err()
    })
}

fn assert_says(desk: &Desk, vietnamese: &str, english: &str) {
    let [vi, en] = refused(desk);
    assert!(vi.contains(vietnamese), "{vi}");
    assert!(en.contains(english), "{en}");
}

#[test]
fn a_witness_that_was_killed_goes_on_where_it_was() {
    let desk = left(5);
    for (old, new) in [(5, 9), (9, 700)] {
        let log = Log::new(new);
        let witness = desk.serve("w", &[&log]);
        assert_eq!(witness.size(&log), old);
        assert_eq!(witness.add(&Log::rewritten(new).request(old)).status, 422);
        witness.cosign(&log, old, &mut log.checkpoint());
        witness.kill();
    }
}

#[test]
fn a_witness_that_is_killed_at_work_never_forgets_what_it_answered() {
    let desk = left(1);
    for round in 0..5 {
        let witness = desk.serve("w", &[&Log::new(0)]);
        let (address, from) = (witness.address, witness.size(&Log::new(1_000)));
        let (tell, told) = mpsc::channel();
        let asking = thread::spawn(move || {
            for old in from.. {
                let request = Log::new(old + 1).request(old);
                let head = format!(
                    "POST /add-checkpoint HTTP/1.1\r\ncontent-length: {}",
                    request.len()
                );
                match ask(address, &head, &request) {
                    Some(answer) => assert_eq!(answer.status, 200, "{answer:?}"),
                    None => return,
                }
                tell.send(old + 1).unwrap();
            }
        });
        let mut answered = told.iter().nth(3 + round).unwrap();
        witness.kill();
        answered = told.iter().last().unwrap_or(answered);
        asking.join().unwrap();
        let again = desk.serve("w", &[&Log::new(0)]);
        let size = again.size(&Log::new(1_000));
        assert!(
            (answered..=answered + 1).contains(&size),
            "{answered} {size}"
        );
        again.kill();
    }
}

#[test]
fn a_directory_has_one_witness_at_a_time() {
    let desk = left(5);
    let witness = desk.serve("w", &[&Log::new(0)]);
    assert_says(&desk, "đang dùng w.", "Another process uses w.");
    witness.kill();
    let again = desk.serve("w", &[&Log::new(0)]);
    assert_eq!(again.size(&Log::new(5)), 5);
}

#[test]
fn a_state_that_is_torn_edited_or_missing_is_refused() {
    let desk = left(5);
    let state = desk.path("w/state");
    let good = fs::read_to_string(&state).unwrap();
    for bad in [
        &good[..good.len() - 1],
        &good[..good.len() / 2],
        "",
        &good.replacen("\\n5\\n", "\\n4\\n", 1),
    ] {
        fs::write(&state, bad).unwrap();
        assert_says(
            &desk,
            "w/state bị hỏng hoặc đã bị sửa.",
            "w/state is torn or was edited.",
        );
    }
    fs::remove_file(&state).unwrap();
    assert_says(&desk, "Thiếu w/state", "w/state is missing");
    fs::write(&state, &good).unwrap();
    let witness = desk.serve("w", &[&Log::new(0)]);
    assert_eq!(witness.size(&Log::new(5)), 5);
}

#[test]
fn another_witnesss_state_is_refused() {
    let desk = left(5);
    desk.witness("v");
    fs::copy(desk.path("v/key"), desk.path("w/key")).unwrap();
    assert_says(
        &desk,
        "w/state không phải do khóa",
        "w/state was not cosigned",
    );
}

#[test]
fn a_key_that_is_exposed_or_damaged_is_refused() {
    let desk = left(5);
    let key = desk.path("w/key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    assert_says(
        &desk,
        "w/key: hãy đặt quyền 0600",
        "w/key: give it mode 0600",
    );
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let line = fs::read_to_string(&key).unwrap();
    fs::write(&key, &line[..line.len() - 5]).unwrap();
    assert_says(&desk, "w/key không có khóa", "w/key holds no secret key");
}

/// What the documentation says is not noticed, so that nobody believes otherwise: a state of
/// yesterday is as good to the witness as that of today, and a second history goes on from there.
/// The log can see it, since it is told a smaller size than it has a cosignature for.
#[test]
fn an_older_state_that_is_put_back_is_not_noticed_by_the_witness() {
    let desk = left(5);
    let yesterday = fs::read(desk.path("w/state")).unwrap();
    let witness = desk.serve("w", &[&Log::new(0)]);
    let today = Log::new(9);
    witness.cosign(&today, 5, &mut today.checkpoint());
    witness.kill();
    fs::write(desk.path("w/state"), yesterday).unwrap();
    let witness = desk.serve("w", &[&Log::new(0)]);
    assert_eq!(witness.size(&today), 5, "the log had a cosignature for 9");
    let second = Log::new(5).turned("second").grown(9);
    witness.cosign(&second, 5, &mut second.checkpoint());
    assert_eq!(witness.add(&today.request(5)).status, 409);
    assert_eq!(witness.add(&today.request(9)).status, 422);
}
