//! Ports that write down when they were called, and a signer over them.

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
    Agency, Certificate, Credential, CredentialKind, CredentialState, Dated, Issued, Owner, Person,
    Role, RoleGrant, SadHash,
};
use kyso_core::policy::{Authorized, Signing, Terms};
use kyso_core::request::{Activation, Idempotency, SignRequest};
use kyso_core::snapshot::People;
use kyso_core::{
    Actor, Change, Clock, Digest, HashAlgorithm, KeyAlgorithm, Policy, Refusal, SignError,
    SignatureScheme, Signer, Snapshot, Timestamp,
};
use kyso_evidence::entry::ResultRecord;

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
pub(crate) struct Faults {
    pub(crate) journal_full: bool,
    pub(crate) intent: Option<JournalError>,
    pub(crate) outcome: Option<JournalError>,
    pub(crate) moved_epochs: usize,
    pub(crate) recalled: bool,
    pub(crate) lane_full: bool,
    pub(crate) outcomes: Option<Vec<DigestOutcome>>,
}

#[derive(Debug)]
struct FakeJournal {
    log: Log,
    faults: Arc<Mutex<Faults>>,
    snapshot: Snapshot,
    results: Arc<Mutex<Vec<ResultRecord>>>,
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
        let entry = record.draft.entry;
        assert_eq!(entry.intent.as_deref(), Some(&*"07".repeat(32)));
        *self.results.lock().unwrap() = entry.results;
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
        let given = self.faults.lock().unwrap().outcomes.clone();
        let signed = || vec![DigestOutcome::Signed(vec![1]); job.digests().len()];
        ready(given.unwrap_or_else(signed))
    }
}

pub(crate) struct House {
    signer: Signer<FakeJournal, FakeCustody, StoppedClock>,
    log: Log,
    faults: Arc<Mutex<Faults>>,
    results: Arc<Mutex<Vec<ResultRecord>>>,
    leader: PersonId,
    credential: CredentialId,
}

impl House {
    pub(crate) fn new(state: CredentialState) -> Self {
        let (leader, credential, agency) = (
            PersonId::random(),
            CredentialId::random(),
            AgencyId::random(),
        );
        let snapshot = snapshot(leader, credential, agency, state);
        let (log, faults, results) = (Log::default(), Arc::default(), Arc::default());
        let policy = Arc::new(Policy::new(StoppedClock, Terms::default()));
        policy.install(snapshot.clone());
        let journal = FakeJournal {
            log: Arc::clone(&log),
            faults: Arc::clone(&faults),
            snapshot,
            results: Arc::clone(&results),
        };
        let custody = FakeCustody {
            log: Arc::clone(&log),
            faults: Arc::clone(&faults),
        };
        Self {
            signer: Signer::new(journal, custody, policy),
            log,
            faults,
            results,
            leader,
            credential,
        }
    }

    pub(crate) async fn sign(&self) -> Result<Vec<Vec<u8>>, SignError> {
        let given = self.faults.lock().unwrap().outcomes.as_ref().map(Vec::len);
        let count = given.unwrap_or(1);
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
            digests: vec![Digest::new(HashAlgorithm::Sha256, &[5; 32]).unwrap(); count],
            contents: Vec::new(),
            documents: Vec::new(),
            idempotency: Some(idempotency),
            client_data: None,
            time_stamp: false,
            ground: None,
            look: None,
        };
        self.signer
            .sign(actor, request)
            .await
            .map(kyso_core::sign::Signature::into_signatures)
    }

    pub(crate) fn results(&self) -> Vec<ResultRecord> {
        self.results.lock().unwrap().clone()
    }

    pub(crate) fn log(&self) -> Vec<&'static str> {
        self.log.lock().unwrap().clone()
    }

    pub(crate) fn fault(&self, set: impl FnOnce(&mut Faults)) {
        set(&mut self.faults.lock().unwrap());
    }
}

fn person(leader: PersonId, agency: AgencyId) -> Person {
    Person {
        id: leader,
        login: "leader".into(),
        name: "Nguyễn Văn A".into(),
        agency,
        position: "Chủ tịch".into(),
        email: String::new(),
        position_required: true,
        ended_at: None,
    }
}

fn snapshot(
    leader: PersonId,
    credential: CredentialId,
    agency: AgencyId,
    state: CredentialState,
) -> Snapshot {
    let certificate = Certificate {
        chain: Vec::new(),
        sha256: [0; 32],
        issued: Issued::default(),
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
        sad_lifetime: Duration::from_mins(5),
        extensible: false,
        by_digest: false,
    };
    let role = RoleGrant {
        id: RoleGrantId::random(),
        person: leader,
        role: Role::Signer,
        agency: None,
    };
    let people = People {
        by_id: HashMap::from([(leader, person(leader, agency))]),
        roles: vec![role],
        ..People::default()
    };
    let agency = Agency {
        id: agency,
        parent: Dated::new(None),
        name: Dated::new("UBND".into()),
        kind: "state".into(),
        level: "province".into(),
        valid_from: Timestamp::from_seconds(0),
        valid_until: None,
        codes: Vec::new(),
    };
    Snapshot {
        epoch: 1,
        agencies: Arc::new(HashMap::from([(agency.id, agency)])),
        people: Arc::new(people),
        credentials: Arc::new(HashMap::from([(credential.id, Arc::new(credential))])),
        ..Snapshot::default()
    }
}
