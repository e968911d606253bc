//! The register of documents' numbers, as the journal would have kept it: a row for each intent to seal.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};

/// Where the log is.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// The file of an SQLite database.
    Sqlite(std::path::PathBuf),
    /// The URL of a PostgreSQL database.
    Postgres(String),
}

/// A document's number is the place of its intent and one.
fn rows(agency: &str, revision: &str) -> String {
    format!(
        "INSERT INTO document_number (agency_id, series, year, number, revision, sequence) \
         SELECT {agency}, 'QĐ-UBND', 2026, sequence + 1, {revision}, sequence FROM audit_entry \
         WHERE event = 'signature.intent' AND sequence >= \
         (SELECT coalesce(max(number), 0) FROM document_number)"
    )
}

/// Adds rows for the intents that have none, all at once: the journal writes each with its intent, which is not what is measured.
///
/// # Errors
/// If the database cannot be written.
pub(super) fn complete(place: &Place) -> anyhow::Result<()> {
    match place {
        Place::Sqlite(path) => {
            let mut db = SqliteConnection::establish(&path.to_string_lossy())?;
            db.batch_execute("PRAGMA busy_timeout = 10000")?;
            db.batch_execute(&rows("zeroblob(16)", "randomblob(32)"))?;
        }
        Place::Postgres(url) => {
            let agency = "decode(repeat('00', 16), 'hex')";
            let revision = "sha256(convert_to(sequence::text, 'UTF8'))";
            let mut db = PgConnection::establish(url)?;
            db.batch_execute(&rows(agency, revision))?;
            db.batch_execute("ANALYZE document_number")?;
        }
    }
    Ok(())
}
