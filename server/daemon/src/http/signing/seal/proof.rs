//! The use of the person's key, as the log has it: the time in a PDF is the word of whoever prepared it, and an official
//! whose record has ended could sign under an earlier one.

use kyso_api::problem::ProblemCode;
use kyso_core::HashAlgorithm;
use kyso_core::ground::IssueSigner;
use kyso_core::id::{AgencyId, AuthorityId, CredentialId};
use kyso_evidence::Entry;

use super::super::{Failure, Lack};
use super::passing::Over;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::management::{read, stored};

const UNKNOWN: Lack = Lack(
    "signature_unknown",
    "Nhật ký không có chữ ký này trong các lần ký gần đây của khóa.",
    "The log does not have this signature among the latest of its key.",
);
const OTHER_RECORD: Lack = Lack(
    "other_authority",
    "Người ký đã ký theo một căn cứ thẩm quyền khác.",
    "The person signed under another record of authority.",
);
const UNAUTHORISED: Lack = Lack(
    "person_unauthorised",
    "Theo nhật ký, người ký không có thẩm quyền vào lúc ký.",
    "By the log, the person was not authorised when they signed.",
);

/// A signature of a person, by what finds it in the log.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) credential: CredentialId,
    /// SHA-256 of the certificate.
    pub(super) certificate: [u8; 32],
    /// SHA-256 of the signature value.
    pub(super) value: [u8; 32],
    /// Of what the file has where the signature is said to be over.
    pub(super) over: Over,
}

impl Proof {
    /// Who signed, when by this server's clock, and under which record: the one that they named if they named one. Or
    /// what is missing for that.
    pub(super) async fn confirmed(
        &self,
        desk: &Desk,
        (agency, named): (AgencyId, Option<AuthorityId>),
    ) -> Result<Result<IssueSigner, Lack>, Failure> {
        let found = stored::key_use(desk.app(), self.credential, self.value).await;
        let found = found.map_err(Failure::Answered)?;
        let Some(used) = found.filter(|used| self.is_of_this_file(used)) else {
            return Ok(Err(UNKNOWN));
        };
        let at =
            read::time(&used.time, "time").map_err(|_| Problem::from(ProblemCode::Internal))?;
        let under = used.authority.as_deref().map(str::parse).transpose();
        let under = under.map_err(|_| Problem::from(ProblemCode::Internal))?;
        let policy = desk.app().signer.policy();
        Ok(agreed(named, under).and_then(|record| {
            let signer = policy.issue_signer(agency, self.certificate, at, record);
            signer.ok_or(UNAUTHORISED)
        }))
    }

    /// Whether the log has the signature as one of this very file, where it says of what it is: the process that read the file
    /// could name a signature of another.
    fn is_of_this_file(&self, used: &Entry) -> bool {
        let value = hex::encode(self.value);
        let pairs = used.results.iter().zip(&used.digests);
        let mut own = pairs.filter(|(result, _)| result.sha256.as_ref() == Some(&value));
        let Some((_, record)) = own.next() else {
            return false;
        };
        let Some(content) = &record.content else {
            return true;
        };
        let hash = HashAlgorithm::from_name(&record.alg);
        let digest = hash.and_then(|hash| self.over.by(hash));
        digest.is_some_and(|digest| hex::encode(digest.as_bytes()) == content.digest)
    }
}

/// Whoever signed under one record did not sign under another.
fn agreed(
    named: Option<AuthorityId>,
    under: Option<AuthorityId>,
) -> Result<Option<AuthorityId>, Lack> {
    match (named, under) {
        (Some(named), Some(under)) if named != under => Err(OTHER_RECORD),
        (named, under) => Ok(named.or(under)),
    }
}

#[cfg(test)]
mod tests {
    use kyso_documents::DocumentDigest;
    use kyso_evidence::Event;
    use kyso_evidence::entry::{
        Actor, Builder, ContentRecord, DigestRecord, Format, Outcome, ResultRecord, ResultState,
    };

    use super::*;

    /// A use of a key for two documents, of which the second is known only by a digest.
    fn used(document: &[u8]) -> Entry {
        let digest = DocumentDigest::of_parts(kyso_documents::HashAlgorithm::Sha256, &[document]);
        let content = ContentRecord {
            built_by: Builder::Server,
            digest: hex::encode(digest.as_bytes()),
            file: None,
            format: Format::Pades,
        };
        let record = |content| DigestRecord {
            alg: HashAlgorithm::Sha256.name().to_owned(),
            content,
            value: String::new(),
        };
        let result = |value: u8| ResultRecord {
            sha256: Some(hex::encode([value; 32])),
            state: ResultState::Signed,
        };
        let mut entry = Entry::new(Event::SignatureOutcome, Outcome::Ok, Actor::system());
        entry.digests = vec![record(Some(content)), record(None)];
        entry.results = vec![result(1), result(2)];
        entry
    }

    #[test]
    fn a_signature_proves_the_file_that_the_log_has_it_of_and_no_other() {
        let used = used(b"signed");
        for (value, over, proves) in [
            (1, [b"sig".as_slice(), b"ned"], true),
            (1, [b"sig", b"nex"], false),
            (1, [b"", b""], false),
            (2, [b"any", b"thing"], true),
            (3, [b"sig", b"ned"], false),
        ] {
            let proof = Proof {
                credential: CredentialId::random(),
                certificate: [0; 32],
                value: [value; 32],
                over: Over::of(over),
            };
            assert_eq!(proof.is_of_this_file(&used), proves, "{value} {over:?}");
        }
    }
}
