//! Old rows put back, and rows that a change meets: neither grants anything.

use kyso_core::change::{PowerChange, RefreshIssue, TokenIssue};
use kyso_core::id::TokenFamilyId;
use kyso_core::model::*;
use kyso_core::{Actor, Change, Refusal};
use kyso_evidence::Event;

use super::town::{Town, code_of};
use crate::store::world::{World, on_both};

async fn codes_and_refresh_tokens_are_sealed(world: &mut World) {
    let mut town = Town::found(world).await;
    let id = town.register("binh").await;
    town.code(id, [1; 32]).await.unwrap();
    town.world.sql(&format!(
        "UPDATE enrolment_code SET code_hash = {};",
        town.world.blob(&[2; 32])
    ));
    assert_eq!(town.world.journal().enrolment([2; 32]).await.unwrap(), None);
    assert_eq!(town.enrol(id, [2; 32]).await, Err(Refusal::Tampered));
    let refresh = RefreshIssue {
        hash: [1; 32],
        replaces: None,
        person: Some(id),
        expires_at: town.later(60),
    };
    let family = TokenFamilyId::random();
    let issue = |refresh| TokenIssue {
        family,
        jti: [0; 16],
        client: None,
        assertion: None,
        refresh,
    };
    town.change(
        Actor::system(),
        Change::IssueToken(issue(Some(refresh.clone()))),
    )
    .await
    .unwrap();
    let manager = town.world.blob(town.managers[0].as_bytes());
    town.world
        .sql(&format!("UPDATE token_family SET person_id = {manager};"));
    assert_eq!(
        town.world.journal().refresh_token([1; 32]).await.unwrap(),
        None
    );
    let next = RefreshIssue {
        hash: [2; 32],
        replaces: Some([1; 32]),
        ..refresh
    };
    let stolen = town
        .change(Actor::system(), Change::IssueToken(issue(Some(next))))
        .await;
    assert_eq!(stolen, Err(Refusal::Tampered));
}

async fn a_restored_row_grants_nothing(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let role = town.role(leader, Role::RecordsClerk).await.unwrap();
    town.world
        .sql("CREATE TABLE kept AS SELECT * FROM role_grant;");
    town.by_manager(Change::RevokeRole(role)).await.unwrap();
    town.world
        .sql("DELETE FROM role_grant; INSERT INTO role_grant SELECT * FROM kept;");
    town.world.restart();
    assert!(
        !town
            .fresh()
            .await
            .holds_anywhere(leader, Role::RecordsClerk)
    );
    assert!(
        town.fresh().await.holds_anywhere(leader, Role::Signer),
        "untouched rows still count"
    );
    assert_eq!(town.world.entries(Event::AlarmRaised).len(), 1);
}

async fn removed_factors_do_not_come_back(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    town.world.sql(
        "CREATE TABLE kept AS SELECT * FROM totp_factor; \
         CREATE TABLE codes AS SELECT * FROM enrolment_code;",
    );
    town.power(PowerChange::ResetFactors(leader)).await.unwrap();
    town.world
        .sql("DELETE FROM totp_factor; INSERT INTO totp_factor SELECT * FROM kept;");
    assert!(!town.fresh().await.people.factors.contains_key(&leader));
    town.world.sql(
        "DELETE FROM totp_factor; \
         UPDATE enrolment_code SET used_at = NULL;",
    );
    assert_eq!(
        town.enrol(leader, code_of(leader)).await,
        Err(Refusal::Tampered),
        "nor old codes"
    );
}

async fn changing_a_tampered_row_does_not_launder_it(world: &mut World) {
    let mut town = Town::found(world).await;
    let id = town.active(Owner::Agency(town.agency)).await;
    town.world.sql(&format!(
        "UPDATE credential_key SET cka_id = {};",
        town.world.blob(&[6; 16])
    ));
    let lock = Change::LockCredential(id, "x".to_owned());
    assert_eq!(town.by_manager(lock).await, Err(Refusal::Tampered));
    assert!(town.fresh().await.credentials.is_empty());
    assert!(!town.world.entries(Event::AlarmRaised).is_empty());
}

on_both! {
    codes_and_refresh_tokens_are_sealed,
    a_restored_row_grants_nothing,
    removed_factors_do_not_come_back,
    changing_a_tampered_row_does_not_launder_it,
}
