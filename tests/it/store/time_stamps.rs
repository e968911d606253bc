//! Time stamps as the store keeps them: as many as signatures, one asker at a time, one end.

use std::time::Duration;

use kyso_core::id::RequestId;
use kyso_core::{Clock as _, Digest, DigestOutcome, HashAlgorithm};
use kyso_evidence::Event;
use kyso_store::{DueStamp, StampQueue, StampState, Stamped, StoredStamp};

use super::world::{World, digest, on_both, signed};

const LEASE: Duration = Duration::from_mins(1);

/// A call that wants its signatures stamped, with this outcome.
async fn call(world: &World, name: &str, outcomes: Vec<DigestOutcome>) -> RequestId {
    let digests: Vec<Digest> = (1..).map(digest).take(outcomes.len()).collect();
    let mut request = world.stamp(&digests, name);
    request.time_stamp = true;
    let id = request.id;
    let intent = world.intent(request).await.unwrap();
    world.outcome(&intent, outcomes).await.unwrap();
    id
}

async fn claim(world: &World) -> Option<DueStamp> {
    let until = world.clock.now().after(LEASE);
    world.journal().claim_stamp(until).await.unwrap()
}

async fn of(world: &World, call: RequestId) -> Vec<StoredStamp> {
    world.journal().time_stamps_of(vec![call]).await.unwrap()
}

fn token(ahead: i64) -> Stamped {
    Stamped {
        token: b"token".to_vec(),
        sha256: "00".repeat(32),
        time: "2026-11-26T05:00:00Z".to_owned(),
        serial: "1f".to_owned(),
        policy: "1.2.3.4.1".to_owned(),
        ahead,
    }
}

fn count(world: &World, event: Event) -> usize {
    world.entries(event).len()
}

/// The database's owner spoils the row that is first in line.
async fn a_row_that_cannot_be_read_keeps_no_other_waiting(world: &mut World) {
    world.session(20).await;
    let first = call(world, "a", signed(1)).await;
    let second = call(world, "b", signed(1)).await;
    let spoilt = world.blob(first.as_bytes());
    let short = world.blob(&[1]);
    world.sql(&format!(
        "UPDATE time_stamp SET imprint = {short}, next_at = 0 WHERE request_id = {spoilt}"
    ));
    assert!(claim(world).await.is_none());
    assert_eq!(claim(world).await.unwrap().0.request, second);
}

async fn each_signature_that_left_gets_one(world: &mut World) {
    world.session(20).await;
    let made = call(world, "a", signed(3)).await;
    let failed = vec![DigestOutcome::Withheld, DigestOutcome::NotAttempted];
    let withheld = call(world, "b", failed).await;
    world.sign(world.stamp(&[digest(9)], "c")).await.unwrap();
    let stamps = of(world, made).await;
    let places: Vec<u32> = stamps.iter().map(|stamp| stamp.place).collect();
    assert_eq!(places, [0, 1, 2]);
    for (stamp, outcome) in stamps.iter().zip(signed(3)) {
        let DigestOutcome::Signed(signature) = outcome else {
            panic!("a signature was expected");
        };
        assert_eq!(stamp.imprint, Digest::of(HashAlgorithm::Sha256, &signature));
        assert_eq!((stamp.state, stamp.tries), (StampState::Pending, 0));
        assert_eq!(stamp.client, world.system().client());
        let found = world.journal().time_stamp(stamp.id).await.unwrap();
        assert_eq!(found.as_ref(), Some(stamp));
    }
    assert_eq!(of(world, withheld).await, []);
    let queue = world.journal().stamp_queue().await.unwrap();
    let oldest = Some(stamps[0].asked_at);
    assert_eq!(queue, StampQueue { pending: 3, oldest });
}

