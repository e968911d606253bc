//! Hashes, keys and signature schemes: what may be signed, with what, and how it is named.
//!
//! Object identifiers are CSC 1.0.4.0 §11.9 / RFC 8017 appendix B / RFC 5758. SHA-1 and RSA keys
//! under 2048 bits have no value here, so nothing further in can meet them.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// A hash function that may be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HashAlgorithm {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// Every hash that may be signed, weakest first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Length of its digests, in bytes.
    pub const fn digest_length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Dotted object identifier (NIST CSOR).
    pub const fn oid(self) -> &'static str {
        match self {
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
        }
    }

    /// The hash with this dotted object identifier.
    pub fn from_oid(oid: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.oid() == oid)
    }

    /// Name in entries and tables: `sha256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The hash with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.name() == name)
    }
}

/// A digest and the hash that made it; never a slice that could be a message or a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest {
    algorithm: HashAlgorithm,
    bytes: [u8; 64],
}

/// The bytes are not as long as the algorithm's digests are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {} digest has {} bytes, not {actual}", algorithm.name(), algorithm.digest_length())]
pub struct InvalidDigestLength {
    /// The hash that was named.
    pub algorithm: HashAlgorithm,
    /// How many bytes were given.
    pub actual: usize,
}

impl Digest {
    /// The digest with these bytes.
    ///
    /// # Errors
    /// If their number is not the algorithm's: a hexadecimal or SHA-1 digest ends here.
    pub fn new(algorithm: HashAlgorithm, bytes: &[u8]) -> Result<Self, InvalidDigestLength> {
        let mut padded = [0; 64];
        match padded.get_mut(..bytes.len()) {
            Some(slot) if bytes.len() == algorithm.digest_length() => slot.copy_from_slice(bytes),
            _ => {
                return Err(InvalidDigestLength {
                    algorithm,
                    actual: bytes.len(),
                });
            }
        }
        Ok(Self {
            algorithm,
            bytes: padded,
        })
    }

    /// The digest of bytes in memory.
    pub fn of(algorithm: HashAlgorithm, message: &[u8]) -> Self {
        let mut bytes = [0; 64];
        let (slot, _) = bytes.split_at_mut(algorithm.digest_length());
        match algorithm {
            HashAlgorithm::Sha256 => slot.copy_from_slice(&Sha256::digest(message)),
            HashAlgorithm::Sha384 => slot.copy_from_slice(&Sha384::digest(message)),
            HashAlgorithm::Sha512 => slot.copy_from_slice(&Sha512::digest(message)),
        }
        Self { algorithm, bytes }
    }

    /// The hash that made it.
    pub const fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.split_at(self.algorithm.digest_length()).0
    }
}

/// A kind of key that the server makes and uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyAlgorithm {
    /// RSA with a 2048-bit modulus.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// RSA with a 3072-bit modulus.
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    /// RSA with a 4096-bit modulus.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
    /// ECDSA on P-256 (secp256r1).
    #[serde(rename = "p-256")]
    P256,
    /// ECDSA on P-384 (secp384r1).
    #[serde(rename = "p-384")]
    P384,
}

impl KeyAlgorithm {
    /// Every kind, in the order that lists and benchmarks print them.
    pub const ALL: [Self; 5] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::P256,
        Self::P384,
    ];

    /// Name in tables, profiles and commands: `rsa-2048`, `p-256`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::Rsa3072 => "rsa-3072",
            Self::Rsa4096 => "rsa-4096",
            Self::P256 => "p-256",
            Self::P384 => "p-384",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Key length in bits, CSC's `key.len`.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Rsa2048 => 2048,
            Self::Rsa3072 => 3072,
            Self::Rsa4096 => 4096,
            Self::P256 => 256,
            Self::P384 => 384,
        }
    }

    /// Whether it is an RSA key.
    pub const fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }

    /// Dotted object identifier of an elliptic curve, CSC's `key.curve`.
    pub const fn curve_oid(self) -> Option<&'static str> {
        match self {
            Self::P256 => Some("1.2.840.10045.3.1.7"),
            Self::P384 => Some("1.3.132.0.34"),
            Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096 => None,
        }
    }

    /// Whether this key can sign in this scheme.
    pub const fn signs(self, scheme: SignatureScheme) -> bool {
        match scheme {
            SignatureScheme::RsaPkcs1(_) | SignatureScheme::RsaPss { .. } => self.is_rsa(),
            SignatureScheme::Ecdsa(_) => !self.is_rsa(),
        }
    }

    /// The longest PSS salt that fits the modulus with this hash (RFC 8017 §9.1.1): SoftHSM2
    /// answers only `CKR_GENERAL_ERROR` to a longer one, so it is checked before the token is asked.
    pub const fn longest_pss_salt(self, hash: HashAlgorithm) -> usize {
        let encoded = match self {
            Self::Rsa2048 => 256,
            Self::Rsa3072 => 384,
            Self::Rsa4096 => 512,
            Self::P256 | Self::P384 => return 0,
        };
        encoded - hash.digest_length() - 2
    }
}

/// How a digest becomes a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureScheme {
    /// ECDSA, answered as DER `SEQUENCE { r, s }` (RFC 3279 §2.2.3).
    Ecdsa(HashAlgorithm),
    /// RSASSA-PKCS1-v1_5 (RFC 8017 §8.2).
    RsaPkcs1(HashAlgorithm),
    /// RSASSA-PSS with MGF1 over the same hash and exactly this salt (RFC 8017 §8.1).
    RsaPss {
        /// The hash of message and mask.
        hash: HashAlgorithm,
        /// Salt length in bytes.
        salt: u16,
    },
}

impl SignatureScheme {
    /// The hash that it takes.
    pub const fn hash(self) -> HashAlgorithm {
        match self {
            Self::Ecdsa(hash) | Self::RsaPkcs1(hash) | Self::RsaPss { hash, .. } => hash,
        }
    }

    /// Name in entries: `rsa-pkcs1-sha256`, `rsa-pss-sha256-salt32`, `ecdsa-sha256`.
    pub fn name(self) -> String {
        match self {
            Self::Ecdsa(hash) => format!("ecdsa-{}", hash.name()),
            Self::RsaPkcs1(hash) => format!("rsa-pkcs1-{}", hash.name()),
            Self::RsaPss { hash, salt } => format!("rsa-pss-{}-salt{salt}", hash.name()),
        }
    }

    /// The scheme with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let hash = HashAlgorithm::from_name;
        if let Some(rest) = name.strip_prefix("ecdsa-") {
            return hash(rest).map(Self::Ecdsa);
        }
        if let Some(rest) = name.strip_prefix("rsa-pkcs1-") {
            return hash(rest).map(Self::RsaPkcs1);
        }
        let (rest, salt) = name.strip_prefix("rsa-pss-")?.split_once("-salt")?;
        let (hash, salt) = (hash(rest)?, salt.parse().ok()?);
        Some(Self::RsaPss { hash, salt })
    }
}
