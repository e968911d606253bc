//! What a field shows where that is one picture and nothing else, so that a seal can be compared with the one that was
//! approved (ISO 32000-2 §8.9, §8.10, §12.5.5).

use lopdf::{Dictionary, ObjectId};

use crate::appearance::Picture;

use super::field::page_of;
use super::form;
use super::page::{Page, Place, pages, rectangle};
use super::reader::Pdf;
use super::refusal::Refusal;
use super::text::{Cursor, Kind, Value};

/// How deep forms may lie within forms; Acrobat's way of layers has three.
const DEEPEST: usize = 4;

/// What a picture fills before it is moved (§8.9.5).
const UNIT: [f64; 4] = [0.0, 0.0, 1.0, 1.0];

/// Keys of a picture whose samples are its colours: nothing recolours, masks or hides it.
const PLAIN: [&[u8]; 12] = [
    b"Type",
    b"Subtype",
    b"Width",
    b"Height",
    b"ColorSpace",
    b"BitsPerComponent",
    b"Filter",
    b"DecodeParms",
    b"Interpolate",
    b"Length",
    b"Name",
    b"SMask",
];

/// A picture as a field shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    /// What is seen of it.
    pub(crate) picture: Picture,
    /// Width and height of that, in points of the page.
    pub(crate) size: Pair,
    /// Where the picture stands, with its empty edges.
    pub(crate) place: Place,
}

