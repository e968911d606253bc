//! What is signed in the benchmark: a PDF of thirty kilobytes, and a handwritten signature.

use std::fmt::Write as _;

use anyhow::Context as _;

/// The files that are measured.
#[derive(Debug)]
pub(super) struct Paper;

impl Paper {
    /// A PDF of two pages of text, 30 KB, its text not compressed.
    pub(super) fn text() -> Vec<u8> {
        let mut page = String::from("BT /F 12 Tf 14 TL 72 770 Td\n");
        for line in 0..48 {
            let words = "Can cu Luat To chuc chinh quyen dia phuong; ".repeat(6);
            let _ = writeln!(page, "({line} {words}) Tj T*");
        }
        page.push_str("ET");
        let stream = format!("<< /Length {} >>\nstream\n{page}\nendstream", page.len());
        let sheet = |content: usize| {
            format!(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.3 841.9] /Contents {content} 0 R \
                 /Resources << /Font << /F 7 0 R >> >> >>"
            )
        };
        file(&[
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>".to_owned(),
            sheet(5),
            sheet(6),
            stream.clone(),
            stream,
            "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>".to_owned(),
        ])
    }

    /// An empty page, and so many pictures of so many bytes that it does not show.
    pub(super) fn pictures(count: usize, bytes: usize) -> Vec<u8> {
        let samples = "x".repeat(bytes);
        let picture = format!(
            "<< /Type /XObject /Subtype /Image /Length {bytes} >>\nstream\n{samples}\nendstream"
        );
        let mut objects = vec![
            "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.3 841.9] >>".to_owned(),
        ];
        objects.resize(3 + count, picture);
        file(&objects)
    }

    /// A blue stroke on nothing: a PNG of 800 by 320 pixels.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn picture() -> anyhow::Result<Vec<u8>> {
        let mut pixels = Vec::with_capacity(800 * 320 * 4);
        for y in 0..320_u32 {
            for x in 0..800_u32 {
                let wave = (x * 7 % 400).abs_diff(200) + 60;
                let seen = (10..790).contains(&x) && wave.abs_diff(y) < 12;
                pixels.extend_from_slice(&if seen { [25, 45, 150, 255] } else { [0; 4] });
            }
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 800, 320);
        encoder.set_color(png::ColorType::Rgba);
        let mut writer = encoder.write_header().context("PNG")?;
        writer.write_image_data(&pixels).context("PNG")?;
        writer.finish().context("PNG")?;
        Ok(file)
    }
}

/// A PDF of these objects, the first of them its catalog.
fn file(objects: &[String]) -> Vec<u8> {
    let mut out = String::from("%PDF-1.7\n");
    let mut table = String::from("0000000000 65535 f \n");
    for (place, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        let _ = write!(out, "{} 0 obj\n{object}\nendobj\n", place + 1);
    }
    let (start, size) = (out.len(), objects.len() + 1);
    let _ = write!(
        out,
        "xref\n0 {size}\n{table}trailer\n<< /Root 1 0 R /Size {size} >>\nstartxref\n{start}\n%%EOF\n"
    );
    out.into_bytes()
}
