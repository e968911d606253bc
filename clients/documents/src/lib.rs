//! Documents to hashes, signatures to documents, verification; no network.
//!
//! A document never leaves its owner: [`DocumentDigest`] hashes it where it lies, [`prepare`]
//! makes the bytes to be signed, whoever holds the key signs their digest, and
//! [`Prepared::complete`] makes the signature file. The format is CAdES-B-B
//! (ETSI EN 319 122-1 §6.3) in CMS (RFC 5652), which fits any kind of file; [`timestamp`] makes it
//! B-T. [`given`](given()) reads attributes that somebody else made, before they are signed. Inside
//! PDFs it is PAdES: see [`pdf`].
//!
//! # What works
//!
//! - RSA PKCS#1 v1.5, RSASSA-PSS and ECDSA with SHA-256, SHA-384 and SHA-512; detached and
//!   enveloping; a time-stamp token of somebody else, asked for and checked ([`tsp`]), put in when it
//!   comes.
//! - PDFs with tables or streams that list objects, linearised or not, with forms, turned pages and
//!   earlier signatures; new fields, shown or not, and fields that wait; locks.
//! - Signatures that are seen, as Decree 30/2020/NĐ-CP wants them: see [`appearance`]; their place is
//!   found by the words around it: see [`pdf::Pdf::gap`].
//! - Number and date in fields that the first signature keeps: see [`numbering`]; the check before
//!   a seal: see `seal`.
//! - Verification of what was made here: see [`verify()`]. Of what others made, with dated trust
//!   lists, time stamps, revocation by what the file brings along and what others answered, BER: see [`validation`]. What was added to a
//!   PDF after a signature is explained or not: see [`pdf::Later`].
//!
//! # What does not yet
//!
//! - Certifying, validation data inside the PDF (B-LT) and document time stamps (B-LTA).
//! - Verification in a browser: it needs a C library (feature `verify`). Without that feature nothing in C is below, which
//!   `ops/test` sees to; there it also builds for wasm32 where Rust's standard library for that is installed, which was on
//!   no machine so far. `getrandom`, which `lopdf` links and nothing here calls, must be told of a backend:
//!   `--cfg getrandom_backend="custom"`.

pub mod appearance;
mod attributes;
pub mod cades;
mod certificates;
#[cfg(feature = "verify")]
pub mod chain;
pub mod given;
pub mod hash;
pub mod numbering;
pub mod pdf;
pub mod scheme;
#[cfg(feature = "verify")]
pub mod seal;
mod signer;
pub mod timestamp;
pub mod tsp;
#[cfg(feature = "verify")]
pub mod validation;
#[cfg(feature = "verify")]
pub mod verify;

pub use attributes::Profile;
pub use cades::{CadesError, Prepared, prepare, prepare_as};
pub use certificates::SigningCertificates;
pub use given::{Given, WrongAttributes, given};
pub use hash::{DocumentDigest, HashAlgorithm, RunningDigest, WrongLength};
pub use numbering::{Number, Numbering};
pub use scheme::Scheme;
pub use signer::NotCms;
#[cfg(feature = "verify")]
pub use verify::{Problem, Report, Signer, verify};