impl Pdf<'_> {
    /// The picture that the field shows: upright, whole, and with nothing beside or upon it. None where it shows anything
    /// else.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoField`], or [`Refusal::Malformed`].
    pub(crate) fn only_picture(&self, field: &str) -> Result<Option<Shown>, Refusal> {
        let fields = form::fields(self)?;
        let field = fields.iter().find(|one| one.name == field);
        let Some(widget) = field.ok_or(Refusal::NoField)?.widget else {
            return Ok(None);
        };
        let page = self.numbered(widget)?;
        let seen = self.text(widget).is_ok_and(|text| says_all_once(&text));
        let widget = self.dictionary_of(widget)?;
        Ok(page
            .filter(|_| seen)
            .and_then(|page| self.picture_of(widget, &page)))
    }

    /// Where a reader sees what a field shows: the picture, where it is that and nothing else, or else the whole field. A
    /// seal goes by the person's handwriting, and a field that was drawn beforehand may be much wider.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoField`], or [`Refusal::Malformed`].
    pub fn seen(&self, field: &str) -> Result<Option<Place>, Refusal> {
        let Some(whole) = self.shown(field)? else {
            return Ok(None);
        };
        let picture = self.only_picture(field)?;
        Ok(Some(picture.map_or(whole, |shown| shown.place)))
    }

    /// The page of a widget and its number.
    fn numbered(&self, widget: ObjectId) -> Result<Option<(usize, Page)>, Refusal> {
        let Some(page) = page_of(self, widget)? else {
            return Ok(None);
        };
        let number = (1..).zip(pages(self)?);
        let mut number = number.filter(|(_, one)| one.id == page.id);
        Ok(number.next())
    }

    fn picture_of(&self, widget: &Dictionary, (number, page): &(usize, Page)) -> Option<Shown> {
        let look = self.part(widget, b"AP")?;
        let form = look.get(b"N").ok()?.as_reference().ok()?;
        let place = rectangle(self, widget, b"Rect")?;
        let (image, within) = self.drawn_in(form, DEEPEST)?;
        let head = self.stream_head(form)?;
        // The form's box, turned by its matrix, is stretched onto the field (§12.5.5, algorithm 8.1).
        let own = self.matrix(head)?;
        let full = within.then(own).then(Matrix::onto(
            own.bounds(rectangle(self, head, b"BBox")?),
            place,
        )?);
        let (across, up) = full.upright(page)?;
        let (picture, share) = self.seen_in(image)?;
        let size = (across * page.unit * share.0, up * page.unit * share.1);
        let place = page.place(*number, full.bounds(UNIT));
        Some(Shown {
            picture,
            size,
            place,
        })
    }

    /// The one picture that a form draws, and where its unit square comes to lie in the form.
    fn drawn_in(&self, form: ObjectId, deepest: usize) -> Option<(ObjectId, Matrix)> {
        let deepest = deepest.checked_sub(1)?;
        let head = self.stream_head(form)?;
        (!head.has(b"OC")).then_some(())?;
        let (name, at) = only_drawing(&self.content(form)?)?;
        let resources = self.part(head, b"Resources")?;
        let objects = self.part(resources, b"XObject")?;
        let drawn = objects.get(name.as_bytes()).ok()?.as_reference().ok()?;
        let below = self.stream_head(drawn)?;
        let (image, at) = match below.get(b"Subtype").ok()?.as_name().ok()? {
            b"Image" => (drawn, at),
            b"Form" => {
                let (image, within) = self.drawn_in(drawn, deepest)?;
                (image, within.then(self.matrix(below)?).then(at))
            }
            _ => return None,
        };
        // What lies outside of the box is cut off.
        let clip = rectangle(self, head, b"BBox")?;
        contains(clip, at.bounds(UNIT)).then_some((image, at))
    }

    /// The dictionary of a stream in which no key stands twice, as readers differ in which counts.
    fn stream_head(&self, id: ObjectId) -> Option<&Dictionary> {
        let (text, _) = self.stream(id)?;
        let stream = self.document().get_object(id).ok()?.as_stream().ok()?;
        says_all_once(&text).then_some(&stream.dict)
    }

    /// A dictionary in another one, or one that it refers to.
    fn part<'s>(&'s self, whole: &'s Dictionary, key: &[u8]) -> Option<&'s Dictionary> {
        if let Ok(id) = whole.get(key).ok()?.as_reference() {
            says_all_once(&self.text(id).ok()?).then_some(())?;
        }
        self.dictionary(whole, key)
    }

    fn matrix(&self, form: &Dictionary) -> Option<Matrix> {
        if !form.has(b"Matrix") {
            return Some(Matrix::SAME);
        }
        let numbers = self.array(form, b"Matrix").iter();
        let numbers = numbers.map(|one| self.resolve(one)?.as_float().ok().map(f64::from));
        Matrix::of(&numbers.collect::<Option<Vec<f64>>>()?)
    }

    /// What is seen of a picture, without empty edges, and what share of its sides that is.
    fn seen_in(&self, image: ObjectId) -> Option<(Picture, Pair)> {
        let (width, height, colours) = self.samples(image, b"DeviceRGB", 3)?;
        let mask = self.stream_head(image)?.get(b"SMask").ok()?;
        let mask = self.samples(mask.as_reference().ok()?, b"DeviceGray", 1)?;
        ((mask.0, mask.1) == (width, height)).then_some(())?;
        let picture = Picture::of_samples(width, &colours, &mask.2)?;
        let (across, down) = picture.pixels();
        let share = |part: u32, whole: usize| {
            let whole = u32::try_from(whole).ok()?;
            Some(f64::from(part) / f64::from(whole))
        };
        let share = (share(across, width)?, share(down, height)?);
        Some((picture, share))
    }

    /// Width, height and samples of eight bits.
    fn samples(&self, id: ObjectId, space: &[u8], each: usize) -> Option<(usize, usize, Vec<u8>)> {
        let head = self.stream_head(id)?;
        let plain = head.iter().all(|(key, _)| PLAIN.contains(&key.as_slice()));
        let number = |key: &[u8]| {
            let number = self.member(head, key)?.as_i64().ok()?;
            usize::try_from(number).ok()
        };
        let named = self.member(head, b"ColorSpace")?.as_name().ok()?;
        (plain && named == space && number(b"BitsPerComponent")? == 8).then_some(())?;
        let (width, height) = (number(b"Width")?, number(b"Height")?);
        let samples = self.content(id)?;
        let length = width.checked_mul(height)?.checked_mul(each)?;
        (samples.len() == length && length > 0).then_some((width, height, samples))
    }
}

