//! A town that was set up as in life: bootstrap, enrolment, two people for every grant of power.

use std::sync::Arc;
use std::time::Duration;

use kyso_core::actor::{Proof, Subject};
use kyso_core::change::{CredentialRequest, Enrolment, PowerChange, Proposal, SplitCode, TotpUse};
use kyso_core::custody::KeyRef;
use kyso_core::id::*;
use kyso_core::journal::{CommitError, Committed, Journal as _};
use kyso_core::model::*;
use kyso_core::*;
use kyso_store::{Bootstrap, Founder};
use sha2::{Digest as _, Sha256};

use crate::store::world::{TestClock, World};

pub(crate) struct Town<'w> {
    pub(crate) world: &'w mut World,
    pub(crate) policy: Policy<TestClock>,
    pub(crate) agency: AgencyId,
    pub(crate) managers: [PersonId; 2],
    pub(crate) officer: PersonId,
    step: i64,
}

pub(crate) fn person(agency: AgencyId, login: &str) -> Person {
    Person {
        id: PersonId::random(),
        login: login.to_owned(),
        name: "Nguyễn Văn Bình".to_owned(),
        agency,
        position: "Chủ tịch".to_owned(),
        email: format!("{login}@kyso.example"),
        position_required: true,
        ended_at: None,
    }
}

pub(crate) fn code_of(id: PersonId) -> [u8; 32] {
    Sha256::digest(id.as_bytes()).into()
}

impl<'w> Town<'w> {
    /// Bootstraps on the world's database, and the three founders enrol.
    pub(crate) async fn found(world: &'w mut World) -> Self {
        world.sql("DELETE FROM person; DELETE FROM agency;"); // the world's own, made by hand
        let agency = Agency {
            id: AgencyId::random(),
            parent: Dated::new(None),
            name: Dated::new("Ủy ban nhân dân tỉnh".to_owned()),
            kind: "state".to_owned(),
            level: "province".to_owned(),
            valid_from: Timestamp::from_micros(0),
            valid_until: None,
            codes: Vec::new(),
        };
        let founders = ["manager-1", "manager-2", "officer"].map(|login| {
            let person = person(agency.id, login);
            Founder {
                code: code_of(person.id),
                person,
            }
        });
        let [one, two, officer] = founders;
        let mut town = Self {
            policy: Policy::new(world.clock.clone(), crate::store::world::believing()),
            agency: agency.id,
            managers: [one.person.id, two.person.id],
            officer: officer.person.id,
            step: 1,
            world,
        };
        let codes_expire_at = town.later(3_600);
        let first = Bootstrap {
            environment: "evaluation",
            agency,
            managers: [one, two],
            officer,
            codes_expire_at,
        };
        town.world.journal().bootstrap(first).await.unwrap();
        town.reload().await;
        for id in [town.managers[0], town.managers[1], town.officer] {
            town.enrol(id, code_of(id)).await.unwrap();
        }
        town
    }

    pub(crate) fn later(&self, seconds: u64) -> Timestamp {
        self.world.clock.now().after(Duration::from_secs(seconds))
    }

    pub(crate) async fn reload(&self) -> Arc<Snapshot> {
        let base = self.policy.snapshot();
        self.policy
            .install(self.world.journal().snapshot(base).await.unwrap());
        self.policy.snapshot()
    }

    /// The snapshot that a server would begin with.
    pub(crate) async fn fresh(&self) -> Snapshot {
        self.world.journal().snapshot(Arc::default()).await.unwrap()
    }

