//! What waits for the writer: work to do in its transaction, and somebody to answer.

use kyso_core::journal::JournalError;
use tokio::sync::oneshot;

use super::tx::Tx;

/// One command in the writer's queue.
///
/// It may run more than once, since a batch that fails is undone and replayed, so it keeps what
/// it needs until it is settled.
pub(crate) trait Job: Send {
    /// Does the work and keeps the tentative result.
    ///
    /// # Errors
    /// If the journal cannot do it; a refusal is a result, not an error.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), JournalError>;

    /// Answers: the work is durable, or did not happen.
    fn settle(self: Box<Self>, end: Result<(), JournalError>);
}

/// A job made of its parts: something to work on, how, and how its end is told.
pub(crate) struct Task<C, T, R> {
    context: C,
    work: fn(&mut C, &mut Tx<'_>) -> Result<T, JournalError>,
    finish: fn(C, Result<T, JournalError>) -> R,
    verdict: Option<T>,
    reply: oneshot::Sender<R>,
}

impl<C, T, R> Task<C, T, R> {
    /// A task, and where its answer will come.
    pub(crate) fn new(
        context: C,
        work: fn(&mut C, &mut Tx<'_>) -> Result<T, JournalError>,
        finish: fn(C, Result<T, JournalError>) -> R,
    ) -> (Self, oneshot::Receiver<R>) {
        let (reply, answer) = oneshot::channel();
        (
            Self {
                context,
                work,
                finish,
                verdict: None,
                reply,
            },
            answer,
        )
    }
}

impl<C: Send, T: Send, R: Send> Job for Task<C, T, R> {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), JournalError> {
        self.verdict = None;
        self.verdict = Some((self.work)(&mut self.context, tx)?);
        Ok(())
    }

    fn settle(self: Box<Self>, end: Result<(), JournalError>) {
        let Self {
            context,
            finish,
            verdict,
            reply,
            ..
        } = *self;
        let lost = || JournalError::Unavailable("the work was not done".to_owned());
        let verdict = end.and_then(|()| verdict.ok_or_else(lost));
        let _ = reply.send(finish(context, verdict)); // whoever asked may have gone away
    }
}
