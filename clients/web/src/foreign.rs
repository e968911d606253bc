//! Text that others wrote: shown whole, in NFC, and unable to change what stands around it.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Marks that may stand on one letter; Vietnamese needs two, and a pile of them covers other lines.
const MARKS: usize = 4;

/// Text from a person or a system, for a page.
///
/// Titles come from calling systems, so a title may hold a right-to-left override that turns
/// `fdp.exe` around, or a control that no font shows. Each such character is shown as what it is
/// (`[U+202E]`), never dropped, so that the reader sees that something odd was sent. In a template it
/// stands in `<bdi>`, so that its direction ends where it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreign(String);

impl Foreign {
    /// The text in NFC, with each unsafe character made visible.
    pub fn new(text: &str) -> Self {
        let mut shown = String::with_capacity(text.len());
        let mut marks = 0;
        for character in text.nfc() {
            marks = if is_combining_mark(character) {
                marks + 1
            } else {
                0
            };
            if marks > MARKS || is_unsafe(character) {
                // Writing into a String cannot fail.
                let _ = write!(shown, "[U+{:04X}]", u32::from(character));
            } else {
                shown.push(character);
            }
        }
        Self(shown)
    }

    /// The same text without markup, for the value of a field; the template escapes it.
    pub fn plain(&self) -> &str {
        &self.0
    }

    /// Bytes of it in a template, with the `<bdi>` around it.
    pub(crate) fn bytes(&self) -> usize {
        let each = self.0.chars();
        let each = each.map(|one| escaped(one).map_or(one.len_utf8(), str::len));
        each.sum::<usize>() + OPEN.len() + CLOSE.len()
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Characters that control, reorder or hide others: C0, C1, directions, zero widths, separators, tags.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}')
}

impl fmt::Display for Foreign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(OPEN)?;
        for character in self.0.chars() {
            match escaped(character) {
                Some(escaped) => out.write_str(escaped)?,
                None => out.write_char(character)?,
            }
        }
        out.write_str(CLOSE)
    }
}

const OPEN: &str = "<bdi>";
const CLOSE: &str = "</bdi>";

/// What stands for a character that would be markup.
const fn escaped(character: char) -> Option<&'static str> {
    match character {
        '<' => Some("&#60;"),
        '>' => Some("&#62;"),
        '&' => Some("&#38;"),
        '"' => Some("&#34;"),
        '\'' => Some("&#39;"),
        _ => None,
    }
}

/// `Display` above escapes by itself, because it adds the `<bdi>`.
impl HtmlSafe for Foreign {}

impl From<&str> for Foreign {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Foreign {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_change_the_page_is_shown_as_what_it_is() {
        let table = [
            ("Quyết định về ngân sách", "Quyết định về ngân sách"),
            ("Quye\u{302}\u{301}t đi\u{323}nh", "Quyết định"),
            ("ky\u{202E}fdp.exe", "ky[U+202E]fdp.exe"),
            (
                "a\u{0}b\u{7}c\nd\te",
                "a[U+0000]b[U+0007]c[U+000A]d[U+0009]e",
            ),
            ("\u{2066}x\u{2069}\u{200F}", "[U+2066]x[U+2069][U+200F]"),
            ("a\u{200B}b\u{FEFF}c\u{AD}d", "a[U+200B]b[U+FEFF]c[U+00AD]d"),
            ("\u{E0041}", "[U+E0041]"),
            (
                "z\u{336}\u{336}\u{336}\u{336}\u{336}",
                "z\u{336}\u{336}\u{336}\u{336}[U+0336]",
            ),
            ("👍 🇻🇳 東京 العربية", "👍 🇻🇳 東京 العربية"),
        ];
        for (sent, shown) in table {
            assert_eq!(Foreign::new(sent).plain(), shown, "{sent:?}");
        }
    }

    #[test]
    fn markup_stays_text_inside_its_own_direction() {
        let shown = Foreign::new("<script>alert('\"&')</script>").to_string();
        assert_eq!(
            shown,
            "<bdi>&#60;script&#62;alert(&#39;&#34;&#38;&#39;)&#60;/script&#62;</bdi>"
        );
    }

    #[test]
    fn its_bytes_are_those_that_a_template_holds() {
        for text in ["", "Quyết định", "<script>\"'&", "ky\u{202E}fdp.exe"] {
            let shown = Foreign::new(text);
            assert_eq!(shown.bytes(), shown.to_string().len(), "{text:?}");
        }
    }
}
