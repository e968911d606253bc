//! Cloud Signature Consortium API, versions 1.0.4.0 and 2.2.0.0, over one request model.
//!
//! The versions differ in names (`hash`/`hashes`, `hashAlgo`/`hashAlgorithmOID`, `PIN` and
//! `OTP`/`authData`), and real clients send the names of one to the path of the other; so every
//! name is read under both paths, and two names of one thing with different values are refused.

mod approval;
mod body;
mod document;
mod factors;
mod info;
mod reply;
mod request;
mod sign;
mod v2;

pub use approval::{
    AcceptedReply, AsynchronousRequest, AuthorizeCheckRequest, HandleReply, PollingRequest,
};
pub use body::{Body, Kind, MAX_CLIENT_DATA, Malformed, Version};
pub use document::{Document, MAX_DOCUMENT_FIELD, MAX_DOCUMENT_LABEL};
pub use factors::Factors;
pub use info::{InfoV1, InfoV2, SignAlgorithms, SignatureFormats};
pub use reply::{
    AuthMode, AuthorizeReply, CALL_HEADER, CertInfo, CertStatus, CredentialInfoV1,
    CredentialsListReply, KeyInfo, KeyStatus, LoginReply, OtpInfo, PinInfo, Presence, Scal,
    SignHashReply,
};
pub use request::{
    Certificates, CredentialsInfoRequest, CredentialsListRequest, Detail, InfoRequest,
    LoginRequest, RevokeRequest,
};
pub use sign::{AuthorizeRequest, ExtendRequest, MAX_DESCRIPTION, OperationMode, SignHashRequest};
pub use v2::{Auth, AuthModeV2, AuthObject, CredentialInfoV2, CredentialsListReplyV2};
