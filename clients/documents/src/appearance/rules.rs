//! What the rules say about the look of signatures, with their source and the dates in force.

use std::fmt;

use time::Date;
use time::macros::date;

/// The rules of one text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    /// The text and its part.
    pub source: &'static str,
    /// The first day in force.
    pub from: Date,
    /// The last day in force, if it is known.
    pub until: Option<Date>,
    /// The handwritten signature of the authorised person.
    pub person: Image,
    /// The seal of the agency.
    pub seal: Seal,
    /// The number with its symbol.
    pub number: Line,
    /// The date.
    pub date: Line,
    /// The agency's signature on an appendix in a file of its own.
    pub appendix: Block,
    /// The agency's signature on an electronic copy.
    pub copy: Block,
}

/// What a picture must be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its chief colour, if one is asked for.
    pub colour: Option<Colour>,
    /// Pixels along its short side, at least. This is our measure: the rules ask for none.
    pub pixels: u32,
}

/// A colour that rules ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Red, as seals are.
    Red,
    /// Blue, as ink is.
    Blue,
}

/// How a seal is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seal {
    /// Its picture.
    pub image: Image,
    /// How much of the person's image it covers, from the left, as a share of the width.
    pub overlap: f64,
}

/// A block of text in the upper right corner of the first page, without a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// The parts of each line.
    pub lines: &'static [&'static [Part]],
    /// Size of the letters, in points.
    pub size: f64,
    /// From one line to the next, in points.
    pub leading: f64,
    /// The widest line, in millimetres; what is longer goes on in the next line.
    pub width: f64,
    /// Lines after breaking, at most.
    pub most_lines: usize,
    /// From the upper edge of the page, in millimetres.
    pub top: f64,
    /// From the right edge of the page, in millimetres.
    pub right: f64,
}

/// One line of text in black.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Size of the letters, in points.
    pub size: f64,
    /// Whether they lean, as italics do.
    pub slanted: bool,
}

/// A part of a text block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// These words.
    Words(&'static str),
    /// The number of the main document.
    Number,
    /// The symbol of the main document.
    Symbol,
    /// The kind of copy.
    Kind,
    /// The name of the agency that copied.
    Agency,
    /// The signing time in Vietnam, as ISO 8601 writes it.
    Time,
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Words(words) => write!(out, "words {words:?}"),
            Self::Number => out.write_str("number"),
            Self::Symbol => out.write_str("symbol"),
            Self::Kind => out.write_str("kind of copy"),
            Self::Agency => out.write_str("agency"),
            Self::Time => out.write_str("signing time"),
        }
    }
}

/// No rules are in force on this day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no rules on the look of signatures are in force on {0}")]
pub struct NoRules(pub Date);

impl Rules {
    /// The rules in force on a day in Vietnam.
    ///
    /// # Errors
    ///
    /// [`NoRules`] for days before the first rules that are known here.
    pub fn at(day: Date) -> Result<&'static Self, NoRules> {
        choose(&ALL, day)
    }
}

impl Rules {
    /// The rules that were made last.
    pub(crate) const fn newest() -> &'static Self {
        let [.., newest] = &ALL;
        newest
    }
}

fn choose(all: &[Rules], day: Date) -> Result<&Rules, NoRules> {
    let in_force = |rules: &&Rules| rules.from <= day && rules.until.is_none_or(|last| day <= last);
    all.iter().find(in_force).ok_or(NoRules(day))
}

/// Both blocks stand in the upper margin (20 to 25 mm), so that they cover neither the national
/// title nor the motto; the right margin is the narrowest that is allowed.
const CORNER: Block = Block {
    lines: &[],
    size: 10.0,
    leading: 11.5,
    width: 100.0,
    most_lines: 4,
    top: 5.0,
    right: 15.0,
};

/// Newest last; no two are in force on one day.
const ALL: [Rules; 1] = [Rules {
    source: "Nghị định 30/2020/NĐ-CP, Phụ lục I",
    from: date!(2020 - 03 - 05),
    until: None,
    // Part II section I, no. 7: blue, PNG, transparent.
    person: Image {
        colour: Some(Colour::Blue),
        pixels: 100,
    },
    // No. 8: red, of real size, PNG, transparent, upon about a third of the signature, on its left.
    seal: Seal {
        image: Image {
            colour: Some(Colour::Red),
            pixels: 300,
        },
        overlap: 1.0 / 3.0,
    },
    // No. 3 and 4: 13 points, upright; 13 to 14 points, italic.
    number: Line {
        size: 13.0,
        slanted: false,
    },
    date: Line {
        size: 13.0,
        slanted: true,
    },
    appendix: Block {
        lines: &[
            &[Part::Number, Part::Words("/"), Part::Symbol],
            &[Part::Time],
        ],
        ..CORNER
    },
    copy: Block {
        lines: &[&[Part::Kind], &[Part::Agency], &[Part::Time]],
        ..CORNER
    },
}];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_chosen_by_date() {
        let decree = Rules::at(date!(2020 - 03 - 05)).unwrap();
        assert_eq!(decree.source, "Nghị định 30/2020/NĐ-CP, Phụ lục I");
        assert_eq!(Rules::at(date!(2026 - 11 - 26)).unwrap(), decree);
        let before = date!(2020 - 03 - 04);
        assert_eq!(Rules::at(before), Err(NoRules(before)));
    }

    #[test]
    fn rules_end_on_their_last_day() {
        let old = Rules {
            until: Some(date!(2027 - 06 - 30)),
            ..ALL[0]
        };
        let new = Rules {
            source: "new",
            from: date!(2027 - 07 - 01),
            ..ALL[0]
        };
        let all = [old, new];
        for (day, source) in [
            (date!(2027 - 06 - 30), old.source),
            (date!(2027 - 07 - 01), "new"),
        ] {
            assert_eq!(choose(&all, day).unwrap().source, source);
        }
        let day = date!(2027 - 07 - 01);
        assert_eq!(choose(&all[..1], day), Err(NoRules(day)));
    }

    #[test]
    fn a_seal_covers_about_a_third() {
        for rules in &ALL {
            assert!(
                (0.30..=0.36).contains(&rules.seal.overlap),
                "{}",
                rules.source
            );
        }
    }
}
