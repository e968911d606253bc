//! Connections that only read, a bounded number of them.
//!
//! A database that went silent is waited for no longer than its patience allows. The thread that
//! waits inside libpq cannot be called back, so it is given up: it keeps a spare place, not one of
//! the pool's, until its connection ends.

use std::sync::{Arc, Mutex, PoisonError};
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
    idle: Arc<Mutex<Vec<Db>>>,
    places: Arc<Semaphore>,
    spare: Arc<Semaphore>,
}

/// The place that a thread holds; it can be exchanged for a spare one.
type Held = Arc<Mutex<Option<OwnedSemaphorePermit>>>;

impl Pool {
    pub(crate) fn new(connector: Connector, size: usize) -> Self {
        Self {
            connector,
            idle: Arc::default(),
            places: Arc::new(Semaphore::new(size)),
            spare: Arc::new(Semaphore::new(SPARE * size)),
        }
    }

    /// Runs `work` on a thread of its own with a connection; one that failed is not used again.
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
        let (pool, holds) = (self.clone(), Arc::clone(&held));
        let ((reply, answer), (ending, ended)) = (oneshot::channel(), oneshot::channel::<()>());
        let read = move || {
            let result = pool.work(work);
            drop((holds, ending));
            let _ = reply.send(result); // whoever asked may have gone away
        };
        // Not one of the runtime's own threads: it would wait for those at its end, for ever.
        let thread = std::thread::Builder::new().name("reader".to_owned());
        thread.spawn(read).map_err(StoreError::from)?;
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

    fn work<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut db = self.take()?;
        let result = work(&mut db);
        if result.is_ok() {
            self.idle().push(db);
        }
        result
    }

    /// The other connections that are idle went silent with it, most likely.
    fn give_up(&self, held: &Held) {
        self.idle().clear();
        if let Ok(spare) = Arc::clone(&self.spare).try_acquire_owned() {
            let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
            *held = Some(spare);
        }
    }

    fn take(&self) -> Result<Db, StoreError> {
        let idle = self.idle().pop();
        idle.map_or_else(|| self.connector.open(Access::Read), Ok)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Db>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
