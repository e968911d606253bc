//! Callers who go away while their work waits: what they were not told of is not done.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use kyso_core::Change;
use kyso_core::journal::Journal as _;
use kyso_core::model::SadBinding;
use kyso_evidence::Event;
use kyso_store::Db;

use super::note;
use super::world::{Kind, World, digest, on_both};

/// Keeps the writer from its work until this is dropped.
fn hold(world: &World) -> Db {
    let mut db = world.raw();
    let lock = match world.kind {
        Kind::Sqlite => "BEGIN IMMEDIATE",
        Kind::Postgres => "BEGIN; LOCK TABLE audit_entry",
    };
    db.batch_execute(lock).unwrap();
    db
}

/// Asks, and goes away before the answer can come.
async fn ask_and_go(call: impl Future) {
    let answer = tokio::time::timeout(Duration::ZERO, call).await;
    assert!(answer.is_err(), "it was answered at once");
}

/// An intent that nobody would close, a permission that its holder believes was refused.
async fn what_nobody_waits_for_any_more_is_not_done(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    let given = world.entries(Event::SadAuthorized).len();
    let held = hold(world);
    ask_and_go(world.intent(world.with_sad(&sad, &[digest(1)]))).await;
    let other = world.sad_value(SadBinding::Hashes([digest(2)].into()));
    let totp = world.totp(world.leader);
    let change = || Change::AuthorizeSad(other.clone(), Some(totp));
    ask_and_go(world.change(world.system(), change())).await;
    drop(held);
    world.sweep().await;
    assert!(world.entries(Event::SignatureIntent).is_empty());
    assert_eq!(world.entries(Event::SadAuthorized).len(), given);
    // Neither the hash nor the one-time password is used up.
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    world.change(world.system(), change()).await.unwrap();
}

/// An entry says what was so; it stays so when whoever reported it has gone.
async fn a_fact_is_entered_also_for_nobody(world: &mut World) {
    world.sweep().await;
    let before = world.entries(Event::AuditRead).len();
    let held = hold(world);
    ask_and_go(world.journal().note(note())).await;
    drop(held);
    world.sweep().await;
    assert_eq!(world.entries(Event::AuditRead).len(), before + 2);
}

/// The server's own work has nobody who waits: the lease is renewed all the same.
async fn the_lease_is_renewed_though_nobody_waits(world: &mut World) {
    world.tune = |config| config.lease = Duration::from_secs(1);
    world.restart();
    let first = super::away::latest_lease(world);
    super::away::noting_until(world, |world| super::away::latest_lease(world) > first).await;
}

on_both! {
    a_fact_is_entered_also_for_nobody,
    the_lease_is_renewed_though_nobody_waits,
    what_nobody_waits_for_any_more_is_not_done,
}
