//! `kysod verify-file`: judges one file of a stranger, in a process that does nothing else. The server starts it; it is
//! not for people, and needs neither a configuration nor anything that one names.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;

use super::complain;
use crate::verification::{COMMAND, Question, judge, limits};

/// Reads a question from standard input and writes the answer to standard output.
#[derive(Debug, Parser)]
#[command(name = "kysod verify-file")]
struct Options {
    /// Address space in bytes.
    #[arg(long, default_value_t = limits::MEMORY)]
    memory: u64,
    /// Seconds on the processor.
    #[arg(long, default_value_t = limits::SECONDS)]
    seconds: u64,
}

/// Judges a file, if this process was started for that. To be asked before anything else is begun: whatever the
/// process has by then counts against its limits.
pub fn verify_file() -> Option<ExitCode> {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    if words.first()? != COMMAND {
        return None;
    }
    let done = run(&Options::parse_from(words));
    Some(done.map_or_else(|error| complain(&error), |()| ExitCode::SUCCESS))
}

fn run(options: &Options) -> anyhow::Result<()> {
    limits::take(options.memory, options.seconds).context("no limits")?;
    let question = Question::read(io::stdin().lock())?;
    let answer = judge(&question);
    serde_json::to_writer(io::stdout().lock(), &answer)?;
    Ok(())
}
