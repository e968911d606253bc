//! False bundles as data: what was done to a true one, and what a verifier must say of it.
//!
//! All that is not said to be damage has lists and manifest made anew and signed by the export key:
//! the exporter itself lies.

use kyso_evidence::bundle::Beside;

use crate::log::{Log, cosigner, entry};
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
    let mut all = damage(&pack);
    all.extend(entries(&pack));
    all.extend(trees(&log, &pack));
    all.extend(signatures(&log, &pack));
    all.extend(histories(&log));
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

/// Somebody on the way changes the file and can sign nothing.
fn damage(pack: &Pack) -> Vec<Forgery> {
    let damaged = |change: fn(&mut Pack)| changed(pack, change).close();
    let whole = pack.close();
    let longer = [whole.as_slice(), b"\n"].concat();
    let shorter = whole[..whole.len() / 2].to_vec();
    vec![
        forgery(
            "entry-byte",
            "entry_changed",
            "300",
            damaged(|p| {
                p.replace("entries/256", "\"r-100\"", "\"r-101\"");
            }),
        ),
        forgery(
            "page-byte",
            "part_changed",
            "verify.html",
            damaged(|p| p.part("verify.html")[9] ^= 1),
        ),
        forgery(
            "statement-time",
            "part_changed",
            "export",
            damaged(|p| p.replace("export", "T17", "T18")),
        ),
        forgery(
            "keys-witness",
            "part_changed",
            "keys",
            damaged(|p| {
                let text = p.text("keys");
                let cut = text.rfind("witness ").unwrap();
                p.part("keys").truncate(cut);
            }),
        ),
        forgery(
            "tile-byte",
            "tile_wrong",
            "tile/0/001",
            damaged(|p| p.part("tile/0/001")[40] ^= 1),
        ),
        forgery(
            "list-byte",
            "part_changed",
            "checkpoint/700",
            damaged(|p| {
                p.replace("parts/0", " checkpoint/700", " checkpoint/701");
            }),
        ),
        forgery(
            "manifest-exporter",
            "statement_differs",
            "",
            damaged(|p| p.replace("manifest", "by person p-3", "by person p-4")),
        ),
        forgery(
            "manifest-hash",
            "part_changed",
            "parts/0",
            damaged(|p| {
                let text = p.text("manifest");
                let at = text.find("part ").unwrap() + 5;
                let digit = &mut p.part("manifest")[at];
                *digit = if *digit == b'0' { b'1' } else { b'0' };
            }),
        ),
        forgery(
            "manifest-line-added",
            "part_malformed",
            "manifest",
            damaged(|p| p.part("manifest").extend("— x AAAAAAA=\n".bytes())),
        ),
        forgery(
            "manifest-missing",
            "part_out_of_place",
            "manifest",
            damaged(|p| p.remove("manifest")),
        ),
        forgery(
            "disclosed-changed",
            "disclosed_wrong",
            "reason",
            damaged(|p| p.replace("disclosed/256", "Lý do", "Lí do")),
        ),
        forgery("cut-in-half", "file_cut_off", "", shorter),
        forgery("something-follows", "not_a_bundle", "", longer),
    ]
}

/// The exporter changes entries and signs the manifest anew.
fn entries(pack: &Pack) -> Vec<Forgery> {
    let edited = |change: fn(&mut Vec<Vec<u8>>)| {
        changed(pack, |pack| {
            let mut entries = pack.entries("entries/256");
            change(&mut entries);
            pack.put_entries("entries/256", &entries);
        })
        .sealed()
    };
    vec![
        forgery(
            "entry-removed",
            "entry_missing",
            "306",
            edited(|entries| drop(entries.remove(50))),
        ),
        forgery(
            "last-entry-removed",
            "entry_missing",
            "511",
            edited(|entries| drop(entries.pop())),
        ),
        forgery(
            "entries-swapped",
            "entry_missing",
            "306",
            edited(|entries| entries.swap(50, 51)),
        ),
        forgery(
            "entry-twice",
            "entry_twice",
            "305",
            edited(|entries| entries.insert(50, entries[49].clone())),
        ),
        forgery(
            "entry-added",
            "entry_added",
            "511",
            edited(|entries| entries.push(entry(513, "x", None).to_bytes().unwrap())),
        ),
        forgery(
            "entry-no-json",
            "entry_changed",
            "306",
            edited(|entries| entries[50] = b"{}".to_vec()),
        ),
        forgery("disclosed-forged", "disclosed_wrong", "reason", {
            changed(pack, |pack| pack.replace("disclosed/256", "Lý do", "Lí do")).sealed()
        }),
        forgery("disclosed-of-another", "part_malformed", "disclosed/256", {
            changed(pack, |pack| {
                pack.replace("disclosed/256", "\"seq\":258", "\"seq\":999")
            })
            .sealed()
        }),
    ]
}

