//! The configuration: one TOML file, read in one place, every key known.
//!
//! Unknown keys are refused, since a misspelt limit would silently be the default. No secret
//! stands in it: each comes from a file of its own or from a systemd credential.

mod alarms;
mod callbacks;
mod certificates;
mod limits;
mod listen;
mod network;
mod revocation;
mod secret;
mod storage;
mod time_stamps;
mod wait;

use std::path::{Path, PathBuf};

use kyso_hsm_config::Misread;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

pub use alarms::Alarms;
pub use callbacks::Callbacks;
pub use certificates::Certificates;
pub use limits::{Limits, Tokens};
pub use listen::{Listen, Tls};
pub use network::{InvalidNetwork, Network, Prefixes};
pub use revocation::Revocation;
pub(crate) use secret::credentials_directory;
pub use secret::{SecretError, SecretSource};
pub use storage::{Audit, Database, Hsm, Witness};
pub use time_stamps::TimeStamps;

/// What the deployment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// For trying out: may have the evaluation CA, whose certificates have no legal value.
    Evaluation,
    /// For use: refuses the evaluation CA and a database that was begun for evaluation.
    Production,
}

impl Environment {
    /// Name in entries and logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Evaluation => "evaluation",
            Self::Production => "production",
        }
    }
}

/// Everything the server is told.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What the deployment is for. Has no default: nobody runs one kind by oversight.
    pub environment: Environment,
    /// Where it listens.
    pub listen: Listen,
    /// Certificate and key of the public listener.
    pub tls: Tls,
    /// Where the data are.
    pub database: Database,
    /// The audit log.
    pub audit: Audit,
    /// The token.
    pub hsm: Hsm,
    /// What it calls itself.
    pub server: Server,
    /// The Cloud Signature Consortium API.
    #[serde(default)]
    pub csc: Csc,
    /// Ceilings.
    #[serde(default)]
    pub limits: Limits,
    /// How long tokens live.
    #[serde(default)]
    pub tokens: Tokens,
    /// Whose certificates are taken for credentials.
    #[serde(default)]
    pub certificates: Certificates,
    /// Calls that tell systems of the end of their requests.
    #[serde(default)]
    pub callbacks: Callbacks,
    /// Whom to tell of alarms and disputes; nobody if absent.
    #[serde(default)]
    pub alarms: Option<Alarms>,
    /// Time stamps of an outside authority; none are to be had if absent.
    #[serde(default)]
    pub time_stamps: Option<TimeStamps>,
    /// Whom to ask whether certificates of files that are verified were revoked.
    #[serde(default)]
    pub revocation: Revocation,
    /// What an agency's seal goes on.
    #[serde(default)]
    pub seals: Seals,
    /// The evaluation CA; only in an evaluation environment.
    #[serde(default)]
    pub evaluation: Option<Evaluation>,
    /// SHA-256 of the file, for the entry `configuration.loaded`.
    #[serde(skip)]
    pub sha256: [u8; 32],
}

/// What an agency's seal goes on.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seals {
    /// Whether seals for documents may sign a digest alone, also of what goes out, on the word of the system
    /// that asks; the entry says `asserted_by_client` then. Without it the PDF has to come, and the server
    /// sees that an authorised person has signed it (Decree 30/2020, art. 32); digests are for seals that were made for them.
    pub asserted: bool,
}

/// What the server calls itself and whom it believes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The URL that clients use, without a slash at its end: `https://sign.example.gov.vn`. It is
    /// the issuer of tokens and the audience of client assertions, so it must be exact.
    pub base_url: String,
    /// Proxies whose `X-Forwarded-For` is believed: addresses or networks (`10.0.0.0/8`).
    #[serde(default)]
    pub proxies: Vec<Network>,
    /// Name of the service, in `info` and in authenticators.
    #[serde(default = "default_name")]
    pub name: String,
    /// Whether anybody may have a file verified here: each in a process of its own, which is limited and gives
    /// way to those that sign.
    #[serde(default = "verifies")]
    pub public_verification: bool,
}

const fn verifies() -> bool {
    true
}

fn default_name() -> String {
    "Kyso".to_owned()
}

/// The Cloud Signature Consortium API.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Csc {
    /// Whether `auth/login` (login and password in an HTTP Basic header) is offered.
    pub auth_login: bool,
    /// ISO 3166-1 country of the service.
    pub region: String,
    /// URL of a picture, for `info`.
    pub logo: String,
    /// One sentence, for `info`.
    pub description: String,
    /// Seconds that a call of version 1 waits for a signer at most; under what proxies and clients wait.
    pub wait_seconds: u32,
}

