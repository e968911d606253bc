//! What people read: the log by page, coverage, decided changes; and that much loads quickly.

use std::collections::HashSet;

use kyso_core::model::Owner;
use kyso_core::{Change, Timestamp};
use kyso_evidence::{Entry, Event};
use kyso_store::StoreError;
use kyso_store::read::{AuditFilter, Coverage, audit_page, certificate_request, changes, coverage};

use super::town::{Town, person};
use crate::store::world::{World, on_both};

async fn pages_follow_each_other_without_gap(world: &mut World) {
    let town = Town::found(world).await;
    let (mut after, mut sequences) = (None, Vec::new());
    loop {
        let filter = AuditFilter {
            after,
            ..AuditFilter::default()
        };
        let page = audit_page(&mut town.world.raw(), &World::sealer(), &filter, 4).unwrap();
        assert!(page.rows.len() <= 4);
        sequences.extend(page.rows.iter().map(|row| row.sequence));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let all: Vec<i64> = (0..i64::try_from(sequences.len()).unwrap()).collect();
    assert_eq!(sequences, all);
}

fn only(set: impl FnOnce(&mut AuditFilter)) -> AuditFilter {
    let mut filter = AuditFilter::default();
    set(&mut filter);
    filter
}

async fn each_filter_keeps_what_fits(world: &mut World) {
    let mut town = Town::found(world).await;
    let seal = town.active(Owner::Agency(town.agency)).await;
    let manager = town.managers[0];
    let request = town.world.entries(Event::CredentialRequested)[0]
        .request
        .parse()
        .unwrap();
    let filters = [
        (only(|f| f.event = Some("role.granted".to_owned())), 3),
        (only(|f| f.outcome = Some("refused".to_owned())), 0),
        (only(|f| f.actor = Some(manager)), 5),
        (only(|f| f.credential = Some(seal)), 4),
        (only(|f| f.request = Some(request)), 1),
        (only(|f| f.to = Some(Timestamp::from_micros(1))), 0),
        (only(|f| f.from = Some(town.later(1))), 0),
    ];
    for (filter, expected) in filters {
        let page = audit_page(&mut town.world.raw(), &World::sealer(), &filter, 100).unwrap();
        assert_eq!(page.rows.len(), expected, "{filter:?}");
    }
}

async fn names_are_in_openings_and_not_in_entries(world: &mut World) {
    let town = Town::found(world).await;
    let registered = only(|f| f.event = Some("person.registered".to_owned()));
    let page = audit_page(&mut town.world.raw(), &World::sealer(), &registered, 1).unwrap();
    let row = &page.rows[0];
    let entry = Entry::parse(&row.entry).unwrap();
    let text = String::from_utf8(row.entry.clone()).unwrap();
    for field in ["login", "name", "position", "email"] {
        let value = String::from_utf8(row.openings[field].clone()).unwrap();
        assert!(!text.contains(&value), "{field} stands in the entry");
        assert!(entry.commitments.contains_key(field));
    }
}

async fn coverage_counts_required_certified_and_used(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    town.active(Owner::Person(leader)).await;
    let (snapshot, now) = (town.fresh().await, town.later(0));
    let found = coverage(&mut town.world.raw(), &World::sealer(), &snapshot, now).unwrap();
    // The three founders' positions are required too.
    assert_eq!(
        found[&town.agency],
        Coverage {
            required: 4,
            certified: 1,
            used: 0
        }
    );
}

async fn changes_and_requests_are_found(world: &mut World) {
    let mut town = Town::found(world).await;
    let seal = town.active(Owner::Agency(town.agency)).await;
    let read = changes(&mut town.world.raw(), None, None, 10).unwrap();
    assert_eq!(read.len(), 1);
    assert_eq!(
        (read[0].state.as_str(), read[0].decided_by),
        ("approved", Some(town.managers[1]))
    );
    assert!(
        changes(&mut town.world.raw(), Some("pending"), None, 10)
            .unwrap()
            .is_empty()
    );
    let store = town.world.store.as_ref().unwrap();
    let request = store.read(move |db| certificate_request(db, seal)).await;
    assert_eq!(
        request.map_err(|e: StoreError| e.to_string()),
        Ok(Some(vec![7]))
    );
}

async fn three_thousand_people_are_loaded_whole(world: &mut World) {
    let town = Town::found(world).await;
    for part in 0..6 {
        let people = (0..500)
            .map(|n| person(town.agency, &format!("p-{part}-{n}")))
            .collect::<Vec<_>>();
        let owners: Vec<_> = people.iter().map(|person| person.id).collect();
        let register = people.into_iter().map(Change::RegisterPerson).collect();
        town.by_manager(Change::Batch(register)).await.unwrap();
        let request = |id| Change::RequestCredential(Town::request(Owner::Person(id)));
        town.by_manager(Change::Batch(owners.into_iter().map(request).collect()))
            .await
            .unwrap();
    }
    let snapshot = town.fresh().await;
    assert_eq!(snapshot.people.by_id.len(), 3_003);
    assert_eq!(snapshot.credentials.len(), 3_000);
    let keys: HashSet<_> = snapshot
        .credentials
        .values()
        .map(|c| c.key.cka_id)
        .collect();
    assert_eq!(keys.len(), 3_000);
}

on_both! {
    pages_follow_each_other_without_gap,
    each_filter_keeps_what_fits,
    names_are_in_openings_and_not_in_entries,
    coverage_counts_required_certified_and_used,
    changes_and_requests_are_found,
    three_thousand_people_are_loaded_whole,
}
