//! Connections: one type for both databases, opened with the settings that durability needs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use secrecy::{ExposeSecret as _, SecretString};

use crate::StoreError;
use crate::limits;

/// A connection to either database; what differs between them is in `dialect` alone.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// The embedded one.
    Sqlite(SqliteConnection),
    /// The server, for production and for several Kyso servers.
    Postgres(PgConnection),
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Db::Sqlite",
            Self::Postgres(_) => "Db::Postgres",
        })
    }
}

/// Where the database is.
#[derive(Clone)]
pub enum Location {
    /// A file.
    Sqlite(PathBuf),
    /// A libpq connection string or URL; secret, since it may hold a password.
    Postgres(SecretString),
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "Sqlite({})", path.display()),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// Changes the schema, which may take as long as it takes.
    Migrate,
    /// The pools only read.
    Read,
    /// The journal writer.
    Write,
}

/// Opens connections to one database, each with the same limits.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    location: Location,
    patience: Duration,
}

/// WAL with FULL: a commit is on the disk before it is answered. A stranger's schema is not trusted with functions.
///
/// A checkpoint comes after 4 MB (1,000 pages), while which the writer stands still. After 32 MB there were fewer of them, but each
/// copied 2,000 pages and more, since every Idempotency-Key lies in a page of its own: the slowest call in a hundred took 34 ms then
/// and takes 20 now, at the same rate.
///
/// Nor does a larger cache make anybody faster than 4 MB: a reader begins with an empty one after each commit of the writer, and the
/// writer's is walked through when it commits. 4 MB is also what is sorted in memory.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; \
     PRAGMA cache_size = -4000; PRAGMA wal_autocheckpoint = 1000; \
     PRAGMA secure_delete = ON;"; // what was erased is overwritten, not only unlinked

impl Access {
    /// What SQLite is told for this alone. Who migrates has the database for themself, and sorts whole tables.
    const fn settings(self) -> &'static str {
        match self {
            Self::Migrate => "PRAGMA cache_size = -64000",
            Self::Read => "PRAGMA query_only = ON",
            Self::Write => "",
        }
    }
}

impl Connector {
    /// Connections to this database, which may take so long for one answer.
    pub(crate) const fn new(location: Location, patience: Duration) -> Self {
        Self { location, patience }
    }

    /// Whether other servers may use this database too.
    pub(crate) const fn is_shared(&self) -> bool {
        matches!(self.location, Location::Postgres(_))
    }

    /// How long the database may take for one answer.
    pub(crate) const fn patience(&self) -> Duration {
        self.patience
    }

    /// Opens a connection.
    pub(crate) fn open(&self, access: Access) -> Result<Db, StoreError> {
        match &self.location {
            Location::Sqlite(path) => open_sqlite(path, access).map(Db::Sqlite),
            Location::Postgres(url) => self.open_postgres(url, access).map(Db::Postgres),
        }
    }

    fn open_postgres(
        &self,
        url: &SecretString,
        access: Access,
    ) -> Result<PgConnection, StoreError> {
        let url = limits::bounded(url.expose_secret(), self.patience);
        let mut db = PgConnection::establish(url.expose_secret())?;
        require_durable(&mut db)?;
        db.batch_execute("SET client_min_messages = warning")?;
        if access != Access::Migrate {
            db.batch_execute(&limits::session(self.patience))?;
        }
        if access == Access::Read {
            db.batch_execute("SET default_transaction_read_only = on")?;
        }
        Ok(db)
    }
}

impl Db {
    /// Whether an answered commit still survives a power cut: a server's configuration can be
    /// changed and loaded again while it runs.
    pub(crate) fn require_durable(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(db) => require_durable(db),
        }
    }
}

fn open_sqlite(path: &Path, access: Access) -> Result<SqliteConnection, StoreError> {
    let path = path.to_str().ok_or(StoreError::Path)?;
    let mut db = SqliteConnection::establish(path)?;
    db.batch_execute(SQLITE_SETTINGS)?;
    require_wal(&mut db)?;
    db.batch_execute(access.settings())?;
    Ok(db)
}

#[derive(QueryableByName)]
struct Modes {
    #[diesel(sql_type = Text)]
    journal_mode: String,
    #[diesel(sql_type = Integer)]
    synchronous: i32,
}

fn modes(db: &mut SqliteConnection) -> QueryResult<Modes> {
    let query = "SELECT journal_mode, synchronous FROM pragma_journal_mode, pragma_synchronous";
    diesel::sql_query(query).get_result(db)
}

/// SQLite does not fail where it cannot do as it is told, as on a file system without shared
/// memory: it goes on in another mode.
fn require_wal(db: &mut SqliteConnection) -> Result<(), StoreError> {
    let modes = modes(db)?;
    if modes.journal_mode != "wal" {
        let value = modes.journal_mode;
        return Err(StoreError::Setting {
            name: "journal_mode",
            value,
        });
    }
    if modes.synchronous < 2 {
        let value = modes.synchronous.to_string();
        return Err(StoreError::Setting {
            name: "synchronous",
            value,
        });
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

/// What each of PostgreSQL's settings may be: an answer that a power cut can take back is no audit
/// log, and a page that was half written makes the whole database unreadable.
const DURABLE: [(&str, &[&str]); 3] = [
    ("fsync", &["on"]),
    ("full_page_writes", &["on"]),
    (
        "synchronous_commit",
        &["on", "remote_apply", "remote_write"],
    ),
];

fn require_durable(db: &mut PgConnection) -> Result<(), StoreError> {
    for (name, allowed) in DURABLE {
        let setting: Setting = diesel::sql_query("SELECT current_setting($1) AS value")
            .bind::<Text, _>(name)
            .get_result(db)?;
        if !allowed.contains(&setting.value.as_str()) {
            let value = setting.value;
            return Err(StoreError::Setting { name, value });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every connection, the writer's too: over the very connection that [`Connector::open`] gives.
    #[test]
    fn sqlite_syncs_each_commit_on_every_connection() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("kyso.db"));
        let connector = Connector::new(location, Duration::from_secs(5));
        for access in [Access::Write, Access::Read, Access::Migrate] {
            let Db::Sqlite(mut db) = connector.open(access).unwrap() else {
                panic!("it is SQLite");
            };
            let modes = modes(&mut db).unwrap();
            assert_eq!(
                (&*modes.journal_mode, modes.synchronous),
                ("wal", 2),
                "{access:?}"
            );
        }
    }

    #[derive(QueryableByName)]
    struct Checkpoint {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        wal_autocheckpoint: i32,
    }

    #[test]
    fn the_writer_checkpoints_after_a_thousand_pages() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("kyso.db"));
        let connector = Connector::new(location, Duration::from_secs(5));
        let Db::Sqlite(mut db) = connector.open(Access::Write).unwrap() else {
            panic!("it is SQLite");
        };
        let query = diesel::sql_query("PRAGMA wal_autocheckpoint");
        let found: Checkpoint = query.get_result(&mut db).unwrap();
        assert_eq!(found.wal_autocheckpoint, 1000);
    }

    #[test]
    fn what_sqlite_did_not_do_is_noticed() {
        for (settings, named) in [
            ("PRAGMA journal_mode = MEMORY", "journal_mode"),
            (
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL",
                "synchronous",
            ),
            (
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF",
                "synchronous",
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("kyso.db");
            let mut db = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
            db.batch_execute(settings).unwrap();
            match require_wal(&mut db) {
                Err(StoreError::Setting { name, .. }) => assert_eq!(name, named, "{settings}"),
                other => panic!("{settings}: {other:?}"),
            }
        }
    }
}
