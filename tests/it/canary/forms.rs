//! A secret, and every form in which a program could have written it down.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use kyso_tests::http::percent_encoded;

/// A secret and what it is.
#[derive(Debug)]
pub(super) struct Canary {
    pub(super) what: String,
    bytes: Vec<u8>,
}

impl Canary {
    pub(super) fn new(what: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let (what, bytes) = (what.to_owned(), bytes.into());
        assert!(
            bytes.len() >= 6,
            "{what} is too short to be told from noise"
        );
        Self { what, bytes }
    }

    /// Whether it stands in `text` in any form; which.
    pub(super) fn found_in(&self, text: &Haystack) -> Option<String> {
        let mut forms = self.forms().into_iter();
        let told = forms.find(|form| text.holds(form));
        let raw = || text.holds_bytes(&self.bytes).then(|| "as it is".to_owned());
        told.or_else(raw)
    }

    /// As text: plain, escaped for a URL, hexadecimal, as a list of numbers, and base64 in each of
    /// the three ways in which it can lie in a longer text.
    fn forms(&self) -> Vec<String> {
        let numbers = format!("{:?}", self.bytes);
        let mut forms = vec![
            hex::encode(&self.bytes),
            hex::encode_upper(&self.bytes),
            numbers.trim_matches(['[', ']']).to_owned(),
        ];
        for shift in 0..3 {
            forms.push(base64(&STANDARD_NO_PAD, &self.bytes, shift));
            forms.push(base64(&URL_SAFE_NO_PAD, &self.bytes, shift));
        }
        if let Ok(text) = std::str::from_utf8(&self.bytes) {
            forms.extend([text.to_owned(), percent_encoded(text)]);
        }
        forms
    }
}

/// The characters that `bytes` alone decides, `shift` bytes after the beginning of a longer text.
fn base64(engine: &impl base64::Engine, bytes: &[u8], shift: usize) -> String {
    let padded = [&vec![0; shift], bytes].concat();
    let whole = engine.encode(&padded);
    let (from, to) = ((shift * 8).div_ceil(6), padded.len() * 8 / 6);
    whole[from..to].to_owned()
}

/// What is searched.
pub(super) struct Haystack {
    bytes: Vec<u8>,
    text: String,
}

impl Haystack {
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self { bytes, text }
    }

    /// Six digits are a one-time password only where they stand alone: times and sizes have more.
    pub(super) fn holds(&self, form: &str) -> bool {
        let code = form.len() == 6 && form.bytes().all(|b| b.is_ascii_digit());
        let alone = |at: usize| {
            let before = self.text[..at].chars().next_back();
            let after = self.text[at + form.len()..].chars().next();
            let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '.');
            edge(before) && edge(after)
        };
        self.text
            .match_indices(form)
            .any(|(at, _)| !code || alone(at))
    }

    /// Bytes that are no text can only lie there as they are.
    fn holds_bytes(&self, needle: &[u8]) -> bool {
        let binary = std::str::from_utf8(needle).is_err();
        let mut windows = self.bytes.windows(needle.len());
        binary && windows.any(|window| window[0] == needle[0] && window == needle)
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len()
    }
}

#[test]
fn each_form_is_found_wherever_it_lies() {
    let canary = Canary::new("canary", "chim-yến-Vàng");
    let bytes = "chim-yến-Vàng".as_bytes();
    let mut hidden = vec![
        b"{\"a\":\"chim-y\xe1\xba\xbfn-V\xc3\xa0ng\"}".to_vec(),
        format!("{bytes:?}").into_bytes(),
        hex::encode(bytes).into_bytes(),
        percent_encoded("chim-yến-Vàng").into_bytes(),
    ];
    for before in ["", "a", "ab", "abc"] {
        let text = format!("{before}chim-yến-Vàng:khác");
        hidden.push(STANDARD_NO_PAD.encode(&text).into_bytes());
        hidden.push(URL_SAFE_NO_PAD.encode(&text).into_bytes());
    }
    for bytes in hidden {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let found = canary.found_in(&Haystack::new(bytes));
        assert!(found.is_some(), "{text}");
    }
    let other = Haystack::new(b"chim-y\xe1\xba\xbfn-Xanh".to_vec());
    assert_eq!(canary.found_in(&other), None);
    let binary = Canary::new("key", [255, 0, 7, 254, 1, 9, 200]);
    assert!(
        binary
            .found_in(&Haystack::new(b"..\xff\0\x07\xfe\x01\x09\xc8..".to_vec()))
            .is_some()
    );
}

#[test]
fn a_code_is_found_only_where_it_stands_alone() {
    let code = Canary::new("code", "123456");
    for (text, found) in [
        ("otp=123456", true),
        ("{\"otp\":\"123456\"}", true),
        ("took 0.123456 s", false),
        ("size 1234567", false),
        ("2026-11-26T02:00:00.123456Z", false),
    ] {
        let hit = code.found_in(&Haystack::new(text.into()));
        assert_eq!(hit.is_some(), found, "{text}");
    }
}
