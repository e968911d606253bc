//! The signed attributes of each document, and the CMS around the signature.

use kyso_core::id::RequestId;
use kyso_core::model::Credential;
use kyso_core::request::Content;
use kyso_core::{Digest, HashAlgorithm, Refusal, SignatureScheme, Timestamp};
use kyso_documents::{CadesError, Prepared, Profile, Scheme, SigningCertificates, WrongAttributes};
use kyso_evidence::entry::{Builder, Format};
use time::OffsetDateTime;

use super::wanted::{Asked, Given};
use super::{Failure, broken};
use crate::documents;
use crate::http::error::Problem;
use crate::http::refused::Mistake;

/// What the signatures of one call have in common.
#[derive(Debug)]
pub(super) struct Building {
    certificates: SigningCertificates,
    scheme: Scheme,
    hash: HashAlgorithm,
}

/// A document that lacks only the signature value.
#[derive(Debug)]
pub(super) struct Built {
    /// What the key signs.
    pub(super) digest: Digest,
    /// What that stands for.
    pub(super) content: Content,
    prepared: Prepared,
}

impl Building {
    /// The certificates come from the snapshot that is in memory: no signature asks a database or the
    /// token for them.
    pub(super) fn new(credential: &Credential, scheme: SignatureScheme) -> Result<Self, Failure> {
        let certificate = credential.certificate.as_ref();
        let certificate = certificate.ok_or(Refusal::CredentialDisabled)?;
        let certificates = SigningCertificates::read(&certificate.chain);
        let building = Self {
            certificates: certificates.map_err(|error| Failure::Answered(broken(&error)))?,
            scheme: in_cms(scheme),
            hash: scheme.hash(),
        };
        if building.certificates.fits(building.scheme) {
            Ok(building)
        } else {
            let problem = Problem::field("sign_algorithm");
            Err(Mistake(Refusal::UnsupportedScheme, problem).into())
        }
    }

    /// The attributes as a call with this id has them: what the server builds claims the time at which
    /// the call began.
    pub(super) fn build(
        &self,
        documents: &[Asked],
        call: RequestId,
    ) -> Result<Vec<Built>, Failure> {
        let time = call.begun().and_then(|begun| documents::moment(begun).ok());
        let time = time.ok_or_else(|| Failure::Answered(broken(&CadesError::Time)))?;
        let places = documents.iter().enumerate();
        let built = places.map(|(place, one)| self.build_one(place, one, time));
        built.collect()
    }

    fn build_one(&self, place: usize, one: &Asked, time: OffsetDateTime) -> Result<Built, Failure> {
        let (prepared, claimed, built_by) = match &one.given {
            Given::Digest(digest) => (
                self.over_digest(digest, one.format, time)?,
                None,
                Builder::Server,
            ),
            Given::Attributes(set) => {
                let (prepared, claimed) = self
                    .over_attributes(set, one.format)
                    .map_err(|why| refused(place, why))?;
                (prepared, claimed, Builder::Caller)
            }
        };
        let digest = self.digest(prepared.document().as_bytes())?;
        let file = file(one, &digest)?;
        Ok(Built {
            digest: self.digest(&prepared.digest())?,
            content: Content {
                built_by,
                claimed,
                digest,
                file,
                format: one.format,
            },
            prepared,
        })
    }

    fn over_digest(
        &self,
        digest: &Digest,
        format: Format,
        time: OffsetDateTime,
    ) -> Result<Prepared, Failure> {
        let document = documents::digest(*digest);
        let document = document.map_err(|error| Failure::Answered(broken(&error)))?;
        let profile = match format {
            Format::Cades => Profile::File { time },
            Format::Pades => Profile::Pdf,
        };
        let prepared = self.certificates.prepare(&document, profile);
        prepared.map_err(|error| Failure::Answered(broken(&error)))
    }

    /// A signature file claims a time, and one in a PDF must not.
    fn over_attributes(
        &self,
        set: &[u8],
        format: Format,
    ) -> Result<(Prepared, Option<Timestamp>), WrongAttributes> {
        let given = self.certificates.given(set, documents::hash(self.hash))?;
        if given.claimed.is_some() != (format == Format::Cades) {
            return Err(WrongAttributes::Kinds);
        }
        let claimed = given
            .claimed
            .map(|time| Timestamp::from_seconds(time.unix_timestamp()));
        Ok((given.prepared, claimed))
    }

    fn digest(&self, bytes: &[u8]) -> Result<Digest, Failure> {
        let digest = Digest::new(self.hash, bytes);
        digest.map_err(|error| Failure::Answered(broken(&error)))
    }

    /// The finished CMS, as a file has it or a PDF.
    pub(super) fn finish(&self, built: Built, signature: &[u8]) -> Result<Vec<u8>, CadesError> {
        self.certificates
            .complete(built.prepared, signature, self.scheme)
    }
}

/// The word in the answer says which document and what is wrong with it.
fn refused(place: usize, why: WrongAttributes) -> Mistake {
    let detail = format!("documents[{place}].attributes: {}", why.code());
    let problem = Problem::field("attributes").because(detail);
    Mistake(Refusal::AttributesRefused, problem)
}

/// Of a file that is signed whole, the digest that is signed is the file's own.
fn file(one: &Asked, content: &Digest) -> Result<Option<[u8; 32]>, Mistake> {
    let whole = one.format == Format::Cades && content.algorithm() == HashAlgorithm::Sha256;
    let own: Option<[u8; 32]> = content.as_bytes().try_into().ok().filter(|_| whole);
    match (own, one.file) {
        (Some(own), Some(told)) if own != told => Err(Mistake(
            Refusal::DigestMismatch,
            Problem::field("file_digest"),
        )),
        (own, told) => Ok(own.or(told)),
    }
}

const fn in_cms(scheme: SignatureScheme) -> Scheme {
    match scheme {
        SignatureScheme::Ecdsa(_) => Scheme::Ecdsa,
        SignatureScheme::RsaPkcs1(_) => Scheme::RsaPkcs1,
        SignatureScheme::RsaPss { salt, .. } => Scheme::RsaPss { salt },
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_claimed_time_may_be_as_far_off_as_the_library_says() {
        let tolerance = time::Duration::try_from(kyso_core::request::CLAIM_TOLERANCE);
        assert_eq!(tolerance, Ok(kyso_documents::given::TIME_TOLERANCE));
    }
}
