//! The one font: its letters, their widths, and those that a text uses as objects of a PDF
//! (ISO 32000-2 §9.7, §9.8, §9.10.3).

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;
use ttf_parser::Face;

use crate::pdf::{Appearance, Piece, Template, decimal};

use super::Undrawable;
use super::picture::deflate;

/// Liberation Serif 2.1.5, under the OFL 1.1: see `fonts/README.md`.
const FILE: &[u8] = include_bytes!("../../fonts/LiberationSerif-Regular.ttf");

/// Entries in one section of a `ToUnicode` map, at most (Adobe Technical Note 5411).
const SECTION: usize = 100;

/// The font, and the letters used so far.
pub(super) struct Font {
    face: Face<'static>,
    used: GlyphRemapper,
    letters: BTreeMap<u16, char>,
}

impl Font {
    pub(super) fn open() -> Result<Self, Undrawable> {
        Ok(Self {
            face: Face::parse(FILE, 0).map_err(|_| Undrawable::Font)?,
            used: GlyphRemapper::new(),
            letters: BTreeMap::new(),
        })
    }

    /// Width of a text in ems.
    pub(super) fn width(&self, text: &str) -> Result<f64, Undrawable> {
        text.chars().map(|one| Ok(self.glyph(one)?.1)).sum()
    }

    /// From the base line up to the highest letter, in ems.
    pub(super) fn ascent(&self) -> f64 {
        self.ems(f64::from(self.face.ascender()))
    }

    /// From the base line down to the lowest letter, in ems.
    pub(super) fn descent(&self) -> f64 {
        self.ems(f64::from(self.face.descender()).abs())
    }

    /// The text as a string of glyphs, which are from now on used.
    pub(super) fn show(&mut self, text: &str) -> Result<String, Undrawable> {
        let mut shown = String::from("<");
        for letter in text.chars() {
            let (glyph, _) = self.glyph(letter)?;
            let number = self.used.remap(glyph);
            self.letters.entry(number).or_insert(letter);
            // Writing into memory does not fail.
            let _ = write!(shown, "{number:04X}");
        }
        Ok(shown + ">")
    }

    /// Glyph and width of a letter. One that has no width is a mark or a sign of direction, and
    /// Hebrew and its like run the other way: those need a shaper.
    fn glyph(&self, letter: char) -> Result<(u16, f64), Undrawable> {
        let missing = Undrawable::Letter(letter);
        if letter.is_control() || ('\u{590}'..'\u{1E00}').contains(&letter) || letter > '\u{FB06}' {
            return Err(missing);
        }
        let glyph = self.face.glyph_index(letter).ok_or(missing.clone())?;
        match self.face.glyph_hor_advance(glyph) {
            None | Some(0) => Err(missing),
            Some(width) => Ok((glyph.0, self.ems(f64::from(width)))),
        }
    }

    fn ems(&self, units: f64) -> f64 {
        units / f64::from(self.face.units_per_em())
    }

    fn thousandths(&self, units: i16) -> String {
        decimal(self.ems(f64::from(units)) * 1000.0)
    }

    /// A drawing of this size in points whose content names the font `/Font`.
    pub(super) fn draw(
        &self,
        (width, height): (f64, f64),
        content: String,
    ) -> Result<Appearance, Undrawable> {
        Ok(Appearance {
            width,
            height,
            content: content.into_bytes(),
            resources: Template(vec![
                Piece::text("<< /Font << /Font "),
                Piece::Reference(0),
                Piece::text(" >> >>"),
            ]),
            objects: self.objects()?,
        })
    }

    /// The objects of the font: it is the first.
    fn objects(&self) -> Result<Vec<Template>, Undrawable> {
        let file = subsetter::subset(FILE, 0, &self.used).map_err(|_| Undrawable::Font)?;
        let name = self.name();
        let font = Template(vec![
            Piece::text(&format!(
                "<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H \
                 /DescendantFonts ["
            )),
            Piece::Reference(1),
            Piece::text("] /ToUnicode "),
            Piece::Reference(4),
            Piece::text(" >>"),
        ]);
        Ok(vec![
            font,
            self.descendant(&name),
            self.descriptor(&name),
            Template(vec![packed(&file)]),
            Template(vec![packed(self.to_unicode().as_bytes())]),
        ])
    }

    /// The font's name with six letters before it that tell parts of it apart (§9.9.2).
    fn name(&self) -> String {
        let mut hash = Sha256::new();
        for glyph in self.used.remapped_gids() {
            hash.update(glyph.to_be_bytes());
        }
        let letters = hash.finalize().into_iter().take(6);
        let tag: String = letters.map(|byte| char::from(b'A' + byte % 26)).collect();
        format!("{tag}+LiberationSerif")
    }

