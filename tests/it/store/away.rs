//! A database that goes away: answers that are lost, silence, a lease that cannot be renewed.

use std::time::{Duration, Instant};

use diesel::RunQueryDsl as _;
use kyso_core::journal::{IntentError, Journal as _, JournalError, Recalled};
use kyso_core::{DigestOutcome, Refusal};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_store::{StoreConfig, StoreError};
use kyso_tests::proxy::Fate;

use super::note;
use super::world::{Kind, World, digest, key, on_both, run, signed};

/// So long that no upkeep comes between what a test does and its proxy.
fn undisturbed(config: &mut StoreConfig) {
    config.lease = Duration::from_hours(1);
}

/// Silence is noticed soon, and the lease is asked for often.
fn impatient(config: &mut StoreConfig) {
    config.patience = Duration::from_secs(1);
    config.lease = Duration::from_secs(3);
}

/// Notes until this holds, for half a minute at most.
pub(super) async fn noting_until(world: &World, mut holds: impl FnMut(&World) -> bool) {
    let start = Instant::now();
    while !holds(world) {
        assert!(start.elapsed() < Duration::from_secs(30), "it never came");
        let _ = world.journal().note(note()).await;
        tokio::task::yield_now().await;
    }
}

fn has_failed<T>(end: &Result<T, IntentError>) -> bool {
    matches!(end, Err(IntentError::Journal(JournalError::Unavailable(_))))
}

#[test]
fn a_commit_that_was_not_answered_is_looked_for() {
    for (fate, happened) in [(Fate::Unanswered, true), (Fate::Lost, false)] {
        run(Kind::Postgres, async |world: &mut World| {
            world.behind_proxy(undisturbed);
            let sad = world.sad(&[digest(1), digest(2)]).await;
            world.sweep().await;
            world.proxy().at_commit(fate);
            let intent = world.intent(world.with_sad(&sad, &[digest(1)])).await;
            assert!(world.proxy().has_struck());
            assert_eq!(intent.is_ok(), happened, "{fate:?}: {intent:?}");
            assert_eq!(
                has_failed(&intent),
                !happened,
                "nothing is signed: {intent:?}"
            );
            assert_eq!(
                world.entries(Event::SignatureIntent).len(),
                usize::from(happened)
            );
            if let Ok(intent) = intent {
                world.outcome(&intent, signed(1)).await.unwrap();
                let again = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
                assert_eq!(again, Refusal::HashNotAuthorized);
            } else {
                let again = world.sign(world.with_sad(&sad, &[digest(1)])).await;
                again.unwrap();
            }
            assert_eq!(
                world.entries(Event::SignatureIntent).len(),
                1,
                "not doubled"
            );
            assert!(world.verify().unwrap().open_intents.is_empty());
        });
    }
}

#[test]
fn an_outcome_whose_commit_was_not_answered_is_looked_for() {
    for (fate, happened) in [(Fate::Unanswered, true), (Fate::Lost, false)] {
        run(Kind::Postgres, async |world: &mut World| {
            world.behind_proxy(undisturbed);
            world.session(10).await;
            let request = world.stamp(&[digest(1)], "a");
            let intent = world.intent(request.clone()).await.unwrap();
            world.proxy().at_commit(fate);
            let end = world.outcome(&intent, signed(1)).await;
            assert!(world.proxy().has_struck());
            assert_eq!(end.is_ok(), happened, "{fate:?}: {end:?}");
            world.restart(); // closes what stayed open
            world.sweep().await;
            let outcomes = world.entries(Event::SignatureOutcome);
            let said: Vec<Outcome> = outcomes.iter().map(|entry| entry.outcome).collect();
            let expected = if happened {
                Outcome::Ok
            } else {
                Outcome::Unknown
            };
            assert_eq!(said, [expected], "one outcome, ever");
            let recalled = world.journal().recall(&world.system(), &key("a", 1)).await;
            let recalled = recalled.unwrap().unwrap();
            let right = match &recalled {
                Recalled::Done(..) => happened,
                Recalled::Interrupted => !happened,
                _ => false,
            };
            assert!(right, "{fate:?}: {recalled:?}");
            assert!(world.verify().unwrap().open_intents.is_empty());
        });
    }
}

