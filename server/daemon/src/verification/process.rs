//! The process that judges one file: started, asked, heard, and ended in time.

use std::time::Duration;

use tokio::process::Child;

use super::{Answer, Asking, COMMAND, Question};
use crate::apart::{self, Allowance, NotDone};
use crate::app::Turn;

/// How long all of it may take, and the longest answer: 256 signatures, of which each has a certificate in it.
const ALLOWED: Allowance = Allowance {
    patience: Duration::from_secs(20),
    answer: 4 << 20,
};

/// Judges in a process of its own, and again with what authorities answer, if anybody is to be asked. All of it has ended
/// when the turn ends, also if nobody waits for the answer any more.
///
/// # Errors
/// [`NotDone`].
pub async fn judged_apart(
    question: Question,
    turn: Turn,
    asking: Option<Asking>,
) -> Result<Answer, NotDone> {
    let task = tokio::spawn(async move {
        let _turn = turn;
        match asking {
            Some(asking) => asking.judged(question, once).await,
            None => once(&question).await,
        }
    });
    task.await.unwrap_or(Err(NotDone::NoProcess))
}

/// One process, one judgement.
async fn once(question: &Question) -> Result<Answer, NotDone> {
    answer(apart::start(COMMAND)?, question, ALLOWED).await
}

async fn answer(child: Child, question: &Question, allowed: Allowance) -> Result<Answer, NotDone> {
    let pieces = question.pieces().map_err(|_| NotDone::Failed)?;
    let said = apart::answer(child, pieces, allowed).await?;
    serde_json::from_slice(&said).map_err(|_| NotDone::Failed)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::process::Stdio;

    use kyso_documents::validation::TrustList;
    use time::OffsetDateTime;
    use tokio::process::Command;

    use super::*;

    fn question(document: Vec<u8>) -> Question {
        Question {
            document,
            signature: None,
            trust: TrustList::default(),
            now: OffsetDateTime::UNIX_EPOCH,
            replies: Vec::new(),
        }
    }

    fn shell(script: &str) -> Child {
        let mut command = Command::new("/bin/sh");
        let command = command.args(["-c", script]).kill_on_drop(true);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::null()).spawn().unwrap()
    }

    const fn allowed(patience: Duration) -> Allowance {
        Allowance {
            patience,
            ..ALLOWED
        }
    }

    async fn said(script: &str, document: Vec<u8>) -> Result<Answer, NotDone> {
        answer(
            shell(script),
            &question(document),
            allowed(Duration::from_mins(10)),
        )
        .await
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
            let answered = answer(child, &large, allowed(Duration::from_millis(50))).await;
            assert_eq!(answered, Err(NotDone::TooLong), "{script}");
            assert!(!process.exists(), "reaped, too");
        }
    }

    #[actix_web::test]
    async fn whatever_it_says_or_how_it_ends_there_is_one_answer() {
        let nothing = r#"{"Err":{"pdf":"not_pdf"}}"#;
        let unread = super::super::Unread::Pdf(kyso_documents::pdf::Refusal::NotPdf);
        for (script, expected) in [
            (format!("cat >/dev/null; echo '{nothing}'"), Ok(Err(unread))),
            (format!("echo '{nothing}'; exit 1"), Err(NotDone::Failed)),
            (format!("echo '{nothing}{nothing}'"), Err(NotDone::Failed)),
            ("exit 0".to_owned(), Err(NotDone::Failed)),
            ("kill -ABRT $$".to_owned(), Err(NotDone::Failed)),
            ("kill -KILL $$".to_owned(), Err(NotDone::Failed)),
            ("kill -XCPU $$".to_owned(), Err(NotDone::TooLong)),
            (
                "cat >/dev/null; exec cat /dev/zero".to_owned(),
                Err(NotDone::Failed),
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
        assert_eq!(said(&script, b"%PDF".to_vec()).await, Err(NotDone::Failed));
        let heard = std::fs::read(heard).unwrap();
        assert_eq!(
            Question::read(heard.as_slice()).unwrap(),
            question(b"%PDF".to_vec())
        );
    }
}
