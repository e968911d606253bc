//! Why a text is not the TOML that is known here.

use std::fmt;

/// Where a TOML text is wrong, and how.
///
/// The parser's own message shows the line that is wrong; a secret that somebody wrote there by
/// mistake would stand in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Misread {
    line: usize,
    message: String,
}

impl Misread {
    /// What `error` says about `text`, which it came from.
    pub fn new(text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.bytes().take(start);
        Self {
            line: 1 + before.filter(|byte| *byte == b'\n').count(),
            message: error.message().replace('\n', ", "),
        }
    }
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}
