//! Everything that is said differently to SQLite and to PostgreSQL.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Bool};

use crate::connection::Db;

/// Runs one diesel query on the connection at hand, compiled for each database: statements are
/// cached by type, and what the enum cannot say (a slice of rows) compiles too.
macro_rules! on_each {
    ($db:expr, $connection:ident => $query:expr) => {
        match $db {
            $crate::connection::Db::Sqlite($connection) => $query,
            $crate::connection::Db::Postgres($connection) => $query,
        }
    };
}
pub(crate) use on_each;

/// The advisory lock that PostgreSQL's servers share: "kyso" and "jrnl" in ASCII.
const JOURNAL_LOCK: i64 = 0x6b79_736f_6a72_6e6c;

/// The advisory lock of the one server that grows the tree: "kyso" and "tree" in ASCII.
const TREE_LOCK: i64 = 0x6b79_736f_7472_6565;

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    value: bool,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

impl Db {
    /// Whether other servers may append to this journal too.
    pub(crate) const fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Copies what SQLite's write-ahead log holds into the database, and empties it: what was erased would stay in that file
    /// otherwise until others write over it. PostgreSQL looks after its own.
    pub(crate) fn empty_log(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(db) => db.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)"),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Begins a transaction as the journal's one writer.
    pub(crate) fn begin(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(db) => db.batch_execute("BEGIN IMMEDIATE"),
            Self::Postgres(db) => db.batch_execute(&format!(
                "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({JOURNAL_LOCK})"
            )),
        }
    }

    /// Begins a transaction that sees one state of the database throughout.
    pub(crate) fn begin_read(&mut self) -> QueryResult<()> {
        match self {
            Self::Sqlite(db) => db.batch_execute("BEGIN"),
            Self::Postgres(db) => {
                db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            }
        }
    }

    /// Makes everything since [`begin`](Self::begin) durable.
    pub(crate) fn commit(&mut self) -> QueryResult<()> {
        self.batch_execute("COMMIT")
    }

    /// Undoes everything since [`begin`](Self::begin).
    pub(crate) fn rollback(&mut self) -> QueryResult<()> {
        self.batch_execute("ROLLBACK")
    }

    /// Marks a point to return to.
    pub(crate) fn savepoint(&mut self) -> QueryResult<()> {
        self.batch_execute("SAVEPOINT entry")
    }

    /// Keeps what was done since the savepoint.
    pub(crate) fn keep(&mut self) -> QueryResult<()> {
        self.batch_execute("RELEASE SAVEPOINT entry")
    }

    /// Undoes what was done since the savepoint.
    pub(crate) fn undo(&mut self) -> QueryResult<()> {
        self.batch_execute("ROLLBACK TO SAVEPOINT entry; RELEASE SAVEPOINT entry")
    }

    /// Takes the right to grow the tree for as long as this connection lasts; false if another server has it.
    pub(crate) fn lead_tree(&mut self) -> QueryResult<bool> {
        let query = format!("SELECT pg_try_advisory_lock({TREE_LOCK}) AS value");
        let answer: Answer = diesel::sql_query(query).get_result(self)?;
        Ok(answer.value)
    }

    /// The database's own time, in microseconds since the epoch: leases are held against it.
    pub(crate) fn time(&mut self) -> QueryResult<i64> {
        let query = match self {
            Self::Sqlite(_) => "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER) AS value",
            Self::Postgres(_) => {
                "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS value"
            }
        };
        let number: Number = diesel::sql_query(query).get_result(self)?;
        Ok(number.value)
    }
}

/// What kind of failure a database error is; its text may hold values, so it is not passed on.
pub(crate) fn describe(error: &Error) -> String {
    match error {
        Error::DatabaseError(kind, info) => {
            let kind = match kind {
                DatabaseErrorKind::UniqueViolation => "unique violation",
                DatabaseErrorKind::ForeignKeyViolation => "foreign key violation",
                DatabaseErrorKind::NotNullViolation => "not-null violation",
                DatabaseErrorKind::CheckViolation => "check violation",
                DatabaseErrorKind::ClosedConnection => "connection closed",
                DatabaseErrorKind::ReadOnlyTransaction => "read-only transaction",
                _ => "database error",
            };
            let table = info.table_name().or(info.constraint_name()).unwrap_or("-");
            format!("{kind} ({table})")
        }
        Error::NotFound => "row not found".to_owned(),
        Error::SerializationError(_) | Error::DeserializationError(_) => "wrong type".to_owned(),
        _ => "query failed".to_owned(),
    }
}
