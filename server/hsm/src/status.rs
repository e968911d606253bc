//! How a token fares, for people and for metrics.

use std::fmt;

use crate::shared::Phase;

/// How a token fares, as `kysod hsm status` and the metrics show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenStatus {
    /// Where it is.
    pub phase: Phase,
    /// Serial number of the token.
    pub serial: String,
    /// Whether it is software, and so no HSM.
    pub is_software: bool,
    /// Lanes that are running.
    pub lanes: usize,
    /// Places taken by people: signatures that wait or run.
    pub people: u32,
    /// Places taken by systems that stamp.
    pub stamps: u32,
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
