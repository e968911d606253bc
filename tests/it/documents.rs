//! The documents at the root say what holds: every test and every file they name exists.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::tree::{repository, tracked};

/// Our packages but for the tests, and where they lie.
const PACKAGES: [(&str, &str); 14] = [
    ("api", "server/api"),
    ("client", "clients/rust"),
    ("core", "server/core"),
    ("documents", "clients/documents"),
    ("evidence", "clients/evidence"),
    ("hsm", "server/hsm"),
    ("hsm-config", "hsm-config"),
    ("kyso", "clients/cli"),
    ("kysod", "server/daemon"),
    ("render", "server/render"),
    ("revocation", "clients/revocation"),
    ("store", "server/store"),
    ("web", "clients/web"),
    ("witness", "clients/witness"),
];

/// Names of tests: package, module path, function; `it::…` for this binary. `src`, `tests` and the
/// words that name no module are left out, as in `kyso_store::seal::every_table_has_its_own_key`.
fn name_of(file: &str, function: &str) -> String {
    let (package, rest) = package_of(file);
    let stem = rest.trim_end_matches(".rs");
    let silent = ["src", "tests", "lib", "main", "mod"];
    let modules = stem.split('/').filter(|part| !silent.contains(part));
    let mut parts: Vec<&str> = modules.collect();
    if package != "kyso_tests" {
        parts.insert(0, &package);
    }
    parts.push(function);
    parts.join("::")
}

fn package_of(file: &str) -> (String, &str) {
    let folder = Path::new(file)
        .ancestors()
        .skip(1)
        .find(|folder| repository().join(folder).join("Cargo.toml").exists())
        .unwrap();
    let manifest = std::fs::read_to_string(repository().join(folder).join("Cargo.toml")).unwrap();
    let name = manifest
        .lines()
        .find_map(|line| line.strip_prefix("name = "));
    let package = name.unwrap_or("").trim_matches('"').replace('-', "_");
    let rest = file.strip_prefix(folder.to_str().unwrap()).unwrap();
    (package, rest.trim_start_matches('/'))
}

/// The functions that a test attribute stands over, and those that run on both databases.
fn test_functions(source: &str) -> Vec<&str> {
    let mut attributed = false;
    let mut found = on_both_databases(source);
    for line in source.lines().map(str::trim_start) {
        if line.starts_with("#[") || line.starts_with("//") {
            attributed |= line.starts_with("#[") && line.contains("test");
            continue;
        }
        let function = line.split_once("fn ").map(|(_, rest)| rest);
        if let Some(function) = function.filter(|_| attributed) {
            found.extend(function.split(['(', '<']).next());
        }
        attributed = false;
    }
    found
}

fn on_both_databases(source: &str) -> Vec<&str> {
    let lists = source.split("\non_both! {").skip(1);
    let names = lists.filter_map(|rest| rest.split('}').next());
    names
        .flat_map(|names| names.split(','))
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect()
}

pub(crate) fn all_tests() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in tracked("rs") {
        let source = std::fs::read_to_string(repository().join(&file)).unwrap();
        names.extend(
            test_functions(&source)
                .iter()
                .map(|function| name_of(&file, function)),
        );
    }
    names
}

/// What stands between `before` and the next backtick, for every occurrence.
fn quoted<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    let rests = text.split(before).skip(1);
    rests.filter_map(|rest| rest.split('`').next()).collect()
}

#[test]
fn every_test_that_a_document_names_exists() {
    let tests = all_tests();
    for document in ["THREAT-MODEL.md", "docs/conformance.md"] {
        let text = std::fs::read_to_string(repository().join(document)).unwrap();
        let named = quoted(&text, "`test: ");
        assert!(!named.is_empty(), "{document} names no test");
        let absent: Vec<_> = named
            .iter()
            .filter(|name| !tests.contains(**name))
            .collect();
        assert!(absent.is_empty(), "{document}: no such test: {absent:#?}");
    }
}

/// The packages that a paragraph says each one knows, all without `kyso-`.
fn told_arrows(architecture: &str) -> BTreeMap<&'static str, BTreeSet<String>> {
    let (_, told) = architecture.split_once("Arrows, which").unwrap();
    let (told, _) = told.split_once("A test holds").unwrap();
    let mut arrows = BTreeMap::new();
    for clause in told.split([';', '.', ':']) {
        let clause = clause.replace('\n', " ");
        let Some((who, whom)) = clause.split_once(" know") else {
            continue;
        };
        let whom = quoted(whom, " `").into_iter().map(str::to_owned);
        let whom: BTreeSet<String> = whom.collect();
        for name in quoted(who, " `") {
            let name = PACKAGES.iter().find(|(known, _)| *known == name).unwrap();
            arrows.insert(name.0, whom.clone());
        }
    }
    arrows
}

