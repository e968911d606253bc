//! Trust lists in folders.

use std::path::Path;

use kyso_documents::validation::TrustList;
use kyso_documents::validation::trust::{Kind, Role, WrongList};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/trust");

#[test]
fn the_sample_holds_the_government_and_the_national_root() {
    let list = TrustList::read(Path::new(SAMPLE)).unwrap();
    let found: Vec<_> = list
        .authorities()
        .iter()
        .map(|one| (one.kind, one.role))
        .collect();
    let expected = [
        (Kind::GovernmentG2, Role::Root),
        (Kind::GovernmentG2, Role::Intermediate),
        (Kind::Public, Role::Root),
    ];
    assert_eq!(found, expected);
}

/// The sample in a folder of its own, with one text of the list replaced.
fn with(from: &str, to: &str) -> Result<TrustList, WrongList> {
    let folder = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(SAMPLE).unwrap() {
        let path = file.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let list = folder.path().join("trust.toml");
    let text = std::fs::read_to_string(&list).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&list, text.replace(from, to)).unwrap();
    TrustList::read(folder.path())
}

#[test]
fn a_list_with_one_wrong_line_is_not_used() {
    assert!(with("role", "role").is_ok());
    for (from, to, said) in [
        ("rootcag2.crt", "missing.crt", "missing.crt"),
        (
            "\"rootcag2.crt\"",
            "\"../trust/rootcag2.crt\"",
            "not the name of a file",
        ),
        ("\"rootcag2.crt\"", "\"trust.toml\"", "not one certificate"),
        ("\"cpcag2.crt\"", "\"rootcag2.crt\"", "fingerprint"),
        ("F04BA4B4", "F04BA4B5", "fingerprint"),
        ("government-g2", "government-g9", "government-g9"),
        ("role = \"root\"", "role = \"intermediate\"", "no root"),
        ("2018-08-22T07:36:39Z", "22.8.2018", "dates"),
        ("2048-08-14T07:36:39Z", "2017-01-01T00:00:00Z", "dates"),
        ("source", "sauce", "sauce"),
        ("[[authority]]", "[[authorities]]", "authorities"),
    ] {
        let error = with(from, to).unwrap_err().to_string();
        assert!(error.contains(said), "{to}: {error}");
    }
}
