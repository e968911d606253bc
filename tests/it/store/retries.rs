//! A retry never signs twice, and a crash leaves no intent without an outcome.

use kyso_core::journal::{IntentError, Journal as _, Recalled};
use kyso_core::{DigestOutcome, Refusal};
use kyso_evidence::Event;

use super::world::{Kind, World, digest, key, on_both, signed};
use crate::world::until;

fn recalled(error: IntentError) -> Recalled {
    match error {
        IntentError::Recalled(recalled, _) => recalled,
        other => panic!("{other}"),
    }
}

async fn a_retry_gets_the_same_signatures(world: &mut World) {
    let session = world.session(10).await;
    let request = world.stamp(&[digest(1), digest(2)], "a");
    world.sign(request.clone()).await.unwrap();
    let mut again = request.clone();
    again.id = kyso_core::id::RequestId::random();
    for _ in 0..2 {
        match recalled(world.intent(again.clone()).await.unwrap_err()) {
            Recalled::Done(first, signatures) => {
                assert_eq!(first, request.id);
                assert_eq!(signatures, [vec![0; 70], vec![1; 70]]);
            }
            other => panic!("{other:?}"),
        }
        world.restart();
    }
    world.clock.advance(1_000_000 - 10); // session, SAD and nearly the certificate are over
    assert!(world.clock.now_is_after(session.expires_at));
    let actor = world.system();
    let known = world.journal().recall(&actor, &key("a", 1)).await.unwrap();
    assert!(matches!(known, Some(Recalled::Done(..))));
    let other = world.journal().recall(&actor, &key("b", 1)).await.unwrap();
    assert!(other.is_none());
}

async fn the_same_key_with_another_body_is_told(world: &mut World) {
    world.session(10).await;
    world.sign(world.stamp(&[digest(1)], "a")).await.unwrap();
    let mut other = world.stamp(&[digest(2)], "a");
    other.idempotency = Some(key("a", 2));
    let told = recalled(world.intent(other).await.unwrap_err());
    assert!(matches!(told, Recalled::BodyDiffers));
}

async fn a_call_that_still_runs_is_not_started_again(world: &mut World) {
    world.session(10).await;
    let first = world.intent(world.stamp(&[digest(1)], "a")).await.unwrap();
    let second = recalled(
        world
            .intent(world.stamp(&[digest(1)], "a"))
            .await
            .unwrap_err(),
    );
    assert!(matches!(second, Recalled::Running));
    world.outcome(&first, signed(1)).await.unwrap();
    let third = recalled(
        world
            .intent(world.stamp(&[digest(1)], "a"))
            .await
            .unwrap_err(),
    );
    assert!(matches!(third, Recalled::Done(..)));
}

async fn a_call_that_never_reached_the_key_may_run_again(world: &mut World) {
    world.session(1).await;
    let first = world.intent(world.stamp(&[digest(1)], "a")).await.unwrap();
    world
        .outcome(&first, vec![DigestOutcome::NotAttempted])
        .await
        .unwrap();
    world.sign(world.stamp(&[digest(1)], "a")).await.unwrap();
    let next = world.refusal(world.stamp(&[digest(1)], "b")).await;
    assert_eq!(next, Refusal::TooManySignatures);
}

async fn a_call_whose_key_may_have_signed_is_unknown_for_ever(world: &mut World) {
    world.session(10).await;
    let first = world.intent(world.stamp(&[digest(1)], "a")).await.unwrap();
    world
        .outcome(&first, vec![DigestOutcome::Unknown])
        .await
        .unwrap();
    let again = recalled(
        world
            .intent(world.stamp(&[digest(1)], "a"))
            .await
            .unwrap_err(),
    );
    assert!(matches!(again, Recalled::Interrupted));
}

