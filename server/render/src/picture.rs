//! Pixels to PNG.

use hayro::vello_cpu::Pixmap;
use png::{BitDepth, ColorType, Compression, Encoder};

use crate::refusal::NotDrawn;

/// The pixels on white paper as a PNG: grey where all of them are, which most pages of text are.
pub(crate) fn png(drawn: &Pixmap) -> Result<Vec<u8>, NotDrawn> {
    let pixels = drawn.data();
    let grey = pixels.iter().all(|one| one.r == one.g && one.g == one.b);
    let (color, bytes): (_, Vec<u8>) = if grey {
        let bytes = pixels.iter().map(|one| one.r);
        (ColorType::Grayscale, bytes.collect())
    } else {
        let bytes = pixels.iter().flat_map(|one| [one.r, one.g, one.b]);
        (ColorType::Rgb, bytes.collect())
    };
    let mut png = Vec::new();
    let mut encoder = Encoder::new(&mut png, drawn.width().into(), drawn.height().into());
    encoder.set_color(color);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    let mut writer = encoder.write_header().map_err(|_| NotDrawn::Size)?;
    writer
        .write_image_data(&bytes)
        .map_err(|_| NotDrawn::Size)?;
    drop(writer);
    Ok(png)
}
