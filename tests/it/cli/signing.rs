//! A person signs files, and what a script learns when that does not work.

use std::net::TcpListener;
use std::process::Command;

use serde_json::Value;

use super::{Terminal, code, why};
use crate::log;
use crate::world::World;

#[test]
fn a_person_signs_files_and_openssl_verifies_them() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::of_signer(world, &signer.account);
    let listed = terminal.json(&["credentials"]);
    let mut listed: Vec<&str> = listed.as_array().unwrap().iter().map(id).collect();
    let mut own = [&*signer.credentials.rsa, &*signer.credentials.p256];
    listed.sort_unstable();
    own.sort_unstable();
    assert_eq!(listed, own);
    for (credential, files) in [
        (own[0], ["Quyết định.txt", "Tờ trình.txt"]),
        (own[1], ["a.txt", "b.txt"]),
    ] {
        for file in files {
            terminal.write(file, file);
        }
        terminal.take_otp(&signer.account);
        let [first, second] = files;
        let sign = ["sign", first, second, "--otp-file", "otp"];
        let results = terminal.json(&[&sign[..], &["--credential", credential]].concat());
        assert_eq!(results.as_array().unwrap().len(), 2, "{results}");
        for file in files {
            assert!(terminal.openssl_accepts(file), "{file}");
            let output = terminal.verify(file);
            assert_eq!(code(&output), 0, "{output:?}");
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(report["valid"], true, "{report}");
        }
        let intents = log::of_credential(world, "signature.intent", credential);
        assert_eq!(intents.len(), 1, "one call for both files");
    }
}

/// `script` (of every Debian, package bsdutils) lends a command a terminal of its own.
#[test]
fn whoever_watches_sees_files_being_read_and_signed() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::of_signer(world, &signer.account);
    let files = ["một.txt", "hai.txt", "ba.txt"];
    for file in files {
        terminal.write(file, file);
    }
    let site = world.deployment.server.site();
    let credential = ["--credential", &signer.credentials.p256, "--force"];
    let line = [&["sign", "--otp-file", "otp"], &credential[..], &files].concat();
    let watched = |more: &[&str]| {
        terminal.take_otp(&signer.account);
        let command = terminal.command_at(&site.base_url(), &[&line[..], more].concat());
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let words: Vec<String> = words
            .map(|word| format!("'{}'", word.to_str().unwrap()))
            .collect();
        let mut script = Command::new("script");
        script
            .current_dir(terminal.path(""))
            .env("HOME", terminal.path(""));
        script.args(["--quiet", "--return", "--command", &words.join(" ")]);
        let output = script.arg("/dev/null").env_remove("LANG").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{said}");
        said
    };
    let said = watched(&["--language", "vi"]);
    let read = (1..=3).map(|done| format!("\rĐã đọc {done}/3 tệp"));
    let done = (0..=3).map(|done| format!("\rĐã ký {done}/3 tệp"));
    let steps: Vec<String> = read.chain(done).collect();
    let mut rest = &*said;
    for step in &steps {
        let found = rest.split_once(step.as_str());
        rest = found
            .unwrap_or_else(|| panic!("no {step:?} in its turn: {said:?}"))
            .1;
    }
    assert!(rest.starts_with("\r\n"), "{said:?}");
    let said = watched(&["--json"]);
    assert!(!said.contains("3/3"), "a program reads: {said:?}");
    terminal.take_otp(&signer.account);
    let output = terminal.kyso(&line);
    assert_eq!(code(&output), 0, "{output:?}");
    assert!(output.stderr.is_empty(), "nobody watches: {output:?}");
}

fn id(item: &Value) -> &str {
    item["id"].as_str().unwrap()
}

#[test]
fn a_changed_file_is_not_valid_any_more() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::of_signer(world, &signer.account);
    terminal.write("a.txt", "Kinh phí: 1.000.000 đồng");
    terminal.take_otp(&signer.account);
    let credential = &signer.credentials.p256;
    terminal.done(&[
        "sign",
        "a.txt",
        "--credential",
        credential,
        "--otp-file",
        "otp",
    ]);
    terminal.write("a.txt", "Kinh phí: 9.000.000 đồng");
    assert!(!terminal.openssl_accepts("a.txt"));
    let output = terminal.verify("a.txt");
    assert_eq!(code(&output), 1, "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["digest_matches"], false, "{report}");
}

#[test]
fn exit_codes_and_words_tell_scripts_what_happened() {
    let world = World::sqlite();
    let (signer, other) = (world.signer(), world.signer());
    let own = &signer.credentials.p256;
    let terminal = Terminal::new(world);
    terminal.write("a.txt", "Công văn");
    let sign = ["sign", "a.txt", "--otp-file", "otp", "--credential"];
    let (reason, _) = terminal.fails(3, &[&sign[..], &[own]].concat());
    assert_eq!(reason, "not_signed_in");
    terminal.write("password", "không phải mật khẩu");
    let login = [
        "login",
        &signer.account.login,
        "--password-file",
        "password",
    ];
    let (reason, _) = terminal.fails(3, &login);
    assert_eq!(reason, "wrong_credentials");
    let terminal = Terminal::of_signer(world, &signer.account);
    terminal.write("a.txt", "Công văn");
    terminal.take_otp(&signer.account);
    let theirs = &other.credentials.p256;
    terminal.fails(1, &[&sign[..], &[theirs]].concat());
    terminal.write("otp", &signer.account.authenticator.wrong());
    let (reason, _) = terminal.fails(1, &[&sign[..], &[own]].concat());
    assert_eq!(reason, "otp_invalid");
    terminal.fails(1, &["audit", "list"]);
    assert_eq!(code(&terminal.kyso(&["sign", "a.txt"])), 2);
    assert_eq!(code(&terminal.kyso(&["no-such-command"])), 2);
    assert!(!terminal.path("a.txt.p7s").exists());
    terminal.done(&["logout"]);
    assert_eq!(terminal.fails(3, &["whoami"]).0, "not_signed_in");
}

#[test]
fn a_server_that_is_away_has_an_exit_code_of_its_own() {
    let world = World::sqlite();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = format!("https://{}", listener.local_addr().unwrap());
    drop(listener);
    let terminal = Terminal::new(world);
    terminal.write("password", "Mk-000000000000");
    let login = ["--json", "login", "lanh-dao", "--password-file", "password"];
    let output = terminal.kyso_at(&away, &login);
    assert_eq!(code(&output), 4, "{output:?}");
    assert_eq!(why(&output).0, "unreachable");
}

#[test]
fn people_are_answered_in_vietnamese_unless_they_ask_for_english() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::new(world);
    terminal.write("password", &signer.account.password);
    let login = [
        "login",
        &signer.account.login,
        "--password-file",
        "password",
    ];
    let said = terminal.done(&login);
    assert!(said.starts_with("Đã đăng nhập"), "{said}");
    let said = terminal.done(&[&["--language", "en"], &login[..]].concat());
    assert!(said.starts_with("Signed in"), "{said}");
    // The server's own sentences come in the same language.
    let audit = ["audit", "list"];
    let (_, vietnamese) = terminal.fails(1, &audit);
    let (_, english) = terminal.fails(1, &[&["--language", "en"], &audit[..]].concat());
    assert!(!vietnamese.is_ascii(), "{vietnamese}");
    assert!(english.is_ascii(), "{english}");
}
