//! Notes and keys: those of the specifications, of logs that exist, and of `signed_note`.

use kyso_evidence::key::{KeyError, LogKey, SignatureError, WitnessKey};
use kyso_evidence::note::{KeyName, MAX_NOTE_BYTES, Note, NoteError, NoteSignature};
use proptest::prelude::*;
use signed_note::{Signer as _, StandardSigner, StandardVerifier, VerifierList};

use crate::{hsm, log_key, spki};

/// The example of C2SP `signed-note`.
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE: &str = "This is an example message.\n\n\
    — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

/// ECDSA keys and checkpoints of Sigstore's Rekor and of Google's Pixel 6 log.
const ECDSA: [(&str, &str); 2] = [
    (
        "rekor.sigstore.dev+c0d23d6a+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABNhtmPtrWm3U1eQXBogSMdGvXwBcK5AW5i0hrZLOC96l+smGNM7nwZ4QvFK/4sueRoVj//QP22Ni4Qt9DPfkWLc=",
        "Rekor\n798034\nf+7CoKgXKE/tNys9TTXcr/ad6U/K3xvznmzew9y6SP0=\n\n\
         — rekor.sigstore.dev wNI9ajBEAiARInWIWyCdyG27CO6LPnPekyw20qO0YJfoaPaowGp/XgIgc+qEHS3+GKVClgqq20uDLet7MCoTURUCRdxwWBHHufk=\n",
    ),
    (
        "pixel6_transparency_log+91c16e30+AjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABN+4x0Jk1yTwvLFI9A4NDdGZcX0aiWVdWM5XJVy0M4VWD3AvyW5Q6Hs9A0mcDkpUoYgn+KKPNzFC0H3nN3q6JQ8=",
        "DEFAULT\n10\nbsWRucJU5xJPHb5eBdOm6+DM+VelCZBuvtI3sHERJ9Y=\n\n\
         — pixel6_transparency_log kcFuMDBFAiEAhqMAP8P6qf6QxtUJhzMhbN+MbZ9dwfUHzGQJmffJHtoCIGD0cNe47dHWBoPwYdgBCepB06/+g5O1FmYjXl06owL4\n",
    ),
];

fn note(text: &str) -> Note {
    Note::parse(text.as_bytes()).unwrap()
}

#[test]
fn the_specifications_example_verifies() {
    let key: LogKey = EXAMPLE_KEY.parse().unwrap();
    assert_eq!(key.to_string(), EXAMPLE_KEY);
    assert_eq!(note(EXAMPLE).to_string(), EXAMPLE);
    assert_eq!(note(EXAMPLE).text(), "This is an example message.\n");
    assert_eq!(key.verify(&note(EXAMPLE)), Ok(()));
}

#[test]
fn ecdsa_checkpoints_of_real_logs_verify() {
    for (vkey, signed) in ECDSA {
        let key: LogKey = vkey.parse().unwrap();
        assert_eq!(key.to_string(), vkey);
        assert_eq!(key.verify(&note(signed)), Ok(()));
        let changed = signed.replace("\n\n", "1\n\n");
        let invalid = SignatureError::Invalid(key.label().name().clone());
        assert_eq!(key.verify(&note(&changed)), Err(invalid));
    }
}

#[test]
fn witnesses_keys_are_read_and_written_as_they_are_published() {
    for vkey in [
        "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
        "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
    ] {
        assert_eq!(vkey.parse::<WitnessKey>().unwrap().to_string(), vkey);
        assert_eq!(vkey.parse::<LogKey>(), Err(KeyError::Type(4)));
    }
    assert_eq!(EXAMPLE_KEY.parse::<WitnessKey>(), Err(KeyError::Type(1)));
    let renamed = "remora.n621.dx+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2";
    assert_eq!(renamed.parse::<WitnessKey>(), Err(KeyError::Id));
}

