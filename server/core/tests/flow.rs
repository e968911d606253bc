//! The order of the sign flow, with ports that write down when they were called.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    refining_impl_trait,
    reason = "ports that answer at once need no future of their own"
)]

use std::collections::HashMap;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kyso_core::actor::{Proof, Subject};
use kyso_core::custody::{Busy, DigestOutcome, KeyCustody, KeyRef, LaneClass, SignJob};
use kyso_core::draft::Draft;
use kyso_core::id::{AgencyId, CredentialId, PersonId, RequestId, RoleGrantId};
use kyso_core::journal::{
    CommitError, Committed, Intent, IntentError, Journal, JournalError, JournalPlace,
    OutcomeRecord, Recalled,
};
use kyso_core::model::{
    Certificate, Credential, CredentialKind, CredentialState, Owner, Person, Role, RoleGrant,
    SadHash,
};
use kyso_core::policy::{Authorized, Signing, Terms};
use kyso_core::request::{Activation, Idempotency, SignRequest};
use kyso_core::snapshot::People;
use kyso_core::{
    Actor, Change, Clock, Digest, HashAlgorithm, KeyAlgorithm, Policy, Refusal, SignError,
    SignatureScheme, Signer, Snapshot, Timestamp,
};

/// What happened, in order.
type Log = Arc<Mutex<Vec<&'static str>>>;

#[derive(Debug, Clone, Copy)]
struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_000)
    }
}

#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one fault, on its own"
)]
struct Faults {
    journal_full: bool,
    intent: Option<JournalError>,
    outcome: Option<JournalError>,
    moved_epochs: usize,
    recalled: bool,
    lane_full: bool,
    withheld: bool,
}

#[derive(Debug)]
struct FakeJournal {
    log: Log,
    faults: Arc<Mutex<Faults>>,
    snapshot: Snapshot,
}

#[derive(Debug)]
struct Place;
impl JournalPlace for Place {}

impl FakeJournal {
    fn happened(&self, what: &'static str) {
        self.log.lock().unwrap().push(what);
    }
}

impl Journal for FakeJournal {
    type Place = Place;

    fn admit(&self) -> Result<Place, Busy> {
        if self.faults.lock().unwrap().journal_full {
            return Err(Busy {
                retry_after: Duration::from_secs(1),
            });
        }
        Ok(Place)
    }

    fn record_intent(
        &self,
        signing: Authorized<Signing>,
        _draft: Draft,
    ) -> Ready<Result<Intent, IntentError>> {
        let mut faults = self.faults.lock().unwrap();
        if faults.moved_epochs > 0 {
            faults.moved_epochs -= 1;
            return ready(Err(IntentError::EpochMoved(Box::new(signing))));
        }
        if let Some(error) = faults.intent.clone() {
            return ready(Err(error.into()));
        }
        self.happened("intent");
        ready(Ok(Intent {
            leaf: [7; 32],
            signing,
        }))
    }

    fn recall(
        &self,
        _actor: &Actor,
        _key: &Idempotency,
    ) -> Ready<Result<Option<Recalled>, JournalError>> {
        let recalled = self.faults.lock().unwrap().recalled;
        ready(Ok(
            recalled.then(|| Recalled::Done(RequestId::random(), vec![vec![9]]))
        ))
    }

    fn record_outcome(&self, record: OutcomeRecord) -> Ready<Result<(), JournalError>> {
        if let Some(error) = self.faults.lock().unwrap().outcome.clone() {
            return ready(Err(error));
        }
        let leaf = "07".repeat(32);
        assert_eq!(record.draft.entry.intent.as_deref(), Some(leaf.as_str()));
        self.happened("outcome");
        ready(Ok(()))
    }

    fn commit(&self, _change: Authorized<Change>) -> Ready<Result<Committed, CommitError>> {
        ready(Err(CommitError::Refused(Refusal::Conflict)))
    }

    fn note(&self, _draft: Draft) -> Ready<Result<(), JournalError>> {
        self.happened("refusal");
        ready(Ok(()))
    }

    fn snapshot(&self, _base: Arc<Snapshot>) -> Ready<Result<Snapshot, JournalError>> {
        self.happened("snapshot");
        ready(Ok(self.snapshot.clone()))
    }
}

#[derive(Debug)]
struct FakeCustody {
    log: Log,
    faults: Arc<Mutex<Faults>>,
}

impl KeyCustody for FakeCustody {
    type Place = ();

