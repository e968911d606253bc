//! Checkpoints, cosignatures and the policy that judges them.

use kyso_evidence::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use kyso_evidence::cosignature::TimeError;
use kyso_evidence::key::{LogKey, SignatureError, WitnessKey};
use kyso_evidence::note::NoteSignature;
use kyso_evidence::policy::{Distrust, Policy, PolicyError};
use kyso_evidence::tree::empty_root;
use kyso_evidence::witness::AddCheckpoint;
use kyso_evidence::{Hash, leaf_hash};
use proptest::prelude::*;
use tlog_tiles::{Checkpoint as Theirs, Hash as TlogHash};

use crate::{ORIGIN, cosignature, cosigned, cosigner, hsm, leaf, log_key, signed, spki};

/// A log and witnesses that exist, and a checkpoint of May 2026 with a line of another type.
const REAL: &str = "\
arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
";
const REAL_LOG: &str =
    "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f";
const REAL_WITNESSES: [&str; 4] = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
];

fn policy(witnesses: &[u8], quorum: usize) -> Policy {
    let keys = witnesses
        .iter()
        .map(|&number| cosigner(number).key().clone());
    Policy::new(log_key(), keys.collect(), quorum).unwrap()
}

#[test]
fn a_real_checkpoint_is_judged_with_all_its_witnesses() {
    let log: LogKey = REAL_LOG.parse().unwrap();
    let witnesses = REAL_WITNESSES.map(|vkey| vkey.parse::<WitnessKey>().unwrap());
    let policy = Policy::new(log, witnesses.to_vec(), 4).unwrap();
    let signed = SignedCheckpoint::parse(REAL.as_bytes()).unwrap();
    assert_eq!(signed.to_string(), REAL);
    let trusted = policy.judge(&signed).unwrap();
    assert_eq!(trusted.checkpoint().size(), 1_432_088_532);
    let times = trusted
        .cosignatures()
        .iter()
        .map(|cosignature| cosignature.time);
    assert_eq!(times.collect::<Vec<_>>(), [0x6a12_2120; 4]);
    let larger = REAL.replacen("1432088532", "1432088533", 1);
    assert!(
        policy
            .judge(&SignedCheckpoint::parse(larger.as_bytes()).unwrap())
            .is_err()
    );
}

#[test]
fn the_policy_counts_its_own_witnesses_and_names_them() {
    let signed = cosigned(5, leaf(0));
    let trusted = policy(&[3, 2, 1], 2).judge(&signed).unwrap();
    let seen: Vec<_> = trusted
        .cosignatures()
        .iter()
        .map(|c| (c.witness.as_str(), c.time))
        .collect();
    assert_eq!(
        seen,
        [("witness.example/w2", 1002), ("witness.example/w1", 1001)]
    );
    assert_eq!(trusted.checkpoint(), signed.unverified());
    assert!(policy(&[], 0).judge(&signed).is_ok());
    let too_few = Distrust::Quorum {
        quorum: 2,
        found: 1,
    };
    assert_eq!(policy(&[2, 3], 2).judge(&signed), Err(too_few));
}

#[test]
fn lines_that_share_only_a_name_or_an_id_with_a_key_are_ignored() {
    let good = cosigned(5, leaf(0)).to_string();
    let lines: Vec<_> = good.lines().filter(|line| line.starts_with('—')).collect();
    for (line, name, coded) in [
        (lines[0], ORIGIN, "AAAAAAAA"),
        (lines[1], "witness.example/w1", "AAAAAAAA"),
    ] {
        let renamed = line.replacen(name, "other", 1);
        let unknown = format!("{good}{renamed}\n— {name} {coded}\n");
        let signed = SignedCheckpoint::parse(unknown.as_bytes()).unwrap();
        assert_eq!(signed.note().signatures().len(), 5);
        assert!(policy(&[1, 2], 2).judge(&signed).is_ok());
    }
}

