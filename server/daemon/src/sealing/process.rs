//! The process that reads one file to be sealed: started, asked, heard, and ended in time.

use std::time::Duration;

use tokio::process::Child;
use tokio::sync::OwnedSemaphorePermit;

use super::{COMMAND, Question, Seen, answer};
use crate::apart::{self, Allowance, NotDone, Pieces};

/// How long all of it may take, with others at work; and the longest answer: what is drawn, and what is said of the rest.
const ALLOWED: Allowance = Allowance {
    patience: Duration::from_secs(40),
    answer: 4 << 20,
};

/// Reads in a process of its own, which has ended when the place is given back, also if nobody waits any more.
///
/// # Errors
/// [`NotDone`].
pub async fn seen_apart(question: Question, place: OwnedSemaphorePermit) -> Result<Seen, NotDone> {
    let task = tokio::spawn(async move {
        let _place = place;
        let pieces = question.pieces().map_err(|_| NotDone::Failed)?;
        heard(apart::start(COMMAND)?, pieces).await
    });
    task.await.unwrap_or(Err(NotDone::NoProcess))
}

/// What a process says once it was told this, too.
pub(super) async fn heard(child: Child, pieces: Pieces<'_>) -> Result<Seen, NotDone> {
    let said = apart::answer(child, pieces, ALLOWED).await?;
    answer::read(said.as_slice()).map_err(|_| NotDone::Failed)
}
