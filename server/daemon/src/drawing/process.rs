//! The process that draws one file: started, asked, heard, and ended in time.

use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use super::{COMMAND, Drawn, Question, Unshown, answer};
use crate::apart::{self, Allowance, NotDone};

/// How long all of it may take, with others at work; and the longest answer: the pictures, and what is around them.
const ALLOWED: Allowance = Allowance {
    patience: Duration::from_secs(90),
    answer: 50 << 20,
};

/// Draws in a process of its own, which has ended when the place is given back, also if nobody waits any more.
///
/// # Errors
/// [`NotDone`].
pub async fn drawn_apart(
    question: Question,
    place: OwnedSemaphorePermit,
) -> Result<Result<Drawn, Unshown>, NotDone> {
    let task = tokio::spawn(async move {
        let _place = place;
        let pieces = question.pieces().map_err(|_| NotDone::Failed)?;
        let said = apart::answer(apart::start(COMMAND)?, pieces, ALLOWED).await?;
        answer::read(said.as_slice()).map_err(|_| NotDone::Failed)
    });
    task.await.unwrap_or(Err(NotDone::NoProcess))
}
