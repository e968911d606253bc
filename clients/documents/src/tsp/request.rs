//! What an authority is asked.

use std::str::FromStr;

use der::asn1::{ObjectIdentifier, OctetString};
use der::{Encode, Sequence};
use spki::AlgorithmIdentifierOwned;

use crate::hash::DocumentDigest;

/// The policy under which an authority stamps, by its object identifier (RFC 3161 §2.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy(pub(super) ObjectIdentifier);

/// Not an object identifier in dotted numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an object identifier")]
pub struct NotAPolicy;

impl FromStr for Policy {
    type Err = NotAPolicy;

    fn from_str(text: &str) -> Result<Self, NotAPolicy> {
        text.parse().map(Self).map_err(|_| NotAPolicy)
    }
}

/// One request for a time stamp (`TimeStampReq`, RFC 3161 §2.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub(super) imprint: DocumentDigest,
    pub(super) nonce: u64,
    pub(super) policy: Option<Policy>,
}

impl Request {
    /// Asks for a stamp over a digest.
    ///
    /// The nonce must be new and random for each try: it is what tells the answer to this one from an
    /// older one that somebody kept.
    pub const fn new(imprint: DocumentDigest, nonce: u64, policy: Option<Policy>) -> Self {
        Self {
            imprint,
            nonce,
            policy,
        }
    }

    /// The bytes to be sent as `application/timestamp-query` (RFC 3161 §3.4). The authority is always
    /// asked for its certificate: without it the token cannot be checked years later.
    ///
    /// # Errors
    /// If something is too large for DER, which no digest is.
    pub fn to_der(&self) -> der::Result<Vec<u8>> {
        let message = TimeStampReq {
            version: 1,
            imprint: MessageImprint {
                hash: AlgorithmIdentifierOwned {
                    oid: self.imprint.algorithm().oid(),
                    parameters: None,
                },
                digest: OctetString::new(self.imprint.as_bytes())?,
            },
            policy: self.policy.map(|policy| policy.0),
            nonce: self.nonce,
            certificate: true,
        };
        message.to_der()
    }
}

#[derive(Sequence)]
struct TimeStampReq {
    version: u8,
    imprint: MessageImprint,
    #[asn1(optional = "true")]
    policy: Option<ObjectIdentifier>,
    nonce: u64,
    certificate: bool,
}

#[derive(Sequence)]
struct MessageImprint {
    hash: AlgorithmIdentifierOwned,
    digest: OctetString,
}