/// Whether no key of a dictionary, and of those in it, stands twice.
fn says_all_once(text: &[u8]) -> bool {
    fn once(value: &Value, text: &[u8]) -> bool {
        match value.kind {
            Kind::Dictionary => value
                .entries(text)
                .is_some_and(|entries| entries.iter().all(|entry| once(&entry.value, text))),
            Kind::Array => value
                .elements(text)
                .is_some_and(|elements| elements.iter().all(|element| once(element, text))),
            _ => true,
        }
    }
    Cursor::new(text, 0)
        .value()
        .is_some_and(|value| once(&value, text))
}

/// The name of the only thing that is drawn, and how its units are changed; none if anything else stands there.
///
/// Read here, not by lopdf, which passes over what it does not understand: another reader might draw it. A few words are
/// all that a picture needs: numbers, one name, and four operators.
fn only_drawing(content: &[u8]) -> Option<(String, Matrix)> {
    let text = std::str::from_utf8(content).ok()?.replace('/', " /");
    let (mut numbers, mut name) = (Vec::new(), None);
    let (mut kept, mut now, mut found) = (Vec::new(), Matrix::SAME, None);
    for word in text.split_ascii_whitespace() {
        let bare = numbers.is_empty() && name.is_none();
        match word {
            "q" if bare => kept.push(now),
            "Q" if bare => now = kept.pop()?,
            "cm" if name.is_none() => now = Matrix::of(&std::mem::take(&mut numbers))?.then(now),
            "Do" if numbers.is_empty() && found.is_none() => found = Some((name.take()?, now)),
            word => match word.strip_prefix('/') {
                Some(word) if name.is_none() && is_plain(word) => name = Some(word.to_owned()),
                Some(_) => return None,
                None => numbers.push(number(word)?),
            },
        }
    }
    let whole = numbers.is_empty() && name.is_none() && kept.is_empty();
    found.filter(|_| whole)
}

/// Whether a name means what stands there, in every reader.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !name.is_empty() && name.bytes().all(plain)
}

/// A number as PDF writes it (§7.3.3): without exponent.
fn number(word: &str) -> Option<f64> {
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.');
    word.bytes().all(plain).then(|| word.parse().ok()).flatten()
}

/// A point, or a way from one to another: across and up.
type Pair = (f64, f64);

/// How units are changed (§8.3.4): where the units across and up point to, and where the origin goes.
#[derive(Clone, Copy, Debug)]
struct Matrix {
    across: Pair,
    up: Pair,
    origin: Pair,
}

impl Matrix {
    const SAME: Self = Self {
        across: (1.0, 0.0),
        up: (0.0, 1.0),
        origin: (0.0, 0.0),
    };

    fn of(numbers: &[f64]) -> Option<Self> {
        let numbers: [f64; 6] = numbers.try_into().ok()?;
        Some(Self {
            across: (numbers[0], numbers[1]),
            up: (numbers[2], numbers[3]),
            origin: (numbers[4], numbers[5]),
        })
    }

    /// Where a way leads.
    fn way(&self, way: Pair) -> Pair {
        (
            way.0.mul_add(self.across.0, way.1 * self.up.0),
            way.0.mul_add(self.across.1, way.1 * self.up.1),
        )
    }

    /// Where a point goes.
    fn point(&self, point: Pair) -> Pair {
        let way = self.way(point);
        (way.0 + self.origin.0, way.1 + self.origin.1)
    }

    /// This one first, then the other.
    fn then(self, other: Self) -> Self {
        Self {
            across: other.way(self.across),
            up: other.way(self.up),
            origin: other.point(self.origin),
        }
    }