#[test]
fn other_text_is_no_key() {
    let (rekor, _) = ECDSA[0];
    for (vkey, error) in [
        (String::new(), KeyError::Form),
        (EXAMPLE_KEY.replace('+', " "), KeyError::Form),
        (
            EXAMPLE_KEY.replacen("example", " example", 1),
            KeyError::Form,
        ),
        (
            EXAMPLE_KEY.replacen("example.com/foo", "", 1),
            KeyError::Form,
        ),
        (
            EXAMPLE_KEY.replacen("530d903a", "530D903A", 1),
            KeyError::Form,
        ),
        (
            EXAMPLE_KEY.replacen("530d903a", "0d903a", 1),
            KeyError::Form,
        ),
        (format!("{EXAMPLE_KEY}="), KeyError::Form),
        (format!("{EXAMPLE_KEY}\n"), KeyError::Form),
        (
            EXAMPLE_KEY.replacen("530d903a", "530d903b", 1),
            KeyError::Id,
        ),
        (EXAMPLE_KEY.replacen("/foo", "/bar", 1), KeyError::Id),
        (rekor.replacen("c0d23d6a", "c0d23d6b", 1), KeyError::Id),
        ("a+00000000+".to_owned(), KeyError::Form),
        ("a+00000000+Aw==".to_owned(), KeyError::Type(3)),
        ("a+00000000+AQ==".to_owned(), KeyError::Key),
        ("a+00000000+AjBZ".to_owned(), KeyError::Key),
    ] {
        assert_eq!(vkey.parse::<LogKey>(), Err(error), "{vkey}");
    }
}

#[test]
fn only_an_uncompressed_point_of_p256_is_an_ecdsa_key() {
    let name: KeyName = "a".parse().unwrap();
    let good = spki(&hsm());
    assert!(LogKey::ecdsa(name.clone(), &good).is_ok());
    let at = |at: usize, byte: u8| {
        let mut bad = good.clone();
        bad[at] = byte;
        bad
    };
    let compressed = hsm().verifying_key().to_encoded_point(true);
    let short = [&good[..26], compressed.as_bytes()].concat();
    assert_eq!(LogKey::ecdsa(name.clone(), &short), Err(KeyError::Key));
    // Ends of the prefix, point format, coordinates off the curve, length.
    let longer = [good.as_slice(), &[0]].concat();
    for bad in [
        at(0, 0x31),
        at(25, 1),
        at(26, 2),
        at(90, good[90] ^ 1),
        good[..90].to_vec(),
        longer,
    ] {
        assert_eq!(LogKey::ecdsa(name.clone(), &bad), Err(KeyError::Key));
    }
}

#[test]
fn a_key_of_small_order_is_refused() {
    // The neutral element, under which a signature can be made for any message.
    let neutral = <[u8; 32]>::try_from([&[1][..], &[0; 31]].concat()).unwrap();
    let name: KeyName = "a".parse().unwrap();
    assert_eq!(LogKey::ed25519(name.clone(), &neutral), Err(KeyError::Key));
    assert_eq!(WitnessKey::new(name, &neutral), Err(KeyError::Key));
}

#[test]
fn a_key_that_did_not_sign_is_missing_and_a_second_bad_line_condemns() {
    let missing = SignatureError::Missing(log_key().label().name().clone());
    assert_eq!(log_key().verify(&note(EXAMPLE)), Err(missing));
    let key: LogKey = EXAMPLE_KEY.parse().unwrap();
    let line = EXAMPLE.split("\n\n").nth(1).unwrap();
    let twice = format!("{EXAMPLE}{line}");
    assert_eq!(key.verify(&note(&twice)), Ok(()));
    let bad = format!("{EXAMPLE}{}", line.replacen("QOkn8", "QOkn9", 1));
    let invalid = SignatureError::Invalid(key.label().name().clone());
    assert_eq!(key.verify(&note(&bad)), Err(invalid));
}

#[test]
fn other_bytes_are_no_note() {
    let line = "— a AAAAAAA=\n";
    assert!(Note::parse(format!("x\n\n{line}").as_bytes()).is_ok());
    let long = format!("{}\n\n{line}", "x".repeat(MAX_NOTE_BYTES));
    for (text, error) in [
        (String::new(), NoteError::Unsigned),
        ("x\n".into(), NoteError::Unsigned),
        ("x\n\n".into(), NoteError::Unsigned),
        (format!("\n{line}"), NoteError::Unsigned),
        (format!("x\n\n{}", line.trim_end()), NoteError::Unsigned),
        (format!("x\n\n{line}\n"), NoteError::Unsigned),
        (format!("x\n\n{line}\n\n"), NoteError::Unsigned),
        (format!("x\n\n{line}y\n"), NoteError::Signature(2)),
        (format!("x\r\n\n{line}"), NoteError::Text),
        (format!("x\ty\n\n{line}"), NoteError::Text),
        (long.clone(), NoteError::TooLong(long.len())),
    ] {
        assert_eq!(Note::parse(text.as_bytes()), Err(error), "{text:?}");
    }
    for (from, to) in [
        ("—", "-"),
        ("— ", "—"),
        ("a", ""),
        ("a", "a+b"),
        ("a", "a\u{3000}b"),
        ("AAAAAAA=", "AAAAAA=="),
        ("AAA=", "AAB="),
        ("=", ""),
        ("\n", " \n"),
    ] {
        let text = format!("x\n\n{}", line.replacen(from, to, 1));
        let end = Note::parse(text.as_bytes());
        assert_eq!(end, Err(NoteError::Signature(1)), "{text:?}");
    }
    assert_eq!(Note::parse(b"\xff\n\n"), Err(NoteError::Text));
}

