//! `/healthz` and `/readyz` when something the server needs is really broken, and when it is whole.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection, SqliteConnection};
use kyso_tests::http::{Http, Reply};
use kyso_tests::proxy::Proxy;
use kyso_tests::skip;
use serde_json::Value;

use crate::stamping::{Bench, assert_problem};
use crate::world::{Database, World, on_both, until};

const REASONS: [&str; 4] = ["audit_writable", "clock", "database", "token"];

/// The internal listener.
pub(crate) fn internal(world: &World) -> Http {
    let site = world.deployment.server.site();
    Http::new(&site.internal_url(), &site.ca().unwrap()).unwrap()
}

fn readiness(http: &Http) -> (u16, Value) {
    let reply = http.get("/readyz").send().unwrap();
    (reply.status, reply.json())
}

/// Waits until it is not ready for exactly these reasons; meanwhile it stays alive.
pub(crate) fn assert_not_ready(http: &Http, broken: &[&str]) {
    let mut last = Value::Null;
    let found = |status: u16, json: &Value| {
        let fits = |name: &&str| json[*name] == !broken.contains(name);
        status == 503 && json["ready"] == false && REASONS.iter().all(fits)
    };
    until(|| {
        let (status, json) = readiness(http);
        let done = found(status, &json);
        if json != last {
            println!("{status} {json}");
            last = json;
        }
        done
    });
    assert_eq!(http.get("/healthz").send().unwrap().status, 200);
}

fn assert_ready_again(http: &Http) {
    until(|| readiness(http).0 == 200);
    let (_, json) = readiness(http);
    assert!(REASONS.iter().all(|name| json[*name] == true), "{json}");
}

/// A database server's owner, in another database than the server's.
struct Administrator {
    connection: PgConnection,
    database: String,
}

impl Administrator {
    fn of(world: &World) -> Self {
        let url = world.deployment.server.site().postgres().unwrap();
        let (server, database) = url.rsplit_once('/').unwrap();
        let (database, options) = database.split_once('?').map_or((database, ""), |both| both);
        let admin = format!("{server}/postgres?{options}");
        Self {
            connection: PgConnection::establish(admin.trim_end_matches('?')).unwrap(),
            database: database.to_owned(),
        }
    }

    /// Changes the database, and ends every connection to it, so that the change holds at once. One after the other: within one
    /// transaction whoever was cut off could be back before the change holds.
    fn alter(&mut self, change: &str) {
        let database = &self.database;
        for sql in [
            format!("ALTER DATABASE {database} {change}"),
            format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
            ),
        ] {
            self.connection.batch_execute(&sql).unwrap();
        }
    }
}

/// A server of the test's own on PostgreSQL.
fn on_postgres(test: &str, body: impl Fn(World)) {
    match World::own(Database::Postgres) {
        Some(world) => body(world),
        None => skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)"),
    }
}

fn assert_come_again(reply: &Reply) {
    assert_problem(reply, 503, "unavailable");
    assert!(reply.header("retry-after").is_some(), "{}", reply.text());
}

#[test]
fn a_database_that_refuses_connections_is_a_reason_and_needs_no_restart() {
    on_postgres(
        "it::health::a_database_that_refuses_connections_is_a_reason_and_needs_no_restart",
        |world| {
            let (http, mut owner) = (internal(&world), Administrator::of(&world));
            let bench = Bench::new(&world);
            bench.open(5);
            owner.alter("ALLOW_CONNECTIONS false");
            assert_not_ready(&http, &["audit_writable", "clock", "database"]);
            assert_come_again(&bench.stamp("khi cơ sở dữ liệu đi vắng"));
            owner.alter("ALLOW_CONNECTIONS true");
            assert_ready_again(&http);
            let reply = bench.stamp("khi nó trở lại");
            assert_eq!(reply.status, 200, "{}", reply.text());
        },
    );
}

