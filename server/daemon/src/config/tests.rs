//! The production sample, and what is refused.

use super::*;

const SAMPLE: &str = include_str!("../../../../ops/kysod.production.toml");

#[test]
fn the_production_sample_is_a_configuration() {
    let config = Config::parse(SAMPLE).unwrap();
    assert_eq!(config.environment, Environment::Production);
    assert!(!config.csc.auth_login);
    assert_eq!(
        config.sha256,
        <[u8; 32]>::from(Sha256::digest(SAMPLE.as_bytes()))
    );
}

/// Headers of the sample's tables; the root's is empty.
fn tables() -> Vec<&'static str> {
    let headers = SAMPLE.lines().filter(|line| line.starts_with('['));
    std::iter::once("").chain(headers).collect()
}

/// The sample with a line put into the table with this header.
fn with_line(header: &str, line: &str) -> String {
    if header.is_empty() {
        return format!("{line}\n{SAMPLE}");
    }
    SAMPLE.replacen(header, &format!("{header}\n{line}"), 1)
}

fn refusal(text: &str) -> String {
    Config::parse(text).unwrap_err().to_string()
}

#[test]
fn unknown_keys_are_refused_at_every_level() {
    assert!(tables().len() >= 11, "{:?}", tables());
    for header in tables() {
        let told = refusal(&with_line(header, "colour = 1"));
        assert!(told.contains("unknown field `colour`"), "{header}: {told}");
    }
    let evaluation = "[evaluation]\nca_certificate = \"ca.pem\"\ncolour = 1\n";
    let told = refusal(&format!("{SAMPLE}\n{evaluation}"));
    assert!(told.contains("unknown field `colour`"), "{told}");
    let in_force: String = SAMPLE
        .split_inclusive('\n')
        .filter(|line| !line.starts_with('#'))
        .collect();
    for inline in in_force.split("= { ").skip(1) {
        let (inline, _) = inline.split_once('\n').unwrap();
        let changed = SAMPLE.replacen(inline, &format!("colour = 1, {inline}"), 1);
        let told = refusal(&changed);
        assert!(told.contains("unknown field `colour`"), "{told}");
    }
}

#[test]
fn the_production_sample_names_every_key() {
    for header in tables() {
        let told = refusal(&with_line(header, "colour = 1"));
        let (_, known) = told.split_once(", expected ").unwrap();
        for key in known.split('`').skip(1).step_by(2) {
            let named = SAMPLE.lines().any(|line| {
                let line = line.trim_start_matches("# ").trim_start_matches('[');
                line.starts_with(&format!("{key} =")) || line.starts_with(&format!("{key}]"))
            });
            assert!(named || key == "evaluation", "{header} {key}");
        }
    }
}

/// The tables that the sample has commented out as a whole.
fn commented_tables() -> Vec<&'static str> {
    let tables = SAMPLE.split("\n# [").skip(1);
    tables
        .map(|table| table.split_once("\n\n").unwrap().0)
        .collect()
}

