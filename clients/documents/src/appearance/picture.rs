//! Pictures: PNG in, image with soft mask out (ISO 32000-2 §8.9.5, §11.6.5.2).

use std::fmt;
use std::io::{Cursor, Write};
use std::ops::Range;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use png::{ColorType, Decoder, Limits, Reader, Transformations};

use crate::pdf::{Appearance, Piece, Template, decimal};

use super::rules::{Colour, Image};

/// The largest file, in bytes.
const MOST_BYTES: usize = 2 << 20;

/// The longest side, in pixels: a seal of 42 mm at 1,200 dpi has 1,984.
const LONGEST_SIDE: u32 = 2048;

/// What the decoder may take besides the pixels, in bytes.
const MOST_MEMORY: usize = 32 << 20;

/// What is less opaque than this is not seen.
const FAINT: u8 = 16;

/// By how much a colour must be stronger than the others, of 255.
const STRONGER: u64 = 40;

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongPicture {
    /// The file or a side is too large.
    #[error(
        "the picture has more than {MOST_BYTES} bytes or a side of more than {LONGEST_SIDE} pixels"
    )]
    TooLarge,
    /// It is not PNG, or it is broken.
    #[error("the picture is no PNG that can be read")]
    NotPng,
    /// It moves: what is seen must not depend on the time.
    #[error("the picture is animated")]
    Animated,
    /// Its background is not transparent.
    #[error("the corners of the picture are not transparent")]
    Opaque,
    /// There is nothing to be seen.
    #[error("the picture is empty")]
    Empty,
    /// It has another colour than the rules ask for.
    #[error("the picture is not {}", match .0 { Colour::Red => "red", Colour::Blue => "blue" })]
    Colour(Colour),
    /// It has too few pixels along its short side.
    #[error("the short side of the picture has fewer than {0} pixels")]
    Coarse(u32),
}

/// A picture with transparency, ready to be drawn; its empty edges are cut off.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    width: u32,
    height: u32,
    /// Red, green and blue of each pixel, compressed.
    colours: Vec<u8>,
    /// Opacity of each pixel, compressed.
    opacity: Vec<u8>,
    /// Mean red, green and blue of what is seen.
    mean: [u64; 3],
}

impl fmt::Debug for Picture {
    /// Size only: pictures are somebody's handwriting.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Picture")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

impl Picture {
    /// Reads a PNG.
    ///
    /// # Errors
    ///
    /// [`WrongPicture`] if it is too large, broken, animated, empty, or has no transparent background.
    pub fn read(file: &[u8]) -> Result<Self, WrongPicture> {
        let pixels = Pixels::read(file)?;
        if !pixels.corners().all(|opacity| opacity < FAINT) {
            return Err(WrongPicture::Opaque);
        }
        let (columns, rows) = pixels.seen().ok_or(WrongPicture::Empty)?;
        pixels.cut(&columns, &rows)
    }

    /// The picture of samples of eight bits, red, green and blue beside their opacity; its empty edges are cut off. None
    /// if nothing is seen, or they are not as many.
    #[cfg(feature = "verify")]
    pub(crate) fn of_samples(width: usize, colours: &[u8], opacity: &[u8]) -> Option<Self> {
        let (rows, rest) = (opacity.len().checked_div(width)?, opacity.len() % width);
        let longest = usize::try_from(LONGEST_SIDE).ok()?;
        let fits = rest == 0 && width.max(rows) <= longest;
        (fits && opacity.len().checked_mul(3)? == colours.len()).then_some(())?;
        let each = colours.chunks_exact(3).zip(opacity);
        let pixels = Pixels {
            width,
            depth: 4,
            bytes: each
                .flat_map(|(colour, opacity)| colour.iter().chain([opacity]))
                .copied()
                .collect(),
        };
        let (columns, rows) = pixels.seen()?;
        pixels.cut(&columns, &rows).ok()
    }

    /// Width and height in pixels, without empty edges.
    pub const fn pixels(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Whether it is as the rules want it.
    ///
    /// # Errors
    ///
    /// [`WrongPicture::Colour`] or [`WrongPicture::Coarse`].
    pub fn check(&self, image: Image) -> Result<(), WrongPicture> {
        if self.width.min(self.height) < image.pixels {
            return Err(WrongPicture::Coarse(image.pixels));
        }
        match image.colour {
            Some(colour) if !self.is(colour) => Err(WrongPicture::Colour(colour)),
            _ => Ok(()),
        }
    }

    fn is(&self, colour: Colour) -> bool {
        let [red, green, blue] = self.mean;
        match colour {
            Colour::Red => red >= green.max(blue).saturating_add(STRONGER),
            Colour::Blue => blue >= red.max(green).saturating_add(STRONGER),
        }
    }

    /// The picture in a drawing of this size: its left and lower edge, width and height there, in points.
    pub(super) fn appearance(&self, (width, height): (f64, f64), at: [f64; 4]) -> Appearance {
        let [left, bottom, across, up] = at.map(decimal);
        Appearance {
            width,
            height,
            content: format!("q {across} 0 0 {up} {left} {bottom} cm /Picture Do Q").into_bytes(),
            resources: Template(vec![
                Piece::text("<< /XObject << /Picture "),
                Piece::Reference(0),
                Piece::text(" >> >>"),
            ]),
            objects: vec![self.image(), self.mask()],
        }
    }

    fn head(&self, space: &str) -> String {
        let Self { width, height, .. } = self;
        format!(
            "<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /{space} \
             /BitsPerComponent 8 /Filter /FlateDecode"
        )
    }

    fn image(&self) -> Template {
        Template(vec![
            Piece::text(&format!("{} /SMask ", self.head("DeviceRGB"))),
            Piece::Reference(1),
            Piece::stream("", &self.colours),
        ])
    }

    fn mask(&self) -> Template {
        Template(vec![Piece::stream(&self.head("DeviceGray"), &self.opacity)])
    }
}

/// Pixels as they are decoded.
struct Pixels {
    /// Pixels in a row, and bytes in a pixel; the last one is its opacity.
    width: usize,
    depth: usize,
    bytes: Vec<u8>,
}

impl Pixels {
    fn read(file: &[u8]) -> Result<Self, WrongPicture> {
        let mut reader = open(file)?;
        let info = reader.info();
        if info.animation_control().is_some() {
            return Err(WrongPicture::Animated);
        }
        let length = reader.output_buffer_size().ok_or(WrongPicture::TooLarge)?;
        let mut bytes = vec![0; length];
        let frame = reader
            .next_frame(&mut bytes)
            .map_err(|_| WrongPicture::NotPng)?;
        let depth = match frame.color_type {
            ColorType::GrayscaleAlpha => 2,
            ColorType::Rgba => 4,
            _ => return Err(WrongPicture::Opaque),
        };
        let width = usize::try_from(frame.width).map_err(|_| WrongPicture::TooLarge)?;
        Ok(Self {
            width,
            depth,
            bytes,
        })
    }

