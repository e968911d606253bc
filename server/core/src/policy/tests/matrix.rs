//! The permission matrix, against its golden copy: a change to it is a change to that file too.

use super::town::{Town, at, person_actor, totp};
use crate::change::*;
use crate::custody::KeyRef;
use crate::id::*;
use crate::model::*;
use crate::*;

const GOLDEN: &str = include_str!("permissions.txt");

/// A sample of every change, as `by` would make it.
fn samples(town: &Town, by: PersonId) -> Vec<Change> {
    let mut all = directory(town);
    all.extend(keys(town));
    all.extend(own(town, by));
    all
}

fn directory(town: &Town) -> Vec<Change> {
    let agency = town.snapshot.agencies[&town.agency].clone();
    let person = town.snapshot.people.by_id[&town.outsider].clone();
    let code = AgencyCode {
        format: CodeFormat::Modern,
        code: "H27".to_owned(),
        valid_from: at(0),
        valid_until: None,
    };
    let expires_at = at(60);
    vec![
        Change::RegisterAgency(agency),
        Change::AddAgencyCode(town.agency, code),
        Change::EndAgencyCode(town.agency, CodeFormat::Modern, "H27".to_owned()),
        Change::EndAgency(commune(town), at(0)),
        Change::RenameAgency(commune(town), "B".to_owned(), at(0)),
        Change::RegisterPerson(person),
        Change::EndPerson(town.outsider),
        Change::IssueEnrolmentCode {
            person: town.outsider,
            code: [0; 32],
            expires_at,
        },
        Change::RevokeRole(town.role_of_signer),
        Change::EndAuthority(town.authority),
        Change::RemovePicture(Owner::Agency(town.agency)),
        Change::Batch(Vec::new()),
    ]
}

/// The town with an agency that can end without its managers.
fn town_with_commune() -> Town {
    let mut town = Town::new();
    let mut commune = town.snapshot.agencies[&town.agency].clone();
    (commune.parent, commune.id) = (Dated::new(Some(town.agency)), AgencyId::random());
    let agencies = std::sync::Arc::make_mut(&mut town.snapshot.agencies);
    agencies.insert(commune.id, commune);
    town
}

fn commune(town: &Town) -> AgencyId {
    let mut agencies = town.snapshot.agencies.keys();
    *agencies.find(|id| **id != town.agency).unwrap()
}

fn keys(town: &Town) -> Vec<Change> {
    let client = town.snapshot.clients.by_id[&town.client].clone();
    let spki = std::sync::Arc::from([1_u8].as_slice());
    let request = CredentialRequest {
        id: CredentialId::random(),
        kind: CredentialKind::Seal,
        owner: Owner::Agency(town.agency),
        key: KeyRef {
            cka_id: [1; 16],
            algorithm: KeyAlgorithm::P256,
            spki,
        },
        request: Vec::new(),
        multisign: 1,
        sad_seconds: 1,
        extensible: false,
        by_digest: false,
    };
    let certificate = town.snapshot.credentials[&town.seal]
        .certificate
        .as_deref()
        .cloned();
    let callback = Callback {
        client: town.client,
        origin: String::new(),
        secret: Vec::new(),
    };
    let (seal, text) = (town.seal, String::new);
    vec![
        Change::RegisterClient(client),
        Change::RevokeClientKey(ClientKeyId::random()),
        Change::RevokeClientGrant(ClientGrantId::random()),
        Change::DisableClient(town.client),
        Change::SetCallback(callback),
        Change::RemoveCallback(town.client),
        Change::RequestCredential(request),
        Change::CertifyCredential(seal, certificate.unwrap()),
        Change::HandOverCredential(seal, text()),
        Change::LockCredential(seal, text()),
        Change::RevokeCredential(seal, text()),
        Change::ExpireCredential(seal),
        Change::CloseStampingSession(town.session),
    ]
}

fn own(town: &Town, by: PersonId) -> Vec<Change> {
    let session = StampingSession {
        opened_by: by,
        ..town.session_value()
    };
    let enrolment = Enrolment {
        person: by,
        code: [0; 32],
        password: String::new().into(),
        totp: Vec::new(),
        version: 1,
        step: 1,
    };
    let proposal = Proposal {
        id: PendingChangeId::random(),
        change: PowerChange::ResetFactors(town.outsider),
        totp: Some(totp(by)),
        expires_at: at(60),
    };
    let token = TokenIssue {
        family: TokenFamilyId::random(),
        jti: [0; 16],
        client: None,
        assertion: None,
        refresh: None,
    };
    vec![
        Change::EnrolFactors(enrolment),
        Change::ChangePassword(by, String::new().into(), totp(by)),
        Change::LogIn(TokenFamilyId::random(), by, None),
        Change::Propose(proposal),
        Change::Approve(town.pending, Some(totp(by))),
        Change::Reject(town.pending, String::new()),
        Change::DisputeSignature(town.personal, RequestId::random(), None),
        Change::OpenStampingSession(session, totp(by)),
        Change::AuthorizeSad(
            Sad {
                person: Some(by),
                ..town.sad()
            },
            Some(totp(by)),
        ),
        Change::ExtendSad(SadHash::of("x"), town.sad()),
        Change::IssueToken(token),
        Change::RevokeToken([0; 16], at(60)),
        Change::RevokeFamily(TokenFamilyId::random()),
        Change::SubmitApproval(asked(town, town.by_role[&Role::Signer])),
        Change::OpenApprovals(vec![ApprovalId::random()]),
        Change::GiveApprovals(vec![given(town, by)], totp(by)),
        Change::DecideApproval(
            ApprovalId::random(),
            Decision::Refuse(String::new(), totp(by)),
        ),
        Change::DecideApproval(ApprovalId::random(), Decision::Withdraw),
        Change::DecideApproval(ApprovalId::random(), Decision::Expire),
    ]
}