/// What the manifest of a package names among its dependencies, tests aside.
fn manifest_arrows(folder: &str) -> BTreeSet<String> {
    let path = repository().join(folder).join("Cargo.toml");
    let manifest = std::fs::read_to_string(path).unwrap();
    let (_, rest) = manifest.split_once("\n[dependencies]\n").unwrap();
    let own = rest.split("\n[").next().unwrap();
    let names = own.lines().filter_map(|line| line.strip_prefix("kyso-"));
    let names = names.filter_map(|rest| rest.split(['.', ' ']).next());
    names.map(str::to_owned).collect()
}

#[test]
fn the_arrows_between_packages_are_those_of_the_manifests() {
    let text = std::fs::read_to_string(repository().join("ARCHITECTURE.md")).unwrap();
    let found = PACKAGES.map(|(name, folder)| (name, manifest_arrows(folder)));
    assert_eq!(told_arrows(&text), BTreeMap::from(found));
}

#[test]
fn every_file_that_a_document_links_to_exists() {
    for document in tracked("md") {
        let path = repository().join(&document);
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let target = link.split('#').next().unwrap_or("");
            let local = !target.is_empty() && !target.contains("://");
            let there: PathBuf = path.parent().unwrap().join(target);
            assert!(
                !local || there.exists(),
                "{document} links to {target}, which is not there"
            );
        }
    }
}

#[test]
fn the_licence_is_the_same_wherever_it_is_named() {
    let read = |file: &str| std::fs::read_to_string(repository().join(file)).unwrap();
    let manifest = read("Cargo.toml");
    let expression = quoted_value(&manifest, "license = ");
    assert!(read("LICENSE").contains(&format!("SPDX-License-Identifier: {expression}\n")));
    for (file, title) in [
        ("LICENSE-MIT", "MIT License"),
        ("LICENSE-APACHE", "Apache License"),
    ] {
        let begins = read(file);
        assert!(begins.trim_start().starts_with(title), "{file}");
        assert!(read("LICENSE").contains(file), "LICENSE names {file}");
        assert!(read("README.md").contains(file), "README.md names {file}");
    }
    // A package has the workspace's licence, or, outside the workspace, says the same.
    for file in tracked("toml")
        .iter()
        .filter(|file| file.ends_with("Cargo.toml"))
    {
        let text = read(file);
        let inherits = text.contains("license.workspace = true");
        let package = text.contains("[package]");
        let same = || quoted_value(&text, "license = ") == expression;
        assert!(!package || inherits || same(), "{file} has another licence");
    }
}

/// The value in quotes of the first line that begins so.
fn quoted_value<'a>(manifest: &'a str, begin: &str) -> &'a str {
    let value = manifest.lines().find_map(|line| line.strip_prefix(begin));
    value.unwrap_or("").trim_matches('"')
}

#[test]
fn names_of_tests_are_found_as_the_threat_model_writes_them() {
    let tests = all_tests();
    for name in [
        "it::documents::every_test_that_a_document_names_exists",
        "kyso_evidence::verify::changed_entries_are_named",
        "kyso_store::seal::every_table_has_its_own_key",
        "it::store::grants::every_hash_occurrence_is_used_once",
    ] {
        assert!(tests.contains(name), "{name} is not found");
    }
    assert!(!tests.contains("it::documents::name_of"));
}

#[test]
fn every_metric_that_an_alert_or_a_panel_names_exists() {
    let read = |file: &str| std::fs::read_to_string(repository().join(file)).unwrap();
    let declared = read("server/daemon/src/metrics.rs");
    let board = serde_json::from_str::<serde_json::Value>(&read("ops/grafana/kyso.json"));
    assert!(board.unwrap()["panels"].is_array());
    for file in ["ops/prometheus/kyso.rules.yml", "ops/grafana/kyso.json"] {
        let text = read(file);
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let metrics: BTreeSet<_> = words.filter(|word| word.starts_with("kyso_")).collect();
        assert!(!metrics.is_empty(), "{file} names no metric");
        for metric in metrics {
            let name = metric.trim_end_matches("_bucket");
            assert!(
                declared.contains(&format!("\"{name}\"")),
                "{file} names {metric}"
            );
        }
    }
}
