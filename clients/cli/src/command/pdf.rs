//! A PDF that is signed inside: PAdES B-B in a field of its own.

use std::path::Path;

use kyso_api::management::PreparedFile;
use kyso_client::Language;
use kyso_documents::pdf::{
    Embedded, Limits, Lock, Pdf, Prepared, Refusal, Request, Reserved, Target, Warning,
};
use kyso_documents::{DocumentDigest, HashAlgorithm};

use super::look::Look;
use super::read_start;
use crate::catalogue::Message;
use crate::environment;
use crate::failure::Failure;

/// What new fields are called, with a number after it.
const FIELD: &str = "Signature";

/// What a signature is to be.
#[derive(Debug, Default)]
pub(crate) struct Shape<'a> {
    /// The field, which waits in the file.
    pub(crate) field: Option<&'a str>,
    pub(crate) lock: Option<Lock>,
    pub(crate) look: Option<&'a Look>,
    /// Room for number and date.
    pub(crate) reserved: Option<Reserved>,
}

/// A PDF that waits for its signature. The file itself is not kept, so that a long list needs no
/// more memory than its largest file.
#[derive(Debug)]
pub(crate) struct Waiting {
    prepared: Prepared,
    /// SHA-256 of the file, to see when it is read again that it is the same.
    original: DocumentDigest,
}

impl Waiting {
    /// Prepares the field of this name, which waits in the file, or else a new one.
    pub(crate) fn prepare(
        path: &Path,
        shape: &Shape<'_>,
        hash: HashAlgorithm,
    ) -> Result<Self, Failure> {
        let file = read(path)?;
        Ok(Self {
            prepared: prepared(path, &file, shape, hash)?,
            original: original(path, &file)?,
        })
    }

    /// The file with everything of the signature but the signature.
    pub(crate) fn unsigned(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let mut file = read(path)?;
        file.extend_from_slice(self.prepared.unsigned());
        Ok(file)
    }

    /// Where its signatures stand.
    pub(crate) fn places(&self, path: &Path) -> Result<PreparedFile, Failure> {
        let file = read(path)?;
        let refused = |refusal| Failure::pdf(path, refusal);
        let pdf = Pdf::read(&file, &Limits::default()).map_err(refused)?;
        let earlier = pdf.signatures().map_err(refused)?;
        Ok(PreparedFile {
            byte_range: self.prepared.byte_range(),
            before: u64::try_from(file.len()).unwrap_or(u64::MAX),
            signed: earlier.iter().filter_map(Embedded::byte_range).collect(),
        })
    }

    /// Of what the signature covers.
    pub(crate) const fn digest(&self) -> &DocumentDigest {
        self.prepared.digest()
    }

    /// SHA-256 of the file.
    pub(crate) const fn original(&self) -> &DocumentDigest {
        &self.original
    }

    pub(crate) fn warnings(&self) -> &[Warning] {
        self.prepared.warnings()
    }

    /// The signed PDF.
    pub(crate) fn complete(&self, path: &Path, cms: &[u8]) -> Result<Vec<u8>, Failure> {
        let file = read(path)?;
        if original(path, &file)? != self.original {
            return Err(Failure::local(Message::FileChanged, path.display()));
        }
        let whole = self.prepared.complete(file, cms);
        whole.map_err(|error| Failure::file(path, error))
    }
}

fn original(path: &Path, file: &[u8]) -> Result<DocumentDigest, Failure> {
    let digest = DocumentDigest::of(HashAlgorithm::Sha256, file);
    digest.map_err(|error| Failure::file(path, error))
}

fn prepared(
    path: &Path,
    file: &[u8],
    shape: &Shape<'_>,
    hash: HashAlgorithm,
) -> Result<Prepared, Failure> {
    let refused = |refusal| Failure::pdf(path, refusal);
    let pdf = Pdf::read(file, &Limits::default()).map_err(refused)?;
    let now = environment::now();
    let drawn = shape.look.map(|look| look.draw(path, &pdf, now));
    let drawn = drawn.transpose()?;
    let target = match shape.field {
        Some(name) => Target::Existing {
            name: name.to_owned(),
        },
        None => Target::New {
            name: pdf.free_name(FIELD).map_err(refused)?,
            place: drawn.as_ref().map(|drawn| drawn.place),
        },
    };
    let request = Request {
        hash,
        lock: shape.lock.clone(),
        reserved: shape.reserved,
        appearance: drawn.map(|drawn| drawn.appearance),
        ..Request::new(target, now)
    };
    pdf.prepare(&request).map_err(refused)
}

/// The file, unless it is too large.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let most = Limits::default().bytes;
    let bytes = read_start(path, most)?;
    if bytes.len() > most {
        return Err(Failure::pdf(path, Refusal::TooLarge));
    }
    Ok(bytes)
}

/// The warning in the user's language.
pub(crate) const fn sentence(warning: Warning, language: Language) -> &'static str {
    language.choose(warning.vietnamese(), warning.english())
}