/// The server dies between intent and outcome; its next run closes the intent.
async fn a_crash_closes_as_unknown(world: &mut World) {
    let sad = world.sad(&[digest(1), digest(2)]).await;
    let mut request = world.with_sad(&sad, &[digest(1)]);
    request.idempotency = Some(key("a", 1));
    let intent = world.intent(request.clone()).await.unwrap();
    drop(intent);
    world.restart();
    world.sweep().await;
    assert_eq!(world.verify().unwrap().open_intents, Vec::<u64>::new());
    let outcomes = world.entries(Event::SignatureOutcome);
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].outcome, kyso_evidence::Outcome::Unknown);
    assert_eq!(world.entries(Event::JournalRecovered).len(), 1);
    let again = recalled(world.intent(request).await.unwrap_err());
    assert!(matches!(again, Recalled::Interrupted));
    let used = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
    assert_eq!(used, Refusal::HashNotAuthorized, "treated as signed");
    world
        .sign(world.with_sad(&sad, &[digest(2)]))
        .await
        .unwrap();
}

/// Write 2 fails though the server lives on: its next upkeep closes the intent.
async fn an_outcome_that_cannot_be_written_is_closed_as_unknown(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    let intent = world.intent(world.with_sad(&sad, &[digest(1)])).await;
    let intent = intent.unwrap();
    let mut record = World::outcome_record(&intent, signed(1));
    "not an id".clone_into(&mut record.draft.entry.request);
    let lost = world.journal().record_outcome(record).await;
    assert!(lost.is_err(), "the signature does not leave");
    until(|| !world.entries(Event::SignatureOutcome).is_empty());
    let outcomes = world.entries(Event::SignatureOutcome);
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0].outcome, kyso_evidence::Outcome::Unknown);
    let begun = world.entries(Event::SignatureIntent);
    assert_eq!(outcomes[0].request, begun[0].request);
    assert_eq!(outcomes[0].digests, begun[0].digests);
    assert_eq!(outcomes[0].scheme, begun[0].scheme);
    assert_eq!(world.verify().unwrap().open_intents, Vec::<u64>::new());
    let used = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
    assert_eq!(used, Refusal::HashNotAuthorized, "treated as signed");
}

/// A server that was paused beyond its lease is swept, lives on, and dies later.
#[test]
fn a_swept_server_that_lives_on_is_swept_again() {
    super::world::run(Kind::Sqlite, async |world: &mut World| {
        world.sql(
            "CREATE TRIGGER paused AFTER INSERT ON boot \
             BEGIN UPDATE boot SET swept = 1 WHERE id = NEW.id; END",
        );
        world.restart();
        world.sweep().await;
        world.sql("DROP TRIGGER paused");
        let sad = world.sad(&[digest(1)]).await;
        let intent = world.intent(world.with_sad(&sad, &[digest(1)])).await;
        drop(intent.unwrap());
        world.restart();
        world.sweep().await;
        assert_eq!(world.verify().unwrap().open_intents, Vec::<u64>::new());
    });
}

/// Another server's intents are its own while its lease lasts.
#[test]
fn a_live_servers_intents_are_left_alone_until_its_lease_ends() {
    super::world::run(Kind::Postgres, async |world: &mut World| {
        let sad = world.sad(&[digest(1)]).await;
        let intent = world
            .intent(world.with_sad(&sad, &[digest(1)]))
            .await
            .unwrap();
        let other = world.second_server();
        super::world::settle(&other).await;
        assert_eq!(
            world.verify().unwrap().open_intents.len(),
            1,
            "its lease lasts"
        );
        drop(other);
        world.sql("UPDATE boot SET lease_until = 0 WHERE open_from <= 2");
        let other = world.second_server();
        super::world::settle(&other).await;
        assert_eq!(world.verify().unwrap().open_intents.len(), 0);
        let late = world.outcome(&intent, signed(1)).await;
        assert!(
            late.is_err(),
            "a signature that came too late does not leave"
        );
    });
}

on_both! {
    a_retry_gets_the_same_signatures,
    the_same_key_with_another_body_is_told,
    a_call_that_still_runs_is_not_started_again,
    a_call_that_never_reached_the_key_may_run_again,
    a_call_whose_key_may_have_signed_is_unknown_for_ever,
    a_crash_closes_as_unknown,
    an_outcome_that_cannot_be_written_is_closed_as_unknown,
}