/// A request that was just shown to `by`, who is the one asked.
fn asked(town: &Town, by: PersonId) -> Approval {
    let digest = Digest::new(HashAlgorithm::Sha256, &[1; 32]).unwrap();
    let facts = super::town::document("KY_DUYET");
    Approval {
        id: ApprovalId::random(),
        client: town.client,
        person: by,
        credential: town.sad().credential,
        way: ApprovalWay::Sign,
        scheme: None,
        documents: vec![ApprovalDocument {
            digest,
            facts,
            file: None,
        }],
        urgency: Urgency::Usual,
        key: (String::new(), [0; 32]),
        callback: None,
        files_key: None,
        submitted_at: at(0),
        due_at: None,
        open_until: at(3600),
        state: ApprovalState::Opened,
        state_at: at(0),
        reason: None,
        made_by: None,
    }
}

pub(super) fn given(town: &Town, by: PersonId) -> Given {
    let approval = asked(town, by);
    let sad = Sad {
        client: None,
        person: Some(by),
        binding: SadBinding::Hashes(approval.digests().into()),
        documents: crate::request::documents_hash(&approval.facts()),
        ..town.sad()
    };
    Given {
        shown: approval.shown(),
        approval,
        sad,
    }
}

/// Without a catch-all: a new change does not compile until it has a row here and in the file.
const fn name(change: &Change) -> &'static str {
    match change {
        Change::RegisterAgency(_) => "register agency",
        Change::AddAgencyCode(..) => "add agency code",
        Change::EndAgencyCode(..) => "end agency code",
        Change::EndAgency(..) => "end agency",
        Change::RenameAgency(..) => "rename agency",
        Change::RegisterPerson(_) => "register person",
        Change::EndPerson(_) => "end person",
        Change::IssueEnrolmentCode { .. } => "issue enrolment code",
        Change::EnrolFactors(_) => "enrol factors",
        Change::ChangePassword(..) => "change password",
        Change::Propose(_) => "propose",
        Change::Approve(..) => "approve",
        Change::Reject(..) => "reject",
        Change::RevokeRole(_) => "revoke role",
        Change::RegisterClient(_) => "register client",
        Change::RevokeClientKey(_) => "revoke client key",
        Change::RevokeClientGrant(_) => "revoke client grant",
        Change::DisableClient(_) => "disable client",
        Change::SetCallback(_) => "set callback",
        Change::RemoveCallback(_) => "remove callback",
        Change::RequestCredential(_) => "request credential",
        Change::CertifyCredential(..) => "certify credential",
        Change::HandOverCredential(..) => "hand over credential",
        Change::LockCredential(..) => "lock credential",
        Change::DisputeSignature(..) => "dispute signature",
        Change::RevokeCredential(..) => "revoke credential",
        Change::ExpireCredential(_) => "expire credential",
        Change::EndAuthority(_) => "end authority",
        Change::RemovePicture(_) => "remove picture",
        Change::OpenStampingSession(..) => "open stamping session",
        Change::CloseStampingSession(_) => "close stamping session",
        Change::SubmitApproval(_) => "submit approval",
        Change::OpenApprovals(_) => "open approvals",
        Change::GiveApprovals(..) => "give approvals",
        Change::DecideApproval(_, Decision::Withdraw) => "withdraw approval",
        Change::DecideApproval(_, Decision::Refuse(..) | Decision::Return(..)) => "refuse approval",
        Change::DecideApproval(..) => "end approval",
        Change::AuthorizeSad(..) => "authorize sad",
        Change::ExtendSad(..) => "extend sad",
        Change::LogIn(..) => "log in by password",
        Change::IssueToken(_) => "issue token",
        Change::RevokeToken(..) => "revoke token",
        Change::RevokeFamily(_) => "revoke family",
        Change::Batch(_) => "import",
    }
}

/// Names of changes; `name` makes sure that whoever adds one comes by here.
const CHANGES: usize = 44;

fn row(town: &Town, index: usize) -> String {
    let policy = town.policy();
    let nobody = town.outsider;
    let mut cells = vec![name(&samples(town, nobody)[index]).to_owned()];
    let roles = Role::ALL.map(|role| town.by_role[&role]);
    for by in std::iter::once(nobody).chain(roles) {
        let change = samples(town, by).swap_remove(index);
        let end = policy.authorize_change(person_actor(by), change);
        cells.push(end.map_or_else(|refusal| refusal.code().to_owned(), |_| "yes".to_owned()));
    }
    for actor in [town.system(), Actor::system()] {
        let change = samples(town, nobody).swap_remove(index);
        let end = policy.authorize_change(actor, change);
        cells.push(end.map_or_else(|refusal| refusal.code().to_owned(), |_| "yes".to_owned()));
    }
    cells.join(" | ")
}

#[test]
fn the_matrix_is_the_golden_one() {
    let town = town_with_commune();
    let names: std::collections::BTreeSet<_> =
        samples(&town, town.outsider).iter().map(name).collect();
    assert_eq!(names.len(), CHANGES, "a change without a sample");
    let heading = ["nobody"]
        .into_iter()
        .chain(Role::ALL.map(Role::name))
        .chain(["system", "server"]);
    let heading = format!("change | {}", heading.collect::<Vec<_>>().join(" | "));
    let rows = (0..CHANGES).map(|index| row(&town, index));
    let matrix = std::iter::once(heading)
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        matrix.trim() == GOLDEN.trim(),
        "the matrix is now:\n{matrix}"
    );
}