/// Every connection stays open and carries nothing: only a limit of one's own ends that.
#[test]
fn a_silent_database_is_a_reason_and_needs_no_restart() {
    let mut proxy = None;
    let world = World::planned(Database::Postgres, |plan| {
        if let Some(url) = &mut plan.postgres {
            let between = Proxy::to(url).unwrap();
            *url = between.through(url);
            proxy = Some(between);
        }
    });
    let (Some(world), Some(proxy)) = (world, proxy) else {
        skip::because(
            "it::health::a_silent_database_is_a_reason_and_needs_no_restart",
            "no PostgreSQL (KYSO_TEST_POSTGRES)",
        );
        return;
    };
    let (http, bench) = (internal(&world), Bench::new(&world));
    bench.open(5);
    proxy.silence();
    assert_come_again(&bench.stamp("trong im lặng"));
    assert_not_ready(&http, &["audit_writable", "clock", "database"]);
    assert_come_again(&bench.stamp("vẫn im lặng"));
    proxy.heal();
    assert_ready_again(&http);
    let reply = bench.stamp("khi nó trả lời lại");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let report = world.deployment.server.site();
    let report = report.run(&["audit", "verify"]).unwrap();
    assert!(report.contains("complete up to"), "{report}");
}

#[test]
fn a_database_that_only_reads_is_a_reason() {
    on_postgres(
        "it::health::a_database_that_only_reads_is_a_reason",
        |world| {
            let (http, mut owner) = (internal(&world), Administrator::of(&world));
            let bench = Bench::new(&world);
            bench.open(5);
            // As a standby is that was promoted elsewhere.
            owner.alter("SET default_transaction_read_only = on");
            assert_not_ready(&http, &["audit_writable"]);
            assert_come_again(&bench.stamp("không ghi được"));
            owner.alter("RESET default_transaction_read_only");
            assert_ready_again(&http);
            assert_eq!(bench.stamp("lại ghi được").status, 200);
        },
    );
}

#[test]
fn a_database_that_somebody_else_holds_locked_is_a_reason() {
    let world = World::own(Database::Sqlite).unwrap();
    let (http, bench) = (internal(&world), Bench::new(&world));
    bench.open(5);
    let path = world.deployment.server.site().path("kyso.db");
    let mut other = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert_not_ready(&http, &["audit_writable"]);
    assert_come_again(&bench.stamp("bị khoá"));
    other.batch_execute("ROLLBACK").unwrap();
    assert_ready_again(&http);
    assert_eq!(bench.stamp("hết khoá").status, 200);
}

#[test]
fn a_database_clock_that_runs_ahead_is_a_reason() {
    on_postgres(
        "it::health::a_database_clock_that_runs_ahead_is_a_reason",
        |world| {
            let (http, mut owner) = (internal(&world), Administrator::of(&world));
            // The database's clock is what this function says.
            let url = world.deployment.server.site().postgres().unwrap();
            let mut connection = PgConnection::establish(url).unwrap();
            let ahead = "CREATE SCHEMA ahead; CREATE FUNCTION ahead.clock_timestamp() \
                 RETURNS timestamptz LANGUAGE sql AS \
                 $$ SELECT pg_catalog.clock_timestamp() + interval '10 s' $$";
            connection.batch_execute(ahead).unwrap();
            owner.alter("SET search_path = ahead, pg_catalog, public");
            assert_not_ready(&http, &["clock"]);
            let metrics = http.get("/metrics").done().unwrap().text();
            let offset = metrics
                .lines()
                .find_map(|line| line.strip_prefix("kyso_clock_offset_micros "));
            let offset: f64 = offset.unwrap().parse().unwrap();
            assert!((9e6..11e6).contains(&offset), "{offset}");
            owner.alter("RESET search_path");
            assert_ready_again(&http);
        },
    );
}

#[test]
fn a_whole_server_is_ready_and_each_listener_serves_its_own() {
    on_both(
        "it::health::a_whole_server_is_ready_and_each_listener_serves_its_own",
        |world| {
            let http = internal(world);
            assert_ready_again(&http);
            let (_, json) = readiness(&http);
            assert_eq!(
                (&json["draining"], &json["software_token"]),
                (&false.into(), &true.into())
            );
            assert_eq!(http.get("/healthz").done().unwrap().text(), "ok\n");
            for path in ["/metrics", "/readyz", "/healthz"] {
                let outside = world.http().get(path).send().unwrap();
                assert_problem(&outside, 404, "not_found");
            }
            for path in [
                "/csc/v1/info",
                "/csc/v2/info",
                "/api/v1/me",
                "/oauth2/token",
                "/",
            ] {
                let inside = http.get(path).send().unwrap();
                assert_eq!(inside.status, 404, "{path}: {}", inside.text());
            }
        },
    );
}
