//! What is left of somebody who was erased: rows that hold, and nothing that tells who it was.

use diesel::RunQueryDsl as _;
use kyso_core::change::{Erasure, PowerChange, Proposal};
use kyso_core::id::{PendingChangeId, PersonId};
use kyso_core::model::{CredentialState, Owner, Picture};
use kyso_core::{Change, Refusal, Timestamp};
use kyso_evidence::Event;
use kyso_store::read::{AuditFilter, audit_page};
use sha2::{Digest as _, Sha256};

use super::town::Town;
use crate::store::world::{World, on_both};

fn erase(person: PersonId, ended_before: Timestamp) -> PowerChange {
    PowerChange::ErasePerson(Erasure {
        person,
        ended_before,
        reason: None,
    })
}

async fn only_what_has_ended_long_enough_is_erased(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let credential = town.active(Owner::Person(leader)).await;
    let conflict = Some(Refusal::Conflict);
    let serves = town.power(erase(leader, town.later(60))).await;
    assert_eq!(serves.err(), conflict);
    town.by_manager(Change::EndPerson(leader)).await.unwrap();
    let ended = town.later(0);
    let day_before = Timestamp::from_micros(ended.as_micros() - 86_400_000_000);
    let early = town.power(erase(leader, day_before)).await;
    assert_eq!(early.err(), conflict);
    let alone = Change::Propose(Proposal {
        id: PendingChangeId::random(),
        change: erase(leader, ended),
        totp: None,
        expires_at: town.later(60),
    });
    let own = town.change(Town::actor(leader), alone).await;
    assert!(own.is_err(), "nobody erases themselves");
    town.power(erase(leader, ended)).await.unwrap();
    assert_eq!(town.state(credential), CredentialState::Revoked);
    let twice = town.power(erase(leader, ended)).await;
    assert_eq!(twice.err(), conflict);
}

async fn what_is_left_holds_and_tells_nothing(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let credential = town.active(Owner::Person(leader)).await;
    let file = b"a picture of handwriting".to_vec();
    let picture = Picture {
        owner: Owner::Person(leader),
        digest: Sha256::digest(&file).into(),
        width: 300,
        file: Some(file.into()),
    };
    town.power(PowerChange::SetPicture(picture)).await.unwrap();
    assert!(!opened(&town, leader).is_empty());
    town.by_manager(Change::EndPerson(leader)).await.unwrap();
    town.power(erase(leader, town.later(0))).await.unwrap();
    assert!(opened(&town, leader).is_empty());
    let snapshot = town.fresh().await;
    let person = &snapshot.people.by_id[&leader];
    let texts = (&*person.name, &*person.position, &*person.email);
    assert_eq!(texts, ("đã xoá", "", ""));
    assert!(!person.login.contains("leader"), "{}", person.login);
    assert!(snapshot.credentials[&credential].certificate.is_none());
    // Every row that is left is trusted, and a server begins on them.
    assert!(town.world.entries(Event::AlarmRaised).is_empty());
    town.world.verify().unwrap();
    for table in ["password_factor", "totp_factor", "enrolment_code"] {
        let id = town.world.blob(leader.as_bytes());
        assert_eq!(count(&town, &format!("{table} WHERE person_id = {id}")), 0);
    }
    assert_eq!(count(&town, "picture_file"), 0);
}

fn count(town: &Town<'_>, rows: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let query = diesel::sql_query(format!("SELECT count(*) AS count FROM {rows}"));
    let row: Row = query.get_result(&mut town.world.raw()).unwrap();
    row.count
}

/// Texts that open what entries about this person commit to.
fn opened(town: &Town<'_>, person: PersonId) -> Vec<String> {
    let page = audit_page(
        &mut town.world.raw(),
        &World::sealer(),
        &AuditFilter::default(),
        1_000,
    );
    let of_person = person.to_string();
    let rows = page.unwrap().rows.into_iter();
    let about = rows.filter(|row| String::from_utf8_lossy(&row.entry).contains(&of_person));
    about.flat_map(|row| row.openings.into_keys()).collect()
}

on_both! {
    only_what_has_ended_long_enough_is_erased,
    what_is_left_holds_and_tells_nothing,
}
