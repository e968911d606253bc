//! Audit entry bytes, tree, tiles, checkpoints, proofs, verifier; no I/O.
//!
//! An audit entry is a byte string: RFC 8785 JSON of a closed schema ([`Entry`]). Its RFC 6962
//! leaf hash and its sequence number are all the log commits to; every other column of the
//! database is a projection that can be rebuilt from the bytes. The crate knows no clock, no
//! randomness and no storage, so the very same code runs in the server, on an auditor's machine
//! and in a browser.
//!
//! # Formats
//!
//! What others can read without this crate, and where it is written down. C2SP is
//! <https://c2sp.org>; the versions are those of `signed-note@v1.0.0`, `tlog-checkpoint@v1.0.0`,
//! `tlog-cosignature@v1.0.1` and `tlog-tiles@v0.1.0`; `tlog-proof` has none yet.
//!
//! | Format | Here | Specification, section |
//! |---|---|---|
//! | an entry's bytes | [`Entry`] | RFC 8785 §3.2; the schema is [`entry`]'s |
//! | leaf, node, root | [`leaf_hash`], [`node_hash`], [`Frontier`] | RFC 6962 §2.1 |
//! | inclusion proof | [`tiles::Prover::inclusion`], [`verify_inclusion`] | RFC 6962 §2.1.1; RFC 9162 §2.1.3.2 |
//! | consistency proof | [`tiles::Prover::consistency`], [`verify_consistency`] | RFC 6962 §2.1.2; RFC 9162 §2.1.4.2 |
//! | tile and its path | [`tiles::Tile`] | C2SP `tlog-tiles`, "Merkle Tree", "Partial Tiles" |
//! | entry bundle | [`tiles::Bundle`] | C2SP `tlog-tiles`, "Log entries" |
//! | signed note | [`note::Note`] | C2SP `signed-note`, "Format" |
//! | verifier key, key id | [`key::LogKey`], [`key::WitnessKey`] | C2SP `signed-note`, "Verifier keys", "Signature types" |
//! | checkpoint | [`checkpoint::Checkpoint`] | C2SP `tlog-checkpoint`, "Note text" |
//! | cosignature | [`cosignature::Cosigner`] | C2SP `tlog-cosignature`, "Ed25519 signed message" |
//! | request to a witness, its answer | [`witness::AddCheckpoint`], [`note::NoteSignature::parse_lines`] | C2SP `tlog-witness`, "add-checkpoint" |
//! | proof of logging | [`proof::LogProof`] | C2SP `tlog-proof`, "Format", "Verifying a tlog proof" |
//! | receipt | [`receipt::Receipt`] | ours: a proof of logging whose `extra` line is the entry |
//! | bundle of entries | [`bundle::Writer`], [`bundle::verify`] | ours: `docs/evidence.md` |
//! | head file | [`Head`] | ours: [`head`] |

pub mod bundle;
pub mod canonical;
pub mod checkpoint;
pub mod cosignature;
pub mod entry;
pub mod event;
pub mod extension;
pub mod head;
pub mod instant;
pub mod key;
mod line;
mod member;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod tiles;
pub mod tree;
pub mod verify;
pub mod witness;

pub use canonical::{EntryError, MAX_ENTRY_BYTES};
pub use entry::{
    Actor, ActorKind, Builder, ContentRecord, DigestRecord, Entry, Fact, Factor, Format, KeyRecord,
    Outcome, ResultRecord, ResultState, Version,
};
pub use event::Event;
pub use head::{Head, HeadError, MAX_HEAD_BYTES};
pub use tree::{
    Frontier, FrontierError, Hash, leaf_hash, node_hash, verify_consistency, verify_inclusion,
};
pub use verify::{Fault, Projection, Report, Row, Verifier};

use sha2::{Digest as _, Sha256};

/// Commits to a value that must stay erasable: SHA-256(salt ‖ value).
///
/// Names, titles, addresses and free text enter an entry only in this form. Salt and value lie in
/// a side table; deleting them leaves every proof valid and the commitment meaningless. Each field
/// of each entry needs a salt of its own: with a shared one equal values could be linked.
pub fn commitment(salt: &[u8; 32], value: &[u8]) -> Hash {
    Sha256::new()
        .chain_update(salt)
        .chain_update(value)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commitment_is_sha256_of_salt_then_value() {
        let mut joined = vec![7; 32];
        joined.extend_from_slice("Nguyễn Văn A".as_bytes());
        let expected: Hash = Sha256::digest(&joined).into();
        assert_eq!(commitment(&[7; 32], "Nguyễn Văn A".as_bytes()), expected);
    }

    #[test]
    fn another_salt_gives_another_commitment() {
        assert_ne!(commitment(&[0; 32], b"x"), commitment(&[1; 32], b"x"));
    }
}
