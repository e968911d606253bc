//! Arguments for receipts of the audit log, and for those who witness one.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use kyso_evidence::note::KeyName;

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    Verify(ReceiptArgs),
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
