//! The profile of one token: a TOML file whose every key is known here.

use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::misread::Misread;
use crate::pin::PinSource;

/// Everything that must be known about one token.
///
/// Unknown keys are refused: a misspelt limit would otherwise silently be the default.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The PKCS#11 module: the absolute path of a shared library. It runs inside the server.
    pub module: PathBuf,
    /// Which token of the module.
    pub token: TokenName,
    /// Where the user PIN comes from.
    pub pin: PinSource,
    /// Whether the "token" is software. Its keys then are as safe as its files, no more; the
    /// start-up log and the console say so.
    #[serde(default)]
    pub software_token: bool,
    /// Whether each ECDSA signature is verified before it leaves (an RSA signature always is).
    /// The benchmark shows what it costs. Either way the first of each handle is verified.
    #[serde(default = "yes")]
    pub check_ecdsa: bool,
    /// How often each key is attested again while the server runs, in seconds (1 to 2,592,000, a
    /// month). Whoever has the PIN can change what is in the token; so long may it go unseen. Each
    /// time is a signature and an entry for each key.
    #[serde(default = "daily")]
    pub attest_seconds: NonZeroU32,
    /// Threads, queues and limits.
    #[serde(default)]
    pub lanes: Lanes,
    /// What the token may be asked for.
    #[serde(default)]
    pub mechanisms: Mechanisms,
    /// Which attributes the token knows.
    #[serde(default)]
    pub template: Template,
    /// In what the token differs from the standard.
    #[serde(default)]
    pub quirks: Quirks,
}

/// Which token of a module: slot numbers move, labels and serial numbers do not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TokenName {
    /// `CK_TOKEN_INFO.label`, without its padding. Two tokens with it are an error.
    Label(String),
    /// `CK_TOKEN_INFO.serialNumber`, without its padding.
    Serial(String),
    /// A slot number, for a module whose `CK_TOKEN_INFO` cannot be read: opencryptoki 3.8 gives a
    /// time that is not of the standard's form. The module must keep its slots in place. (That
    /// token's software slot knows RSA only, so there is no sample for it.)
    Slot(u64),
}

/// Threads, queues and limits of one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lanes {
    /// How many threads sign at once, each with a session of its own (1 to 64). A software token
    /// gains nothing above the number of cores; a network HSM wants enough to fill its pipeline.
    pub count: NonZeroU16,
    /// How many signatures of people may wait or run at once; one more answers 503.
    pub people: NonZeroU32,
    /// The same for systems that stamp.
    pub stamps: NonZeroU32,
    /// How long one call may take, in milliseconds (100 to 600,000). A call past it is answered as "unknown"
    /// and its lane is replaced.
    pub call_limit_ms: NonZeroU32,
    /// How often an idle token is asked whether it is still there, in milliseconds.
    pub probe_ms: NonZeroU32,
}

impl Lanes {
    /// How long one call may take.
    pub fn call_limit(&self) -> Duration {
        Duration::from_millis(u64::from(self.call_limit_ms.get()))
    }

    /// How often an idle token is asked whether it is still there.
    pub fn probe_interval(&self) -> Duration {
        Duration::from_millis(u64::from(self.probe_ms.get()))
    }
}

impl Default for Lanes {
    fn default() -> Self {
        const COUNT: NonZeroU16 = NonZeroU16::new(2).unwrap();
        const PEOPLE: NonZeroU32 = NonZeroU32::new(256).unwrap();
        const STAMPS: NonZeroU32 = NonZeroU32::new(1024).unwrap();
        const LIMIT: NonZeroU32 = NonZeroU32::new(5_000).unwrap();
        const PROBE: NonZeroU32 = NonZeroU32::new(2_000).unwrap();
        Self {
            count: COUNT,
            people: PEOPLE,
            stamps: STAMPS,
            call_limit_ms: LIMIT,
            probe_ms: PROBE,
        }
    }
}

/// What the token may be asked for; anything else is refused before the token is asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mechanisms {
    /// Kinds of key.
    pub algorithms: Vec<Algorithm>,
    /// Ways to sign.
    pub schemes: Vec<Scheme>,
    /// How secrets of the database are sealed from now on; what was sealed otherwise still opens.
    pub sealing: Sealing,
}

impl Default for Mechanisms {
    fn default() -> Self {
        Self {
            algorithms: Algorithm::ALL.to_vec(),
            schemes: Scheme::ALL.to_vec(),
            sealing: Sealing::AesGcm,
        }
    }
}

/// A kind of key; the names are those of `kyso_core::KeyAlgorithm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
pub enum Algorithm {
    /// RSA with a 2048-bit modulus.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// RSA with a 3072-bit modulus.
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    /// RSA with a 4096-bit modulus.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
    /// ECDSA on P-256.
    #[serde(rename = "p-256")]
    P256,
    /// ECDSA on P-384.
    #[serde(rename = "p-384")]
    P384,
}

