//! The order of the sign flow, with ports that write down when they were called.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    refining_impl_trait,
    reason = "ports that answer at once need no future of their own"
)]

mod house;

use kyso_core::custody::DigestOutcome;
use kyso_core::journal::JournalError;
use kyso_core::model::CredentialState;
use kyso_core::{Refusal, SignError};
use kyso_evidence::entry::ResultState;

use house::{Faults, House};

#[tokio::test]
async fn the_key_is_used_between_two_durable_rows() {
    let house = House::new(CredentialState::Active);
    assert_eq!(house.sign().await.unwrap(), vec![vec![1]]);
    assert_eq!(house.log(), ["intent", "key", "outcome"]);
}

#[tokio::test]
async fn no_row_no_signature() {
    let house = House::new(CredentialState::Active);
    house.fault(|f| f.intent = Some(JournalError::Rewound));
    assert!(matches!(
        house.sign().await,
        Err(SignError::Journal(JournalError::Rewound))
    ));
    assert_eq!(
        house.log(),
        Vec::<&str>::new(),
        "the key must not be touched"
    );
}

#[tokio::test]
async fn no_outcome_row_no_release() {
    let house = House::new(CredentialState::Active);
    house.fault(|f| f.outcome = Some(JournalError::Unavailable("disk".into())));
    // The key was used, so this is not the "try again" of a journal that could not write an intent.
    assert!(matches!(
        house.sign().await,
        Err(SignError::Uncertain(Some(_)))
    ));
    assert_eq!(house.log(), ["intent", "key"]);
}

#[tokio::test]
async fn a_full_queue_is_known_before_an_intent_exists() {
    for set in [
        |f: &mut Faults| f.journal_full = true,
        |f: &mut Faults| f.lane_full = true,
    ] {
        let house = House::new(CredentialState::Active);
        house.fault(set);
        assert!(matches!(house.sign().await, Err(SignError::Busy(_))));
        assert_eq!(house.log(), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn a_moved_epoch_authorizes_anew() {
    let house = House::new(CredentialState::Active);
    house.fault(|f| f.moved_epochs = 2);
    assert!(house.sign().await.is_ok());
    assert_eq!(
        house.log(),
        ["snapshot", "snapshot", "intent", "key", "outcome"]
    );
}

#[tokio::test]
async fn an_epoch_that_never_rests_ends_as_busy() {
    let house = House::new(CredentialState::Active);
    house.fault(|f| f.moved_epochs = usize::MAX);
    assert!(matches!(house.sign().await, Err(SignError::Busy(_))));
}

#[tokio::test]
async fn a_withheld_signature_fails_the_whole_call() {
    let house = House::new(CredentialState::Active);
    let good = DigestOutcome::Signed(vec![1]);
    let batch = vec![good, DigestOutcome::Withheld, DigestOutcome::NotAttempted];
    house.fault(|f| f.outcomes = Some(batch));
    assert!(matches!(house.sign().await, Err(SignError::Failed)));
    assert_eq!(house.log(), ["intent", "key", "outcome"]);
    // Nobody received the good one, so the entry does not call it signed; it keeps its hash.
    let states: Vec<_> = house.results().iter().map(|r| r.state).collect();
    assert_eq!(
        states,
        [
            ResultState::Withheld,
            ResultState::Withheld,
            ResultState::NotAttempted
        ]
    );
    assert!(house.results()[0].sha256.is_some());
}

#[tokio::test]
async fn what_the_key_may_have_signed_is_uncertain() {
    let house = House::new(CredentialState::Active);
    let batch = vec![DigestOutcome::Signed(vec![1]), DigestOutcome::Unknown];
    house.fault(|f| f.outcomes = Some(batch));
    assert!(matches!(
        house.sign().await,
        Err(SignError::Uncertain(None))
    ));
    assert_eq!(house.results()[0].state, ResultState::Withheld);
}

#[tokio::test]
async fn a_token_that_was_not_asked_is_only_busy() {
    let house = House::new(CredentialState::Active);
    house.fault(|f| f.outcomes = Some(vec![DigestOutcome::NotAttempted; 2]));
    assert!(matches!(house.sign().await, Err(SignError::Busy(_))));
    assert_eq!(house.log(), ["intent", "key", "outcome"]);
}

#[tokio::test]
async fn a_locked_credential_is_refused_with_an_entry() {
    let house = House::new(CredentialState::Locked);
    let refused = house.sign().await;
    assert!(matches!(
        refused,
        Err(SignError::Refused(Refusal::CredentialDisabled))
    ));
    assert_eq!(house.log(), ["refusal"]);
}

#[tokio::test]
async fn a_retry_is_answered_after_the_credential_was_locked() {
    let house = House::new(CredentialState::Locked);
    house.fault(|f| f.recalled = true);
    assert_eq!(house.sign().await.unwrap(), vec![vec![9]]);
    assert_eq!(
        house.log(),
        Vec::<&str>::new(),
        "nothing is signed and nothing refused"
    );
}
