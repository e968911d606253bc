//! Every change of state, as data.
//!
//! A change is authorized by [`Policy`](crate::policy::Policy), applied by the journal in one
//! transaction with its entries, and by nothing else. Ids are chosen by whoever builds the change.

use std::fmt;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::custody::KeyRef;
use crate::id::{
    AgencyId, ApprovalId, AuthorityId, ClientGrantId, ClientId, ClientKeyId, CredentialId,
    PendingChangeId, PersonId, RequestId, RoleGrantId, StampingSessionId, TokenFamilyId,
};
use crate::model::{
    Agency, AgencyCode, Approval, AuthorityRecord, Callback, Certificate, Client, ClientGrant,
    ClientKey, CodeFormat, CredentialKind, Decision, Owner, Person, Picture, RoleGrant, Sad,
    SadHash, Shown, StampingSession,
};

/// A one-time password that was right: its step must be greater than the last one accepted,
/// which is checked in the transaction of the change that it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TotpUse {
    /// Whose.
    pub person: PersonId,
    /// RFC 6238 time step.
    pub step: i64,
}

/// A key was made; there is no certificate yet.
#[derive(Debug, Clone)]
pub struct CredentialRequest {
    /// Its id.
    pub id: CredentialId,
    /// Personal or seal.
    pub kind: CredentialKind,
    /// Whose.
    pub owner: Owner,
    /// The key in the token.
    pub key: KeyRef,
    /// The PKCS#10 request, DER, signed by the key itself.
    pub request: Vec<u8>,
    /// CSC's `multisign`.
    pub multisign: u32,
    /// Seconds that an authorization lives.
    pub sad_seconds: u32,
    /// Whether `extendTransaction` may name further hashes.
    pub extensible: bool,
    /// Whether it is a seal for digests, and not for documents that go out.
    pub by_digest: bool,
}

/// First enrolment, or again after a reset: the subject chose a password and proved the first code.
pub struct Enrolment {
    /// Who.
    pub person: PersonId,
    /// SHA-256 of the one-time code that let them; used up by this.
    pub code: [u8; 32],
    /// Argon2id hash, PHC form.
    pub password: SecretString,
    /// TOTP secret, sealed by the HSM with `version` in its AAD.
    pub totp: Vec<u8>,
    /// Row version named in the AAD.
    pub version: i64,
    /// Step of the first code: it counts as used.
    pub step: i64,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Enrolment({:?})", self.person)
    }
}

