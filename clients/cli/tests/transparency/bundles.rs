//! Bundles under checkpoints that a running witness cosigned, verified with nothing but keys.

use serde_json::Value;

use crate::log::Log;
use crate::program::{Desk, Said};

/// A desk with a bundle of entries 1 to 299 under the checkpoint that `v` cosigned, keys in files and
/// all of them in `trusted`, a receipt under the same checkpoint, and one of when the log had grown.
fn desk() -> Desk {
    let desk = Desk::new();
    let log = Log::new(300);
    let key = desk.witness("v");
    let mut checkpoint = log.checkpoint();
    desk.serve("v", &[&log]).cosign(&log, 0, &mut checkpoint);
    desk.file("log.key", format!("{}\n", log.key()));
    desk.file("export.key", Log::export_key().to_string());
    desk.file("v.key", key.to_string());
    let export = Log::export_key();
    let policy = format!(
        "# Ours\n\nlog {}\nexport {export}\nwitness {key}\nquorum 1\n",
        log.key()
    );
    desk.file("trusted", policy);
    desk.file("b.tar", log.bundle(checkpoint.clone(), vec![key]));
    desk.file("checkpoint", checkpoint.to_string());
    desk.file("r", log.receipt(41, checkpoint));
    let grown = log.grown(310);
    desk.file("later", grown.checkpoint().to_string());
    desk.file("later.tar", grown.bundle(grown.checkpoint(), vec![]));
    desk.file("forked", Log::rewritten(300).checkpoint().to_string());
    desk
}

fn verify(desk: &Desk, rest: &str) -> Said {
    desk.kyso(&format!("audit verify b.tar {rest}"))
}

/// Why a bundle does not hold, for programs and for people.
fn fault(said: &Said) -> (String, String) {
    assert_eq!(said.code(), 1, "{said:?}");
    assert_eq!(said.out(), "", "nothing untrue is shown");
    let error: Value = serde_json::from_str(&said.err()).unwrap();
    let text = |name: &str| error[name].as_str().unwrap().to_owned();
    (text("error"), text("message"))
}

const KEYS: &str = "--log-key @log.key --export-key @export.key --witness @v.key --quorum 1";

#[test]
fn a_bundle_says_what_it_holds_and_who_cosigned() {
    let desk = desk();
    for keys in [KEYS, "--policy trusted"] {
        let said = verify(&desk, keys);
        assert_eq!(said.code(), 0, "{said:?}");
        for words in [
            "Log: kyso.example/log (kyso-1)\n",
            "Entries: 1 – 299\n",
            "Entries of the checkpoint: 300\n",
            "Cosigned by: v.example, 20",
            "Exported: 2026-11-27T17:00:00.000000Z, person p-3\n",
            "Checked with: those that you gave\n",
            "Held against: nothing; a cut tail would not show\n",
            "b.tar holds as far as this copy shows: complete from entry 1 to entry 299 of the log kyso.example/log.\n",
        ] {
            assert!(said.out().contains(words), "{words}{}", said.out());
        }
    }
    let said = verify(&desk, "--policy trusted --language vi --against r");
    for words in [
        "Kiểm bằng: khóa mà đồng chí nêu\n",
        "Đối chiếu: khớp với nhật ký 300 dòng\n",
        "b.tar đúng trong phạm vi tệp này cho thấy: đầy đủ từ dòng 1 đến dòng 299 của nhật ký kyso.example/log.\n",
    ] {
        assert!(said.out().contains(words), "{words}{}", said.out());
    }
}

#[test]
fn a_bundle_is_one_document_for_programs() {
    let desk = desk();
    let said = verify(&desk, &format!("--json {KEYS} --against checkpoint"));
    assert_eq!(said.code(), 0, "{said:?}");
    let report: Value = serde_json::from_str(&said.out()).unwrap();
    assert_eq!(report["valid"], true);
    assert_eq!(
        (&report["first"], &report["last"]),
        (&1.into(), &299.into())
    );
    assert_eq!(report["checkpoint"]["size"], 300);
    assert_eq!(report["keys"]["export"], "given");
    assert_eq!(report["witnesses"][0]["name"], "v.example");
    assert_eq!(report["against"], serde_json::json!([300]));
    assert_eq!(report["page_known"], true);
}

