//! Signature schemes and how CMS names them.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, ECDSA_WITH_SHA_512, ID_EC_PUBLIC_KEY, ID_MGF_1,
    ID_RSASSA_PSS, RSA_ENCRYPTION, SHA_256_WITH_RSA_ENCRYPTION, SHA_384_WITH_RSA_ENCRYPTION,
    SHA_512_WITH_RSA_ENCRYPTION,
};
use der::Sequence;
use der::asn1::{Any, Null};
#[cfg(any(test, feature = "verify"))]
use der::{Decode, Encode};
use spki::AlgorithmIdentifierOwned;

use crate::hash::HashAlgorithm;

/// How the digest of the signed attributes becomes a signature.
///
/// The hash is that of the document's digest: one signature, one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// ECDSA, the signature as DER `SEQUENCE { r, s }` (RFC 5753 §7.2).
    Ecdsa,
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1,
    /// RSASSA-PSS with MGF1 over the same hash (RFC 4056).
    RsaPss {
        /// Salt length in bytes. RFC 4056 §3 wants the digest's length, and [`verify`] takes no
        /// other.
        ///
        /// [`verify`]: crate::verify()
        salt: u16,
    },
}

/// `RSASSA-PSS-params` (RFC 4055 §3.1); an absent field means SHA-1, which nothing here accepts.
#[derive(Clone, Debug, PartialEq, Eq, Sequence)]
struct PssParameters {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmIdentifierOwned>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmIdentifierOwned>,
    #[asn1(
        context_specific = "2",
        tag_mode = "EXPLICIT",
        default = "default_salt"
    )]
    salt: u16,
    #[asn1(
        context_specific = "3",
        tag_mode = "EXPLICIT",
        default = "default_trailer"
    )]
    trailer: u8,
}

fn default_salt() -> u16 {
    20
}

fn default_trailer() -> u8 {
    1
}

impl Scheme {
    /// Whether a key with this algorithm identifier can sign so.
    pub(crate) fn fits(self, key: ObjectIdentifier) -> bool {
        match self {
            Self::Ecdsa => key == ID_EC_PUBLIC_KEY,
            Self::RsaPkcs1 => key == RSA_ENCRYPTION,
            Self::RsaPss { .. } => key == RSA_ENCRYPTION || key == ID_RSASSA_PSS,
        }
    }

    /// The `signatureAlgorithm` of a signer (RFC 5754 §3, RFC 4056 §3).
    pub(crate) fn identifier(self, hash: HashAlgorithm) -> der::Result<AlgorithmIdentifierOwned> {
        let (oid, parameters) = match self {
            Self::Ecdsa => (ecdsa(hash), None),
            Self::RsaPkcs1 => (pkcs1(hash), Some(Any::from(Null))),
            Self::RsaPss { salt } => (
                ID_RSASSA_PSS,
                Some(Any::encode_from(&PssParameters::new(hash, salt)?)?),
            ),
        };
        Ok(AlgorithmIdentifierOwned { oid, parameters })
    }

    /// Reads a signer's `signatureAlgorithm`; `rsaEncryption` leaves the hash to the signer's
    /// `digestAlgorithm`, as RFC 5754 §3.2 allows.
    #[cfg(any(test, feature = "verify"))]
    pub(crate) fn from_identifier(
        identifier: &AlgorithmIdentifierOwned,
        hash: HashAlgorithm,
    ) -> Option<Self> {
        match identifier.oid {
            oid if oid == ecdsa(hash) => Some(Self::Ecdsa),
            oid if oid == pkcs1(hash) || oid == RSA_ENCRYPTION => Some(Self::RsaPkcs1),
            ID_RSASSA_PSS => {
                let parameters = identifier.parameters.as_ref()?.to_der().ok()?;
                PssParameters::from_der(&parameters).ok()?.scheme(hash)
            }
            _ => None,
        }
    }
}

