//! `signAlgo`, `signAlgoParams` and the hash's name, made into one signature scheme.

use kyso_api::csc::{Kind, Malformed, Version};
use kyso_core::{Digest, HashAlgorithm, KeyAlgorithm, SignatureScheme};

use super::pss::PssParams;

const RSA_ENCRYPTION: &str = "1.2.840.113549.1.1.1";
const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const RSA_BY_HASH: [(&str, HashAlgorithm); 3] = [
    ("1.2.840.113549.1.1.11", HashAlgorithm::Sha256),
    ("1.2.840.113549.1.1.12", HashAlgorithm::Sha384),
    ("1.2.840.113549.1.1.13", HashAlgorithm::Sha512),
];
const ECDSA_SHA256: (&str, HashAlgorithm) = ("1.2.840.10045.4.3.2", HashAlgorithm::Sha256);
const ECDSA_SHA384: (&str, HashAlgorithm) = ("1.2.840.10045.4.3.3", HashAlgorithm::Sha384);
const ECDSA_SHA512: (&str, HashAlgorithm) = ("1.2.840.10045.4.3.4", HashAlgorithm::Sha512);
const ECDSA_BY_HASH: [(&str, HashAlgorithm); 3] = [ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512];

/// DER NULL: what some callers send as the parameters of an algorithm that has none.
const DER_NULL: &[u8] = &[0x05, 0x00];

/// What a caller says of the algorithm.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// `signAlgo`.
    pub sign_algorithm: &'a str,
    /// `signAlgoParams`, decoded.
    pub params: Option<&'a [u8]>,
    /// `hashAlgo` (v1) or `hashAlgorithmOID` (v2).
    pub hash_algorithm: Option<&'a str>,
    /// Whose names errors use.
    pub version: Version,
}

/// `key.algo` of a key of this kind.
///
/// The order is decided by clients: some take the first as the algorithm of the container they
/// write, some fail when only the bare `rsaEncryption` is there.
pub fn announced(key: KeyAlgorithm) -> Vec<&'static str> {
    match key {
        KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => {
            let by_hash = RSA_BY_HASH.iter().map(|(oid, _)| *oid);
            by_hash.chain([RSASSA_PSS, RSA_ENCRYPTION]).collect()
        }
        KeyAlgorithm::P256 => vec![ECDSA_SHA256.0, ECDSA_SHA384.0, ECDSA_SHA512.0],
        KeyAlgorithm::P384 => vec![ECDSA_SHA384.0, ECDSA_SHA512.0, ECDSA_SHA256.0],
    }
}

/// Everything that `info` of v2 announces as `signAlgorithms.algos`.
pub fn all_announced() -> Vec<&'static str> {
    let mut oids = announced(KeyAlgorithm::Rsa2048);
    oids.extend(announced(KeyAlgorithm::P256));
    oids
}

/// The name of the parameter that names the hash.
pub const fn hash_parameter(version: Version) -> &'static str {
    match version {
        Version::V1 => "hashAlgo",
        Version::V2 => "hashAlgorithmOID",
    }
}

/// The hash that an object identifier names.
///
/// # Errors
/// For an unknown one, and for SHA-1.
pub fn hash_from_oid(oid: &str, version: Version) -> Result<HashAlgorithm, Malformed> {
    HashAlgorithm::from_oid(oid).ok_or(Malformed::Invalid(hash_parameter(version)))
}

