//! Servers that tests share, one for each database, and servers of a test's own.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kyso_api::management::NewPerson;
use kyso_tests::deployment::Deployment;
use kyso_tests::http::Http;
use kyso_tests::postgres::PostgresDatabase;
use kyso_tests::province::{Granted, Holder, PERSON_MULTISIGN, Province, Signer, System};
use kyso_tests::server::{Plan, Server, Site};
use kyso_tests::skip;
use tempfile::TempDir;

use crate::routes::description;

/// The server's program, ended with this process.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_kysod-under-test");

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// A running server with a province, and what must live as long.
pub(crate) struct World {
    pub(crate) deployment: Deployment,
    directory: TempDir,
    postgres: Option<PostgresDatabase>,
    names: AtomicUsize,
}

impl World {
    /// Somebody who was registered and has not enrolled, and their first code.
    pub(crate) fn newcomer(&self) -> (String, String) {
        let id = self.registered();
        let code = self.enrolment_code(&id);
        (id, code)
    }

    /// Somebody who was registered, and has nothing.
    pub(crate) fn registered(&self) -> String {
        let (province, login) = (self.province(), self.name("moi"));
        let person = NewPerson {
            email: format!("{login}@hue.example.vn"),
            login,
            name: "Người Mới".into(),
            agency: province.agencies.department.clone(),
            position: "Chuyên viên".into(),
            position_required: None,
        };
        let manager = &province.office.manager1;
        let id = manager.acting(|client| Ok(client.add_person(&person)?.id));
        id.unwrap()
    }

    /// A code for somebody without power, which one manager may give.
    pub(crate) fn enrolment_code(&self, person: &str) -> String {
        let manager = &self.province().office.manager1;
        let code = manager.acting(|client| client.enrolment_code(person));
        code.unwrap().done().unwrap().code.expose().to_owned()
    }

    /// A server of the test's own; `None` where the machine has no PostgreSQL.
    pub(crate) fn own(database: Database) -> Option<Self> {
        Self::planned(database, |_| {})
    }

    /// The same, with something changed in the plan.
    pub(crate) fn planned(database: Database, change: impl FnOnce(&mut Plan)) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let postgres = match database {
            Database::Sqlite => None,
            Database::Postgres => Some(PostgresDatabase::create().unwrap()?),
        };
        let mut plan = Plan::new(directory.path(), Path::new(PROGRAM));
        // So that a test can come from many networks.
        plan.proxies = vec!["127.0.0.1".to_owned()];
        plan.postgres = postgres.as_ref().map(PostgresDatabase::url);
        change(&mut plan);
        let mut deployment = Deployment::open(plan, 0).unwrap();
        deployment.server.watch(description::hold);
        Some(Self {
            deployment,
            directory,
            postgres,
            names: AtomicUsize::new(0),
        })
    }

    /// Stops the server for good; what it wrote stays for as long as this is held.
    pub(crate) fn lay_still(self) -> Still {
        assert!(self.deployment.server.stop().unwrap().success());
        Still {
            _directory: self.directory,
            postgres: self.postgres,
        }
    }

    /// The server that all tests on SQLite share.
    pub(crate) fn sqlite() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| Self::own(Database::Sqlite).unwrap())
    }

    pub(crate) fn postgres() -> Option<&'static Self> {
        static WORLD: OnceLock<Option<World>> = OnceLock::new();
        WORLD.get_or_init(|| Self::own(Database::Postgres)).as_ref()
    }

    pub(crate) const fn http(&self) -> &Http {
        self.deployment.server.http()
    }

    pub(crate) const fn province(&self) -> &Province {
        &self.deployment.province
    }

    /// A name that nobody else has.
    pub(crate) fn name(&self, what: &str) -> String {
        format!("{what}-{}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// A code of each format, the legacy one first, that no other agency has.
    pub(crate) fn agency_codes(&self) -> (String, String) {
        let name = self.name("ma");
        let number: u32 = name.rsplit('-').next().unwrap().parse().unwrap();
        (
            format!("{number:03}.77.77.H27"),
            format!("H27.77.{number:02}"),
        )
    }

    /// A person with a credential of each kind, whose one-time passwords no other test uses.
    pub(crate) fn signer(&self) -> Signer {
        self.province().signer(&self.name("ky")).unwrap()
    }

    /// A seal of the test's own, active.
    pub(crate) fn seal(&self, algorithm: &str) -> String {
        let (office, agency) = (&self.province().office, &self.province().agencies.province);
        let holder = Holder::Agency(agency, "UBND tỉnh");
        office
            .credential(holder, algorithm, 2 * PERSON_MULTISIGN)
            .unwrap()
    }

    /// A seal of the test's own for what systems vouch for by its digest, active.
    pub(crate) fn seal_for_digests(&self) -> String {
        let (office, agency) = (&self.province().office, &self.province().agencies.province);
        let holder = Holder::Agency(agency, "UBND tỉnh");
        office.seal_for_digests(holder, "rsa-2048").unwrap()
    }

    /// A system of the test's own that was granted this credential.
    pub(crate) fn system(&self, credential: &str) -> System {
        let office = &self.province().office;
        let granted = Granted::Credential(credential);
        office.system(&self.name("he-thong"), granted).unwrap()
    }
}

/// Files and database of a server that was stopped.
pub(crate) struct Still {
    _directory: TempDir,
    /// Its PostgreSQL database, if that is where the data are.
    pub(crate) postgres: Option<PostgresDatabase>,
}

/// Stops the server, which writes the sums of the minute, and starts it again.
pub(crate) fn restarted(world: World) -> World {
    restarted_after(world, |_, _| {})
}

/// The same, with something done to its files and its PostgreSQL database while it lies still.
pub(crate) fn restarted_after(
    mut world: World,
    work: impl FnOnce(&Site, Option<&PostgresDatabase>),
) -> World {
    let site = world.deployment.server.site().clone();
    assert!(world.deployment.server.stop().unwrap().success());
    work(&site, world.postgres.as_ref());
    world.deployment.server = Server::start(&site).unwrap();
    world.deployment.server.watch(description::hold);
    world
}

/// Runs a test's body on each database; says so where there is no PostgreSQL.
pub(crate) fn on_both(test: &str, body: impl Fn(&World)) {
    body(World::sqlite());
    match World::postgres() {
        Some(world) => body(world),
        None => skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)"),
    }
}

/// Runs a test's body on a server of its own on each database.
pub(crate) fn on_own(test: &str, body: impl Fn(World)) {
    body(World::own(Database::Sqlite).unwrap());
    match World::own(Database::Postgres) {
        Some(world) => body(world),
        None => skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)"),
    }
}

/// Waits for something that has no event of its own, for a minute at most.
pub(crate) fn until(done: impl FnMut() -> bool) {
    until_within(Duration::from_mins(1), done);
}

/// The same for something that takes the better part of a minute on an idle machine.
#[expect(
    clippy::disallowed_methods,
    reason = "time and other processes have no event to wait for"
)]
pub(crate) fn until_within(patience: Duration, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < patience, "it never came");
        std::thread::sleep(Duration::from_millis(100));
    }
}
