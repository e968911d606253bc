//! Where the server is and how to trust it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use kyso_api::Secret;
use kyso_api::problem::Language;
use rustls::crypto::aws_lc_rs;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, http::Uri};

use crate::ClientError;

/// The bundle of trusted authorities on Debian and its relatives, used when none is named.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How to reach a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// `https://host:port`, without a path; `http` is for a loopback address only.
    pub base_url: String,
    /// Trusted authorities, PEM; absent means the system's.
    pub ca_file: Option<PathBuf>,
    /// For mutual TLS.
    pub identity: Option<Identity>,
    /// Language of the server's messages.
    pub language: Language,
    /// Longest time for one call; one that sends a file to be sealed has 150 seconds at least.
    pub timeout: Duration,
}

/// A client certificate and its key, for mutual TLS.
#[derive(Clone)]
pub struct Identity {
    /// Certificates, PEM, leaf first.
    pub chain_pem: String,
    /// Private key, PEM (PKCS#8, SEC 1 or PKCS#1).
    pub key_pem: Secret,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

impl Options {
    /// The server at this address, in Vietnamese, with the system's authorities and 60 s a call.
    pub fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            ca_file: None,
            identity: None,
            language: Language::default(),
            timeout: Duration::from_mins(1),
        }
    }

    /// The base URL without a slash at its end.
    pub(crate) fn checked_base(&self) -> Result<String, ClientError> {
        let wrong = |why| ClientError::Configuration(format!("{}: {why}", self.base_url));
        let uri: Uri = self.base_url.parse().map_err(|_| wrong("not a URL"))?;
        let host = uri.host().ok_or_else(|| wrong("no host"))?;
        let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if loopback => {}
            _ => return Err(wrong("https is needed: passwords and tokens travel on it")),
        }
        Ok(self.base_url.trim_end_matches('/').to_owned())
    }

    pub(crate) fn agent(&self) -> Result<Agent, ClientError> {
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .root_certs(self.authorities()?)
            .client_cert(self.identity.as_ref().map(Identity::read).transpose()?)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            // A redirect could carry a token to somewhere else, and the server makes none.
            .max_redirects(0)
            .http_status_as_error(false)
            // Proxies are for the operator to name, not for an environment to slip in.
            .proxy(None)
            .timeout_global(Some(self.timeout))
            .user_agent(concat!("kyso-client/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(config.new_agent())
    }

    fn authorities(&self) -> Result<RootCerts, ClientError> {
        match &self.ca_file {
            Some(file) => read_authorities(file),
            // Plain http on a loopback address needs none, so their absence is no error.
            None => Ok(read_authorities(Path::new(SYSTEM_AUTHORITIES))
                .unwrap_or_else(|_| RootCerts::new_with_certs(&[]))),
        }
    }
}

impl Identity {
    fn read(&self) -> Result<ClientCert, ClientError> {
        let wrong = || ClientError::Configuration("client certificate or key unreadable".into());
        let chain = certificates(self.chain_pem.as_bytes());
        let key = PrivateKey::from_pem(self.key_pem.expose().as_bytes()).map_err(|_| wrong())?;
        if chain.is_empty() {
            return Err(wrong());
        }
        Ok(ClientCert::new_with_certs(&chain, key))
    }
}

fn read_authorities(file: &Path) -> Result<RootCerts, ClientError> {
    let wrong = |why: String| ClientError::Configuration(format!("{}: {why}", file.display()));
    let pem = std::fs::read(file).map_err(|error| wrong(error.to_string()))?;
    let found = certificates(&pem);
    if found.is_empty() {
        return Err(wrong("no PEM certificate in it".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&found))
}

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    parse_pem(pem).filter_map(certificate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_may_do_without_tls() {
        for base in [
            "https://ca.example.vn",
            "http://localhost:1/",
            "http://127.0.0.1:80",
        ] {
            assert!(Options::new(base).checked_base().is_ok(), "{base}");
        }
        for base in [
            "http://ca.example.vn",
            "ftp://localhost",
            "localhost:8443",
            "",
            "/x",
        ] {
            assert!(Options::new(base).checked_base().is_err(), "{base}");
        }
    }

    #[test]
    fn a_missing_or_empty_authority_file_is_named() {
        let options = Options {
            ca_file: Some("/nowhere/ca.pem".into()),
            ..Options::new("https://x")
        };
        let Err(error) = options.agent() else {
            panic!("an absent file was accepted")
        };
        assert!(error.to_string().contains("/nowhere/ca.pem"), "{error}");
    }
}
