//! Tells the officers' own system of one alarm or dispute: by number, time and word, and no name.

use std::fmt;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_core::Timestamp;
use kyso_store::read::Signal;
use secrecy::ExposeSecret as _;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::config::Alarms;
use crate::webhook::{Caller, Message, NotTold, PREFIX};

/// Bytes of a secret, as the specification has it.
const SECRET: std::ops::RangeInclusive<usize> = 24..=64;

/// The officers' system, and what it knows this server by.
#[derive(Clone)]
pub struct Watcher {
    settings: Alarms,
    secret: Zeroizing<Vec<u8>>,
    caller: Caller,
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watcher({})", self.settings.url)
    }
}

/// What is sent: who may read it may know no more than that something happened.
#[derive(Debug, Serialize)]
struct Told<'a> {
    r#type: &'static str,
    timestamp: String,
    data: Facts<'a>,
}

#[derive(Debug, Serialize)]
struct Facts<'a> {
    sequence: i64,
    word: &'a str,
}

impl Watcher {
    /// Reads the secret.
    ///
    /// # Errors
    /// If it cannot be read, or is not of the form that Standard Webhooks has.
    pub fn new(settings: &Alarms) -> anyhow::Result<Self> {
        let text = settings.secret.load().context("alarms.secret")?;
        let secret = secret(text.expose_secret()).context(
            "alarms.secret must be whsec_ and Base64 of 24 to 64 bytes: \
             `echo whsec_$(openssl rand -base64 32)` makes one",
        )?;
        Ok(Self {
            caller: Caller::trusting(&settings.authorities),
            settings: settings.clone(),
            secret,
        })
    }

    /// How patiently.
    pub const fn settings(&self) -> &Alarms {
        &self.settings
    }

    /// Makes one call. Its id is the entry's leaf hash, whichever server makes it and however often.
    pub(crate) async fn tell(&self, signal: &Signal, now: Timestamp) -> Result<(), NotTold> {
        let told = Told {
            r#type: signal.event.name(),
            timestamp: signal.at.to_string(),
            data: Facts {
                sequence: signal.sequence,
                word: &signal.word,
            },
        };
        let body = serde_json::to_vec(&told).unwrap_or_default(); // numbers and words always serialise
        let (url, id) = (self.settings.url.clone(), hex::encode(&signal.leaf));
        let message = Message::sign(url, id, now, body, &self.secret);
        self.caller.call(message).await
    }
}

fn secret(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let encoded = text.strip_prefix(PREFIX)?;
    let bytes = Zeroizing::new(STANDARD.decode(encoded).ok()?);
    SECRET.contains(&bytes.len()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_the_form_of_the_specification() {
        let of = |bytes: usize| format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
        for good in [of(24), of(32), of(64)] {
            assert!(secret(&good).is_some(), "{good}");
        }
        for bad in [
            of(23),
            of(65),
            of(32).replace("whsec_", ""),
            of(32).replace("whsec_", "whsec-"),
            format!("{} ", of(32)),
            "whsec_".to_owned(),
            String::new(),
        ] {
            assert!(secret(&bad).is_none(), "{bad:?}");
        }
    }
}