    fn descendant(&self, name: &str) -> Template {
        let widths: Vec<String> = self
            .used
            .remapped_gids()
            .map(|glyph| self.face.glyph_hor_advance(ttf_parser::GlyphId(glyph)))
            .map(|width| decimal(self.ems(f64::from(width.unwrap_or(0))) * 1000.0))
            .collect();
        Template(vec![
            Piece::text(&format!(
                "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /CIDSystemInfo \
                 << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> \
                 /CIDToGIDMap /Identity /W [0 [{}]] /FontDescriptor ",
                widths.join(" ")
            )),
            Piece::Reference(2),
            Piece::text(" >>"),
        ])
    }

    /// Flags: serif and symbolic, because the letters have numbers of our own.
    fn descriptor(&self, name: &str) -> Template {
        let bounds = self.face.global_bounding_box();
        let bounds = [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max];
        let face = &self.face;
        Template(vec![
            Piece::text(&format!(
                "<< /Type /FontDescriptor /FontName /{name} /Flags 6 /FontBBox [{}] /ItalicAngle 0 \
                 /Ascent {} /Descent {} /CapHeight {} /StemV 80 /FontFile2 ",
                bounds.map(|units| self.thousandths(units)).join(" "),
                self.thousandths(face.ascender()),
                self.thousandths(face.descender()),
                self.thousandths(face.capital_height().unwrap_or(face.ascender())),
            )),
            Piece::Reference(3),
            Piece::text(" >>"),
        ])
    }

    /// Which letter each glyph is, for those who search and copy.
    fn to_unicode(&self) -> String {
        let mut map = String::from(
            "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n\
             /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n\
             /CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n\
             1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n",
        );
        let letters: Vec<_> = self.letters.iter().collect();
        for section in letters.chunks(SECTION) {
            let _ = writeln!(map, "{} beginbfchar", section.len());
            for (number, letter) in section {
                let _ = writeln!(map, "<{number:04X}> <{:04X}>", u32::from(**letter));
            }
            map.push_str("endbfchar\n");
        }
        map + "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    }
}

/// A compressed stream; the length before is what font files must say and others may.
fn packed(bytes: &[u8]) -> Piece {
    let head = format!("<< /Filter /FlateDecode /Length1 {}", bytes.len());
    Piece::stream(&head, &deflate(bytes))
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn the_font_has_every_vietnamese_letter() {
        let font = Font::open().unwrap();
        let mut letters = 0;
        for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY".chars() {
            for mark in ["", "\u{300}", "\u{301}", "\u{303}", "\u{309}", "\u{323}"] {
                let composed: String = format!("{base}{mark}").nfc().collect();
                assert_eq!(composed.chars().count(), 1, "{composed}");
                assert!(font.width(&composed).unwrap() > 0.0, "{composed}");
                letters += 1;
            }
        }
        assert_eq!(letters, 144);
        assert!(font.width("đĐ₫0123456789/-.,:;()+&“”–").is_ok());
    }

    /// The widths are those of Times-Roman in Adobe's published metrics.
    #[test]
    fn letters_are_as_wide_as_those_of_times() {
        let font = Font::open().unwrap();
        for (letter, width) in [
            ("0", 500.0),
            ("A", 722.0),
            ("S", 556.0),
            ("T", 611.0),
            ("Y", 722.0),
            ("a", 444.0),
            ("i", 278.0),
            ("m", 778.0),
            ("w", 722.0),
            (":", 278.0),
            ("-", 333.0),
            (" ", 250.0),
        ] {
            let found = font.width(letter).unwrap() * 1000.0;
            assert!((found - width).abs() < 1.0, "{letter}: {found}");
        }
    }

    #[test]
    fn a_letter_that_cannot_be_set_is_named() {
        let font = Font::open().unwrap();
        for letter in [
            '漢', '\n', '\u{301}', '\u{202E}', 'א', '\u{FEFF}', '😀', '\u{7F}',
        ] {
            let text = format!("a{letter}");
            assert_eq!(font.width(&text), Err(Undrawable::Letter(letter)));
        }
        let error = Undrawable::Letter('漢').to_string();
        assert_eq!(error, "the font has no letter '漢' (U+6F22)");
    }

    #[test]
    fn the_font_is_the_file_that_its_description_names() {
        let sum = hex::encode(Sha256::digest(FILE));
        let description = include_str!("../../fonts/README.md");
        assert!(description.contains(&sum), "{sum}");
    }

    #[test]
    fn a_part_of_the_font_has_a_name_of_its_own() {
        let mut one = Font::open().unwrap();
        let mut other = Font::open().unwrap();
        assert_eq!(one.show("Ủy ban").unwrap(), "<000100020003000400050006>");
        other.show("Sở").unwrap();
        assert_ne!(one.name(), other.name());
        assert!(one.name().ends_with("+LiberationSerif"));
    }
}
