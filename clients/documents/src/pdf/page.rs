//! Pages: where a signature is shown, in the eyes of whoever reads (ISO 32000-2 §7.7.3).

use std::collections::HashSet;

use lopdf::{Dictionary, Object, ObjectId};

use super::reader::Pdf;
use super::refusal::Refusal;

/// How deep the page tree may be.
pub(super) const MAX_DEPTH: usize = 64;

/// A4 in points: for a page without a size, which is not allowed but happens.
const A4: [f64; 4] = [0.0, 0.0, 595.0, 842.0];

/// A page and what it takes from the nodes above it.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) id: ObjectId,
    /// Left, bottom, right, top of what is shown, in its own units.
    pub(crate) shown: [f64; 4],
    pub(crate) turn: Turn,
    /// Points in one of its own units.
    pub(crate) unit: f64,
}

/// How far a page is turned clockwise before it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    None,
    Right,
    Half,
    Left,
}

impl Turn {
    const fn of(degrees: i64) -> Self {
        match degrees.rem_euclid(360) {
            90 => Self::Right,
            180 => Self::Half,
            270 => Self::Left,
            _ => Self::None,
        }
    }

    /// Width and height of a rectangle as it is seen.
    pub(crate) const fn size(self, [left, bottom, right, top]: [f64; 4]) -> (f64, f64) {
        match self {
            Self::None | Self::Half => (right - left, top - bottom),
            Self::Right | Self::Left => (top - bottom, right - left),
        }
    }

    /// The first four numbers of the matrix that sets a picture upright on a page turned so.
    pub(crate) const fn matrix(self) -> &'static str {
        match self {
            Self::None => "1 0 0 1",
            Self::Right => "0 1 -1 0",
            Self::Half => "-1 0 0 -1",
            Self::Left => "0 -1 1 0",
        }
    }

    /// Where right and up are on a page turned so, in its own units.
    #[cfg(feature = "verify")]
    pub(crate) const fn upright(self) -> [(f64, f64); 2] {
        match self {
            Self::None => [(1.0, 0.0), (0.0, 1.0)],
            Self::Right => [(0.0, 1.0), (-1.0, 0.0)],
            Self::Half => [(-1.0, 0.0), (0.0, -1.0)],
            Self::Left => [(0.0, -1.0), (1.0, 0.0)],
        }
    }
}

/// Where on a page, as it is shown: points from its left and lower edge.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "verify", derive(serde::Serialize, serde::Deserialize))]
pub struct Place {
    /// The page, from 1.
    pub page: usize,
    /// Distance from the left edge.
    pub left: f64,
    /// Distance from the lower edge.
    pub bottom: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Place {
    pub(crate) const fn middle(&self) -> (f64, f64) {
        (
            self.left + self.width / 2.0,
            self.bottom + self.height / 2.0,
        )
    }

    /// Whether two places have some of a page in common.
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.page == other.page
            && self.left < other.left + other.width
            && other.left < self.left + self.width
            && self.bottom < other.bottom + other.height
            && other.bottom < self.bottom + self.height
    }
}

impl Page {
    /// The rectangle in the page's own units: left, bottom, right, top.
    pub(crate) fn rectangle(&self, place: &Place) -> Result<[f64; 4], Refusal> {
        let [left, bottom, right, top] = self.shown;
        let (across, up) = self.turn.size(self.shown);
        let [u, v, width, height] =
            [place.left, place.bottom, place.width, place.height].map(|points| points / self.unit);
        let inside = u >= 0.0 && v >= 0.0 && u + width <= across && v + height <= up;
        if !(inside && width > 0.0 && height > 0.0) {
            return Err(Refusal::OutsidePage);
        }
        Ok(match self.turn {
            Turn::None => [left + u, bottom + v, left + u + width, bottom + v + height],
            Turn::Right => [
                right - v - height,
                bottom + u,
                right - v,
                bottom + u + width,
            ],
            Turn::Half => [right - u - width, top - v - height, right - u, top - v],
            Turn::Left => [left + v, top - u - width, left + v + height, top - u],
        })
    }

    /// Width and height as it is shown, in points.
    pub(crate) fn size(&self) -> (f64, f64) {
        let (across, up) = self.turn.size(self.shown);
        (across * self.unit, up * self.unit)
    }

    /// The place of a rectangle in the page's own units: the other way round than
    /// [`rectangle`](Self::rectangle).
    pub(crate) fn place(&self, page: usize, rectangle: [f64; 4]) -> Place {
        let [left, bottom, right, top] = self.shown;
        let [west, south, east, north] = rectangle;
        let (u, v) = match self.turn {
            Turn::None => (west - left, south - bottom),
            Turn::Right => (south - bottom, right - east),
            Turn::Half => (right - east, top - north),
            Turn::Left => (top - north, west - left),
        };
        let (width, height) = self.turn.size(rectangle);
        let [left, bottom, width, height] = [u, v, width, height].map(|own| own * self.unit);
        Place {
            page,
            left,
            bottom,
            width,
            height,
        }
    }
}

/// All pages in their order.
pub(crate) fn pages(pdf: &Pdf<'_>) -> Result<Vec<Page>, Refusal> {
    let (_, catalog) = pdf.catalog()?;
    let root = catalog.get(b"Pages").map_err(|_| Refusal::Malformed)?;
    let mut walk = Walk {
        pdf,
        seen: HashSet::new(),
        found: Vec::new(),
    };
    walk.node(root, Inherited::default(), MAX_DEPTH)?;
    Ok(walk.found)
}

