//! Pages of a PDF as pictures, as whoever is to sign it is shown them.
//!
//! hayro, a reader in safe Rust, draws them. What it would leave out is refused: nobody is to sign what
//! they were shown only in part. The crate knows no file, no clock and no thread; whoever runs it on a
//! stranger's file does so in a process of its own, since a file may be made to take more memory or time
//! than any limit here foresees.

mod picture;
mod refusal;

use std::sync::{Arc, Mutex, PoisonError};

use hayro::hayro_interpret::{InterpreterSettings, InterpreterWarning};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};

pub use refusal::NotDrawn;

/// What is drawn, at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pages.
    pub pages: usize,
    /// Bytes of all pictures together.
    pub bytes: usize,
}

/// Pixels of a page, near enough: an A4 page is 1,120 wide, which a phone shows sharp also when its reader zooms in.
const PIXELS: f32 = 1_120.0 * 1_584.0;
/// Pixels of a point at least: smaller letters could not be read. A sheet that is larger than A1 would take too many.
const LEAST: f32 = 1.0;
const MOST_PIXELS: f32 = 4_200_000.0;
/// The longest and the shortest side of a page in points: 200 inches, which is all that PDF 1.6 allows (ISO 32000-1,
/// Annex C.2), and a tenth of an inch.
const LONGEST: f32 = 14_400.0;
const SHORTEST: f32 = 7.2;
/// How many times as long as wide a page may be; a longer one would be a line.
const STRETCHED: f32 = 20.0;

/// Draws every page in its order as a PNG, and hands each to `each`.
///
/// # Errors
/// [`NotDrawn`]: then nobody may be shown those that were handed out before.
pub fn draw(file: Vec<u8>, limits: Limits, mut each: impl FnMut(Vec<u8>)) -> Result<(), NotDrawn> {
    let pdf = Pdf::new(file).map_err(|_| NotDrawn::Unreadable)?;
    let pages = pdf.pages();
    check(pages, limits.pages)?;
    let (seen, cache) = (Seen::default(), RenderCache::new());
    let settings = seen.settings();
    let mut room = limits.bytes;
    for page in pages.iter() {
        let png = one(page, &cache, &settings)?;
        seen.whole()?;
        room = room.checked_sub(png.len()).ok_or(NotDrawn::TooHeavy)?;
        each(png);
    }
    Ok(())
}

/// Before anything is drawn: a page that cannot be shown must not be found after a hundred that were.
fn check(pages: &[Page<'_>], most: usize) -> Result<(), NotDrawn> {
    match pages.len() {
        0 => Err(NotDrawn::NoPages),
        count if count > most => Err(NotDrawn::TooManyPages),
        _ if pages.iter().all(has_a_size) => Ok(()),
        _ => Err(NotDrawn::Size),
    }
}

fn has_a_size(page: &Page<'_>) -> bool {
    let (width, height) = page.render_dimensions();
    let (short, long) = (width.min(height), width.max(height));
    let sized = (SHORTEST..=LONGEST).contains(&short) && long <= LONGEST;
    sized && long <= short * STRETCHED && width * height * LEAST <= MOST_PIXELS
}

fn one<'a>(
    page: &'a Page<'a>,
    cache: &RenderCache<'a>,
    settings: &InterpreterSettings,
) -> Result<Vec<u8>, NotDrawn> {
    let (width, height) = page.render_dimensions();
    let scale = (PIXELS / (width * height)).sqrt().max(LEAST);
    let paper = PixmapSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
    };
    let drawn = hayro::render(page, cache, settings, &RenderSettings::default(), &paper);
    picture::png(&drawn)
}

/// The first thing that could not be shown as the file says.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Option<NotDrawn>>>);

impl Seen {
    fn note(&self, what: NotDrawn) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get_or_insert(what);
    }

    fn whole(&self) -> Result<(), NotDrawn> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.map_or(Ok(()), Err)
    }

    fn settings(&self) -> InterpreterSettings {
        let (fonts, tables, warned) = (self.clone(), self.clone(), self.clone());
        InterpreterSettings {
            // Every reader would put another one in its place, and most have no Vietnamese letters: what is archived has
            // all its fonts inside (ISO 19005-1, 6.3.4), the standard ones too.
            font_resolver: Arc::new(move |_| {
                fonts.note(NotDrawn::FontMissing);
                None
            }),
            cmap_resolver: Arc::new(move |_| {
                tables.note(NotDrawn::FontMissing);
                None
            }),
            warning_sink: Arc::new(move |warning| warned.note(meaning(warning))),
            ..InterpreterSettings::default()
        }
    }
}

const fn meaning(warning: InterpreterWarning) -> NotDrawn {
    match warning {
        InterpreterWarning::ImageDecodeFailure => NotDrawn::Picture,
        InterpreterWarning::UnresolvedAnnotationAppearance => NotDrawn::Annotation,
        // Also what a later version may warn of.
        _ => NotDrawn::Font,
    }
}
