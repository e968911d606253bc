//! The process that judges one file: started, asked, heard, and ended in time.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::{Answer, COMMAND, Question};
use crate::app::Turn;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest answer, in bytes: 256 signatures, of which each has a certificate in it.
const ANSWER: u64 = 4 << 20;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotJudged {
    /// It took too long.
    TooLong,
    /// The process ended without one: too little memory for this file, or it fails on it.
    Failed,
    /// There could be no process now, whatever the file.
    NoProcess,
}

/// Judges in a process of its own, which has ended when the turn ends, also if nobody waits for the answer any more.
///
/// # Errors
/// [`NotJudged`].
pub async fn judged_apart(question: Question, turn: Turn) -> Result<Answer, NotJudged> {
    let task = tokio::spawn(async move {
        let _turn = turn;
        let child = start().map_err(|error| {
            tracing::error!(%error, "no process could be started that verifies");
            NotJudged::NoProcess
        })?;
        answer(child, &question, PATIENCE).await
    });
    task.await.unwrap_or(Err(NotJudged::NoProcess))
}

/// Nothing of the server's environment goes along, and what it says on its standard error goes nowhere: that could be
/// a stranger's text.
fn start() -> io::Result<Child> {
    let mut command = Command::new(own_program()?);
    command.arg0("kysod").arg(COMMAND).env_clear();
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

async fn answer(
    mut child: Child,
    question: &Question,
    patience: Duration,
) -> Result<Answer, NotJudged> {
    let ended = timeout(patience, talk(&mut child, question)).await;
    if let Ok(Ok((status, text))) = ended {
        return understood(status, &text);
    }
    // Waits until it is gone. That it was gone already is no failure.
    let _ = child.kill().await;
    Err(if ended.is_err() {
        NotJudged::TooLong
    } else {
        NotJudged::Failed
    })
}

async fn talk(child: &mut Child, question: &Question) -> io::Result<(ExitStatus, Vec<u8>)> {
    if let Some(mut stdin) = child.stdin.take() {
        // One that ends before it has read everything says by its end what there is to say.
        for piece in question.pieces()? {
            if stdin.write_all(&piece).await.is_err() {
                break;
            }
        }
    }
    let mut text = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(ANSWER + 1).read_to_end(&mut text).await?;
    }
    if u64::try_from(text.len()).is_ok_and(|length| length <= ANSWER) {
        Ok((child.wait().await?, text))
    } else {
        Err(io::ErrorKind::FileTooLarge.into())
    }
}

fn understood(status: ExitStatus, text: &[u8]) -> Result<Answer, NotJudged> {
    if status.success() {
        return serde_json::from_slice(text).map_err(|_| NotJudged::Failed);
    }
    tracing::debug!(%status, "a file could not be verified");
    if status.signal() == Some(Signal::XCPU.as_raw()) {
        Err(NotJudged::TooLong)
    } else {
        Err(NotJudged::Failed)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use kyso_documents::validation::TrustList;
    use time::OffsetDateTime;

    use super::*;

    fn question(document: Vec<u8>) -> Question {
        Question {
            document,
            signature: None,
            trust: TrustList::default(),
            now: OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn shell(script: &str) -> Child {
        let mut command = Command::new("/bin/sh");
        let command = command.args(["-c", script]).kill_on_drop(true);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null()).spawn().unwrap()
    }

    const LONG: Duration = Duration::from_secs(600);

    async fn said(script: &str, document: Vec<u8>) -> Result<Answer, NotJudged> {
        answer(shell(script), &question(document), LONG).await
    }

    #[actix_web::test]
    async fn one_that_is_too_slow_is_killed_and_gone() {
        for script in [
            "exec sleep 1000",
            "trap '' TERM INT HUP; cat >/dev/null; exec sleep 1000",
        ] {
            let child = shell(script);
            let process = PathBuf::from(format!("/proc/{}", child.id().unwrap()));
            assert!(process.exists());
            let large = question(vec![b'x'; 1 << 20]);
            let answered = answer(child, &large, Duration::from_millis(50)).await;
            assert_eq!(answered, Err(NotJudged::TooLong), "{script}");
            assert!(!process.exists(), "reaped, too");
        }
    }

    #[actix_web::test]
    async fn whatever_it_says_or_how_it_ends_there_is_one_answer() {
        let nothing = r#"{"Err":{"pdf":"not_pdf"}}"#;
        let unread = super::super::Unread::Pdf(kyso_documents::pdf::Refusal::NotPdf);
        for (script, expected) in [
            (format!("cat >/dev/null; echo '{nothing}'"), Ok(Err(unread))),
            (format!("echo '{nothing}'; exit 1"), Err(NotJudged::Failed)),
            (format!("echo '{nothing}{nothing}'"), Err(NotJudged::Failed)),
            ("exit 0".to_owned(), Err(NotJudged::Failed)),
            ("kill -ABRT $$".to_owned(), Err(NotJudged::Failed)),
            ("kill -KILL $$".to_owned(), Err(NotJudged::Failed)),
            ("kill -XCPU $$".to_owned(), Err(NotJudged::TooLong)),
            (
                "cat >/dev/null; exec cat /dev/zero".to_owned(),
                Err(NotJudged::Failed),
            ),
        ] {
            let answered = said(&script, vec![b'x'; 1 << 20]).await;
            assert_eq!(answered, expected, "{script}");
        }
    }

    #[actix_web::test]
    async fn it_is_asked_what_the_question_is() {
        let directory = tempfile::tempdir().unwrap();
        let heard = directory.path().join("heard");
        let script = format!("cat >{}", heard.display());
        assert_eq!(
            said(&script, b"%PDF".to_vec()).await,
            Err(NotJudged::Failed)
        );
        let heard = std::fs::read(heard).unwrap();
        assert_eq!(
            Question::read(heard.as_slice()).unwrap(),
            question(b"%PDF".to_vec())
        );
    }
}
