//! The exporter changes entries and signs the manifest anew.

use super::{Forgery, changed, forgery};
use crate::log::entry;
use crate::pack::Pack;

/// Name, word of the fault, what it names, and what was done to entries 256 to 511.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    fn(&mut Vec<Vec<u8>>),
);

const ENTRIES: [Row; 6] = [
    ("entry-removed", "entry_missing", "306", |entries| {
        entries.remove(50);
    }),
    ("last-entry-removed", "entry_missing", "511", |entries| {
        entries.pop();
    }),
    ("entries-swapped", "entry_missing", "306", |entries| {
        entries.swap(50, 51);
    }),
    ("entry-twice", "entry_twice", "305", |entries| {
        entries.insert(50, entries[49].clone());
    }),
    ("entry-added", "entry_added", "511", |entries| {
        entries.push(entry(513, "x", None).to_bytes().unwrap());
    }),
    ("entry-no-json", "entry_changed", "306", |entries| {
        entries[50] = b"{}".to_vec();
    }),
];

pub(super) fn all(pack: &Pack) -> Vec<Forgery> {
    let edited = |change: fn(&mut Vec<Vec<u8>>)| {
        let mut pack = pack.clone();
        let mut entries = pack.entries("entries/256");
        change(&mut entries);
        pack.put_entries("entries/256", &entries);
        pack.sealed()
    };
    let disclosed = |from: &str, to: &str| {
        changed(pack, |pack| pack.replace("disclosed/256", from, to)).sealed()
    };
    let forged = disclosed("Lý do", "Lí do");
    let of_another = disclosed("\"seq\":258", "\"seq\":999");
    ENTRIES
        .into_iter()
        .map(|(name, word, names, change)| forgery(name, word, names, edited(change)))
        .chain([
            forgery("disclosed-forged", "disclosed_wrong", "reason", forged),
            forgery(
                "disclosed-of-another",
                "part_malformed",
                "disclosed/256",
                of_another,
            ),
        ])
        .collect()
}
