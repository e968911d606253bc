//! No secret ever reaches the log, the metrics, a refusal, an entry or the database: each is looked
//! for in every form it could take, with the log as talkative as it can be.

mod day;
mod forms;

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};
use kyso_api::management::AuditQuery;
use kyso_tests::server::Plan;
use kyso_tests::skip;

use crate::health::internal;
use crate::log;
use crate::world::{Database, World};
use day::Day;
use forms::Haystack;

/// Every file of the database, or every row of every table as text.
fn stored(world: &World) -> Vec<u8> {
    let site = world.deployment.server.site();
    let Some(url) = site.postgres() else {
        let files = ["kyso.db", "kyso.db-wal", "audit.head"];
        let read = files.map(|file| std::fs::read(site.path(file)).unwrap_or_default());
        return read.concat();
    };
    let mut connection = PgConnection::establish(url).unwrap();
    let tables: Vec<Text> = diesel::sql_query(
        "SELECT tablename::text AS value FROM pg_tables WHERE schemaname = 'public'",
    )
    .load(&mut connection)
    .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let rows = format!("SELECT t::text AS value FROM {} AS t", table.value);
        let rows: Vec<Text> = diesel::sql_query(rows).load(&mut connection).unwrap();
        all.extend(rows.into_iter().flat_map(|row| row.value.into_bytes()));
    }
    all
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

fn talkative(plan: &mut Plan) {
    let level = ("KYSO_LOG".to_owned(), "trace".to_owned());
    plan.environment.push(level);
}

/// Everything that anybody could read, and a word that must be there if it was read at all.
fn places(world: &World, refusals: Vec<u8>) -> Vec<(&'static str, Haystack, &'static str)> {
    let entries = log::entries(world, &AuditQuery::default());
    let entries: Vec<String> = entries.iter().map(|one| one.entry.to_string()).collect();
    let metrics = internal(world).get("/metrics").done().unwrap().body;
    let said = world.deployment.server.log().into_bytes();
    [
        ("the log", said, "\"level\":\"TRACE\""),
        ("the metrics", metrics, "kyso_sign_calls_total"),
        ("a refusal", refusals, "invalid_client"),
        ("an entry", entries.concat().into_bytes(), "sad.refused"),
        ("the database", stored(world), "he-thong-cu"),
    ]
    .map(|(place, bytes, word)| (place, Haystack::new(bytes), word))
    .into()
}

fn no_canary_sings(world: &World) {
    let day = Day::of(world);
    assert!(day.canaries.len() > 40, "{}", day.canaries.len());
    for (place, haystack, word) in places(world, day.refusals) {
        println!("{place}: {} bytes", haystack.len());
        assert!(haystack.holds(word), "{place} was not read");
        for canary in &day.canaries {
            let found = canary.found_in(&haystack);
            assert_eq!(found, None, "{} is in {place}", canary.what);
        }
    }
}

#[test]
fn no_secret_in_log_metrics_refusals_or_database_on_sqlite() {
    no_canary_sings(&World::planned(Database::Sqlite, talkative).unwrap());
}

#[test]
fn no_secret_in_log_metrics_refusals_or_database_on_postgres() {
    match World::planned(Database::Postgres, talkative) {
        Some(world) => no_canary_sings(&world),
        None => skip::because(
            "it::canary::no_secret_in_log_metrics_refusals_or_database_on_postgres",
            "no PostgreSQL (KYSO_TEST_POSTGRES)",
        ),
    }
}
