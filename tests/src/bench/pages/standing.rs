//! The standing questions of security officers, and the days of keys.

use super::cast::Cast;

/// Each page and where it is.
pub(super) fn questions(cast: &Cast) -> impl Iterator<Item = (&'static str, String)> {
    let questions = [
        ("question, authority", "/ui/audit/views/expired-authority"),
        ("question, seals", "/ui/audit/views/seal-without-signature"),
        ("question, hours", "/ui/audit/views/seal-outside-hours"),
        ("question, bulk", "/ui/audit/views/bulk"),
        ("question, failures", "/ui/audit/views/failed-activations"),
        ("question, alone", "/ui/audit/views/acting-alone"),
        (
            "question, certificates",
            "/ui/audit/views/certificates-ending",
        ),
        ("question, numbers", "/ui/audit/views/skipped-numbers"),
    ];
    let questions = questions.map(|(page, path)| (page, path.to_owned()));
    let day = &cast.minute[0][..10];
    let keys = [
        ("a day of a busy key", &cast.busy_credential),
        ("a day of a rare key", &cast.rare_credential),
    ];
    let keys = keys.map(|(page, key)| {
        let path = format!("/ui/audit/key-use?credential={key}&day={day}");
        (page, path)
    });
    questions.into_iter().chain(keys)
}
