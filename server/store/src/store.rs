//! Opening the store: connect, migrate or check, then start the journal with its sealing key.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use kyso_core::instant::Clock;
use kyso_core::journal::JournalError;
use kyso_evidence::tree::Hash;
use secrecy::SecretBox;
use tokio::sync::Semaphore;

use crate::connection::{Access, Connector, Db, Location};
use crate::error::StoreError;
use crate::journal::JournalHandle;
use crate::lock::LockFile;
use crate::observe::Figures;
use crate::pool::Pool;
use crate::seal::Sealer;
use crate::secret_box::{self, SealedKey};
use crate::signing::orphans::Orphans;
use crate::signing::spoilt::Spoilt;
use crate::signing::sweep::Upkeep;
use crate::tree::{self, Lead, StoredCheckpoint};
use crate::{migrations, verify, writer};

/// Where the store is and how much it takes on.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// The database.
    pub location: Location,
    /// The head file: (size, root, frontier), outside the database, best on another disk. Each
    /// server has its own.
    pub head_file: PathBuf,
    /// Id of the log, in every entry.
    pub log: String,
    /// Whether a log with entries but without a head file is taken as it is: after a deliberate
    /// restore, or for a further server on a shared database.
    pub adopt_head: bool,
    /// Sizes and roots that the log is known to have had, beside those of the head file.
    pub vouched: Vec<(u64, Hash)>,
    /// Calls that may be under way at once; the next is told to come back.
    pub places: usize,
    /// Connections for look-ups: what log-ins, retries and the policy's snapshot need.
    pub lookups: usize,
    /// Connections for people who read, apart from those, so that a long query over the audit log
    /// keeps nobody from signing.
    pub readers: usize,
    /// How long the database may take for one answer. A read for people may take
    /// six times as long.
    pub patience: Duration,
    /// How long this run of the server keeps its open intents to itself without saying that it
    /// lives. It renews that thrice as often.
    pub lease: Duration,
}

/// How many times longer than a look-up a read for people may take.
const READING: u32 = 6;

impl StoreConfig {
    /// With the usual limits: 512 calls, 4 connections of each kind, 5 seconds for an answer, a
    /// lease of 15 seconds, no adoption.
    pub const fn new(location: Location, head_file: PathBuf, log: String) -> Self {
        Self {
            location,
            head_file,
            log,
            adopt_head: false,
            vouched: Vec::new(),
            places: 512,
            lookups: 4,
            readers: 4,
            patience: Duration::from_secs(5),
            lease: Duration::from_secs(15),
        }
    }

    /// Opens connections as the journal needs them.
    pub(crate) fn connector(&self) -> Connector {
        Connector::new(self.location.clone(), self.patience)
    }
}

/// A database that can be reached, before its sealing key is known. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    config: StoreConfig,
    connector: Connector,
    lookups: Pool,
    readers: Pool,
}

impl Database {
    /// Connects once, to see that it can.
    ///
    /// # Errors
    /// [`StoreError::Connect`], or [`StoreError::Setting`] where an answered commit could be lost.
    pub fn connect(config: StoreConfig) -> Result<Self, StoreError> {
        let connector = config.connector();
        connector.open(Access::Migrate)?;
        let lookups = Pool::new(connector.clone(), config.lookups.max(1));
        let patient = Connector::new(config.location.clone(), READING * config.patience);
        let readers = Pool::new(patient, config.readers.max(1));
        Ok(Self {
            config,
            connector,
            lookups,
            readers,
        })
    }

    /// Brings the schema to this build's version; returns how many migrations that took.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while a server runs on it, [`StoreError::Migration`] if one fails.
    pub fn migrate(&self) -> Result<usize, StoreError> {
        let _lock = self.lock()?;
        migrations::migrate(&mut self.connector.open(Access::Migrate)?)
    }

    /// A connection of its own.
    pub(crate) fn open(&self, access: Access) -> Result<Db, StoreError> {
        self.connector.open(access)
    }

    /// Whether the schema is exactly this build's.
    ///
    /// # Errors
    /// [`StoreError::Schema`] if not.
    pub fn check_schema(&self) -> Result<(), StoreError> {
        migrations::check(&mut self.connector.open(Access::Write)?)
    }

