//! Why something was refused: one word each, for entries, metrics and both API families.

/// A reason that the caller can act on. Faults of the server are not refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{}", self.code())]
#[non_exhaustive]
pub enum Refusal {
    /// The request for approval was decided, withdrawn or has ended.
    ApprovalEnded,
    /// What was approved is not what stands there now, or was shown too long ago: show it again.
    ApprovalStale,
    /// The signed attributes are not those of one document and this credential's certificate.
    AttributesRefused,
    /// The authority record is not this signer's, or is not in force now.
    AuthorityInvalid,
    /// The body is longer than the server reads.
    BodyTooLarge,
    /// The certificate's time has ended.
    CertificateExpired,
    /// The certificate's time has not begun.
    CertificateNotYetValid,
    /// The change does not fit what is there: a name taken, a state that cannot follow.
    Conflict,
    /// The credential is locked, revoked, not handed over, or has no certificate.
    CredentialDisabled,
    /// The digest's algorithm is not the scheme's, or not the one that was authorized.
    DigestMismatch,
    /// `documents[]` differs from what was authorized.
    DocumentsMismatch,
    /// `documents[]` is required: a seal, or a client without `raw_hash`.
    DocumentsRequired,
    /// No hash was given.
    EmptyHashes,
    /// The seal is for documents, and goes on none that the server has read: a signed PDF has to come.
    EvidenceRequired,
    /// Signing this needs fresh proof (an OTP) and none came.
    FactorRequired,
    /// The actor's role does not allow this.
    Forbidden,
    /// A hash is not among those that the SAD authorizes, or was used already.
    HashNotAuthorized,
    /// The same Idempotency-Key came before with another body.
    IdempotencyKeyReused,
    /// A count-bound SAD needs an Idempotency-Key.
    IdempotencyRequired,
    /// A person's SAD must name the hashes.
    HashesRequired,
    /// The wrong one-time password.
    InvalidOtp,
    /// The date of the document lies before its signature, or in the future.
    IssueDateRefused,
    /// The request cannot be read: a value is missing, of another type, or not allowed.
    Malformed,
    /// The document is not as it must be for a seal.
    NotReady,
    /// No document of the agency has the number this year.
    NumberUnknown,
    /// The number stands on another document of this series and year, or the document has another.
    NumberTaken,
    /// This one-time password was used; wait for the next.
    OtpUsed,
    /// The purpose is not among the session's, or not what the seal is for.
    PurposeNotAllowed,
    /// The SAD's time has ended.
    SadExpired,
    /// The same person cannot propose and approve.
    SamePerson,
    /// The change needs a second person.
    SecondPersonRequired,
    /// A document is secret (độ mật): it must not come here at all (Decree 30/2020, R-20).
    SecretDocument,
    /// The stamping session is closed, used up or over.
    SessionClosed,
    /// No stamping session is open for this client and seal.
    SessionRequired,
    /// The signing time that the attributes claim is too far from the clock.
    SigningTimeRefused,
    /// The key cannot sign in this scheme, or the salt is too long.
    UnsupportedScheme,
    /// A row's seal does not hold: somebody wrote to the database behind the server's back.
    Tampered,
    /// Too many attempts; wait.
    Throttled,
    /// The token has ended or was revoked.
    TokenInvalid,
    /// More signatures than the credential's limit.
    TooManySignatures,
    /// No such credential, or not the caller's: the answer is the same.
    UnknownCredential,
    /// No such thing, or not the caller's to see.
    UnknownObject,
    /// No such SAD, or not for this client, user or credential.
    UnknownSad,
    /// The password is not the account's. Callers are never told that it was the password.
    WrongPassword,
}

impl Refusal {
    /// The word in entries, metrics and error bodies.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ApprovalEnded => "approval_ended",
            Self::ApprovalStale => "approval_stale",
            Self::AttributesRefused => "attributes_refused",
            Self::AuthorityInvalid => "authority_invalid",
            Self::BodyTooLarge => "body_too_large",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateNotYetValid => "certificate_not_yet_valid",
            Self::Conflict => "conflict",
            Self::CredentialDisabled => "credential_disabled",
            Self::DigestMismatch => "digest_mismatch",
            Self::DocumentsMismatch => "documents_mismatch",
            Self::DocumentsRequired => "documents_required",
            Self::EmptyHashes => "empty_hashes",
            Self::EvidenceRequired => "evidence_required",
            Self::FactorRequired => "factor_required",
            Self::Forbidden => "forbidden",
            Self::HashNotAuthorized => "hash_not_authorized",
            Self::HashesRequired => "hashes_required",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::IdempotencyRequired => "idempotency_required",
            Self::InvalidOtp => "invalid_otp",
            Self::IssueDateRefused => "issue_date_refused",
            Self::Malformed => "malformed",
            Self::NotReady => "not_ready",
            Self::NumberUnknown => "number_unknown",
            Self::NumberTaken => "number_taken",
            Self::OtpUsed => "otp_used",
            Self::PurposeNotAllowed => "purpose_not_allowed",
            Self::SadExpired => "sad_expired",
            Self::SamePerson => "same_person",
            Self::SecondPersonRequired => "second_person_required",
            Self::SecretDocument => "secret_document",
            Self::SessionClosed => "session_closed",
            Self::SessionRequired => "session_required",
            Self::SigningTimeRefused => "signing_time_refused",
            Self::Tampered => "tampered",
            Self::Throttled => "throttled",
            Self::TokenInvalid => "token_invalid",
            Self::TooManySignatures => "too_many_signatures",
            Self::UnknownCredential => "unknown_credential",
            Self::UnknownObject => "unknown_object",
            Self::UnknownSad => "unknown_sad",
            Self::UnsupportedScheme => "unsupported_scheme",
            Self::WrongPassword => "wrong_password",
        }
    }
}
