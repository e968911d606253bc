//! A token that goes away comes back without a restart; a call that hangs harms no other.
//!
//! The token, whichever it is, lies behind `p11-kit server`, which can be killed and stopped.

use std::sync::atomic::Ordering;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use kyso_core::{DigestOutcome, KeyAlgorithm, KeyCustody, KeyRef, LaneClass};
use kyso_hsm::{Phase, Token};
use secrecy::SecretString;
use tokio::task::JoinHandle;

use crate::remote::{Event, Server, Stand, wait_for, with_server, with_server_probed};
use crate::support::{Bench, digest, job, sign, usual};

async fn signs(token: &Token, key: &KeyRef) -> bool {
    matches!(
        sign(token, key, usual(key.algorithm)).await,
        DigestOutcome::Signed(_)
    )
}

#[test]
fn a_token_that_vanishes_and_returns_needs_no_restart() {
    with_server(
        "recovery::a_token_that_vanishes_and_returns_needs_no_restart",
        async |stand| {
            let Stand {
                bench,
                socket,
                server,
                token,
                mut events,
                ..
            } = stand;
            let key = token.generate_key(KeyAlgorithm::P256).await.unwrap();
            assert!(signs(&token, &key).await);
            let mut running = server;
            for round in 1..=3 {
                running.kill();
                wait_for(&mut events, Event::Away).await;
                let busy = token.admit(LaneClass::Person, &key).unwrap_err();
                assert!(busy.retry_after.as_secs() >= 1);
                assert_eq!(token.status().phase, Phase::Away);
                running = Server::start(&bench.profile.module, &socket);
                wait_for(&mut events, Event::Reopened).await;
                assert!(signs(&token, &key).await);
                assert_eq!(token.status().reopened, round);
            }
        },
    );
}

#[test]
fn what_a_lost_token_was_asked_is_never_called_signed() {
    with_server(
        "recovery::what_a_lost_token_was_asked_is_never_called_signed",
        async |stand| {
            let Stand { server, token, .. } = stand;
            let key = token.generate_key(KeyAlgorithm::P256).await.unwrap();
            assert!(signs(&token, &key).await);
            let place = token.admit(LaneClass::Person, &key).unwrap();
            server.kill();
            let scheme = usual(key.algorithm);
            let digests = (0..3)
                .map(|n| digest(scheme.hash(), &format!("{n}")))
                .collect();
            let outcomes = token.sign(place, job(&key, scheme, digests)).await;
            assert_eq!(outcomes.len(), 3);
            assert!(
                !outcomes
                    .iter()
                    .any(|outcome| matches!(outcome, DigestOutcome::Signed(_)))
            );
            assert_eq!(outcomes[2], DigestOutcome::NotAttempted);
        },
    );
}

/// One call hangs; the keeper, who has not asked yet, does not.
#[test]
fn a_call_that_hangs_is_unknown_and_its_lane_is_replaced() {
    with_server_probed(
        "recovery::a_call_that_hangs_is_unknown_and_its_lane_is_replaced",
        600_000,
        async |stand| {
            let Stand {
                server,
                token,
                mut events,
                ..
            } = stand;
            let key = token.generate_key(KeyAlgorithm::P256).await.unwrap();
            // One that still looks through the token would hang in that, and the keeper with it.
            while !both_lanes_work(&token, &key).await {}
            server.signal("-STOP");
            let outcome = sign(&token, &key, usual(key.algorithm)).await;
            assert_eq!(outcome, DigestOutcome::Unknown);
            wait_for(&mut events, Event::Replaced).await;
            server.signal("-CONT");
            assert!(signs(&token, &key).await);
            assert!(token.status().replaced >= 1);
        },
    );
}

/// The keeper's own question hangs: nobody knows whether the token is there, so it is not.
#[test]
fn a_token_that_stops_answering_is_away_until_it_answers() {
    with_server(
        "recovery::a_token_that_stops_answering_is_away_until_it_answers",
        async |stand| {
            let Stand {
                server,
                token,
                mut events,
                ..
            } = stand;
            let key = token.generate_key(KeyAlgorithm::P256).await.unwrap();
            assert!(signs(&token, &key).await);
            server.signal("-STOP");
            // A busy machine may have been too slow before, and it came back.
            while token.status().phase != Phase::Away {
                wait_for(&mut events, Event::Away).await;
            }
            assert!(token.admit(LaneClass::Person, &key).is_err());
            server.signal("-CONT");
            wait_for(&mut events, Event::Reopened).await;
            assert!(signs(&token, &key).await);
        },
    );
}

