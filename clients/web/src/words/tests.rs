use std::collections::BTreeSet;

use unicode_normalization::is_nfc;

use super::*;

#[test]
fn every_word_is_there_in_both_languages_and_in_order() {
    let names: Vec<&str> = TABLE.iter().map(|row| row.0).collect();
    let sorted: BTreeSet<&str> = names.iter().copied().collect();
    let sorted: Vec<&str> = sorted.into_iter().collect();
    assert_eq!(names, sorted, "once each, in alphabetical order");
    for (name, vietnamese, english) in TABLE {
        assert!(is_nfc(vietnamese) && english.is_ascii(), "{name}");
        assert!(
            !vietnamese.trim().is_empty() && !english.trim().is_empty(),
            "{name}"
        );
        assert_eq!(vietnamese.ends_with('.'), english.ends_with('.'), "{name}");
    }
}