    /// All versions of a sealed key, the newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn sealed_keys(&self, purpose: &str) -> Result<Vec<SealedKey>, StoreError> {
        Ok(secret_box::sealed_keys(
            &mut self.connector.open(Access::Read)?,
            purpose,
        )?)
    }

    /// Stores a sealed key before the log begins, whose first entries tell of it: later ones go
    /// through [`JournalHandle::store_sealed_key`]. A version is never replaced.
    ///
    /// # Errors
    /// If that version is there already, or the database fails.
    pub fn store_sealed_key(&self, purpose: &str, key: &SealedKey) -> Result<(), StoreError> {
        Ok(secret_box::store(
            &mut self.connector.open(Access::Write)?,
            purpose,
            key,
        )?)
    }

    /// Verifies the whole log: entries, columns, tree and checkpoints, against the head file and what else is known
    /// outside the database. `watch` is told after each 1,024 entries.
    ///
    /// # Errors
    /// The first fault, or why it could not be read.
    pub fn verify(
        &self,
        known: verify::Known,
        watch: &mut dyn FnMut(verify::Progress),
    ) -> Result<verify::Found, verify::VerifyError> {
        let mut db = self.connector.open(Access::Read)?;
        let head = writer::head::read(&self.config.head_file)?;
        verify::verify(&mut db, head, known, watch)
    }

    /// Runs `work` on a reading connection, off the async threads.
    ///
    /// # Errors
    /// Those of `work`, or if no connection can be had.
    pub async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.readers.read(work).await
    }

    /// Runs work on a connection of its own, for what reads longer than a pool's place is lent. Waits for the database, so
    /// not on an async thread.
    ///
    /// # Errors
    /// Those of `work`, or if no connection can be had.
    pub fn read_at_length<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E>,
    ) -> Result<T, E> {
        let patient = Connector::new(self.config.location.clone(), READING * self.config.patience);
        work(&mut patient.open(Access::Read)?)
    }

    /// The right to grow the tree, which nobody has claimed yet.
    pub fn lead(&self) -> Lead {
        Lead::new(self.connector.clone())
    }

    /// The newest checkpoint, before the journal starts.
    ///
    /// # Errors
    /// If the database fails.
    pub fn checkpoint(&self) -> Result<Option<StoredCheckpoint>, StoreError> {
        tree::newest(&mut self.connector.open(Access::Read)?)
    }

    /// Says that the log had this size and this root: the journal starts only on a log that still has, since somebody
    /// outside the database knows so.
    pub fn vouch(&mut self, size: u64, root: Hash) {
        self.config.vouched.push((size, root));
    }

    /// As [`read`](Self::read), for what a call or a probe waits for.
    pub(crate) const fn lookups(&self) -> &Pool {
        &self.lookups
    }

    /// Starts the journal: takes the locks, holds the log against the head file, sweeps.
    ///
    /// # Errors
    /// [`StoreError::Locked`] for a second server, [`JournalError::Rewound`] for a database that
    /// is behind its head file or another one, and what else keeps it from writing.
    pub fn start(
        self,
        root: &SecretBox<[u8; 32]>,
        clock: Arc<dyn Clock>,
    ) -> Result<Store, StoreError> {
        self.check_schema()?;
        let database_lock = self.lock()?;
        let mut head_lock = LockFile::beside(&self.config.head_file)?;
        let instance = head_lock.instance()?;
        let (sealer, figures) = (Arc::new(Sealer::new(root)), Arc::new(Figures::default()));
        let begun = writer::start::open(
            &self.config,
            &instance,
            Arc::clone(&sealer),
            Arc::clone(&clock),
            Arc::clone(&figures),
        )?;
        let orphans = Orphans::default();
        let alone = database_lock.is_some();
        let upkeep = Upkeep {
            instance,
            alone,
            orphans: orphans.clone(),
            spoilt: Spoilt::default(),
            lease: self.config.lease,
        };
        let writer::start::Begun {
            scribe,
            kit,
            keeper,
            boot,
        } = begun;
        let watch = Arc::clone(&kit.watch);
        let (queue, thread) = writer::spawn(scribe, kit, keeper, upkeep, Arc::clone(&figures))?;
        let journal = JournalHandle {
            queue,
            watch,
            places: Arc::new(Semaphore::new(self.config.places)),
            others: Arc::new(Semaphore::new(self.config.places)),
            figures,
            pool: self.lookups.clone(),
            sealer,
            clock,
            boot,
            orphans,
            reported: Arc::new(Mutex::new(HashSet::new())),
        };
        let locks = (database_lock, head_lock);
        Ok(Store {
            database: self,
            journal,
            thread: Mutex::new(Some(thread)),
            _locks: locks,
        })
    }

    /// Only an embedded database has one user; PostgreSQL's servers share the journal's lock.
    fn lock(&self) -> Result<Option<LockFile>, StoreError> {
        match &self.config.location {
            Location::Sqlite(path) => LockFile::beside(path).map(Some),
            Location::Postgres(_) => Ok(None),
        }
    }
}

/// The store of a running server.
#[derive(Debug)]
pub struct Store {
    database: Database,
    journal: JournalHandle,
    thread: Mutex<Option<JoinHandle<bool>>>,
    _locks: (Option<LockFile>, LockFile),
}

impl Store {
    /// Connects, and starts at once with a sealing key that is already known.
    ///
    /// # Errors
    /// As [`Database::connect`] and [`Database::start`].
    pub fn open(
        config: StoreConfig,
        root: &SecretBox<[u8; 32]>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StoreError> {
        Database::connect(config)?.start(root, clock)
    }

    /// The journal.
    pub fn journal(&self) -> JournalHandle {
        self.journal.clone()
    }

    /// The database, for reading and for sealed keys.
    pub const fn database(&self) -> &Database {
        &self.database
    }

    /// Runs `work` on a reading connection, off the async threads.
    ///
    /// # Errors
    /// Those of `work`, or if no connection can be had.
    pub async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.database.read(work).await
    }

    /// As [`read`](Self::read), for what is told from the log by its blocks, whose seals are checked.
    ///
    /// # Errors
    /// Those of `work`, or if no connection can be had.
    pub async fn read_log<T, E>(
        &self,
        work: impl FnOnce(&mut Db, &Sealer) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let sealer = Arc::clone(&self.journal.sealer);
        self.database.read(move |db| work(db, &sealer)).await
    }

    /// Stops taking in, does what waits, writes the last head, and lets go.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`] if the writer had died.
    pub fn shutdown(&self) -> Result<(), JournalError> {
        self.journal.places.close();
        self.journal.figures.set_writable(false);
        self.journal.queue.stop();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_none_or(|thread| thread.join().unwrap_or(false)) {
            Ok(())
        } else {
            Err(JournalError::Unavailable("the writer had died".to_owned()))
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.shutdown();
    }
}
