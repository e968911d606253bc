//! Of logs, approvals and one-time passwords.

use kyso_api::management::{ChangeState, NewRole, RoleName};
use kyso_tests::province::{Granted, Holder, Plan};
use serde_json::{Value, json};

use crate::desk::{Desk, assert_csc_error, at_once, hash};
use crate::log;
use crate::transparency::{checkpoint, checkpoint_of};
use crate::world::{World, on_both, until};

#[test]
fn trap_entries_of_parallel_calls_are_not_mixed() {
    let name = "it::traps::log::trap_entries_of_parallel_calls_are_not_mixed";
    on_both(name, |world| {
        let signers = [(); 4].map(|()| world.signer());
        let texts = ["một", "hai", "ba", "bốn"];
        at_once(signers.len(), |index| {
            let desk = Desk::p256(world, &signers[index]);
            let hashes = [hash(texts[index])];
            let sad = desk.sad(&signers[index], &hashes);
            desk.assert_signed(&desk.sign(&sad, &hashes), &[texts[index]]);
        });
        for (signer, text) in signers.iter().zip(texts) {
            for event in ["sad.authorized", "signature.intent", "signature.outcome"] {
                let found = log::of_credential(world, event, &signer.credentials.p256);
                let [entry] = &found[..] else {
                    panic!("{event}: {}", found.len())
                };
                assert_eq!(
                    entry.entry["actor"]["id"], signer.account.person_id,
                    "{event}"
                );
                let digests = entry.entry["digests"].to_string();
                let others = texts.iter().filter(|other| **other != text);
                assert!(digests.contains(&hash_in_log(text)), "{event}: {digests}");
                for other in others {
                    assert!(!digests.contains(&hash_in_log(other)), "{event}: {digests}");
                }
            }
        }
    });
}

/// As entries write digests.
fn hash_in_log(text: &str) -> String {
    use sha2::Digest as _;
    hex::encode(sha2::Sha256::digest(text))
}

#[test]
fn trap_two_agencies_of_one_name_are_two() {
    let world = World::sqlite();
    let office = &world.province().office;
    let name = world.name("Văn phòng");
    let seals = ["7091", "7092"].map(|number| {
        let agency = Plan {
            name: &name,
            parent: Some(&world.province().agencies.province),
            level: "department",
            legacy: &format!("000.00.{}.H27", &number[2..]),
            modern: &format!("H27.{number}"),
        };
        let agency = office.agency(agency).unwrap();
        let seal = office.credential(Holder::Agency(&agency, &name), "p-256", 10);
        (agency, seal.unwrap())
    });
    let client = world.name("he-thong");
    let system = office
        .system(&client, Granted::Agency(&seals[0].0))
        .unwrap();
    let token = system.token(office).unwrap();
    let ask = |method: &str, body: Value| {
        let call = world.http().post(&format!("/csc/v1/{method}"));
        call.bearer(&token).json(&body).send().unwrap()
    };
    let listed = ask("credentials/list", json!({})).json();
    assert_eq!(listed["credentialIDs"], json!([seals[0].1]));
    let foreign = ask("credentials/info", json!({"credentialID": seals[1].1}));
    assert_csc_error(&foreign, 400, "invalid_request");
}

/// No approval, one's own approval and a rejection are none; so is a number that is not there.
#[test]
fn trap_none_is_not_enough() {
    let world = World::sqlite();
    let office = &world.province().office;
    let person = world.signer().account.person_id;
    let has_it = || {
        let roles = office.manager1.acting(kyso_client::Client::roles).unwrap();
        let mut roles = roles.iter().filter(|role| role.person == person);
        roles.any(|role| role.role == RoleName::Operator)
    };
    let role = NewRole {
        person: person.clone(),
        role: RoleName::Operator,
        agency: None,
        otp: None,
    };
    let propose = || {
        office
            .manager1
            .acting(|manager| manager.grant_role(&role))
            .unwrap()
    };
    let change = propose();
    let waiting = |manager: &kyso_client::Client| manager.changes(Some(ChangeState::Waiting));
    let waiting = office.manager1.acting(waiting).unwrap();
    assert!(waiting.iter().any(|waits| waits.id == change.id) && !has_it());
    let own = office
        .manager1
        .acting(|manager| manager.approve(&change.id, None));
    assert!(own.is_err() && !has_it());
    let rejected = office
        .manager2
        .acting(|manager| manager.reject(&change.id, "không"));
    rejected.unwrap();
    let late = office
        .manager2
        .acting(|manager| manager.approve(&change.id, None));
    assert!(late.is_err() && !has_it());
    office.approve(&propose().id).unwrap();
    assert!(has_it(), "two people do");
}

/// An answer waits for its rows and for nothing else. Of eight answers in a row at least one must come while the newest checkpoint does
/// not have its outcome yet: a server that waited for checkpoints would never show that.
#[test]
fn trap_the_rows_are_there_when_the_answer_is() {
    let name = "it::traps::log::trap_the_rows_are_there_when_the_answer_is";
    on_both(name, |world| {
        let signer = world.signer();
        let desk = Desk::p256(world, &signer);
        let hashes = ["một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám"].map(hash);
        let sad = desk.sad(&signer, &hashes);
        checkpoint_of(world.http(), 1);
        let mut before_its_checkpoint = 0;
        for (number, one) in (1..).zip(hashes.chunks(1)) {
            assert_eq!(desk.sign(&sad, one).status, 200);
            let known = checkpoint(world.http()).unwrap().unverified().size();
            let rows = |event| log::of_credential(world, event, &desk.credential);
            assert_eq!(rows("signature.intent").len(), number);
            let outcomes = rows("signature.outcome");
            assert_eq!(outcomes.len(), number);
            let newest = outcomes.iter().map(|one| one.sequence).max();
            before_its_checkpoint += u32::from(newest >= Some(known));
        }
        assert!(
            before_its_checkpoint > 0,
            "each answer waited for a checkpoint"
        );
    });
}

#[test]
fn trap_whoever_is_guessed_at_gets_in_again() {
    let world = World::sqlite();
    let signer = world.signer();
    let desk = Desk::p256(world, &signer);
    let hashes = [hash("bị đoán")];
    let wrong = signer.account.authenticator.wrong();
    until(|| desk.authorize(&hashes, &wrong).status == 429);
    // Nobody unlocks anything: the wait ends by itself, and only right codes are asked for.
    until(|| {
        let code = signer.account.authenticator.code().unwrap();
        desk.authorize(&hashes, &code).status == 200
    });
}
