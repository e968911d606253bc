//! The exporter puts parts where they do not belong.

use super::{Forgery, changed, forgery};
use crate::pack::Pack;

/// Name, what the fault names, and what was done.
type Row = (&'static str, &'static str, fn(&mut Pack));

const ORDERS: [Row; 4] = [
    ("keys-before-statement", "keys", |p| {
        let at = p.place("keys");
        p.0.swap(at, at - 1);
    }),
    ("checkpoint-twice", "checkpoint/700", |p| {
        let at = p.place("checkpoint/700");
        p.0.insert(at, p.0[at].clone());
    }),
    ("tile-twice", "tile/1/000.p/2", |p| {
        let at = p.place("tile/1/000.p/2");
        p.0.insert(at, p.0[at].clone());
    }),
    ("disclosed-before-entries", "disclosed/256", |p| {
        let at = p.place("disclosed/256");
        p.0.swap(at, at - 1);
    }),
];

pub(super) fn all(pack: &Pack) -> Vec<Forgery> {
    let mut short_lists = pack.clone();
    short_lists.seal_in_lists_of(5, 8);
    ORDERS
        .into_iter()
        .map(|(name, names, change)| (name, names, changed(pack, change).sealed()))
        .chain([("lists-too-short", "tile/0/000", short_lists.close())])
        .map(|(name, names, bundle)| forgery(name, "part_out_of_place", names, bundle))
        .collect()
}