/// The scheme that the caller wants; whether the key can do it is for policy to say.
///
/// # Errors
/// In CSC's words, naming the parameter that is missing, unknown or contradicts another.
pub fn scheme(wanted: Wanted<'_>) -> Result<SignatureScheme, Malformed> {
    let named = wanted
        .hash_algorithm
        .map(|oid| hash_from_oid(oid, wanted.version))
        .transpose()?;
    let scheme = match wanted.sign_algorithm {
        RSA_ENCRYPTION => SignatureScheme::RsaPkcs1(named.ok_or(Malformed::Missing {
            kind: Kind::String,
            name: hash_parameter(wanted.version),
        })?),
        RSASSA_PSS => pss(wanted.params)?,
        oid => fixed(oid).ok_or(Malformed::Invalid("signAlgo"))?,
    };
    let needs_params = matches!(scheme, SignatureScheme::RsaPss { .. });
    if !needs_params && wanted.params.is_some_and(|params| params != DER_NULL) {
        return Err(Malformed::Invalid("signAlgoParams"));
    }
    if named.is_some_and(|hash| hash != scheme.hash()) {
        return Err(Malformed::Invalid(if needs_params {
            "signAlgoParams"
        } else {
            hash_parameter(wanted.version)
        }));
    }
    Ok(scheme)
}

/// No default is put in for missing parameters: the caller must write them into its container.
fn pss(params: Option<&[u8]>) -> Result<SignatureScheme, Malformed> {
    let params = params.ok_or(Malformed::Missing {
        kind: Kind::String,
        name: "signAlgoParams",
    })?;
    let params = PssParams::from_der(params).map_err(|_| Malformed::Invalid("signAlgoParams"))?;
    Ok(SignatureScheme::RsaPss {
        hash: params.hash,
        salt: params.salt,
    })
}

fn fixed(oid: &str) -> Option<SignatureScheme> {
    let named = |pair: &&(&str, HashAlgorithm)| pair.0 == oid;
    let rsa = RSA_BY_HASH
        .iter()
        .find(named)
        .map(|(_, hash)| SignatureScheme::RsaPkcs1(*hash));
    rsa.or_else(|| {
        ECDSA_BY_HASH
            .iter()
            .find(named)
            .map(|(_, hash)| SignatureScheme::Ecdsa(*hash))
    })
}

/// One of the hashes has another length than the algorithm's digests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Invalid digest value length")]
pub struct WrongLength;

/// The hashes as digests of one algorithm.
///
/// # Errors
/// If one has another length: hexadecimal, SHA-1 and `DigestInfo` all end here.
pub fn digests(hash: HashAlgorithm, hashes: &[Vec<u8>]) -> Result<Vec<Digest>, WrongLength> {
    hashes
        .iter()
        .map(|bytes| Digest::new(hash, bytes).map_err(|_| WrongLength))
        .collect()
}

