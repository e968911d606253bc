//! Every page of the gallery keeps the rules of all pages, and holds what its reader needs.

#[expect(dead_code, reason = "the example's own entry point is not called here")]
#[path = "../../examples/gallery/main.rs"]
mod gallery;
mod held;

use std::collections::BTreeSet;

use kyso_web::{GUIDE, Language, assets};

fn every_page(check: impl Fn(&str, &str)) {
    for language in [Language::Vietnamese, Language::English] {
        for (name, html) in gallery::pages(language) {
            assert!(
                html.contains(&format!("<html lang=\"{}\">", language.code())),
                "{name}"
            );
            check(name, &html);
        }
    }
}

fn page(wanted: &str) -> String {
    let pages = gallery::pages(Language::Vietnamese);
    let found = pages.into_iter().find(|(name, _)| *name == wanted);
    assert!(found.is_some(), "no page {wanted}");
    found.map(|(_, html)| html).unwrap_or_default()
}

/// What stands between each `begin` and the next `end`.
fn between<'a>(html: &'a str, begin: &str, end: &'a str) -> Vec<&'a str> {
    let parts = html.split(begin).skip(1);
    parts
        .map(|part| part.split(end).next().unwrap_or(part))
        .collect()
}

#[test]
fn every_form_that_changes_something_carries_the_token() {
    let forms = std::cell::Cell::new(0);
    every_page(|name, html| {
        for form in between(html, "<form method=\"post\"", "</form>") {
            assert_eq!(
                form.matches("name=\"csrf\" value=\"c5rf\"").count(),
                1,
                "{name}: {form}"
            );
            forms.set(forms.get() + 1);
        }
        for form in between(html, "<form method=\"get\"", "</form>") {
            assert!(
                !form.contains("csrf"),
                "{name}: a token in an address: {form}"
            );
        }
    });
    assert!(forms.get() > 60, "{}", forms.get());
}

#[test]
fn nothing_needs_a_weaker_policy() {
    every_page(|name, html| {
        for script in between(html, "<script", "</script>") {
            assert!(script.starts_with(" src=\"/ui/assets/"), "{name}: {script}");
            assert!(script.ends_with("defer>"), "{name}: {script}");
        }
        for refused in [
            "<style",
            " style=",
            " onclick=",
            " onload=",
            "javascript:",
            "<iframe",
            "<base",
        ] {
            assert!(!html.contains(refused), "{name}: {refused}");
        }
    });
}

#[test]
fn text_from_others_neither_runs_nor_reorders() {
    every_page(|name, html| {
        let odd = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\0');
        assert!(!html.contains(odd), "{name}");
        assert!(!html.contains("<script>"), "{name}");
    });
    for name in [
        "inbox",
        "approve",
        "results",
        "signatures",
        "stamping-session",
        "entry",
    ] {
        let html = page(name);
        assert!(
            html.contains("&#60;script&#62;alert(&#39;ký&#39;)&#60;/script&#62;"),
            "{name}"
        );
        assert!(html.contains("[U+202E]fdp.nac gnôC[U+202C]"), "{name}");
    }
}

#[test]
fn every_page_has_one_heading_unique_ids_and_a_way_past_the_navigation() {
    every_page(|name, html| {
        assert_eq!(html.matches("<h1>").count(), 1, "{name}");
        assert!(html.contains("<a class=\"skip\" href=\"#main\">"), "{name}");
        let ids = between(html, " id=\"", "\"");
        assert_eq!(
            ids.iter().collect::<BTreeSet<_>>().len(),
            ids.len(),
            "{name}: {ids:?}"
        );
        for target in between(html, "href=\"#", "\"") {
            assert!(ids.contains(&target), "{name}: #{target}");
        }
    });
}

#[test]
fn no_page_weighs_more_than_a_hundred_kilobytes() {
    let files: usize = assets().iter().map(|asset| asset.bytes.len()).sum();
    every_page(|name, html| assert!(html.len() + files < 100 * 1024, "{name}"));
}

#[test]
fn every_page_says_that_an_evaluation_has_no_legal_value() {
    every_page(|name, html| {
        let said = ["KHÔNG CÓ GIÁ TRỊ PHÁP LÝ.", "NO LEGAL VALUE."];
        assert!(said.iter().any(|words| html.contains(words)), "{name}");
    });
}

/// What `ops/runbooks/readme docs/integrate.md` runs, of what the guide marks as a sample: name and text.
fn samples_that_run() -> Vec<(&'static str, &'static str)> {
    let run = between(GUIDE, "\n```sh\n", "\n```\n");
    let marked = between(GUIDE, "<!-- page: ", "\n```\n").into_iter();
    let parts = marked.filter_map(|part| part.split_once(" -->\n```sh\n"));
    let samples: Vec<_> = parts.collect();
    assert!(samples.iter().all(|(_, text)| run.contains(text)));
    samples
}

#[test]
fn the_samples_for_integrators_are_blocks_of_the_guide_and_nothing_else() {
    let html = page("integrate");
    let shown = between(&html, "<pre ", "</pre>").into_iter();
    let shown: Vec<String> = shown
        .filter_map(|pre| pre.split_once('>'))
        .map(|(_, text)| plain(text))
        .collect();
    let samples = samples_that_run();
    let names: BTreeSet<&str> = samples.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), shown.len(), "{names:?}");
    for name in names {
        let blocks = samples.iter().filter(|(found, _)| *found == name);
        let whole: Vec<&str> = blocks.map(|(_, text)| *text).collect();
        let base = "https://kyso.hatinh.example";
        let whole = whole.join("\n\n").replace("$base", base);
        assert!(shown.contains(&whole), "{name}: {whole}");
    }
}

/// The text that an escaped one stands for.
fn plain(html: &str) -> String {
    let signs = [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
    ];
    let text = signs.iter().fold(html.to_owned(), |text, (escaped, sign)| {
        text.replace(escaped, sign)
    });
    text.replace("&#38;", "&")
}
