//! One line of text in a box of its own: number and date.

use std::fmt::Write;

use unicode_normalization::UnicodeNormalization;

use crate::pdf::{Appearance, decimal};

use super::Undrawable;
use super::font::Font;
use super::rules::Line;

/// How far a slanted letter leans: the tangent of twelve degrees, as printers do where a face has
/// no italic.
const LEAN: f64 = 0.2126;

impl Line {
    /// Sets a text flush left in a box of this size in points, in the middle of its height.
    ///
    /// # Errors
    ///
    /// [`Undrawable::Letter`], [`Undrawable::TooLong`], or [`Undrawable::NoRoom`] for a box that is
    /// lower than the letters.
    pub fn set(&self, text: &str, width: f64, height: f64) -> Result<Appearance, Undrawable> {
        let text: String = text.nfc().collect();
        let mut font = Font::open()?;
        let lean = if self.slanted { LEAN } else { 0.0 };
        let (ascent, descent) = (font.ascent() * self.size, font.descent() * self.size);
        if ascent + descent > height {
            return Err(Undrawable::NoRoom);
        }
        if font.width(&text)? * self.size + lean * ascent > width {
            return Err(Undrawable::TooLong);
        }
        let up = (height - ascent - descent) / 2.0 + descent;
        let shown = font.show(&text)?;
        let mut content = String::new();
        // Writing into memory does not fail.
        let _ = write!(
            content,
            "BT 0 g /Font {} Tf 1 0 {} 1 0 {} Tm {shown} Tj ET",
            decimal(self.size),
            decimal(lean),
            decimal(up)
        );
        font.draw((width, height), content)
    }
}