/// All that share a commit share its truth, and the next entry follows without a gap.
#[test]
fn every_call_of_an_unanswered_batch_is_told_the_truth() {
    for (fate, happened) in [(Fate::Unanswered, true), (Fate::Lost, false)] {
        run(Kind::Postgres, async |world: &mut World| {
            world.behind_proxy(undisturbed);
            world.sweep().await;
            let before = world.entries(Event::AuditRead).len();
            world.proxy().at_commit(fate);
            let notes: Vec<_> = (0..20)
                .map(|_| {
                    let journal = world.journal();
                    tokio::spawn(async move { journal.note(note()).await })
                })
                .collect();
            let mut told = 0;
            for noted in notes {
                told += usize::from(noted.await.unwrap().is_ok());
            }
            assert!(world.proxy().has_struck());
            assert_eq!(told == 20, happened, "{fate:?}: {told}");
            world.journal().note(note()).await.unwrap();
            assert_eq!(
                world.entries(Event::AuditRead).len(),
                before + told + 1,
                "{fate:?}"
            );
            world.verify().unwrap();
        });
    }
}

#[test]
fn trap_a_silent_database_is_given_up_and_the_writer_comes_back() {
    run(Kind::Postgres, async |world: &mut World| {
        world.behind_proxy(impatient);
        let sad = world.sad(&[digest(1), digest(2)]).await;
        world
            .journal()
            .recall(&world.system(), &key("a", 1))
            .await
            .unwrap();
        world.proxy().silence();
        let intent = world.intent(world.with_sad(&sad, &[digest(1)])).await;
        assert!(has_failed(&intent), "{intent:?}");
        assert!(!world.journal().figures().is_writable());
        assert!(
            world.journal().admit().is_err(),
            "told before an intent exists"
        );
        let recalled = world.journal().recall(&world.system(), &key("a", 1)).await;
        assert!(
            matches!(recalled, Err(JournalError::Unavailable(_))),
            "{recalled:?}"
        );
        let read = world
            .store
            .as_ref()
            .unwrap()
            .read(kyso_store::read::is_empty);
        let read: Result<bool, StoreError> = read.await;
        assert!(read.is_err(), "{read:?}");
        world.proxy().heal();
        noting_until(world, |world| world.journal().admit().is_ok()).await;
        assert!(world.entries(Event::SignatureIntent).is_empty());
        world
            .sign(world.with_sad(&sad, &[digest(1)]))
            .await
            .unwrap();
        world
            .journal()
            .recall(&world.system(), &key("a", 1))
            .await
            .unwrap();
        assert!(world.verify().unwrap().open_intents.is_empty());
    });
}

/// The intent is there, and nobody was told: its key is not used, and it is closed.
#[test]
fn an_intent_in_the_silence_is_closed_and_never_signed() {
    run(Kind::Postgres, async |world: &mut World| {
        world.behind_proxy(impatient);
        let sad = world.sad(&[digest(1), digest(2)]).await;
        // Whose intent is open while the writer is replaced ends as it should.
        let other = world
            .intent(world.with_sad(&sad, &[digest(2)]))
            .await
            .unwrap();
        let fated = world.authorized(world.with_sad(&sad, &[digest(1)]));
        let draft = kyso_core::draft::intent(&fated);
        world.proxy().at_commit(Fate::Swallowed);
        let end = world.journal().record_intent(fated, draft).await;
        // Upkeep may have met it instead; then the intent that follows meets the silence.
        assert!(has_failed(&end) || end.is_ok(), "{end:?}");
        noting_until(world, |world| world.proxy().has_struck()).await;
        noting_until(world, |world| world.journal().admit().is_ok()).await;
        let spared = world
            .outcome(&other, vec![DigestOutcome::NotAttempted])
            .await;
        spared.unwrap();
        if has_failed(&end) {
            let closed = |world: &World| world.verify().unwrap().open_intents.is_empty();
            noting_until(world, closed).await;
            let used = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
            assert!(matches!(used, Refusal::HashNotAuthorized), "{used:?}");
        }
        world
            .sign(world.with_sad(&sad, &[digest(2)]))
            .await
            .unwrap();
        assert_eq!(world.journal().figures().read().alarms, 0);
    });
}

/// A server that stops within a silence does not wait for ever.
#[test]
fn a_server_stops_within_a_silence() {
    run(Kind::Postgres, async |world: &mut World| {
        world.behind_proxy(impatient);
        world.sweep().await;
        world.proxy().silence();
        let noted = world.journal().note(note()).await;
        assert!(noted.is_err());
        world.store = None;
        world.proxy().heal();
        world.open().unwrap();
        world.journal().note(note()).await.unwrap();
    });
}

