//! The use of the person's key, as the log has it: the time in a PDF is the word of whoever prepared it, and an official
//! whose record has ended could sign under an earlier one.

use kyso_api::problem::ProblemCode;
use kyso_core::ground::IssueSigner;
use kyso_core::id::{AgencyId, AuthorityId, CredentialId};
use kyso_documents::HashAlgorithm;
use kyso_documents::pdf::Verified;
use kyso_documents::timestamp::imprint;
use sha2::{Digest as _, Sha256};

use super::super::{Failure, Lack};
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
    credential: CredentialId,
    certificate: [u8; 32],
    /// SHA-256 of the signature value.
    value: [u8; 32],
}

impl Proof {
    /// `None` if the signature is none, which the verifier would have told.
    pub(super) fn of(one: &Verified, credential: CredentialId) -> Option<Self> {
        let value = imprint(&one.embedded.cms, HashAlgorithm::Sha256).ok()?;
        Some(Self {
            credential,
            certificate: certificate(one)?,
            value: value.try_into().ok()?,
        })
    }

    /// Who signed, when by this server's clock, and under which record: the one that they named if they named one. Or
    /// what is missing for that.
    pub(super) async fn confirmed(
        &self,
        desk: &Desk,
        (agency, named): (AgencyId, Option<AuthorityId>),
    ) -> Result<Result<IssueSigner, Lack>, Failure> {
        let found = stored::key_use(desk.app(), self.credential, self.value).await;
        let found = found.map_err(Failure::Answered)?;
        let Some(used) = found else {
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
}

/// SHA-256 of the certificate in a signature.
pub(super) fn certificate(one: &Verified) -> Option<[u8; 32]> {
    let signer = one.report.as_ref().ok()?.signer.as_ref()?;
    Some(Sha256::digest(&signer.certificate).into())
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
