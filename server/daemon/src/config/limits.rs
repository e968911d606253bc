//! Ceilings, and how long tokens live.

use std::time::Duration;

use serde::Deserialize;

use super::Prefixes;

/// Ceilings.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Bytes of a request body.
    pub body_bytes: u32,
    /// Digests in one call, over all credentials; an entry must stay under 64 KiB.
    pub batch: u32,
    /// Signatures that one stamping session may allow.
    pub session_signatures: u32,
    /// Hours that one stamping session may last.
    pub session_hours: u32,
    /// Days that a request for approval may stay open.
    pub approval_days: u32,
    /// Days that the files behind a request for approval are kept after its end.
    pub file_days: u32,
    /// Years for which what tells who somebody was is kept after they and their certificates have ended; only then may
    /// it be erased without a reason. Seven is ETSI's figure (TS 119 431-1, OVR-6.4.6-01: at least seven years after the
    /// certificate ceases to be valid); the law of the place may ask for more. 0 is for trying it out.
    pub retention_years: u32,
    /// Log-ins whose password is being hashed at once; each takes 19 MiB meanwhile.
    pub password_hashes: u32,
    /// Seconds that the clock may differ from the database's before `/readyz` says no.
    pub clock_offset_seconds: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            batch: 200,
            session_signatures: 500,
            session_hours: 8,
            approval_days: 30,
            file_days: 30,
            retention_years: 7,
            password_hashes: 2,
            clock_offset_seconds: 2,
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if !(1024..=4 * 1024 * 1024).contains(&self.body_bytes) {
            return Err("limits.body_bytes must be from 1,024 to 4,194,304");
        }
        if !(1..=200).contains(&self.batch) {
            return Err("limits.batch must be from 1 to 200");
        }
        if self.session_signatures == 0 || !(1..=24).contains(&self.session_hours) {
            return Err("limits.session_signatures must not be 0, session_hours from 1 to 24");
        }
        if !(1..=366).contains(&self.approval_days) {
            return Err("limits.approval_days must be from 1 to 366");
        }
        if !(1..=3650).contains(&self.file_days) {
            return Err("limits.file_days must be from 1 to 3,650");
        }
        if self.retention_years > 100 {
            return Err("limits.retention_years must be at most 100");
        }
        if (1..=64).contains(&self.password_hashes) && self.clock_offset_seconds > 0 {
            Ok(())
        } else {
            Err("limits.password_hashes must be from 1 to 64, clock_offset_seconds above 0")
        }
    }

    /// The longest that a request for approval may stay open.
    pub fn approval_span(&self) -> Duration {
        Duration::from_secs(u64::from(self.approval_days) * 24 * 3600)
    }

    /// How long files behind a request for approval are kept after its end.
    pub fn file_span(&self) -> Duration {
        Duration::from_secs(u64::from(self.file_days) * 24 * 3600)
    }

    /// How long is kept who somebody was; a year has 366 days here, so that none is too short.
    pub fn retention(&self) -> Duration {
        Duration::from_secs(u64::from(self.retention_years) * 366 * 24 * 3600)
    }

    /// The longest a stamping session may last.
    pub fn session_span(&self) -> Duration {
        Duration::from_secs(u64::from(self.session_hours) * 3600)
    }
}

/// How long tokens live.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tokens {
    /// Seconds that a person's access token lives.
    pub person_seconds: u32,
    /// Seconds that a log-in on our pages lasts.
    pub page_seconds: u32,
    /// The network that such a log-in counts in: behind a carrier's NAT, addresses change within a block.
    pub page_network: Prefixes,
    /// Seconds that a system's access token lives.
    pub client_seconds: u32,
    /// Seconds that a refresh token lives; each use replaces it.
    pub refresh_seconds: u32,
    /// Days after which a new key signs tokens; the old one verifies until its tokens have ended.
    pub key_days: u32,
    /// Minutes that a one-time enrolment code is valid.
    pub enrolment_code_minutes: u32,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            person_seconds: 600,
            page_seconds: 3600,
            page_network: Prefixes::default(),
            client_seconds: 600,
            refresh_seconds: 8 * 3600,
            key_days: 90,
            enrolment_code_minutes: 3 * 24 * 60,
        }
    }
}

impl Tokens {
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if !self.page_network.check() {
            return Err("tokens.page_network must have ipv4 from 16 to 32, ipv6 from 32 to 128");
        }
        let day = 24 * 3600;
        let lives = (60..=day).contains(&self.person_seconds)
            && (60..=day).contains(&self.page_seconds)
            && (60..=day).contains(&self.client_seconds)
            && (60..=30 * day).contains(&self.refresh_seconds);
        let others = (1..=3650).contains(&self.key_days)
            && (1..=30 * 24 * 60).contains(&self.enrolment_code_minutes);
        if lives && others {
            Ok(())
        } else {
            Err("[tokens] lives must be from 60 s to a day, of refresh tokens to 30 days")
        }
    }
}
