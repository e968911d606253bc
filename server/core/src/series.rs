//! Series of numbers: what people call them, and by what they are compared.

use unicode_normalization::UnicodeNormalization;

/// The series that a number is of: its symbol (`QĐ-UBND`), or a name.
///
/// Two that a reader could not tell apart are one series, else two documents could show one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    shown: String,
    key: String,
}

impl Series {
    /// `None` where letters are not Latin ones: those of other scripts look the same.
    pub fn new(text: &str) -> Option<Self> {
        let shown: String = text.nfc().collect();
        if !shown.chars().all(may_stand) {
            return None;
        }
        let letters = shown.chars().filter(|letter| !letter.is_whitespace());
        let key: String = letters.flat_map(char::to_uppercase).map(alike).collect();
        (!key.is_empty()).then_some(Self { shown, key })
    }

    /// As it was written.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// The same for all spellings: without spaces, in capitals.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// What a Vietnamese keyboard writes: ASCII, and the Latin letters with marks (Unicode blocks Latin-1 Supplement, Latin
/// Extended-A and -B, Latin Extended Additional). Not letters that look like signs (clicks), or like two letters.
fn may_stand(letter: char) -> bool {
    let latin = matches!(letter, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    let other = matches!(letter, '\u{1c0}'..='\u{1cc}' | '\u{1f1}'..='\u{1f3}');
    letter == ' ' || letter.is_ascii_graphic() || latin && !other && letter.is_alphabetic()
}

/// Three letters have the capital Đ: the Vietnamese one, the Icelandic one, the African one.
const fn alike(capital: char) -> char {
    match capital {
        '\u{d0}' | '\u{189}' => '\u{110}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_look_alike_are_one_series() {
        let right = Series::new("QĐ-UBND").unwrap();
        for same in [
            "QĐ-UBND",
            "qđ-ubnd",
            "Q\u{d0}-UBND",
            "Q\u{189}-UBND",
            "QĐ - UBND",
        ] {
            assert_eq!(Series::new(same).unwrap().key(), right.key(), "{same}");
        }
        assert_eq!(Series::new("qđ-ubnd").unwrap().shown(), "qđ-ubnd");
        let composed = Series::new("Công văn đi").unwrap();
        let apart = Series::new("Co\u{302}ng va\u{306}n đi").unwrap();
        assert_eq!(composed, apart);
        for other in ["QD-UBND", "QĐ-HĐND", "QĐUBND"] {
            assert_ne!(Series::new(other).unwrap().key(), right.key(), "{other}");
        }
    }

    #[test]
    fn letters_of_other_scripts_and_marks_are_no_series() {
        for wrong in [
            "",
            "  ",
            "QĐ-UВND",       // Cyrillic Ve
            "ΟĐ-UBND",       // Greek Omicron
            "QĐ–UBND",       // en dash
            "QĐ\u{a0}-UBND", // no-break space
            "QĐ\u{200b}-UBND",
            "QĐ×UBND",
            "ＱĐ-UBND",      // full width
            "QĐ\u{1c3}UBND", // a click that looks like an exclamation mark
            "Ǆ-UBND",        // one letter that looks like two
        ] {
            assert_eq!(Series::new(wrong), None, "{wrong:?}");
        }
    }
}
