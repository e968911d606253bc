//! Arguments for receipts and exports of the audit log, and for those who witness one.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use kyso_evidence::note::KeyName;

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    Fetch(FetchArgs),
    Verify(ReceiptArgs),
}

/// Which uses of one's own keys.
#[derive(Debug, Args)]
pub(crate) struct UsesArgs {
    #[arg(long, value_name = "N")]
    pub(crate) before: Option<u64>,
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u16>,
}

/// A call, by its request's id, and where its receipt goes.
#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    pub(crate) id: String,
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[arg(long)]
    pub(crate) force: bool,
}

/// A call that its owner did not make.
#[derive(Debug, Args)]
pub(crate) struct DisputeArgs {
    pub(crate) id: String,
    #[arg(long)]
    pub(crate) reason: Option<String>,
}

/// A receipt, and whose keys are believed: each a verifier key or `@` and a file that holds it.
#[derive(Debug, Args)]
pub(crate) struct ReceiptArgs {
    pub(crate) file: PathBuf,
    #[arg(long, value_name = "VKEY|@FILE")]
    pub(crate) log_key: String,
    #[arg(long = "witness", value_name = "VKEY|@FILE")]
    pub(crate) witness_keys: Vec<String>,
    #[arg(long, value_name = "K")]
    pub(crate) quorum: usize,
}

/// Where to write a part of the log, and which.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    pub(crate) to_file: PathBuf,
    #[arg(long = "from", value_name = "N")]
    pub(crate) first: Option<u64>,
    #[arg(long = "to", value_name = "N")]
    pub(crate) end: Option<u64>,
    #[arg(long)]
    pub(crate) disclose: bool,
}

/// A file of entries that a server exported.
#[derive(Debug, Args)]
pub(crate) struct BundleArgs {
    pub(crate) bundle: PathBuf,
    #[command(flatten)]
    pub(crate) known: KnownArgs,
}

/// Such a file, and which of its entries is wanted.
#[derive(Debug, Args)]
pub(crate) struct ExtractArgs {
    pub(crate) bundle: PathBuf,
    #[arg(long, value_name = "N")]
    pub(crate) entry: Option<u64>,
    #[command(flatten)]
    pub(crate) known: KnownArgs,
}

/// What the verifying person has from elsewhere: keys as in [`ReceiptArgs`], or all of them in a
/// file, and evidence to hold a bundle against.
#[derive(Debug, Args)]
pub(crate) struct KnownArgs {
    #[arg(long, value_name = "FILE", conflicts_with_all = ["log_key", "export_key", "witness_keys", "quorum"])]
    pub(crate) policy: Option<PathBuf>,
    #[arg(long, value_name = "VKEY|@FILE")]
    pub(crate) log_key: Option<String>,
    #[arg(long, value_name = "VKEY|@FILE")]
    pub(crate) export_key: Option<String>,
    #[arg(long = "witness", value_name = "VKEY|@FILE", requires = "log_key")]
    pub(crate) witness_keys: Vec<String>,
    #[arg(long, value_name = "K", requires = "log_key")]
    pub(crate) quorum: Option<usize>,
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WitnessCommand {
    Init {
        directory: PathBuf,
        #[arg(long = "name", value_name = "NAME")]
        key_name: KeyName,
    },
    Serve(ServeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    pub(crate) directory: PathBuf,
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: SocketAddr,
    #[arg(long = "log", value_name = "VKEY|@FILE", required = true)]
    pub(crate) log_keys: Vec<String>,
}
