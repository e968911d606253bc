//! `kysod audit …`: the log, straight from its database.

use std::fs::File;
use std::io::{BufReader, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use kyso_evidence::bundle::Beside;
use kyso_evidence::key::LogKey;
use kyso_evidence::proof::MAX_PROOF_BYTES;
use kyso_store::{Database, Known, Progress};

use super::say;
use crate::app::store_config;
use crate::config::{Audit, Config};

/// What to do with the log.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Hold the log against itself and all that is known of it outside the database: entries, columns, tree,
    /// checkpoints, head file, checkpoint file. Only reads, and needs no token. Ends with 65 if something speaks against
    /// the log, with 1 if it could not be looked at.
    Verify(Elsewhere),
}

/// What the verifying person has from elsewhere.
#[derive(Debug, Args)]
pub(super) struct Elsewhere {
    /// The key that signs the log's checkpoints, as `GET /api/v1/log/keys` has it, told on another way; without it the
    /// key counts that the log itself names, which proves nothing by itself.
    #[arg(long, value_name = "KEY")]
    log_key: Option<LogKey>,
    /// A receipt, a checkpoint or a bundle that was kept elsewhere; may be given several times.
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
}

pub(super) fn run(config: &Config, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Verify(elsewhere) => verify(config, elsewhere),
    }
}

fn verify(config: &Config, elsewhere: Elsewhere) -> anyhow::Result<()> {
    let known = known(&config.audit, elsewhere)?;
    let database = Database::connect(store_config(config)?)?;
    database.check_schema()?;
    let mut bar = Bar::default();
    let found = database.verify(known, &mut |at| bar.show(at));
    bar.clear();
    let found = found?;
    say(&found);
    for sequence in &found.report.open_intents {
        say(format_args!(
            "intent {sequence} has no outcome: still running, or treat it as signed"
        ));
    }
    Ok(())
}

fn known(audit: &Audit, elsewhere: Elsewhere) -> anyhow::Result<Known> {
    let path = audit.checkpoint_path();
    let own = path.exists().then_some(("audit.checkpoint_file", path));
    let mut evidence = Vec::new();
    for (kind, path) in own
        .into_iter()
        .chain(elsewhere.against.into_iter().map(given))
    {
        let name = format!("{kind} {}", path.display());
        let read = read(&path).with_context(|| name.clone())?;
        // What was remembered when the key was made says nothing of any entry.
        if !matches!(&read, Beside::Checkpoint(one) if one.unverified().size() == 0) {
            evidence.push((name, read));
        }
    }
    Ok(Known {
        log_key: elsewhere.log_key,
        witnesses: audit.witness_keys().map_err(anyhow::Error::msg)?,
        evidence,
    })
}

fn given(path: PathBuf) -> (&'static str, PathBuf) {
    ("--against", path)
}

/// A receipt or a checkpoint; of a bundle its largest checkpoint.
fn read(path: &Path) -> anyhow::Result<Beside> {
    let (mut start, most) = (Vec::new(), u64::try_from(MAX_PROOF_BYTES)?);
    File::open(path)?.take(most).read_to_end(&mut start)?;
    if let Ok(beside) = Beside::parse(&start) {
        return Ok(beside);
    }
    let bundle = BufReader::new(File::open(path)?);
    Beside::of_bundle(bundle).context("it is no receipt, no checkpoint and no bundle")
}

/// How far it is, on a terminal, a hundred times at most.
#[derive(Debug, Default)]
struct Bar {
    shown: Option<u64>,
}

impl Bar {
    fn show(&mut self, at: Progress) {
        let hundredth = at.entries.saturating_mul(100) / at.of.max(1);
        if self.shown.replace(hundredth) != Some(hundredth) {
            let (done, of) = (at.entries, at.of);
            write(format_args!("\r{done} of {of} entries, {hundredth} %"));
        }
    }

    fn clear(&self) {
        if self.shown.is_some() {
            write(format_args!("\r\x1b[K"));
        }
    }
}

/// Nobody misses it where it cannot be written.
fn write(text: std::fmt::Arguments<'_>) {
    let mut screen = std::io::stderr();
    if screen.is_terminal() {
        let _ = screen.write_fmt(text).and_then(|()| screen.flush());
    }
}
