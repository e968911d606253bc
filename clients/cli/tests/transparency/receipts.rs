//! Receipts under checkpoints that running witnesses cosigned, verified with nothing but keys.

use serde_json::Value;

use crate::log::Log;
use crate::program::{Desk, Said};

/// A desk with a receipt for entry 41 of 300 under the checkpoint that `v` and `w` cosigned, and
/// the keys in files.
fn desk() -> Desk {
    let desk = Desk::new();
    let log = Log::new(300);
    let mut checkpoint = log.checkpoint();
    for name in ["v", "w", "x"] {
        let key = desk.witness(name);
        desk.file(&format!("{name}.key"), format!("{key}\n"));
        if name != "x" {
            let witness = desk.serve(name, &[&log]);
            witness.cosign(&log, 0, &mut checkpoint);
        }
    }
    desk.file("log.key", format!("{}\n", log.key()));
    desk.file("r", log.receipt(41, checkpoint));
    desk
}

fn verify(desk: &Desk, rest: &str) -> Said {
    desk.kyso(&format!("receipt verify r --log-key @log.key {rest}"))
}

/// Why a receipt does not hold, for programs.
fn word(said: &Said) -> String {
    assert_eq!(said.code(), 1, "{said:?}");
    assert_eq!(said.out(), "", "nothing untrue is shown");
    let error: Value = serde_json::from_str(&said.err()).unwrap();
    error["error"].as_str().unwrap().to_owned()
}

const BOTH: &str = "--witness @v.key --witness @w.key --quorum 2";

#[test]
fn a_receipt_says_which_entry_is_where_and_who_cosigned() {
    let desk = desk();
    let said = verify(&desk, BOTH);
    assert_eq!(said.code(), 0, "{said:?}");
    for words in [
        "Number: 41\n",
        "Event: What became of an intent, digest by digest. (signature.outcome)\n",
        "Time: 2026-11-23T08:00:00.000000Z\n",
        "Outcome: done (ok)\n",
        "Request: r-17\n",
        "Digest: sha256 0000000000000000000000000000000000000000000000000000000000000029, signed\n",
        "Entries of the checkpoint: 300\n",
        "Cosigned by: v.example, 20",
        "Cosigned by: w.example, 20",
        "r holds: entry 41 is in the log kyso.example/log, among its first 300.\n",
    ] {
        assert!(said.out().contains(words), "{words}{}", said.out());
    }
    let said = verify(&desk, &format!("{BOTH} --language vi"));
    for words in [
        "Số: 41\n",
        "Sự kiện: Kết quả của lần ký, theo từng giá trị băm. (signature.outcome)\n",
        "Kết quả: đã thực hiện (ok)\n",
        "0029, đã ký\n",
        "Số dòng của mốc: 300\n",
        "Làm chứng bởi: v.example, 20",
        "r đúng: dòng 41 nằm trong nhật ký kyso.example/log, trong số 300 dòng đầu.\n",
    ] {
        assert!(said.out().contains(words), "{words}{}", said.out());
    }
}

#[test]
fn a_receipt_is_one_document_for_programs() {
    let desk = desk();
    let said = verify(&desk, &format!("{BOTH} --json"));
    assert_eq!(said.code(), 0, "{said:?}");
    let report: Value = serde_json::from_str(&said.out()).unwrap();
    assert_eq!(report["valid"], true);
    assert_eq!(report["sequence"], 41);
    assert_eq!(report["entry"]["request"], "r-17");
    assert_eq!(report["checkpoint"]["size"], 300);
    assert_eq!(report["checkpoint"]["origin"], "kyso.example/log");
    assert_eq!(report["witnesses"][1]["name"], "w.example");
    assert_eq!(report["witnesses"].as_array().unwrap().len(), 2);
}

#[test]
fn a_receipt_needs_as_many_witnesses_as_are_asked_for() {
    let desk = desk();
    let all = "--witness @v.key --witness @w.key --witness @x.key --json --quorum";
    assert_eq!(verify(&desk, &format!("{all} 2")).code(), 0);
    assert_eq!(
        word(&verify(&desk, &format!("{all} 3"))),
        "too_few_witnesses"
    );
    let one = "--witness @x.key --quorum 1";
    assert_eq!(
        word(&verify(&desk, &format!("{one} --json"))),
        "too_few_witnesses"
    );
    let sentence = "r: 0 of the witnesses named have cosigned, and 1 are needed.\n";
    assert_eq!(verify(&desk, one).err(), sentence);
    let sentence = "r: mới có 0 bên làm chứng ký, cần 1.\n";
    assert_eq!(
        verify(&desk, &format!("{one} --language vi")).err(),
        sentence
    );
    let nobody = verify(&desk, "--quorum 0");
    assert_eq!(nobody.code(), 0);
    let warns = "Cosigned by: by nobody; a second history would not show\n";
    assert!(nobody.out().contains(warns), "{}", nobody.out());
}

