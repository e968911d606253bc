//! Arguments of sign, stamp and verify.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use kyso_documents::HashAlgorithm;
use kyso_revocation::Host;

use super::PersonLook;
use crate::prompt::OtpSource;

/// A hash by its name.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl From<Hash> for HashAlgorithm {
    fn from(hash: Hash) -> Self {
        match hash {
            Hash::Sha256 => Self::Sha256,
            Hash::Sha384 => Self::Sha384,
            Hash::Sha512 => Self::Sha512,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[arg(long)]
    pub(crate) credential: String,
    #[arg(long, value_name = "ID")]
    pub(crate) authority: Option<String>,
    #[arg(long)]
    pub(crate) description: Option<String>,
    #[arg(long, value_enum)]
    pub(crate) hash: Option<Hash>,
    #[arg(long)]
    pub(crate) force: bool,
    #[arg(long)]
    pub(crate) detached: bool,
    #[arg(long, value_name = "NAME", group = "spot", conflicts_with = "detached")]
    pub(crate) field: Option<String>,
    #[command(flatten)]
    pub(crate) stamping: StampWish,
    #[command(flatten)]
    pub(crate) look: PersonLook,
    #[command(flatten)]
    pub(crate) otp: OtpSource,
}

#[derive(Debug, Args)]
pub(crate) struct StampArgs {
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) proof: SystemProof,
    #[arg(long)]
    pub(crate) credential: String,
    #[command(flatten)]
    pub(crate) document: DocumentArgs,
    #[arg(long, value_enum)]
    pub(crate) hash: Option<Hash>,
    #[command(flatten)]
    pub(crate) stamping: StampWish,
    #[arg(long)]
    pub(crate) force: bool,
}

/// Whether an outside authority's time stamp is to go into what is signed, and how long its token is waited for.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct StampWish {
    #[arg(long)]
    pub(crate) time_stamp: bool,
    // Three minutes: authorities were seen to take up to 131 seconds.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 180,
        requires = "time_stamp"
    )]
    pub(crate) time_stamp_wait: u32,
}

/// A signed file and the time stamp that goes into it.
#[derive(Debug, Args)]
pub(crate) struct TimeStampArgs {
    pub(crate) file: PathBuf,
    #[arg(long)]
    pub(crate) id: String,
}

/// How a system proves itself: exactly one of key, secret and certificate.
#[derive(Debug, Args)]
pub(crate) struct SystemProof {
    #[arg(long)]
    pub(crate) client_id: String,
    #[command(flatten)]
    pub(crate) means: ProofFile,
    #[arg(long, value_name = "FILE", requires = "certificate_file")]
    pub(crate) certificate_key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are those of the options"
)]
pub(crate) struct ProofFile {
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    #[arg(long, value_name = "FILE", requires = "certificate_key_file")]
    pub(crate) certificate_file: Option<PathBuf>,
}

/// What the documents are.
#[derive(Debug, Args)]
pub(crate) struct DocumentArgs {
    #[arg(long)]
    pub(crate) number: String,
    #[arg(long)]
    pub(crate) symbol: String,
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: String,
    #[arg(long)]
    pub(crate) purpose: String,
    #[arg(long, default_value = "thường")]
    pub(crate) secrecy: String,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    pub(crate) file: PathBuf,
    pub(crate) signature: Option<PathBuf>,
    #[arg(long)]
    pub(crate) detached: bool,
    #[command(flatten)]
    pub(crate) trust: TrustArgs,
    #[arg(long, value_name = "FILE")]
    pub(crate) crl: Vec<PathBuf>,
    #[arg(long, value_name = "FILE")]
    pub(crate) ocsp: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) online: OnlineArgs,
}

/// Whether authorities are asked by network. Not unless it is said: a question tells the authority, and whoever listens,
/// whose signature is looked at and when; and a verification should come out the same where there is no network.
#[derive(Debug, Args)]
pub(crate) struct OnlineArgs {
    #[arg(long)]
    pub(crate) online: bool,
    #[arg(long, requires = "online", value_name = "HOST[:PORT]")]
    pub(crate) revocation_host: Vec<Host>,
    #[arg(long, requires = "online", value_name = "ADDRESS")]
    pub(crate) revocation_address: Vec<IpAddr>,
}

/// Who is believed: certificates, or a dated list, or both.
#[derive(Debug, Args)]
pub(crate) struct TrustArgs {
    #[arg(long, value_name = "FILE", required_unless_present = "trust")]
    pub(crate) ca: Vec<PathBuf>,
    #[arg(long, value_name = "DIR")]
    pub(crate) trust: Option<PathBuf>,
    #[arg(long, requires = "trust")]
    pub(crate) evaluation: bool,
}
