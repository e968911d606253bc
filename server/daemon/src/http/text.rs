//! Text that people will read: one spelling (NFC), and nothing that hides in it.

use kyso_core::request::DocumentFacts;
use unicode_normalization::UnicodeNormalization;

/// Text with a control character, or one that changes the direction of writing.
///
/// U+202E and its like can make an approval page show another file name than the one that is
/// signed, so they are refused and not taken away silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text holds control characters")]
pub struct HiddenText;

/// Trims and normalises a text to NFC: the same Vietnamese letter has two spellings otherwise.
///
/// # Errors
/// [`HiddenText`].
pub fn clean(text: &str) -> Result<String, HiddenText> {
    if text.chars().any(hides) {
        return Err(HiddenText);
    }
    Ok(text.trim().nfc().collect())
}

/// As [`clean`], for a text that may be absent; an empty one counts as absent.
///
/// # Errors
/// [`HiddenText`].
pub fn clean_optional(text: Option<&String>) -> Result<Option<String>, HiddenText> {
    let text = text.map(|text| clean(text)).transpose()?;
    Ok(text.filter(|text| !text.is_empty()))
}

/// Control characters, line separators, and the bidirectional controls of UAX #9 §2.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

/// `documents[]` as the core knows them.
///
/// # Errors
/// [`HiddenText`].
pub fn documents(
    wire: Option<&[kyso_api::csc::Document]>,
) -> Result<Vec<DocumentFacts>, HiddenText> {
    wire.unwrap_or_default().iter().map(facts).collect()
}

fn facts(document: &kyso_api::csc::Document) -> Result<DocumentFacts, HiddenText> {
    Ok(DocumentFacts {
        summary: clean_optional(document.summary.as_ref())?,
        authority: clean_optional(document.authority.as_ref())?,
        drafter: clean_optional(document.drafter.as_ref())?,
        label: clean_optional(document.label.as_ref())?,
        number: clean_optional(document.number.as_ref())?,
        purpose: clean_optional(document.purpose.as_ref())?,
        recipients: clean_optional(document.recipients.as_ref())?,
        secrecy: clean_optional(document.secrecy.as_ref())?,
        symbol: clean_optional(document.symbol.as_ref())?,
        kind: clean_optional(document.kind.as_ref())?,
        urgency: clean_optional(document.urgency.as_ref())?,
    })
}

/// The same, back on the wire.
pub fn wire(facts: &DocumentFacts) -> kyso_api::csc::Document {
    let DocumentFacts {
        summary,
        authority,
        drafter,
        label,
        number,
        purpose,
        recipients,
        secrecy,
        symbol,
        kind,
        urgency,
    } = facts.clone();
    kyso_api::csc::Document {
        summary,
        authority,
        drafter,
        label,
        number,
        symbol,
        kind,
        purpose,
        recipients,
        secrecy,
        urgency,
    }
}

#[cfg(test)]
mod tests {
    use kyso_api::csc::Document;

    use super::*;

    #[test]
    fn both_spellings_become_one() {
        assert_eq!(
            clean(" Quye\u{302}\u{301}t đi\u{323}nh ").as_deref(),
            Ok("Quyết định")
        );
        assert_eq!(clean_optional(Some(&"  ".to_owned())), Ok(None));
        assert_eq!(clean_optional(None), Ok(None));
    }

    #[test]
    fn trap_bidi_and_control_characters_are_refused() {
        for text in [
            "a\u{202E}fdp.exe",
            "a\u{2066}b",
            "a\nb",
            "a\u{0}b",
            "\u{1b}[31m",
            "\u{200F}",
            "\u{FEFF}x",
        ] {
            assert_eq!(clean(text), Err(HiddenText), "{text:?}");
        }
        assert!(
            clean("Quyết định 12/QĐ-UBND <script>").is_ok(),
            "pages escape; text is kept"
        );
    }

    #[test]
    fn documents_keep_every_member() {
        let text = |text: &str| Some(text.to_owned());
        let wire = Document {
            summary: text("Về việc nghỉ lễ"),
            authority: text("0a"),
            drafter: text("Ng. V. B"),
            recipients: text("Các sở"),
            urgency: text("khẩn"),
            label: text("Về việc"),
            number: text("12"),
            symbol: text("QĐ-UBND"),
            kind: text("Quyết định"),
            purpose: text("PHAT_HANH"),
            secrecy: text(""),
        };
        let facts = documents(Some(std::slice::from_ref(&wire))).unwrap();
        let json = String::from_utf8(facts.first().unwrap().canonical()).unwrap();
        assert_eq!(
            json,
            r#"{"abstract":"Về việc nghỉ lễ","authority":"0a","drafter":"Ng. V. B","label":"Về việc","number":"12","purpose":"PHAT_HANH","recipients":"Các sở","symbol":"QĐ-UBND","type":"Quyết định","urgency":"khẩn"}"#
        );
        let hidden = Document {
            label: text("a\u{202E}"),
            ..wire
        };
        assert!(documents(Some(&[hidden])).is_err());
        assert!(documents(None).unwrap().is_empty());
    }
}
