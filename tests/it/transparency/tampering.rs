//! What the owner of the database can do to a log that lies still, as data; `kysod audit verify` names each.

use std::fs;

use kyso_evidence::{Frontier, Head, leaf_hash};
use kyso_tests::server::{Server, Site};

use super::attacks::{Attack, ENTRIES, TREE};
use super::witness::Witness;
use super::{call_of, checkpoint_of, keys, receipt};
use crate::desk::{Desk, hash};
use crate::owner::Owner;
use crate::stamping::Bench;
use crate::world::{Still, World, on_own};

/// What attacks change, and what is put back after each.
const TABLES: [&str; 5] = [
    "audit_block",
    "audit_entry",
    "audit_opening",
    "tree_tile",
    "tree_checkpoint",
];
const HEAD: &str = "audit.head";
pub(super) const CHECKPOINT: &str = "audit.head.checkpoint";
const RECEIPT: &str = "kept.tlog-proof";

/// A log that lies still, and its owner.
pub(super) struct Scene {
    pub(super) owner: Owner,
    pub(super) site: Site,
    /// Entries.
    pub(super) size: i64,
    /// Entries of an earlier day, and the head file that it had.
    earlier: i64,
    earlier_head: Vec<u8>,
    head: Vec<u8>,
    pub(super) checkpoint: Vec<u8>,
    log_key: String,
}

impl Scene {
    /// A server that signed for systems and people, with a witness, and has stopped.
    fn new(mut world: World) -> (Self, Still) {
        let mut witness = Witness::new("witness.example");
        let log_key = keys(world.http()).key;
        let at = witness.run(&log_key, None);
        let site = world.deployment.server.site().clone();
        super::witnessed::configure(&site, &witness, at, "");
        let mut owner = Owner::of(&world);
        assert!(world.deployment.server.stop().unwrap().success());
        let earlier = owner.count("SELECT count(*) AS value FROM audit_entry");
        let earlier_head = fs::read(site.path(HEAD)).unwrap();
        world.deployment.server = Server::start(&site).unwrap();
        work(&world, &site);
        let still = world.lay_still();
        for table in TABLES {
            owner.unlock(table);
            owner.run(&format!(
                "CREATE TABLE kept_{table} AS SELECT * FROM {table}"
            ));
        }
        let scene = Self {
            size: owner.count("SELECT count(*) AS value FROM audit_entry"),
            head: fs::read(site.path(HEAD)).unwrap(),
            checkpoint: fs::read(site.path(CHECKPOINT)).unwrap(),
            owner,
            site,
            earlier,
            earlier_head,
            log_key,
        };
        (scene, still)
    }

    fn verify(&self, arguments: &[&str]) -> Result<String, String> {
        let words = [&["audit", "verify"], arguments].concat();
        let end = self.site.run(&words);
        end.map_err(|error| format!("{error:#}"))
    }

    fn assert_named(&self, what: &str, arguments: &[&str], said: &str) {
        let end = self.verify(arguments);
        let fault = end.map_or_else(|fault| fault, |whole| format!("nothing: {whole}"));
        assert!(fault.contains(said), "{what}: {fault}\nwanted: {said}");
        // What is brought along and is no evidence speaks for nothing, against nothing.
        let status = if what == "no evidence" { 1 } else { 65 };
        assert!(
            fault.contains(&format!("exit status: {status}:")),
            "{what}: {fault}"
        );
    }

    fn put_back(&mut self) {
        for table in TABLES {
            self.owner.run(&format!("DELETE FROM {table}"));
            let all = format!("INSERT INTO {table} SELECT * FROM kept_{table}");
            self.owner.run(&all);
        }
        fs::write(self.site.path(HEAD), &self.head).unwrap();
        fs::write(self.site.path(CHECKPOINT), &self.checkpoint).unwrap();
    }

    /// The youngest entry with something in this column.
    fn youngest(&mut self, column: &str) -> i64 {
        let sql =
            format!("SELECT max(sequence) AS value FROM audit_entry WHERE {column} IS NOT NULL");
        self.owner.count(&sql)
    }

    fn entry(&mut self, sequence: i64) -> Vec<u8> {
        let sql = format!("SELECT entry AS value FROM audit_entry WHERE sequence = {sequence}");
        self.owner.read(&sql)
    }

    pub(super) fn text(&mut self, sql: &str) -> String {
        let cast = match self.owner {
            Owner::Sqlite(_) => format!("SELECT CAST(value AS BLOB) AS value FROM ({sql}) AS one"),
            Owner::Postgres(_) => {
                format!("SELECT convert_to(value, 'UTF8') AS value FROM ({sql}) AS one")
            }
        };
        String::from_utf8(self.owner.read(&cast)).unwrap()
    }

    /// The note and size of the newest checkpoint that the witness cosigned.
    pub(super) fn cosigned(&mut self) -> (i64, String) {
        let newest = "SELECT max(size) AS value FROM tree_checkpoint WHERE witnesses = 1";
        let size = self.owner.count(newest);
        let note = self.text(&format!(
            "SELECT note AS value FROM tree_checkpoint WHERE size = {size}"
        ));
        (size, note)
    }

