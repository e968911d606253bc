//! Somebody is forgotten, and all that was proven of them stays proven.

use std::fs;
use std::path::Path;
use std::process::Command;

use kyso_api::management::EndRequest;
use kyso_client::Client;
use kyso_evidence::receipt::Receipt;
use kyso_tests::server::{Plan, Site};
use kyso_tests::skip;

use super::{ask, call_of, logged, policy, receipt};
use crate::desk::{Desk, hash};
use crate::log;
use crate::stamping::assert_problem;
use crate::world::{Database, World, on_own};

/// Stands in login, name, e-mail address, certificates and certificate requests of one person, and nowhere else.
const NAME: &str = "zq-khong-ai-khac";

#[test]
fn a_person_is_erased_and_every_proof_stays() {
    let test = "it::transparency::erased::a_person_is_erased_and_every_proof_stays";
    on_own(test, |world| {
        let site = world.deployment.server.site().clone();
        let signer = world.province().signer(NAME).unwrap();
        let desk = Desk::p256(&world, &signer);
        let hashes = [hash("còn mãi")];
        let sad = desk.sad(&signer, &hashes);
        let call = call_of(&desk.sign(&sad, &hashes));
        let token = signer.account.token().unwrap();
        let kept = receipt(world.http(), &token, &call, "");
        let _ = logged(world.http(), &token, &call, "?entry=intent");
        let policy = policy(world.http(), 0);
        assert!(is_found(&site), "else nothing is shown");

        erase(&world, &signer.account.person_id);
        assert_problem(
            &ask(world.http(), &token, &call, ""),
            401,
            "not_authenticated",
        );
        let people = world
            .province()
            .office
            .manager1
            .acting(Client::persons)
            .unwrap();
        let shown = people
            .iter()
            .find(|one| one.id == signer.account.person_id)
            .unwrap();
        assert_eq!((&*shown.name, &*shown.email), ("đã xoá", ""));

        let _still = world.lay_still();
        assert!(!is_found(&site), "the name is left in the database");
        let file = site.path("kept.tlog-proof");
        fs::write(&file, kept.to_string()).unwrap();
        let again = Receipt::parse(&fs::read(&file).unwrap()).unwrap();
        let proven = again.verify(&policy).unwrap();
        assert_eq!(
            proven.entry.credential.as_deref(),
            Some(&*signer.credentials.p256)
        );
        let key = policy.log().to_string();
        let file = file.display().to_string();
        let report = site.run(&["audit", "verify", "--log-key", &key, "--against", &file]);
        let report = report.unwrap();
        assert!(
            report.contains(&format!("{file} vouches for entries 0 to")),
            "{report}"
        );
    });
}

/// No year here: then no ground is needed, as it is elsewhere.
#[test]
fn who_has_ended_is_kept_for_the_years_that_are_configured() {
    let test = "it::transparency::erased::who_has_ended_is_kept_for_the_years_that_are_configured";
    let none = |plan: &mut Plan| plan.more.push_str("[limits]\nretention_years = 0\n");
    for database in [Database::Sqlite, Database::Postgres] {
        let Some(world) = World::planned(database, none) else {
            return skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)");
        };
        let (office, signer) = (&world.province().office, world.signer());
        let person = &signer.account.person_id;
        let end = EndRequest { at: None };
        let ended = office
            .manager1
            .acting(|client| client.end_person(person, &end));
        ended.unwrap();
        let proposed = office
            .manager1
            .acting(|client| client.erase_person(person, None, None));
        let change = proposed.unwrap().id;
        let approved = office
            .manager2
            .acting(|client| client.approve(&change, None));
        approved.unwrap();
        let people = office.manager1.acting(Client::persons).unwrap();
        let shown = people.iter().find(|one| one.id == *person).unwrap();
        assert_eq!(shown.name, "đã xoá");
        let entries = log::entries(&world, &log::of_event("person.erased"));
        let [erased] = &entries[..] else {
            panic!("{entries:?}")
        };
        assert!(erased.entry["data"]["ended_before"].is_string());
        assert_eq!(erased.entry["commitments"].get("reason"), None);
    }
}

/// Ended, and then erased by two; not before its time without a ground.
fn erase(world: &World, person: &str) {
    let office = &world.province().office;
    let early = office
        .manager1
        .acting(|client| Ok(client.erase_person(person, None, None)));
    early.unwrap().unwrap_err();
    let end = EndRequest { at: None };
    let ended = office
        .manager1
        .acting(|client| client.end_person(person, &end));
    ended.unwrap();
    // Seven years have not passed.
    let early = office
        .manager1
        .acting(|client| Ok(client.erase_person(person, None, None)));
    early.unwrap().unwrap_err();
    let reason = || Some("Quyết định 12/QĐ-STTTT".to_owned());
    let proposed = office
        .manager1
        .acting(|client| client.erase_person(person, reason(), None));
    let change = proposed.unwrap().id;
    let alone = office
        .manager1
        .acting(|client| Ok(client.approve(&change, None)));
    alone.unwrap().unwrap_err();
    let approved = office
        .manager2
        .acting(|client| client.approve(&change, None));
    approved.unwrap();
    let again = office
        .manager1
        .acting(|client| Ok(client.erase_person(person, reason(), None)));
    let again = again.unwrap().unwrap().id;
    let twice = office
        .manager2
        .acting(|client| Ok(client.approve(&again, None)));
    twice.unwrap().unwrap_err();
}

/// Whether a byte string with the name is anywhere in the database: in its files, or in all that a dump shows.
fn is_found(site: &Site) -> bool {
    let bytes = match site.postgres() {
        Some(url) => dump(url),
        None => ["kyso.db", "kyso.db-wal"]
            .map(|file| read(&site.path(file)))
            .concat(),
    };
    let text = NAME.as_bytes();
    let coded = hex::encode(text); // as a dump shows bytes
    let is_in = |what: &[u8]| bytes.windows(what.len()).any(|part| part == what);
    is_in(text) || is_in(coded.as_bytes())
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default() // the second is there while the server runs
}

fn dump(url: &str) -> Vec<u8> {
    let dumped = Command::new("pg_dump").arg(url).output().unwrap();
    assert!(
        dumped.status.success(),
        "{}",
        String::from_utf8_lossy(&dumped.stderr)
    );
    dumped.stdout
}
