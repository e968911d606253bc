//! What the demonstration says.

/// Begins a part.
pub(super) fn title(text: &str) {
    println!("\n== {text}");
}

/// Something worth knowing.
pub(super) fn say(text: &str) {
    println!("   {text}");
}

/// A step that held, and what was seen.
pub(super) fn held(text: &str) {
    println!(" ✓ {text}");
}
