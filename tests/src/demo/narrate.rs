//! What the demonstration says.

use anyhow::Context;

/// Begins a part.
pub(super) fn title(text: &str) {
    println!("\n== {text}");
}

/// Does a part of the scenario. What goes wrong in it bears its name, so that the last line of a
/// failed run says where to look.
pub(super) fn part<T>(name: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    title(name);
    work().with_context(|| format!("this step did not hold: {name}"))
}

/// Something worth knowing.
pub(super) fn say(text: &str) {
    println!("   {text}");
}

/// A step that held, and what was seen.
pub(super) fn held(text: &str) {
    println!(" ✓ {text}");
}
