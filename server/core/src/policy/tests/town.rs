//! The town.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::actor::{Proof, Subject};
use crate::change::{PowerChange, TotpUse};
use crate::custody::KeyRef;
use crate::id::*;
use crate::model::*;
use crate::policy::Terms;
use crate::request::{Activation, DocumentFacts, SignRequest};
use crate::snapshot::{Clients, People};
use crate::*;

pub(super) const NOW: i64 = 1_000_000;

#[derive(Debug, Clone, Copy)]
pub(super) struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(NOW)
    }
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW + seconds)
}

/// Everything that a test may bend before it asks.
pub(super) struct Town {
    pub(super) snapshot: Snapshot,
    pub(super) agency: AgencyId,
    pub(super) outsider: PersonId,
    pub(super) by_role: HashMap<Role, PersonId>,
    pub(super) second_manager: PersonId,
    pub(super) client: ClientId,
    pub(super) personal: CredentialId,
    pub(super) seal: CredentialId,
    pub(super) session: StampingSessionId,
    pub(super) pending: PendingChangeId,
    pub(super) authority: AuthorityId,
    pub(super) role_of_signer: RoleGrantId,
    /// Whether this town believes systems that ask for seals.
    pub(super) asserted_seals: bool,
}

fn person(people: &mut People, agency: AgencyId, role: Option<Role>) -> (PersonId, RoleGrantId) {
    let (id, grant) = (PersonId::random(), RoleGrantId::random());
    let person = Person {
        id,
        login: id.to_string(),
        name: "N".to_owned(),
        agency,
        position: "P".to_owned(),
        email: "e".to_owned(),
        position_required: false,
        ended_at: None,
    };
    people.by_id.insert(id, person);
    if let Some(role) = role {
        people.roles.push(RoleGrant {
            id: grant,
            person: id,
            role,
            agency: None,
        });
    }
    (id, grant)
}

fn credential(owner: Owner, agency: AgencyId) -> Credential {
    let kind = match owner {
        Owner::Agency(_) => CredentialKind::Seal,
        Owner::Person(_) => CredentialKind::Personal,
    };
    let spki = Arc::from([1_u8].as_slice());
    let key = KeyRef {
        cka_id: [1; 16],
        algorithm: KeyAlgorithm::Rsa2048,
        spki,
    };
    let certificate = Certificate {
        chain: vec![vec![1]],
        sha256: [1; 32],
        issued: Issued::default(),
        not_before: at(-100),
        not_after: at(100),
    };
    Credential {
        id: CredentialId::random(),
        owner,
        agency,
        kind,
        key: Arc::new(key),
        certificate: Some(Arc::new(certificate)),
        state: CredentialState::Active,
        multisign: 5,
        sad_lifetime: Duration::from_mins(5),
        extensible: false,
        by_digest: false,
    }
}

fn agency(id: AgencyId) -> Agency {
    Agency {
        id,
        parent: Dated::new(None),
        name: Dated::new("A".to_owned()),
        kind: "state".to_owned(),
        level: "province".to_owned(),
        valid_from: at(-1_000),
        valid_until: None,
        codes: Vec::new(),
    }
}

impl Town {
    pub(super) fn new() -> Self {
        let home = AgencyId::random();
        let mut people = People::default();
        let (outsider, _) = person(&mut people, home, None);
        let mut by_role = HashMap::new();
        let mut grants = HashMap::new();
        for role in Role::ALL {
            let (id, grant) = person(&mut people, home, Some(role));
            by_role.insert(role, id);
            grants.insert(role, grant);
        }
        let (second_manager, _) = person(&mut people, home, Some(Role::SubscriberManager));
        let authority = AuthorityId::random();
        people.authorities.push(AuthorityRecord {
            id: authority,
            person: by_role[&Role::Signer],
            agency: home,
            kind: AuthorityKind::TUQ,
            basis: "5/QĐ".to_owned(),
            valid_from: at(-10),
            valid_until: at(10),
        });
        let personal = credential(Owner::Person(by_role[&Role::Signer]), home);
        let seal = credential(Owner::Agency(home), home);
        let mut town = Self {
            agency: home,
            outsider,
            second_manager,
            client: ClientId::random(),
            personal: personal.id,
            seal: seal.id,
            session: StampingSessionId::random(),
            pending: PendingChangeId::random(),
            authority,
            asserted_seals: true,
            role_of_signer: grants[&Role::Signer],
            by_role,
            snapshot: Snapshot {
                agencies: Arc::new(HashMap::from([(home, agency(home))])),
                people: Arc::new(people),
                credentials: Arc::new(
                    [personal, seal]
                        .map(|c| (c.id, Arc::new(c)))
                        .into_iter()
                        .collect(),
                ),
                ..Snapshot::default()
            },
        };
        town.add_system();
        town.add_session();
        town.add_pending();
        town
    }

