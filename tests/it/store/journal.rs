//! The writer: order, time, batches, heads, several servers.

use std::sync::Arc;

use kyso_core::Refusal;
use kyso_core::journal::{IntentError, Journal as _, JournalError};
use kyso_evidence::{Event, Head};
use kyso_store::{Database, SealedKey, Store, StoreError};

use super::note;
use super::world::{Kind, World, digest, on_both, signed};

async fn entries_are_gapless_and_the_head_file_follows(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    let journal = world.journal();
    let notes: Vec<_> = (0..200)
        .map(|_| {
            let journal = journal.clone();
            tokio::spawn(async move { journal.note(note().commit("source", "10.0.0.1")).await })
        })
        .collect();
    for noted in notes {
        noted.await.unwrap().unwrap();
    }
    assert!(journal.figures().read().commits < 203, "commits are shared");
    drop(journal);
    world.store = None;
    let report = world.verify().unwrap();
    assert_eq!((report.checked, report.head), (203, Some(203)));
    world.open().unwrap();
    world.journal().note(note()).await.unwrap();
    assert_eq!(world.verify().unwrap().checked, 204);
}

/// Whenever the file is read, the database has at least what it says.
async fn the_head_file_is_never_ahead_of_the_database(world: &mut World) {
    let path = world.config().head_file;
    for _ in 0..50 {
        world.journal().note(note()).await.unwrap();
        if let Ok(bytes) = std::fs::read(&path) {
            let size = Head::parse(&bytes).unwrap().size();
            assert!(world.verify().unwrap().checked >= size);
        }
    }
}

async fn one_poisoned_entry_harms_only_itself(world: &mut World) {
    let mut poisoned = note();
    "not an id".clone_into(&mut poisoned.entry.request);
    let journal = world.journal();
    let mut answers = Vec::new();
    for draft in [note(), poisoned, note()] {
        let journal = journal.clone();
        answers.push(tokio::spawn(async move { journal.note(draft).await }));
    }
    let mut failed = 0;
    for answer in answers {
        failed += usize::from(matches!(answer.await.unwrap(), Err(JournalError::Entry(_))));
    }
    assert_eq!(failed, 1);
    assert_eq!(world.verify().unwrap().checked, 2);
}

async fn an_epoch_that_moved_sends_back_to_policy(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    let authorized = world.authorized(world.with_sad(&sad, &[digest(1)]));
    world.session(1).await; // moves the epoch
    let draft = kyso_core::draft::intent(&authorized);
    let moved = world.journal().record_intent(authorized, draft).await;
    let Err(IntentError::EpochMoved(authorized)) = moved else {
        panic!("{moved:?}")
    };
    let (_, signing, _) = authorized.into_parts();
    world.sign(signing.request).await.unwrap();
}

async fn a_clock_that_goes_back_stops_the_journal(world: &mut World) {
    world.journal().note(note()).await.unwrap();
    world.clock.advance(-1);
    world.journal().note(note()).await.unwrap();
    world.clock.advance(-1);
    assert_eq!(
        world.journal().note(note()).await,
        Err(JournalError::ClockWentBack)
    );
    world.clock.advance(5);
    world.journal().note(note()).await.unwrap();
    assert_eq!(world.verify().unwrap().checked, 3);
    let times: Vec<String> = world
        .entries(Event::AuditRead)
        .into_iter()
        .map(|e| e.time)
        .collect();
    assert!(times.is_sorted());
}

async fn certificate_dates_are_checked_when_the_intent_is_written(world: &mut World) {
    let mut sad = world.sad_value(kyso_core::model::SadBinding::Hashes([digest(1)].into()));
    sad.expires_at = sad
        .expires_at
        .after(std::time::Duration::from_secs(2_000_000));
    let sad = world.authorize(sad).await.unwrap();
    let authorized = world.authorized(world.with_sad(&sad, &[digest(1)]));
    world.clock.advance(1_000_001);
    let draft = kyso_core::draft::intent(&authorized);
    let refused = world.journal().record_intent(authorized, draft).await;
    let expired = matches!(
        refused,
        Err(IntentError::Refused(Refusal::CertificateExpired, _))
    );
    assert!(expired, "{refused:?}");
}

async fn a_full_journal_says_so_before_an_intent_exists(world: &mut World) {
    let places: Vec<_> = (0..512).map(|_| world.journal().admit().unwrap()).collect();
    assert!(world.journal().admit().is_err());
    drop(places);
    world.journal().admit().unwrap();
}

