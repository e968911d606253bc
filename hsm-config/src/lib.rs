//! What Kyso must know about a hardware security module (HSM) before it can use it.
//!
//! A [`Profile`] is one TOML file: which PKCS#11 module, which token in it, where its PIN comes
//! from, how many lanes sign at once, and in what the token differs from the standard. Nothing
//! here loads a module; `kyso-hsm` does. Samples lie in `hsm-config/profiles`, one per token.

mod misread;
mod pin;
mod profile;
mod source;

pub use misread::Misread;
pub use pin::{PinError, PinSource};
pub use profile::{
    Algorithm, Lanes, Mechanisms, Profile, ProfileError, Quirks, Scheme, Sealing, Template,
    TokenName,
};
pub use source::SecretName;
