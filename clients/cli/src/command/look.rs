//! What a signature in a PDF shows, as the rules of the day have it.

use std::path::Path;

use kyso_api::encoding::decode_base64;
use kyso_client::Client;
use kyso_documents::appearance::{CopyKind, Drawn, Mark, Picture, Rules};
use kyso_documents::pdf::{Pdf, Place};
use time::OffsetDateTime;

use super::picture::width;
use crate::catalogue::Message;
use crate::environment::day;
use crate::failure::Failure;

/// What is to be shown.
#[derive(Debug)]
pub(crate) enum Look {
    /// The number of the document that an appendix belongs to, in its corner.
    Appendix { number: String, symbol: String },
    /// An agency's words in the corner of a copy.
    Copy { kind: CopyKind, agency: String },
    /// A handwritten signature; width in millimetres.
    Person {
        picture: Picture,
        width: f64,
        spot: Where,
    },
    /// A seal upon the handwritten signature; width in millimetres.
    Seal { picture: Picture, width: f64 },
}

/// Where a handwritten signature goes.
#[derive(Debug)]
pub(crate) enum Where {
    /// Between the position and this name.
    Above(String),
    /// Within this place.
    Within(Place),
    /// Into this field, which waits for the signature.
    Field(String),
}

/// Reads a picture.
pub(crate) fn picture(path: &Path) -> Result<Picture, Failure> {
    let file = std::fs::read(path).map_err(|error| Failure::file(path, error))?;
    Picture::read(&file).map_err(|error| Failure::file(path, error))
}

/// The picture that two people approved for the owner of this credential, and its width in millimetres.
pub(crate) fn approved(client: &Client, credential: &str) -> Result<(Picture, f64), Failure> {
    let stored = client.picture(credential)?;
    let unreadable =
        |error: &dyn std::fmt::Display| Failure::file(Path::new(&stored.sha256), error);
    let png = decode_base64(&stored.png).map_err(|error| unreadable(&error))?;
    let picture = Picture::read(&png).map_err(|error| unreadable(&error))?;
    Ok((picture, width(&stored)))
}

impl Look {
    /// Draws it for this file.
    pub(crate) fn draw(
        &self,
        path: &Path,
        pdf: &Pdf<'_>,
        now: OffsetDateTime,
    ) -> Result<Drawn, Failure> {
        let rules = Rules::at(day(now));
        let rules = rules.map_err(|error| Failure::file(path, error))?;
        let drawn = match self {
            Self::Appendix { number, symbol } => {
                let sheet = pdf.sheet(1);
                let sheet = sheet.map_err(|refusal| Failure::pdf(path, refusal))?;
                rules.mark(&Mark::Appendix { number, symbol }, now, sheet)
            }
            Self::Copy { kind, agency } => {
                let sheet = pdf
                    .sheet(1)
                    .map_err(|refusal| Failure::pdf(path, refusal))?;
                let mark = Mark::Copy {
                    kind: *kind,
                    agency,
                };
                rules.mark(&mark, now, sheet)
            }
            Self::Person {
                picture,
                width,
                spot,
            } => match spot {
                Where::Above(name) => {
                    let gap = pdf.gap(name).map_err(|error| Failure::file(path, error))?;
                    rules.person(picture, *width, &gap)
                }
                Where::Within(place) => rules.person_within(picture, *width, place),
                Where::Field(name) => {
                    let field = field_shown(path, pdf, name)?;
                    rules.person_in_field(picture, *width, &field)
                }
            },
            Self::Seal { picture, width } => {
                let person = signature_shown(path, pdf)?;
                rules.seal(picture, *width, &person)
            }
        };
        drawn.map_err(|error| Failure::file(path, error))
    }
}

/// Where the field is that waits.
fn field_shown(path: &Path, pdf: &Pdf<'_>, name: &str) -> Result<Place, Failure> {
    let shown = pdf.shown(name);
    let shown = shown.map_err(|refusal| Failure::pdf(path, refusal))?;
    shown.ok_or_else(|| {
        let named = [path.display().to_string(), name.to_owned()];
        Failure::Local(Message::FieldNotShown, named.into())
    })
}

/// Where the first signature is that is shown.
fn signature_shown(path: &Path, pdf: &Pdf<'_>) -> Result<Place, Failure> {
    let refused = |refusal| Failure::pdf(path, refusal);
    for signature in pdf.signatures().map_err(refused)? {
        if let Some(place) = pdf.seen(&signature.field).map_err(refused)? {
            return Ok(place);
        }
    }
    Err(Failure::local(Message::NoSignatureShown, path.display()))
}
