//! Where the server listens, and with which certificate.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

use super::SecretSource;

/// Where it listens. Port 0 lets the system choose.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// HTTPS, for everybody.
    pub public: SocketAddr,
    /// Plain HTTP for metrics and health; keep it on loopback or a network of the operators.
    pub internal: SocketAddr,
    /// Threads that serve HTTPS; as many as processors if absent.
    #[serde(default)]
    pub workers: Option<std::num::NonZeroU16>,
    /// Seconds that calls under way may take when the server is told to stop.
    #[serde(default = "default_drain")]
    pub drain_seconds: u16,
}

const fn default_drain() -> u16 {
    30
}

/// Certificate and key of the public listener.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain, PEM, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: SecretSource,
}
