//! Connections that only read, a bounded number of them, each with a thread that waits for reads.
//!
//! A database that went silent is waited for no longer than its patience allows. The thread that
//! waits inside libpq cannot be called back, so it is given up: it keeps a spare place, not one of
//! the pool's, until its connection ends.

use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use kyso_core::journal::JournalError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::connection::{Access, Connector, Db};
use crate::error::StoreError;

/// Spare places for each of the pool's.
const SPARE: usize = 4;

/// A few reading connections, opened when they are first needed.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    connector: Connector,
    idle: Arc<Idle>,
    places: Arc<Semaphore>,
    spare: Arc<Semaphore>,
}

/// The place that a thread holds; it can be exchanged for a spare one.
type Held = Arc<Mutex<Option<OwnedSemaphorePermit>>>;

/// Threads that wait, each with its connection; one ends when its sender is dropped.
type Idle = Mutex<Vec<Sender<Errand>>>;

/// A read, and the way to the thread that does it, for whoever comes next.
struct Errand {
    work: Work,
    way: Sender<Errand>,
}

/// Opens the connection if there is none, takes a failed one away, and returns what tells the end.
type Work = Box<dyn FnOnce(&mut Option<Db>) -> Tell + Send>;

/// Gives back the place and answers whoever asked.
type Tell = Box<dyn FnOnce() + Send>;

impl Pool {
    pub(crate) fn new(connector: Connector, size: usize) -> Self {
        Self {
            connector,
            idle: Arc::default(),
            places: Arc::new(Semaphore::new(size)),
            spare: Arc::new(Semaphore::new(SPARE * size)),
        }
    }

    /// Runs `work` on a thread with a connection; one that failed is not used again.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let place = tokio::time::timeout(self.limit(), Arc::clone(&self.places).acquire_owned());
        let place = place.await.map_err(|_| busy())?.map_err(|_| stopped())?;
        let held: Held = Arc::new(Mutex::new(Some(place)));
        let ((reply, answer), (ending, ended)) = (oneshot::channel(), oneshot::channel::<()>());
        let (connector, holds) = (self.connector.clone(), Arc::clone(&held));
        self.hand(Box::new(move |db| {
            let result = work_on(db, &connector, work);
            Box::new(move || {
                drop((holds, ending));
                let _ = reply.send(result); // whoever asked may have gone away
            })
        }))?;
        // By a task of its own, since whoever asks may lose patience sooner and go away.
        let (pool, limit) = (self.clone(), self.limit());
        tokio::spawn(async move {
            if tokio::time::timeout(limit, ended).await.is_err() {
                pool.give_up(&held);
            }
        });
        match tokio::time::timeout(limit, answer).await {
            Ok(answer) => answer.map_err(|_| stopped())?,
            Err(_) => Err(silent().into()),
        }
    }

    /// Twice the patience: the server ends a statement after one and says so.
    fn limit(&self) -> Duration {
        2 * self.connector.patience()
    }

    /// Hands it to a thread that waits, or to a new one. Not one of the runtime's own threads: it
    /// would wait for those at its end, for ever.
    fn hand(&self, mut work: Work) -> Result<(), StoreError> {
        while let Some(way) = self.idle().pop() {
            let errand = Errand {
                work,
                way: way.clone(),
            };
            match way.send(errand) {
                Ok(()) => return Ok(()),
                Err(SendError(errand)) => work = errand.work, // that thread died of a panic
            }
        }
        let ((way, errands), idle) = (channel(), Arc::downgrade(&self.idle));
        let first = Errand { work, way };
        let thread = std::thread::Builder::new().name("reader".to_owned());
        thread.spawn(move || serve(first, &errands, &idle))?;
        Ok(())
    }

    /// The other connections that are idle went silent with it, most likely.
    fn give_up(&self, held: &Held) {
        self.idle().clear();
        if let Ok(spare) = Arc::clone(&self.spare).try_acquire_owned() {
            let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
            *held = Some(spare);
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Sender<Errand>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does one read after another; ends with its connection, or when the pool lets go of it.
fn serve(first: Errand, errands: &Receiver<Errand>, idle: &Weak<Idle>) {
    let (mut db, mut next) = (None, Some(first));
    while let Some(Errand { work, way }) = next {
        let tell = work(&mut db);
        let pool = idle.upgrade().filter(|_| db.is_some());
        let goes_on = pool.is_some();
        if let Some(idle) = pool {
            // Before the place is given back, so that no more threads come to be than places.
            let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(way);
        }
        tell();
        next = goes_on.then(|| errands.recv().ok()).flatten();
    }
}

fn work_on<T, E: From<StoreError>>(
    db: &mut Option<Db>,
    connector: &Connector,
    work: impl FnOnce(&mut Db) -> Result<T, E>,
) -> Result<T, E> {
    let mut open = match db.take() {
        Some(open) => open,
        None => connector.open(Access::Read)?,
    };
    let result = work(&mut open);
    if result.is_ok() {
        *db = Some(open);
    }
    result
}

fn unavailable(text: &str) -> StoreError {
    StoreError::Journal(JournalError::Unavailable(text.to_owned()))
}

fn stopped() -> StoreError {
    unavailable("the pool stopped")
}

fn busy() -> StoreError {
    unavailable("every reading connection is in use")
}

fn silent() -> StoreError {
    unavailable("the database does not answer")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::thread::ThreadId;

    use super::*;
    use crate::connection::Location;

    fn pool(size: usize) -> (tempfile::TempDir, Pool) {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("kyso.db"));
        let connector = Connector::new(location, Duration::from_secs(5));
        connector.open(Access::Migrate).unwrap();
        (folder, Pool::new(connector, size))
    }

    async fn ask(pool: &Pool) -> ThreadId {
        let who = |_: &mut Db| Ok::<_, StoreError>(std::thread::current().id());
        pool.read(who).await.unwrap()
    }

    #[tokio::test]
    async fn one_read_after_another_is_done_by_the_same_thread() {
        let (_folder, pool) = pool(2);
        let first = ask(&pool).await;
        for _ in 0..20 {
            assert_eq!(ask(&pool).await, first);
        }
        let failed = pool.read(|_| Err::<(), _>(stopped())).await;
        assert!(failed.is_err());
        assert_ne!(ask(&pool).await, first, "a failed connection is used again");
    }

    #[tokio::test]
    async fn no_more_threads_read_than_there_are_places() {
        let (_folder, pool) = pool(2);
        let asked = (0..50).map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { ask(&pool).await })
        });
        let asked: Vec<_> = asked.collect();
        let mut threads = HashSet::new();
        for one in asked {
            threads.insert(one.await.unwrap());
        }
        assert!(threads.len() <= 2, "{threads:?}");
    }
}
