//! The evaluation CA: a key in the token and a certificate file. Its certificates say in their
//! own subject that they have no legal value; a production configuration refuses it.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use kyso_core::{KeyAlgorithm, KeyRef, Timestamp};
use kyso_hsm::{NO_LEGAL_VALUE, Period, Subject, SubjectField, Token};
use x509_cert::Certificate;
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode, DecodePem, Encode, EncodePem};

use crate::config::Evaluation;

/// Text before the certificate (RFC 7468 §5.2 allows it) that names the key in the token.
const KEY_LINE: &str = "CKA_ID: ";
/// How long the CA lasts.
const LIFE: Duration = Duration::from_hours(5 * 365 * 24);

/// The CA, ready to issue.
#[derive(Debug, Clone)]
pub struct EvaluationCa {
    /// Its key.
    pub key: KeyRef,
    /// Its certificate, DER.
    pub certificate: Vec<u8>,
}

impl EvaluationCa {
    /// Reads the certificate file that [`EvaluationCa::make`] wrote.
    ///
    /// # Errors
    /// If it cannot be read or is another file.
    pub fn load(evaluation: &Evaluation) -> anyhow::Result<Self> {
        let path = &evaluation.ca_certificate;
        let unreadable = || format!("evaluation.ca_certificate {}", path.display());
        let text = fs::read_to_string(path).with_context(unreadable)?;
        Self::parse(&text).with_context(unreadable)
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix(KEY_LINE));
        let id = hex::decode(line.context("its first line does not name its key")?.trim())?;
        let cka_id = <[u8; 16]>::try_from(id)
            .ok()
            .context("its key's id has 16 bytes")?;
        let pem = text.find("-----BEGIN").and_then(|start| text.get(start..));
        let certificate = Certificate::from_pem(pem.context("it holds no certificate")?)?;
        let spki = certificate
            .tbs_certificate
            .subject_public_key_info
            .to_der()?;
        let key = KeyRef {
            cka_id,
            algorithm: KeyAlgorithm::P256,
            spki: Arc::from(spki),
        };
        Ok(Self {
            key,
            certificate: certificate.to_der()?,
        })
    }

    /// Makes the key in the token and the certificate, and writes the file.
    ///
    /// # Errors
    /// If there is such a file already, or the token refuses.
    pub async fn make(
        token: &Token,
        evaluation: &Evaluation,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let path = &evaluation.ca_certificate;
        anyhow::ensure!(!path.exists(), "{} is there already", path.display());
        let key = token.generate_key(KeyAlgorithm::P256).await?;
        let subject = Subject::new()
            .with(SubjectField::Country, "VN")?
            .with(SubjectField::Organization, NO_LEGAL_VALUE)?
            .with(SubjectField::CommonName, "Kyso Evaluation CA")?;
        let period = Period {
            from: now,
            until: now.after(LIFE),
        };
        let certificate = token.issue_ca(&key, &subject, period).await?;
        write(path, &key, &certificate)?;
        Ok(Self { key, certificate })
    }
}

fn write(path: &Path, key: &KeyRef, certificate: &[u8]) -> anyhow::Result<()> {
    let pem = Certificate::from_der(certificate)?.to_pem(LineEnding::LF)?;
    let text = format!("{KEY_LINE}{}\n{pem}", hex::encode(key.cka_id));
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_key_and_certificate() {
        let made = rcgen::generate_simple_self_signed(vec!["ca".to_owned()]).unwrap();
        let text = format!("{KEY_LINE}{}\n{}", "0a".repeat(16), made.cert.pem());
        let ca = EvaluationCa::parse(&text).unwrap();
        assert_eq!(ca.key.cka_id, [10; 16]);
        assert_eq!(ca.certificate, made.cert.der().to_vec());
        assert!(EvaluationCa::parse(&made.cert.pem()).is_err());
        assert!(EvaluationCa::parse(KEY_LINE).is_err());
    }
}
