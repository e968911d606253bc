//! The place of a signature by the words around it: under the authority and position, above the
//! name (Decree 30/2020/NĐ-CP, Annex I, part II, section I, no. 7).

mod letters;
mod matrix;
mod shown;
#[cfg(feature = "verify")]
mod written;

use unicode_normalization::UnicodeNormalization;

use crate::appearance::Gap;

use super::page::pages;
use super::reader::Pdf;
use super::refusal::{Refusal, reasons};
use shown::{Reading, Shown};

/// How an authority to sign is written before a position.
const AUTHORITIES: [&str; 5] = ["TM.", "KT.", "TL.", "TUQ.", "Q."];

/// Operators that are read of all pages together, and bytes for what they may hold.
const MOST_OPERATORS: usize = 500_000;

/// Pages that are read.
const MOST_PAGES: usize = 500;

/// The room for a signature, in points: a line of text is no room, half a page is another place.
const LEAST_ROOM: f64 = 15.0;
const MOST_ROOM: f64 = 250.0;

reasons! {
    /// Why the place of a signature is not found.
    NoAnchor {
        Absent "anchor_absent" "No page has an authority and position with this name under it." "Không tìm thấy quyền hạn, chức vụ và họ tên người ký trên trang nào.";
        Ambiguous "anchor_ambiguous" "The place of the signature stands in the document more than once." "Có nhiều vị trí ký trong văn bản; cần chọn vị trí.";
        TooMuch "anchor_too_much" "The pages hold more than is read." "Nội dung các trang vượt mức được đọc.";
        Unreadable "anchor_unreadable" "The pages cannot be read." "Không đọc được các trang.";
    }
}

impl From<Refusal> for NoAnchor {
    fn from(_: Refusal) -> Self {
        Self::Unreadable
    }
}

impl Pdf<'_> {
    /// The room between an authority with a position (as `KT. CHỦ TỊCH`) and the full name below.
    ///
    /// # Errors
    ///
    /// [`NoAnchor`] if there is no such place, or more than one.
    pub fn gap(&self, name: &str) -> Result<Gap, NoAnchor> {
        let name = plain(name);
        let pages = pages(self)?;
        if pages.len() > MOST_PAGES {
            return Err(NoAnchor::TooMuch);
        }
        let mut reading = Reading::new(self, MOST_OPERATORS);
        let mut found = Vec::new();
        for (page, index) in pages.iter().zip(1..) {
            let lines = lines(reading.page(page));
            if reading.left == 0 {
                return Err(NoAnchor::TooMuch);
            }
            found.extend(gaps(&lines, &name, index));
        }
        match found.as_slice() {
            [gap] => Ok(*gap),
            [] => Err(NoAnchor::Absent),
            _ => Err(NoAnchor::Ambiguous),
        }
    }
}

/// Composed, with one plain space between words.
fn plain(text: &str) -> String {
    let text: String = text.nfc().collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Pieces put together into lines; what stands far apart on one height are two.
fn lines(mut pieces: Vec<Shown>) -> Vec<Shown> {
    pieces.retain(|one| !one.text.trim().is_empty() && one.size > 0.0);
    pieces.sort_by(|one, other| {
        other
            .up
            .total_cmp(&one.up)
            .then(one.left.total_cmp(&other.left))
    });
    let mut lines: Vec<Shown> = Vec::new();
    for row in pieces.chunk_by(|one, other| (one.up - other.up).abs() < 0.2 * one.size) {
        let mut row = row.to_vec();
        row.sort_by(|one, other| one.left.total_cmp(&other.left));
        for piece in row {
            match lines.last_mut() {
                Some(line) if joins(line, &piece) => join(line, &piece),
                _ => lines.push(piece),
            }
        }
    }
    for line in &mut lines {
        line.text = plain(&line.text);
    }
    lines
}

fn joins(line: &Shown, piece: &Shown) -> bool {
    let gap = piece.left - line.right;
    (line.up - piece.up).abs() < 0.2 * line.size && gap < 1.5 * line.size && gap > -line.size
}

fn join(line: &mut Shown, piece: &Shown) {
    if piece.left - line.right > 0.15 * line.size {
        line.text.push(' ');
    }
    line.text.push_str(&piece.text);
    line.right = line.right.max(piece.right);
}

/// The rooms above this name on a page.
fn gaps(lines: &[Shown], name: &str, page: usize) -> Vec<Gap> {
    let named = lines.iter().filter(|line| is_name(&line.text, name));
    let gap = |below: &Shown| {
        let above = column(lines, below);
        let position = above.first()?;
        let gap = Gap {
            page,
            centre: f64::midpoint(middle(position), middle(below)),
            top: position.up - 0.22 * position.size,
            bottom: below.up + 0.9 * below.size,
        };
        let room = (LEAST_ROOM..=MOST_ROOM).contains(&(gap.top - gap.bottom));
        (room && has_authority(&above)).then_some(gap)
    };
    named.filter_map(gap).collect()
}

/// The name, with a title before it or not.
fn is_name(text: &str, name: &str) -> bool {
    let before = text.strip_suffix(name);
    !name.is_empty()
        && before.is_some_and(|before| before.is_empty() || before.ends_with([' ', '.']))
}

fn middle(line: &Shown) -> f64 {
    f64::midpoint(line.left, line.right)
}

/// The lines above one, in its column, the nearest first.
fn column<'l>(lines: &'l [Shown], below: &Shown) -> Vec<&'l Shown> {
    let within = |line: &&Shown| {
        let centred = (middle(line) - middle(below)).abs() < 3.0 * below.size;
        line.up > below.up + 0.5 * below.size && centred
    };
    let mut above: Vec<&Shown> = lines.iter().filter(within).collect();
    above.sort_by(|one, other| one.up.total_cmp(&other.up));
    above
}

/// Whether capitals without a break lead up to a line with an authority.
fn has_authority(above: &[&Shown]) -> bool {
    let mut last: Option<&Shown> = None;
    for line in above {
        let near = last.is_none_or(|last| line.up - last.up < 2.5 * last.size);
        if !near || line.text.chars().any(char::is_lowercase) {
            return false;
        }
        let compact: String = line
            .text
            .chars()
            .filter(|one| !one.is_whitespace())
            .collect();
        if AUTHORITIES
            .iter()
            .any(|authority| compact.starts_with(authority))
        {
            return true;
        }
        last = Some(line);
    }
    false
}