/// Two signatures at once; whether each was made.
fn two(token: &Token, key: &KeyRef) -> JoinHandle<(bool, bool)> {
    let (token, key) = (token.clone(), key.clone());
    tokio::spawn(async move { tokio::join!(signs(&token, &key), signs(&token, &key)) })
}

/// Whether both lanes were seen at work at once.
async fn both_lanes_work(token: &Token, key: &KeyRef) -> bool {
    let (both, mut seen) = (two(token, key), false);
    while !both.is_finished() {
        seen |= token.status().busy == 2;
        tokio::task::yield_now().await;
    }
    assert_eq!(both.await.unwrap(), (true, true));
    seen
}

/// p11-kit's client 0.24 leaves a call waiting for ever when its connection breaks in the middle of another's answer.
/// Where a later one does not, the token comes back by itself: it is never away for good without saying so.
#[test]
fn a_call_that_never_returns_is_told() {
    with_server_probed(
        "recovery::a_call_that_never_returns_is_told",
        600_000,
        async |stand| {
            let Stand {
                server,
                token,
                mut events,
                break_off,
                ..
            } = stand;
            let key = token.generate_key(KeyAlgorithm::P256).await.unwrap();
            while !both_lanes_work(&token, &key).await {}
            server.signal("-STOP");
            let both = two(&token, &key);
            while token.status().busy < 2 {
                tokio::task::yield_now().await;
            }
            break_off.store(true, Ordering::SeqCst);
            server.signal("-CONT");
            assert_eq!(both.await.unwrap(), (false, false));
            tokio::select! {
                () = token.stuck() => {
                    assert_eq!(token.status().phase, Phase::Stuck);
                    assert!(token.admit(LaneClass::Person, &key).is_err());
                }
                () = wait_for(&mut events, Event::Reopened) => assert!(signs(&token, &key).await),
            }
        },
    );
}

#[test]
fn a_changed_pin_ends_the_attempts_to_come_back() {
    with_server(
        "recovery::a_changed_pin_ends_the_attempts_to_come_back",
        async |stand| {
            let Stand {
                bench,
                socket,
                server,
                token,
                mut events,
                ..
            } = stand;
            let key = token.generate_key(KeyAlgorithm::P256).await.unwrap();
            // Not while the lane still looks through the token: p11-kit's client may wait for ever then.
            assert!(signs(&token, &key).await);
            server.kill();
            wait_for(&mut events, Event::Away).await;
            let _changed = ChangedPin::of(&bench);
            let _server = Server::start(&bench.profile.module, &socket);
            wait_for(&mut events, Event::PinRefused).await;
            assert_eq!(token.status().phase, Phase::PinRefused);
            assert!(token.admit(LaneClass::Person, &key).is_err());
        },
    );
}

/// A token whose PIN was changed by somebody else; it is put back at the end, since the suite may
/// have only this token.
struct ChangedPin<'a> {
    session: Session,
    bench: &'a Bench,
}

impl<'a> ChangedPin<'a> {
    fn of(bench: &'a Bench) -> Self {
        let session = past_the_server(bench);
        session.set_pin(&bench.pin, &other_pin()).unwrap();
        Self { session, bench }
    }
}

impl Drop for ChangedPin<'_> {
    fn drop(&mut self) {
        let restored = self.session.set_pin(&other_pin(), &self.bench.pin);
        restored.unwrap();
    }
}

fn other_pin() -> SecretString {
    SecretString::from("another-one")
}

/// A session with the module itself, logged in.
fn past_the_server(bench: &Bench) -> Session {
    let pkcs11 = Pkcs11::new(&bench.profile.module).unwrap();
    let threaded = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    match pkcs11.initialize(threaded) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => panic!("{error}"),
    }
    let slot = pkcs11.get_slots_with_initialized_token().unwrap()[0];
    let session = pkcs11.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(&bench.pin)).unwrap();
    session
}
