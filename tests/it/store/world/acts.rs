//! What is asked of the store: who, with which credential, under which permission.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kyso_core::actor::{Proof, Subject};
use kyso_core::change::TotpUse;
use kyso_core::id::*;
use kyso_core::journal::CommitError;
use kyso_core::model::*;
use kyso_core::policy::{Authorized, Signing};
use kyso_core::request::{Activation, SignRequest};
use kyso_core::snapshot::{Clients, People};
use kyso_core::*;
use kyso_evidence::checkpoint::Checkpoint;
use kyso_evidence::tiles::Grower;

use super::*;

impl World {
    pub(crate) fn hash_of_documents(count: usize) -> [u8; 32] {
        documents_hash(&documents(count))
    }

    pub(crate) fn credential(&self, id: CredentialId) -> Credential {
        let (owner, kind) = if id == self.seal {
            (
                Owner::Agency(AgencyId::from_bytes([1; 16])),
                CredentialKind::Seal,
            )
        } else {
            (Owner::Person(self.leader), CredentialKind::Personal)
        };
        let key = custody::KeyRef {
            cka_id: [9; 16],
            algorithm: KeyAlgorithm::P256,
            spki: Arc::from([1_u8].as_slice()),
        };
        let certificate = Certificate {
            chain: vec![vec![1]],
            sha256: [3; 32],
            issued: Issued::default(),
            not_before: Timestamp::from_seconds(START - 10),
            not_after: Timestamp::from_seconds(START + 1_000_000),
        };
        Credential {
            id,
            owner,
            agency: AgencyId::from_bytes([1; 16]),
            kind,
            key: Arc::new(key),
            certificate: Some(Arc::new(certificate)),
            state: CredentialState::Active,
            multisign: 100,
            sad_lifetime: Duration::from_mins(5),
            extensible: true,
            by_digest: false,
        }
    }

    fn agency() -> Agency {
        Agency {
            id: AgencyId::from_bytes([1; 16]),
            parent: Dated::new(None),
            name: Dated::new("A".to_owned()),
            kind: "office".to_owned(),
            level: "province".to_owned(),
            valid_from: Timestamp::from_seconds(0),
            valid_until: None,
            codes: Vec::new(),
        }
    }

    pub(crate) fn snapshot(&self, epoch: i64) -> Snapshot {
        let agency = Self::agency();
        let mut people = People::default();
        let roles = [
            (self.clerk, Role::RecordsClerk),
            (self.leader, Role::Signer),
        ];
        for (id, role) in roles {
            let person = Person {
                id,
                login: id.to_string(),
                name: "N".to_owned(),
                agency: AgencyId::from_bytes([1; 16]),
                position: "P".to_owned(),
                email: "e".to_owned(),
                position_required: false,
                ended_at: None,
            };
            people.by_id.insert(id, person);
            people.since.factors.insert(id, -1);
            people.roles.push(RoleGrant {
                id: RoleGrantId::random(),
                person: id,
                role,
                agency: None,
            });
        }
        let mut clients = Clients::default();
        let client = Client {
            id: self.client,
            name: "dms".to_owned(),
            display_name: "DMS".to_owned(),
            method: ClientMethod::PrivateKeyJwt,
            disabled_at: None,
        };
        clients.by_id.insert(self.client, client);
        let grants = [self.seal, self.personal].map(|id| ClientGrant {
            id: ClientGrantId::random(),
            client: self.client,
            target: GrantTarget::Credential(id),
            explicit: true,
            raw_hash: true,
        });
        clients.grants.insert(self.client, grants.to_vec());
        let credentials: HashMap<_, _> = [self.seal, self.personal]
            .map(|id| (id, Arc::new(self.credential(id))))
            .into();
        Snapshot {
            epoch,
            agencies: Arc::new(HashMap::from([(agency.id, agency)])),
            people: Arc::new(people),
            clients: Arc::new(clients),
            credentials: Arc::new(credentials),
            ..Snapshot::default()
        }
    }

    /// The tree of all entries, made and stored now.
    pub(crate) async fn tree(&self) -> Checkpoint {
        let tree = self.journal().grow_tree(Grower::new()).await.unwrap();
        Checkpoint::new("test.kyso.example".to_owned(), tree.size(), tree.root()).unwrap()
    }

    pub(crate) fn system(&self) -> Actor {
        let subject = Subject::Client(self.client);
        Actor::trust_verified(subject, None, Proof::PrivateKeyJwt, None, None)
    }