impl Csc {
    /// How long a call waits for a signer.
    pub fn patience(&self) -> std::time::Duration {
        std::time::Duration::from_secs(u64::from(self.wait_seconds))
    }
}

impl Default for Csc {
    fn default() -> Self {
        Self {
            auth_login: false,
            region: "VN".to_owned(),
            logo: String::new(),
            description: "Remote signing service / Dịch vụ ký số từ xa".to_owned(),
            wait_seconds: 50,
        }
    }
}

/// The evaluation CA.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// Its certificate, PEM; `bootstrap` makes it, with the key in the token.
    pub ca_certificate: PathBuf,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file of trust anchors cannot be read.
    #[error("{key}: cannot read {}: {source}", path.display())]
    Anchors {
        /// Which key of the configuration names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// That file holds no certificate, or something else, too.
    #[error("{key} must hold PEM certificates and nothing else")]
    NoCertificates {
        /// Which key of the configuration names it.
        key: &'static str,
    },
    /// The trust list cannot be used.
    #[error("certificates.trust_list: {0}")]
    TrustList(#[from] kyso_documents::validation::trust::WrongList),
    /// It is not the TOML that is known here.
    #[error(transparent)]
    Syntax(#[from] Misread),
    /// Its parts do not fit one another.
    #[error("{0}")]
    Contradiction(&'static str),
}

impl Config {
    /// Reads and checks a file.
    ///
    /// Relative paths in it count from the file's own folder, so that a deployment can be moved.
    ///
    /// # Errors
    /// If it cannot be read, has an unknown key or a wrong value, or contradicts itself.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let mut config = Self::parse(&text)?;
        if let Some(folder) = path.parent() {
            config.resolve(folder);
        }
        config.certificates.read()?;
        config.callbacks.read()?;
        config.audit.read()?;
        if let Some(alarms) = &mut config.alarms {
            alarms.read()?;
        }
        if let Some(time_stamps) = &mut config.time_stamps {
            time_stamps.read()?;
        }
        Ok(config)
    }

    /// Reads and checks a text.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|error| Misread::new(text, &error))?;
        config.sha256 = Sha256::digest(text.as_bytes()).into();
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        use ConfigError::Contradiction;
        if self.environment == Environment::Production && self.evaluation.is_some() {
            return Err(Contradiction(
                "a production environment refuses the evaluation CA",
            ));
        }
        if self.environment == Environment::Production && self.certificates.trust_anchors.is_none()
        {
            return Err(Contradiction(
                "a production environment needs certificates.trust_anchors",
            ));
        }
        if !self.server.base_url.starts_with("https://") || self.server.base_url.ends_with('/') {
            return Err(Contradiction(
                "server.base_url must begin with https:// and end without /",
            ));
        }
        if self.server.name.is_empty() || self.server.name.contains(':') {
            return Err(Contradiction(
                "server.name must not be empty and must not hold a colon",
            ));
        }
        if !(1..=100).contains(&self.csc.wait_seconds) {
            return Err(Contradiction("csc.wait_seconds must be from 1 to 100"));
        }
        self.database.check().map_err(Contradiction)?;
        self.audit.check().map_err(Contradiction)?;
        self.limits.check().map_err(Contradiction)?;
        if self.environment == Environment::Production && self.limits.retention_years == 0 {
            return Err(Contradiction(
                "a production environment keeps for limits.retention_years of 1 at least",
            ));
        }
        self.callbacks.check().map_err(Contradiction)?;
        self.revocation.check().map_err(Contradiction)?;
        let alarms = self.alarms.as_ref();
        alarms.map_or(Ok(()), |alarms| alarms.check().map_err(Contradiction))?;
        let time_stamps = self.time_stamps.as_ref();
        time_stamps.map_or(Ok(()), |stamps| stamps.check().map_err(Contradiction))?;
        self.tokens.check().map_err(Contradiction)
    }

    fn resolve(&mut self, folder: &Path) {
        let mut paths = vec![&mut self.tls.certificate, &mut self.hsm.profile];
        paths.extend(self.audit.paths());
        paths.extend(self.tls.key.path_mut());
        paths.extend(self.database.path_mut());
        paths.extend(self.certificates.trust_anchors.as_mut());
        paths.extend(self.certificates.trust_list.as_mut());
        paths.extend(self.callbacks.ca_file.as_mut());
        paths.extend(self.alarms.iter_mut().flat_map(Alarms::paths));
        paths.extend(self.time_stamps.iter_mut().flat_map(TimeStamps::paths));
        paths.extend(
            self.evaluation
                .as_mut()
                .map(|evaluation| &mut evaluation.ca_certificate),
        );
        for path in paths {
            *path = folder.join(&*path);
        }
    }
}

#[cfg(test)]
mod tests;
