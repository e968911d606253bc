//! A file that goes to such a process while it arrives.
//!
//! The process only takes it in until the end of its input comes, and begins to read when that has come: so whoever sends slowly has
//! a process that holds what came, and no place among those that work.

use std::time::Duration;

use actix_web::web::Bytes;
use tokio::process::Child;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::process::heard;
use super::{COMMAND, Question, Seen};
use crate::apart::{self, NotDone};
use crate::app::Arrival;

/// How long a process may wait for its file: longer than a file may take to arrive and to get its place, which end first.
const FEEDING: Duration = Duration::from_secs(90);

/// A process that is given its file. When this is dropped it is killed, and what was kept for it is given back once it is gone.
#[derive(Debug)]
pub struct Feed {
    to: Sender<Fed>,
    end: JoinHandle<Result<Seen, NotDone>>,
}

/// What it is given.
#[derive(Debug)]
enum Fed {
    Piece(Bytes),
    /// All has come: its place among those that work.
    Go(OwnedSemaphorePermit),
}

impl Feed {
    /// Starts the process and tells it all but the file, which will have this length.
    ///
    /// # Errors
    /// [`NotDone::NoProcess`].
    pub fn begin(question: Question, length: usize, arrival: Arrival) -> Result<Self, NotDone> {
        let child = apart::start(COMMAND)?;
        // One piece waits while another is written; whoever brings a third waits, and so does the sender.
        let (to, from) = channel(1);
        let end = tokio::spawn(fed(child, (question, length), from, arrival));
        Ok(Self { to, end })
    }

    /// Gives it a piece, as fast as it takes them. One that has ended already is told of by [`Feed::seen`].
    pub async fn piece(&self, piece: Bytes) {
        let _ = self.to.send(Fed::Piece(piece)).await;
    }

    /// Has it read what it was given, at this place.
    ///
    /// # Errors
    /// [`NotDone`].
    pub async fn seen(self, place: OwnedSemaphorePermit) -> Result<Seen, NotDone> {
        let _ = self.to.send(Fed::Go(place)).await;
        self.end.await.unwrap_or(Err(NotDone::NoProcess))
    }

    /// Kills it, and waits until it is gone.
    pub async fn stop(self) {
        drop(self.to);
        let _ = self.end.await;
    }
}

/// Feeds it and hears what it says. Nobody else ends it, so that it is gone also where nobody waits any more.
async fn fed(
    mut child: Child,
    (question, length): (Question, usize),
    from: Receiver<Fed>,
    arrival: Arrival,
) -> Result<Seen, NotDone> {
    let feeding = feed(&mut child, (question, length), from);
    let Ok(Some(_place)) = timeout(FEEDING, feeding).await else {
        let _ = child.kill().await;
        return Err(NotDone::TooLong);
    };
    drop(arrival);
    heard(child, Vec::new()).await
}

/// The place, once all has come; none if it does not.
async fn feed(
    child: &mut Child,
    (question, length): (Question, usize),
    mut from: Receiver<Fed>,
) -> Option<OwnedSemaphorePermit> {
    for piece in question.opening(length).ok()? {
        apart::tell(child, &piece).await;
    }
    drop(question);
    loop {
        match from.recv().await? {
            Fed::Piece(piece) => apart::tell(child, &piece).await,
            Fed::Go(place) => return Some(place),
        }
    }
}
