//! Signatures by hour and agency, as a picture and as a table.

use askama::Template;

use super::pages;
use crate::{Foreign, Frame, Problems};

pages! { Timeline in Timeline; }

/// Size of the picture, in its own units.
const WIDTH: u64 = 960;
const HEIGHT: u64 = 260;
const LEFT: u64 = 56;
const TOP: u64 = 14;

/// Agencies that have a colour of their own; whoever fills this sums the others up as the last one.
pub const COLOURS: usize = 6;

/// `/ui/timeline?day=`: signatures of one day by hour and agency.
#[derive(Clone, Debug, Template)]
#[template(path = "timeline.html")]
pub struct Timeline {
    /// What stands around the page.
    pub frame: Frame,
    /// The day, `yyyy-MM-dd`, for the field.
    pub day: String,
    /// The same day as people read it.
    pub day_shown: Foreign,
    /// Agencies, the most active first, [`COLOURS`] at most.
    pub agencies: Vec<Foreign>,
    /// Signatures of each hour, in the order of the agencies.
    pub hours: Vec<Hour>,
}

/// The signatures of one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    /// `08`.
    pub name: String,
    /// One count for each agency.
    pub counts: Vec<u64>,
}

impl Hour {
    fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// One piece of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    colour: usize,
    x: u64,
    y: u64,
    width: u64,
    height: u64,
}

/// A line of the scale or a name below a column: where, and what is written.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    at: u64,
    text: String,
}

impl Timeline {
    /// The next 1, 2 or 5 with zeros that no hour exceeds.
    fn top_of_scale(&self) -> u64 {
        let most = self.hours.iter().map(Hour::total).max().unwrap_or(0).max(4);
        let tens = (0..19_u32).map(|power| 10_u64.pow(power));
        let steps = tens.flat_map(|ten| [ten, ten.saturating_mul(2), ten.saturating_mul(5)]);
        steps
            .into_iter()
            .find(|step| *step >= most)
            .unwrap_or(u64::MAX)
    }

    fn scaled(&self, count: u64) -> u64 {
        let high = u128::from(count) * u128::from(HEIGHT) / u128::from(self.top_of_scale());
        u64::try_from(high).unwrap_or(HEIGHT)
    }

    fn step(&self) -> u64 {
        let hours = u64::try_from(self.hours.len().max(1)).unwrap_or(24);
        (WIDTH - LEFT) / hours
    }

    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut x = LEFT;
        for hour in &self.hours {
            let mut below = 0;
            for (colour, count) in hour.counts.iter().enumerate() {
                let (from, to) = (self.scaled(below), self.scaled(below + count));
                below += count;
                let y = TOP + HEIGHT - to;
                let width = self.step().saturating_sub(6).max(1);
                pieces.push(Piece {
                    colour,
                    x: x + 3,
                    y,
                    width,
                    height: to - from,
                });
            }
            x += self.step();
        }
        pieces.retain(|piece| piece.height > 0);
        pieces
    }

    fn scale(&self) -> Vec<Mark> {
        let mark = |part: u64| {
            let count = self.top_of_scale() / 4 * part;
            Mark {
                at: TOP + HEIGHT - self.scaled(count),
                text: count.to_string(),
            }
        };
        let mut marks: Vec<Mark> = (0..=4).map(mark).collect();
        marks.dedup_by(|one, other| one.text == other.text);
        marks
    }

    fn names(&self) -> Vec<Mark> {
        let places = (0..).map(|at| LEFT + at * self.step() + self.step() / 2);
        let named = self.hours.iter().zip(places);
        named
            .map(|(hour, at)| Mark {
                at,
                text: hour.name.clone(),
            })
            .collect()
    }

    fn total(&self) -> u64 {
        self.hours.iter().map(Hour::total).sum()
    }

    fn sentence(&self) -> String {
        let busiest = self.hours.iter().max_by_key(|hour| hour.total());
        let hour = busiest.map_or("", |hour| hour.name.as_str());
        crate::sentences::chart(self.frame.language, self.total(), hour)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    fn day(counts: &[&[u64]]) -> Timeline {
        let hours = counts.iter().map(|c| Hour {
            name: "08".to_owned(),
            counts: c.to_vec(),
        });
        Timeline {
            frame: Frame {
                language: Language::Vietnamese,
                here: String::new(),
                csrf: String::new(),
                viewer: None,
                evaluation: false,
                waiting: 0,
                unseen: crate::Unseen::default(),
            },
            day: String::new(),
            day_shown: Foreign::default(),
            agencies: Vec::new(),
            hours: hours.collect(),
        }
    }

    #[test]
    fn the_scale_ends_at_a_round_number_above_the_highest_column() {
        let table = [
            (0, 5),
            (4, 5),
            (5, 5),
            (6, 10),
            (11, 20),
            (21, 50),
            (51, 100),
            (90_001, 100_000),
        ];
        for (most, top) in table {
            assert_eq!(day(&[&[most]]).top_of_scale(), top, "{most}");
        }
    }

    #[test]
    fn pieces_stand_on_each_other_and_stay_inside() {
        let day = day(&[&[3, 0, 7], &[0, 0, 0], &[10, 10, 0]]);
        let pieces = day.pieces();
        assert_eq!(pieces.len(), 4);
        assert_eq!(pieces[0].y, pieces[1].y + pieces[1].height);
        for piece in pieces {
            assert!(
                piece.y >= TOP && piece.y + piece.height <= TOP + HEIGHT,
                "{piece:?}"
            );
            assert!(
                piece.x >= LEFT && piece.x + piece.width <= WIDTH,
                "{piece:?}"
            );
        }
    }
}
