//! What lies within an office or an agency ends with it by date, also between policy and write 1.

use kyso_core::id::*;
use kyso_core::model::Dated;
use kyso_core::request::Activation;
use kyso_core::*;

use super::clerk::{BOTH_SIGN, Desk, authorized, record};
use super::town::Town;
use crate::store::world::{World, on_both};

/// The clerk's office is above the seal's agency, and ends by date; the seal's goes on.
async fn a_sad_ends_with_the_clerks_office_by_date(world: &mut World) {
    let mut town = Town::found(world).await;
    let mut below = town.policy.snapshot().agencies[&town.agency].clone();
    below.id = AgencyId::random();
    let above = below.clone();
    (below.parent, below.id) = (Dated::new(Some(above.id)), AgencyId::random());
    let (office, owner) = (above.id, below.id);
    for agency in [above, below] {
        let register = Change::RegisterAgency(agency);
        town.by_manager(register).await.unwrap();
    }
    let desk = Desk::of(&mut town, Some(office), owner).await;
    let session = desk.open(&mut town).await;
    let sad = desk.sad(&town, &session).await;
    assert_eq!(desk.stamps(&town, sad).await, BOTH_SIGN);
    let end = Change::EndAgency(office, town.later(60));
    town.by_manager(end).await.unwrap();
    desk.assert_ends_within_write_1(&mut town, sad).await;
}

/// The agency of the seal ends between policy and write 1.
async fn what_was_authorized_ends_with_its_agency_in_write_1(world: &mut World) {
    let mut town = Town::found(world).await;
    let mut agency = town.policy.snapshot().agencies[&town.agency].clone();
    (agency.parent, agency.id) = (Dated::new(Some(town.agency)), AgencyId::random());
    let owner = agency.id;
    town.by_manager(Change::RegisterAgency(agency))
        .await
        .unwrap();
    let desk = Desk::of(&mut town, None, owner).await;
    let session = desk.open(&mut town).await;
    let sad = desk.sad(&town, &session).await;
    let end = Change::EndAgency(owner, town.later(60));
    town.by_manager(end).await.unwrap();
    let asked = [Activation::Sad(sad), Activation::Session];
    let asked = asked.map(|how| authorized(&town, desk.system(), desk.call(how)).unwrap());
    town.world.clock.advance(60);
    for signing in asked {
        let late = record(&town, signing).await;
        assert_eq!(late, Err(Refusal::CredentialDisabled));
    }
}

on_both! {
    a_sad_ends_with_the_clerks_office_by_date,
    what_was_authorized_ends_with_its_agency_in_write_1,
}