    fn admit(&self, class: LaneClass, _key: &KeyRef) -> Result<(), Busy> {
        assert_eq!(class, LaneClass::Person);
        if self.faults.lock().unwrap().lane_full {
            return Err(Busy {
                retry_after: Duration::from_secs(2),
            });
        }
        Ok(())
    }

    fn sign(&self, _place: (), job: SignJob) -> Ready<Vec<DigestOutcome>> {
        self.log.lock().unwrap().push("key");
        let withheld = self.faults.lock().unwrap().withheld;
        let outcome = |_| {
            if withheld {
                DigestOutcome::Withheld
            } else {
                DigestOutcome::Signed(vec![1])
            }
        };
        ready(job.digests.iter().map(outcome).collect())
    }
}

struct House {
    signer: Signer<FakeJournal, FakeCustody, StoppedClock>,
    log: Log,
    faults: Arc<Mutex<Faults>>,
    leader: PersonId,
    credential: CredentialId,
}

impl House {
    fn new(state: CredentialState) -> Self {
        let (leader, credential, agency) = (
            PersonId::random(),
            CredentialId::random(),
            AgencyId::random(),
        );
        let snapshot = snapshot(leader, credential, agency, state);
        let (log, faults) = (Log::default(), Arc::default());
        let policy = Arc::new(Policy::new(StoppedClock, Terms::default()));
        policy.install(snapshot.clone());
        let journal = FakeJournal {
            log: Arc::clone(&log),
            faults: Arc::clone(&faults),
            snapshot,
        };
        let custody = FakeCustody {
            log: Arc::clone(&log),
            faults: Arc::clone(&faults),
        };
        Self {
            signer: Signer::new(journal, custody, policy),
            log,
            faults,
            leader,
            credential,
        }
    }

    async fn sign(&self) -> Result<Vec<Vec<u8>>, SignError> {
        let actor = Actor::trust_verified(
            Subject::Person(self.leader),
            None,
            Proof::PasswordAndTotp,
            None,
            None,
        );
        let idempotency = Idempotency {
            route: "signHash",
            key: "k".into(),
            body: [0; 32],
        };
        let request = SignRequest {
            id: RequestId::random(),
            credential: self.credential,
            activation: Activation::Sad(SadHash::of("secret")),
            scheme: SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
            digests: vec![Digest::new(HashAlgorithm::Sha256, &[5; 32]).unwrap()],
            documents: Vec::new(),
            idempotency: Some(idempotency),
            client_data: None,
        };
        self.signer
            .sign(actor, request)
            .await
            .map(kyso_core::sign::Signature::into_signatures)
    }

    fn log(&self) -> Vec<&'static str> {
        self.log.lock().unwrap().clone()
    }

    fn fault(&self, set: impl FnOnce(&mut Faults)) {
        set(&mut self.faults.lock().unwrap());
    }
}

fn snapshot(
    leader: PersonId,
    credential: CredentialId,
    agency: AgencyId,
    state: CredentialState,
) -> Snapshot {
    let person = Person {
        id: leader,
        login: "leader".into(),
        name: "Nguyễn Văn A".into(),
        agency,
        position: "Chủ tịch".into(),
        email: String::new(),
        position_required: true,
        ended_at: None,
    };
    let certificate = Certificate {
        chain: Vec::new(),
        sha256: [0; 32],
        not_before: Timestamp::from_seconds(0),
        not_after: Timestamp::from_seconds(2_000),
    };
    let key = KeyRef {
        cka_id: [1; 16],
        algorithm: KeyAlgorithm::Rsa2048,
        spki: Arc::from([0; 4]),
    };
    let credential = Credential {
        id: credential,
        owner: Owner::Person(leader),
        agency,
        kind: CredentialKind::Personal,
        key: Arc::new(key),
        certificate: Some(Arc::new(certificate)),
        state,
        multisign: 10,
        sad_lifetime: Duration::from_secs(300),
        extensible: false,
    };
    let role = RoleGrant {
        id: RoleGrantId::random(),
        person: leader,
        role: Role::Signer,
        agency: None,
    };
    let people = People {
        by_id: HashMap::from([(leader, person)]),
        roles: vec![role],
        ..People::default()
    };
    Snapshot {
        epoch: 1,
        people: Arc::new(people),
        credentials: Arc::new(HashMap::from([(credential.id, Arc::new(credential))])),
        ..Snapshot::default()
    }
}

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
    assert!(matches!(house.sign().await, Err(SignError::Journal(_))));
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
    house.fault(|f| f.withheld = true);
    assert!(matches!(house.sign().await, Err(SignError::Failed)));
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
