//! `kysod serve` refuses what must not run: in one sentence, with a status that scripts see, and
//! before anything is written.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use kyso_tests::server::{Plan, Site, write_private};
use tempfile::TempDir;

use crate::attestation::Vandal;
use crate::world::PROGRAM;

/// A bootstrapped deployment that nothing serves.
pub(crate) struct Shop {
    pub(crate) site: Site,
    _directory: TempDir,
}

impl Shop {
    /// Files and token, and no database.
    pub(crate) fn bare() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let plan = Plan::new(directory.path(), Path::new(PROGRAM));
        Self {
            site: Site::prepare(plan).unwrap(),
            _directory: directory,
        }
    }

    pub(crate) fn bootstrapped() -> Self {
        let shop = Self::bare();
        shop.site.run(&["migrate"]).unwrap();
        shop.site.run(&["bootstrap"]).unwrap();
        shop
    }

    fn sql(&self, sql: &str) {
        let path = self.site.path("kyso.db");
        let mut owner = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
        owner.batch_execute(sql).unwrap();
    }

    /// Puts something else into a file.
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let path = self.site.path(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Copies a file; of a database, all of it.
    fn copy(&self, from: &str, to: &str) {
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)");
        std::fs::copy(self.site.path(from), self.site.path(to)).unwrap();
    }

    pub(crate) fn remove(&self, file: &str) {
        std::fs::remove_file(self.site.path(file)).unwrap();
    }

    /// What `kysod` says when it refuses: one line, the last, after what was logged.
    /// Where the token refuses the PIN it ends with a status of its own.
    pub(crate) fn refusal(&self, arguments: &[&str]) -> String {
        let mut command = self.site.command(arguments);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        // The program under test ends with whoever holds its standard input.
        let _held = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let status = if said.contains("the token refuses the PIN") {
            77
        } else {
            1
        };
        assert_eq!(output.status.code(), Some(status), "{said}");
        let mut told = said.lines().filter_map(|line| line.strip_prefix("kysod: "));
        let sentence = told
            .next()
            .unwrap_or_else(|| panic!("nothing was told: {said}"));
        assert_eq!(told.next(), None, "{said}");
        assert!(said.ends_with(&format!("{sentence}\n")), "{said}");
        assert!(!said.contains("panicked"), "{said}");
        sentence.to_owned()
    }

    fn refuses_to_serve(&self, because: &str) {
        let sentence = self.refusal(&["serve"]);
        assert!(sentence.contains(because), "{sentence}");
    }

    /// Deletes every secret key from the token, as another program with its PIN may.
    fn empty_token(&self) {
        let listed = self.site.run(&["hsm", "list"]).unwrap();
        let keys = listed.lines().filter(|line| line.contains("AES"));
        let ids: Vec<&str> = keys.filter_map(|line| line.split(' ').next()).collect();
        assert!(!ids.is_empty(), "{listed}");
        for id in ids {
            let delete = ["--delete-object", "--type", "secrkey", "--id", id];
            Vandal::of(&self.site).run(&delete);
        }
    }
}

#[test]
fn a_schema_that_is_not_this_builds_is_refused() {
    let shop = Shop::bare();
    shop.refuses_to_serve("version is none, this build needs");
    shop.site.run(&["migrate"]).unwrap();
    shop.refuses_to_serve("the database is empty: run `kysod bootstrap` first");
    shop.site.run(&["bootstrap"]).unwrap();
    shop.sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000001')");
    let unknown = "the schema has 20991231000001, which this build does not know";
    shop.refuses_to_serve(unknown);
    for command in [&["migrate"][..], &["bootstrap"]] {
        let sentence = shop.refusal(command);
        assert!(sentence.contains(unknown), "{sentence}");
    }
    shop.sql("DELETE FROM __diesel_schema_migrations WHERE version = '20991231000001'");
    let last = "(SELECT max(version) FROM __diesel_schema_migrations)";
    shop.sql(&format!(
        "DELETE FROM __diesel_schema_migrations WHERE version = {last}"
    ));
    shop.refuses_to_serve("run `kysod migrate`");
}

#[test]
fn a_missing_key_is_refused() {
    let shop = Shop::bootstrapped();
    let token = "SELECT blob FROM sealed_key WHERE purpose = 'row-seal'";
    // What the first `serve` would make, made by somebody else.
    shop.sql(&format!(
        "INSERT INTO sealed_key (purpose, version, blob) VALUES ('token-signing', 1, ({token}))"
    ));
    shop.refuses_to_serve("the key that signs access tokens: the sealed value is not valid here");
    shop.sql("DROP TRIGGER IF EXISTS sealed_key_no_delete; DELETE FROM sealed_key WHERE purpose = 'token-signing'");
    shop.empty_token();
    shop.refuses_to_serve("this token cannot open the key that seals the database's rows");
    shop.sql("DELETE FROM sealed_key");
    shop.refuses_to_serve("the database has lost the key that seals its rows");
    let sentence = shop.refusal(&["bootstrap"]);
    assert!(sentence.contains("the log is not empty"), "{sentence}");
}

