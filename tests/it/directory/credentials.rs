//! Credentials: their states, and what a factor reset does to them.

use kyso_core::change::PowerChange;
use kyso_core::model::{CredentialState, Owner};
use kyso_core::{Change, Refusal};

use super::town::{Town, code_of};
use crate::store::world::{Kind, World, on_both};

async fn a_credential_goes_its_way_step_by_step(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let request = Town::request(Owner::Person(leader));
    let id = request.id;
    town.by_manager(Change::RequestCredential(request.clone()))
        .await
        .unwrap();
    let twin = Change::RequestCredential(request);
    assert_eq!(
        town.by_manager(twin).await,
        Err(Refusal::Conflict),
        "the same key"
    );
    let hand_over = || Change::HandOverCredential(id, "1/BB".to_owned());
    assert_eq!(
        town.by_manager(hand_over()).await,
        Err(Refusal::Conflict),
        "no certificate"
    );
    let mut wrong = town.certificate(id);
    wrong.sha256 = [0; 32];
    let wrong = Change::CertifyCredential(id, wrong);
    assert_eq!(
        town.by_manager(wrong).await,
        Err(Refusal::Conflict),
        "not the leaf's hash"
    );
    let certificate = town.certificate(id);
    town.by_manager(Change::CertifyCredential(id, certificate.clone()))
        .await
        .unwrap();
    let early = town.power(PowerChange::ActivateCredential(id)).await;
    assert_eq!(early, Err(Refusal::Conflict), "not handed over");
    town.by_manager(hand_over()).await.unwrap();
    town.power(PowerChange::ActivateCredential(id))
        .await
        .unwrap();
    let snapshot = town.fresh().await;
    assert_eq!(
        snapshot.credentials[&id].certificate.as_deref(),
        Some(&certificate)
    );
    let early = Change::ExpireCredential(id);
    assert_eq!(
        town.change(kyso_core::Actor::system(), early).await,
        Err(Refusal::Conflict)
    );
    town.by_manager(Change::RevokeCredential(id, "mất".to_owned()))
        .await
        .unwrap();
    let after = town.power(PowerChange::UnlockCredential(id)).await;
    assert_eq!(after, Err(Refusal::Conflict), "revoked is for good");
}

async fn an_officer_locks_and_two_managers_unlock(world: &mut World) {
    let mut town = Town::found(world).await;
    let id = town.active(Owner::Agency(town.agency)).await;
    let lock = || Change::LockCredential(id, "nghi lộ".to_owned());
    town.change(Town::actor(town.officer), lock())
        .await
        .unwrap();
    assert_eq!(town.state(id), CredentialState::Locked);
    assert_eq!(
        town.change(Town::actor(town.officer), lock()).await,
        Err(Refusal::Conflict)
    );
    town.power(PowerChange::UnlockCredential(id)).await.unwrap();
    assert_eq!(town.state(id), CredentialState::Active);
}

async fn what_was_never_handed_over_is_never_unlocked(world: &mut World) {
    let mut town = Town::found(world).await;
    let request = Town::request(Owner::Agency(town.agency));
    let id = request.id;
    town.by_manager(Change::RequestCredential(request))
        .await
        .unwrap();
    let certificate = town.certificate(id);
    town.by_manager(Change::CertifyCredential(id, certificate))
        .await
        .unwrap();
    town.by_manager(Change::LockCredential(id, "chờ".to_owned()))
        .await
        .unwrap();
    let unlocked = town.power(PowerChange::UnlockCredential(id)).await;
    assert_eq!(unlocked, Err(Refusal::Conflict));
}

