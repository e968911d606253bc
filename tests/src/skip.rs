//! Tests that find out while they run that this machine lacks something.

use std::fs::OpenOptions;
use std::io::Write;

/// Says that the test of this name cannot run here; the test then returns.
///
/// `ops/test` names a file in `KYSO_SKIPS`, counts its lines as skipped and fails for a name that
/// is not on its reviewed list. So a test that never runs anywhere is seen.
///
/// # Panics
/// If the line cannot be written: a skip that nobody counts is worse than a failure.
pub fn because(name: &str, reason: &str) {
    eprintln!("skipped: {name}: {reason}");
    if let Some(path) = std::env::var_os("KYSO_SKIPS") {
        let written = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .and_then(|mut file| writeln!(file, "{name}\t{reason}"));
        assert!(written.is_ok(), "a skip must be counted");
    }
}
