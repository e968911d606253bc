//! The server draws what an agency's signature shows, by the rules of the day, and prepares it: whoever asks needs no
//! program that writes PDFs.

use kyso_core::ground::{Composer, CopyKind};
use kyso_core::series::Series;
use kyso_documents::HashAlgorithm;
use kyso_documents::appearance::{
    CopyKind as Copied, Drawn, Mark, NoRules, Picture, Rules, Undrawable,
};
use kyso_documents::pdf::{Limits, Lock, Pdf, Place, Prepared, Refusal, Request, Reserved, Target};
use kyso_documents::seal::NotReady;
use time::OffsetDateTime;
use time::macros::offset;

use super::super::Lack;
use super::wanted::Kind;

/// What the server's own fields are called; a number follows where there is one already.
const FIELD: &str = "KysoSeal";

const NO_PICTURE: Lack = Lack(
    "no_picture",
    "Cơ quan chưa có hình con dấu được hai người duyệt.",
    "The agency has no picture of its seal that two people approved.",
);
const NO_PLACE: Lack = Lack(
    "no_place",
    "Chữ ký của cá nhân không hiển thị, nên không có chỗ đặt con dấu.",
    "The person's signature is not shown, so the seal has no place.",
);
const UNDRAWABLE: Lack = Lack(
    "undrawable",
    "Không trình bày được chữ ký của cơ quan trên tệp này theo thể thức.",
    "The agency's signature cannot be drawn on this file by the rules.",
);

/// Why nothing is drawn.
pub(super) enum NotComposed {
    /// The file cannot be signed so.
    Refused(NotReady),
    /// What would be drawn is not there, or does not fit.
    Lacking(Lack),
}

impl From<Refusal> for NotComposed {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<Lack> for NotComposed {
    fn from(lack: Lack) -> Self {
        Self::Lacking(lack)
    }
}

impl From<Undrawable> for NotComposed {
    fn from(why: Undrawable) -> Self {
        tracing::debug!(%why, "a signature cannot be drawn");
        Self::Lacking(UNDRAWABLE)
    }
}

impl From<NoRules> for NotComposed {
    fn from(_: NoRules) -> Self {
        Self::Lacking(UNDRAWABLE)
    }
}

/// What is known of the agency's signature before it is drawn.
pub(super) struct Sketch<'a> {
    pub(super) kind: &'a Kind,
    /// The symbol of the document that an appendix belongs to.
    pub(super) symbol: Option<&'a str>,
    /// The agency's name.
    pub(super) agency: &'a str,
    /// The approved picture and its width in millimetres.
    pub(super) seal: Option<(&'a Picture, f64)>,
    /// The claimed time.
    pub(super) time: OffsetDateTime,
    pub(super) hash: HashAlgorithm,
}

impl Sketch<'_> {
    /// Prepares the signature in this file.
    pub(super) fn prepare(&self, file: &[u8], limits: &Limits) -> Result<Prepared, NotComposed> {
        let pdf = Pdf::read(file, limits)?;
        let time = self.time.to_offset(offset!(+7));
        let rules = Rules::at(time.date())?;
        let drawn = match self.kind {
            Kind::Issue { .. } => self.seal(&pdf, rules)?,
            Kind::Appendix(number, series) => {
                let mark = Mark::Appendix {
                    number: &format!("{number:02}"),
                    symbol: self.symbol(series),
                };
                rules.mark(&mark, time, pdf.sheet(1)?)?
            }
            Kind::Copy(kind, _) => {
                let mark = Mark::Copy {
                    kind: copied(*kind),
                    agency: self.agency,
                };
                rules.mark(&mark, time, pdf.sheet(1)?)?
            }
        };
        Ok(pdf.prepare(&self.request(&pdf, drawn, time)?)?)
    }

    fn symbol<'s>(&'s self, series: &'s Series) -> &'s str {
        self.symbol.unwrap_or_else(|| series.shown())
    }

    /// The seal upon the first signature that is shown; that it is the authorised person's is checked afterwards.
    fn seal(&self, pdf: &Pdf<'_>, rules: &Rules) -> Result<Drawn, NotComposed> {
        let (picture, width) = self.seal.ok_or(NO_PICTURE)?;
        let person = first_shown(pdf)?.ok_or(NO_PLACE)?;
        Ok(rules.seal(picture, width, &person)?)
    }

    fn request(
        &self,
        pdf: &Pdf<'_>,
        drawn: Drawn,
        time: OffsetDateTime,
    ) -> Result<Request, Refusal> {
        let names = [Reserved::NUMBER, Reserved::DATE].map(str::to_owned);
        let locks = matches!(self.kind, Kind::Issue { .. });
        let target = Target::New {
            name: free_name(pdf)?,
            place: Some(drawn.place),
        };
        Ok(Request {
            appearance: Some(drawn.appearance),
            lock: locks.then(|| Lock::Include(names.to_vec())),
            hash: self.hash,
            name: Some(self.agency.to_owned()),
            ..Request::new(target, time)
        })
    }
}

fn first_shown(pdf: &Pdf<'_>) -> Result<Option<Place>, Refusal> {
    for signature in pdf.signatures()? {
        if let Some(place) = pdf.seen(&signature.field)? {
            return Ok(Some(place));
        }
    }
    Ok(None)
}

/// A name that no signature has yet.
fn free_name(pdf: &Pdf<'_>) -> Result<String, Refusal> {
    let taken = pdf.signatures()?;
    let numbered = (2..).map(|number| format!("{FIELD}{number}"));
    let mut names = std::iter::once(FIELD.to_owned()).chain(numbered);
    let free = names.find(|name| taken.iter().all(|one| one.field != *name));
    free.ok_or(Refusal::Budget)
}

/// The same kind of copy.
pub(super) const fn copied(kind: CopyKind) -> Copied {
    match kind {
        CopyKind::Extract => Copied::Extract,
        CopyKind::Full => Copied::Whole,
        CopyKind::Further => Copied::Transcript,
    }
}

/// Who draws, as the system wants it.
pub(super) const fn composer(compose: bool) -> Composer {
    if compose {
        Composer::Server
    } else {
        Composer::Client
    }
}
