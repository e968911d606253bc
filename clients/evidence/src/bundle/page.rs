//! The page that verifies a bundle in a browser, without network: a second implementation.

use std::sync::LazyLock;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::entry::{ActorKind, Builder, Factor, Format, Outcome, ResultState};
use crate::event::Event;
use crate::line::to_base64;

/// The page that bundles carry: one HTML file that needs no network and may ask for none.
///
/// Its scripts are of its own make, but for the words that entries may have. They are named by their
/// hash in the page's policy (CSP 3, section 6.7.3.2), so nothing else runs in it.
pub fn page() -> &'static str {
    static PAGE: LazyLock<String> = LazyLock::new(assembled);
    &PAGE
}

fn assembled() -> String {
    let style = include_str!("page/style.css");
    let script = [
        &words(),
        include_str!("page/bytes.js"),
        include_str!("page/notes.js"),
        include_str!("page/entries.js"),
        include_str!("page/tree.js"),
        include_str!("page/parts.js"),
        include_str!("page/verify.js"),
        include_str!("page/ui.js"),
    ];
    let script = format!("\n\"use strict\";\n{}", script.concat());
    let hash = |text: &str| to_base64(&Sha256::digest(text));
    include_str!("page/verify.html")
        .replace("{script-hash}", &hash(&script))
        .replace("{style-hash}", &hash(style))
        .replace("{style}", style)
        .replace("{script}", &script)
}

/// What entries of this version may say, from the types that say it.
fn words() -> String {
    let events: Vec<&str> = Event::ALL.iter().map(|event| event.name()).collect();
    let words = json!({
        "builder": texts(Builder::ALL, Builder::as_str),
        "factor": texts(Factor::ALL, Factor::as_str),
        "format": texts(Format::ALL, Format::as_str),
        "kind": texts(ActorKind::ALL, ActorKind::as_str),
        "outcome": texts(Outcome::ALL, Outcome::as_str),
        "result": texts(ResultState::ALL, ResultState::as_str),
    });
    format!(
        "const EVENTS = {};\nconst WORDS = {words};\n",
        json!(events)
    )
}

fn texts<T: Copy>(all: &[T], text: impl Fn(T) -> &'static str) -> Vec<&'static str> {
    all.iter().map(|&one| text(one)).collect()
}
