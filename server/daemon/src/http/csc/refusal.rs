//! Refusals in the words of CSC: which `error`, which sentence (CSC 1.0.4.0 §10.2 and each method).

use kyso_api::csc::Version;
use kyso_api::csc_error::CscErrorCode;
use kyso_core::Refusal;

/// The `error` word and the sentence for a refusal.
///
/// What exists but is somebody else's reads exactly as what does not exist.
pub const fn in_words(refusal: Refusal, version: Version) -> (CscErrorCode, &'static str) {
    let v1 = matches!(version, Version::V1);
    match refusal {
        Refusal::CertificateExpired => invalid("Signing certificate is expired"),
        Refusal::CertificateNotYetValid => invalid("Signing certificate is not valid yet"),
        Refusal::Conflict => invalid("The present state does not allow this"),
        Refusal::CredentialDisabled => {
            invalid("The credential identified by credentialID is disabled")
        }
        Refusal::DigestMismatch => invalid("Invalid digest value length"),
        Refusal::AuthorityInvalid => {
            invalid("The authority record is not in force for this signer")
        }
        Refusal::DocumentsMismatch => invalid("Invalid parameter documents"),
        Refusal::DocumentsRequired => {
            invalid("Missing (or invalid type) array parameter documents")
        }
        Refusal::EmptyHashes => invalid("Empty hash array"),
        Refusal::FactorRequired if v1 => invalid("Missing (or invalid type) string parameter OTP"),
        Refusal::FactorRequired => invalid("Missing (or invalid type) array parameter authData"),
        Refusal::HashNotAuthorized => invalid("Hash is not authorized by the SAD."),
        Refusal::HashesRequired if v1 => invalid("Missing (or invalid type) array parameter hash"),
        Refusal::HashesRequired => invalid("Missing (or invalid type) array parameter hashes"),
        Refusal::IdempotencyRequired => invalid("Missing header Idempotency-Key"),
        Refusal::SadExpired => invalid("SAD expired"),
        Refusal::SecretDocument => invalid("Documents with a secrecy mark are not signed here"),
        Refusal::TooManySignatures => invalid("Numbers of signatures is too high"),
        Refusal::UnknownCredential => invalid("Invalid parameter credentialID"),
        Refusal::UnknownObject => invalid("Invalid parameter"),
        Refusal::UnknownSad => invalid("Invalid parameter SAD"),
        Refusal::UnsupportedScheme => invalid("Invalid parameter signAlgo"),
        Refusal::InvalidOtp | Refusal::OtpUsed => factor(refusal, v1),
        _ => beyond_the_request(refusal),
    }
}

const fn invalid(sentence: &'static str) -> (CscErrorCode, &'static str) {
    (CscErrorCode::InvalidRequest, sentence)
}

const fn factor(refusal: Refusal, v1: bool) -> (CscErrorCode, &'static str) {
    let used = matches!(refusal, Refusal::OtpUsed);
    match (v1, used) {
        (true, false) => (CscErrorCode::InvalidOtp, "The OTP is invalid"),
        (true, true) => (
            CscErrorCode::InvalidOtp,
            "The OTP was used already: chờ mã mới",
        ),
        (false, false) => (
            CscErrorCode::InvalidAuthenticationData,
            "The authentication data is invalid",
        ),
        (false, true) => (
            CscErrorCode::InvalidAuthenticationData,
            "The authentication data was used already: chờ mã mới",
        ),
    }
}

/// Refusals that no other parameter would have changed.
const fn beyond_the_request(refusal: Refusal) -> (CscErrorCode, &'static str) {
    match refusal {
        Refusal::IdempotencyKeyReused => (
            CscErrorCode::IdempotencyConflict,
            "This Idempotency-Key was used for another request",
        ),
        Refusal::PurposeNotAllowed => (
            CscErrorCode::AccessDenied,
            "Neither stamping session nor seal covers the purpose of a document",
        ),
        Refusal::SessionClosed | Refusal::SessionRequired => (
            CscErrorCode::AccessDenied,
            "No open stamping session covers this request",
        ),
        Refusal::Throttled => (
            CscErrorCode::SlowDown,
            "OTP locked: too many attempts, try later",
        ),
        Refusal::TokenInvalid => (
            CscErrorCode::InvalidToken,
            "The access token is invalid or has expired",
        ),
        // A row that does not hold is our fault, and nothing more is said about it.
        Refusal::Tampered => (CscErrorCode::ServerError, "The server cannot do this now"),
        _ => (CscErrorCode::AccessDenied, "The caller may not do this"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_their_words_in_both_versions() {
        use CscErrorCode as E;
        for (refusal, version, code, sentence) in [
            (
                Refusal::InvalidOtp,
                Version::V1,
                E::InvalidOtp,
                "The OTP is invalid",
            ),
            (
                Refusal::InvalidOtp,
                Version::V2,
                E::InvalidAuthenticationData,
                "The authentication data is invalid",
            ),
            (
                Refusal::HashNotAuthorized,
                Version::V1,
                E::InvalidRequest,
                "Hash is not authorized by the SAD.",
            ),
            (
                Refusal::UnknownSad,
                Version::V2,
                E::InvalidRequest,
                "Invalid parameter SAD",
            ),
            (
                Refusal::TooManySignatures,
                Version::V1,
                E::InvalidRequest,
                "Numbers of signatures is too high",
            ),
            (
                Refusal::HashesRequired,
                Version::V2,
                E::InvalidRequest,
                "Missing (or invalid type) array parameter hashes",
            ),
            (
                Refusal::Forbidden,
                Version::V1,
                E::AccessDenied,
                "The caller may not do this",
            ),
            (
                Refusal::SamePerson,
                Version::V1,
                E::AccessDenied,
                "The caller may not do this",
            ),
        ] {
            assert_eq!(in_words(refusal, version), (code, sentence));
        }
    }

    #[test]
    fn only_our_own_faults_are_server_errors() {
        assert_eq!(in_words(Refusal::Tampered, Version::V1).0.status(), 500);
        assert_eq!(in_words(Refusal::Throttled, Version::V2).0.status(), 429);
        assert_eq!(in_words(Refusal::TokenInvalid, Version::V2).0.status(), 401);
    }
}
