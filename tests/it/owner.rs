//! The database's owner, with every right in the database, gets no signature out of the server.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Binary};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use kyso_api::management::AuditEntry;
use kyso_tests::assertion::ClientKey;
use kyso_tests::http::Reply;
use kyso_tests::server::Server;
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::{DecodePem as _, Encode as _};

use crate::desk::{Desk, hash};
use crate::log;
use crate::stamping::{Bench, fresh_key};
use crate::world::{World, on_own};

/// A connection past the server.
pub(crate) enum Owner {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

#[derive(QueryableByName)]
struct Bytes {
    #[diesel(sql_type = Binary)]
    value: Vec<u8>,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    value: i64,
}

impl Owner {
    pub(crate) fn of(world: &World) -> Self {
        let site = world.deployment.server.site();
        if let Some(url) = site.postgres() {
            return Self::Postgres(PgConnection::establish(url).unwrap());
        }
        let path = site.path("kyso.db");
        let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        let patience = "PRAGMA busy_timeout = 10000";
        connection.batch_execute(patience).unwrap();
        Self::Sqlite(connection)
    }

    /// Bytes as a literal.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> String {
        match self {
            Self::Sqlite(_) => format!("X'{}'", hex::encode(bytes)),
            Self::Postgres(_) => format!("'\\x{}'::bytea", hex::encode(bytes)),
        }
    }

    /// An id as a literal.
    pub(crate) fn id(&self, id: &str) -> String {
        self.bytes(uuid::Uuid::parse_str(id).unwrap().as_bytes())
    }

    /// What the owner may do that nobody else may: take the triggers off.
    pub(crate) fn unlock(&mut self, table: &str) {
        match self {
            Self::Sqlite(connection) => {
                for act in ["update", "delete", "replace"] {
                    let sql = format!("DROP TRIGGER IF EXISTS {table}_no_{act}");
                    connection.batch_execute(&sql).unwrap();
                }
            }
            Self::Postgres(connection) => {
                let sql = format!("ALTER TABLE {table} DISABLE TRIGGER ALL");
                connection.batch_execute(&sql).unwrap();
            }
        }
    }

    /// Whether the statement was done; a lock that another holds is one reason why not.
    pub(crate) fn try_run(&mut self, sql: &str) -> bool {
        let end = match self {
            Self::Sqlite(connection) => connection.batch_execute(sql),
            Self::Postgres(connection) => connection.batch_execute(sql),
        };
        end.is_ok()
    }