impl PssParameters {
    fn new(hash: HashAlgorithm, salt: u16) -> der::Result<Self> {
        // RFC 4055 §2.1 writes NULL here, unlike CMS.
        let inner = AlgorithmIdentifierOwned {
            oid: hash.oid(),
            parameters: Some(Null.into()),
        };
        let parameters = Some(Any::encode_from(&inner)?);
        let mask = AlgorithmIdentifierOwned {
            oid: ID_MGF_1,
            parameters,
        };
        Ok(Self {
            hash: Some(inner),
            mask: Some(mask),
            salt,
            trailer: default_trailer(),
        })
    }

    /// PSS with one hash for everything, or nothing.
    #[cfg(any(test, feature = "verify"))]
    fn scheme(&self, hash: HashAlgorithm) -> Option<Scheme> {
        let mask = self.mask.as_ref()?;
        let inner = mask
            .parameters
            .as_ref()?
            .decode_as::<AlgorithmIdentifierOwned>()
            .ok()?;
        let same = self.hash.as_ref()?.oid == hash.oid()
            && mask.oid == ID_MGF_1
            && inner.oid == hash.oid()
            && self.trailer == default_trailer();
        same.then_some(Scheme::RsaPss { salt: self.salt })
    }
}

const fn ecdsa(hash: HashAlgorithm) -> ObjectIdentifier {
    match hash {
        HashAlgorithm::Sha256 => ECDSA_WITH_SHA_256,
        HashAlgorithm::Sha384 => ECDSA_WITH_SHA_384,
        HashAlgorithm::Sha512 => ECDSA_WITH_SHA_512,
    }
}

const fn pkcs1(hash: HashAlgorithm) -> ObjectIdentifier {
    match hash {
        HashAlgorithm::Sha256 => SHA_256_WITH_RSA_ENCRYPTION,
        HashAlgorithm::Sha384 => SHA_384_WITH_RSA_ENCRYPTION,
        HashAlgorithm::Sha512 => SHA_512_WITH_RSA_ENCRYPTION,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMES: [Scheme; 4] = [
        Scheme::Ecdsa,
        Scheme::RsaPkcs1,
        Scheme::RsaPss { salt: 20 },
        Scheme::RsaPss { salt: 300 },
    ];

    #[test]
    fn an_identifier_leads_back_to_its_scheme_under_its_hash_only() {
        for scheme in SCHEMES {
            for hash in HashAlgorithm::ALL {
                let identifier = scheme.identifier(hash).unwrap();
                for other in HashAlgorithm::ALL {
                    let expected = (hash == other).then_some(scheme);
                    assert_eq!(Scheme::from_identifier(&identifier, other), expected);
                }
            }
        }
    }

    #[test]
    fn pss_with_anything_of_sha1_or_odd_is_not_read() {
        let hash = HashAlgorithm::Sha256;
        let good = PssParameters::new(hash, 32).unwrap();
        let other = PssParameters::new(HashAlgorithm::Sha512, 32).unwrap();
        for bad in [
            PssParameters {
                hash: None,
                ..good.clone()
            },
            PssParameters {
                mask: None,
                ..good.clone()
            },
            PssParameters {
                hash: other.hash,
                ..good.clone()
            },
            PssParameters {
                mask: other.mask,
                ..good.clone()
            },
            PssParameters {
                mask: good.hash.clone(),
                ..good.clone()
            },
            PssParameters {
                trailer: 2,
                ..good.clone()
            },
        ] {
            let parameters = Some(Any::encode_from(&bad).unwrap());
            let identifier = AlgorithmIdentifierOwned {
                oid: ID_RSASSA_PSS,
                parameters,
            };
            assert_eq!(Scheme::from_identifier(&identifier, hash), None, "{bad:?}");
        }
        for parameters in [None, Some(Any::from(Null))] {
            let identifier = AlgorithmIdentifierOwned {
                oid: ID_RSASSA_PSS,
                parameters,
            };
            assert_eq!(Scheme::from_identifier(&identifier, hash), None);
        }
    }
}
