//! The command line. No secret is ever an argument: arguments are listed and logged.

mod apart;
mod audit;
mod bootstrap;
mod check;
mod hsm;
mod logging;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use kyso_hsm::HsmError;
use kyso_store::{Database, VerifyError};

use crate::app::store_config;
use crate::config::Config;

pub use apart::apart;

/// The signing server Kyso. / Máy chủ ký số Kyso.
#[derive(Debug, Parser)]
#[command(name = "kysod", version)]
pub struct Arguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until told to stop (SIGTERM or SIGINT).
    Serve,
    /// Bring the database's schema to this build's version.
    Migrate,
    /// Read the configuration and all it names, and say what is wrong.
    CheckConfig,
    /// Begin an empty log: two subscriber managers and a security officer get one-time codes.
    Bootstrap(bootstrap::Options),
    /// The audit log.
    #[command(subcommand)]
    Audit(audit::Command),
    /// The token.
    #[command(subcommand)]
    Hsm(hsm::Command),
}

/// Runs the command that was given.
///
/// # Errors
/// Whatever kept it from being done, in words for whoever typed it.
pub async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let path = &arguments.config;
    let config =
        Config::load(path).with_context(|| format!("the configuration {}", path.display()))?;
    logging::start()?;
    match arguments.command {
        Command::Serve => serve::run(config).await,
        Command::Migrate => migrate(&config),
        Command::CheckConfig => check::run(&config),
        Command::Bootstrap(options) => bootstrap::run(&config, &options).await,
        Command::Audit(command) => audit::run(&config, command),
        Command::Hsm(command) => hsm::run(&config, command).await,
    }
}

/// The exit status where the token refuses the PIN (`EX_NOPERM` of sysexits.h). Whoever starts the server again and again must
/// stop at it, as `ops/systemd/kysod.service` does: each start is a try, and an HSM locks the PIN after a few.
const PIN_REFUSED: u8 = 77;

/// The exit status where `audit verify` finds something that speaks against the log (`EX_DATAERR`); where it could not look,
/// the status is 1, so that whoever has it run each night is not told of a forger when the database was down.
const LOG_IS_WRONG: u8 = 65;

/// Says why a command failed.
#[expect(clippy::print_stderr, reason = "whoever typed the command reads it")]
pub fn complain(error: &anyhow::Error) -> ExitCode {
    eprintln!("kysod: {error:#}");
    let log_is_wrong = error.downcast_ref().is_some_and(VerifyError::is_of_the_log);
    match error.downcast_ref() {
        Some(HsmError::Pin(_)) => ExitCode::from(PIN_REFUSED),
        _ if log_is_wrong => ExitCode::from(LOG_IS_WRONG),
        _ => ExitCode::FAILURE,
    }
}

/// What a command says to whoever typed it.
#[expect(
    clippy::print_stdout,
    reason = "a command's answer goes to standard output"
)]
fn say(text: impl std::fmt::Display) {
    println!("{text}");
}

fn migrate(config: &Config) -> anyhow::Result<()> {
    let done = Database::connect(store_config(config)?)?.migrate()?;
    say(format_args!(
        "{done} migrations were applied; the schema is this build's"
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_refused_pin_has_a_status_at_which_systemd_stops() {
        let refused = HsmError::Pin("CKR_PIN_INCORRECT");
        let refused = anyhow::Error::from(refused).context("the token");
        assert_eq!(complain(&refused), ExitCode::from(PIN_REFUSED));
        assert_eq!(complain(&HsmError::Away.into()), ExitCode::FAILURE);
        let unit = include_str!("../../../../ops/systemd/kysod.service");
        let stops = format!("RestartPreventExitStatus={PIN_REFUSED}");
        assert!(unit.lines().any(|line| line == stops), "{unit}");
    }

    #[test]
    fn a_log_that_is_wrong_has_a_status_of_its_own() {
        use kyso_store::StoreError as E;
        for (error, status) in [
            (E::HeadMissing, LOG_IS_WRONG),
            (E::Head("cut".to_owned()), LOG_IS_WRONG),
            (E::Random, 1),
            (E::Path, 1),
        ] {
            let error = anyhow::Error::from(VerifyError::from(error));
            assert_eq!(complain(&error), ExitCode::from(status), "{error}");
        }
    }

    #[test]
    fn every_command_is_reachable() {
        for words in [
            &["serve"][..],
            &["migrate"],
            &["check-config"],
            &["bootstrap"],
            &["audit", "verify"],
            &["audit", "verify", "--against", "x", "--against", "y"],
            &["hsm", "init"],
            &["hsm", "status"],
            &["hsm", "list"],
            &["hsm", "bench"],
        ] {
            let line = ["kysod", "--config", "x"]
                .into_iter()
                .chain(words.iter().copied());
            assert!(Arguments::try_parse_from(line).is_ok(), "{words:?}");
        }
        assert!(Arguments::try_parse_from(["kysod", "serve"]).is_err());
    }
}