    fn cut(&mut self, from: i64) {
        for table in ["audit_entry", "audit_opening"] {
            self.owner
                .run(&format!("DELETE FROM {table} WHERE sequence >= {from}"));
        }
    }

    fn forget_tree(&mut self) {
        self.owner.run("DELETE FROM tree_checkpoint");
        self.owner.run("DELETE FROM tree_tile");
    }

    fn remove(&self, files: &[&str]) {
        for file in files {
            fs::remove_file(self.site.path(file)).unwrap();
        }
    }

    /// Writes another history: one entry has another time, and every hash and the head file follow.
    pub(super) fn fork(&mut self, sequence: i64) {
        let mut entry: serde_json::Value = serde_json::from_slice(&self.entry(sequence)).unwrap();
        let at = "SELECT recorded_at AS value FROM audit_entry WHERE sequence = ";
        let at = self.owner.count(&format!("{at}{sequence}")) + 1;
        entry["time"] = kyso_core::Timestamp::from_micros(at).to_string().into();
        let other = serde_json::to_vec(&entry).unwrap(); // keys stay sorted, as RFC 8785 has them
        let (bytes, leaf) = (
            self.owner.bytes(&other),
            self.owner.bytes(&leaf_hash(&other)),
        );
        self.owner.run(&format!(
            "UPDATE audit_entry SET entry = {bytes}, leaf_hash = {leaf}, recorded_at = {at} WHERE sequence = {sequence}"
        ));
        let mut frontier = Frontier::new();
        for number in 0..self.size {
            frontier.push(leaf_hash(&self.entry(number)));
        }
        let seen = Head::parse(&self.head).unwrap();
        let head = Head::new(seen.log().to_owned(), seen.time().to_owned(), frontier).unwrap();
        fs::write(self.site.path(HEAD), head.to_bytes().unwrap()).unwrap();
    }
}

/// Entries with something in each column, and a receipt that somebody keeps.
fn work(world: &World, site: &Site) {
    let bench = Bench::new(world);
    bench.open(5);
    let signer = world.signer();
    let desk = Desk::p256(world, &signer);
    let hashes = [hash("đúng")];
    let sad = desk.sad(&signer, &hashes);
    assert_eq!(desk.sign(&sad, &[hash("sai")]).status, 400);
    assert_eq!(desk.sign(&sad, &hashes).status, 200);
    world.newcomer(); // whose name is opened
    let call = call_of(&bench.stamp("được giữ biên nhận"));
    let kept = receipt(world.http(), &bench.token, &call, "");
    fs::write(site.path(RECEIPT), kept.to_string()).unwrap();
    let covered = kept.proof().checkpoint().unverified().size();
    let _ = bench.stamp("sau biên nhận");
    checkpoint_of(world.http(), covered + 1);
}

/// A column, what it is set to, and what the entry calls it.
const COLUMNS: [(&str, Value, &str); 13] = [
    ("recorded_at", Value::Sql("recorded_at + 1"), "time"),
    ("event", Value::Sql("'audit.read'"), "event"),
    ("outcome", Value::Sql("'unknown'"), "outcome"),
    ("request_id", Value::Id, "request"),
    ("actor_kind", Value::Sql("'none'"), "actor.kind"),
    ("actor_id", Value::Id, "actor.id"),
    ("client_id", Value::Id, "client"),
    ("agency_id", Value::Id, "agency"),
    ("credential_id", Value::Id, "credential"),
    ("object_id", Value::Id, "object"),
    ("grant_id", Value::Id, "grant"),
    ("reason", Value::Sql("'forbidden_'"), "reason"),
    ("reason", Value::Sql("NULL"), "reason"),
];