#[test]
fn a_receipt_holds_with_the_right_keys_only() {
    let desk = desk();
    let other = Log::of("kyso.example/log", 8, "first").key();
    let foreign = Log::of("other.example/log", 7, "first").key();
    for (key, why, sentence) in [
        (
            other,
            "unsigned",
            "r has no signature by the key of kyso.example/log that is named.\n",
        ),
        (
            foreign,
            "other_log",
            "r is of the log kyso.example/log, not other.example/log.\n",
        ),
    ] {
        let line = format!("receipt verify r --log-key {key} --quorum 0");
        assert_eq!(word(&desk.kyso(&format!("{line} --json"))), why);
        assert_eq!(desk.kyso(&line).err(), sentence);
    }
}

#[test]
fn a_changed_receipt_says_what_is_wrong_with_it() {
    let desk = desk();
    let good = std::fs::read_to_string(desk.path("r")).unwrap();
    let line = |number: usize| good.lines().nth(number).unwrap().to_owned();
    let reversed = |text: &str| text.chars().rev().collect::<String>();
    // Its path, which has more than one hash, with two of them exchanged.
    let path = format!("{}\n{}\n", line(3), line(4));
    let exchanged = good.replacen(&path, &format!("{}\n{}\n", line(4), line(3)), 1);
    let witness = good
        .lines()
        .find(|line| line.contains("v.example"))
        .unwrap();
    let name = witness.split(' ').nth(1).unwrap();
    let value = witness.split(' ').nth(2).unwrap();
    // Bytes in the middle of the signature, which do not read the same backwards.
    let (id, middle, end) = (&value[..40], &value[40..80], &value[80..]);
    let spoilt = format!("{name} {id}{}{end}", reversed(middle));
    for (text, why) in [
        (
            good.replacen("\nindex 41\n", "\nindex 42\n", 1),
            "misplaced",
        ),
        (good.replacen("extra ", "extra AAAA", 1), "not_a_receipt"),
        (good.replacen("@v1", "@v2", 1), "not_a_receipt"),
        ("x".repeat(300_000), "not_a_receipt"),
        (exchanged, "not_in_log"),
        (good.replacen("\n300\n", "\n299\n", 1), "signature_invalid"),
        (
            good.replacen(&format!("{name} {value}"), &spoilt, 1),
            "signature_invalid",
        ),
    ] {
        assert_ne!(text, good, "{why}");
        desk.file("r", &text);
        let said = verify(&desk, &format!("{BOTH} --json"));
        assert_eq!(word(&said), why, "{text}");
    }
}

#[test]
fn no_changed_byte_of_a_receipt_passes() {
    let desk = desk();
    let good = std::fs::read(desk.path("r")).unwrap();
    // A library's test changes each; the program is started for some.
    for at in (0..good.len()).step_by(good.len() / 40) {
        let mut bad = good.clone();
        bad[at] ^= 1;
        desk.file("r", &bad);
        let said = verify(&desk, BOTH);
        assert_eq!(said.code(), 1, "byte {at}: {said:?}");
        assert_eq!(said.out(), "");
        assert_eq!(
            said.err().lines().count(),
            1,
            "one sentence: {}",
            said.err()
        );
    }
}

#[test]
fn keys_and_numbers_that_make_no_policy_are_wrong_usage() {
    let desk = desk();
    for (rest, sentence) in [
        (
            "--witness @v.key --quorum 2",
            "2 witnesses are asked for, but only 1 are named.\n",
        ),
        (
            "--witness @v.key --witness @v.key --quorum 2",
            "Witness v.example has the key of another one that is named.\n",
        ),
        (
            "--witness @log.key --quorum 1",
            "@log.key is a key of type 2: a log's is of type 1 or 2, a witness's of type 4.\n",
        ),
        (
            "--witness nonsense --quorum 1",
            "nonsense is no verifier key, or a damaged one.\n",
        ),
    ] {
        let said = verify(&desk, rest);
        assert_eq!((said.code(), said.err().as_str()), (2, sentence));
    }
    let absent = verify(&desk, "--witness @absent --quorum 1");
    assert_eq!(absent.code(), 1);
    assert!(absent.err().starts_with("absent: "), "{}", absent.err());
}