    fn rows(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        self.bytes.chunks_exact(self.width * self.depth)
    }

    fn opacities<'a>(&self, row: &'a [u8]) -> impl DoubleEndedIterator<Item = u8> + use<'a> {
        row.chunks_exact(self.depth)
            .filter_map(|pixel| pixel.last().copied())
    }

    fn corners(&self) -> impl Iterator<Item = u8> {
        let edges = self
            .rows()
            .next()
            .into_iter()
            .chain(self.rows().next_back());
        edges.flat_map(|row| {
            let mut across = self.opacities(row);
            across
                .next()
                .into_iter()
                .chain(self.opacities(row).next_back())
        })
    }

    /// The columns and rows of what is seen.
    fn seen(&self) -> Option<(Range<usize>, Range<usize>)> {
        let mut columns: Option<Range<usize>> = None;
        let mut rows: Option<Range<usize>> = None;
        for (down, row) in self.rows().enumerate() {
            for (across, opacity) in self.opacities(row).enumerate() {
                if opacity >= FAINT {
                    columns = Some(with(columns, across));
                    rows = Some(with(rows, down));
                }
            }
        }
        columns.zip(rows)
    }

    fn cut(&self, columns: &Range<usize>, rows: &Range<usize>) -> Result<Picture, WrongPicture> {
        let mut colours = Vec::with_capacity(columns.len() * rows.len() * 3);
        let mut opacities = Vec::with_capacity(columns.len() * rows.len());
        for row in self.rows().skip(rows.start).take(rows.len()) {
            let row = row.chunks_exact(self.depth);
            for pixel in row.skip(columns.start).take(columns.len()) {
                let (colour, opacity) = seen(pixel);
                colours.extend_from_slice(&colour);
                opacities.push(opacity);
            }
        }
        Ok(Picture {
            width: u32::try_from(columns.len()).map_err(|_| WrongPicture::TooLarge)?,
            height: u32::try_from(rows.len()).map_err(|_| WrongPicture::TooLarge)?,
            mean: mean(&colours, &opacities),
            colours: deflate(&colours),
            opacity: deflate(&opacities),
        })
    }
}

/// Opens a PNG that is small enough.
fn open(file: &[u8]) -> Result<Reader<Cursor<&[u8]>>, WrongPicture> {
    if file.len() > MOST_BYTES {
        return Err(WrongPicture::TooLarge);
    }
    let limits = Limits { bytes: MOST_MEMORY };
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    // The size first: before the rest is read, and before there is room for pixels.
    let info = decoder
        .read_header_info()
        .map_err(|_| WrongPicture::NotPng)?;
    if info.width.max(info.height) > LONGEST_SIDE {
        return Err(WrongPicture::TooLarge);
    }
    decoder.read_info().map_err(|_| WrongPicture::NotPng)
}

/// A range that has this place as well; places come in any order.
fn with(range: Option<Range<usize>>, place: usize) -> Range<usize> {
    range.map_or(place..place + 1, |range| {
        range.start.min(place)..range.end.max(place + 1)
    })
}

/// Colour and opacity. What is fully transparent has no colour: it may hide another picture.
fn seen(pixel: &[u8]) -> ([u8; 3], u8) {
    match *pixel {
        [_, 0] | [_, _, _, 0] => ([0; 3], 0),
        [grey, opacity] => ([grey; 3], opacity),
        [red, green, blue, opacity] => ([red, green, blue], opacity),
        _ => ([0; 3], 0),
    }
}

/// The mean colour, by opacity.
fn mean(colours: &[u8], opacities: &[u8]) -> [u64; 3] {
    let mut sums = [0_u64; 3];
    for (colour, opacity) in colours.chunks_exact(3).zip(opacities) {
        for (sum, part) in sums.iter_mut().zip(colour) {
            *sum += u64::from(*part) * u64::from(*opacity);
        }
    }
    let whole: u64 = opacities.iter().copied().map(u64::from).sum();
    sums.map(|sum| sum.checked_div(whole).unwrap_or(0))
}

/// As `FlateDecode` reads it (ISO 32000-2 §7.4.4).
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}
