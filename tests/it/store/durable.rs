//! Settings under which an answered commit could be lost are refused.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, RunQueryDsl as _};
use kyso_store::{Database, Location, StoreConfig, StoreError};
use kyso_tests::cluster::Cluster;

#[derive(diesel::QueryableByName)]
struct Setting {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

fn of(connection: &mut PgConnection, name: &str) -> String {
    let query = format!("SELECT current_setting('{name}') AS value");
    let setting: Setting = diesel::sql_query(query).get_result(connection).unwrap();
    setting.value
}

fn connect(url: &str) -> Result<Database, StoreError> {
    let location = Location::Postgres(url.to_owned().into());
    Database::connect(StoreConfig::new(
        location,
        "unused".into(),
        "test".to_owned(),
    ))
}

/// What refused, if anything did.
fn refused(url: &str) -> Option<(&'static str, String)> {
    match connect(url) {
        Ok(_) => None,
        Err(StoreError::Setting { name, value }) => Some((name, value)),
        Err(other) => panic!("{other}"),
    }
}

/// On a cluster of its own: the server's settings hold for all its databases.
#[test]
fn a_cluster_that_does_not_sync_is_refused() {
    let cluster = Cluster::start().unwrap();
    let url = cluster.url("postgres");
    assert_eq!(refused(&url), None);
    for (name, value) in [
        ("fsync", "off"),
        ("full_page_writes", "off"),
        ("synchronous_commit", "off"),
        ("synchronous_commit", "local"),
    ] {
        change(
            &url,
            &format!("ALTER SYSTEM SET {name} = {value}"),
            name,
            value,
        );
        assert_eq!(refused(&url), Some((name, value.to_owned())));
        change(&url, &format!("ALTER SYSTEM RESET {name}"), name, "on");
        assert_eq!(refused(&url), None, "{name}");
    }
}

/// Changes the configuration, and waits until the server has read it again.
fn change(url: &str, sql: &str, name: &str, value: &str) {
    let mut connection = PgConnection::establish(url).unwrap();
    connection.batch_execute(sql).unwrap();
    connection.batch_execute("SELECT pg_reload_conf()").unwrap();
    crate::world::until(|| {
        let mut fresh = PgConnection::establish(url).unwrap();
        of(&mut fresh, name) == value
    });
}

/// For one database, one role or one connection: where it is said does not matter.
#[test]
fn a_session_that_does_not_wait_for_the_disk_is_refused() {
    let cluster = Cluster::shared().unwrap();
    let database = cluster.database(None).unwrap();
    let url = cluster.url(&database);
    let options = format!("{url} options='-c synchronous_commit=off'");
    let off = Some(("synchronous_commit", "off".to_owned()));
    assert_eq!(refused(&options), off);
    let alter = format!("ALTER DATABASE {database} SET synchronous_commit = off");
    cluster.psql("postgres", &alter).unwrap();
    assert_eq!(refused(&url), off);
}

/// A server's configuration that is changed while it runs stops it from signing.
#[test]
fn a_setting_that_is_changed_while_the_server_runs_is_noticed() {
    use super::world::{Kind, World, run};
    use kyso_core::journal::Journal as _;

    run(Kind::Postgres, async |world: &mut World| {
        world.tune = |config| config.lease = std::time::Duration::from_secs(3);
        let database = world.database.clone();
        world.restart();
        assert!(world.journal().admit().is_ok());
        let cluster = Cluster::shared().unwrap();
        let alter = format!("ALTER DATABASE {database} SET synchronous_commit = off");
        cluster.psql("postgres", &alter).unwrap();
        // Connections of before keep what they began with; a lost one meets the new setting.
        world.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        crate::world::until(|| world.journal().admit().is_err());
    });
}
