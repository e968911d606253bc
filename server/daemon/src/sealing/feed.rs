//! A file that goes to such a process while it arrives.
//!
//! The process only takes it in until the end of its input comes, and begins to read when that has come: so whoever sends slowly has
//! a process that holds what came, and no place among those that work.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::web::Bytes;
use tokio::process::Child;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
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
    /// Dropped with this, whatever the process does not read meanwhile.
    wanted: oneshot::Sender<Infallible>,
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
        Ok(Self::of(child, (question, length), arrival))
    }

    fn of(child: Child, asked: (Question, usize), arrival: Arrival) -> Self {
        // One piece waits while another is written; whoever brings a third waits, and so does the sender.
        let (to, from) = channel(1);
        let (wanted, dropped) = oneshot::channel();
        let end = tokio::spawn(fed(child, asked, (from, dropped), arrival));
        Self { to, wanted, end }
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
        drop((self.to, self.wanted));
        let _ = self.end.await;
    }
}

/// Feeds it and hears what it says. Nobody else ends it, so that it is gone also where nobody waits any more.
async fn fed(
    mut child: Child,
    asked: (Question, usize),
    (from, dropped): (Receiver<Fed>, oneshot::Receiver<Infallible>),
    arrival: Arrival,
) -> Result<Seen, NotDone> {
    let feeding = timeout(FEEDING, feed(&mut child, asked, from));
    let fed = tokio::select! {
        fed = feeding => fed.unwrap_or(Err(NotDone::TooLong)),
        _ = dropped => Err(NotDone::NoProcess),
    };
    match fed {
        Ok(_place) => {
            drop(arrival);
            heard(child, Vec::new()).await
        }
        Err(why) => {
            let _ = child.kill().await;
            Err(why)
        }
    }
}

/// The place, once all has come.
async fn feed(
    child: &mut Child,
    (question, length): (Question, usize),
    mut from: Receiver<Fed>,
) -> Result<OwnedSemaphorePermit, NotDone> {
    for piece in question.opening(length).map_err(|_| NotDone::Failed)? {
        apart::tell(child, &piece).await;
    }
    drop(question);
    loop {
        match from.recv().await.ok_or(NotDone::NoProcess)? {
            Fed::Piece(piece) => apart::tell(child, &piece).await,
            Fed::Go(place) => return Ok(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::process::Stdio;

    use kyso_core::HashAlgorithm;
    use kyso_core::actor::Subject;
    use time::OffsetDateTime;
    use tokio::process::Command;

    use super::*;
    use crate::app::Arrivals;
    use crate::sealing::Kind;

    /// More than a pipe takes of what is not read.
    const LARGE: usize = 1 << 20;
    /// Shorter than [`FEEDING`] by far.
    const SOON: Duration = Duration::from_secs(20);

    /// One whose process reads nothing, and where it is.
    fn unread() -> (Feed, PathBuf) {
        let mut command = Command::new("/bin/sleep");
        let command = command.arg("1000").kill_on_drop(true);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let child = child.unwrap();
        let process = PathBuf::from(format!("/proc/{}", child.id().unwrap()));
        let arrival = Arrivals::default().room(Subject::System).unwrap();
        let question = Question {
            file: Bytes::new(),
            kind: Kind::Issue,
            compose: false,
            agency: String::new(),
            seal: None,
            hash: HashAlgorithm::Sha256,
            anchors: Vec::new(),
            now: OffsetDateTime::UNIX_EPOCH,
            begun: OffsetDateTime::UNIX_EPOCH,
        };
        let feed = Feed::of(child, (question, LARGE), arrival);
        (feed, process)
    }

    #[actix_web::test]
    async fn one_that_reads_nothing_is_gone_when_it_was_stopped() {
        let (feed, process) = unread();
        feed.piece(vec![b'x'; LARGE].into()).await;
        assert!(process.exists());
        assert_eq!(timeout(SOON, feed.stop()).await, Ok(()));
        assert!(!process.exists(), "reaped, too");
    }

    #[actix_web::test]
    async fn one_that_reads_nothing_is_gone_when_nobody_waits_any_more() {
        let (feed, process) = unread();
        feed.piece(vec![b'x'; LARGE].into()).await;
        let Feed { to, wanted, end } = feed;
        drop((to, wanted));
        let ended = timeout(SOON, end).await.unwrap().unwrap();
        assert_eq!(ended, Err(NotDone::NoProcess));
        assert!(!process.exists());
    }
}