    /// What stretches one rectangle onto another.
    fn onto([left, bottom, right, top]: [f64; 4], to: [f64; 4]) -> Option<Self> {
        let (width, height) = (right - left, top - bottom);
        (width > 0.0 && height > 0.0).then_some(())?;
        let (across, up) = ((to[2] - to[0]) / width, (to[3] - to[1]) / height);
        Some(Self {
            across: (across, 0.0),
            up: (0.0, up),
            origin: (left.mul_add(-across, to[0]), bottom.mul_add(-up, to[1])),
        })
    }

    /// The smallest upright rectangle around what becomes of this one.
    fn bounds(&self, [left, bottom, right, top]: [f64; 4]) -> [f64; 4] {
        let corners = [(left, bottom), (left, top), (right, bottom), (right, top)];
        corners.iter().map(|corner| self.point(*corner)).fold(
            [f64::MAX, f64::MAX, f64::MIN, f64::MIN],
            |[west, south, east, north], (x, y)| {
                [west.min(x), south.min(y), east.max(x), north.max(y)]
            },
        )
    }

    /// Width and height of the unit square on the page, if it stands there upright as the page is shown, and not
    /// mirrored.
    fn upright(&self, page: &Page) -> Option<Pair> {
        let [right, up] = page.turn.upright();
        Some((along(self.across, right)?, along(self.up, up)?))
    }
}

/// How long a way is that leads in this direction.
fn along(way: Pair, direction: Pair) -> Option<f64> {
    let length = way.0.hypot(way.1);
    let share = way.0.mul_add(direction.0, way.1 * direction.1);
    (length > 0.0 && share > length * 0.9999).then_some(length)
}

/// Whether a rectangle lies in another, but for a hundredth of a point.
fn contains(outer: [f64; 4], inner: [f64; 4]) -> bool {
    let low = (0..2).all(|at| inner[at] >= outer[at] - 0.01);
    let high = (2..4).all(|at| inner[at] <= outer[at] + 0.01);
    low && high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_every_reader_reads_alike_is_one_drawing() {
        for (content, expected) in [
            ("q 2 0 0 3 4 5 cm /Im0 Do Q", Some("Im0")),
            ("q 2 0 0 3 4 5 cm/Im0 Do Q\n", Some("Im0")),
            ("/Im0 Do", Some("Im0")),
            ("q +2. 0 0 -.5 4 5 cm q /Im0 Do Q Q", Some("Im0")),
            ("", None),
            ("q /Im0 Do", None),
            ("/Im0 Do Q", None),
            ("/Im0 Do /Im0 Do", None),
            ("/Im0 Do ) 0 0 9 9 re f", None),
            ("/Im0 Do % 0 0 9 9 re f", None),
            ("/Im0 Do 0 0 9 9 re f", None),
            ("/Im0 Do 1", None),
            ("/Im0 Do /Im1", None),
            ("1 /Im0 Do", None),
            ("/Im0 /Im1 Do", None),
            ("/Im#30 Do", None),
            ("/Im0 Do\0", None),
            ("1 0 0 1 0 cm /Im0 Do", None),
            ("1e0 0 0 1 0 0 cm /Im0 Do", None),
            ("NaN 0 0 1 0 0 cm /Im0 Do", None),
            ("/G gs /Im0 Do", None),
            ("BI /W 1 ID x EI", None),
        ] {
            let found = only_drawing(content.as_bytes()).map(|(name, _)| name);
            assert_eq!(found.as_deref(), expected, "{content:?}");
        }
        let (_, at) = only_drawing(b"q 2 0 0 3 4 5 cm 1 0 0 1 10 0 cm /I Do Q").unwrap();
        let found = at.bounds([0.0, 0.0, 1.0, 1.0]);
        let expected = [24.0, 5.0, 26.0, 8.0];
        assert!(contains(expected, found) && contains(found, expected));
    }
}