#[test]
fn keys_that_only_the_bundle_names_are_said_to_be() {
    let desk = desk();
    let said = verify(&desk, "");
    assert_eq!(said.code(), 0, "{said:?}");
    let words = "Checked with: those in the bundle itself: whoever made the bundle may have made the keys\n";
    assert!(said.out().contains(words), "{}", said.out());
    let said = verify(&desk, "--log-key @log.key");
    assert!(
        said.out()
            .contains("but for the manifest's, which is the bundle's own\n")
    );
}

#[test]
fn what_was_changed_is_named() {
    let desk = desk();
    let mut bundle = std::fs::read(desk.path("b.tar")).unwrap();
    let entry = b"\"seq\":41,";
    let at = bundle
        .windows(entry.len())
        .position(|bytes| bytes == entry)
        .unwrap();
    bundle[at + 20] ^= 1;
    std::fs::write(desk.path("b.tar"), bundle).unwrap();
    let said = verify(&desk, &format!("--json {KEYS}"));
    let (word, sentence) = fault(&said);
    assert_eq!(word, "entry_changed");
    assert!(
        sentence.starts_with("b.tar is not true: entry 41 was changed"),
        "{sentence}"
    );
    let said = verify(&desk, "--json --language vi");
    assert!(
        fault(&said)
            .1
            .starts_with("b.tar không đúng: dòng 41 đã bị thay đổi"),
        "{said:?}"
    );
}

#[test]
fn what_somebody_kept_shows_a_cut_tail_and_a_fork() {
    let desk = desk();
    for (kept, word, names) in [
        ("later", "tail_cut_off", "entries 300 to 309 are missing"),
        (
            "later.tar",
            "tail_cut_off",
            "entries 300 to 309 are missing",
        ),
        ("forked", "forked", "first 300 entries"),
        ("log.key", "not_evidence", "log.key"),
    ] {
        let said = verify(
            &desk,
            &format!("--json {KEYS} --against checkpoint --against {kept}"),
        );
        let (said, sentence) = fault(&said);
        assert_eq!(said, word, "{kept}: {sentence}");
        assert!(sentence.contains(names), "{sentence}");
    }
}

#[test]
fn too_few_witnesses_and_others_keys_do_not_pass() {
    let desk = desk();
    desk.witness("w");
    let w = desk.kyso("witness init x --name x.example").out();
    desk.file("x.key", w);
    let two = "--log-key @log.key --witness @v.key --witness @x.key";
    assert_eq!(
        fault(&verify(&desk, &format!("--json {two}"))).0,
        "too_few_witnesses"
    );
    assert_eq!(verify(&desk, &format!("{two} --quorum 1")).code(), 0);
    let other = format!(
        "--json --log-key {}",
        Log::of("kyso.example/log", 9, "x").key()
    );
    assert_eq!(fault(&verify(&desk, &other)).0, "unsigned");
}

#[test]
fn a_file_of_keys_that_cannot_be_read_is_wrong_usage() {
    let desk = desk();
    for (text, line) in [
        ("quorum\n", "line 1"),
        ("\nlog x\n", "line 2"),
        ("quorum 1\nquorum 1\n", "line 2"),
        ("\n", "no key"),
    ] {
        desk.file("bad", text);
        let said = verify(&desk, "--policy bad");
        assert_eq!(said.code(), 2, "{said:?}");
        assert!(said.err().contains(line), "{said:?}");
    }
}

#[test]
fn entries_and_receipts_can_be_taken_out() {
    let desk = desk();
    let said = desk.kyso("audit extract b.tar --policy trusted");
    assert_eq!(said.code(), 0, "{said:?}");
    let lines: Vec<Value> = said
        .out()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let numbers: Vec<u64> = lines
        .iter()
        .map(|line| line["entry"]["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (1..300).collect::<Vec<_>>());
    let said = desk.kyso("audit extract b.tar --policy trusted --entry 299");
    assert_eq!(said.code(), 0, "{said:?}");
    desk.file("taken", said.out());
    let said = desk.kyso("receipt verify taken --log-key @log.key --witness @v.key --quorum 1");
    assert_eq!(said.code(), 0, "{said:?}");
    assert!(
        said.out().contains("taken holds: entry 299 is in the log"),
        "{said:?}"
    );
    let said = desk.kyso("--json audit extract b.tar --policy trusted --entry 300");
    assert_eq!(fault(&said).0, "entry_not_held");
}
