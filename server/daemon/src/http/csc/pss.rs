//! `signAlgoParams` of RSASSA-PSS: DER `RSASSA-PSS-params` (RFC 8017 appendix A.2.3).
//!
//! The caller writes the same parameters into the signature's container, so what is not honoured
//! exactly must be refused: a salt of another length makes a signature that no one can verify.

use der::Decode;
use der::asn1::{AnyRef, ObjectIdentifier};
use kyso_core::HashAlgorithm;

/// `id-mgf1` (RFC 8017 appendix B.2.1).
const MGF1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.8");

/// Salt length when the field is left out (RFC 8017 appendix A.2.3).
const DEFAULT_SALT: u16 = 20;

/// What a caller wants of RSASSA-PSS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PssParams {
    /// Hash of the message and of MGF1.
    pub hash: HashAlgorithm,
    /// Salt length in bytes.
    pub salt: u16,
}

/// The parameters cannot be honoured exactly, or are no `RSASSA-PSS-params`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not RSASSA-PSS parameters that can be honoured")]
pub struct UnusablePss;

#[derive(der::Sequence)]
struct AlgorithmId<'a> {
    oid: ObjectIdentifier,
    #[asn1(optional = "true")]
    parameters: Option<AnyRef<'a>>,
}

#[derive(der::Sequence)]
struct Raw<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    hash: Option<AlgorithmId<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    mask: Option<AlgorithmId<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    salt: Option<u16>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    trailer: Option<u8>,
}

impl PssParams {
    /// Reads the DER form.
    ///
    /// # Errors
    /// [`UnusablePss`] also when hash or mask are left out: their default is SHA-1.
    pub fn from_der(bytes: &[u8]) -> Result<Self, UnusablePss> {
        let raw = Raw::from_der(bytes).map_err(|_| UnusablePss)?;
        let hash = hash_of(&raw.hash.ok_or(UnusablePss)?)?;
        let mask = raw.mask.ok_or(UnusablePss)?;
        if mask.oid != MGF1 || mask_hash(&mask)? != hash || raw.trailer.unwrap_or(1) != 1 {
            return Err(UnusablePss);
        }
        Ok(Self {
            hash,
            salt: raw.salt.unwrap_or(DEFAULT_SALT),
        })
    }
}

/// The hash that is named; its own parameters are NULL or absent, and both are met.
fn hash_of(id: &AlgorithmId<'_>) -> Result<HashAlgorithm, UnusablePss> {
    if id
        .parameters
        .is_some_and(|parameters| parameters != AnyRef::NULL)
    {
        return Err(UnusablePss);
    }
    HashAlgorithm::from_oid(&id.oid.to_string()).ok_or(UnusablePss)
}

fn mask_hash(mask: &AlgorithmId<'_>) -> Result<HashAlgorithm, UnusablePss> {
    let inner = mask.parameters.ok_or(UnusablePss)?;
    hash_of(&inner.decode_as().map_err(|_| UnusablePss)?)
}

#[cfg(test)]
mod tests {
    use kyso_api::encoding::decode_base64;

    use super::*;

    fn read(base64: &str) -> Result<PssParams, UnusablePss> {
        PssParams::from_der(&decode_base64(base64).unwrap())
    }

    #[test]
    fn trap_pss_salt_is_taken_exactly() {
        for (text, hash, salt) in [
            (
                "MDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEg",
                HashAlgorithm::Sha256,
                32,
            ),
            (
                "MDSgDzANBglghkgBZQMEAgIFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgIFAKIDAgEw",
                HashAlgorithm::Sha384,
                48,
            ),
            (
                "MDSgDzANBglghkgBZQMEAgMFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgMFAKIDAgFA",
                HashAlgorithm::Sha512,
                64,
            ),
            (
                "MDWgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIEAgIA3g==",
                HashAlgorithm::Sha256,
                222,
            ),
        ] {
            assert_eq!(read(text), Ok(PssParams { hash, salt }), "{text}");
        }
    }

    /// The first constant with the NULLs left out (RFC 8017 B.1 tells readers to accept both).
    #[test]
    fn absent_null_parameters_are_the_same() {
        let der = hex::decode("3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201a203020120").unwrap();
        assert_eq!(
            PssParams::from_der(&der),
            Ok(PssParams {
                hash: HashAlgorithm::Sha256,
                salt: 32
            })
        );
    }

    #[test]
    fn an_absent_salt_is_twenty() {
        let der = hex::decode("302ba00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201").unwrap();
        assert_eq!(
            PssParams::from_der(&der),
            Ok(PssParams {
                hash: HashAlgorithm::Sha256,
                salt: 20
            })
        );
    }

    #[test]
    fn refuses_what_it_cannot_honour() {
        for (why, der) in [
            ("empty", ""),
            ("all defaults, so SHA-1", "3000"),
            ("NULL", "0500"),
            (
                "SHA-1 named",
                "302ba00b300906052b0e03021a0500a118301606092a864886f70d010108300906052b0e03021a0500a203020114",
            ),
            (
                "mask left out, so MGF1 with SHA-1",
                "300fa00d300b0609608648016503040201",
            ),
            (
                "mask of another hash",
                "3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040202a203020120",
            ),
            (
                "unknown mask",
                "3030a00d300b0609608648016503040201a11a301806092a864886f70d010109300b0609608648016503040201a203020120",
            ),
            (
                "negative salt",
                "3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201a2030201e0",
            ),
            (
                "trailer 2",
                "3035a00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201a203020120a303020102",
            ),
            (
                "bytes after the end",
                "3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b0609608648016503040201a20302012000",
            ),
        ] {
            assert_eq!(
                PssParams::from_der(&hex::decode(der).unwrap()),
                Err(UnusablePss),
                "{why}"
            );
        }
    }
}
