//! The two languages of the pages.

use crate::words::{ENGLISH, VIETNAMESE, Words};

/// A language of the pages; Vietnamese unless the reader chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vietnamese,
    /// English.
    English,
}

impl Language {
    /// The language of that code (`vi`, `en`), as in `?lang=`.
    pub fn of_code(code: &str) -> Option<Self> {
        [Self::Vietnamese, Self::English]
            .into_iter()
            .find(|language| language.code() == code)
    }

    /// Its code, as in the attribute `lang`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    /// The one that is not this one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Vietnamese => Self::English,
            Self::English => Self::Vietnamese,
        }
    }

    /// Its name in itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Vietnamese => "Tiếng Việt",
            Self::English => "English",
        }
    }

    /// Its words.
    pub const fn words(self) -> &'static Words {
        match self {
            Self::Vietnamese => &VIETNAMESE,
            Self::English => &ENGLISH,
        }
    }

    /// Whichever of the two texts is in this language.
    pub const fn choose<T: Copy>(self, vietnamese: T, english: T) -> T {
        match self {
            Self::Vietnamese => vietnamese,
            Self::English => english,
        }
    }
}