/// The log can be written, but another server may close this one's intents by now.
#[test]
fn without_its_lease_a_server_signs_nothing() {
    run(Kind::Postgres, async |world: &mut World| {
        world.tune = impatient;
        world.restart();
        let sad = world.sad(&[digest(1), digest(2)]).await;
        let intent = world
            .intent(world.with_sad(&sad, &[digest(1)]))
            .await
            .unwrap();
        world.sql(
            "CREATE FUNCTION refuse_lease() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'no'; END $$; \
             CREATE TRIGGER refused BEFORE UPDATE OF lease_until ON boot \
             FOR EACH ROW WHEN (NEW.lease_until <> 0) EXECUTE FUNCTION refuse_lease()",
        );
        // An entry just written says that the database takes it; twice, since between the two a
        // renewal may fail, which says "not writable" for that moment too.
        let mut refusals = 0;
        noting_until(world, |world| {
            let admitted = world.journal().admit().is_ok();
            refusals = if admitted { 0 } else { refusals + 1 };
            refusals > 2
        })
        .await;
        world.journal().note(note()).await.unwrap();
        let refused = world.intent(world.with_sad(&sad, &[digest(2)])).await;
        assert!(has_failed(&refused), "{refused:?}");
        assert_eq!(world.entries(Event::SignatureIntent).len(), 1);
        world.sql("DROP TRIGGER refused ON boot; UPDATE boot SET lease_until = 0");
        let other = world.second_server();
        super::world::settle(&other).await;
        let outcomes = world.entries(Event::SignatureOutcome);
        assert_eq!(outcomes.len(), 1, "the other one closed it");
        assert_eq!(outcomes[0].outcome, Outcome::Unknown);
        assert!(world.outcome(&intent, signed(1)).await.is_err());
    });
}

/// What cannot be swept of a dead server does not end the lease of a living one.
async fn an_intent_that_cannot_be_closed_does_not_end_the_lease(world: &mut World) {
    world.tune = |config| config.lease = Duration::from_secs(3);
    let sad = world.sad(&[digest(1)]).await;
    let open = world.intent(world.with_sad(&sad, &[digest(1)])).await;
    drop(open.unwrap());
    world.store = None;
    world.sql(match world.kind {
        Kind::Sqlite => {
            "CREATE TRIGGER stuck BEFORE INSERT ON attempt_outcome \
             BEGIN SELECT RAISE(ABORT, 'no'); END"
        }
        Kind::Postgres => {
            "CREATE TRIGGER stuck BEFORE INSERT ON attempt_outcome \
             FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        }
    });
    world.open().unwrap();
    let first = latest_lease(world);
    noting_until(world, |world| latest_lease(world) > first).await;
    assert_eq!(world.verify().unwrap().open_intents.len(), 1);
    world.journal().note(note()).await.unwrap();
    assert!(world.journal().admit().is_ok());
}

pub(super) fn latest_lease(world: &World) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Lease {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        until: i64,
    }
    let query = diesel::sql_query("SELECT max(lease_until) AS until FROM boot");
    let lease: Lease = query.get_result(&mut world.raw()).unwrap();
    lease.until
}

/// People who read for long keep nobody from signing.
async fn a_long_read_does_not_delay_look_ups(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    let session = world.session(10).await;
    let readers = world.config().readers;
    let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
    let held: Vec<_> = (0..=readers)
        .map(|_| {
            let (end, ends) = std::sync::mpsc::channel::<()>();
            let (database, begun) = (
                world.store.as_ref().unwrap().database().clone(),
                begun.clone(),
            );
            let read = tokio::spawn(async move {
                let long = move |_: &mut kyso_store::Db| {
                    begun.send(()).unwrap();
                    let _ = ends.recv();
                    Ok::<_, StoreError>(())
                };
                database.read(long).await
            });
            (end, read)
        })
        .collect();
    for _ in 0..readers {
        begins.recv().await.unwrap();
    }
    assert!(
        begins.try_recv().is_err(),
        "there are no more connections than that"
    );
    let known = world.journal().recall(&world.system(), &key("a", 1)).await;
    assert!(known.unwrap().is_none());
    let snapshot = world.journal().snapshot(world.policy.snapshot()).await;
    snapshot.unwrap();
    let database = world.store.as_ref().unwrap().database();
    let uses = database.uses_of_sessions(vec![session.id]).await.unwrap();
    assert_eq!(uses.get(&session.id), Some(&0));
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    for (end, read) in held {
        drop(end);
        read.await.unwrap().unwrap();
    }
}

on_both! {
    a_long_read_does_not_delay_look_ups,
    an_intent_that_cannot_be_closed_does_not_end_the_lease,
}
