//! A note, a checkpoint or a request to a witness that parses has exactly the bytes it was parsed
//! from, and no key verifies what it did not sign.

#![no_main]

use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::key::LogKey;
use kyso_evidence::note::{Note, NoteSignature};
use kyso_evidence::witness::AddCheckpoint;
use libfuzzer_sys::fuzz_target;

const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

fuzz_target!(|bytes: &[u8]| {
    if let Ok(note) = Note::parse(bytes) {
        assert_eq!(note.to_string().as_bytes(), bytes);
        let key: LogKey = KEY.parse().expect("the specification's key");
        let example = note.text() == "This is an example message.\n";
        assert!(key.verify(&note).is_err() || example);
    }
    if let Ok(lines) = NoteSignature::parse_lines(bytes) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        assert_eq!(text.as_bytes(), bytes);
    }
    if let Ok(signed) = SignedCheckpoint::parse(bytes) {
        assert_eq!(signed.to_string().as_bytes(), bytes);
        assert_eq!(signed.unverified().to_string(), signed.note().text());
    }
    if let Ok(request) = AddCheckpoint::parse(bytes) {
        assert_eq!(request.to_string().as_bytes(), bytes);
    }
});
