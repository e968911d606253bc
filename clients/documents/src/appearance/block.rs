//! The text block of appendices and copies, which have no picture.

use std::fmt::Write;

use time::OffsetDateTime;
use time::macros::{format_description, offset};
use unicode_normalization::UnicodeNormalization;

use crate::pdf::{Place, Sheet, decimal};

use super::font::Font;
use super::rules::{Block, Part, Rules};
use super::{Drawn, POINTS, Undrawable};

/// What the agency signs besides a main document, and what is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark<'a> {
    /// An appendix, or an enclosed text, in a file of its own.
    Appendix {
        /// The number of the main document.
        number: &'a str,
        /// Its symbol.
        symbol: &'a str,
    },
    /// An electronic copy of a paper document.
    Copy {
        /// The kind of copy.
        kind: CopyKind,
        /// The agency that copied.
        agency: &'a str,
    },
}

/// Kinds of copies (Decree 30/2020/NĐ-CP, art. 25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "verify", derive(serde::Serialize, serde::Deserialize))]
pub enum CopyKind {
    /// Sao y: the whole, as it is.
    Whole,
    /// Sao lục: the whole, in the form of copies.
    Transcript,
    /// Trích sao: a part.
    Extract,
}

impl CopyKind {
    /// Its name as the block has it: the rules want small letters.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Whole => "Sao y",
            Self::Transcript => "Sao lục",
            Self::Extract => "Trích sao",
        }
    }
}

impl Rules {
    /// The block for this mark and signing time, in the upper right corner of a first page of this
    /// size.
    ///
    /// # Errors
    ///
    /// [`Undrawable`] if a part is missing, the font lacks a letter, or the text is too long.
    pub fn mark(
        &self,
        mark: &Mark<'_>,
        time: OffsetDateTime,
        sheet: Sheet,
    ) -> Result<Drawn, Undrawable> {
        let block = match mark {
            Mark::Appendix { .. } => &self.appendix,
            Mark::Copy { .. } => &self.copy,
        };
        let font = Font::open()?;
        let mut lines = Vec::new();
        for parts in block.lines {
            let texts: Result<Vec<_>, _> = parts.iter().map(|one| text(*one, mark, time)).collect();
            lines.extend(broken(&font, block, &texts?.concat())?);
        }
        if lines.len() > block.most_lines {
            return Err(Undrawable::TooLong);
        }
        set(font, block, &lines, sheet)
    }
}

/// A part in words, composed (NFC): the font has no letters in parts.
fn text(part: Part, mark: &Mark<'_>, time: OffsetDateTime) -> Result<String, Undrawable> {
    let text = match (part, *mark) {
        (Part::Words(words), _) => words,
        (Part::Number, Mark::Appendix { number, .. }) => number,
        (Part::Symbol, Mark::Appendix { symbol, .. }) => symbol,
        (Part::Kind, Mark::Copy { kind, .. }) => kind.name(),
        (Part::Agency, Mark::Copy { agency, .. }) => agency,
        (Part::Time, _) => return Ok(in_vietnam(time)),
        _ => "",
    };
    let text: String = text.trim().nfc().collect();
    if text.is_empty() {
        return Err(Undrawable::Missing(part));
    }
    Ok(text)
}

/// ISO 8601 with seconds, at +07:00.
fn in_vietnam(time: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]+07:00");
    // All that this form asks for is there.
    let text = time.to_offset(offset!(+7)).format(form);
    text.unwrap_or_default()
}

/// The text in lines that are not wider than the block.
fn broken(font: &Font, block: &Block, text: &str) -> Result<Vec<String>, Undrawable> {
    let widest = block.width * POINTS / block.size;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if font.width(word)? > widest {
            return Err(Undrawable::TooLong);
        }
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match (longer, lines.last_mut()) {
            (Some(longer), Some(line)) if font.width(&longer)? <= widest => *line = longer,
            _ => lines.push(word.to_owned()),
        }
    }
    Ok(lines)
}

/// Sets the lines flush right, the first one on top.
fn set(mut font: Font, block: &Block, lines: &[String], sheet: Sheet) -> Result<Drawn, Undrawable> {
    let widths: Result<Vec<f64>, _> = lines.iter().map(|line| font.width(line)).collect();
    let widths: Vec<f64> = widths?.into_iter().map(|ems| ems * block.size).collect();
    let width = widths.iter().copied().fold(0.0, f64::max);
    let height = lines.iter().map(|_| block.leading).sum();
    let mut content = format!("BT 0 g /Font {} Tf", decimal(block.size));
    let mut up = height - font.ascent() * block.size;
    for (line, wide) in lines.iter().zip(widths) {
        let across = decimal(width - wide);
        let shown = font.show(line)?;
        // Writing into memory does not fail.
        let _ = write!(content, " 1 0 0 1 {across} {} Tm {shown} Tj", decimal(up));
        up -= block.leading;
    }
    content.push_str(" ET");
    let place = Place {
        page: 1,
        left: sheet.width - block.right * POINTS - width,
        bottom: sheet.height - block.top * POINTS - height,
        width,
        height,
    };
    let appearance = font.draw((width, height), content)?;
    Ok(Drawn { appearance, place })
}
