//! Whose certificates are taken for credentials.

use std::path::{Path, PathBuf};

use kyso_documents::validation::TrustList;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;

use super::ConfigError;

/// Whose certificates are taken for credentials.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Certificates {
    /// Certificates of authorities, PEM, in one of which an imported chain must end. Needed in
    /// production; without it only the shape of a chain is checked.
    pub trust_anchors: Option<PathBuf>,
    /// What the file holds, DER.
    #[serde(skip)]
    pub anchors: Vec<Vec<u8>>,
    /// Folder of a dated trust list (`trust.toml`): whose signatures are believed when anybody has a
    /// document verified.
    pub trust_list: Option<PathBuf>,
    /// What the folder holds.
    #[serde(skip)]
    pub believed: TrustList,
}

impl Certificates {
    /// Reads the file, so that a server whose anchors are missing does not start.
    pub(super) fn read(&mut self) -> Result<(), ConfigError> {
        if let Some(folder) = &self.trust_list {
            self.believed = TrustList::read(folder)?;
        }
        if let Some(path) = &self.trust_anchors {
            self.anchors = authorities("certificates.trust_anchors", path)?;
        }
        Ok(())
    }
}

/// The authorities of the file that this key names, DER.
///
/// # Errors
/// If it cannot be read, or holds no certificate, or anything else.
pub(super) fn authorities(key: &'static str, path: &Path) -> Result<Vec<Vec<u8>>, ConfigError> {
    let pem = std::fs::read(path).map_err(|source| ConfigError::Anchors {
        key,
        path: path.to_owned(),
        source,
    })?;
    parse(&pem).ok_or(ConfigError::NoCertificates { key })
}

/// The certificates of a PEM file, DER; `None` if there is none, or anything else in it.
fn parse(pem: &[u8]) -> Option<Vec<Vec<u8>>> {
    let each = CertificateDer::pem_slice_iter(pem);
    let each: Result<Vec<_>, _> = each.map(|der| der.map(|der| der.to_vec())).collect();
    let anchors = each.ok()?;
    let readable = |der: &Vec<u8>| {
        use x509_cert::der::Decode as _;
        x509_cert::Certificate::from_der(der).is_ok()
    };
    (!anchors.is_empty() && anchors.iter().all(readable)).then_some(anchors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_certificates_and_at_least_one() {
        let pem = || {
            let made = rcgen::generate_simple_self_signed(vec!["ca".to_owned()]);
            made.unwrap().cert.pem()
        };
        let two = format!("# Root\n{}{}", pem(), pem());
        assert_eq!(parse(two.as_bytes()).unwrap().len(), 2);
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for bad in ["", "not PEM", garbage] {
            assert!(parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
