//! Connections that only read.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::connection::{Access, Db, Location};
use crate::error::StoreError;

/// A few reading connections, opened when they are first needed.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    location: Location,
    idle: Arc<Mutex<Vec<Db>>>,
    permits: Arc<Semaphore>,
}

impl Pool {
    pub(crate) fn new(location: Location, size: usize) -> Self {
        Self {
            location,
            idle: Arc::default(),
            permits: Arc::new(Semaphore::new(size)),
        }
    }

    /// Runs `work` on a blocking thread with a connection; one that failed is not used again.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| stopped())?;
        let pool = self.clone();
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut db = pool.take()?;
            let result = work(&mut db);
            if result.is_ok() {
                pool.idle
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(db);
            }
            result
        });
        task.await.map_err(|_| stopped())?
    }

    fn take(&self) -> Result<Db, StoreError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        idle.map_or_else(|| self.location.open(Access::Read), Ok)
    }
}

fn stopped() -> StoreError {
    StoreError::Journal(kyso_core::journal::JournalError::Unavailable(
        "the pool stopped".to_owned(),
    ))
}