async fn a_reset_locks_until_the_person_enrols_again(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let active = town.active(Owner::Person(leader)).await;
    let locked = town.active(Owner::Person(leader)).await;
    town.by_manager(Change::LockCredential(locked, "nghi lộ".to_owned()))
        .await
        .unwrap();
    town.power(PowerChange::ResetFactors(leader)).await.unwrap();
    assert!(!town.policy.snapshot().people.factors.contains_key(&leader));
    assert_eq!(town.state(active), CredentialState::Locked);
    let shortcut = town.power(PowerChange::UnlockCredential(active)).await;
    assert_eq!(
        shortcut,
        Err(Refusal::Conflict),
        "not while the person has no factors"
    );
    assert_eq!(
        town.enrol(leader, code_of(leader)).await,
        Err(Refusal::UnknownObject),
        "old code"
    );
    assert_eq!(
        town.code(leader, [4; 32]).await,
        Err(Refusal::SecondPersonRequired),
        "one manager alone would hold the whole code"
    );
    town.split_code(leader, [4; 32]).await.unwrap();
    town.enrol(leader, [4; 32]).await.unwrap();
    assert_eq!(town.state(active), CredentialState::Active);
    assert_eq!(
        town.state(locked),
        CredentialState::Locked,
        "locked for another reason"
    );
}

async fn a_lock_by_hand_outlasts_a_reset(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let id = town.active(Owner::Person(leader)).await;
    town.power(PowerChange::ResetFactors(leader)).await.unwrap();
    let lock = Change::LockCredential(id, "nghi lộ".to_owned());
    town.change(Town::actor(town.officer), lock).await.unwrap();
    town.split_code(leader, [4; 32]).await.unwrap();
    town.enrol(leader, [4; 32]).await.unwrap();
    assert_eq!(town.state(id), CredentialState::Locked);
}

/// In SQLite an update within a trigger fires it no second time; in PostgreSQL it would.
const HIDE: [&str; 2] = [
    "CREATE TRIGGER hide AFTER UPDATE ON policy_epoch WHEN NEW.area = 'credentials' BEGIN
         UPDATE policy_epoch SET counter = NEW.counter WHERE area = 'pending';
         UPDATE policy_epoch SET counter = OLD.counter WHERE area = 'credentials';
     END;",
    "CREATE FUNCTION hide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         UPDATE policy_epoch SET counter = NEW.counter WHERE area = 'pending';
         UPDATE policy_epoch SET counter = OLD.counter WHERE area = 'credentials';
         RETURN NULL;
     END $$;
     CREATE TRIGGER hide AFTER UPDATE ON policy_epoch FOR EACH ROW
     WHEN (NEW.area = 'credentials' AND pg_trigger_depth() = 0) EXECUTE FUNCTION hide();",
];

/// The owner of the database has the counter of another area tell of a lock, so that nobody would read it.
async fn whoever_hides_what_moved_hides_no_lock(world: &mut World) {
    let mut town = Town::found(world).await;
    let id = town.active(Owner::Agency(town.agency)).await;
    assert_eq!(town.state(id), CredentialState::Active);
    let hide = HIDE[usize::from(town.world.kind == Kind::Postgres)];
    town.world.sql(hide);
    let lock = Change::LockCredential(id, "nghi lộ".to_owned());
    town.change(Town::actor(town.officer), lock).await.unwrap();
    assert_eq!(town.state(id), CredentialState::Locked);
}

async fn only_what_moved_is_read_again(world: &mut World) {
    let mut town = Town::found(world).await;
    let id = town.active(Owner::Agency(town.agency)).await;
    let before = town.reload().await;
    town.by_manager(Change::LockCredential(id, "x".to_owned()))
        .await
        .unwrap();
    let after = town.policy.snapshot();
    assert!(after.epoch > before.epoch);
    assert!(std::sync::Arc::ptr_eq(&before.people, &after.people));
    assert!(std::sync::Arc::ptr_eq(&before.agencies, &after.agencies));
    assert!(!std::sync::Arc::ptr_eq(
        &before.credentials,
        &after.credentials
    ));
    assert_eq!(before.credentials[&id].state, CredentialState::Active);
    assert_eq!(after.credentials[&id].state, CredentialState::Locked);
}

on_both! {
    a_credential_goes_its_way_step_by_step,
    an_officer_locks_and_two_managers_unlock,
    what_was_never_handed_over_is_never_unlocked,
    a_reset_locks_until_the_person_enrols_again,
    a_lock_by_hand_outlasts_a_reset,
    only_what_moved_is_read_again,
    whoever_hides_what_moved_hides_no_lock,
}
