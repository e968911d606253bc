//! Strangers' files, read in a process of their own: what a file that is made for it can take is that process's memory
//! and time, and not those of the one that signs.
//!
//! The server starts its own program anew with one word. That limits itself ([`limits`]), reads blocks from its standard
//! input and writes what it found to its standard output.

pub mod blocks;
pub mod limits;
pub mod open;

use std::borrow::Cow;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotDone {
    /// It took too long.
    TooLong,
    /// The process ended without one: too little memory for this file, or it fails on it.
    Failed,
    /// There could be no process now, whatever the file.
    NoProcess,
}

/// What such a process may take.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// How long all of it may take.
    pub patience: Duration,
    /// Longest answer, in bytes.
    pub answer: u64,
}

/// Blocks for a process to read.
pub type Pieces<'a> = Vec<Cow<'a, [u8]>>;

/// Starts this program with that word. Nothing of the server's environment goes along, and what it says on its standard
/// error goes nowhere: that could be a stranger's text.
///
/// # Errors
/// [`NotDone::NoProcess`].
pub fn start(word: &str) -> Result<Child, NotDone> {
    spawn(word).map_err(|error| {
        tracing::error!(%error, word, "no process could be started for a file");
        NotDone::NoProcess
    })
}

fn spawn(word: &str) -> io::Result<Child> {
    let mut command = Command::new(own_program()?);
    command.arg0("kysod").arg(word).env_clear();
    // Our allocator would take a gigabyte of address space at once, and count it against the limit.
    command.env("MIMALLOC_ARENA_RESERVE", "0");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::null()).kill_on_drop(true).spawn()
}

/// This very build, also when another was put in its place since.
fn own_program() -> io::Result<PathBuf> {
    let own = Path::new("/proc/self/exe");
    if own.exists() {
        Ok(own.to_owned())
    } else {
        std::env::current_exe()
    }
}

/// Has the process read these blocks, after what it was told before, and waits for what it says and for its end.
///
/// # Errors
/// [`NotDone`]; the process is gone then, too.
pub async fn answer(
    mut child: Child,
    pieces: Pieces<'_>,
    allowed: Allowance,
) -> Result<Vec<u8>, NotDone> {
    let talking = talk(&mut child, pieces, allowed.answer);
    let ended = timeout(allowed.patience, talking).await;
    if let Ok(Ok((status, said))) = ended {
        return understood(status).map(|()| said);
    }
    // Waits until it is gone. That it was gone already is no failure.
    let _ = child.kill().await;
    Err(if ended.is_err() {
        NotDone::TooLong
    } else {
        NotDone::Failed
    })
}

/// Has the process read these bytes, as fast as it takes them. One that ends before it has read everything says by its end
/// what there is to say.
pub async fn tell(child: &mut Child, bytes: &[u8]) {
    let Some(stdin) = &mut child.stdin else {
        return;
    };
    if stdin.write_all(bytes).await.is_err() {
        child.stdin = None;
    }
}

async fn talk(
    child: &mut Child,
    pieces: Pieces<'_>,
    most: u64,
) -> io::Result<(ExitStatus, Vec<u8>)> {
    for piece in pieces {
        tell(child, &piece).await;
    }
    drop(child.stdin.take());
    let mut said = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(most + 1).read_to_end(&mut said).await?;
    }
    if u64::try_from(said.len()).is_ok_and(|length| length <= most) {
        Ok((child.wait().await?, said))
    } else {
        Err(io::ErrorKind::FileTooLarge.into())
    }
}

fn understood(status: ExitStatus) -> Result<(), NotDone> {
    if status.success() {
        return Ok(());
    }
    tracing::debug!(%status, "a file could not be read");
    if status.signal() == Some(Signal::XCPU.as_raw()) {
        Err(NotDone::TooLong)
    } else {
        Err(NotDone::Failed)
    }
}
