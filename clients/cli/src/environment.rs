//! The one place that asks the machine: language, directories, time.

use std::path::PathBuf;

use kyso_client::Language;
use time::macros::offset;
use time::{Date, OffsetDateTime};

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name)?
        .into_string()
        .ok()
        .filter(|value| !value.is_empty())
}

/// English if the locale says so (POSIX: `LC_ALL`, `LC_MESSAGES`, `LANG`), else Vietnamese.
pub(crate) fn language() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(variable);
    language_of(locale.as_deref().unwrap_or_default())
}

fn language_of(locale: &str) -> Language {
    if locale.starts_with("en") {
        Language::English
    } else {
        Language::Vietnamese
    }
}

/// Where profiles are: `$XDG_CONFIG_HOME/kyso`, or `~/.config/kyso` (XDG base directories).
pub(crate) fn config_directory() -> Option<PathBuf> {
    directory("XDG_CONFIG_HOME", ".config")
}

/// Where tokens are: `$XDG_STATE_HOME/kyso`, or `~/.local/state/kyso`.
pub(crate) fn state_directory() -> Option<PathBuf> {
    directory("XDG_STATE_HOME", ".local/state")
}

fn directory(name: &str, below_home: &str) -> Option<PathBuf> {
    let named = variable(name)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let base = named.or_else(|| Some(PathBuf::from(variable("HOME")?).join(below_home)))?;
    Some(base.join("kyso"))
}

/// The time that goes into a signature as the signer's claim, and at which chains must be valid.
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

/// The day in Việt Nam (UTC+7, no summer time), as documents date themselves.
pub(crate) fn day(at: OffsetDateTime) -> Date {
    at.to_offset(offset!(+7)).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_unless_the_locale_is_english() {
        assert_eq!(language_of("en_GB.UTF-8"), Language::English);
        for locale in ["vi_VN.UTF-8", "C", "", "fr_FR"] {
            assert_eq!(language_of(locale), Language::Vietnamese, "{locale}");
        }
    }
}