#[test]
fn a_policy_that_counts_one_key_twice_or_never_holds_is_none() {
    let one = cosigner(1).key().clone();
    let renamed = WitnessKey::new("other".parse().unwrap(), &one_key()).unwrap();
    let duplicate = PolicyError::Duplicate(renamed.label().name().clone());
    assert_eq!(
        Policy::new(log_key(), vec![one.clone(), renamed], 2),
        Err(duplicate)
    );
    let never = PolicyError::Quorum {
        quorum: 2,
        witnesses: 1,
    };
    assert_eq!(Policy::new(log_key(), vec![one], 2), Err(never));
}

/// The 32 bytes of witness 1's public key.
fn one_key() -> [u8; 32] {
    let secret = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    secret.verifying_key().to_bytes()
}

#[test]
fn another_logs_signature_or_origin_is_not_believed() {
    let other = LogKey::ecdsa("other.example/log".parse().unwrap(), &spki(&hsm())).unwrap();
    let signed = cosigned(5, leaf(0));
    let foreign = SignatureError::OtherLog(ORIGIN.to_owned());
    assert_eq!(signed.verified_by(&other), Err(foreign));
    let renamed = signed.to_string().replacen(ORIGIN, "other.example/log", 1);
    let renamed = SignedCheckpoint::parse(renamed.as_bytes()).unwrap();
    let missing = SignatureError::Missing(other.label().name().clone());
    assert_eq!(renamed.verified_by(&other), Err(missing));
}

#[test]
fn a_faulty_signature_of_the_hsm_never_leaves() {
    let checkpoint = Checkpoint::new(ORIGIN.to_owned(), 5, leaf(0)).unwrap();
    let invalid = SignatureError::Invalid(log_key().label().name().clone());
    for bad in [vec![], vec![0; 64], vec![0x30, 6, 2, 1, 1, 2, 1, 1]] {
        assert_eq!(
            checkpoint.clone().signed(&log_key(), bad),
            Err(invalid.clone())
        );
    }
}

#[test]
fn a_cosignature_counts_for_its_checkpoint_and_key_alone() {
    let (first, other) = (signed(5, leaf(0)), signed(6, leaf(0)));
    let (one, two) = (cosigner(1), cosigner(2));
    let line = cosignature(1, &first, 7);
    assert_eq!(one.key().verify(first.unverified(), &line), Ok(7));
    let name = |key: &WitnessKey| key.label().name().clone();
    let invalid = SignatureError::Invalid(name(one.key()));
    assert_eq!(one.key().verify(other.unverified(), &line), Err(invalid));
    let missing = SignatureError::Missing(name(two.key()));
    assert_eq!(
        two.key().verify(first.unverified(), &line),
        Err(missing.clone())
    );
    assert_eq!(first.clone().add(two.key(), line), Err(missing));
}

#[test]
fn a_witness_that_cosigns_again_takes_its_old_place() {
    let mut signed = cosigned(5, leaf(0));
    let again = cosignature(1, &signed, 2_000);
    let answer = NoteSignature::parse_lines(format!("{again}\n").as_bytes()).unwrap();
    assert_eq!(signed.add(cosigner(1).key(), answer[0].clone()), Ok(2_000));
    assert_eq!(signed.note().signatures().len(), 3);
    // Where a file has both, the later one is the witness's word.
    let early = cosignature(1, &signed, 1_500);
    let both = SignedCheckpoint::parse(format!("{signed}{early}\n").as_bytes()).unwrap();
    let trusted = policy(&[1], 1).judge(&both).unwrap();
    assert_eq!(trusted.cosignatures()[0].time, 2_000);
}

#[test]
fn a_cosignature_has_a_time_within_the_specifications_bounds() {
    let request = AddCheckpoint::new(0, vec![], signed(5, leaf(0))).unwrap();
    let checked = request.check(&log_key(), None).unwrap();
    let last = u64::MAX / 2;
    for time in [1, last] {
        assert!(cosigner(1).cosign(&checked, time).is_ok());
    }
    for time in [0, last + 1, u64::MAX] {
        assert_eq!(cosigner(1).cosign(&checked, time), Err(TimeError(time)));
    }
    assert!(!format!("{:?}", cosigner(1)).contains("secret"));
}

