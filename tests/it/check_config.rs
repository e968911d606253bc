//! `kysod check-config` opens what the configuration names, and says which setting is wrong and why.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use kyso_tests::server::write_private;

use crate::refusals::Shop;

/// What is done to one file of a good deployment.
enum Harm {
    /// It is removed.
    Absent,
    /// It holds this.
    Holds(&'static str),
    /// It holds what another file does.
    Copies(&'static str),
    /// The first text in it becomes the second.
    Reads(&'static str, &'static str),
    /// Others may read it.
    Open,
}

const BROKEN: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/// The file, what is done to it, the setting that is named, and why.
/// A table that names this file as the secret of calls to the officers' system.
macro_rules! alarms {
    ($file:literal) => {
        Harm::Reads(
            "[audit]",
            concat!(
                "[alarms]\nurl = \"https://soc.example.vn\"\nsecret = { file = \"",
                $file,
                "\" }\n\n[audit]"
            ),
        )
    };
}

const BAD: [(&str, Harm, &str, &str); 24] = {
    use Harm::{Absent, Copies, Holds, Open, Reads};
    let (certificate, key) = ("tls.certificate", "tls.key");
    let (anchors, profile) = ("certificates.trust_anchors", "hsm.profile");
    let authority = "evaluation.ca_certificate";
    [
        ("tls-chain.pem", Absent, certificate, "No such file"),
        (
            "tls-chain.pem",
            Holds("x"),
            certificate,
            "holds no certificate",
        ),
        ("tls-chain.pem", Holds(BROKEN), certificate, ""),
        (
            "tls-chain.pem",
            Copies("tls-ca.pem"),
            certificate,
            "do not fit",
        ),
        ("tls-key.pem", Absent, key, "No such file"),
        ("tls-key.pem", Holds("x"), key, "no items found"),
        ("tls-key.pem", Holds(" "), key, "holds no secret text"),
        ("tls-key.pem", Open, key, "readable by its owner only"),
        ("anchors.pem", Absent, anchors, "No such file"),
        (
            "anchors.pem",
            Holds("x"),
            anchors,
            "must hold PEM certificates",
        ),
        (
            "anchors.pem",
            Holds(BROKEN),
            anchors,
            "must hold PEM certificates",
        ),
        ("evaluation-ca.pem", Absent, authority, "No such file"),
        (
            "evaluation-ca.pem",
            Holds("x"),
            authority,
            "does not name its key",
        ),
        (
            "evaluation-ca.pem",
            Copies("tls-ca.pem"),
            authority,
            "does not name its key",
        ),
        ("hsm.toml", Absent, profile, "No such file"),
        (
            "hsm.toml",
            Holds("module = 1"),
            profile,
            "expected path string",
        ),
        (
            "hsm.toml",
            Reads("libsofthsm2.so", "none.so"),
            profile,
            "none.so cannot be used",
        ),
        (
            "hsm.toml",
            Reads("'kyso'", "'khac'"),
            profile,
            "has no token",
        ),
        ("pin", Absent, "pin in hsm.profile", "No such file"),
        (
            "pin",
            Open,
            "pin in hsm.profile",
            "readable by its owner only",
        ),
        ("pin", Holds("00000000"), profile, "CKR_PIN_INCORRECT"),
        ("postgres.url", Absent, "database.postgres", "No such file"),
        (
            "kysod.toml",
            alarms!("none"),
            "alarms.secret",
            "No such file",
        ),
        (
            "kysod.toml",
            alarms!("pin"),
            "alarms.secret",
            "must be whsec_",
        ),
    ]
};

impl Harm {
    fn to(&self, shop: &Shop, file: &str) {
        let path = shop.site.path(file);
        match self {
            Self::Absent => shop.remove(file),
            Self::Holds(text) => write_private(&path, text).unwrap(),
            Self::Copies(other) => {
                std::fs::copy(shop.site.path(other), path).unwrap();
            }
            Self::Reads(from, to) => shop.edit(file, from, to),
            Self::Open => std::fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap(),
        }
    }
}

/// A deployment that names every file there can be, and says that it is good.
fn whole() -> Shop {
    let shop = Shop::bootstrapped();
    std::fs::copy(shop.site.path("tls-ca.pem"), shop.site.path("anchors.pem")).unwrap();
    let anchors = "[certificates]\ntrust_anchors = \"anchors.pem\"\n[server]";
    shop.edit("kysod.toml", "[server]", anchors);
    // The settings name a URL; the database itself is not asked.
    let url = "postgres = { file = \"postgres.url\" }";
    shop.edit("kysod.toml", "sqlite = \"kyso.db\"", url);
    write_private(
        &shop.site.path("postgres.url"),
        "postgres://k@127.0.0.1:1/k",
    )
    .unwrap();
    shop
}

#[test]
fn every_bad_file_is_named_by_its_setting() {
    let shop = whole();
    let good = shop.site.run(&["check-config"]).unwrap();
    assert!(good.ends_with("the configuration is good\n"), "{good}");
    assert!(!good.contains("note:"), "{good}");
    for (file, harm, setting, why) in BAD {
        let path = shop.site.path(file);
        let before = std::fs::read_to_string(&path).unwrap();
        harm.to(&shop, file);
        let sentence = shop.refusal(&["check-config"]);
        assert!(sentence.contains(setting), "{file}: {setting}: {sentence}");
        assert!(sentence.contains(why), "{file}: {why}: {sentence}");
        // A new file, since a mode outlives its content.
        let _ = std::fs::remove_file(&path);
        write_private(&path, &before).unwrap();
    }
    assert_eq!(shop.site.run(&["check-config"]).unwrap(), good);
}

#[test]
fn what_a_later_step_makes_may_be_absent_before_the_log_begins() {
    let shop = Shop::bare();
    shop.edit("hsm.toml", "'kyso'", "'chua-co'");
    let said = shop.site.run(&["check-config"]).unwrap();
    for words in [
        "has no token Label(\"chua-co\"): `kysod hsm init` begins it",
        "evaluation-ca.pem is not there yet: `kysod bootstrap` makes it",
        "have no legal value",
        "the token is software, not an HSM",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!shop.site.path("kyso.db").exists(), "it changes nothing");
    // What is there is looked at all the same.
    std::fs::write(shop.site.path("evaluation-ca.pem"), "x").unwrap();
    let sentence = shop.refusal(&["check-config"]);
    assert!(sentence.contains("evaluation.ca_certificate"), "{sentence}");
}
