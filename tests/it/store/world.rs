//! A store, a policy over a snapshot made by hand, and one caller of each kind.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, RunQueryDsl as _};
use kyso_core::draft;
use kyso_core::id::*;
use kyso_core::journal::{
    Committed, Intent, IntentError, Journal as _, JournalError, OutcomeRecord, StampOrder,
};
use kyso_core::request::{DocumentFacts, Idempotency, SignRequest, documents_hash};
use kyso_core::*;
use kyso_evidence::entry::Outcome;
use kyso_evidence::{Entry, Event};
use kyso_store::{Database, Db, JournalHandle, Location, Store, StoreConfig, StoreError};
use kyso_tests::cluster::Cluster;
use kyso_tests::proxy::Proxy;
use secrecy::SecretBox;
use tempfile::TempDir;

use crate::world::until;

mod acts;
mod clock;

pub(crate) use clock::{TestClock, believing};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

pub(crate) struct World {
    pub(crate) directory: TempDir,
    pub(crate) kind: Kind,
    pub(crate) database: String,
    pub(crate) clock: TestClock,
    pub(crate) policy: Arc<Policy<TestClock>>,
    pub(crate) store: Option<Store>,
    pub(crate) client: ClientId,
    pub(crate) clerk: PersonId,
    pub(crate) leader: PersonId,
    pub(crate) seal: CredentialId,
    pub(crate) personal: CredentialId,
    pub(crate) step: i64,
    user: &'static str,
    proxy: Option<Proxy>,
    /// Changes what stores are opened with from now on.
    pub(crate) tune: fn(&mut StoreConfig),
}

pub(crate) const START: i64 = 1_800_000_000;

/// Waits until this server's writer has done its first upkeep, which comes before all else.
pub(crate) async fn settle(store: &Store) {
    let draft = Draft::new(
        Event::AuditRead,
        Outcome::Ok,
        &Actor::system(),
        RequestId::random(),
    );
    store.journal().note(draft).await.unwrap();
}

/// Runs a test on a fresh world of this kind.
pub(crate) fn run(kind: Kind, test: impl AsyncFnOnce(&mut World)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let mut world = World::new(kind);
        world.open().unwrap();
        test(&mut world).await;
    });
}

/// One test for each database, in a module of the test's name.
macro_rules! on_both {
    ($($name:ident,)*) => {$(
        mod $name {
            use $crate::store::world::{Kind, run};

            #[test]
            fn on_sqlite() {
                run(Kind::Sqlite, super::$name);
            }

            #[test]
            fn on_postgres() {
                run(Kind::Postgres, super::$name);
            }
        }
    )*};
}
pub(crate) use on_both;

pub(crate) fn digest(byte: u8) -> Digest {
    Digest::new(HashAlgorithm::Sha256, &[byte; 32]).unwrap()
}

pub(crate) fn documents(count: usize) -> Vec<DocumentFacts> {
    let document = DocumentFacts {
        label: Some("Công văn".to_owned()),
        purpose: Some("PHAT_HANH".to_owned()),
        ..DocumentFacts::default()
    };
    vec![document; count]
}

pub(crate) fn key(text: &str, body: u8) -> Idempotency {
    Idempotency {
        route: "signHash",
        key: text.to_owned(),
        body: [body; 32],
    }
}

pub(crate) fn signed(count: usize) -> Vec<DigestOutcome> {
    (0..count)
        .map(|index| DigestOutcome::Signed(vec![u8::try_from(index).unwrap(); 70]))
        .collect()
}

/// A database takes ten megabytes or more, and there are some hundred tests.
impl Drop for World {
    fn drop(&mut self) {
        self.store = None;
        if self.kind == Kind::Postgres {
            let gone = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database);
            let _ = Cluster::shared().and_then(|cluster| cluster.psql("postgres", &gone));
        }
    }
}

