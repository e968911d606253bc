//! What the owner of a database can do to a log that lies still, each with what is said of it.

use std::fs;

use kyso_evidence::note::Note;

use super::tampering::{CHECKPOINT, Scene};

/// What is done, and what is said of it.
pub(super) type Attack = (&'static str, fn(&mut Scene), fn(&mut Scene) -> String);

pub(super) const ENTRIES: [Attack; 6] = [
    (
        "an entry is removed",
        |scene| {
            scene
                .owner
                .run("DELETE FROM audit_entry WHERE sequence = 5");
        },
        |_| "gap: entry 5 is missing, 6 follows".to_owned(),
    ),
    (
        "the number of the last one is changed",
        |scene| {
            let (last, other) = (scene.size - 1, scene.size + 1);
            scene.owner.run(&format!(
                "UPDATE audit_entry SET sequence = {other} WHERE sequence = {last}"
            ));
        },
        |scene| format!("gap: entry {} is missing", scene.size - 1),
    ),
    (
        "one is added",
        |scene| {
            let (last, next) = (scene.size - 1, scene.size);
            copy(scene, last, next);
        },
        |scene| format!("order: row {} holds entry {}", scene.size, scene.size - 1),
    ),
    (
        "one stands in the place of the next",
        |scene| {
            scene
                .owner
                .run("DELETE FROM audit_entry WHERE sequence = 6");
            copy(scene, 5, 6);
        },
        |_| "order: row 6 holds entry 5".to_owned(),
    ),
    (
        "two are swapped",
        |scene| {
            let move_to = |from: i64, to: i64| {
                format!("UPDATE audit_entry SET sequence = {to} WHERE sequence = {from};")
            };
            let away = scene.size + 9;
            let all = [move_to(5, away), move_to(6, 5), move_to(away, 6)].concat();
            scene.owner.run(&all);
        },
        |_| "order: row 5 holds entry 6".to_owned(),
    ),
    (
        "what opens a commitment is another text",
        |scene| {
            scene.owner.run(
                "UPDATE audit_opening SET openings = replace(openings, 'Người Mới', 'Người Khác')",
            );
        },
        |scene| {
            let named = "SELECT max(sequence) AS value FROM audit_opening WHERE openings LIKE '%Người Khác%'";
            let at = scene.owner.count(named);
            format!("entry {at}: what is stored as its name is not what the entry commits to")
        },
    ),
];

fn copy(scene: &mut Scene, from: i64, to: i64) {
    let columns = "entry, leaf_hash, recorded_at, event, outcome, request_id, actor_kind, actor_id, client_id, \
                   agency_id, credential_id, object_id, grant_id, reason";
    scene.owner.run(&format!(
        "INSERT INTO audit_entry (sequence, {columns}) SELECT {to}, {columns} FROM audit_entry WHERE sequence = {from}"
    ));
}

pub(super) const TREE: [Attack; 13] = [
    (
        "a summary that searches skip by says of nothing that it is there",
        |scene| {
            let (nothing, seal) = (scene.owner.bytes(&[]), scene.owner.bytes(&[0; 32]));
            scene.owner.run(&format!(
                "INSERT INTO audit_block VALUES (0, 1, 1, {nothing}, {nothing}, {nothing}, {seal})"
            ));
        },
        |_| "delete row 0 of audit_block".to_owned(),
    ),
    (
        "a hash in a tile is changed",
        |scene| {
            let first = tile(scene);
            let mut hashes = first;
            hashes[5 * 32 + 3] ^= 1;
            put_tile(scene, &hashes);
        },
        |_| "its hash number 5 is not that of entries 5 to 5".to_owned(),
    ),
    (
        "a tile is made narrower",
        |scene| {
            let first = tile(scene);
            put_tile(scene, &first[..64]);
        },
        |_| "tile/0/000".to_owned(),
    ),
    (
        "all tiles are removed",
        |scene| scene.owner.run("DELETE FROM tree_tile"),
        |_| "of the stored tree is missing, or too narrow".to_owned(),
    ),
    (
        "a tile counts entries that there are not",
        |scene| {
            let zero = scene.owner.bytes(&[0; 32]);
            scene
                .owner
                .run(&format!("INSERT INTO tree_tile VALUES (0, 9999, {zero})"));
        },
        |scene| {
            format!(
                "the stored tree counts 2559745 entries, and the log ends after {}",
                scene.size
            )
        },
    ),
    (
        "a checkpoint is no checkpoint",
        |scene| scene.owner.run("UPDATE tree_checkpoint SET note = 'x'"),
        |_| "it is no checkpoint".to_owned(),
    ),
    (
        "a checkpoint has another size",
        |scene| {
            let (size, _) = scene.cosigned();
            scene
                .owner
                .run(&format!("DELETE FROM tree_checkpoint WHERE size <> {size}"));
            scene.owner.run("UPDATE tree_checkpoint SET size = 1");
        },
        |_| "the stored checkpoint of 1 entries: column size differs from the note".to_owned(),
    ),
    (
        "a checkpoint claims another witness",
        |scene| scene.owner.run("UPDATE tree_checkpoint SET witnesses = 7"),
        |_| "column witnesses differs from the note".to_owned(),
    ),
    (
        "a checkpoint has the signature of another",
        |scene| {
            let (size, note) = scene.cosigned();
            let other = format!(
                "SELECT note AS value FROM tree_checkpoint WHERE size < {size} ORDER BY size LIMIT 1"
            );
            let other = scene.text(&other);
            let forged =
                with_signatures(&note, |lines| lines[0].clone_from(&signatures(&other)[0]));
            put_note(scene, size, &forged);
        },
        |scene| {
            let (size, _) = scene.cosigned();
            format!("the stored checkpoint of {size} entries: it does not count")
        },
    ),
    (
        "another key signs a checkpoint under the log's name",
        |scene| {
            let (size, note) = scene.cosigned();
            let forged = with_signatures(&note, |lines| lines[0] = signed_by_another(&note));
            put_note(scene, size, &forged);
        },
        |scene| {
            let (size, _) = scene.cosigned();
            format!("the stored checkpoint of {size} entries: it does not count")
        },
    ),
    (
        "a witness's line is forged",
        |scene| {
            let (size, note) = scene.cosigned();
            let forged = with_signatures(&note, |lines| lines[1] = spoilt(&lines[1]));
            put_note(scene, size, &forged);
        },
        |scene| {
            let (size, _) = scene.cosigned();
            format!("the stored checkpoint of {size} entries: it does not count")
        },
    ),
    (
        "the file of the last checkpoint is forged",
        |scene| {
            let note = String::from_utf8(scene.checkpoint.clone()).unwrap();
            let forged = with_signatures(&note, |lines| lines[0] = signed_by_another(&note));
            fs::write(scene.site.path(CHECKPOINT), forged).unwrap();
        },
        |_| "audit.checkpoint_file ".to_owned(),
    ),
    (
        "a fork: an entry is written anew, and all hashes and the head file with it",
        |scene| scene.fork(3),
        |_| "are not those that were signed".to_owned(),
    ),
];

fn tile(scene: &mut Scene) -> Vec<u8> {
    let first = "SELECT hashes AS value FROM tree_tile WHERE level = 0 AND number = 0";
    scene.owner.read(first)
}

fn put_tile(scene: &mut Scene, hashes: &[u8]) {
    let hashes = scene.owner.bytes(hashes);
    let first = "WHERE level = 0 AND number = 0";
    scene
        .owner
        .run(&format!("UPDATE tree_tile SET hashes = {hashes} {first}"));
}

fn put_note(scene: &mut Scene, size: i64, note: &str) {
    scene.owner.run(&format!(
        "UPDATE tree_checkpoint SET note = '{note}' WHERE size = {size}"
    ));
}

fn signatures(note: &str) -> Vec<String> {
    let note = Note::parse(note.as_bytes()).unwrap();
    note.signatures().iter().map(ToString::to_string).collect()
}

fn with_signatures(note: &str, change: impl FnOnce(&mut [String])) -> String {
    let (text, _) = note.split_once("\n\n").unwrap();
    let mut lines = signatures(note);
    change(&mut lines);
    format!("{text}\n\n{}\n", lines.join("\n"))
}

/// The line with one letter of its base64 changed.
fn spoilt(line: &str) -> String {
    let at = line.len() - 12;
    let other = if &line[at..=at] == "A" { "B" } else { "A" };
    format!("{}{other}{}", &line[..at], &line[at + 1..])
}

/// A line by a key that has the name of the log's and is another.
fn signed_by_another(note: &str) -> String {
    use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
    use base64::Engine as _;
    let checkpoint = kyso_evidence::checkpoint::SignedCheckpoint::parse(note.as_bytes());
    let checkpoint = checkpoint.unwrap().unverified().clone();
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let name = checkpoint.origin().parse().unwrap();
    let key = kyso_evidence::key::LogKey::ecdsa(name, spki.as_ref()).unwrap();
    let text = checkpoint.to_string();
    let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    let bytes = [&key.label().id()[..], signature.as_ref()].concat();
    let coded = base64::engine::general_purpose::STANDARD.encode(bytes);
    format!("— {} {coded}", checkpoint.origin())
}
