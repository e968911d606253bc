//! A records clerk at a seal, and what is stamped there: what the tests of ended power share.

use kyso_core::actor::{Proof, Subject};
use kyso_core::change::PowerChange;
use kyso_core::id::*;
use kyso_core::journal::{IntentError, Journal as _};
use kyso_core::model::*;
use kyso_core::policy::{Authorized, Signing};
use kyso_core::request::{Activation, SignRequest};
use kyso_core::*;

use super::town::{Town, code_of};
use crate::store::world::{digest, documents, key};

/// What a seal for digests may confirm: nothing that goes out.
const CONFIRMED: &str = "XAC_NHAN";

/// A clerk, a system, and the seal of an agency for which both may act.
pub(super) struct Desk {
    pub(super) clerk: PersonId,
    pub(super) role: RoleGrantId,
    pub(super) client: ClientId,
    pub(super) seal: CredentialId,
}

impl Desk {
    /// The seal is of an agency below the one that the clerk's role was given for.
    pub(super) async fn of(town: &mut Town<'_>, office: Option<AgencyId>, owner: AgencyId) -> Self {
        let seal = town.active(Owner::Agency(owner)).await;
        let name = seal.to_string(); // nobody else's
        let (client, ..) = town.system(&name, GrantTarget::Credential(seal)).await;
        let clerk = town.register(&name).await;
        town.code(clerk, code_of(clerk)).await.unwrap();
        town.enrol(clerk, code_of(clerk)).await.unwrap();
        let role = office_of(town, clerk, office).await;
        Self {
            clerk,
            role,
            client,
            seal,
        }
    }

    pub(super) async fn new(town: &mut Town<'_>) -> Self {
        Self::of(town, None, town.agency).await
    }

    pub(super) async fn open(&self, town: &mut Town<'_>) -> StampingSession {
        let session = StampingSession {
            id: StampingSessionId::random(),
            client: self.client,
            credential: self.seal,
            opened_by: self.clerk,
            limit: 10,
            purposes: vec![CONFIRMED.to_owned()],
            opened_at: town.later(0),
            expires_at: town.later(6_000),
            closed_at: None,
            made_by: None,
        };
        let open = Change::OpenStampingSession(session.clone(), town.totp(self.clerk));
        town.change(Town::actor(self.clerk), open).await.unwrap();
        session
    }

    pub(super) fn system(&self) -> Actor {
        Actor::trust_verified(
            Subject::Client(self.client),
            None,
            Proof::MutualTls,
            None,
            None,
        )
    }

    pub(super) async fn sad(&self, town: &Town<'_>, session: &StampingSession) -> SadHash {
        let id = SadId::random();
        let sad = Sad {
            id,
            hash: SadHash::of(&id.to_string()),
            client: Some(self.client),
            person: None,
            credential: self.seal,
            session: Some(session.id),
            hash_algorithm: None,
            binding: SadBinding::Count(5),
            documents: [0; 32],
            expires_at: town.later(3_000),
            made_by: None,
        };
        let hash = sad.hash;
        town.change(self.system(), Change::AuthorizeSad(sad, None))
            .await
            .unwrap();
        hash
    }

    pub(super) fn call(&self, activation: Activation) -> SignRequest {
        let (request, digests) = (RequestId::random(), vec![digest(1)]);
        let mut documents = documents(1);
        documents[0].purpose = Some(CONFIRMED.to_owned());
        SignRequest {
            id: request,
            credential: self.seal,
            activation,
            scheme: SignatureScheme::Ecdsa(HashAlgorithm::Sha256),
            documents,
            digests,
            contents: Vec::new(),
            idempotency: Some(key(&request.to_string(), 1)),
            client_data: None,
            time_stamp: false,
            ground: None,
            look: None,
        }
    }

    /// A stamp under the SAD, and one without.
    pub(super) async fn stamps(&self, town: &Town<'_>, sad: SadHash) -> [Result<(), Refusal>; 2] {
        let by_sad = self.call(Activation::Sad(sad));
        let direct = self.call(Activation::Session);
        [
            sign(town, self.system(), by_sad).await,
            sign(town, self.system(), direct).await,
        ]
    }

    /// What the clerk opened stamps for a minute yet; what was authorized before stamps no more either when that is over.
    pub(super) async fn assert_ends_within_write_1(&self, town: &mut Town<'_>, sad: SadHash) {
        assert_eq!(self.stamps(town, sad).await, BOTH_SIGN, "not yet");
        let asked = [Activation::Sad(sad), Activation::Session];
        let asked = asked.map(|how| authorized(town, self.system(), self.call(how)).unwrap());
        town.world.clock.advance(60);
        for signing in asked {
            let late = record(town, signing).await;
            assert_eq!(late, Err(Refusal::SessionClosed), "within write 1");
        }
        assert_eq!(self.stamps(town, sad).await, NO_SESSION);
    }
}

pub(super) async fn office_of(
    town: &mut Town<'_>,
    person: PersonId,
    agency: Option<AgencyId>,
) -> RoleGrantId {
    let (id, role) = (RoleGrantId::random(), Role::RecordsClerk);
    let grant = RoleGrant {
        id,
        person,
        role,
        agency,
    };
    town.power(PowerChange::GrantRole(grant)).await.unwrap();
    id
}

pub(super) const BOTH_SIGN: [Result<(), Refusal>; 2] = [Ok(()); 2];
pub(super) const NO_SESSION: [Result<(), Refusal>; 2] =
    [Err(Refusal::SessionClosed), Err(Refusal::SessionRequired)];

pub(super) fn authorized(
    town: &Town<'_>,
    actor: Actor,
    request: SignRequest,
) -> Result<Authorized<Signing>, Refusal> {
    let authorized = town.policy.authorize_signing(actor, request);
    authorized.map_err(|refused| refused.refusal)
}

pub(super) async fn record(town: &Town<'_>, signing: Authorized<Signing>) -> Result<(), Refusal> {
    let draft = draft::intent(&signing);
    match town.world.journal().record_intent(signing, draft).await {
        Ok(_) => Ok(()),
        Err(IntentError::Refused(refusal, _)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

pub(super) async fn sign(
    town: &Town<'_>,
    actor: Actor,
    request: SignRequest,
) -> Result<(), Refusal> {
    record(town, authorized(town, actor, request)?).await
}
