//! Pages are drawn as they are, and what cannot be shown whole is refused.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod paper;

use kyso_render::{Limits, NotDrawn, draw};
use paper::pdf;

const USUAL: Limits = Limits {
    pages: 200,
    bytes: 48 << 20,
};

fn drawn(file: &[u8], limits: Limits) -> Result<Vec<Vec<u8>>, NotDrawn> {
    let mut pages = Vec::new();
    draw(file.to_vec(), limits, |page| pages.push(page))?;
    Ok(pages)
}

/// A page of this size with this content and these resources.
fn page(size: &str, content: &str, resources: &str) -> Vec<u8> {
    page_with(size, content, resources, &[])
}

/// The same with further objects, numbered from 5.
fn page_with(size: &str, content: &str, resources: &str, further: &[&str]) -> Vec<u8> {
    let stream = format!(
        "<< /Length {} >>\nstream\n{content}\nendstream",
        content.len()
    );
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [{size}] /Contents 4 0 R /Resources << {resources} >> >>"
        ),
        stream,
    ];
    objects.extend(further.iter().map(|one| (*one).to_owned()));
    pdf(&objects)
}

const A4: &str = "0 0 595 842";

/// Width, height and pixels of a PNG, one byte for each of its channels.
fn pixels(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut bytes).unwrap();
    bytes.truncate(info.buffer_size());
    (info.width, info.height, bytes)
}

#[test]
fn a_page_is_drawn_where_its_content_says() {
    // The lower left quarter is black.
    let pages = drawn(&page(A4, "0 0 297.5 421 re f", ""), USUAL).unwrap();
    let (width, height, grey) = pixels(&pages[0]);
    assert_eq!((width, height), (1119, 1584));
    let at = |across: u32, down: u32| grey[usize::try_from(down * width + across).unwrap()];
    assert_eq!(grey.len(), usize::try_from(width * height).unwrap());
    assert_eq!((at(100, 1500), at(1000, 1500), at(100, 100)), (0, 255, 255));
}

#[test]
fn colours_and_turned_pages_are_shown() {
    let red = page("0 0 842 595", "1 0 0 rg 0 0 842 595 re f", "");
    let (width, height, rgb) = pixels(&drawn(&red, USUAL).unwrap()[0]);
    assert!(width > height);
    assert_eq!(rgb.len(), usize::try_from(width * height * 3).unwrap());
    assert_eq!(rgb[..3], [255, 0, 0]);
}

#[test]
fn the_same_file_is_drawn_the_same() {
    let file = std::fs::read("../../tests/vectors/outgoing/quyet-dinh.pdf").unwrap();
    let once = drawn(&file, USUAL).unwrap();
    assert_eq!(once, drawn(&file, USUAL).unwrap());
    let (.., pixels) = pixels(&once[0]);
    let dark = pixels.iter().filter(|one| **one < 128).count();
    assert!(dark > 10_000, "{dark} dark bytes: the text is missing");
}

fn many(count: usize) -> Vec<u8> {
    let kids = "3 0 R ".repeat(count);
    pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        // Each in its place, not by number: one object is one page.
        format!(
            "<< /Type /Pages /Kids [{}] /Count {count} >>",
            kids.replace(
                "3 0 R",
                "<< /Type /Page /MediaBox [0 0 595 842] /Resources << >> >>"
            )
        ),
        "null".to_owned(),
    ])
}

#[test]
fn what_cannot_be_shown_whole_is_refused() {
    let text = "BT /F 12 Tf 100 700 Td (Quyet dinh) Tj ET";
    let font = |rest: &str| format!("/Font << /F << /Type /Font /Subtype /TrueType {rest} >> >>");
    let picture = "/XObject << /I 5 0 R >>";
    let broken = "<< /Type /XObject /Subtype /Image /Width 9 /Height 9 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /DCTDecode /Length 4 >>\nstream\nnope\nendstream";
    let with_picture = page_with(A4, "q 500 0 0 500 0 0 cm /I Do Q", picture, &[broken]);
    let table: [(&str, Vec<u8>, NotDrawn); 10] = [
        ("nothing", Vec::new(), NotDrawn::Unreadable),
        ("no PDF", b"MZ\x90\0".repeat(100), NotDrawn::Unreadable),
        ("no pages", many(0), NotDrawn::NoPages),
        ("10,000 pages", many(10_000), NotDrawn::TooManyPages),
        (
            "a giant page",
            page("0 0 20000 20000", "", ""),
            NotDrawn::Size,
        ),
        (
            "a sheet of grey dust",
            page("0 0 14000 14000", "", ""),
            NotDrawn::Size,
        ),
        ("a line", page("0 0 14000 10", "", ""), NotDrawn::Size),
        ("a point", page("0 0 5 5", "", ""), NotDrawn::Size),
        (
            "a font that is elsewhere",
            page(A4, text, &font("/BaseFont /VnTimesUnicode")),
            NotDrawn::FontMissing,
        ),
        ("a broken picture", with_picture, NotDrawn::Picture),
    ];
    for (name, file, why) in table {
        let end = drawn(&file, USUAL).map(|pages| pages.len());
        assert_eq!(end, Err(why), "{name}");
    }
}

#[test]
fn pictures_have_a_limit_together() {
    let file = many(3);
    let pages = drawn(&file, USUAL).unwrap();
    let all: usize = pages.iter().map(Vec::len).sum();
    let limits = |bytes| Limits { bytes, ..USUAL };
    assert_eq!(drawn(&file, limits(all)).unwrap().len(), 3);
    assert_eq!(drawn(&file, limits(all - 1)), Err(NotDrawn::TooHeavy));
}

#[test]
fn loops_come_to_an_end() {
    let own = pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>".to_owned(),
    ]);
    assert!(drawn(&own, USUAL).is_err());
    // A form that draws itself: it ends, and whether it may be shown at all is for who hands it in.
    let form = "<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 5 0 R >> >> /Length 5 >>\nstream\n/X Do\nendstream";
    let file = page_with(A4, "/X Do", "/XObject << /X 5 0 R >>", &[form]);
    assert_eq!(drawn(&file, USUAL).unwrap().len(), 1);
}
