//! Enrolment codes, one-time passwords, and how guessing is slowed.

use std::net::IpAddr;
use std::time::Duration;

use kyso_core::id::TokenFamilyId;
use kyso_core::{Change, Refusal};
use kyso_evidence::Event;
use kyso_store::{Attempt, Factor};

use super::town::{Town, code_of};
use crate::store::world::{World, on_both};

/// Rows of invented names that stay, where their number does not matter.
const KEPT: u32 = 1_000;

/// An address of its own network.
fn network(number: u8) -> IpAddr {
    [10, 9, 0, number].into()
}

async fn an_enrolment_code_counts_once_and_for_its_time(world: &mut World) {
    let mut town = Town::found(world).await;
    let id = town.register("binh").await;
    assert_eq!(
        town.enrol(id, code_of(id)).await,
        Err(Refusal::UnknownObject),
        "none given"
    );
    town.code(id, code_of(id)).await.unwrap();
    assert_eq!(
        town.enrol(id, [0; 32]).await,
        Err(Refusal::UnknownObject),
        "another"
    );
    town.world.clock.advance(3_601);
    assert_eq!(
        town.enrol(id, code_of(id)).await,
        Err(Refusal::UnknownObject),
        "too late"
    );
    town.code(id, [8; 32]).await.unwrap();
    assert_eq!(
        town.world.journal().enrolment([8; 32]).await.unwrap(),
        Some(id)
    );
    town.enrol(id, [8; 32]).await.unwrap();
    assert_eq!(
        town.enrol(id, [8; 32]).await,
        Err(Refusal::UnknownObject),
        "used"
    );
    assert_eq!(town.world.journal().enrolment([8; 32]).await.unwrap(), None);
    assert_eq!(
        town.code(id, [8; 32]).await,
        Err(Refusal::Conflict),
        "has factors"
    );
}

async fn no_code_is_given_to_whoever_lost_factors_without_a_reset(world: &mut World) {
    let mut town = Town::found(world).await;
    let id = town.register("binh").await;
    town.code(id, code_of(id)).await.unwrap();
    town.enrol(id, code_of(id)).await.unwrap();
    town.world
        .sql("DELETE FROM totp_factor; DELETE FROM password_factor;");
    town.reload().await;
    assert_eq!(
        town.code(id, code_of(id)).await.unwrap_err(),
        Refusal::Tampered
    );
    assert_eq!(town.world.entries(Event::AlarmRaised).len(), 1);
}

async fn a_step_is_accepted_once_and_only_forwards(world: &mut World) {
    let mut town = Town::found(world).await;
    let manager = town.managers[0];
    let totp = town.totp(manager);
    let log_in = |totp| Change::LogIn(TokenFamilyId::random(), manager, Some(totp));
    town.change(Town::actor(manager), log_in(totp))
        .await
        .unwrap();
    let again = town.change(Town::actor(manager), log_in(totp)).await;
    assert_eq!(again, Err(Refusal::OtpUsed));
    let mut older = totp;
    older.step -= 1;
    assert_eq!(
        town.change(Town::actor(manager), log_in(older)).await,
        Err(Refusal::OtpUsed)
    );
    assert_eq!(town.world.entries(Event::LoginSucceeded).len(), 1);
}

async fn attempts_are_counted_and_wait_longer(world: &mut World) {
    let mut town = Town::found(world).await;
    let (journal, manager) = (town.world.journal(), town.managers[0]);
    let account = *manager.as_bytes();
    for _ in 0..3 {
        let near = journal
            .count_attempt(&account, Factor::Otp, None)
            .await
            .unwrap();
        assert_eq!(near, Attempt::Allowed);
    }
    let Attempt::Wait(first) = journal
        .count_attempt(&account, Factor::Otp, None)
        .await
        .unwrap()
    else {
        panic!("a fourth attempt must wait");
    };
    let far = journal
        .count_attempt(&account, Factor::Otp, Some(network(9)))
        .await
        .unwrap();
    assert_eq!(far, Attempt::Allowed, "another network is not locked out");
    town.world
        .clock
        .advance(i64::try_from(first.as_secs()).unwrap() + 1);
    assert_eq!(
        journal
            .count_attempt(&account, Factor::Otp, None)
            .await
            .unwrap(),
        Attempt::Allowed
    );
    let second = journal
        .count_attempt(&account, Factor::Otp, None)
        .await
        .unwrap();
    assert!(
        matches!(second, Attempt::Wait(wait) if wait > first),
        "{second:?} after {first:?}"
    );
    let totp = town.totp(manager);
    let family = TokenFamilyId::random();
    let log_in = Change::LogIn(family, manager, Some(totp));
    town.change(Town::actor(manager), log_in).await.unwrap();
    assert_eq!(
        journal
            .count_attempt(&account, Factor::Otp, None)
            .await
            .unwrap(),
        Attempt::Allowed
    );
}