impl World {
    pub(crate) fn new(kind: Kind) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = TestClock::begin();
        let mut world = Self {
            kind,
            database: String::new(),
            policy: Arc::new(Policy::new(clock.clone(), believing())),
            clock,
            store: None,
            client: ClientId::random(),
            clerk: PersonId::random(),
            leader: PersonId::random(),
            seal: CredentialId::random(),
            personal: CredentialId::random(),
            step: 1,
            user: "postgres",
            proxy: None,
            tune: |_| {},
            directory,
        };
        world.prepare();
        world.policy.install(world.snapshot(0));
        world
    }

    fn prepare(&mut self) {
        let migrate = |location| {
            let head = std::path::PathBuf::from("unused");
            let config = StoreConfig::new(location, head, "test".to_owned());
            Ok(Database::connect(config)?.migrate().map(|_| ())?)
        };
        match self.kind {
            Kind::Sqlite => migrate(self.location()).unwrap(),
            Kind::Postgres => {
                let cluster = Cluster::shared().unwrap();
                let fill = |url: &str| migrate(Location::Postgres(url.to_owned().into()));
                let template = cluster.template(fill).unwrap();
                self.database = cluster.database(Some(template)).unwrap();
            }
        }
        self.insert_people();
    }

    /// People whom one-time passwords refer to; policy sees the snapshot made by hand.
    fn insert_people(&self) {
        let agency = self.blob(&[1; 16]);
        let seal = self.blob(&[0; 32]);
        let mut sql = format!(
            "INSERT INTO agency (id, name, kind, level, valid_from, made_by, seal) \
             VALUES ({agency}, 'A', 'office', 'province', 0, 0, {seal});"
        );
        for person in [self.clerk, self.leader] {
            let id = self.blob(person.as_bytes());
            let no = if self.kind == Kind::Sqlite {
                "0"
            } else {
                "false"
            };
            let columns =
                "id, login, name, agency_id, position, email, position_required, made_by, seal";
            let values = format!("{id}, '{person}', 'N', {agency}, 'P', 'e', {no}, 0, {seal}");
            sql.extend(["INSERT INTO person (", columns, ") VALUES (", &values, ");"]);
        }
        self.sql(&sql);
    }

    /// A binary literal of this database.
    pub(crate) fn blob(&self, bytes: &[u8]) -> String {
        match self.kind {
            Kind::Sqlite => format!("x'{}'", hex::encode(bytes)),
            Kind::Postgres => format!("'\\x{}'::bytea", hex::encode(bytes)),
        }
    }

    pub(crate) fn location(&self) -> Location {
        match self.kind {
            Kind::Sqlite => Location::Sqlite(self.directory.path().join("kyso.db")),
            Kind::Postgres => {
                let url = Cluster::shared().unwrap().url(&self.database);
                let url = url.replace("user=postgres", &format!("user={}", self.user));
                let through = self.proxy.as_ref().map(|proxy| proxy.through(&url));
                Location::Postgres(through.unwrap_or(url).into())
            }
        }
    }

    pub(crate) fn config(&self) -> StoreConfig {
        let head = self.directory.path().join("head.json");
        let mut config = StoreConfig::new(self.location(), head, "test".to_owned());
        (self.tune)(&mut config);
        config
    }

    /// Starts the server again, so that it reaches its database through a proxy of the test's own.
    pub(crate) fn behind_proxy(&mut self, tune: fn(&mut StoreConfig)) {
        let url = Cluster::shared().unwrap().url(&self.database);
        self.proxy = Some(Proxy::to(&url).unwrap());
        self.tune = tune;
        self.restart();
    }

    /// The proxy between server and database.
    pub(crate) fn proxy(&self) -> &Proxy {
        self.proxy.as_ref().unwrap()
    }

    pub(crate) fn root() -> SecretBox<[u8; 32]> {
        SecretBox::new(Box::new([7; 32]))
    }

    /// What the server checks its rows with.
    pub(crate) fn sealer() -> kyso_store::Sealer {
        kyso_store::Sealer::new(&Self::root())
    }

    pub(crate) fn open(&mut self) -> Result<(), StoreError> {
        let store = Store::open(self.config(), &Self::root(), Arc::new(self.clock.clone()))?;
        self.store = Some(store);
        Ok(())
    }

    /// Stops the server and starts it again.
    pub(crate) fn restart(&mut self) {
        self.store = None;
        // A program that another test is about to run has the lock, too, for the moment until it is run.
        until(|| match self.open() {
            Err(StoreError::Locked(_)) => false,
            opened => {
                opened.unwrap();
                true
            }
        });
    }

    /// Somebody else's hands on the database.
    pub(crate) fn try_sql(&self, sql: &str) -> diesel::QueryResult<()> {
        self.raw().batch_execute(sql)
    }

    pub(crate) fn sql(&self, sql: &str) {
        self.try_sql(sql).unwrap();
    }

    pub(crate) fn raw(&self) -> Db {
        match self.kind {
            Kind::Sqlite => {
                let path = self.directory.path().join("kyso.db");
                let mut db = diesel::SqliteConnection::establish(path.to_str().unwrap()).unwrap();
                db.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
                Db::Sqlite(db)
            }
            Kind::Postgres => {
                let url = Cluster::shared().unwrap().url(&self.database);
                Db::Postgres(diesel::PgConnection::establish(&url).unwrap())
            }
        }
    }

    /// As the owner, who can take the triggers of a table away.
    pub(crate) fn as_owner(&self, table: &str, sql: &str) {
        let off = match self.kind {
            Kind::Sqlite => ["update", "delete", "replace"]
                .map(|kind| format!("DROP TRIGGER IF EXISTS {table}_no_{kind};"))
                .concat(),
            Kind::Postgres => format!("ALTER TABLE {table} DISABLE TRIGGER ALL;"),
        };
        let off = if self.kind == Kind::Postgres && table == "audit_entry" {
            format!("{off} ALTER TABLE audit_entry_0000 DISABLE TRIGGER ALL;")
        } else {
            off
        };
        self.sql(&format!("{off} {sql}"));
    }

    pub(crate) fn journal(&self) -> JournalHandle {
        self.store.as_ref().unwrap().journal()
    }

    pub(crate) fn verify(&self) -> Result<kyso_evidence::Report, kyso_store::VerifyError> {
        let found = Database::connect(self.config())
            .unwrap()
            .verify(kyso_store::Known::default(), &mut |_| ());
        found.map(|found| found.report)
    }

    pub(crate) async fn intent(&self, request: SignRequest) -> Result<Intent, IntentError> {
        let authorized = self.authorized(request);
        let draft = draft::intent(&authorized);
        self.journal().record_intent(authorized, draft).await
    }

    pub(crate) fn outcome_record(intent: &Intent, outcomes: Vec<DigestOutcome>) -> OutcomeRecord {
        let (request, took) = (&intent.signing.what().request, Duration::from_micros(7));
        OutcomeRecord {
            request: request.id,
            digests: request.digests.clone(),
            draft: draft::outcome(&intent.signing, &intent.leaf, &outcomes, took),
            outcomes,
            stamps: StampOrder::of(&intent.signing),
        }
    }

    pub(crate) async fn outcome(
        &self,
        intent: &Intent,
        outcomes: Vec<DigestOutcome>,
    ) -> Result<(), JournalError> {
        let record = Self::outcome_record(intent, outcomes);
        self.journal().record_outcome(record).await
    }

    /// A further server on the same database, with a head file of its own.
    pub(crate) fn second_server(&self) -> Store {
        let mut config = self.config();
        config.head_file = self.directory.path().join("second.json");
        config.adopt_head = true;
        Store::open(config, &Self::root(), Arc::new(self.clock.clone())).unwrap()
    }

    /// Waits until the writer has done its first upkeep.
    pub(crate) async fn sweep(&self) {
        settle(self.store.as_ref().unwrap()).await;
    }

    /// From now on the server connects as the application's role.
    pub(crate) fn database_of_app(&mut self) {
        self.user = "kyso_app";
    }

    /// All entries of a kind, oldest first.
    pub(crate) fn entries(&self, event: Event) -> Vec<Entry> {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = diesel::sql_types::Binary)]
            entry: Vec<u8>,
        }
        let query = format!(
            "SELECT entry FROM audit_entry WHERE event = '{}' ORDER BY sequence",
            event.name()
        );
        let rows: Vec<Row> = diesel::sql_query(query).load(&mut self.raw()).unwrap();
        rows.iter()
            .map(|row| Entry::parse(&row.entry).unwrap())
            .collect()
    }

    /// Signs to the end.
    pub(crate) async fn sign(&self, request: SignRequest) -> Result<(), IntentError> {
        let count = request.digests.len();
        let intent = self.intent(request).await?;
        Ok(self.outcome(&intent, signed(count)).await?)
    }

    /// The refusal that this request meets.
    pub(crate) async fn refusal(&self, request: SignRequest) -> Refusal {
        match self.intent(request).await {
            Err(IntentError::Refused(refusal, _)) => refusal,
            Ok(_) => panic!("was recorded"),
            Err(other) => panic!("{other}"),
        }
    }
}
