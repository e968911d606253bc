//! From the signer's certificate up to a trust anchor (RFC 5280 §6), at one point in time.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use time::OffsetDateTime;
use webpki::{
    EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage,
    anchor_from_trusted_cert,
};

use crate::verify::Problem;

/// Extended key usages under which documents are signed: document signing (RFC 9336 and
/// Microsoft's), e-mail protection and client authentication, as certificate authorities issue.
const PURPOSES: [&[usize]; 4] = [
    &[1, 3, 6, 1, 5, 5, 7, 3, 36],
    &[1, 3, 6, 1, 4, 1, 311, 10, 3, 12],
    &[1, 3, 6, 1, 5, 5, 7, 3, 4],
    &[1, 3, 6, 1, 5, 5, 7, 3, 2],
];

/// `anyExtendedKeyUsage` (RFC 5280 §4.2.1.12).
const ANY_PURPOSE: &[usize] = &[2, 5, 29, 37, 0];

/// Takes a certificate that names no purpose, or one for documents among others.
pub(crate) struct SignsDocuments;

impl ExtendedKeyUsageValidator for SignsDocuments {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        let mut named = false;
        for purpose in purposes {
            let purpose = purpose?.to_decoded_oid();
            if PURPOSES.contains(&purpose.as_slice()) || purpose == ANY_PURPOSE {
                return Ok(());
            }
            named = true;
        }
        if named {
            Err(Error::ExtensionValueInvalid)
        } else {
            Ok(())
        }
    }
}

/// `id-kp-timeStamping` (RFC 3161 §2.3), the content of its OID.
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];

/// Takes a path of certificates that name time stamping or no purpose.
///
/// An authority above seldom names one, so that the last certificate does, and nothing else, is looked at
/// by who asks.
pub(crate) const fn stamps_time() -> impl ExtendedKeyUsageValidator {
    KeyUsage::required_if_present(TIME_STAMPING)
}

/// As [`check`] for an authority that stamps times.
pub(crate) fn check_time_stamping(
    signer: &[u8],
    others: &[Vec<u8>],
    anchors: &[Vec<u8>],
    at: OffsetDateTime,
) -> Result<(), Problem> {
    find_path(signer, others, anchors, at, stamps_time())
}

/// Whether a path leads from the signer to an anchor at that time (certificates as DER). Revocation
/// is not checked: it needs the network. What an anchor says of itself is not looked at.
///
/// # Errors
/// The [`Problem`] with the path.
pub fn check(
    signer: &[u8],
    others: &[Vec<u8>],
    anchors: &[Vec<u8>],
    at: OffsetDateTime,
) -> Result<(), Problem> {
    find_path(signer, others, anchors, at, SignsDocuments)
}

fn find_path(
    signer: &[u8],
    others: &[Vec<u8>],
    anchors: &[Vec<u8>],
    at: OffsetDateTime,
    purpose: impl ExtendedKeyUsageValidator,
) -> Result<(), Problem> {
    let seconds = u64::try_from(at.unix_timestamp()).map_err(|_| Problem::NotYetValid)?;
    let signer = CertificateDer::from(signer);
    let signer = EndEntityCert::try_from(&signer).map_err(|_| Problem::Untrusted)?;
    let others: Vec<_> = others
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let anchors: Vec<_> = anchors
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    // An anchor that cannot be read is no anchor; others may do.
    let anchors: Vec<TrustAnchor<'_>> = anchors
        .iter()
        .filter_map(|der| anchor_from_trusted_cert(der).ok())
        .collect();
    let path = signer.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &anchors,
        &others,
        UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
        purpose,
        None,
        None,
    );
    path.map(drop).map_err(|error| problem(&error))
}

fn problem(error: &Error) -> Problem {
    match error {
        Error::CertExpired { .. } => Problem::Expired,
        Error::CertNotValidYet { .. } => Problem::NotYetValid,
        Error::ExtensionValueInvalid | Error::RequiredEkuNotFoundContext(_) => Problem::KeyUsage,
        _ => Problem::Untrusted,
    }
}
