//! How a signature looks: rules as data, pictures and text, made into what
//! [`prepare`](crate::pdf::prepare) takes.
//!
//! [`Rules::at`] finds the rules of a date. A [`Picture`] is read from PNG; [`Rules::person`] sets a
//! handwritten signature between position and name, [`Rules::seal`] sets a seal upon it, and
//! [`Rules::mark`] writes the block of a separate appendix or of an electronic copy. Each answers a
//! [`Drawn`]: the appearance, and the place where it belongs. Nothing here has a clock or a network.
//!
//! # What works
//!
//! - Decree 30/2020/NĐ-CP, Annex I, all four cases.
//! - PNG of any colour type with transparency; empty edges are cut off, so that sizes and overlap
//!   are those of what is seen.
//! - Text in every Vietnamese letter, composed or not, set in Liberation Serif, which is as wide as
//!   Times; the letters that are used are embedded and can be searched and copied.
//!
//! # What does not yet
//!
//! - PDF/A-1, which forbids transparency: a picture is always drawn with a soft mask.
//! - Letters outside Latin, and marks that have no composed letter: they are refused, because nothing
//!   here shapes text.
//! - The kind of copy is written in small letters (“Sao y”), because the rules want them; a file that
//!   wants capitals cannot have them. The time has one form, ISO 8601 with its offset.

mod block;
mod font;
mod geometry;
mod line;
mod picture;
mod rules;

use crate::pdf::{Appearance, Place};

pub use block::{CopyKind, Mark};
pub use geometry::Gap;
pub use picture::{Picture, WrongPicture};
pub use rules::{Block, Colour, Image, Line, NoRules, Part, Rules, Seal};

/// Widths of the letters of Times, for text whose font says none.
pub(crate) struct Times(font::Font);

impl Times {
    pub(crate) fn open() -> Option<Self> {
        font::Font::open().ok().map(Self)
    }

    /// In ems.
    pub(crate) fn width(&self, text: &str) -> Option<f64> {
        self.0.width(text).ok()
    }
}

/// Points in a millimetre.
pub const POINTS: f64 = 72.0 / 25.4;

/// An appearance and where it belongs.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// What is drawn.
    pub appearance: Appearance,
    /// Where: of the same size, so that nothing is stretched.
    pub place: Place,
}

/// Why an appearance cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Undrawable {
    /// The picture is not as the rules want it.
    #[error(transparent)]
    Picture(#[from] WrongPicture),
    /// A size is no number, or none that a signature or a seal has.
    #[error(
        "the size must be between {} and {} mm",
        geometry::SMALLEST,
        geometry::LARGEST
    )]
    Size,
    /// Position and name leave no room between them.
    #[error("there is no room between position and name")]
    NoRoom,
    /// A part of the text is not given.
    #[error("the text has no {0}")]
    Missing(Part),
    /// The font has no such letter, or it cannot be set without shaping.
    #[error("the font has no letter {0:?} (U+{number:04X})", number = u32::from(*.0))]
    Letter(char),
    /// The text does not fit into the block.
    #[error("the text is too long for its block")]
    TooLong,
    /// The font file cannot be read: the program is broken.
    #[error("the font cannot be read")]
    Font,
}
