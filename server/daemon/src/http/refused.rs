//! What the log says of a call that names a key and was refused before policy was asked.
//!
//! One entry each, if the caller may know of the key. What names no key of the caller's is counted
//! and summed: whoever guesses identifiers must not fill the log.

use kyso_core::Refusal;
use kyso_core::id::CredentialId;
use kyso_core::journal::JournalError;
use kyso_evidence::Event;

use super::body::Flaw;
use super::desk::Desk;
use super::error::Problem;
use crate::auth::failures::Failure;

/// Why a call is not even asked of policy: the word for the entry, and the answer.
#[derive(Debug)]
pub struct Mistake(pub Refusal, pub Problem);

/// A value that is not allowed.
impl From<Problem> for Mistake {
    fn from(problem: Problem) -> Self {
        Self(Refusal::Malformed, problem)
    }
}

impl From<Refusal> for Mistake {
    fn from(refusal: Refusal) -> Self {
        Self(refusal, refusal.into())
    }
}

impl From<Flaw> for Mistake {
    fn from(flaw: Flaw) -> Self {
        Self(flaw.refusal(), flaw.into())
    }
}

/// Enters the refusal of a call, or counts it.
///
/// # Errors
/// If the journal cannot write: then the caller is told that, and not the refusal.
pub async fn enter(
    desk: &Desk,
    event: Event,
    named: Option<CredentialId>,
    refusal: Refusal,
) -> Result<(), JournalError> {
    enter_with(desk, event, named, refusal, &[]).await
}

/// The same, with these facts of it.
///
/// # Errors
/// As [`enter`].
pub async fn enter_with(
    desk: &Desk,
    event: Event,
    named: Option<CredentialId>,
    refusal: Refusal,
    facts: &[(&str, String)],
) -> Result<(), JournalError> {
    let credential = named.and_then(|id| desk.policy().visible(&desk.actor, id).ok());
    let Some(credential) = credential else {
        desk.app().failures.count_of(Failure::Key, &desk.actor);
        return Ok(());
    };
    let mut draft = desk.refused(event).because(refusal);
    for (name, value) in facts {
        draft = draft.fact(name, value.clone());
    }
    desk.note(draft.with(&credential, credential.kind.purpose()))
        .await
}

/// The credential that a body names in this member, also where the body cannot be read.
pub fn named(body: &[u8], member: &str) -> Option<CredentialId> {
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(body) => body.get(member)?.as_str()?.parse().ok(),
        Err(_) => scan(body, member),
    }
}

/// Looks for the member in what is no JSON, or not all of it.
fn scan(body: &[u8], member: &str) -> Option<CredentialId> {
    let name = format!("\"{member}\"");
    let body = String::from_utf8_lossy(body);
    body.split(&name).skip(1).find_map(|rest| {
        let value = rest.trim_start().strip_prefix(':')?;
        let text = value.trim_start().strip_prefix('"')?;
        text.split('"').next()?.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019ab000-0000-7000-8000-000000000001";

    #[test]
    fn a_key_is_found_in_bodies_that_are_wrong_otherwise() {
        for body in [
            r#"{"credentialID":"<id>","hash":7}"#,
            r#"{"credential\u0049D":"<id>"}"#,
            r#"{"hash":["x"], "credentialID" : "<id>", "SAD":"#,
            r#"{"credentialID":"<id>","credentialID":"<id>"}"#,
            r#"{"credentialID":7,"credentialID":"<id>",}"#,
            r#"{"credentialID":"<id>"}}"#,
        ] {
            let body = body.replace("<id>", ID);
            let found = named(body.as_bytes(), "credentialID");
            assert_eq!(found, ID.parse().ok(), "{body}");
        }
    }

    #[test]
    fn no_key_is_found_where_none_is_named() {
        for body in [
            "",
            "{",
            "[]",
            r#"{"credentialID":7}"#,
            r#"{"credentialID":"x"}"#,
            r#"{"credentialID"#,
            r#"{"credentialID":"019ab000"#,
            r#"{"documents":[{"credentialID":"019ab000-0000-7000-8000-000000000001"}]}"#,
        ] {
            assert_eq!(named(body.as_bytes(), "credentialID"), None, "{body}");
        }
        assert_eq!(
            named(b"\xff{\"credentialID\":\"\xfe\"", "credentialID"),
            None
        );
    }
}
