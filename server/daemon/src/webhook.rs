//! Signed calls to systems, in the form of Standard Webhooks (standardwebhooks.com, specification 1.0).
//!
//! A call has an id that stays the same through all tries, the time of the try, and an HMAC-SHA256 over
//! both and the body. So whoever answers needs no log-in of ours, and knows what came twice.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::Secret;
use kyso_api::problem::ProblemCode;
use kyso_core::Timestamp;
use kyso_core::id::ClientId;
use kyso_hsm::Token;
use rustls::crypto::aws_lc_rs::default_provider;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use zeroize::Zeroizing;

use crate::config::Callbacks;
use crate::http::error::Problem;

/// Bytes of a secret; the specification asks for 24 to 64.
const SECRET: usize = 32;
/// What a secret's text begins with.
pub(crate) const PREFIX: &str = "whsec_";
/// How long a system may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// The bundle of trusted authorities on Debian and its relatives.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A new secret for a system: as it is shown, and as it is kept, sealed by the token.
///
/// # Errors
/// If the machine has no random numbers, or the token failed.
pub(crate) async fn new_secret(
    token: &Token,
    client: ClientId,
) -> Result<(Secret, Vec<u8>), Problem> {
    let mut bytes = Zeroizing::new([0_u8; SECRET]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| Problem::from(ProblemCode::Internal))?;
    let sealed = token.seal(&aad(client), bytes.as_slice()).await?;
    let shown = format!("{PREFIX}{}", STANDARD.encode(bytes.as_slice()));
    Ok((Secret::new(shown), sealed))
}

/// What a sealed secret is bound to: one that was put in another system's row does not open.
pub(crate) fn aad(client: ClientId) -> Vec<u8> {
    format!("callback/{client}").into_bytes()
}

/// What is sent.
pub(crate) struct Message {
    url: String,
    id: String,
    timestamp: String,
    signature: String,
    body: Vec<u8>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({})", self.id)
    }
}

impl Message {
    /// Signs a body with a secret, for a try at this time.
    pub(crate) fn sign(
        url: String,
        id: impl fmt::Display,
        now: Timestamp,
        body: Vec<u8>,
        secret: &[u8],
    ) -> Self {
        let (id, timestamp) = (id.to_string(), now.as_seconds().to_string());
        let signature = signature(secret, &id, &timestamp, &body);
        Self {
            url,
            id,
            timestamp,
            signature,
            body,
        }
    }
}

fn signature(secret: &[u8], id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    format!("v1,{}", STANDARD.encode(mac.sign()))
}

/// Why a system was not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotTold {
    /// It answered, but not with 2xx.
    Answer(u16),
    /// No connection, no trust in its certificate, or no answer in time.
    Unreachable,
}

impl NotTold {
    /// The word in entries.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Answer(_) => "answer",
            Self::Unreachable => "unreachable",
        }
    }
}

/// Makes the calls.
#[derive(Clone)]
pub struct Caller {
    agent: Agent,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Caller")
    }
}

impl Caller {
    /// One that trusts the machine's authorities and those of the configuration.
    pub fn new(callbacks: &Callbacks) -> Self {
        Self::trusting(&callbacks.authorities)
    }

    /// One that trusts the machine's authorities and these, DER.
    pub(crate) fn trusting(authorities: &[Vec<u8>]) -> Self {
        Self {
            agent: agent(authorities, PATIENCE),
        }
    }

    /// Makes a call, on a thread of its own, since a server that stops does not wait for it.
    pub(crate) async fn call(&self, message: Message) -> Result<(), NotTold> {
        let (agent, (told, end)) = (self.agent.clone(), tokio::sync::oneshot::channel());
        let thread = std::thread::Builder::new().name("callback".to_owned());
        let spawned = thread.spawn(move || {
            let _ = told.send(post(&agent, &message)); // nobody listens if the server stops
        });
        spawned.map_err(|_| NotTold::Unreachable)?;
        end.await.unwrap_or(Err(NotTold::Unreachable))
    }
}

fn post(agent: &Agent, message: &Message) -> Result<(), NotTold> {
    let request = agent
        .post(&message.url)
        .header("content-type", "application/json")
        .header("webhook-id", &message.id)
        .header("webhook-timestamp", &message.timestamp)
        .header("webhook-signature", &message.signature);
    match request.send(message.body.as_slice()) {
        Ok(response) if response.status().is_success() => Ok(()),
        Ok(response) => Err(NotTold::Answer(response.status().as_u16())),
        Err(_) => Err(NotTold::Unreachable),
    }
}

/// What calls others over HTTP: it trusts the machine's authorities and these, DER.
pub(crate) fn agent(own: &[Vec<u8>], patience: Duration) -> Agent {
    let mut authorities = of_the_machine(Path::new(SYSTEM_AUTHORITIES));
    let own = own.iter().map(|der| Certificate::from_der(der).to_owned());
    authorities.extend(own);
    let tls = TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(default_provider()))
        .root_certs(RootCerts::new_with_certs(&authorities))
        .build();
    let config = Agent::config_builder()
        .tls_config(tls)
        // A redirect could lead out of the place that was registered or configured.
        .max_redirects(0)
        .http_status_as_error(false)
        // Proxies are for the operator to name, not for an environment to slip in.
        .proxy(None)
        // Calls are far between; a connection that was kept would be closed at the other end by then.
        .max_idle_connections(0)
        .timeout_global(Some(patience))
        .user_agent(concat!("kysod/", env!("CARGO_PKG_VERSION")))
        .build();
    config.new_agent()
}

/// A machine without the bundle trusts only what the configuration names.
fn of_the_machine(file: &Path) -> Vec<Certificate<'static>> {
    let pem = std::fs::read(file).unwrap_or_default();
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    parse_pem(&pem).filter_map(certificate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's libraries.
    #[test]
    fn signs_as_the_specification_says() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let (id, timestamp) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330");
        assert_eq!(
            signature(&secret, id, timestamp, body),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
    }

    #[test]
    fn a_secret_is_bound_to_its_system() {
        assert_ne!(aad(ClientId::random()), aad(ClientId::random()));
    }
}
