//! Check 16 of the conformance list: letters whose marks come apart from them, and texts as long as they may be.

use kyso_api::management::AuditEntry;
use serde_json::{Value, json};

use super::desk::{Registry, dated, for_the_leader, today, waiting};
use crate::log;
use crate::world::{World, on_both};

/// As macOS spells it, and as entries have it.
const LETTER: [&str; 2] = ["o\u{31b}\u{309}", "ở"];
const KIND: [&str; 2] = ["Quye\u{302}\u{301}t đi\u{323}nh", "Quyết định"];
const RECIPIENT: [&str; 2] = ["So\u{31b}\u{309} No\u{323}\u{302}i vu\u{323}", "Sở Nội vụ"];
const DRAFTER: [&str; 2] = ["Tra\u{302}\u{300}n Thi\u{323} A\u{301}nh", "Trần Thị Ánh"];
const PUBLIC: [&str; 2] = ["thu\u{31b}o\u{31b}\u{300}ng", "thường"];
const SERIES: [&str; 2] = ["Co\u{302}ng va\u{306}n đi", "Công văn đi"];
const SYMBOL: [&str; 2] = ["QĐ-HO\u{323}\u{302}I", "QĐ-HỘI"];

/// What is said of the document, in the first spelling or in the second, with as long an abstract as may be.
fn said(spelling: usize, symbol: &[String; 2], purpose: &str) -> Value {
    json!({"abstract": LETTER[spelling].repeat(500), "label": KIND[spelling], "type": KIND[spelling],
        "recipients": RECIPIENT[spelling], "drafter": DRAFTER[spelling], "secrecy": PUBLIC[spelling],
        "symbol": symbol[spelling], "number": "12", "purpose": purpose})
}

/// The intent of this key says all that in one spelling.
fn assert_told(intent: &AuditEntry, expected: &Value) {
    let opened: Value = serde_json::from_str(&intent.openings["document_000"]).unwrap();
    assert_eq!(opened, *expected);
}

#[test]
fn conformance_16_both_spellings_and_long_texts_get_signature_and_seal() {
    on_both(
        "it::sealing::spelled::conformance_16_both_spellings_and_long_texts_get_signature_and_seal",
        conform,
    );
}

fn conform(world: &World) {
    let registry = Registry::new(world);
    // Tests share an agency, and its series must not meet.
    let own = world.name("");
    let symbol = SYMBOL.map(|symbol| format!("{symbol}{own}"));
    let paper = for_the_leader(&symbol[1]);
    let signed = paper.signed_saying(world, &registry.leader, &said(0, &symbol, "KY_DUYET"));
    let key = &registry.leader.credentials.p256;
    let intents = log::of_credential(world, "signature.intent", key);
    assert_told(&intents[0], &said(1, &symbol, "KY_DUYET"));

    let file = waiting(dated(&signed, (12, &symbol[0]), today()));
    let mut body = registry.body(&file);
    body["document"] = said(0, &symbol, "PHAT_HANH");
    body["series"] = json!(format!("{} {own}", SERIES[0]));
    let reply = registry.seal(&body);
    file.sealed(&reply);
    let series = format!("{} {own}", SERIES[1]);
    assert_eq!(reply.json()["issue"]["series"], *series);
    let intents = log::of_credential(world, "signature.intent", &registry.bench.seal);
    assert_told(&intents[0], &said(1, &symbol, "PHAT_HANH"));
    assert_eq!(intents[0].openings["series"], series);

    // One letter more is refused, however it is spelled.
    for spelling in [0, 1] {
        body["document"]["abstract"] = json!(LETTER[spelling].repeat(501));
        registry.assert_refused(&body, ("invalid_field", "malformed"));
    }
}
