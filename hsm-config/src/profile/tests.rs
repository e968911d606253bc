//! Samples and what is refused.

use super::*;

const LEAST: &str = "module = '/m.so'\ntoken.label = 't'\npin.file = '/pin'\n";

#[test]
fn every_sample_parses() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles");
    let mut samples = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        Profile::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        samples += 1;
    }
    assert_eq!(samples, 4, "samples in {folder}: is each in README.md?");
}

#[test]
fn the_least_profile_takes_the_safe_defaults() {
    let profile = Profile::parse(LEAST).unwrap();
    assert!(profile.check_ecdsa && !profile.software_token);
    assert!(profile.template.copyable && profile.template.modifiable);
}

const SAMPLE: &str = include_str!("../../profiles/softhsm2.toml");

/// The sample with `line` put into the table of this name; the name is empty for the root.
fn with_line(table: &str, line: &str) -> String {
    let header = format!("[{table}]\n");
    match SAMPLE.split_once(&header) {
        Some((before, after)) => format!("{before}{header}{line}\n{after}"),
        None => format!("{line}\n{SAMPLE}"),
    }
}

/// The keys of a table, as the refusal of an unknown one names them.
fn keys(table: &str) -> Vec<String> {
    let error = Profile::parse(&with_line(table, "colour = 1")).unwrap_err();
    let told = error.to_string();
    let (unknown, known) = told.split_once(", expected ").unwrap();
    assert!(unknown.ends_with("unknown field `colour`"), "{told}");
    let known = known.split('`').skip(1).step_by(2);
    known.map(str::to_owned).collect()
}

#[test]
fn unknown_keys_are_refused_in_every_table_and_the_sample_names_every_known_one() {
    let mut tables = vec![""];
    tables.extend(SAMPLE.lines().filter_map(|line| {
        line.strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
    }));
    assert_eq!(tables, ["", "lanes", "mechanisms", "template", "quirks"]);
    for table in tables {
        for key in keys(table) {
            let set = [" =", ".", "]"].map(|end| format!("{key}{end}"));
            let named = SAMPLE.lines().any(|line| {
                let line = line.trim_start_matches('[');
                set.iter().any(|set| line.starts_with(set))
            });
            assert!(named, "{table}.{key} is not in the sample");
        }
    }
}

#[test]
fn no_secret_stands_in_a_profile_and_none_is_repeated() {
    for pin in [
        "pin = 'chim-yen'",
        "pin = 73317331",
        "pin.value = 'chim-yen'",
        "pin = { file = '/pin', value = 'chim-yen' }",
        "pin = { file = '/pin', credential = 'hsm.pin' }",
        "pin = ['chim-yen']",
        "pin = 'chim-yen",
    ] {
        let text = LEAST.replace("pin.file = '/pin'", pin);
        let error = Profile::parse(&text).unwrap_err();
        assert!(matches!(error, ProfileError::Syntax(_)), "{pin}");
        let told = format!("{error} {error:?}");
        assert!(
            !told.contains("chim-yen") && !told.contains("7331"),
            "{told}"
        );
        assert!(told.contains("line 3"), "{told}");
    }
}

#[test]
fn samples_and_readme_agree_on_what_nobody_ran() {
    let readme = include_str!("../../README.md");
    for (name, sample, tested) in [
        ("softhsm2", SAMPLE, true),
        (
            "kryoptic",
            include_str!("../../profiles/kryoptic.toml"),
            true,
        ),
        ("luna7", include_str!("../../profiles/luna7.toml"), false),
        (
            "nshield",
            include_str!("../../profiles/nshield.toml"),
            false,
        ),
    ] {
        assert_eq!(sample.contains("UNTESTED"), !tested, "{name}");
        assert_eq!(sample.contains("Tested: "), tested, "{name}");
        let software = Profile::parse(sample).unwrap().software_token;
        assert_eq!(software, tested, "{name}: no HSM was at hand");
        let row = format!("| [{name}.toml](profiles/{name}.toml) |");
        let row = readme.lines().find(|line| line.starts_with(&row));
        let row = row.unwrap_or_else(|| panic!("{name} has no row"));
        assert_eq!(row.contains("**untested**"), !tested, "{row}");
        assert_eq!(row.contains("not an HSM"), software, "{row}");
    }
    let rows = readme.matches("](profiles/").count();
    assert_eq!(rows, 4, "the README names other samples");
}

#[test]
fn numbers_outside_their_range_are_refused() {
    for line in [
        "lanes.count = 65",
        "lanes.call_limit_ms = 99",
        "lanes.probe_ms = 49",
        "attest_seconds = 2592001",
    ] {
        let text = format!("{LEAST}{line}\n");
        assert!(
            matches!(Profile::parse(&text), Err(ProfileError::OutOfRange(..))),
            "{line}"
        );
    }
    let relative = LEAST.replace("/m.so", "m.so");
    assert!(matches!(
        Profile::parse(&relative),
        Err(ProfileError::RelativeModule(_))
    ));
}

#[test]
fn a_profile_that_allows_nothing_is_refused() {
    for line in ["mechanisms.algorithms = []", "mechanisms.schemes = []"] {
        let text = format!("{LEAST}{line}\n");
        assert!(
            matches!(Profile::parse(&text), Err(ProfileError::Empty(_))),
            "{line}"
        );
    }
}
