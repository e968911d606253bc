//! Signatures that are missing, of others, or wrong.

use super::{Forgery, changed, forgery};
use crate::log::{Log, cosigner};
use crate::pack::Pack;

pub(super) fn all(log: &Log, pack: &Pack) -> Vec<Forgery> {
    let with = |checkpoint: String| {
        changed(pack, |pack| {
            *pack.part("checkpoint/700") = checkpoint.into_bytes();
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