#[derive(Clone, Copy)]
enum Value {
    Sql(&'static str),
    /// Another id.
    Id,
}

#[test]
fn a_change_in_any_column_of_an_entry_is_named() {
    let test = "it::transparency::tampering::a_change_in_any_column_of_an_entry_is_named";
    on_own(test, |world| {
        let (mut scene, _still) = Scene::new(world);
        scene.verify(&[]).unwrap();
        let mut seen = std::collections::BTreeSet::from(["sequence", "entry", "leaf_hash"]);
        for (column, value, member) in COLUMNS {
            let at = scene.youngest(column);
            let set = match value {
                Value::Sql(sql) => sql.to_owned(),
                Value::Id => scene.owner.bytes(&[9; 16]),
            };
            let change = format!("UPDATE audit_entry SET {column} = {set} WHERE sequence = {at}");
            scene.owner.run(&change);
            let said = format!("row {at}: column {member} differs from its entry");
            scene.assert_named(&change, &[], &said);
            scene.put_back();
            seen.insert(column);
        }
        let columns = match scene.owner {
            Owner::Sqlite(_) => "pragma_table_info('audit_entry')",
            Owner::Postgres(_) => "information_schema.columns WHERE table_name = 'audit_entry'",
        };
        let columns = scene
            .owner
            .count(&format!("SELECT count(*) AS value FROM {columns}"));
        assert_eq!(i64::try_from(seen.len()).unwrap(), columns, "{seen:?}");
        let at = scene.size / 2;
        let mut bytes = scene.entry(at);
        let last = bytes.len() - 2;
        bytes[last] ^= 1;
        let bytes = scene.owner.bytes(&bytes);
        let leaf = scene.owner.bytes(&[5; 32]);
        for set in [format!("entry = {bytes}"), format!("leaf_hash = {leaf}")] {
            let change = format!("UPDATE audit_entry SET {set} WHERE sequence = {at}");
            scene.owner.run(&change);
            scene.assert_named(&change, &[], &format!("entry {at} was changed"));
            scene.put_back();
        }
        scene.verify(&[]).unwrap();
    });
}

#[test]
fn whatever_is_done_to_entries_is_named() {
    let test = "it::transparency::tampering::whatever_is_done_to_entries_is_named";
    on_own(test, |world| all_named(world, &ENTRIES));
}

#[test]
fn whatever_is_done_to_tree_and_checkpoints_is_named() {
    let test = "it::transparency::tampering::whatever_is_done_to_tree_and_checkpoints_is_named";
    on_own(test, |world| all_named(world, &TREE));
}

fn all_named(world: World, attacks: &[Attack]) {
    let (mut scene, _still) = Scene::new(world);
    let key = scene.log_key.clone();
    for (what, attack, says) in attacks {
        attack(&mut scene);
        let said = says(&mut scene);
        // With a key that was told on another way, and with the one that the log names.
        scene.assert_named(what, &["--log-key", &key], &said);
        scene.assert_named(what, &[], &said);
        scene.put_back();
    }
    let report = scene.verify(&["--log-key", &key]).unwrap();
    assert!(
        report.contains("the witness witness.example vouches for entries 0 to"),
        "{report}"
    );
    assert!(!report.contains("itself names"), "{report}");
    let report = scene.verify(&[]).unwrap();
    assert!(
        report.contains(&key) && report.contains("itself names"),
        "{report}"
    );
}

/// Each thing outside the database that is left shows a cut tail; without any of them nothing can.
#[test]
fn a_cut_tail_is_named_by_whatever_is_left_outside() {
    let test = "it::transparency::tampering::a_cut_tail_is_named_by_whatever_is_left_outside";
    on_own(test, |world| {
        let (mut scene, _still) = Scene::new(world);
        let from = scene.earlier;
        let missing = format!("tail cut off: entries {from} to ");
        let against = scene.site.path(RECEIPT).display().to_string();
        let against = ["--against", &*against];
        // A checkpoint that somebody had from the server, which is one that witnesses have signed, too, if there are any.
        let kept = scene.site.path("kept.checkpoint");
        fs::write(&kept, &scene.checkpoint).unwrap();
        let kept = kept.display().to_string();
        let kept = ["--against", &*kept];

        scene.cut(from);
        scene.assert_named("the head file", &[], &missing);
        scene.remove(&[HEAD]);
        let file = format!("{CHECKPOINT}: {missing}");
        scene.assert_named("the checkpoint's file", &[], &file);
        scene.remove(&[CHECKPOINT]);
        let stored = "the stored checkpoint of";
        scene.assert_named("stored checkpoints", &[], stored);
        scene.owner.run("DELETE FROM tree_checkpoint");
        scene.assert_named("tiles", &[], "the stored tree counts");
        scene.forget_tree();
        let receipt = format!("{RECEIPT}: {missing}");
        scene.assert_named("a later receipt", &against, &receipt);
        let checkpoint = format!("kept.checkpoint: {missing}");
        scene.assert_named("a later checkpoint", &kept, &checkpoint);
        let nothing = scene.verify(&[]).unwrap();
        let shown = format!("complete up to {} as far as this copy shows", from - 1);
        assert!(nothing.contains(&shown), "{nothing}");
        assert!(nothing.contains("a cut tail would not show"), "{nothing}");
        scene.put_back();
        scene.verify(&against).unwrap();
        scene.verify(&kept).unwrap();

        // An old backup, with its own head file.
        scene.cut(from);
        scene.forget_tree();
        fs::write(scene.site.path(HEAD), scene.earlier_head.clone()).unwrap();
        scene.assert_named("an old backup", &[], &file);
        scene.remove(&[CHECKPOINT]);
        scene.verify(&[]).unwrap();
        scene.assert_named("an old backup, by a receipt", &against, &receipt);
        scene.put_back();

        // A fork whose author removed all that was signed.
        scene.fork(3);
        scene.forget_tree();
        scene.assert_named("a fork, by the checkpoint's file", &[], CHECKPOINT);
        scene.remove(&[CHECKPOINT]);
        scene.verify(&[]).unwrap();
        let forked = "entries 0 to";
        scene.assert_named("a fork, by a receipt", &against, forked);
        scene.assert_named("a fork, by a checkpoint", &kept, forked);
        let stranger = fs::read(scene.site.path("kysod.toml")).unwrap();
        fs::write(scene.site.path("stranger"), stranger).unwrap();
        let stranger = scene.site.path("stranger").display().to_string();
        scene.assert_named("no evidence", &["--against", &stranger], "no bundle");
    });
}