impl Algorithm {
    /// Every kind of key.
    pub const ALL: [Self; 5] = [
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
        Self::P256,
        Self::P384,
    ];
}

/// A way to sign, by its PKCS#11 mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// `CKM_RSA_PKCS` over a `DigestInfo`.
    RsaPkcs1,
    /// `CKM_RSA_PKCS_PSS` over a digest.
    RsaPss,
    /// `CKM_ECDSA` over a digest.
    Ecdsa,
}

impl Scheme {
    /// Every way to sign.
    pub const ALL: [Self; 3] = [Self::RsaPkcs1, Self::RsaPss, Self::Ecdsa];
}

/// A way to seal secrets under a key of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sealing {
    /// `CKM_AES_GCM`: the token encrypts.
    AesGcm,
    /// `CKM_SHA256_HMAC`: the token derives a key for each value, with which the server encrypts.
    /// For a token without AES-GCM; also for one behind `p11-kit server`, whose 0.24 carries no
    /// mechanism with such parameters.
    HmacKdf,
}

impl Sealing {
    /// Every way to seal.
    pub const ALL: [Self; 2] = [Self::AesGcm, Self::HmacKdf];
}

/// Attributes that came late to PKCS#11. A token that does not know one is not sent it, and
/// attestation does not ask for it; everything else is always sent and always attested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Template {
    /// Whether the token knows `CKA_COPYABLE` (PKCS#11 2.40).
    pub copyable: bool,
    /// Whether the token answers `CKA_ALWAYS_SENSITIVE` and `CKA_NEVER_EXTRACTABLE`.
    pub history: bool,
    /// Whether the token keeps `CKA_MODIFIABLE` as it is told at generation.
    pub modifiable: bool,
}

impl Default for Template {
    fn default() -> Self {
        Self {
            copyable: true,
            history: true,
            modifiable: true,
        }
    }
}

/// In what a token differs from the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// `CKR_GENERAL_ERROR` and `CKR_FUNCTION_FAILED` may only mean "these arguments" (SoftHSM2
    /// says so to a bad GCM tag): the token is probed, and re-opened only if the probe fails too.
    pub general_error_is_transient: bool,
    /// The token makes the 96-bit AES-GCM IV itself and puts it where the caller's was, as HSMs
    /// in FIPS mode do. Otherwise the IV comes from the system's random numbers.
    pub gcm_iv_from_token: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            general_error_is_transient: true,
            gcm_iv_from_token: false,
        }
    }
}

/// Why a text is not a profile.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML, an unknown key, or a value of the wrong type.
    #[error("the HSM profile is not valid: {0}")]
    Syntax(#[from] Misread),
    /// The module's path is relative: what it names would depend on where the server starts.
    #[error("the HSM profile's module must be an absolute path, not {}", .0.display())]
    RelativeModule(PathBuf),
    /// A number is outside its range.
    #[error("the HSM profile's {0} must be from {1} to {2}")]
    OutOfRange(&'static str, u32, u32),
    /// A list is empty, so nothing could be signed.
    #[error("the HSM profile allows no {0}")]
    Empty(&'static str),
}

impl Profile {
    /// How often each key is attested again.
    pub fn attestation_interval(&self) -> Duration {
        Duration::from_secs(u64::from(self.attest_seconds.get()))
    }

    /// The profile in this TOML text.
    ///
    /// # Errors
    /// If a key is unknown, a value has the wrong type, or a number is outside its range.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text).map_err(|error| Misread::new(text, &error))?;
        profile.check()?;
        Ok(profile)
    }

    fn check(&self) -> Result<(), ProfileError> {
        if !self.module.is_absolute() {
            return Err(ProfileError::RelativeModule(self.module.clone()));
        }
        in_range("attest_seconds", self.attest_seconds.get(), 1, 2_592_000)?;
        in_range("lanes.count", u32::from(self.lanes.count.get()), 1, 64)?;
        in_range(
            "lanes.call_limit_ms",
            self.lanes.call_limit_ms.get(),
            100,
            600_000,
        )?;
        in_range("lanes.probe_ms", self.lanes.probe_ms.get(), 50, 600_000)?;
        if self.mechanisms.algorithms.is_empty() {
            return Err(ProfileError::Empty("algorithms"));
        }
        if self.mechanisms.schemes.is_empty() {
            return Err(ProfileError::Empty("schemes"));
        }
        Ok(())
    }
}

fn in_range(name: &'static str, value: u32, least: u32, most: u32) -> Result<(), ProfileError> {
    if (least..=most).contains(&value) {
        Ok(())
    } else {
        Err(ProfileError::OutOfRange(name, least, most))
    }
}

const fn yes() -> bool {
    true
}

const fn daily() -> NonZeroU32 {
    const DAY: NonZeroU32 = NonZeroU32::new(86_400).unwrap();
    DAY
}

#[cfg(test)]
mod tests;
