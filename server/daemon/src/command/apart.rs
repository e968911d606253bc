//! `kysod verify-file`, `draw-file` and `seal-file`: read one file of a stranger, in a process that does nothing else. The
//! server starts them; they are not for people, and need neither a configuration nor anything that one names.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;

use super::complain;
use crate::apart::limits;
use crate::{drawing, sealing, verification};

/// Reads a question from standard input and writes the answer to standard output.
#[derive(Debug, Parser)]
#[command(name = "kysod verify-file | draw-file | seal-file")]
struct Options {
    /// Address space in bytes.
    #[arg(long)]
    memory: Option<u64>,
    /// Seconds on the processor.
    #[arg(long)]
    seconds: Option<u64>,
}

/// Which of them.
#[derive(Debug, Clone, Copy)]
enum Task {
    Verify,
    Draw,
    Seal,
}

impl Task {
    fn of(word: &OsString) -> Option<Self> {
        match word.to_str()? {
            verification::COMMAND => Some(Self::Verify),
            drawing::COMMAND => Some(Self::Draw),
            sealing::COMMAND => Some(Self::Seal),
            _ => None,
        }
    }

    /// Address space in bytes, and seconds on the processor.
    const fn limits(self) -> (u64, u64) {
        match self {
            Self::Verify => (verification::MEMORY, verification::SECONDS),
            Self::Draw => (drawing::MEMORY, drawing::SECONDS),
            Self::Seal => (sealing::MEMORY, sealing::SECONDS),
        }
    }

    fn run(self) -> anyhow::Result<()> {
        let (question, mut answer) = (io::stdin().lock(), io::stdout().lock());
        match self {
            Self::Verify => {
                let question = verification::Question::read(question)?;
                serde_json::to_writer(answer, &verification::judge(&question))?;
            }
            Self::Draw => {
                let question = drawing::Question::read(question)?;
                for piece in drawing::pieces(&drawing::draw(&question))? {
                    answer.write_all(&piece)?;
                }
            }
            Self::Seal => {
                let question = sealing::Question::read(question)?;
                for piece in sealing::pieces(&sealing::see(&question))? {
                    answer.write_all(&piece)?;
                }
            }
        }
        Ok(())
    }
}

/// Reads a file, if this process was started for that. To be asked before anything else is begun: whatever the process
/// has by then counts against its limits.
pub fn apart() -> Option<ExitCode> {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let task = Task::of(words.first()?)?;
    let done = run(task, &Options::parse_from(words));
    Some(done.map_or_else(|error| complain(&error), |()| ExitCode::SUCCESS))
}

fn run(task: Task, options: &Options) -> anyhow::Result<()> {
    let (memory, seconds) = task.limits();
    let (memory, seconds) = (
        options.memory.unwrap_or(memory),
        options.seconds.unwrap_or(seconds),
    );
    limits::take(memory, seconds).context("no limits")?;
    task.run()
}