    pub(crate) fn run(&mut self, sql: &str) {
        let end = match self {
            Self::Sqlite(connection) => connection.batch_execute(sql),
            Self::Postgres(connection) => connection.batch_execute(sql),
        };
        end.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// One binary column named `value`.
    pub(crate) fn read(&mut self, sql: &str) -> Vec<u8> {
        let query = diesel::sql_query(sql);
        let row: Bytes = match self {
            Self::Sqlite(connection) => query.get_result(connection).unwrap(),
            Self::Postgres(connection) => query.get_result(connection).unwrap(),
        };
        row.value
    }

    /// One number named `value`.
    pub(crate) fn count(&mut self, sql: &str) -> i64 {
        let query = diesel::sql_query(sql);
        let row: Number = match self {
            Self::Sqlite(connection) => query.get_result(connection).unwrap(),
            Self::Postgres(connection) => query.get_result(connection).unwrap(),
        };
        row.value
    }

    /// Tells every server that all they hold in memory is old.
    fn move_epoch(&mut self) {
        self.run("UPDATE policy_epoch SET counter = counter + 1");
    }
}

/// The server, started again: nothing in memory is from before.
fn restarted(mut world: World) -> World {
    let site = world.deployment.server.kill().unwrap();
    world.deployment.server = Server::start(&site).unwrap();
    world
}

fn assert_no_signature(world: &World, reply: &Reply, credential: &str, intents: usize) {
    assert_ne!(reply.status, 200, "{}", reply.text());
    let found = log::of_credential(world, "signature.intent", credential);
    assert_eq!(
        found.len(),
        intents,
        "an intent was recorded: {}",
        reply.text()
    );
}

#[test]
fn an_inserted_sad_signs_nothing() {
    on_own("it::owner::an_inserted_sad_signs_nothing", |world| {
        let signer = world.signer();
        let desk = Desk::p256(&world, &signer);
        let _ = desk.sad(&signer, &[hash("thật")]);
        let mut owner = Owner::of(&world);
        owner.unlock("sad");
        let forged = Sha256::digest("chen-vao");
        let (digest, value) = (Sha256::digest("giả mạo"), owner.bytes(&forged));
        let (id, digest) = (owner.id(&fresh_key()), owner.bytes(&digest));
        // A copy of a SAD that is right, with its seal, for another value and another hash.
        owner.run(&format!(
            "INSERT INTO sad (id, hash, client_id, person_id, credential_id, session_id, hash_algorithm, digests, \
             total, documents, expires_at, made_by, seal) SELECT {id}, {value}, client_id, person_id, credential_id, \
             session_id, hash_algorithm, {digest}, total, documents, expires_at, made_by, seal FROM sad"
        ));
        let reply = desk.sign("chen-vao", &[hash("giả mạo")]);
        assert_no_signature(&world, &reply, &desk.credential, 0);
        let kept = desk.keep();
        let world = restarted(world);
        let desk = kept.at(&world);
        let reply = desk.sign("chen-vao", &[hash("giả mạo")]);
        assert_no_signature(&world, &reply, &desk.credential, 0);
    });
}

#[test]
fn a_sad_moved_to_another_hash_signs_nothing() {
    on_own(
        "it::owner::a_sad_moved_to_another_hash_signs_nothing",
        |world| {
            let signer = world.signer();
            let desk = Desk::p256(&world, &signer);
            let sad = desk.sad(&signer, &[hash("đã duyệt")]);
            let mut owner = Owner::of(&world);
            owner.unlock("sad");
            let digest = owner.bytes(&Sha256::digest("tráo đổi"));
            owner.run(&format!("UPDATE sad SET digests = {digest}"));
            let reply = desk.sign(&sad, &[hash("tráo đổi")]);
            assert_no_signature(&world, &reply, &desk.credential, 0);
        },
    );
}

#[test]
fn a_moved_cka_id_signs_nothing() {
    on_own("it::owner::a_moved_cka_id_signs_nothing", |world| {
        let (victim, thief) = (world.signer(), world.signer());
        let mut owner = Owner::of(&world);
        owner.unlock("credential_key");
        let (theirs, mine) = (
            owner.id(&victim.credentials.p256),
            owner.id(&thief.credentials.p256),
        );
        let key = owner.read(&format!(
            "SELECT cka_id AS value FROM credential_key WHERE credential_id = {theirs}"
        ));
        let (key, spare) = (owner.bytes(&key), owner.bytes(&[9; 16]));
        owner.run(&format!(
            "UPDATE credential_key SET cka_id = {spare} WHERE credential_id = {theirs}"
        ));
        owner.run(&format!(
            "UPDATE credential_key SET cka_id = {key} WHERE credential_id = {mine}"
        ));
        owner.move_epoch();
        let world = restarted(world);
        let desk = Desk::p256(&world, &thief);
        let otp = thief.account.authenticator.code().unwrap();
        let reply = desk.authorize(&[hash("khoá của người khác")], &otp);
        assert_no_signature(&world, &reply, &desk.credential, 0);
        let alarms = log::entries(
            &world,
            &kyso_api::management::AuditQuery {
                event: Some("alarm.raised".into()),
                ..kyso_api::management::AuditQuery::default()
            },
        );
        assert!(!alarms.is_empty(), "nobody was told");
    });
}

/// The key of a seal, or of the authority that issues certificates, under the name of somebody's credential.
#[test]
fn a_key_of_another_purpose_signs_nothing() {
    on_own(
        "it::owner::a_key_of_another_purpose_signs_nothing",
        |world| {
            let thief = world.signer();
            let mut owner = Owner::of(&world);
            let mine = owner.id(&thief.credentials.p256);
            let seal = owner.id(&world.seal("p-256"));
            let keys = [key_of_seal(&mut owner, &seal), key_of_authority(&world)];
            let mut world = world;
            for (id, public) in keys {
                let (id, public) = (owner.bytes(&id), owner.bytes(&public));
                let spare = owner.bytes(&[9; 16]);
                owner.run(&format!(
                "UPDATE credential_key SET cka_id = {spare} WHERE cka_id = {id}; \
                 UPDATE credential_key SET cka_id = {id}, spki = {public} WHERE credential_id = {mine}"
            ));
                owner.move_epoch();
                world = restarted(world);
                let desk = Desk::p256(&world, &thief);
                let otp = thief.account.authenticator.code().unwrap();
                let reply = desk.authorize(&[hash("khoá của việc khác")], &otp);
                assert_no_signature(&world, &reply, &desk.credential, 0);
                let alarms = log::entries(&world, &log::of_event("alarm.raised"));
                let told = |one: &AuditEntry| one.entry["data"]["found"] == *desk.credential;
                assert!(alarms.iter().any(told), "nobody was told: {alarms:?}");
            }
        },
    );
}

/// The id and the public half of a seal's key.
fn key_of_seal(owner: &mut Owner, seal: &str) -> (Vec<u8>, Vec<u8>) {
    owner.unlock("credential_key");
    let [id, public] = ["cka_id", "spki"].map(|column| {
        owner.read(&format!(
            "SELECT {column} AS value FROM credential_key WHERE credential_id = {seal}"
        ))
    });
    (id, public)
}

/// The same of the evaluation CA, as its file says.
fn key_of_authority(world: &World) -> (Vec<u8>, Vec<u8>) {
    let path = world.deployment.server.site().path("evaluation-ca.pem");
    let text = std::fs::read_to_string(path).unwrap();
    let (line, pem) = text.split_once('\n').unwrap();
    let id = hex::decode(line.strip_prefix("CKA_ID: ").unwrap()).unwrap();
    let certificate = Certificate::from_pem(pem).unwrap();
    let public = certificate.tbs_certificate.subject_public_key_info;
    (id, public.to_der().unwrap())
}

#[test]
fn a_swapped_client_key_lets_nobody_in() {
    on_own("it::owner::a_swapped_client_key_lets_nobody_in", |world| {
        let system = &world.province().document_system;
        let forged = ClientKey::generate().unwrap();
        let mut owner = Owner::of(&world);
        owner.unlock("client_key");
        let (client, spki) = (owner.id(&system.id), owner.bytes(&forged.public_der()));
        owner.run(&format!(
            "UPDATE client_key SET material = {spki} WHERE client_id = {client}"
        ));
        owner.move_epoch();
        let client_id = system.client_id.clone();
        let ask = |world: &World, client_id: &str| {
            let base = world.http().base().to_owned();
            let assertion = forged.assertion(client_id, &base).unwrap();
            world
                .http()
                .post("/oauth2/token")
                .form(&[
                    ("grant_type", "client_credentials"),
                    ("client_id", client_id),
                    ("client_assertion_type", kyso_api::oauth::JWT_BEARER),
                    ("client_assertion", &assertion),
                ])
                .send()
                .unwrap()
        };
        assert_eq!(ask(&world, &client_id).status, 401);
        let world = restarted(world);
        assert_eq!(ask(&world, &client_id).status, 401);
    });
}

#[test]
fn a_widened_session_stamps_no_more() {
    on_own("it::owner::a_widened_session_stamps_no_more", |world| {
        let bench = Bench::new(&world);
        bench.open(1);
        assert_eq!(bench.stamp("trong hạn mức").status, 200);
        let mut owner = Owner::of(&world);
        owner.unlock("stamping_session");
        owner.run("UPDATE stamping_session SET total = 400");
        owner.move_epoch();
        let reply = bench.stamp("ngoài hạn mức");
        assert_no_signature(&world, &reply, &bench.seal, 1);
        let (seal, token) = (bench.seal.clone(), bench.token.clone());
        let body = bench.body(&["ngoài hạn mức"]);
        let world = restarted(world);
        let call = world.http().post("/api/v1/stamps").bearer(&token);
        let reply = call
            .header("Idempotency-Key", &fresh_key())
            .json(&body)
            .send()
            .unwrap();
        assert_no_signature(&world, &reply, &seal, 1);
    });
}

#[test]
fn a_hash_that_was_given_back_signs_nothing() {
    on_own(
        "it::owner::a_hash_that_was_given_back_signs_nothing",
        |world| {
            let signer = world.signer();
            let desk = Desk::p256(&world, &signer);
            let hashes = [hash("chỉ một lần")];
            let sad = desk.sad(&signer, &hashes);
            desk.assert_signed(&desk.sign(&sad, &hashes), &["chỉ một lần"]);
            let mut owner = Owner::of(&world);
            assert_eq!(owner.count("SELECT COUNT(*) AS value FROM consumption"), 1);
            owner.unlock("release");
            owner.run(
                "INSERT INTO release (grant_id, ordinal, turn, sequence, seal) \
             SELECT grant_id, ordinal, turn, sequence, seal FROM consumption",
            );
            assert_no_signature(&world, &desk.sign(&sad, &hashes), &desk.credential, 1);
            owner.run("DELETE FROM release");
            owner.unlock("consumption");
            owner.run("DELETE FROM consumption");
            assert_no_signature(&world, &desk.sign(&sad, &hashes), &desk.credential, 1);
            let kept = desk.keep();
            let world = restarted(world);
            let desk = kept.at(&world);
            assert_no_signature(&world, &desk.sign(&sad, &hashes), &desk.credential, 1);
        },
    );
}
