//! What a signature costs the token, as a spy between server and token writes it down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kyso_tests::server::Plan;

use kyso_tests::province::Signer;

use crate::desk::{Desk, at_once, count, hash};
use crate::world::{Database, World, until};

/// Comes with `OpenSC`; passes every call on to the token and writes it down.
const SPY: &str = "/usr/lib/x86_64-linux-gnu/pkcs11-spy.so";

/// A server whose token is spied on, and where the spy writes.
fn spied() -> (World, PathBuf) {
    let mut output = PathBuf::new();
    let spy = |plan: &mut Plan| {
        output = plan.directory.join("spy");
        let module = std::mem::replace(&mut plan.module, SPY.into());
        let variable = |name: &str, value: &Path| (name.to_owned(), value.display().to_string());
        plan.environment = vec![
            variable("PKCS11SPY", &module),
            variable("PKCS11SPY_OUTPUT", &output),
        ];
    };
    let world = World::planned(Database::Sqlite, spy).unwrap();
    (world, output)
}

/// How often each function was called, in what the spy wrote from `start` on.
fn calls(output: &Path, start: usize) -> BTreeMap<String, usize> {
    let text = std::fs::read(output).unwrap();
    let text = String::from_utf8_lossy(&text[start..]);
    let mut found = BTreeMap::new();
    for line in text.lines() {
        if let Some((_, function)) = line.split_once(": C_") {
            *found.entry(format!("C_{}", function.trim())).or_default() += 1;
        }
    }
    found
}

fn written(output: &Path) -> usize {
    std::fs::read(output).unwrap().len()
}

#[test]
fn trap_a_signature_asks_the_token_for_nothing_else() {
    let (world, output) = spied();
    let signer = world.signer();
    let desk = Desk::rsa(&world, &signer);
    // Each lane looks a key up the first time it meets it.
    let _ = calls_of_five(&desk, &signer, &output);
    // The binding asks `C_Sign` for the length first; the module answers that without the key.
    let expected = [("C_SignInit", 5), ("C_Sign", 10)];
    let expected = BTreeMap::from(expected.map(|(name, count)| (name.to_owned(), count)));
    // The keeper attests keys from time to time; between two of its rounds nothing else is asked.
    let seen: Vec<_> = (0..3)
        .map(|_| calls_of_five(&desk, &signer, &output))
        .collect();
    assert!(seen.contains(&expected), "{seen:?}");
}

/// What the token was asked for while it made five signatures, one by one.
fn calls_of_five(desk: &Desk<'_>, signer: &Signer, output: &Path) -> BTreeMap<String, usize> {
    let hashes: Vec<String> = (0..5)
        .map(|number| hash(&format!("bản {number}")))
        .collect();
    let sad = desk.sad(signer, &hashes);
    let start = written(output);
    for one in &hashes {
        assert_eq!(desk.sign(&sad, std::slice::from_ref(one)).status, 200);
    }
    let mut calls = calls(output, start);
    // The keeper looks from time to time whether the token is still there.
    calls.retain(|name, _| !["C_GetSessionInfo", "C_GenerateRandom"].contains(&&**name));
    calls
}

/// Whether a signature ever came back while another was being made: then two results stand under
/// one call, since the spy writes a call where it begins and its result where it ends.
fn overlap(output: &Path, start: usize) -> bool {
    let text = std::fs::read(output).unwrap();
    let text = String::from_utf8_lossy(&text[start..]);
    let calls = text.split(": C_");
    let mut results = calls.map(|call| call.matches("[out] pSignature[").count());
    results.any(|results| results > 1)
}

/// Two lanes, two sessions, no lock around them: sooner or later two signatures are made at once.
#[test]
fn trap_signatures_run_beside_each_other() {
    let (world, output) = spied();
    let signer = world.signer();
    let desk = Desk::rsa(&world, &signer);
    let names = (0..48).map(|number| format!("bản {number}"));
    let hashes: Vec<String> = names.map(|name| hash(&name)).collect();
    until(|| {
        let sad = desk.sad(&signer, &hashes);
        let start = written(&output);
        let replies = at_once(2, |half| desk.sign(&sad, &hashes[half * 24..][..24]));
        assert_eq!(count(&replies, 200), 2);
        overlap(&output, start)
    });
}
