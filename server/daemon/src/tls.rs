//! TLS of the public listener (RFC 8446), with optional client certificates.

use std::any::Any;
use std::path::Path;
use std::sync::Arc;

use actix_web::dev::Extensions;
use anyhow::Context as _;
use rustls::DigitallySignedStruct;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DistinguishedName, Error, ServerConfig, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use secrecy::ExposeSecret;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::config::Tls;

/// SHA-256 of the certificate with which the peer of this connection proved itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerCertificate(pub [u8; 32]);

/// Reads chain and key, and offers HTTP/2 and HTTP/1.1.
///
/// # Errors
/// If a file cannot be read, or chain and key do not fit.
pub fn server_config(tls: &Tls) -> anyhow::Result<ServerConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier = Arc::new(RegisteredLater {
        provider: Arc::clone(&provider),
    });
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain(&tls.certificate)?, key(tls)?)
        .context("tls.certificate and tls.key do not fit")?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn chain(path: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let unreadable = || format!("tls.certificate {}", path.display());
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
        .with_context(unreadable)?
        .collect();
    let certificates = certificates.with_context(unreadable)?;
    anyhow::ensure!(
        !certificates.is_empty(),
        "tls.certificate {} holds no certificate",
        path.display()
    );
    Ok(certificates)
}

fn key(tls: &Tls) -> anyhow::Result<PrivateKeyDer<'static>> {
    let pem = tls.key.load().context("tls.key")?;
    PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes()).context("tls.key")
}

/// Takes any well-formed certificate whose key signed the handshake.
///
/// Trust is not decided here: a client is known by the SHA-256 of the certificate that was
/// registered for it (RFC 8705 §2.2), self-signed or not, so no authority is asked. An unknown
/// certificate is worth nothing to whoever presents it.
#[derive(Debug)]
struct RegisteredLater {
    provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for RegisteredLater {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        // Its dates are not looked at: registering and withdrawing it is what begins and ends it.
        Certificate::from_der(certificate)
            .map(|_| ClientCertVerified::assertion())
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

type Stream = actix_tls::accept::rustls_0_23::TlsStream<actix_web::rt::net::TcpStream>;

/// Notes the peer's certificate once a connection stands; every request on it can ask.
pub(crate) fn note_peer(connection: &dyn Any, extensions: &mut Extensions) {
    let Some(stream) = connection.downcast_ref::<Stream>() else {
        return;
    };
    let (_, session) = stream.get_ref();
    if let Some(certificate) = session.peer_certificates().and_then(|chain| chain.first()) {
        extensions.insert(PeerCertificate(Sha256::digest(certificate).into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verifier() -> RegisteredLater {
        RegisteredLater {
            provider: Arc::new(aws_lc_rs::default_provider()),
        }
    }

    #[test]
    fn takes_a_self_signed_certificate_and_no_garbage() {
        let made = rcgen::generate_simple_self_signed(vec!["client".to_owned()]).unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::ZERO);
        assert!(
            verifier()
                .verify_client_cert(made.cert.der(), &[], now)
                .is_ok()
        );
        let cut = CertificateDer::from(&made.cert.der()[..40]);
        assert!(verifier().verify_client_cert(&cut, &[], now).is_err());
    }

    #[test]
    fn does_not_demand_a_certificate() {
        assert!(!verifier().client_auth_mandatory());
        assert!(!verifier().supported_verify_schemes().is_empty());
    }
}
