//! The two phases: a digest out of a PDF, a finished signature back into it.

use std::ops::Range;

use crate::attributes::Profile;
use crate::cades::{self, CadesError};
use crate::hash::{DocumentDigest, HashAlgorithm};
use crate::signer::{NotCms, Signature};

use super::field;
use super::form;
use super::guard;
use super::limits::Limits;
use super::reader::Pdf;
use super::refusal::{Refusal, Warning};
use super::request::{Request, Target};
use super::signature::{SignatureText, byte_range};
use super::signatures::Coverage;
use super::text::hexadecimal;
use super::update::Update;

/// The most room that can be asked for a CMS, in bytes.
const MAX_ROOM: usize = 1 << 20;

/// A PDF that lacks only the signature.
///
/// It holds what follows the file, not the file: that stays with its owner, unchanged.
#[derive(Clone, Debug)]
pub struct Prepared {
    before: usize,
    update: Vec<u8>,
    contents: Range<usize>,
    byte_range: [u64; 4],
    digest: DocumentDigest,
    warnings: Vec<Warning>,
}

/// Why a CMS is not put into the PDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// It is no signature.
    #[error(transparent)]
    NotCms(#[from] NotCms),
    /// It is over another document.
    #[error("the signature is over another document than was prepared")]
    OtherDocument,
    /// It carries a signing time, which PAdES keeps in the PDF (EN 319 142-1 §6.3).
    #[error("the signature carries a signing time, which a signature in a PDF must not")]
    SigningTime,
    /// It is larger than its room.
    #[error("the signature has {found} bytes and its room {room}")]
    Room {
        /// Bytes of the CMS.
        found: usize,
        /// Bytes that were kept for it.
        room: usize,
    },
    /// The file has not the length of the one that was prepared.
    #[error("this is not the file that was prepared")]
    OtherFile,
}

/// Adds a field with an empty signature to a PDF, and hashes all the rest.
///
/// # Errors
///
/// [`Refusal`] if the file cannot be signed so that it and its earlier signatures stay valid.
pub fn prepare(file: &[u8], request: &Request, limits: &Limits) -> Result<Prepared, Refusal> {
    Pdf::read(file, limits)?.prepare(request)
}

impl Pdf<'_> {
    /// As [`prepare`], for a PDF that is read already.
    ///
    /// # Errors
    ///
    /// Those of [`prepare`].
    pub fn prepare(&self, request: &Request) -> Result<Prepared, Refusal> {
        if !(1..=MAX_ROOM).contains(&request.room) {
            return Err(Refusal::Budget);
        }
        let fields = form::fields(self)?;
        field::check(self, &fields, &request.target)?;
        let shown = matches!(&request.target, Target::New { place: Some(_), .. });
        guard::check(self, &fields, request.target.name(), shown)?;
        let mut update = Update::new(self);
        let number = update.reserve();
        let lock = field::enter(self, &mut update, &fields, request, number)?;
        let (root, _) = self.catalog()?;
        let further = lock.map(|lock| lock.reference(root)).unwrap_or_default();
        let text = SignatureText::new(request, &further)?;
        let mut prepared = self.finish(update, number, text, request.hash)?;
        let earlier = self.signatures()?;
        if earlier.iter().any(|one| one.coverage == Coverage::Unclear) {
            prepared.warnings.push(Warning::Uncovered);
        }
        Ok(prepared)
    }

    fn finish(
        &self,
        mut update: Update<'_, '_>,
        number: u32,
        text: SignatureText,
        hash: HashAlgorithm,
    ) -> Result<Prepared, Refusal> {
        let identifier = identifier(self.file(), &text.text);
        update.add(number, text.text);
        let written = update.write(&identifier)?;
        let start = written.body((number, 0)).ok_or(Refusal::Malformed)?;
        let shift = |range: Range<usize>| {
            range.start.saturating_add(start)..range.end.saturating_add(start)
        };
        Prepared::new(
            self,
            written.into_bytes(),
            &shift(text.byte_range),
            shift(text.contents),
            hash,
        )
        .ok_or(Refusal::TooLarge)
    }
}

