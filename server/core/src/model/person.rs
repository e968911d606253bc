//! People, what they may do, and how they prove who they are.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::id::{AgencyId, AuthorityId, PersonId, RoleGrantId};

/// A person whom a subscriber manager registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// Log-in name, unique, lower-case ASCII: usually the official mail address.
    pub login: String,
    /// Full name, family name first, NFC.
    pub name: String,
    /// The agency they serve.
    pub agency: AgencyId,
    /// Office held (chức vụ).
    pub position: String,
    /// Official mail address, for the certificate's subject.
    pub email: String,
    /// Whether this position must have a certificate, for the coverage report (S-10).
    pub position_required: bool,
    /// No longer in service from this time on.
    pub ended_at: Option<Timestamp>,
}

/// A person's factors, as far as they are enrolled; loaded from sealed rows only.
#[derive(Debug, Clone, Default)]
pub struct Factors {
    /// Argon2id hash in PHC form, and the sequence of the entry that set it: what was got with a
    /// password names it and ends with it.
    pub password: Option<(SecretString, i64)>,
    /// TOTP secret, sealed by the HSM, and the row version that its AAD names.
    pub totp: Option<(Vec<u8>, i64)>,
}

/// What a person may do. A security officer holds no other role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the machines; sees no document and no key.
    Operator,
    /// Opens stamping sessions for their agency (văn thư).
    RecordsClerk,
    /// Reads the audit log, locks; never unlocks, never signs.
    SecurityOfficer,
    /// Signs with their own credential.
    Signer,
    /// Registers people and agencies, has certificates issued (người quản lý thuê bao).
    SubscriberManager,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [
        Self::Operator,
        Self::RecordsClerk,
        Self::SecurityOfficer,
        Self::Signer,
        Self::SubscriberManager,
    ];

    /// Name in tables, entries and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::RecordsClerk => "records_clerk",
            Self::SecurityOfficer => "security_officer",
            Self::Signer => "signer",
            Self::SubscriberManager => "subscriber_manager",
        }
    }

    /// The role with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether a log-in needs the one-time password too; a signer's comes with each signature.
    pub const fn needs_totp_to_log_in(self) -> bool {
        !matches!(self, Self::Signer)
    }
}

/// A role that a person holds, for one agency and those under it, or for all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGrant {
    /// Its id.
    pub id: RoleGrantId,
    /// Who holds it.
    pub person: PersonId,
    /// Which role.
    pub role: Role,
    /// For this agency and those under it; `None` is the whole province.
    pub agency: Option<AgencyId>,
}

/// How somebody signs in another's place (Decree 30/2020 art. 13); always with their own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthorityKind {
    /// Người đứng đầu: the head, in their own right; documents print nothing before the position.
    Head,
    /// Ký thay: a deputy for the head.
    KT,
    /// Quyền: acting head.
    Q,
    /// Thừa lệnh: by order of the head.
    TL,
    /// Thay mặt: on behalf of the collective.
    TM,
    /// Thừa ủy quyền: under written, dated authority that cannot be passed on.
    TUQ,
}

impl AuthorityKind {
    /// Name in tables and the API, without the full stop that documents print.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Head => "HEAD",
            Self::KT => "KT",
            Self::Q => "Q",
            Self::TL => "TL",
            Self::TM => "TM",
            Self::TUQ => "TUQ",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Head, Self::KT, Self::Q, Self::TL, Self::TM, Self::TUQ]
            .into_iter()
            .find(|k| k.name() == name)
    }
}

/// A dated record of authority: who may sign for which agency, on what basis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityRecord {
    /// Its id.
    pub id: AuthorityId,
    /// Who may sign.
    pub person: PersonId,
    /// For which agency.
    pub agency: AgencyId,
    /// In what form.
    pub kind: AuthorityKind,
    /// The document that gives the authority.
    pub basis: String,
    /// From this time on.
    pub valid_from: Timestamp,
    /// Until this time.
    pub valid_until: Timestamp,
}
