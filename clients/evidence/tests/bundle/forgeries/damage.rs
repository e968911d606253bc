//! Somebody on the way changes the file and can sign nothing.

use super::{Forgery, changed, forgery};
use crate::pack::Pack;

/// Name, word of the fault, what it names, and what was done.
type Row = (&'static str, &'static str, &'static str, fn(&mut Pack));

const PARTS: [Row; 7] = [
    ("entry-byte", "entry_changed", "300", |p| {
        p.replace("entries/256", "\"r-100\"", "\"r-101\"");
    }),
    ("page-byte", "part_changed", "verify.html", |p| {
        p.part("verify.html")[9] ^= 1;
    }),
    ("statement-time", "part_changed", "export", |p| {
        p.replace("export", "T17", "T18");
    }),
    ("keys-witness", "part_changed", "keys", |p| {
        let cut = p.text("keys").rfind("witness ").unwrap();
        p.part("keys").truncate(cut);
    }),
    ("tile-byte", "tile_wrong", "tile/0/001", |p| {
        p.part("tile/0/001")[40] ^= 1;
    }),
    ("list-byte", "part_changed", "checkpoint/700", |p| {
        p.replace("parts/0", " checkpoint/700", " checkpoint/701");
    }),
    ("disclosed-changed", "disclosed_wrong", "reason", |p| {
        p.replace("disclosed/256", "Lý do", "Lí do");
    }),
];

const MANIFEST: [Row; 4] = [
    ("manifest-exporter", "statement_differs", "", |p| {
        p.replace("manifest", "by person p-3", "by person p-4");
    }),
    ("manifest-hash", "part_changed", "parts/0", |p| {
        let at = p.text("manifest").find("part ").unwrap() + 5;
        let digit = &mut p.part("manifest")[at];
        *digit = if *digit == b'0' { b'1' } else { b'0' };
    }),
    ("manifest-line-added", "part_malformed", "manifest", |p| {
        p.part("manifest").extend("— x AAAAAAA=\n".bytes());
    }),
    ("manifest-missing", "part_out_of_place", "manifest", |p| {
        p.remove("manifest");
    }),
];

pub(super) fn all(pack: &Pack) -> Vec<Forgery> {
    let whole = pack.close();
    let longer = [whole.as_slice(), b"\n"].concat();
    let shorter = whole[..whole.len() / 2].to_vec();
    let damaged = PARTS.into_iter().chain(MANIFEST);
    damaged
        .map(|(name, word, names, change)| {
            forgery(name, word, names, changed(pack, change).close())
        })
        .chain([
            forgery("cut-in-half", "file_cut_off", "", shorter),
            forgery("something-follows", "not_a_bundle", "", longer),
        ])
        .collect()
}
