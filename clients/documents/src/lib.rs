//! Documents to hashes, signatures to documents, verification; no network.
//!
//! A document never leaves its owner: [`DocumentDigest`] hashes it where it lies, [`prepare`]
//! makes the bytes to be signed, whoever holds the key signs their digest, and
//! [`Prepared::complete`] makes the signature file. The format is detached CAdES-B-B
//! (ETSI EN 319 122-1 §6.3) in CMS (RFC 5652), which fits any kind of file.

mod attributes;
pub mod cades;
#[cfg(feature = "verify")]
pub mod chain;
pub mod hash;
pub mod scheme;
#[cfg(feature = "verify")]
mod signer;
#[cfg(feature = "verify")]
pub mod verify;

pub use cades::{CadesError, Prepared, prepare};
pub use hash::{DocumentDigest, HashAlgorithm, WrongLength};
pub use scheme::Scheme;
#[cfg(feature = "verify")]
pub use verify::{NotCms, Problem, Report, Signer, verify};