    fn add_system(&mut self) {
        let mut clients = Clients::default();
        let client = Client {
            id: self.client,
            name: "dms".to_owned(),
            display_name: "DMS".to_owned(),
            method: ClientMethod::PrivateKeyJwt,
            disabled_at: None,
        };
        clients.by_id.insert(self.client, client);
        let grant = ClientGrant {
            id: ClientGrantId::random(),
            client: self.client,
            target: GrantTarget::Agency(self.agency),
            explicit: false,
            raw_hash: false,
        };
        clients.grants.insert(self.client, vec![grant]);
        self.snapshot.clients = Arc::new(clients);
    }

    fn add_session(&mut self) {
        let session = self.session_value();
        self.snapshot.sessions = Arc::new([session].into_iter().collect());
    }

    pub(super) fn session_value(&self) -> StampingSession {
        StampingSession {
            id: self.session,
            client: self.client,
            credential: self.seal,
            opened_by: self.by_role[&Role::RecordsClerk],
            limit: 10,
            purposes: vec!["PHAT_HANH".to_owned()],
            opened_at: at(0),
            expires_at: at(60),
            closed_at: None,
            made_by: None,
        }
    }

    fn add_pending(&mut self) {
        let pending = PendingChange {
            id: self.pending,
            change: PowerChange::ResetFactors(self.by_role[&Role::Signer]),
            proposed_by: self.second_manager,
            expires_at: at(60),
        };
        self.snapshot.pending = Arc::new(HashMap::from([(self.pending, pending)]));
    }

    pub(super) fn policy(&self) -> Policy<StoppedClock> {
        let policy = Policy::new(
            StoppedClock,
            Terms {
                asserted_seals: self.asserted_seals,
                ..Terms::default()
            },
        );
        policy.install(self.snapshot.clone());
        policy
    }

    pub(super) fn bend_credential(&mut self, id: CredentialId, bend: impl FnOnce(&mut Credential)) {
        let all = Arc::make_mut(&mut self.snapshot.credentials);
        bend(Arc::make_mut(all.get_mut(&id).unwrap()));
    }

    pub(super) fn bend_session(&mut self, bend: impl FnOnce(&mut StampingSession)) {
        let all = Arc::make_mut(&mut self.snapshot.sessions);
        let mut session = all.remove(self.session).unwrap();
        bend(&mut session);
        all.insert(session);
    }

    pub(super) fn bend_people(&mut self, bend: impl FnOnce(&mut People)) {
        bend(Arc::get_mut(&mut self.snapshot.people).unwrap());
    }

    pub(super) fn bend_grant(&mut self, bend: impl FnOnce(&mut ClientGrant)) {
        let clients = Arc::get_mut(&mut self.snapshot.clients).unwrap();
        bend(&mut clients.grants.get_mut(&self.client).unwrap()[0]);
    }

    pub(super) fn system(&self) -> Actor {
        let subject = Subject::Client(self.client);
        Actor::trust_verified(subject, None, Proof::PrivateKeyJwt, None, None)
    }

    pub(super) fn signer(&self) -> PersonId {
        self.by_role[&Role::Signer]
    }

    /// A call to sign one hash with the leader's key under a SAD.
    pub(super) fn call(&self) -> SignRequest {
        SignRequest {
            id: RequestId::random(),
            credential: self.personal,
            activation: Activation::Sad(SadHash::of("x")),
            scheme: SignatureScheme::RsaPkcs1(HashAlgorithm::Sha256),
            digests: vec![digest()],
            contents: Vec::new(),
            documents: vec![document("PHAT_HANH")],
            idempotency: None,
            client_data: None,
            time_stamp: false,
            ground: None,
            look: None,
        }
    }

    /// A call to stamp within the session.
    pub(super) fn stamp(&self) -> SignRequest {
        SignRequest {
            credential: self.seal,
            activation: Activation::Session,
            ..self.call()
        }
    }

    /// A SAD of the leader for one hash.
    pub(super) fn sad(&self) -> Sad {
        Sad {
            id: SadId::random(),
            hash: SadHash::of("x"),
            client: None,
            person: Some(self.signer()),
            credential: self.personal,
            session: None,
            hash_algorithm: Some(HashAlgorithm::Sha256),
            binding: SadBinding::Hashes([digest()].into()),
            documents: [0; 32],
            expires_at: at(300),
            made_by: None,
        }
    }
}

pub(super) fn person_actor(id: PersonId) -> Actor {
    Actor::trust_verified(
        Subject::Person(id),
        None,
        Proof::PasswordAndTotp,
        None,
        None,
    )
}

pub(super) fn totp(person: PersonId) -> TotpUse {
    TotpUse { person, step: 1 }
}

pub(super) fn digest() -> Digest {
    Digest::new(HashAlgorithm::Sha256, &[1; 32]).unwrap()
}

pub(super) fn document(purpose: &str) -> DocumentFacts {
    DocumentFacts {
        purpose: Some(purpose.to_owned()),
        ..DocumentFacts::default()
    }
}
