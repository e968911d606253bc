//! Agencies get another place and another name on a date: what was planned counts from then on, and not a moment before.

use kyso_core::change::PowerChange;
use kyso_core::id::*;
use kyso_core::model::*;
use kyso_core::*;
use kyso_evidence::Event;
use kyso_evidence::entry::Fact;

use super::clerk::Desk;
use super::town::Town;
use crate::store::world::{World, on_both};

/// An agency under the town's.
async fn department(town: &Town<'_>, name: &str) -> AgencyId {
    let agency = Agency {
        id: AgencyId::random(),
        parent: Dated::new(Some(town.agency)),
        name: Dated::new(name.to_owned()),
        ..town.policy.snapshot().agencies[&town.agency].clone()
    };
    let id = agency.id;
    let register = Change::RegisterAgency(agency);
    town.by_manager(register).await.unwrap();
    id
}

async fn departments(town: &Town<'_>, [one, other]: [&str; 2]) -> [AgencyId; 2] {
    [department(town, one).await, department(town, other).await]
}

const CONFLICT: Result<(), Refusal> = Err(Refusal::Conflict);

fn under(id: AgencyId, parent: AgencyId, at: Option<Timestamp>) -> PowerChange {
    PowerChange::MoveAgency(id, Some(parent), at)
}

/// Which agency is above, as a server that begins now would say.
async fn above(town: &Town<'_>, id: AgencyId) -> Option<AgencyId> {
    town.fresh().await.above(id, town.later(0))
}

async fn an_agency_moves_on_its_date(world: &mut World) {
    let mut town = Town::found(world).await;
    let [health, station] = departments(&town, ["Sở", "Trạm"]).await;
    let date = town.later(60);
    town.power(under(station, health, Some(date)))
        .await
        .unwrap();
    assert_eq!(above(&town, station).await, Some(town.agency));
    let moved = town.world.entries(Event::AgencyMoved);
    assert_eq!(moved.len(), 1);
    let at = moved[0].data.get("at");
    assert_eq!(at, Some(&Fact::Text(date.to_string())));
    town.world.clock.advance(60);
    assert_eq!(above(&town, station).await, Some(health));
    // Where it stood is still known.
    let agencies = town.fresh().await.agencies;
    assert_eq!(*agencies[&station].parent.first(), Some(town.agency));
    town.world.verify().unwrap();
}

async fn what_is_approved_after_its_date_counts_from_the_approval_on(world: &mut World) {
    let mut town = Town::found(world).await;
    let [health, station] = departments(&town, ["Sở", "Trạm"]).await;
    let move_it = under(station, health, Some(town.later(60)));
    let proposed = town.propose(move_it).await.unwrap();
    town.world.clock.advance(90);
    town.approve(proposed).await.unwrap();
    let place = town.fresh().await.agencies[&station].parent.clone();
    let dates: Vec<Timestamp> = place.later().keys().copied().collect();
    assert_eq!(dates, [town.later(0)]);
}

/// No plan makes a ring, at whatever time it would close.
async fn plans_make_no_ring(world: &mut World) {
    let mut town = Town::found(world).await;
    let [one, two] = departments(&town, ["Một", "Hai"]).await;
    // Both wait for approval: only who approves the second sees that they do not fit.
    let first = under(one, two, Some(town.later(60)));
    let first = town.propose(first).await.unwrap();
    let mut crossing = Vec::new();
    for at in [None, Some(town.later(30)), Some(town.later(90))] {
        crossing.push(town.propose(under(two, one, at)).await.unwrap());
    }
    town.approve(first).await.unwrap();
    for change in crossing {
        let end = town.approve(change).await.map(|_| ());
        assert_eq!(end, CONFLICT, "it closes the ring on {:?}", town.later(60));
    }
    for at in [None, Some(town.later(30)), Some(town.later(90))] {
        let end = town.propose(under(two, one, at)).await.map(|_| ());
        assert_eq!(end, CONFLICT);
    }
    // Once it is to move on again, the other may come under it.
    let away = under(one, town.agency, Some(town.later(120)));
    town.power(away).await.unwrap();
    let after = under(two, one, Some(town.later(120)));
    town.power(after).await.unwrap();
    town.world.clock.advance(120);
    assert_eq!(above(&town, two).await, Some(one));
}

/// Somebody takes the row of one between out of the tree for the moment of the approval.
async fn a_ring_over_a_row_that_is_broken_is_refused(world: &mut World) {
    let mut town = Town::found(world).await;
    let [top, middle] = departments(&town, ["Trên", "Giữa"]).await;
    let low = department(&town, "Dưới").await;
    town.power(under(middle, top, None)).await.unwrap();
    let closing = town.propose(under(top, low, None)).await.unwrap();
    town.power(under(low, middle, None)).await.unwrap();
    let middle = format!("id = {}", town.world.blob(middle.as_bytes()));
    town.world.sql(&format!(
        "UPDATE agency SET valid_from = valid_from + 1 WHERE {middle}"
    ));
    town.reload().await;
    let end = town.approve(closing).await.map(|_| ());
    assert_eq!(end, Err(Refusal::Tampered));
}

async fn an_agency_has_so_many_names_and_no_more(world: &mut World) {
    let town = Town::found(world).await;
    let station = department(&town, "Trạm").await;
    for number in 1..=101 {
        let name = format!("Trạm {number}");
        let rename = Change::RenameAgency(station, name, town.later(number));
        let end = town.by_manager(rename).await.map(|_| ());
        assert_eq!(
            end,
            if number > 100 { CONFLICT } else { Ok(()) },
            "{number}"
        );
    }
}