#[test]
fn an_empty_line_in_the_text_belongs_to_it() {
    for text in ["x\n\ny\n", "\n", "x\n\n", "— a AAAAAAA=\n"] {
        let signed = format!("{text}\n— a AAAAAAA=\n");
        assert_eq!(note(&signed).text(), text);
        assert_eq!(note(&signed).to_string(), signed);
    }
}

#[test]
fn the_answer_of_a_witness_is_signature_lines_alone() {
    let lines = "— a AAAAAAA=\n— b AAAAAAAA\n";
    let parsed = NoteSignature::parse_lines(lines.as_bytes()).unwrap();
    let names: Vec<_> = parsed
        .iter()
        .map(|line| line.key().name().as_str())
        .collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(parsed[1].bytes(), [0, 0]);
    for bad in ["", "\n", "— a AAAAAAA=", "x\n\n— a AAAAAAA=\n"] {
        assert!(
            NoteSignature::parse_lines(bad.as_bytes()).is_err(),
            "{bad:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn ed25519_notes_made_there_verify_here_and_read_the_same(
        seed: [u8; 32], name in "[a-z./]{1,20}", text in "[ -~]{0,40}\n([ -~]{0,40}\n){0,3}",
    ) {
        let key = ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key();
        let ours = LogKey::ed25519(name.parse().unwrap(), key.as_bytes()).unwrap();
        let vkey = signed_note::new_ed25519_verifier_key(&name, &key);
        prop_assert_eq!(ours.to_string(), vkey.clone());

        let theirs = StandardSigner::new(&skey(&name, &vkey, &seed)).unwrap();
        let mut made = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
        made.add_sigs(&[&theirs]).unwrap();
        let bytes = made.to_bytes();
        let here = Note::parse(&bytes).unwrap();
        prop_assert_eq!(here.to_string().into_bytes(), bytes);
        prop_assert_eq!(ours.verify(&here), Ok(()));
        prop_assert_eq!(u32::from_be_bytes(ours.label().id()), theirs.key_id());

        let there = signed_note::Note::from_bytes(here.to_string().as_bytes()).unwrap();
        let known = VerifierList::new(vec![Box::new(StandardVerifier::new(&ours.to_string()).unwrap())]);
        prop_assert_eq!(there.verify(&known).unwrap().0.len(), 1);
    }

    #[test]
    fn no_changed_byte_of_a_note_passes(at: prop::sample::Index, flip in 1_u8.., which in 0_usize..3) {
        let (vkey, text) = [ECDSA[0], ECDSA[1], (EXAMPLE_KEY, EXAMPLE)][which];
        let key: LogKey = vkey.parse().unwrap();
        let mut bytes = text.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(Note::parse(&bytes).ok().is_none_or(|note| key.verify(&note).is_err()));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(\\PC|\n){0,30}\n\n(— [a-z+ ]{0,3} [A-Za-z0-9+/=]{0,12}\n){0,3}") {
        let ours = Note::parse(text.as_bytes());
        if let Ok(note) = &ours {
            prop_assert_eq!(note.to_string(), text.clone());
        }
        let theirs = signed_note::Note::from_bytes(text.as_bytes());
        prop_assert_eq!(ours.is_ok(), theirs.is_ok(), "{:?}", theirs.err());
    }

    #[test]
    fn any_key_is_read_or_refused(vkey in "[a-z+ ]{0,3}\\+[0-9a-fA-F]{8}\\+[A-Za-z0-9+/=]{0,44}") {
        if let Ok(key) = vkey.parse::<LogKey>() {
            prop_assert_eq!(key.to_string(), vkey);
        }
    }
}

/// Their text of a secret key.
fn skey(name: &str, vkey: &str, seed: &[u8; 32]) -> String {
    use base64::Engine as _;
    let id = vkey.split('+').nth(1).unwrap();
    let coded = base64::prelude::BASE64_STANDARD.encode([&[1], seed.as_slice()].concat());
    format!("PRIVATE+KEY+{name}+{id}+{coded}")
}