/// The keys that the sample has commented out, each with the line that it would be.
fn commented() -> Vec<(&'static str, &'static str)> {
    let lines = SAMPLE.lines().filter_map(|line| line.strip_prefix("# "));
    let tables: Vec<&str> = commented_tables()
        .into_iter()
        .flat_map(str::lines)
        .collect();
    lines
        .filter(|line| !tables.contains(&format!("# {line}").as_str()))
        .filter_map(|line| Some((line.split_once(" = ")?.0, line)))
        .filter(|(key, _)| key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        .collect()
}

#[test]
fn what_the_production_sample_has_commented_out_can_be_taken_in() {
    let options = commented();
    assert!(options.len() >= 5, "{options:?}");
    for (key, line) in &options {
        let mut text = SAMPLE.replacen(&format!("# {line}"), line, 1);
        if *key == "sqlite" {
            let told = refusal(&text);
            assert!(
                told.contains("exactly one of sqlite and postgres"),
                "{told}"
            );
            text = text.replacen("\npostgres = ", "\n# postgres = ", 1);
        }
        let (with, without) = (
            Config::parse(&text).unwrap(),
            Config::parse(SAMPLE).unwrap(),
        );
        let shown = |config: &Config| {
            let config = Config {
                sha256: [0; 32],
                ..config.clone()
            };
            format!("{config:?}")
        };
        assert_ne!(shown(&with), shown(&without), "{key} changes nothing");
    }
}

#[test]
fn the_tables_that_the_production_sample_has_commented_out_can_be_taken_in() {
    let mut text = SAMPLE.to_owned();
    for table in commented_tables() {
        let table = format!("# [{table}");
        let taken_in = table.replace("\n# ", "\n").replacen("# ", "", 1);
        text = text.replacen(&table, &taken_in, 1);
    }
    let config = Config::parse(&text).unwrap();
    assert!(config.time_stamps.is_some() && config.alarms.is_some());
    let without = Config::parse(SAMPLE).unwrap();
    assert!(without.time_stamps.is_none() && without.alarms.is_none());
}

#[test]
fn no_secret_stands_in_a_configuration_and_none_is_repeated() {
    let (tls, postgres) = (
        "{ credential = \"tls.key\" }",
        "{ credential = \"postgres.url\" }",
    );
    for place in [tls, postgres] {
        for secret in [
            "\"postgres://kyso:chim-yen@db/kyso\"",
            "73317331",
            "{ value = \"chim-yen\" }",
            "{ file = \"/secret\", value = \"chim-yen\" }",
            "{ file = \"/secret\", credential = \"secret\" }",
            "[\"chim-yen\"]",
            "\"chim-yen",
        ] {
            let text = SAMPLE.replacen(place, secret, 1);
            assert_ne!(text, SAMPLE);
            let error = Config::parse(&text).unwrap_err();
            let told = format!("{error} {error:?}");
            assert!(matches!(error, ConfigError::Syntax(_)), "{told}");
            assert!(
                !told.contains("chim-yen") && !told.contains("7331"),
                "{told}"
            );
        }
    }
    let told = refusal(&with_line("[database]", "password = \"chim-yen\""));
    assert!(!told.contains("chim-yen"), "{told}");
}

#[test]
fn production_refuses_the_evaluation_ca() {
    let text = format!("{SAMPLE}\n[evaluation]\nca_certificate = \"ca.pem\"\n");
    let error = Config::parse(&text).unwrap_err();
    assert!(matches!(error, ConfigError::Contradiction(_)));
    let no_anchors = SAMPLE.replacen("trust_anchors =", "# trust_anchors =", 1);
    assert_ne!(no_anchors, SAMPLE);
    let error = Config::parse(&no_anchors).unwrap_err();
    assert!(error.to_string().contains("trust_anchors"), "{error}");
    let evaluation = text.replacen("= \"production\"", "= \"evaluation\"", 1);
    assert!(Config::parse(&evaluation).is_ok());
}

#[test]
fn the_base_url_is_exact() {
    for bad in ["http://sign.example.gov.vn", "https://sign.example.gov.vn/"] {
        let text = SAMPLE.replacen("https://sign.example.gov.vn", bad, 1);
        assert!(Config::parse(&text).is_err(), "{bad}");
    }
}

#[test]
fn a_log_in_on_the_pages_is_bound_to_some_network_for_some_time() {
    for (before, after) in [
        ("ipv4 = 24", "ipv4 = 15"),
        ("ipv4 = 24", "ipv4 = 33"),
        ("ipv6 = 48", "ipv6 = 31"),
        ("ipv6 = 48", "ipv6 = 129"),
        ("page_seconds = 3600", "page_seconds = 59"),
        ("page_seconds = 3600", "page_seconds = 86401"),
    ] {
        let text = SAMPLE.replacen(before, after, 1);
        assert!(refusal(&text).contains("tokens"), "{after}");
    }
    let narrow = SAMPLE.replacen("ipv4 = 24, ipv6 = 48", "ipv4 = 32", 1);
    let network = Config::parse(&narrow).unwrap().tokens.page_network;
    assert_eq!((network.ipv4, network.ipv6), (32, 48));
}

#[test]
fn relative_paths_count_from_the_file() {
    let mut config = Config::parse(SAMPLE).unwrap();
    config.hsm.profile = "hsm.toml".into();
    config.resolve(Path::new("/srv/kyso"));
    assert_eq!(config.hsm.profile, Path::new("/srv/kyso/hsm.toml"));
}

#[test]
fn anybody_may_have_files_verified_unless_that_is_switched_off() {
    for (line, expected) in [
        ("", true),
        ("public_verification = true", true),
        ("public_verification = false", false),
    ] {
        let config = Config::parse(&with_line("[server]", line)).unwrap();
        assert_eq!(config.server.public_verification, expected, "{line}");
    }
}