/// The exporter changes an entry and as much of the tree above it as there is.
fn trees(log: &Log, pack: &Pack) -> Vec<Forgery> {
    let rewritten = |levels: u8| {
        changed(pack, |pack| {
            let mut entries = pack.entries("entries/256");
            // An authority, which no later entry names.
            let mut other = entry(300, "other", None);
            other.request = "r-forged".into();
            entries[44] = other.to_bytes().unwrap();
            pack.put_entries("entries/256", &entries);
            pack.refit("entries/256");
            if levels > 0 {
                pack.climb(0, 1);
            }
        })
        .sealed()
    };
    let without = |tile: &str| changed(pack, |pack| pack.remove(tile)).sealed();
    let neighbour = changed(pack, |pack| pack.part("tile/0/000")[0] ^= 1);
    let other_root = changed(pack, |pack| {
        let from = log.root(700);
        let to = log.root(699);
        let coded = |hash| base64::Engine::encode(&base64::prelude::BASE64_STANDARD, hash);
        pack.replace("export", &coded(from), &coded(to));
    });
    vec![
        forgery(
            "entry-and-leaf-rewritten",
            "tile_wrong",
            "tile/0/001",
            rewritten(0),
        ),
        forgery(
            "entry-and-tiles-rewritten",
            "root_differs",
            "700",
            rewritten(1),
        ),
        forgery(
            "leaf-tile-missing",
            "tile_missing",
            "tile/0/001",
            without("tile/0/001"),
        ),
        forgery(
            "edge-tile-missing",
            "tile_missing",
            "tile/1/000",
            without("tile/1/000.p/2"),
        ),
        forgery(
            "tile-of-others-changed",
            "tile_wrong",
            "tile/0/000",
            neighbour.sealed(),
        ),
        forgery(
            "statement-of-another-tree",
            "part_malformed",
            "export",
            other_root.sealed(),
        ),
        forgery("tile-added", "tile_wrong", "tile/2/000", {
            changed(pack, |pack| {
                let at = pack
                    .0
                    .iter()
                    .position(|(name, _)| name.starts_with("tile/"))
                    .unwrap();
                pack.0.insert(at, ("tile/2/000.p/1".into(), vec![0; 32]));
            })
            .sealed()
        }),
    ]
}

/// Signatures that are missing, of others, or wrong.
fn signatures(log: &Log, pack: &Pack) -> Vec<Forgery> {
    let with = |checkpoint: String| {
        changed(pack, |pack| {
            *pack.part("checkpoint/700") = checkpoint.into_bytes()
        })
        .sealed()
    };
    let wrong_key = log.signed_by(9, 700).to_string();
    let one_witness = log.checkpoint(700, &[1]).to_string();
    let two = log.checkpoint(700, &[1, 2]).to_string();
    let stranger = two.replace(
        cosigner(2).key().label().name().as_str(),
        "witness.example/w3",
    );
    let mut turned = two.clone().into_bytes();
    // Within the last signature: the time that the witness says.
    let at = two.rfind(' ').unwrap() + 12;
    turned[at] = if turned[at] == b'A' { b'B' } else { b'A' };
    // The log's own line is the first below the text.
    let at = two.find("— ").unwrap() + "— kyso.example/log ".len() + 40;
    let mut spoilt = two.clone().into_bytes();
    spoilt[at] = if spoilt[at] == b'A' { b'B' } else { b'A' };
    let spoilt = String::from_utf8(spoilt).unwrap();
    let other_exporter = {
        let mut pack = pack.clone();
        pack.seal(9);
        pack.close()
    };
    vec![
        forgery(
            "checkpoint-of-wrong-key",
            "unsigned",
            "kyso.example/log",
            with(wrong_key),
        ),
        forgery(
            "checkpoint-signature-changed",
            "signature_invalid",
            "kyso.example/log",
            with(spoilt),
        ),
        forgery(
            "witness-missing",
            "too_few_witnesses",
            "1",
            with(one_witness),
        ),
        forgery("witness-renamed", "too_few_witnesses", "1", with(stranger)),
        forgery(
            "cosignature-changed",
            "signature_invalid",
            "witness.example/w2",
            with(String::from_utf8(turned).unwrap()),
        ),
        forgery(
            "manifest-of-wrong-key",
            "manifest_not_signed",
            "kyso.example/log/export",
            other_exporter,
        ),
    ]
}

/// Bundles that hold in themselves: only what somebody kept beside them shows what they are.
fn histories(log: &Log) -> Vec<Forgery> {
    let shorter = Log::new(650);
    let fork = Log::new(400).grown(700, "second");
    let foreign = {
        let mut stranger = entry(600, "first", None);
        stranger.log = "kyso-2".into();
        Log::new(600).with(stranger.to_bytes().unwrap())
    };
    let orphan = {
        let mut outcome = entry(602, "first", Some(b"no intent"));
        outcome.seq = 600;
        Log::new(600).with(outcome.to_bytes().unwrap())
    };
    let old = {
        let mut old = entry(600, "first", None);
        old.time = "2025-11-23T08:00:00.000000Z".into();
        Log::new(600).with(old.to_bytes().unwrap())
    };
    let against = |name, word, names, bundle, beside| Forgery {
        beside: Some(beside),
        ..forgery(name, word, names, bundle)
    };
    let kept = Beside::Checkpoint(log.checkpoint(700, &[1, 2]));
    vec![
        against(
            "tail-cut",
            "tail_cut_off",
            "650 to 699",
            shorter.bundle(250..650, &[650]),
            kept.clone(),
        ),
        against(
            "tail-cut-by-receipt",
            "tail_cut_off",
            "650 to 699",
            shorter.bundle(250..650, &[650]),
            log.receipt(699, 700),
        ),
        against(
            "forked",
            "forked",
            "700",
            fork.bundle(250..600, &[700]),
            kept,
        ),
        against(
            "forked-by-receipt",
            "forked",
            "500",
            fork.bundle(250..600, &[700]),
            log.receipt(10, 500),
        ),
        against(
            "forked-receipt-of-an-entry",
            "entry_differs",
            "450",
            fork.bundle(250..600, &[700]),
            log.receipt(450, 500),
        ),
        forgery(
            "entry-of-another-log",
            "entry_of_another_log",
            "600",
            foreign.bundle(0..601, &[601]),
        ),
        forgery(
            "outcome-without-intent",
            "wrong_intent",
            "600",
            orphan.bundle(0..601, &[601]),
        ),
        forgery(
            "time-backwards",
            "time_backwards",
            "600",
            old.bundle(0..601, &[601]),
        ),
    ]
}
