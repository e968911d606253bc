//! `kysod audit …`: the log, straight from its database.

use clap::Subcommand;
use kyso_store::Database;

use super::say;
use crate::app::store_config;
use crate::config::Config;

/// What to do with the log.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Hold every entry against its leaf hash, its columns and the head file.
    Verify,
}

pub(super) fn run(config: &Config, command: &Command) -> anyhow::Result<()> {
    match command {
        Command::Verify => verify(config),
    }
}

fn verify(config: &Config) -> anyhow::Result<()> {
    let database = Database::connect(store_config(config)?)?;
    database.check_schema()?;
    let report = database.verify()?;
    say(&report);
    for sequence in &report.open_intents {
        say(format_args!(
            "intent {sequence} has no outcome: still running, or treat it as signed"
        ));
    }
    Ok(())
}
