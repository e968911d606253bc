//! The ceiling: what the token signs by itself, as `kysod hsm bench` prints it.

use anyhow::Context as _;
use serde::Serialize;

use crate::server::Site;

/// One line of `kysod hsm bench`.
#[derive(Debug, Clone, Serialize)]
pub struct Raw {
    /// Kind of key.
    pub algorithm: String,
    /// Threads, each with a session.
    pub lanes: u32,
    /// Signatures per second.
    pub per_second: f64,
    /// Microseconds that the check before release takes of one thread, for one signature.
    pub check_micros: f64,
}

impl Raw {
    /// Measures this kind of key with 1, 2 and 4 lanes, for so many seconds each.
    ///
    /// # Errors
    /// If the token does not sign, or a line is not what it was.
    pub fn measure(site: &Site, algorithm: &str, seconds: u64) -> anyhow::Result<Vec<Self>> {
        let seconds = seconds.to_string();
        let printed = site.run(&[
            "hsm",
            "bench",
            "--algorithm",
            algorithm,
            "--seconds",
            &seconds,
        ])?;
        let lines = printed.lines().filter(|line| line.starts_with(algorithm));
        let rows: Vec<_> = lines
            .map(|line| Self::read(line).with_context(|| format!("what is {line:?}?")))
            .collect::<anyhow::Result<_>>()?;
        anyhow::ensure!(!rows.is_empty(), "no figure for {algorithm} in {printed:?}");
        Ok(rows)
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        Some(Self {
            algorithm: words.next()?.to_owned(),
            lanes: words.next()?.parse().ok()?,
            per_second: words.next()?.strip_suffix("/s")?.parse().ok()?,
            check_micros: words.next()?.parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Raw;

    #[test]
    fn a_line_is_read() {
        let raw = Raw::read("rsa-2048      2       4170/s    31.4 µs to check").unwrap();
        assert_eq!(raw.algorithm, "rsa-2048");
        assert_eq!(
            (raw.lanes, raw.per_second, raw.check_micros),
            (2, 4170.0, 31.4)
        );
        assert!(Raw::read("algorithm lanes signatures").is_none());
    }
}