#[test]
fn other_text_is_no_checkpoint() {
    let root = "U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=";
    assert!(Checkpoint::parse("a b\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n").is_ok());
    for (text, error) in [
        (String::new(), CheckpointError::Form),
        (format!("a\n1\n{root}"), CheckpointError::Form),
        (format!("a\n1\n{root}\n\n"), CheckpointError::Form),
        (format!("a\n1\n{root}\nextension\n"), CheckpointError::Form),
        (format!("a\n01\n{root}\n"), CheckpointError::Form),
        (format!("a\n+1\n{root}\n"), CheckpointError::Form),
        (format!("a\n-1\n{root}\n"), CheckpointError::Form),
        (
            format!("a\n18446744073709551616\n{root}\n"),
            CheckpointError::Form,
        ),
        (format!("a\n1\n{root} \n"), CheckpointError::Form),
        (format!("a\n1\n{}\n", &root[..43]), CheckpointError::Form),
        (
            format!("a\n1\n{}\n", root.replace("Ro=", "Rp=")),
            CheckpointError::Form,
        ),
        ("a\n1\nAAAA\n".to_owned(), CheckpointError::Form),
        (format!("\n1\n{root}\n"), CheckpointError::Origin),
        (format!("a\tb\n1\n{root}\n"), CheckpointError::Origin),
        (format!("a\n0\n{root}\n"), CheckpointError::EmptyRoot),
    ] {
        assert_eq!(Checkpoint::parse(&text), Err(error), "{text:?}");
    }
}

proptest! {
    #[test]
    fn checkpoints_are_read_and_written_as_others_do(
        origin in "[!-~][ -~]{0,30}", size: u64, root: Hash,
    ) {
        let root = if size == 0 { empty_root() } else { root };
        let ours = Checkpoint::new(origin.clone(), size, root).unwrap();
        let text = ours.to_string();
        let theirs = Theirs::new(&origin, size, TlogHash(root), "").unwrap();
        prop_assert_eq!(text.as_bytes(), theirs.to_bytes());
        let read = Theirs::from_bytes(text.as_bytes()).unwrap();
        prop_assert_eq!((read.origin(), read.size(), read.hash().0), (origin.as_str(), size, root));
        prop_assert_eq!(Checkpoint::parse(&text).unwrap(), ours);
    }

    #[test]
    fn any_checkpoint_is_read_or_refused(text in "[a-z]{0,3}\n[0-9+]{0,3}\n([A-Za-z0-9+/]{42}[A-Z]=)?\n([a-z]{1,3}\n)?") {
        match Checkpoint::parse(&text) {
            Ok(ours) => {
                prop_assert_eq!(ours.to_string(), text.clone());
                prop_assert!(Theirs::from_bytes(text.as_bytes()).is_ok());
            }
            Err(CheckpointError::EmptyRoot) => {}
            Err(_) => {
                let theirs = Theirs::from_bytes(text.as_bytes());
                prop_assert!(theirs.ok().is_none_or(|theirs| !theirs.extension().is_empty()));
            }
        }
    }
}

#[test]
fn no_changed_byte_of_a_cosigned_checkpoint_passes() {
    let good = cosigned(5, leaf_hash(b"x")).to_string().into_bytes();
    let policy = policy(&[1, 2], 2);
    let judged = |bytes: &[u8]| {
        SignedCheckpoint::parse(bytes)
            .ok()
            .map(|signed| policy.judge(&signed))
    };
    assert!(matches!(judged(&good), Some(Ok(_))));
    for at in 0..good.len() {
        for flip in [1, 2, 4, 32, 128, 255] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            assert!(!matches!(judged(&bad), Some(Ok(_))), "byte {at} ^ {flip}");
        }
        assert!(!matches!(judged(&good[..at]), Some(Ok(_))), "cut to {at}");
    }
}
