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

/// For whom a task is done.
enum Whose<R> {
    /// A caller's. One who gave up was told that it failed, so from then on it is not done.
    Caller(oneshot::Sender<R>),
    /// The log's or the server's own: it is done, whether anybody still listens or not.
    House(oneshot::Sender<R>),
}

impl<R> Whose<R> {
    fn is_wanted(&self) -> bool {
        match self {
            Self::Caller(reply) => !reply.is_closed(),
            Self::House(_) => true,
        }
    }

    fn tell(self, end: R) {
        let (Self::Caller(reply) | Self::House(reply)) = self;
        let _ = reply.send(end); // whoever asked may have gone away
    }
}

/// A job made of its parts: something to work on, how, and how its end is told.
pub(crate) struct Task<C, T, R> {
    context: C,
    work: Work<C, T>,
    finish: Finish<C, T, R>,
    verdict: Option<T>,
    whose: Whose<R>,
}

type Work<C, T> = fn(&mut C, &mut Tx<'_>) -> Result<T, JournalError>;
type Finish<C, T, R> = fn(C, Result<T, JournalError>) -> R;

impl<C, T, R> Task<C, T, R> {
    /// A caller's task, and where its answer will come. Once nobody waits there any more, what was
    /// not begun is not done: whoever was told that it failed can rely on it.
    pub(crate) fn asked(
        context: C,
        work: Work<C, T>,
        finish: Finish<C, T, R>,
    ) -> (Self, oneshot::Receiver<R>) {
        Self::new(context, work, finish, Whose::Caller)
    }

    /// A task that is done in any case, and where its answer will come, for who wants to know.
    pub(crate) fn standing(
        context: C,
        work: Work<C, T>,
        finish: Finish<C, T, R>,
    ) -> (Self, oneshot::Receiver<R>) {
        Self::new(context, work, finish, Whose::House)
    }

    fn new(
        context: C,
        work: Work<C, T>,
        finish: Finish<C, T, R>,
        whose: fn(oneshot::Sender<R>) -> Whose<R>,
    ) -> (Self, oneshot::Receiver<R>) {
        let (reply, answer) = oneshot::channel();
        let task = Self {
            context,
            work,
            finish,
            verdict: None,
            whose: whose(reply),
        };
        (task, answer)
    }
}

impl<C: Send, T: Send, R: Send> Job for Task<C, T, R> {
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), JournalError> {
        self.verdict = None;
        // What nobody waits for any more is no reason to undo what the others asked for.
        if self.whose.is_wanted() {
            self.verdict = Some((self.work)(&mut self.context, tx)?);
        }
        Ok(())
    }

    fn settle(self: Box<Self>, end: Result<(), JournalError>) {
        let Self {
            context,
            finish,
            verdict,
            whose,
            ..
        } = *self;
        let lost = || JournalError::Unavailable("the work was not done".to_owned());
        let verdict = end.and_then(|()| verdict.ok_or_else(lost));
        whose.tell(finish(context, verdict));
    }
}
