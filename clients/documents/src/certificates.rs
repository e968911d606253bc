//! One signer, many documents: the certificates are read once.

use cms::cert::x509::Certificate;
use cms::signed_data::CertificateSet;

use crate::attributes::{self, Profile};
use crate::cades::{CadesError, Prepared, certificates, parse_certificate};
use crate::given::{self, Given, WrongAttributes};
use crate::hash::{DocumentDigest, HashAlgorithm};
use crate::scheme::Scheme;

/// A signer's certificate and those above it, read once for any number of signatures: whoever
/// signs a list would otherwise parse and sort the same certificates for each file of it.
#[derive(Clone, Debug)]
pub struct SigningCertificates {
    signer: Certificate,
    der: Vec<u8>,
    all: CertificateSet,
}

impl SigningCertificates {
    /// Reads DER certificates, the signer's first.
    ///
    /// # Errors
    ///
    /// [`CadesError::Certificate`] without a first one that is one, [`CadesError::Chain`] for any
    /// other.
    pub fn read(chain: &[Vec<u8>]) -> Result<Self, CadesError> {
        let (der, above) = chain.split_first().ok_or(CadesError::Certificate)?;
        let signer = parse_certificate(der).ok_or(CadesError::Certificate)?;
        let all = certificates(&signer, above)?;
        Ok(Self {
            signer,
            der: der.clone(),
            all,
        })
    }

    /// Whether the signer's key can make signatures of this scheme; asked before one is made.
    pub fn fits(&self, scheme: Scheme) -> bool {
        let key = &self.signer.tbs_certificate.subject_public_key_info;
        scheme.fits(key.algorithm.oid)
    }

    /// As [`prepare_as`](crate::prepare_as), for this signer.
    ///
    /// # Errors
    ///
    /// [`CadesError::Time`].
    pub fn prepare(
        &self,
        document: &DocumentDigest,
        profile: Profile,
    ) -> Result<Prepared, CadesError> {
        let built = attributes::build(document, &self.der, profile);
        let built = built.map_err(|_| CadesError::Time)?;
        Prepared::new(self.signer.clone(), document.clone(), built)
    }

    /// As [`given`](crate::given()), for this signer; the claimed time is for the caller to check.
    ///
    /// # Errors
    ///
    /// [`WrongAttributes`].
    pub fn given(&self, set: &[u8], hash: HashAlgorithm) -> Result<Given, WrongAttributes> {
        given::read(set, hash, (&self.signer, &self.der))
    }

    /// As [`Prepared::complete`], for what was prepared for this signer.
    ///
    /// # Errors
    ///
    /// [`CadesError`] if scheme or signature do not fit.
    pub fn complete(
        &self,
        prepared: Prepared,
        signature: &[u8],
        scheme: Scheme,
    ) -> Result<Vec<u8>, CadesError> {
        prepared.finish(signature, scheme, self.all.clone(), None)
    }
}