    pub(crate) fn person(id: PersonId) -> Actor {
        Actor::trust_verified(
            Subject::Person(id),
            None,
            Proof::PasswordAndTotp,
            None,
            None,
        )
    }

    pub(crate) fn totp(&mut self, person: PersonId) -> TotpUse {
        self.step += 1;
        TotpUse {
            person,
            step: self.step,
        }
    }

    pub(crate) async fn change(
        &self,
        actor: Actor,
        change: Change,
    ) -> Result<Committed, CommitError> {
        let authorized = self.policy.authorize_change(actor, change).unwrap();
        self.journal().commit(authorized).await
    }

    /// A person's SAD over these hashes, given to the system with the leader's OTP.
    pub(crate) async fn sad(&mut self, hashes: &[Digest]) -> Sad {
        let sad = self.sad_value(SadBinding::Hashes(hashes.into()));
        self.authorize(sad).await.unwrap()
    }

    pub(crate) fn sad_value(&self, binding: SadBinding) -> Sad {
        let id = SadId::random();
        Sad {
            id,
            hash: SadHash::of(&id.to_string()),
            client: Some(self.client),
            person: Some(self.leader),
            credential: self.personal,
            session: None,
            hash_algorithm: Some(HashAlgorithm::Sha256),
            binding,
            documents: [0; 32],
            expires_at: self.clock.now().after(Duration::from_mins(5)),
            made_by: None,
        }
    }

    pub(crate) async fn authorize(&mut self, sad: Sad) -> Result<Sad, CommitError> {
        let totp = sad.person.map(|person| self.totp(person));
        self.change(self.system(), Change::AuthorizeSad(sad.clone(), totp))
            .await
            .map(|_| sad)
    }

    /// A stamping session, opened by the clerk, that policy knows of.
    pub(crate) async fn session(&mut self, limit: u32) -> StampingSession {
        let session = StampingSession {
            id: StampingSessionId::random(),
            client: self.client,
            credential: self.seal,
            opened_by: self.clerk,
            limit,
            purposes: vec!["PHAT_HANH".to_owned()],
            opened_at: self.clock.now(),
            expires_at: self.clock.now().after(Duration::from_hours(1)),
            closed_at: None,
            made_by: None,
        };
        let totp = self.totp(self.clerk);
        let change = Change::OpenStampingSession(session.clone(), totp);
        let committed = self.change(Self::person(self.clerk), change).await.unwrap();
        let mut snapshot = self.snapshot(committed.epoch);
        snapshot.sessions = Arc::new([session.clone()].into_iter().collect());
        self.policy.install(snapshot);
        session
    }

    /// A count-bound SAD of a session.
    pub(crate) async fn counted(
        &mut self,
        session: &StampingSession,
        count: u32,
    ) -> Result<Sad, CommitError> {
        let mut sad = self.sad_value(SadBinding::Count(count));
        sad.credential = self.seal;
        sad.person = None;
        sad.hash_algorithm = None;
        sad.session = Some(session.id);
        self.authorize(sad).await
    }

    pub(crate) fn request(&self, activation: Activation, digests: &[Digest]) -> SignRequest {
        SignRequest {
            id: RequestId::random(),
            credential: self.personal,
            activation,
            scheme: SignatureScheme::Ecdsa(HashAlgorithm::Sha256),
            digests: digests.to_vec(),
            contents: Vec::new(),
            documents: Vec::new(),
            idempotency: None,
            client_data: None,
            time_stamp: false,
            ground: None,
            look: None,
        }
    }

    pub(crate) fn with_sad(&self, sad: &Sad, digests: &[Digest]) -> SignRequest {
        let mut request = self.request(Activation::Sad(sad.hash), digests);
        request.credential = sad.credential;
        if sad.credential == self.seal {
            request.documents = documents(digests.len());
        }
        request
    }

    pub(crate) fn stamp(&self, digests: &[Digest], name: &str) -> SignRequest {
        let mut request = self.request(Activation::Session, digests);
        request.credential = self.seal;
        request.documents = documents(digests.len());
        request.idempotency = Some(key(name, 1));
        request
    }

    pub(crate) fn authorized(&self, request: SignRequest) -> Authorized<Signing> {
        self.policy
            .authorize_signing(self.system(), request)
            .map_err(|r| r.refusal)
            .unwrap()
    }
}