/// A change that one person may make alone, or a proposal that another must approve.
///
/// Variants that need two people say so; [`Change::Propose`] carries them.
#[derive(Debug)]
#[non_exhaustive]
pub enum Change {
    /// Adds an agency.
    RegisterAgency(Agency),
    /// Adds a code to an agency.
    AddAgencyCode(AgencyId, AgencyCode),
    /// Ends one code of an agency, now; whoever has it in an old document knows whose it was.
    EndAgencyCode(AgencyId, CodeFormat, String),
    /// Ends an agency at a time.
    EndAgency(AgencyId, Timestamp),
    /// Gives an agency another name from a time on.
    RenameAgency(AgencyId, String, Timestamp),
    /// Adds a person.
    RegisterPerson(Person),
    /// Ends a person's service; their roles and credentials go with it.
    EndPerson(PersonId),
    /// Lets a person without factors enrol themself, once, with a code.
    IssueEnrolmentCode {
        /// Who.
        person: PersonId,
        /// SHA-256 of the code.
        code: [u8; 32],
        /// Void from this time on.
        expires_at: Timestamp,
    },
    /// Enrols a person's factors. Credentials that a reset locked become unlocked by this alone
    /// only if they were active before.
    EnrolFactors(Enrolment),
    /// Sets a new password; the person proved the old one and an OTP.
    ChangePassword(PersonId, SecretString, TotpUse),
    /// Something that needs a second person, proposed with a one-time password not older than
    /// five minutes: the one given here, or the log-in's.
    Propose(Proposal),
    /// Approves a pending change, with a one-time password of the same age, and applies it.
    Approve(PendingChangeId, Option<TotpUse>),
    /// Rejects a pending change; the text is the reason.
    Reject(PendingChangeId, String),
    /// Takes a role away; one person may.
    RevokeRole(RoleGrantId),
    /// Adds a system, without key or grant.
    RegisterClient(Client),
    /// Withdraws a client's key.
    RevokeClientKey(ClientKeyId),
    /// Withdraws a client's grant.
    RevokeClientGrant(ClientGrantId),
    /// Refuses a client from now on.
    DisableClient(ClientId),
    /// Says where a system is called back, with a secret that signs the calls; replaces what was said before.
    SetCallback(Callback),
    /// Ends that.
    RemoveCallback(ClientId),
    /// Records a new key and its request.
    RequestCredential(CredentialRequest),
    /// Attaches the certificate that was issued for the key.
    CertifyCredential(CredentialId, Certificate),
    /// Records the hand-over (bàn giao) to its owner, on the basis of a document.
    HandOverCredential(CredentialId, String),
    /// Locks at once; the text is the reason.
    LockCredential(CredentialId, String),
    /// Its owner says that this call's signature is not theirs: locks it at once; the text is the
    /// reason, if they gave one.
    DisputeSignature(CredentialId, RequestId, Option<String>),
    /// Ends it for good; the text is the reason.
    RevokeCredential(CredentialId, String),
    /// Its certificate has ended.
    ExpireCredential(CredentialId),
    /// Ends a record of authority.
    EndAuthority(AuthorityId),
    /// Takes away the picture that somebody's signatures show; one person may.
    RemovePicture(Owner),
    /// Opens a stamping session, with the clerk's one-time password.
    OpenStampingSession(StampingSession, TotpUse),
    /// Closes one at once.
    CloseStampingSession(StampingSessionId),
    /// Authorizes signatures; a person's carries the one-time password.
    AuthorizeSad(Sad, Option<TotpUse>),
    /// Ends a SAD and begins another that names further hashes (CSC `extendTransaction`).
    ExtendSad(SadHash, Sad),
    /// A person logged in; `totp` if a one-time password came too.
    LogIn(TokenFamilyId, PersonId, Option<TotpUse>),
    /// A token was given out: its family, its `jti` and its end.
    IssueToken(TokenIssue),
    /// Revokes one access token until it would have ended anyway.
    RevokeToken([u8; 16], Timestamp),
    /// Revokes a refresh token and all access tokens of its family.
    RevokeFamily(TokenFamilyId),
    /// A system puts documents before a signer.
    SubmitApproval(Approval),
    /// The signer was shown these requests; the time in which they may be approved begins.
    OpenApprovals(Vec<ApprovalId>),
    /// The signer approves what was shown, all by one one-time password.
    GiveApprovals(Vec<Given>, TotpUse),
    /// Ends a request without approving it, or says what came of an approval.
    DecideApproval(ApprovalId, Decision),
    /// Several changes in one transaction: an import.
    Batch(Vec<Change>),
}

/// One request that its signer approves.
#[derive(Debug, Clone)]
pub struct Given {
    /// The request as it was read when the one-time password came; the journal reads it again.
    pub approval: Approval,
    /// What the page showed of it, as the page says.
    pub shown: Shown,
    /// What lets exactly this be signed.
    pub sad: Sad,
}

/// An access token, and perhaps a refresh token, about to be given out.
#[derive(Debug, Clone)]
pub struct TokenIssue {
    /// The family both belong to.
    pub family: TokenFamilyId,
    /// The access token's `jti`.
    pub jti: [u8; 16],
    /// For which client.
    pub client: Option<ClientId>,
    /// `jti` of the client assertion (RFC 7523) and its end: accepted once.
    pub assertion: Option<([u8; 32], Timestamp)>,
    /// The refresh token's hash and end, and the hash of the one it replaces.
    pub refresh: Option<RefreshIssue>,
}

/// A refresh token: rotated at each use; presenting an old one ends the family.
#[derive(Debug, Clone)]
pub struct RefreshIssue {
    /// SHA-256 of its value.
    pub hash: [u8; 32],
    /// SHA-256 of the one that was used to get it.
    pub replaces: Option<[u8; 32]>,
    /// Whom it stands for, if a person.
    pub person: Option<PersonId>,
    /// Void from this time on.
    pub expires_at: Timestamp,
}