async fn a_day_has_a_cap_over_all_networks(world: &mut World) {
    let town = Town::found(world).await;
    let journal = town.world.journal();
    let mut allowed = 0;
    for at in 0..120 {
        let attempt = journal
            .count_attempt(b"account", Factor::Otp, Some(network(at)))
            .await
            .unwrap();
        allowed += i32::from(attempt == Attempt::Allowed);
    }
    assert_eq!(allowed, 100);
    town.world.clock.advance(24 * 3_600);
    assert_eq!(
        journal
            .count_attempt(b"account", Factor::Otp, Some(network(0)))
            .await
            .unwrap(),
        Attempt::Allowed
    );
}

/// Whoever wants to keep a leader out uses the day's attempts up; where the leader works that changes nothing.
async fn whoever_uses_the_day_up_keeps_nobody_out_of_a_familiar_network(world: &mut World) {
    let mut town = Town::found(world).await;
    let manager = town.managers[0];
    let account = *manager.as_bytes();
    let log_in = Change::LogIn(TokenFamilyId::random(), manager, Some(town.totp(manager)));
    town.change(Town::actor(manager), log_in).await.unwrap();
    let journal = town.world.journal();
    let attempt = |from: Option<IpAddr>| journal.count_attempt(&account, Factor::Otp, from);
    let use_up = || async {
        for at in 0..120 {
            attempt(Some(network(at))).await.unwrap();
        }
    };
    let day = Duration::from_hours(24);
    use_up().await;
    let strange = attempt(Some(network(200))).await.unwrap();
    assert!(matches!(strange, Attempt::Wait(wait) if wait <= day));
    for _ in 0..3 {
        assert_eq!(attempt(None).await.unwrap(), Attempt::Allowed);
    }
    let near = attempt(None).await.unwrap();
    assert!(
        matches!(near, Attempt::Wait(wait) if wait < day / 24),
        "{near:?}"
    );
    town.world.clock.advance(29 * 24 * 3_600);
    journal.purge_attempts(KEPT).await.unwrap();
    use_up().await;
    assert_eq!(attempt(None).await.unwrap(), Attempt::Allowed);
    town.world.clock.advance(24 * 3_600);
    use_up().await;
    let long_ago = attempt(None).await.unwrap();
    assert!(
        matches!(long_ago, Attempt::Wait(wait) if wait > day / 24),
        "{long_ago:?}"
    );
}

async fn an_enrolment_has_ten_attempts_for_as_long_as_a_code_may_live(world: &mut World) {
    let town = Town::found(world).await;
    let journal = town.world.journal();
    let attempt = |at| journal.count_attempt(&[7; 32], Factor::Enrolment, Some(network(at)));
    for at in 0..10 {
        assert_eq!(attempt(at).await.unwrap(), Attempt::Allowed);
    }
    assert_eq!(attempt(10).await.unwrap(), Attempt::Spent);
    town.world.clock.advance(30 * 24 * 3_600);
    journal.purge_attempts(KEPT).await.unwrap();
    assert_eq!(attempt(11).await.unwrap(), Attempt::Spent);
    town.world.clock.advance(24 * 3_600);
    assert_eq!(journal.purge_attempts(KEPT).await.unwrap(), 11);
    assert_eq!(attempt(12).await.unwrap(), Attempt::Allowed);
}

