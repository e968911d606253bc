//! Connections: one type for both databases, opened with the settings that durability needs.

use std::fmt;
use std::path::PathBuf;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use secrecy::{ExposeSecret as _, SecretString};

use crate::StoreError;

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
    /// The pool only reads.
    Read,
    /// The journal writer and migrations.
    Write,
}

/// WAL with FULL: a commit is on the disk before it is answered. A stranger's schema is not
/// trusted with functions.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; \
     PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; \
     PRAGMA cache_size = -16000;";

impl Location {
    /// Opens a connection.
    pub(crate) fn open(&self, access: Access) -> Result<Db, StoreError> {
        match self {
            Self::Sqlite(path) => open_sqlite(path, access).map(Db::Sqlite),
            Self::Postgres(url) => open_postgres(url, access).map(Db::Postgres),
        }
    }
}

fn open_sqlite(path: &std::path::Path, access: Access) -> Result<SqliteConnection, StoreError> {
    let path = path.to_str().ok_or(StoreError::Path)?;
    let mut db = SqliteConnection::establish(path)?;
    db.batch_execute(SQLITE_SETTINGS)?;
    if access == Access::Read {
        db.batch_execute("PRAGMA query_only = ON")?;
    }
    Ok(db)
}

fn open_postgres(url: &SecretString, access: Access) -> Result<PgConnection, StoreError> {
    let mut db = PgConnection::establish(url.expose_secret())?;
    db.batch_execute(
        "SET client_min_messages = warning; SET idle_in_transaction_session_timeout = '60s'",
    )?;
    require_setting(&mut db, "fsync", &["on"])?;
    require_setting(
        &mut db,
        "synchronous_commit",
        &["on", "remote_apply", "remote_write"],
    )?;
    if access == Access::Read {
        db.batch_execute("SET default_transaction_read_only = on")?;
    }
    Ok(db)
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

/// An answer that a power cut can take back is no audit log.
fn require_setting(
    db: &mut PgConnection,
    name: &'static str,
    allowed: &[&str],
) -> Result<(), StoreError> {
    let setting: Setting = diesel::sql_query("SELECT current_setting($1) AS value")
        .bind::<Text, _>(name)
        .get_result(db)?;
    if allowed.contains(&setting.value.as_str()) {
        Ok(())
    } else {
        Err(StoreError::Setting {
            name,
            value: setting.value,
        })
    }
}
