//! A migration keeps what the one before it held, on both databases.

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use kyso_store::Db;
use kyso_tests::cluster::Cluster;

/// Rows of the schema before the ninth migration; each database writes bytes in its own way.
const BEFORE: &str = "
    INSERT INTO audit_opening (sequence, field, salt, value) VALUES
        (4, 'document_000', %32, %text), (4, 'source', %32, %text), (5, 'source', %32, %text);
    INSERT INTO attempt_outcome (request_id, sequence) VALUES (%16, 4), (%61, 5);
    INSERT INTO idempotency_result (request_id, state, signatures) VALUES (%16, 'signed', %32);
    INSERT INTO consumption (grant_id, ordinal, turn, sequence, seal) VALUES (%16, 3, 0, 4, %32);
    INSERT INTO release (grant_id, ordinal, turn, sequence, seal) VALUES (%16, 3, 0, 5, %32);
";

fn before(bytes: impl Fn(&str) -> String) -> String {
    BEFORE
        .replace("%32", &bytes(&"0a".repeat(32)))
        .replace("%16", &bytes(&"0b".repeat(16)))
        .replace("%61", &bytes(&"0c".repeat(16)))
        .replace("%text", &bytes(&hex::encode("Số 12 \"QĐ\"")))
}

/// The migrations' texts in order: those up to the eighth, and the ninth.
fn migrations(database: &str) -> (Vec<String>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    let entries = std::fs::read_dir(folder.join(database)).unwrap();
    let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let read = |folder: &Path| std::fs::read_to_string(folder.join("up.sql")).unwrap();
    let mut texts: Vec<String> = folders.iter().map(|folder| read(folder)).collect();
    let ninth = texts.remove(8);
    texts.truncate(8);
    (texts, ninth)
}

#[derive(QueryableByName)]
struct Ended {
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = Nullable<Text>)]
    state: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    openings: Option<String>,
}

const ENDED: &str =
    "SELECT ended.sequence, ended.state, opened.openings FROM attempt_outcome AS ended
    LEFT JOIN audit_opening AS opened ON opened.sequence = ended.sequence ORDER BY ended.sequence";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

fn hold(ended: &[Ended], runs: &[Count], refused: bool) {
    let openings = |one: &Ended| -> serde_json::Value {
        serde_json::from_str(one.openings.as_deref().unwrap()).unwrap()
    };
    assert_eq!(
        (ended[0].sequence, ended[0].state.as_deref()),
        (4, Some("signed"))
    );
    assert_eq!((ended[1].sequence, ended[1].state.as_deref()), (5, None));
    let opened = openings(&ended[0]);
    assert_eq!(opened["document_000"]["value"], "Số 12 \"QĐ\"");
    assert_eq!(opened["source"]["salt"], "0a".repeat(32));
    assert_eq!(openings(&ended[1]).as_object().unwrap().len(), 1);
    assert_eq!(runs.iter().map(|run| run.value).collect::<Vec<_>>(), [1, 1]);
    assert!(refused, "an outcome is append-only as before");
}

const RUNS: &str = "SELECT span AS value FROM consumption UNION ALL SELECT count(*) FROM release";
const CHANGE: &str = "UPDATE attempt_outcome SET sequence = 9";

/// Migrates a blank database to the eighth migration, fills it, and runs the ninth.
fn migrate(db: &mut Db, database: &str, bytes: impl Fn(&str) -> String) {
    let (first, ninth) = migrations(database);
    for text in &first {
        db.batch_execute(text).unwrap();
    }
    db.batch_execute(&before(bytes)).unwrap();
    db.transaction(|db| db.batch_execute(&ninth)).unwrap();
    let ended: Vec<Ended> = diesel::sql_query(ENDED).load(db).unwrap();
    let runs: Vec<Count> = diesel::sql_query(RUNS).load(db).unwrap();
    hold(&ended, &runs, db.batch_execute(CHANGE).is_err());
}

#[test]
fn the_ninth_migration_keeps_every_row_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kyso.db");
    let mut db = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    db.batch_execute("PRAGMA foreign_keys = ON").unwrap();
    migrate(&mut Db::Sqlite(db), "sqlite", |hex| format!("x'{hex}'"));
}

#[test]
fn the_ninth_migration_keeps_every_row_on_postgres() {
    let cluster = Cluster::shared().unwrap();
    let url = cluster.url(&cluster.database(None).unwrap());
    let db = PgConnection::establish(&url).unwrap();
    let bytes = |hex: &str| format!("'\\x{hex}'::bytea");
    migrate(&mut Db::Postgres(db), "postgres", bytes);
}