async fn a_wrong_schema_is_refused(world: &mut World) {
    world.store = None;
    world.sql("DELETE FROM __diesel_schema_migrations WHERE version LIKE '%8'");
    assert!(matches!(world.open(), Err(StoreError::Schema { .. })));
}

/// A key that tokens are signed with grants power: its row and its entry come together.
async fn a_sealed_key_comes_with_its_entry(world: &mut World) {
    let key = |version, byte| SealedKey {
        version,
        blob: vec![byte; 40],
    };
    let journal = world.journal();
    journal.store_sealed_key("k", key(1, 1)).await.unwrap();
    journal.store_sealed_key("k", key(2, 2)).await.unwrap();
    let replaced = journal.store_sealed_key("k", key(2, 3)).await;
    assert!(matches!(replaced, Err(JournalError::Unavailable(_))));
    let kept = world.store.as_ref().unwrap().database().sealed_keys("k");
    assert_eq!(kept.unwrap(), [key(2, 2), key(1, 1)]);
    let entries = world.entries(Event::KeySealed);
    assert_eq!(entries.len(), 2, "none for the one that was not stored");
    assert_eq!(entries[1].data["version"], 2_i64.into());
    assert!(!format!("{entries:?}").contains(&hex::encode([2; 40])));
    world.verify().unwrap();
}

async fn commitments_open_and_can_be_erased(world: &mut World) {
    world
        .journal()
        .note(note().commit("source", "10.0.0.1"))
        .await
        .unwrap();
    world.sql("DELETE FROM audit_opening");
    world.verify().unwrap();
}

#[test]
fn a_second_server_on_one_file_stops() {
    super::world::run(Kind::Sqlite, async |world: &mut World| {
        let second = Database::connect(world.config()).unwrap();
        let refused = second.start(&World::root(), Arc::new(world.clock.clone()));
        assert!(matches!(refused, Err(StoreError::Locked(_))));
        let migrated = Database::connect(world.config()).unwrap().migrate();
        assert!(matches!(migrated, Err(StoreError::Locked(_))));
    });
}

#[test]
fn two_servers_share_one_log_and_one_epoch() {
    super::world::run(Kind::Postgres, async |world: &mut World| {
        let other: Store = world.second_server();
        let sad = world.sad(&[digest(1), digest(2)]).await;
        for _ in 0..5 {
            world.journal().note(note()).await.unwrap();
            other.journal().note(note()).await.unwrap();
        }
        world
            .sign(world.with_sad(&sad, &[digest(1)]))
            .await
            .unwrap();
        let authorized = world.authorized(world.with_sad(&sad, &[digest(1)]));
        let draft = kyso_core::draft::intent(&authorized);
        let used = other.journal().record_intent(authorized, draft).await;
        let refused = matches!(
            used,
            Err(IntentError::Refused(Refusal::HashNotAuthorized, _))
        );
        assert!(
            refused,
            "a use on one server is a use on the other: {used:?}"
        );
        let authorized = world.authorized(world.with_sad(&sad, &[digest(2)]));
        world.session(1).await; // a change on one server stops the next signature on the other
        let draft = kyso_core::draft::intent(&authorized);
        let moved = other.journal().record_intent(authorized, draft).await;
        assert!(
            matches!(moved, Err(IntentError::EpochMoved(_))),
            "{moved:?}"
        );
        world.verify().unwrap();
    });
}

#[test]
fn a_lost_connection_is_made_again() {
    super::world::run(Kind::Postgres, async |world: &mut World| {
        let sad = world.sad(&[digest(1), digest(2)]).await;
        let intent = world
            .intent(world.with_sad(&sad, &[digest(1)]))
            .await
            .unwrap();
        world.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        );
        world.outcome(&intent, signed(1)).await.unwrap();
        world
            .sign(world.with_sad(&sad, &[digest(2)]))
            .await
            .unwrap();
        assert_eq!(world.verify().unwrap().open_intents, Vec::<u64>::new());
    });
}

on_both! {
    entries_are_gapless_and_the_head_file_follows,
    the_head_file_is_never_ahead_of_the_database,
    one_poisoned_entry_harms_only_itself,
    an_epoch_that_moved_sends_back_to_policy,
    a_clock_that_goes_back_stops_the_journal,
    certificate_dates_are_checked_when_the_intent_is_written,
    a_full_journal_says_so_before_an_intent_exists,
    a_wrong_schema_is_refused,
    a_sealed_key_comes_with_its_entry,
    commitments_open_and_can_be_erased,
}
