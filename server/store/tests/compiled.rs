//! The bundled SQLite is compiled as `.cargo/config.toml` says: a change of that file or of the build
//! that drops its flags would be seen by nobody but a benchmark.

use diesel::sql_types::Text;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection};

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    compile_options: String,
}

#[test]
fn sqlite_is_compiled_as_configured() {
    let mut db = SqliteConnection::establish(":memory:").unwrap();
    let rows: Vec<Setting> = diesel::sql_query("PRAGMA compile_options")
        .load(&mut db)
        .unwrap();
    let options: Vec<_> = rows.into_iter().map(|row| row.compile_options).collect();
    let has = |option: &str| options.iter().any(|one| one == option);
    for on in [
        "DEFAULT_MEMSTATUS=0",
        "DQS=0",
        "OMIT_DEPRECATED",
        "OMIT_SHARED_CACHE",
        "THREADSAFE=2",
    ] {
        assert!(has(on), "{on} is not in {options:?}");
    }
    for off in [
        "ENABLE_API_ARMOR",
        "ENABLE_FTS3",
        "ENABLE_FTS5",
        "ENABLE_LOAD_EXTENSION",
        "ENABLE_MEMORY_MANAGEMENT",
        "ENABLE_RTREE",
        "ENABLE_STAT4",
    ] {
        assert!(!has(off), "{off} is in {options:?}");
    }
}
