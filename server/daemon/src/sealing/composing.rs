//! What an agency's signature shows, drawn by the rules of the day and prepared: whoever asks needs no program that writes
//! PDFs.

use kyso_documents::appearance::{Drawn, Mark, Rules};
use kyso_documents::pdf::{Limits, Lock, Pdf, Place, Refusal, Request, Reserved, Target};
use kyso_documents::seal::ApprovedSeal;
use time::macros::offset;
use time::{OffsetDateTime, UtcOffset};

use super::{DRAWN, Kind, Lacking, Question, Undrawn};
use crate::documents;

/// What the server's own fields are called; a number follows where there is one already.
const FIELD: &str = "KysoSeal";
/// Documents tell Việt Nam's time.
const VIETNAM: UtcOffset = offset!(+7);

/// The agency's signature before it is drawn.
pub(super) struct Sketch<'a> {
    pub(super) question: &'a Question,
    /// The approved picture.
    pub(super) seal: Option<ApprovedSeal<'a>>,
}

impl Sketch<'_> {
    /// What is to be appended to the file, with the signature prepared.
    pub(super) fn prepare(&self, limits: &Limits) -> Result<Vec<u8>, Lacking> {
        let pdf = Pdf::read(&self.question.file, limits)?;
        let time = self.question.begun.to_offset(VIETNAM);
        let rules = Rules::at(time.date())?;
        let drawn = match &self.question.kind {
            Kind::Issue => self.upon_the_person(&pdf, rules)?,
            Kind::Appendix { number, symbol } => {
                let number = format!("{number:02}");
                let mark = Mark::Appendix {
                    number: &number,
                    symbol,
                };
                rules.mark(&mark, time, pdf.sheet(1)?)?
            }
            Kind::Copy { kind, .. } => {
                let mark = Mark::Copy {
                    kind: *kind,
                    agency: &self.question.agency,
                };
                rules.mark(&mark, time, pdf.sheet(1)?)?
            }
        };
        let prepared = pdf.prepare(&self.request(&pdf, drawn, time)?)?;
        let update = prepared.unsigned().to_vec();
        let fits = update.len() <= DRAWN;
        fits.then_some(update)
            .ok_or_else(|| Undrawn::Undrawable.into())
    }

    /// The seal upon the first signature that is shown; that it is the authorised person's is checked afterwards.
    fn upon_the_person(&self, pdf: &Pdf<'_>, rules: &Rules) -> Result<Drawn, Lacking> {
        let ApprovedSeal { picture, width } = self.seal.ok_or(Undrawn::NoPicture)?;
        let person = first_shown(pdf)?.ok_or(Undrawn::NoPlace)?;
        Ok(rules.seal(picture, width, &person)?)
    }

    fn request(
        &self,
        pdf: &Pdf<'_>,
        drawn: Drawn,
        time: OffsetDateTime,
    ) -> Result<Request, Refusal> {
        let names = [Reserved::NUMBER, Reserved::DATE].map(str::to_owned);
        let locks = self.question.kind == Kind::Issue;
        let target = Target::New {
            name: free_name(pdf)?,
            place: Some(drawn.place),
        };
        Ok(Request {
            appearance: Some(drawn.appearance),
            lock: locks.then(|| Lock::Include(names.to_vec())),
            hash: documents::hash(self.question.hash),
            name: Some(self.question.agency.clone()),
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
