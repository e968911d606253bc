//! Whence a file comes that is read apart: out of a body that is held, or as a part of a form that still arrives.

use std::sync::Arc;

use actix_web::web::Bytes;
use kyso_core::Refusal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::super::Failure;
use super::came::Came;
use super::gathering::Gathering;
use super::layout::Layout;
use super::passing::{OtherLength, Passed, Passing};
use crate::apart::NotDone;
use crate::app::Arrival;
use crate::http::arrival::{self, busy, turn};
use crate::http::body::{Received, is_kind};
use crate::http::error::Problem;
use crate::http::form::Form;
use crate::http::refused::Mistake;
use crate::sealing::{Feed, Question, Seen, seen_apart};

/// A file to be read, with its place.
#[derive(Debug)]
pub(super) enum Source {
    /// One that has come, and its place among those that are read.
    Held {
        file: Bytes,
        place: OwnedSemaphorePermit,
    },
    Coming(Box<Coming>),
}

/// A file that follows its request.
#[derive(Debug)]
pub(super) struct Coming {
    pub(super) form: Arriving,
    pub(super) layout: Layout,
}

/// A form while it arrives.
#[derive(Debug)]
pub(super) struct Arriving {
    pub(super) form: Form,
    /// When it must have come.
    pub(super) by: Instant,
    /// Its place among those that arrive.
    pub(super) place: Arrival,
}

/// A form that is not the one that was to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Disorder {
    #[error("the first part is to be `request`, of the type application/json")]
    Request,
    #[error("after `request` comes one part `file`, of the type application/pdf")]
    File,
    #[error("{0}")]
    Length(#[from] OtherLength),
}

impl Disorder {
    /// The member that is wrong, and why in Vietnamese.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Request => (
                "request",
                "phần đầu tiên phải là `request`, kiểu application/json",
            ),
            Self::File => (
                "file",
                "sau `request` phải là đúng một phần `file`, kiểu application/pdf",
            ),
            Self::Length(OtherLength::Longer) => ("file", "tệp dài hơn byte_range đã khai"),
            Self::Length(OtherLength::Shorter) => ("file", "tệp ngắn hơn byte_range đã khai"),
        }
    }
}

impl From<Disorder> for Problem {
    fn from(disorder: Disorder) -> Self {
        let (member, vietnamese) = disorder.words();
        let problem = Self::field(member);
        problem.saying(
            format!("{member}: {vietnamese}"),
            format!("{member}: {disorder}"),
        )
    }
}

impl Arriving {
    /// The part that says what is asked, which is read before anything of the file.
    pub(super) async fn request(&mut self, limit: usize) -> Result<Received, Mistake> {
        let request = part(
            &mut self.form,
            ("request", "application/json"),
            Disorder::Request,
        );
        let request = timeout_at(self.by, request).await;
        request.map_err(|_| late())??;
        let request = timeout_at(self.by, self.form.whole(limit)).await;
        request.map_err(|_| late())
    }
}

impl Source {
    /// What the process apart sees in it, and what came of it.
    pub(super) async fn read(
        self,
        question: Question,
        places: &Arc<Semaphore>,
    ) -> Result<(Came, Result<Seen, NotDone>), Failure> {
        match self {
            Self::Held { file, place } => {
                let compose = question.compose;
                let question = Question {
                    file: file.clone(),
                    ..question
                };
                let seen = seen_apart(question, place).await;
                Ok((Came::Held { file, compose }, seen))
            }
            Self::Coming(coming) => {
                let (passed, seen) = coming.read(question, places).await?;
                Ok((Came::Passed(Box::new(passed)), seen))
            }
        }
    }
}

impl Coming {
    async fn read(
        self,
        question: Question,
        places: &Arc<Semaphore>,
    ) -> Result<(Passed, Result<Seen, NotDone>), Failure> {
        let Arriving {
            mut form,
            by,
            place,
        } = self.form;
        let passing = Passing::new(self.layout.clone(), question.hash);
        let head = part(&mut form, ("file", "application/pdf"), Disorder::File);
        timeout_at(by, head).await.map_err(|_| late())??;
        let feed = Feed::begin(question, self.layout.length, place);
        let feed = feed.map_err(|_| Failure::Answered(busy()))?;
        match passed((&mut form, by), passing, &feed, places).await {
            Ok((passed, place)) => Ok((passed, feed.seen(place).await)),
            Err(failure) => {
                feed.stop().await;
                Err(failure)
            }
        }
    }
}

/// Passes a file on to its end, and then waits for its place among those that are read.
async fn passed(
    (form, by): (&mut Form, Instant),
    passing: Passing,
    feed: &Feed,
    places: &Arc<Semaphore>,
) -> Result<(Passed, OwnedSemaphorePermit), Failure> {
    let passed = timeout_at(by, pass(form, passing, feed)).await;
    let passed = passed.map_err(|_| late())??;
    let place = turn(places, super::TURN).await;
    Ok((passed, place.map_err(Failure::Answered)?))
}

async fn pass(form: &mut Form, mut passing: Passing, feed: &Feed) -> Result<Passed, Mistake> {
    let mut gathering = Gathering::new(passing.length());
    while let Some(piece) = form.piece().await.map_err(Mistake::from)? {
        if let Some(piece) = gathering.gather(piece) {
            passing.pass(&piece).map_err(wrong)?;
            feed.piece(piece).await;
        }
    }
    passing.pass(&gathering.rest()).map_err(wrong)?;
    let passed = passing.end().map_err(wrong)?;
    match form.part().await.map_err(Mistake::from)? {
        None => Ok(passed),
        Some(_) => Err(wrong(Disorder::File)),
    }
}

/// That the next part is the one that is expected.
async fn part(
    form: &mut Form,
    (name, kind): (&str, &str),
    otherwise: Disorder,
) -> Result<(), Mistake> {
    let head = form.part().await.map_err(Mistake::from)?;
    let right = head.is_some_and(|head| {
        head.name == name && head.kind.is_some_and(|said| is_kind(&said, kind))
    });
    right.then_some(()).ok_or_else(|| wrong(otherwise))
}

fn wrong(why: impl Into<Disorder>) -> Mistake {
    Problem::from(why.into()).into()
}

fn late() -> Mistake {
    Mistake(Refusal::Malformed, arrival::late())
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use actix_web::dev::Payload;
    use actix_web::error::PayloadError;
    use futures_util::Stream;
    use futures_util::stream::pending;
    use kyso_api::problem::ProblemCode;
    use kyso_core::actor::Subject;

    use super::*;
    use crate::app::Arrivals;

    #[actix_web::test]
    async fn whoever_sends_too_slowly_is_told_so() {
        let nothing: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(pending());
        let payload = Payload::Stream { payload: nothing };
        let mut arriving = Arriving {
            form: Form::new(payload, "x"),
            by: Instant::now(),
            place: Arrivals::default().room(Subject::System).unwrap(),
        };
        let Err(Mistake(refusal, problem)) = arriving.request(100).await else {
            panic!("nothing came");
        };
        assert_eq!(refusal, Refusal::Malformed);
        assert_eq!(problem.code(), ProblemCode::BodyTooSlow);
    }
}
