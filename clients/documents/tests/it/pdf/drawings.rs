//! Pictures of seals and signatures, good and bad.

use kyso_documents::appearance::{Picture, WrongPicture};
use png::{BitDepth, ColorType};
use proptest::prelude::*;

const RED: [u8; 4] = [214, 20, 30, 255];

/// A PNG of one colour, with an empty edge.
pub(super) fn png(width: u32, height: u32, edge: u32, pixel: [u8; 4]) -> Vec<u8> {
    let (across, down) = (width + 2 * edge, height + 2 * edge);
    let mut bytes = Vec::new();
    for y in 0..down {
        for x in 0..across {
            let seen = (edge..edge + width).contains(&x) && (edge..edge + height).contains(&y);
            bytes.extend_from_slice(&if seen { pixel } else { [255, 255, 255, 0] });
        }
    }
    write(across, down, ColorType::Rgba, &bytes)
}

fn write(width: u32, height: u32, colour: ColorType, bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(bytes).unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn files_that_are_no_pictures_for_us_are_refused() {
    let good = png(10, 10, 3, RED);
    let huge = {
        // The header says 100,000 pixels a side; its checksum is right.
        let mut file = Vec::new();
        let encoder = png::Encoder::new(&mut file, 100_000, 100_000);
        drop(encoder.write_header().unwrap());
        file
    };
    let mut broken = good.clone();
    broken.truncate(good.len() - 40);
    let opaque = write(10, 10, ColorType::Rgb, &[9; 300]);
    for (name, file, expected) in [
        ("nothing", vec![], WrongPicture::NotPng),
        ("words", b"red seal".to_vec(), WrongPicture::NotPng),
        ("cut off", broken, WrongPicture::NotPng),
        ("many bytes", vec![0; (2 << 20) + 1], WrongPicture::TooLarge),
        ("many pixels", huge, WrongPicture::TooLarge),
        ("a long side", png(2049, 1, 0, RED), WrongPicture::TooLarge),
        ("no transparency", opaque, WrongPicture::Opaque),
        ("full corners", png(10, 10, 0, RED), WrongPicture::Opaque),
        (
            "nothing to see",
            png(10, 10, 1, [214, 20, 30, 15]),
            WrongPicture::Empty,
        ),
    ] {
        assert_eq!(Picture::read(&file), Err(expected), "{name}");
    }
    let read = Picture::read(&good).unwrap();
    assert_eq!(read.pixels(), (10, 10), "the edge is cut off");
    assert_eq!(format!("{read:?}"), "Picture { width: 10, height: 10, .. }");
}

/// What is hidden under full transparency does not get into the PDF.
#[test]
fn hidden_colours_are_left_out() {
    let mut bytes = Vec::new();
    for place in 0..25_u8 {
        let seen = place == 7 || place == 17;
        bytes.extend_from_slice(&if seen { RED } else { [place, 77, 99, 0] });
    }
    let file = write(5, 5, ColorType::Rgba, &bytes);
    assert_eq!(Picture::read(&file).unwrap().pixels(), (1, 3));
    let mut other = bytes.clone();
    other[12 * 4] = 200;
    let other = write(5, 5, ColorType::Rgba, &other);
    assert_eq!(Picture::read(&file), Picture::read(&other));
}

/// One pixel that is seen among nine, in every form that PNG has for it.
#[test]
fn pictures_of_every_kind_are_read() {
    let one = |seen: &[u8], empty: &[u8]| {
        let pixel = |place: u8| if place == 4 { seen } else { empty };
        (0..9).flat_map(pixel).copied().collect::<Vec<_>>()
    };
    let deep = [214, 99, 20, 99, 30, 99, 255, 99];
    let red = Picture::read(&write(3, 3, ColorType::Rgba, &one(&RED, &[0; 4]))).unwrap();
    assert_eq!(red.pixels(), (1, 1));
    let grey = Picture::read(&write(
        3,
        3,
        ColorType::GrayscaleAlpha,
        &one(&[9, 255], &[0; 2]),
    ));
    let grey = grey.unwrap();
    for (colour, depth, bytes, expected) in [
        (
            ColorType::Rgba,
            BitDepth::Sixteen,
            one(&deep, &[0; 8]),
            &red,
        ),
        (
            ColorType::Rgb,
            BitDepth::Eight,
            one(&RED[..3], &[1, 2, 3]),
            &red,
        ),
        (ColorType::Indexed, BitDepth::Eight, one(&[1], &[0]), &red),
        (
            ColorType::Indexed,
            BitDepth::One,
            vec![0, 0b0100_0000, 0],
            &red,
        ),
        (
            ColorType::Grayscale,
            BitDepth::Eight,
            one(&[9], &[2]),
            &grey,
        ),
    ] {
        let file = keyed(colour, depth, &bytes);
        assert_eq!(
            Picture::read(&file).as_ref(),
            Ok(expected),
            "{colour:?} {depth:?}"
        );
    }
}

/// Three by three pixels; one colour is transparent if there is no opacity.
fn keyed(colour: ColorType, depth: BitDepth, bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 3, 3);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    match colour {
        ColorType::Rgb => encoder.set_trns(vec![0, 1, 0, 2, 0, 3]),
        ColorType::Grayscale => encoder.set_trns(vec![0, 2]),
        ColorType::Indexed => {
            encoder.set_palette(vec![0, 0, 0, 214, 20, 30]);
            encoder.set_trns(vec![0]);
        }
        _ => {}
    }
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(bytes).unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn a_moving_picture_is_refused() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 3, 3);
    encoder.set_color(ColorType::Rgba);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    for _ in 0..2 {
        writer.write_image_data(&[0; 36]).unwrap();
    }
    writer.finish().unwrap();
    assert_eq!(Picture::read(&file), Err(WrongPicture::Animated));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Checksums are put right, so that damage gets as far as it can.
    #[test]
    fn a_damaged_picture_is_refused_or_read_but_never_brings_us_down(
        places in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut file = png(20, 10, 3, RED);
        for (place, byte) in places {
            let place = 8 + place.index(file.len() - 8);
            file[place] = byte;
        }
        mend(&mut file);
        if let Ok(picture) = Picture::read(&file) {
            let (width, height) = picture.pixels();
            prop_assert!(width > 0 && height > 0);
        }
    }
}

/// Puts the checksum of each chunk right, as far as there are whole chunks.
fn mend(file: &mut [u8]) {
    let mut start = 8;
    while let Some(length) = file.get(start..start + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap());
        let end = start + 8 + usize::try_from(length).unwrap();
        let Some(chunk) = file.get(start + 4..end) else {
            return;
        };
        let mut sum = flate2::Crc::new();
        sum.update(chunk);
        let Some(place) = file.get_mut(end..end + 4) else {
            return;
        };
        place.copy_from_slice(&sum.sum().to_be_bytes());
        start = end + 4;
    }
}