#[test]
fn a_token_that_is_not_there_or_refuses_the_pin_is_refused() {
    let shop = Shop::bootstrapped();
    shop.edit("hsm.toml", "token.label = 'kyso'", "token.label = 'khac'");
    shop.refuses_to_serve("the PKCS#11 module has no token");
    shop.edit("hsm.toml", "token.label = 'khac'", "token.label = 'kyso'");
    write_private(&shop.site.path("pin"), "00000000").unwrap();
    // With a status of its own, at which nobody starts it again: each start is a try.
    for command in [&["serve"][..], &["check-config"], &["hsm", "status"]] {
        let sentence = shop.refusal(command);
        let refused = sentence.contains("the token refuses the PIN (CKR_PIN_INCORRECT)");
        assert!(refused, "{command:?}: {sentence}");
    }
    let mode = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(shop.site.path("pin"), mode).unwrap();
    };
    mode(0o644);
    shop.refuses_to_serve("a PIN must be readable by its owner only");
    mode(0o600);
    shop.edit("hsm.toml", "libsofthsm2.so", "none.so");
    shop.refuses_to_serve("/usr/lib/softhsm/none.so cannot be used");
}

#[test]
fn a_log_that_its_head_file_does_not_vouch_for_is_refused() {
    let shop = Shop::bootstrapped();
    shop.copy("kyso.db", "earlier.db");
    shop.copy("audit.head", "earlier.head");
    // A start and a stop add entries, and the head file follows.
    let server = kyso_tests::server::Server::start(&shop.site).unwrap();
    assert!(server.stop().unwrap().success());
    shop.copy("kyso.db", "later.db");
    shop.copy("earlier.db", "kyso.db");
    shop.refuses_to_serve("the database is behind the head file");
    shop.copy("later.db", "kyso.db");
    shop.edit("kysod.toml", "kyso.example/2026", "kyso.example/2027");
    shop.refuses_to_serve("it is of another log");
    shop.edit("kysod.toml", "kyso.example/2027", "kyso.example/2026");
    std::fs::write(shop.site.path("audit.head"), "{}").unwrap();
    shop.refuses_to_serve("the head file cannot be used");
    shop.remove("audit.head");
    shop.refuses_to_serve("there is no head file");
    // An older head is no harm: the log may have gone on while it could not be written.
    shop.copy("earlier.head", "audit.head");
    let server = kyso_tests::server::Server::start(&shop.site).unwrap();
    assert!(server.stop().unwrap().success());
}

#[test]
fn a_log_with_another_past_is_refused() {
    let (shop, other) = (Shop::bootstrapped(), Shop::bootstrapped());
    std::fs::copy(other.site.path("audit.head"), shop.site.path("audit.head")).unwrap();
    shop.refuses_to_serve("the database is behind the head file");
}

#[test]
fn production_refuses_what_was_made_for_evaluation() {
    let shop = Shop::bootstrapped();
    shop.edit("kysod.toml", "\"evaluation\"", "\"production\"");
    shop.refuses_to_serve("a production environment refuses the evaluation CA");
    shop.edit(
        "kysod.toml",
        "[evaluation]\nca_certificate = \"evaluation-ca.pem\"\n",
        "",
    );
    shop.refuses_to_serve("a production environment needs certificates.trust_anchors");
    shop.edit(
        "kysod.toml",
        "[server]",
        "[certificates]\ntrust_anchors = \"anchors.pem\"\n[server]",
    );
    shop.refuses_to_serve("anchors.pem");
    shop.copy("tls-ca.pem", "anchors.pem");
    // Accounts, keys and certificates of the trial are all in its database.
    shop.refuses_to_serve("begun for evaluation and the configuration says production");
    let entries = shop.site.run(&["audit", "verify"]).unwrap();
    shop.refuses_to_serve("refused");
    assert_eq!(shop.site.run(&["audit", "verify"]).unwrap(), entries);
}

#[test]
fn a_configuration_that_is_wrong_is_refused_without_repeating_a_secret() {
    let shop = Shop::bootstrapped();
    let cases = [
        ("[csc]", "[csc]\ncolour = 1", "unknown field `colour`"),
        (
            "key = { file = \"tls-key.pem\" }",
            "key = \"chim-yen\"",
            "a secret never stands here",
        ),
        (
            "sqlite = \"kyso.db\"",
            "postgres = \"postgres://k:chim-yen@db/k\"",
            "a secret never",
        ),
        (
            "https://localhost",
            "http://localhost",
            "server.base_url must begin with https://",
        ),
        ("file = \"tls-key.pem\"", "file = \"none.pem\"", "none.pem"),
        ("\"evaluation-ca.pem\"", "\"none.pem\"", "none.pem"),
        ("\"hsm.toml\"", "\"none.toml\"", "none.toml"),
    ];
    for (from, to, because) in cases {
        shop.edit("kysod.toml", from, to);
        let sentence = shop.refusal(&["serve"]);
        assert!(sentence.contains(because), "{sentence}");
        assert!(!sentence.contains("chim-yen"), "{sentence}");
        shop.edit("kysod.toml", to, from);
    }
    shop.edit("hsm.toml", "pin.file = ", "pin.value = 'chim-yen'\n#");
    let sentence = shop.refusal(&["serve"]);
    assert!(
        sentence.contains("hsm.toml") && !sentence.contains("chim-yen"),
        "{sentence}"
    );
    shop.remove("kysod.toml");
    shop.refuses_to_serve("kysod.toml");
}