/// The algorithm whose digests are that long, for v1's `credentials/authorize`, which names none.
pub fn hash_of_length(hashes: &[Vec<u8>]) -> Option<HashAlgorithm> {
    let length = hashes.first()?.len();
    HashAlgorithm::ALL
        .into_iter()
        .find(|hash| hash.digest_length() == length)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: &str = "2.16.840.1.101.3.4.2.1";
    const SHA384: &str = "2.16.840.1.101.3.4.2.2";
    const SHA1: &str = "1.3.14.3.2.26";
    const PSS_32: &str = "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120";

    fn ask(
        sign: &str,
        params: Option<&[u8]>,
        hash: Option<&str>,
    ) -> Result<SignatureScheme, Malformed> {
        scheme(Wanted {
            sign_algorithm: sign,
            params,
            hash_algorithm: hash,
            version: Version::V1,
        })
    }

    fn pss_32() -> Vec<u8> {
        hex::decode(PSS_32).unwrap()
    }

    #[test]
    fn each_object_identifier_has_its_scheme() {
        let pss = pss_32();
        let sha256 = HashAlgorithm::Sha256;
        for (sign, params, hash, scheme) in [
            (
                "1.2.840.113549.1.1.1",
                None,
                Some(SHA256),
                SignatureScheme::RsaPkcs1(sha256),
            ),
            (
                "1.2.840.113549.1.1.11",
                None,
                None,
                SignatureScheme::RsaPkcs1(sha256),
            ),
            (
                "1.2.840.113549.1.1.11",
                Some(DER_NULL),
                Some(SHA256),
                SignatureScheme::RsaPkcs1(sha256),
            ),
            (
                "1.2.840.113549.1.1.13",
                None,
                None,
                SignatureScheme::RsaPkcs1(HashAlgorithm::Sha512),
            ),
            (
                "1.2.840.113549.1.1.10",
                Some(pss.as_slice()),
                Some(SHA256),
                SignatureScheme::RsaPss {
                    hash: sha256,
                    salt: 32,
                },
            ),
            (
                "1.2.840.10045.4.3.2",
                None,
                Some(SHA256),
                SignatureScheme::Ecdsa(sha256),
            ),
            (
                "1.2.840.10045.4.3.3",
                None,
                None,
                SignatureScheme::Ecdsa(HashAlgorithm::Sha384),
            ),
        ] {
            assert_eq!(ask(sign, params, hash), Ok(scheme), "{sign}");
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn bad_algorithms_are_named() {
        let pss = pss_32();
        for (sign, params, hash, sentence) in [
            (
                "1.2.840.113549.1.1.1",
                None,
                None,
                "Missing (or invalid type) string parameter hashAlgo",
            ),
            (
                "1.2.840.113549.1.1.1",
                None,
                Some(SHA1),
                "Invalid parameter hashAlgo",
            ),
            (
                "1.2.840.113549.1.1.5",
                None,
                None,
                "Invalid parameter signAlgo",
            ),
            (
                "1.3.101.112",
                None,
                Some(SHA256),
                "Invalid parameter signAlgo",
            ),
            ("sha256", None, Some(SHA256), "Invalid parameter signAlgo"),
            (
                "1.2.840.113549.1.1.11",
                None,
                Some(SHA384),
                "Invalid parameter hashAlgo",
            ),
            (
                "1.2.840.113549.1.1.10",
                None,
                Some(SHA256),
                "Missing (or invalid type) string parameter signAlgoParams",
            ),
            (
                "1.2.840.113549.1.1.10",
                Some(b"x".as_slice()),
                None,
                "Invalid parameter signAlgoParams",
            ),
            (
                "1.2.840.113549.1.1.10",
                Some(pss.as_slice()),
                Some(SHA384),
                "Invalid parameter signAlgoParams",
            ),
            (
                "1.2.840.113549.1.1.11",
                Some(pss.as_slice()),
                None,
                "Invalid parameter signAlgoParams",
            ),
        ] {
            assert_eq!(
                ask(sign, params, hash).unwrap_err().to_string(),
                sentence,
                "{sign}"
            );
        }
    }

    #[test]
    fn key_algo_order_is_what_clients_expect() {
        assert_eq!(
            announced(KeyAlgorithm::Rsa3072),
            [
                "1.2.840.113549.1.1.11",
                "1.2.840.113549.1.1.12",
                "1.2.840.113549.1.1.13",
                RSASSA_PSS,
                RSA_ENCRYPTION
            ]
        );
        assert_eq!(
            announced(KeyAlgorithm::P256).first(),
            Some(&"1.2.840.10045.4.3.2")
        );
        assert_eq!(
            announced(KeyAlgorithm::P384).first(),
            Some(&"1.2.840.10045.4.3.3")
        );
    }

    #[test]
    fn trap_what_is_announced_is_understood() {
        let pss = pss_32();
        for key in KeyAlgorithm::ALL {
            for oid in announced(key) {
                let params = (oid == RSASSA_PSS).then_some(pss.as_slice());
                let scheme = ask(oid, params, (oid == RSA_ENCRYPTION).then_some(SHA256)).unwrap();
                assert!(key.signs(scheme), "{oid}");
            }
        }
    }

    #[test]
    fn trap_digest_info_and_sha1_are_no_digests() {
        for length in [0, 19, 20, 31, 33, 48, 51, 64] {
            assert_eq!(
                digests(HashAlgorithm::Sha256, &[vec![0; 32], vec![0; length]]),
                Err(WrongLength)
            );
        }
        assert_eq!(hash_of_length(&[vec![0; 48]]), Some(HashAlgorithm::Sha384));
        assert_eq!(hash_of_length(&[vec![0; 20]]), None);
        assert_eq!(hash_of_length(&[]), None);
    }
}
