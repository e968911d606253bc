//! The head file: size, root and frontier of the log, outside the database.
//!
//! A thread of its own writes it, so that its fsync never stands in the way of a signature. It
//! follows the log by at most [`PAUSE`] and one write, takes the newest head of those that came
//! meanwhile, and is told of a head only after the commit that made it: it is never ahead.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use kyso_core::Timestamp;
use kyso_evidence::{Frontier, Head};

use crate::StoreError;
use crate::durable;
use crate::observe::Figures;

/// Least time between two writes.
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

#[derive(Debug, Default)]
struct Slot {
    newest: Option<(Frontier, Timestamp)>,
    stopped: bool,
}

#[derive(Debug, Default)]
struct Mailbox {
    slot: Mutex<Slot>,
    changed: Condvar,
}

impl Mailbox {
    /// Waits for a head, then for the pause to pass; `None` after the last one.
    fn take(&self) -> Option<(Frontier, Timestamp)> {
        let slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |slot: &mut Slot| slot.newest.is_none() && !slot.stopped;
        let slot = self
            .changed
            .wait_while(slot, idle)
            .unwrap_or_else(PoisonError::into_inner);
        let running = |slot: &mut Slot| !slot.stopped;
        let waited = self.changed.wait_timeout_while(slot, PAUSE, running);
        let (mut slot, _) = waited.unwrap_or_else(PoisonError::into_inner);
        slot.newest.take()
    }

    fn put(&self, change: impl FnOnce(&mut Slot)) {
        change(&mut self.slot.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }
}

/// Writes the head file behind the writer's back.
#[derive(Debug)]
pub(crate) struct HeadKeeper {
    note: HeadNote,
    thread: Option<JoinHandle<()>>,
}

/// Where the writer, and a successor of it, leave the newest head.
#[derive(Debug, Clone)]
pub(crate) struct HeadNote(Arc<Mailbox>);

impl HeadNote {
    /// Takes note of a head that is durable in the database.
    pub(crate) fn put(&self, frontier: Frontier, time: Timestamp) {
        self.0.put(|slot| slot.newest = Some((frontier, time)));
    }
}

impl HeadKeeper {
    /// Starts the thread.
    pub(crate) fn start(path: PathBuf, log: String, figures: Arc<Figures>) -> io::Result<Self> {
        let mailbox = Arc::new(Mailbox::default());
        let inbox = Arc::clone(&mailbox);
        let work = move || {
            while let Some((frontier, time)) = inbox.take() {
                let size = frontier.size();
                match write(&path, &log, frontier, time) {
                    Ok(()) => figures.head_written(size),
                    Err(error) => tracing::error!(%error, "the head file was not written"),
                }
            }
        };
        let thread = std::thread::Builder::new()
            .name("journal-head".to_owned())
            .spawn(work)?;
        Ok(Self {
            note: HeadNote(mailbox),
            thread: Some(thread),
        })
    }

    /// Where heads are left.
    pub(crate) fn note(&self) -> HeadNote {
        self.note.clone()
    }
}

impl Drop for HeadKeeper {
    /// Writes the last head before it lets go.
    fn drop(&mut self) {
        self.note.0.put(|slot| slot.stopped = true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads the head file; `None` if there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Head>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => {
            let head = Head::parse(&bytes).map_err(|error| StoreError::Head(error.to_string()))?;
            Ok(Some(head))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Writes it whole or not at all.
pub(crate) fn write(
    path: &Path,
    log: &str,
    frontier: Frontier,
    time: Timestamp,
) -> Result<(), StoreError> {
    let head = Head::new(log.to_owned(), time.to_string(), frontier)
        .and_then(|head| head.to_bytes())
        .map_err(|error| StoreError::Head(error.to_string()))?;
    Ok(durable::replace(path, &head)?)
}
