//! Reading a JSON body as one of our types, so that a mistake names the member.

use std::fmt::Write as _;

use kyso_api::problem::ProblemCode;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::error::Problem;

/// Longest name of a member that an answer repeats, in bytes; ours are shorter.
const NAME: usize = 40;

/// Reads a body. The detail says which member is wrong and where, and never repeats a value.
///
/// # Errors
/// [`ProblemCode::MalformedBody`].
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if !is_object(bytes) {
        return Err(malformed("not an object".to_owned()));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut reader);
    let value = read.map_err(|error| {
        let member = member(error.path(), &error.inner().to_string());
        misread(&member, error.inner())
    })?;
    reader.end().map_err(|error| misread("", &error))?;
    refuse_empty_values(bytes)?;
    Ok(value)
}

fn malformed(detail: String) -> Problem {
    Problem::from(ProblemCode::MalformedBody).because(detail)
}

fn misread(member: &str, error: &serde_json::Error) -> Problem {
    let place = format!("line {}, column {}", error.line(), error.column());
    if member.is_empty() {
        malformed(place)
    } else {
        malformed(format!("{member}: {place}"))
    }
}

/// The member that an error is about, dotted: of one that is missing the path names only the object.
fn member(path: &Path, error: &str) -> String {
    let mut named = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                let _ = write!(named, "[{index}]");
            }
            Segment::Map { key } => push(&mut named, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    if let Some((missing, _)) = error
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'))
    {
        push(&mut named, missing);
    }
    named
}

/// Only what looks like a name of ours: anything else is the caller's text.
fn push(named: &mut String, name: &str) {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.len() > NAME || !name.bytes().all(plain) {
        return;
    }
    if !named.is_empty() {
        named.push('.');
    }
    named.push_str(name);
}

/// Whether the JSON would be an object: serde takes an array for a struct too, member by member.
fn is_object(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().first() == Some(&b'{')
}

/// Refuses what our schemas do not allow and serde lets pass: U+0000 in a text, which PostgreSQL
/// cannot store, and `null`, which would pass for an absent member.
fn refuse_empty_values(bytes: &[u8]) -> Result<(), Problem> {
    if !holds(bytes, b"null") && !holds(bytes, br"\u0000") {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(bytes).map_err(|error| misread("", &error))?;
    match flaw(&body, String::new()) {
        Some((member, why)) => Err(malformed(format!("{member}: {why}"))),
        None => Ok(()),
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// The first member whose value is none, and what it is instead.
fn flaw(value: &Value, place: String) -> Option<(String, &'static str)> {
    match value {
        Value::Null => Some((place, "null")),
        Value::String(text) => text.contains('\0').then_some((place, "U+0000")),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| flaw(item, format!("{place}[{index}]")))
        }
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let mut place = place.clone();
            push(&mut place, name);
            flaw(value, place)
        }),
        Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use kyso_api::management::{NewAgency, NewSession};

    use super::*;

    fn detail<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
        let problem = parse::<T>(json.as_bytes()).unwrap_err();
        assert_eq!(problem.code(), ProblemCode::MalformedBody);
        format!("{problem:?}")
    }

    #[test]
    fn says_where_and_not_what() {
        let shown = detail::<NewSession>(r#"{"login":"a","password":"canary","otp":7}"#);
        assert!(!shown.contains("canary"), "{shown}");
    }

    #[test]
    fn names_the_member() {
        let agency = |name: &str, codes: &str| {
            format!(r#"{{"name":{name},"kind":"so","level":"tinh","codes":{codes}}}"#)
        };
        for (json, member) in [
            (agency("7", "[]"), "\"name: line 1"),
            (agency("null", "[]"), "\"name: line 1"),
            (agency(r#""a\u0000""#, "[]"), "\"name: U+0000"),
            (agency("\"a\"", "7"), "\"codes: line 1"),
            (
                agency("\"a\"", r#"[{"format":"legacy"}]"#),
                "\"codes[0].code: line 1",
            ),
            (agency("\"a\"", r#"[],"parent":null"#), "\"parent: null"),
            (agency("\"a\"", r#"[],"colour":"red""#), "\"colour: line 1"),
            (agency("\"a\"", r#"[],"Mật khẩu":"red""#), "\"line 1"),
            (
                agency("\"a\"", "[]").replace("\"kind\":\"so\",", ""),
                "\"kind: line 1",
            ),
        ] {
            let shown = detail::<NewAgency>(&json);
            assert!(shown.contains(member), "{json}: {shown}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for json in [
            r#"{"login":"a","password":"b","colour":1}"#,
            r#"{"login":"a","login":"a","password":"b"}"#,
            r#"{"login":"a\u0000","password":"b"}"#,
            r#"{"login":"a","password":"b","otp":null}"#,
            r#"{"login":"a","password":"b"} {}"#,
            r#"{"login":"a"}"#,
            r#"["a","b"]"#,
            "[]",
            "",
        ] {
            assert!(parse::<NewSession>(json.as_bytes()).is_err(), "{json}");
        }
        assert!(parse::<NewSession>(br#"{"login":"a","password":"b"}"#).is_ok());
    }

    #[test]
    fn text_that_only_looks_so_is_let_pass() {
        for text in [r"\\u0000", "null", "u0000"] {
            let json = format!(r#"{{"login":"{text}","password":"b"}}"#);
            assert!(parse::<NewSession>(json.as_bytes()).is_ok(), "{json}");
        }
    }
}
