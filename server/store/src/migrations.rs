//! Migrations, embedded: the same names for both databases.

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

type Names = Vec<String>;

/// The names of this build's migrations for a database, in order.
fn known(db: &Db) -> Result<Names, StoreError> {
    let mut names: Names = match db {
        Db::Sqlite(_) => {
            names(diesel::migration::MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE))
        }
        Db::Postgres(_) => {
            names(diesel::migration::MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRES))
        }
    }?;
    names.sort();
    Ok(names)
}

fn names<DB: diesel::backend::Backend>(
    migrations: diesel::migration::Result<Vec<Box<dyn diesel::migration::Migration<DB>>>>,
) -> Result<Names, StoreError> {
    let migrations = migrations.map_err(|error| StoreError::Migration(error.to_string()))?;
    Ok(migrations
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect())
}

/// Brings the schema to this build's version; returns how many migrations that took.
///
/// # Errors
/// [`StoreError::Migration`] if one fails, [`StoreError::Newer`] if the database is newer.
pub(crate) fn migrate(db: &mut Db) -> Result<usize, StoreError> {
    let (expected, found) = (known(db)?, applied(db)?);
    refuse_newer(&expected, &found)?;
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration(error.to_string());
    match db {
        Db::Sqlite(db) => db.run_pending_migrations(SQLITE).map(|done| done.len()),
        Db::Postgres(db) => db.run_pending_migrations(POSTGRES).map(|done| done.len()),
    }
    .map_err(failed)
}

diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}

/// Versions applied to this database, in order; none if it was never migrated.
///
/// Read from the table itself: the harness would try to create it, which the application's role
/// may not.
fn applied(db: &mut Db) -> Result<Names, StoreError> {
    use __diesel_schema_migrations::dsl::{__diesel_schema_migrations as table, version};
    if !has_table(db)? {
        return Ok(Names::new());
    }
    Ok(on_each!(db, db => table.select(version).order(version).load(db))?)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

fn has_table(db: &mut Db) -> QueryResult<bool> {
    let query = match db {
        Db::Sqlite(_) => {
            "SELECT count(*) AS count FROM sqlite_schema WHERE name = '__diesel_schema_migrations'"
        }
        Db::Postgres(_) => {
            "SELECT count(*) AS count FROM pg_class \
             WHERE oid = to_regclass('__diesel_schema_migrations')"
        }
    };
    let found: Count = diesel::sql_query(query).get_result(db)?;
    Ok(found.count > 0)
}

/// Whether the schema is exactly this build's.
///
/// # Errors
/// [`StoreError::Schema`] if something is lacking, [`StoreError::Newer`] if there is more.
pub(crate) fn check(db: &mut Db) -> Result<(), StoreError> {
    let (expected, found) = (known(db)?, applied(db)?);
    if expected == found {
        return Ok(());
    }
    refuse_newer(&expected, &found)?;
    let last = |names: Names| names.last().cloned().unwrap_or_else(|| "none".to_owned());
    Err(StoreError::Schema {
        found: last(found),
        expected: last(expected),
    })
}

fn refuse_newer(expected: &Names, found: &Names) -> Result<(), StoreError> {
    let unknown = found.iter().rev().find(|name| !expected.contains(name));
    unknown.map_or(Ok(()), |name| {
        let found = name.clone();
        Err(StoreError::Newer { found })
    })
}
