//! False bundles as data: what was done to a true one, and what a verifier must say of it.
//!
//! All that is not said to be damage has lists and manifest made anew and signed by the export key:
//! the exporter itself lies.

mod damage;
mod entries;
mod histories;
mod orders;
mod signatures;
mod trees;

use kyso_evidence::bundle::Beside;

use crate::log::Log;
use crate::pack::Pack;

/// A bundle that must not pass.
pub(crate) struct Forgery {
    /// What was done.
    pub(crate) name: &'static str,
    pub(crate) bundle: Vec<u8>,
    /// What is held beside it, where only that shows the forgery.
    pub(crate) beside: Option<Beside>,
    /// The word of the fault.
    pub(crate) word: &'static str,
    /// The fault itself names this: an entry, a tile, a key, a part.
    pub(crate) names: &'static str,
}

/// The true bundle that most forgeries begin with: entries 250 to 599 of 700.
pub(crate) fn honest(log: &Log) -> Vec<u8> {
    log.bundle(250..600, &[700])
}

/// Every forgery.
pub(crate) fn all() -> Vec<Forgery> {
    let log = Log::new(700);
    let pack = Pack::open(&honest(&log));
    let mut all = damage::all(&pack);
    all.extend(entries::all(&pack));
    all.extend(orders::all(&pack));
    all.extend(trees::all(&log, &pack));
    all.extend(signatures::all(&log, &pack));
    all.extend(histories::all(&log));
    all
}

fn forgery(
    name: &'static str,
    word: &'static str,
    names: &'static str,
    bundle: Vec<u8>,
) -> Forgery {
    let beside = None;
    Forgery {
        name,
        bundle,
        beside,
        word,
        names,
    }
}

fn changed(pack: &Pack, change: impl FnOnce(&mut Pack)) -> Pack {
    let mut pack = pack.clone();
    change(&mut pack);
    pack
}