/// A change that grants power and waits for a second person.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// Its id.
    pub id: PendingChangeId,
    /// What would be done.
    pub change: PowerChange,
    /// The proposer's one-time password, unless the log-in's is fresh enough.
    pub totp: Option<TotpUse>,
    /// Void from this time on.
    pub expires_at: Timestamp,
}

/// An enrolment code in two halves: one for who proposed it, one for who approved it.
///
/// Whoever holds the whole code can enrol in the person's place, so neither of the two does; the
/// person gets a half from each.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitCode {
    /// Who may enrol.
    pub person: PersonId,
    /// SHA-256 of the whole code.
    pub code: [u8; 32],
    /// The approver's half, sealed by the HSM.
    pub approver_half: Vec<u8>,
    /// Seconds that the code lives from its approval on.
    pub seconds: u32,
}

impl fmt::Debug for SplitCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SplitCode({:?})", self.person)
    }
}

/// What makes a person forgotten: the law's period since they and their certificates ended, or a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// Who.
    pub person: PersonId,
    /// The person and each of their certificates must have ended before this.
    pub ended_before: Timestamp,
    /// On what ground it is done before the usual time, if it is; it must not name the person.
    pub reason: Option<String>,
}

/// The changes that grant power, or take back what cannot be given again: always proposed by one person and approved by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PowerChange {
    /// First activation of a credential that was handed over.
    ActivateCredential(CredentialId),
    /// Gives a client a key.
    AddClientKey(ClientKey),
    /// Erases what tells who a person was who has ended; every entry and every proof stays.
    ErasePerson(Erasure),
    /// Grants a client an agency or a credential.
    GrantClient(ClientGrant),
    /// Gives a person a role.
    GrantRole(RoleGrant),
    /// Lets a person who holds power enrol anew, with a code of which each of the two gets half.
    IssueEnrolmentCode(SplitCode),
    /// Puts an agency under another one, or under none, from a time on, at once if that has passed when it is approved:
    /// whoever manages that one manages it from then on. What was proposed before moves had a time names none.
    MoveAgency(
        AgencyId,
        Option<AgencyId>,
        #[serde(default)] Option<Timestamp>,
    ),
    /// Records that a person may sign for an agency.
    RecordAuthority(AuthorityRecord),
    /// Takes a security officer's role away: one person alone must not blind the watcher.
    RevokeRole(RoleGrantId),
    /// Several at once, under one proposal and one approval: a wave of hand-overs.
    Several(Vec<PowerChange>),
    /// Removes a person's factors and locks their credentials until they enrol again.
    ResetFactors(PersonId),
    /// Puts in force what the signatures of a person, or the seals of an agency, show.
    SetPicture(Picture),
    /// Unlocks a locked credential.
    UnlockCredential(CredentialId),
}

impl PowerChange {
    /// Name in tables, entries and the API.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ActivateCredential(_) => "activate_credential",
            Self::AddClientKey(_) => "add_client_key",
            Self::ErasePerson(_) => "erase_person",
            Self::GrantClient(_) => "grant_client",
            Self::GrantRole(_) => "grant_role",
            Self::IssueEnrolmentCode(_) => "issue_enrolment_code",
            Self::MoveAgency(..) => "move_agency",
            Self::RecordAuthority(_) => "record_authority",
            Self::ResetFactors(_) => "reset_factors",
            Self::RevokeRole(_) => "revoke_role",
            Self::SetPicture(_) => "set_picture",
            Self::Several(_) => "several",
            Self::UnlockCredential(_) => "unlock_credential",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A proposal outlives an upgrade.
    #[test]
    fn a_move_that_was_proposed_before_moves_had_a_time_is_read() {
        let id = AgencyId::random();
        for parent in [None, Some(AgencyId::random())] {
            let stored = serde_json::json!({"move_agency": [id, parent]});
            let read: PowerChange = serde_json::from_value(stored).unwrap();
            assert_eq!(read, PowerChange::MoveAgency(id, parent, None));
        }
        let at = Some(Timestamp::from_seconds(60));
        let planned = PowerChange::MoveAgency(id, None, at);
        let stored = serde_json::to_string(&planned).unwrap();
        assert_eq!(
            serde_json::from_str::<PowerChange>(&stored).unwrap(),
            planned
        );
    }
}