async fn forgotten_attempts_are_removed_and_others_still_count(world: &mut World) {
    let town = Town::found(world).await;
    let journal = town.world.journal();
    let count = |account: u8, factor| {
        let journal = &journal;
        async move {
            journal
                .count_attempt(&[account; 16], factor, None)
                .await
                .unwrap()
        }
    };
    for _ in 0..3 {
        count(1, Factor::Otp).await;
        count(1, Factor::UnknownName).await;
    }
    town.world.clock.advance(24 * 3_600 - 1);
    count(2, Factor::Password).await;
    assert_eq!(journal.purge_attempts(KEPT).await.unwrap(), 0);
    town.world.clock.advance(1);
    // Two rows for each account and factor: its network's, and the day's.
    assert_eq!(journal.purge_attempts(KEPT).await.unwrap(), 4);
    for _ in 0..2 {
        assert_eq!(count(2, Factor::Password).await, Attempt::Allowed);
    }
    assert!(matches!(count(2, Factor::Password).await, Attempt::Wait(_)));
}

async fn of_invented_names_the_oldest_make_room_and_nobody_elses(world: &mut World) {
    let town = Town::found(world).await;
    let journal = town.world.journal();
    for name in 0..6 {
        for factor in [Factor::UnknownName, Factor::Password] {
            let counted = journal.count_attempt(&[name; 16], factor, None).await;
            assert_eq!(counted.unwrap(), Attempt::Allowed);
        }
        town.world.clock.advance(1);
    }
    assert_eq!(journal.purge_attempts(12).await.unwrap(), 0);
    assert_eq!(journal.purge_attempts(8).await.unwrap(), 4);
    assert_eq!(journal.purge_attempts(0).await.unwrap(), 8);
    town.world.clock.advance(24 * 3_600);
    assert_eq!(
        journal.purge_attempts(0).await.unwrap(),
        12,
        "no other went"
    );
}

async fn a_log_in_buys_no_guesses_at_the_one_time_password(world: &mut World) {
    let mut town = Town::found(world).await;
    let id = town.register("binh").await;
    town.code(id, code_of(id)).await.unwrap();
    town.enrol(id, code_of(id)).await.unwrap();
    let journal = town.world.journal();
    let guess = || journal.count_attempt(id.as_bytes(), Factor::Otp, None);
    for _ in 0..3 {
        assert_eq!(guess().await.unwrap(), Attempt::Allowed);
    }
    let log_in = |totp| Change::LogIn(TokenFamilyId::random(), id, totp);
    town.change(Town::actor(id), log_in(None)).await.unwrap();
    assert!(matches!(guess().await.unwrap(), Attempt::Wait(_)));
    for at in 0..97 {
        let far = journal.count_attempt(id.as_bytes(), Factor::Otp, Some(network(at)));
        assert_eq!(far.await.unwrap(), Attempt::Allowed);
    }
    // Proved: this network's waits end, and of the day's hundred the right one is taken back.
    let totp = town.totp(id);
    town.change(Town::actor(id), log_in(Some(totp)))
        .await
        .unwrap();
    let far = || journal.count_attempt(id.as_bytes(), Factor::Otp, Some(network(200)));
    assert_eq!(far().await.unwrap(), Attempt::Allowed);
    assert!(matches!(far().await.unwrap(), Attempt::Wait(_)));
    assert_eq!(guess().await.unwrap(), Attempt::Allowed);
}

on_both! {
    a_log_in_buys_no_guesses_at_the_one_time_password,
    an_enrolment_code_counts_once_and_for_its_time,
    no_code_is_given_to_whoever_lost_factors_without_a_reset,
    a_step_is_accepted_once_and_only_forwards,
    attempts_are_counted_and_wait_longer,
    a_day_has_a_cap_over_all_networks,
    whoever_uses_the_day_up_keeps_nobody_out_of_a_familiar_network,
    an_enrolment_has_ten_attempts_for_as_long_as_a_code_may_live,
    forgotten_attempts_are_removed_and_others_still_count,
    of_invented_names_the_oldest_make_room_and_nobody_elses,
}