#[derive(Clone, Copy, Default)]
struct Inherited {
    media: Option<[f64; 4]>,
    crop: Option<[f64; 4]>,
    degrees: Option<i64>,
}

struct Walk<'p, 'a> {
    pdf: &'p Pdf<'a>,
    seen: HashSet<ObjectId>,
    found: Vec<Page>,
}

impl Walk<'_, '_> {
    fn node(&mut self, object: &Object, above: Inherited, depth: usize) -> Result<(), Refusal> {
        let depth = depth.checked_sub(1).ok_or(Refusal::Malformed)?;
        let id = object.as_reference().map_err(|_| Refusal::Malformed)?;
        let pdf = self.pdf;
        let node = pdf.dictionary_of(id)?;
        if !self.seen.insert(id) {
            return Err(Refusal::Malformed);
        }
        let here = inherited(pdf, node, above);
        if node.has(b"Kids") {
            for below in pdf.array(node, b"Kids") {
                self.node(below, here, depth)?;
            }
            return Ok(());
        }
        self.found.push(page(pdf, id, node, here));
        Ok(())
    }
}

fn inherited(pdf: &Pdf<'_>, node: &Dictionary, above: Inherited) -> Inherited {
    let degrees = pdf
        .member(node, b"Rotate")
        .and_then(|degrees| degrees.as_i64().ok());
    Inherited {
        media: rectangle(pdf, node, b"MediaBox").or(above.media),
        crop: rectangle(pdf, node, b"CropBox").or(above.crop),
        degrees: degrees.or(above.degrees),
    }
}

fn page(pdf: &Pdf<'_>, id: ObjectId, node: &Dictionary, here: Inherited) -> Page {
    let media = here.media.unwrap_or(A4);
    let crop = here.crop.unwrap_or(media);
    let [left, bottom, right, top] = media;
    // What is cropped to more than the medium is the medium (§14.11.2.1).
    let shown = [
        crop[0].max(left),
        crop[1].max(bottom),
        crop[2].min(right),
        crop[3].min(top),
    ];
    let unit = pdf
        .member(node, b"UserUnit")
        .and_then(|unit| unit.as_float().ok());
    Page {
        id,
        shown,
        turn: Turn::of(here.degrees.unwrap_or(0)),
        unit: unit.map_or(1.0, f64::from),
    }
}

/// Four numbers, put in order (§7.9.5).
pub(crate) fn rectangle(pdf: &Pdf<'_>, dictionary: &Dictionary, key: &[u8]) -> Option<[f64; 4]> {
    let numbers: Vec<f64> = pdf
        .array(dictionary, key)
        .iter()
        .filter_map(|one| pdf.resolve(one)?.as_float().ok().map(f64::from))
        .filter(|number| number.is_finite())
        .collect();
    let [a, b, c, d] = numbers.try_into().ok()?;
    Some([
        f64::min(a, c),
        f64::min(b, d),
        f64::max(a, c),
        f64::max(b, d),
    ])
}

/// A number as PDF writes it: no exponent, no more than three decimals.
pub(crate) fn decimal(number: f64) -> String {
    let text = format!("{number:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place {
        page: 1,
        left: 10.0,
        bottom: 20.0,
        width: 30.0,
        height: 40.0,
    };

    fn page(degrees: i64, unit: f64) -> Page {
        Page {
            id: (1, 0),
            shown: [100.0, 200.0, 300.0, 600.0],
            turn: Turn::of(degrees),
            unit,
        }
    }

    #[test]
    fn a_place_is_found_on_turned_pages() {
        for (degrees, expected) in [
            (0, [110.0, 220.0, 140.0, 260.0]),
            (90, [240.0, 210.0, 280.0, 240.0]),
            (180, [260.0, 540.0, 290.0, 580.0]),
            (270, [120.0, 560.0, 160.0, 590.0]),
            (-90, [120.0, 560.0, 160.0, 590.0]),
            (720, [110.0, 220.0, 140.0, 260.0]),
        ] {
            let found = page(degrees, 1.0).rectangle(&PLACE).unwrap();
            assert_eq!(found.map(decimal), expected.map(decimal), "{degrees}");
            assert_eq!(page(degrees, 1.0).place(1, found), PLACE, "{degrees}");
        }
        let found = page(0, 2.0).rectangle(&PLACE).unwrap();
        assert_eq!(found.map(decimal), ["105", "210", "120", "230"]);
        assert_eq!(page(0, 2.0).place(1, found), PLACE);
        assert_eq!(page(90, 2.0).size(), (800.0, 400.0));
    }

    #[test]
    fn a_place_outside_the_page_is_refused() {
        let turned = Place {
            left: 350.0,
            ..PLACE
        };
        assert!(page(90, 1.0).rectangle(&turned).is_ok());
        for place in [
            turned,
            Place {
                left: -1.0,
                ..PLACE
            },
            Place {
                bottom: 361.0,
                ..PLACE
            },
            Place {
                width: 0.0,
                ..PLACE
            },
            Place {
                height: -1.0,
                ..PLACE
            },
            Place {
                height: f64::NAN,
                ..PLACE
            },
            Place {
                left: f64::INFINITY,
                ..PLACE
            },
        ] {
            assert_eq!(
                page(0, 1.0).rectangle(&place),
                Err(Refusal::OutsidePage),
                "{place:?}"
            );
        }
    }
}
