//! How a token fares, for people and for metrics.

use std::fmt;
use std::time::Duration;

use crate::shared::Phase;

/// What a token and its module say of themselves, as they were found when the token came: nobody is asked again
/// to show it. What cannot be read is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenFacts {
    /// Its label.
    pub label: String,
    /// Its model.
    pub model: String,
    /// Who made it.
    pub manufacturer: String,
    /// Version of its firmware.
    pub firmware: String,
    /// Name and version of the PKCS#11 library.
    pub library: String,
}

/// How a token fares, as `kysod hsm status` and the metrics show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenStatus {
    /// Where it is.
    pub phase: Phase,
    /// For how long it has been there.
    pub unchanged: Duration,
    /// Serial number of the token.
    pub serial: String,
    /// What it says of itself.
    pub facts: TokenFacts,
    /// Whether it is software, and so no HSM.
    pub is_software: bool,
    /// Lanes that are running.
    pub lanes: usize,
    /// Lanes that are at work on something.
    pub busy: usize,
    /// Lanes that the profile asks for.
    pub planned: usize,
    /// Places taken by people: signatures that wait or run.
    pub people: u32,
    /// Places taken by systems that stamp.
    pub stamps: u32,
    /// How many places there are, for people and for stamps.
    pub places: (u32, u32),
    /// Keys that may be used, since they were attested.
    pub attested: usize,
    /// Keys that may not, since a signature of theirs did not verify.
    pub barred: usize,
    /// How often the token went away.
    pub left: u64,
    /// How often it came back.
    pub reopened: u64,
    /// How many lanes were replaced because a call hung.
    pub replaced: u64,
}

impl TokenStatus {
    /// Whether it can sign now.
    pub fn is_ready(&self) -> bool {
        self.phase == Phase::Ready
    }
}

impl fmt::Display for TokenStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "state      {:?}", self.phase)?;
        writeln!(f, "serial     {}", self.serial)?;
        writeln!(
            f,
            "software   {}",
            if self.is_software {
                "yes: not an HSM"
            } else {
                "no"
            }
        )?;
        writeln!(f, "lanes      {} ({} replaced)", self.lanes, self.replaced)?;
        writeln!(
            f,
            "queue      {} people, {} stamps",
            self.people, self.stamps
        )?;
        write!(f, "re-opened  {} times", self.reopened)
    }
}