/// Sixteen bytes that no other revision of the file has: its end tells it from the others.
pub(super) fn identifier(file: &[u8], signature: &[u8]) -> [u8; 16] {
    let end = file
        .get(file.len().saturating_sub(4096)..)
        .unwrap_or_default();
    let length = file.len().to_string();
    let digest = HashAlgorithm::Sha256.digest(&[length.as_bytes(), end, signature].concat());
    let mut identifier = [0; 16];
    for (to, from) in identifier.iter_mut().zip(digest) {
        *to = from;
    }
    identifier
}

impl Prepared {
    fn new(
        pdf: &Pdf<'_>,
        mut update: Vec<u8>,
        range: &Range<usize>,
        contents: Range<usize>,
        hash: HashAlgorithm,
    ) -> Option<Self> {
        let before = pdf.file().len();
        let whole = |place: usize| u64::try_from(before.checked_add(place)?).ok();
        let second = u64::try_from(update.len().checked_sub(contents.end)?).ok()?;
        let signed = [0, whole(contents.start)?, whole(contents.end)?, second];
        let array = byte_range(signed)?;
        update.get_mut(range.clone())?.copy_from_slice(&array);
        let parts = [
            pdf.file(),
            update.get(..contents.start)?,
            update.get(contents.end..)?,
        ];
        Some(Self {
            before,
            byte_range: signed,
            digest: DocumentDigest::of_parts(hash, &parts),
            update,
            contents,
            warnings: pdf.warnings().to_vec(),
        })
    }

    /// The digest of everything but the room for the signature.
    pub const fn digest(&self) -> &DocumentDigest {
        &self.digest
    }

    /// Two pairs of place and length: what the digest is over (ISO 32000-2 §12.8.1).
    pub const fn byte_range(&self) -> [u64; 4] {
        self.byte_range
    }

    /// What some validators will dislike.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The signed attributes for this PDF and signer: what the key signs.
    ///
    /// # Errors
    ///
    /// Those of [`cades::prepare_as`].
    pub fn attributes(&self, certificate: &[u8]) -> Result<cades::Prepared, CadesError> {
        cades::prepare_as(&self.digest, certificate, Profile::Pdf)
    }

    /// What has to be appended to the file, without a signature: the digest is of both. Whoever is
    /// asked to sign can see by it what is signed.
    pub fn unsigned(&self) -> &[u8] {
        &self.update
    }

    /// What has to be appended to the file, with the signature in it.
    ///
    /// # Errors
    ///
    /// [`Misfit`] if the CMS is not a signature over this digest, or too large.
    pub fn update(&self, cms: &[u8]) -> Result<Vec<u8>, Misfit> {
        self.check(cms)?;
        let digits = hexadecimal(cms);
        let mut update = self.update.clone();
        let from = self.contents.start.saturating_add(1);
        let to = from.saturating_add(digits.len());
        if let Some(place) = update.get_mut(from..to) {
            place.copy_from_slice(digits.as_bytes());
        }
        Ok(update)
    }

    /// The whole signed PDF.
    ///
    /// # Errors
    ///
    /// [`Misfit`], also if the file has another length than the one that was prepared.
    pub fn complete(&self, mut file: Vec<u8>, cms: &[u8]) -> Result<Vec<u8>, Misfit> {
        if file.len() != self.before {
            return Err(Misfit::OtherFile);
        }
        file.extend_from_slice(&self.update(cms)?);
        Ok(file)
    }

    fn check(&self, cms: &[u8]) -> Result<(), Misfit> {
        let signature = Signature::parse(cms)?;
        if signature.claims_time() {
            return Err(Misfit::SigningTime);
        }
        if signature.document().as_ref() != Some(&self.digest) {
            return Err(Misfit::OtherDocument);
        }
        let room = self.contents.len().saturating_sub(2) / 2;
        if cms.len() > room {
            let found = cms.len();
            return Err(Misfit::Room { found, room });
        }
        Ok(())
    }
}