async fn whoever_claims_is_alone_until_the_lease_ends(world: &mut World) {
    world.session(5).await;
    let made = call(world, "a", signed(2)).await;
    let (one, two) = (claim(world).await.unwrap(), claim(world).await.unwrap());
    assert_ne!(one.0.id, two.0.id);
    assert_eq!((one.0.tries, two.0.tries), (1, 1));
    assert_eq!(claim(world).await, None);
    // A server that was killed leaves them to the next, when the lease has ended.
    world.restart();
    assert_eq!(claim(world).await, None);
    world.clock.advance(61);
    let again = claim(world).await.unwrap();
    assert_eq!((again.0.id, again.0.tries), (one.0.id, 2));
    // The first answer counts, and the second writes nothing.
    for due in [one, again] {
        world.journal().hold_stamp(due, token(1)).await.unwrap();
    }
    assert_eq!(count(world, Event::TimestampReceived), 1);
    assert_eq!(count(world, Event::AlarmRaised), 0);
    let stamps = of(world, made).await;
    assert_eq!(stamps[0].state, StampState::Held);
    let held = world.journal().time_stamp(stamps[0].id).await.unwrap();
    assert_eq!(held.unwrap().token.as_deref(), Some(b"token".as_slice()));
    assert_eq!(stamps[0].token, None, "a list has no tokens");
    assert_eq!(stamps[1].state, StampState::Pending);
}

async fn what_is_given_up_stays_so(world: &mut World) {
    world.session(5).await;
    let made = call(world, "a", signed(1)).await;
    let due = claim(world).await.unwrap();
    let later = world.clock.now().after(Duration::from_secs(10));
    world.journal().postpone_stamp(due, later).await.unwrap();
    assert_eq!(claim(world).await, None);
    world.clock.advance(11);
    let due = claim(world).await.unwrap();
    assert_eq!(due.0.tries, 2);
    let journal = world.journal();
    journal
        .give_up_stamp(due.clone(), "unreachable")
        .await
        .unwrap();
    journal
        .give_up_stamp(due.clone(), "unreachable")
        .await
        .unwrap();
    journal.hold_stamp(due.clone(), token(0)).await.unwrap();
    journal.postpone_stamp(due, later).await.unwrap();
    world.clock.advance(3600);
    assert_eq!(claim(world).await, None);
    assert_eq!(of(world, made).await[0].state, StampState::GivenUp);
    assert_eq!(count(world, Event::TimestampFailed), 1);
    assert_eq!(count(world, Event::TimestampReceived), 0);
    let failed = world.entries(Event::TimestampFailed);
    assert_eq!(failed[0].request, made.to_string());
    let queue = world.journal().stamp_queue().await.unwrap();
    assert_eq!(queue, StampQueue::default());
}

async fn clocks_that_are_far_apart_are_an_alarm(world: &mut World) {
    world.session(5).await;
    call(world, "a", signed(2)).await;
    for (ahead, alarms) in [(-600, 0), (7 * 3600, 1)] {
        let due = claim(world).await.unwrap();
        world.journal().hold_stamp(due, token(ahead)).await.unwrap();
        assert_eq!(count(world, Event::AlarmRaised), alarms, "{ahead}");
    }
    assert_eq!(count(world, Event::TimestampReceived), 2);
}

/// What could not be recorded has no signature that left, and so no stamp.
async fn an_unknown_outcome_has_none(world: &mut World) {
    world.session(5).await;
    let mut request = world.stamp(&[digest(1)], "a");
    request.time_stamp = true;
    let id = request.id;
    drop(world.intent(request).await.unwrap());
    world.restart();
    world.sweep().await;
    assert_eq!(count(world, Event::SignatureOutcome), 1);
    assert_eq!(of(world, id).await, []);
}

on_both! {
    a_row_that_cannot_be_read_keeps_no_other_waiting,
    each_signature_that_left_gets_one,
    whoever_claims_is_alone_until_the_lease_ends,
    what_is_given_up_stays_so,
    clocks_that_are_far_apart_are_an_alarm,
    an_unknown_outcome_has_none,
}