    pub(crate) fn actor(id: PersonId) -> Actor {
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

    /// Authorizes and commits, under the newest policy.
    pub(crate) async fn change(&self, actor: Actor, change: Change) -> Result<Committed, Refusal> {
        let authorized = self.policy.authorize_change(actor, change)?;
        let committed = match self.world.journal().commit(authorized).await {
            Ok(committed) => Ok(committed),
            Err(CommitError::Refused(refusal)) => Err(refusal),
            Err(other) => panic!("{other}"),
        };
        self.reload().await;
        committed
    }

    pub(crate) async fn by_manager(&self, change: Change) -> Result<Committed, Refusal> {
        self.change(Self::actor(self.managers[0]), change).await
    }

    pub(crate) async fn propose(
        &mut self,
        change: PowerChange,
    ) -> Result<PendingChangeId, Refusal> {
        let id = PendingChangeId::random();
        let totp = Some(self.totp(self.managers[0]));
        let proposal = Proposal {
            id,
            change,
            totp,
            expires_at: self.later(3_600),
        };
        self.by_manager(Change::Propose(proposal)).await.map(|_| id)
    }

    pub(crate) async fn approve(&mut self, id: PendingChangeId) -> Result<Committed, Refusal> {
        let totp = Some(self.totp(self.managers[1]));
        self.change(Self::actor(self.managers[1]), Change::Approve(id, totp))
            .await
    }

    /// Proposed by one manager, approved by the other.
    pub(crate) async fn power(&mut self, change: PowerChange) -> Result<Committed, Refusal> {
        let id = self.propose(change).await?;
        self.approve(id).await
    }

    pub(crate) async fn register(&self, login: &str) -> PersonId {
        let person = person(self.agency, login);
        let id = person.id;
        self.by_manager(Change::RegisterPerson(person))
            .await
            .unwrap();
        id
    }

    pub(crate) async fn code(&self, id: PersonId, code: [u8; 32]) -> Result<Committed, Refusal> {
        let expires_at = self.later(3_600);
        self.by_manager(Change::IssueEnrolmentCode {
            person: id,
            code,
            expires_at,
        })
        .await
    }

    /// A code for somebody who holds power: proposed by one manager, approved by the other.
    pub(crate) async fn split_code(
        &mut self,
        person: PersonId,
        code: [u8; 32],
    ) -> Result<Committed, Refusal> {
        let split = SplitCode {
            person,
            code,
            approver_half: vec![1, 2, 3],
            seconds: 3_600,
        };
        self.power(PowerChange::IssueEnrolmentCode(split)).await
    }

    pub(crate) async fn enrol(
        &mut self,
        id: PersonId,
        code: [u8; 32],
    ) -> Result<Committed, Refusal> {
        self.step += 1;
        let enrolment = Enrolment {
            person: id,
            code,
            password: "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA".to_owned().into(),
            totp: vec![1, 2, 3],
            version: 1,
            step: self.step,
        };
        self.change(Self::actor(id), Change::EnrolFactors(enrolment))
            .await
    }

    pub(crate) async fn role(&mut self, id: PersonId, role: Role) -> Result<RoleGrantId, Refusal> {
        let grant = RoleGrant {
            id: RoleGrantId::random(),
            person: id,
            role,
            agency: None,
        };
        self.power(PowerChange::GrantRole(grant.clone()))
            .await
            .map(|_| grant.id)
    }

    /// A person who signs: registered, enrolled, with the role.
    pub(crate) async fn signer(&mut self, login: &str) -> PersonId {
        let id = self.register(login).await;
        self.code(id, code_of(id)).await.unwrap();
        self.enrol(id, code_of(id)).await.unwrap();
        self.role(id, Role::Signer).await.unwrap();
        id
    }

    pub(crate) fn request(owner: Owner) -> CredentialRequest {
        let id = CredentialId::random();
        let kind = match owner {
            Owner::Person(_) => CredentialKind::Personal,
            Owner::Agency(_) => CredentialKind::Seal,
        };
        let spki: Arc<[u8]> = id.as_bytes().as_slice().into();
        let key = KeyRef {
            cka_id: *id.as_bytes(),
            algorithm: KeyAlgorithm::P256,
            spki,
        };
        CredentialRequest {
            id,
            kind,
            owner,
            key,
            request: vec![7],
            multisign: 10,
            sad_seconds: 300,
            extensible: false,
            by_digest: kind == CredentialKind::Seal,
        }
    }

    pub(crate) fn certificate(&self, id: CredentialId) -> Certificate {
        let chain = vec![id.as_bytes().to_vec(), b"issuer".to_vec()];
        Certificate {
            sha256: Sha256::digest(&chain[0]).into(),
            issued: Issued::default(),
            chain,
            not_before: Timestamp::from_micros(0),
            not_after: self.later(1_000_000),
        }
    }

    /// A credential up to handed over.
    pub(crate) async fn handed_over(&self, owner: Owner) -> CredentialId {
        let request = Self::request(owner);
        let id = request.id;
        self.by_manager(Change::RequestCredential(request))
            .await
            .unwrap();
        let certificate = self.certificate(id);
        self.by_manager(Change::CertifyCredential(id, certificate))
            .await
            .unwrap();
        self.by_manager(Change::HandOverCredential(id, "12/BB".to_owned()))
            .await
            .unwrap();
        id
    }

    pub(crate) async fn active(&mut self, owner: Owner) -> CredentialId {
        let id = self.handed_over(owner).await;
        self.power(PowerChange::ActivateCredential(id))
            .await
            .unwrap();
        id
    }

    pub(crate) fn state(&self, id: CredentialId) -> CredentialState {
        self.policy.snapshot().credentials[&id].state
    }

    /// A system with a key of its own and a grant.
    pub(crate) async fn system(
        &mut self,
        name: &str,
        target: GrantTarget,
    ) -> (ClientId, ClientKeyId, ClientGrantId) {
        let client = Client {
            id: ClientId::random(),
            name: name.to_owned(),
            display_name: "Văn bản".to_owned(),
            method: ClientMethod::TlsClientAuth,
            disabled_at: None,
        };
        let id = client.id;
        self.by_manager(Change::RegisterClient(client))
            .await
            .unwrap();
        let mut hash = [5; 32]; // another one for each
        hash[..16].copy_from_slice(id.as_bytes());
        let material = ClientKeyMaterial::CertificateSha256(hash);
        let key = ClientKey {
            id: ClientKeyId::random(),
            client: id,
            material,
        };
        let grant = ClientGrant {
            id: ClientGrantId::random(),
            client: id,
            target,
            explicit: false,
            raw_hash: false,
        };
        let made = (id, key.id, grant.id);
        let both = vec![
            PowerChange::AddClientKey(key),
            PowerChange::GrantClient(grant),
        ];
        self.power(PowerChange::Several(both)).await.unwrap();
        made
    }
}