async fn an_agency_moves_to_none_that_is_not_there_then(world: &mut World) {
    let mut town = Town::found(world).await;
    let station = department(&town, "Trạm").await;
    let mut later = town.policy.snapshot().agencies[&station].clone();
    (later.id, later.valid_from) = (AgencyId::random(), town.later(60));
    let new = later.id;
    let register = Change::RegisterAgency(later);
    town.by_manager(register).await.unwrap();
    for at in [None, Some(town.later(59))] {
        let end = town.propose(under(station, new, at)).await.map(|_| ());
        assert_eq!(end, CONFLICT, "{at:?}");
    }
    // Nor to one above which something ends.
    let [ends, below] = departments(&town, ["Hết", "Trong"]).await;
    town.power(under(below, ends, None)).await.unwrap();
    let end = Change::EndAgency(ends, town.later(600));
    town.by_manager(end).await.unwrap();
    let end = town.propose(under(station, below, None)).await.map(|_| ());
    assert_eq!(end, CONFLICT);
    // The reorganisation of a province: the new one begins and takes the old one in at the same midnight.
    let move_it = under(station, new, Some(town.later(60)));
    town.power(move_it).await.unwrap();
    town.world.clock.advance(60);
    assert_eq!(above(&town, station).await, Some(new));
}

async fn a_name_holds_from_its_date(world: &mut World) {
    let town = Town::found(world).await;
    let station = department(&town, "Trạm y tế").await;
    let rename = async |name: &str, at| {
        let rename = Change::RenameAgency(station, name.to_owned(), at);
        town.by_manager(rename).await.map(|_| ())
    };
    let called = async |at| {
        let snapshot = town.fresh().await;
        snapshot.name_of(station, at).unwrap().to_owned()
    };
    assert_eq!(
        rename("Trạm y tế", town.later(0)).await,
        CONFLICT,
        "the same"
    );
    let past = Timestamp::from_micros(1);
    assert_eq!(rename("Trung tâm", past).await, CONFLICT);
    assert_eq!(rename("Trung tâm", town.later(60)).await, Ok(()));
    assert_eq!(
        rename("Trung tâm y tế", town.later(60)).await,
        Ok(()),
        "set anew"
    );
    assert_eq!(called(town.later(59)).await, "Trạm y tế");
    assert_eq!(called(town.later(60)).await, "Trung tâm y tế");
    let renamed = town.world.entries(Event::AgencyRenamed);
    assert_eq!(renamed.len(), 2);
    assert!(renamed[0].commitments.contains_key("name"));
    let end = Change::EndAgency(station, town.later(90));
    town.by_manager(end).await.unwrap();
    assert_eq!(
        rename("Muộn", town.later(90)).await,
        CONFLICT,
        "it has ended"
    );
    town.world.verify().unwrap();
}

/// The clerk's office is above the seal's agency until that is moved.
async fn a_mandate_ends_with_the_place_of_the_agency(world: &mut World) {
    let mut town = Town::found(world).await;
    let [office, other] = departments(&town, ["Sở", "Khác"]).await;
    let mut below = town.policy.snapshot().agencies[&office].clone();
    (below.id, below.parent) = (AgencyId::random(), Dated::new(Some(office)));
    let owner = below.id;
    let register = Change::RegisterAgency(below);
    town.by_manager(register).await.unwrap();
    let desk = Desk::of(&mut town, Some(office), owner).await;
    let session = desk.open(&mut town).await;
    let sad = desk.sad(&town, &session).await;
    let away = under(owner, other, Some(town.later(60)));
    town.power(away).await.unwrap();
    desk.assert_ends_within_write_1(&mut town, sad).await;
}

/// A plan that the database's owner makes, changes or takes back counts for nothing.
async fn plans_are_sealed(world: &mut World) {
    let mut town = Town::found(world).await;
    let [health, station] = departments(&town, ["Sở", "Trạm"]).await;
    let planned = under(station, health, Some(town.later(60)));
    town.power(planned).await.unwrap();
    let forged = format!(
        r#"'{{"names":{{}},"parents":{{"{}":"{health}"}}}}'"#,
        town.later(30).as_micros()
    );
    for (id, column, value) in [
        (station, "dated", "NULL"),
        (station, "dated", &*forged),
        (station, "dated", "'{}'"),
        (health, "dated", &*forged),
        (health, "dated", "NULL"),
        (station, "name", "'Giả'"),
        (health, "name", "'Giả'"),
    ] {
        town.world.restart(); // each alarm is told once
        let alarms = town.world.entries(Event::AlarmRaised).len();
        let rows = format!("id = {}", town.world.blob(id.as_bytes()));
        town.world.sql(&format!(
            "CREATE TABLE kept AS SELECT * FROM agency WHERE {rows}; UPDATE agency SET {column} = {value} WHERE {rows};"
        ));
        let left = town.fresh().await;
        assert!(!left.agencies.contains_key(&id), "{column} {value} counts");
        assert!(town.world.entries(Event::AlarmRaised).len() > alarms);
        town.world.sql(&format!(
            "UPDATE agency SET {column} = (SELECT {column} FROM kept) WHERE {rows}; DROP TABLE kept;"
        ));
        assert!(town.fresh().await.agencies.contains_key(&id));
    }
}

on_both! {
    an_agency_moves_on_its_date,
    what_is_approved_after_its_date_counts_from_the_approval_on,
    plans_make_no_ring,
    a_ring_over_a_row_that_is_broken_is_refused,
    an_agency_has_so_many_names_and_no_more,
    an_agency_moves_to_none_that_is_not_there_then,
    a_name_holds_from_its_date,
    a_mandate_ends_with_the_place_of_the_agency,
    plans_are_sealed,
}
