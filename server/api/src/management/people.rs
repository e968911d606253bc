//! People, the roles they hold, and for whom they may sign.

use serde::{Deserialize, Serialize};

use super::{Id, Time};
use crate::Secret;
use crate::words::words;

words! {
    /// A role. A security officer holds no other.
    RoleName {
        /// Signs with a key of their own.
        Signer = "signer",
        /// Văn thư: opens stamping sessions.
        RecordsClerk = "records_clerk",
        /// Người quản lý thuê bao: people, agencies, credentials.
        SubscriberManager = "subscriber_manager",
        /// Reads and proves the audit log, locks; never signs.
        SecurityOfficer = "security_officer",
        /// Keeps the machine running.
        Operator = "operator",
    }

    /// In what capacity somebody signs for another (Decree 30/2020/NĐ-CP art. 13).
    AuthorityKind {
        /// Người đứng đầu: the head, in their own right.
        Head = "HEAD",
        /// Ký thay: a deputy for the head.
        Kt = "KT",
        /// Thừa lệnh: by order.
        Tl = "TL",
        /// Thừa uỷ quyền: by written delegation.
        Tuq = "TUQ",
        /// Thay mặt: for a collective.
        Tm = "TM",
        /// Quyền: acting head.
        Q = "Q",
    }
}

/// `POST persons`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// Login name.
    pub login: String,
    /// Name.
    pub name: String,
    /// Agency.
    pub agency: Id,
    /// Position (chức vụ).
    pub position: String,
    /// Official e-mail address.
    pub email: String,
    /// Whether the position must have a certificate; counted by the coverage report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position_required: Option<bool>,
}

/// One of `GET persons`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Person {
    /// Its id.
    pub id: Id,
    /// Login name.
    pub login: String,
    /// Name.
    pub name: String,
    /// Agency.
    pub agency: Id,
    /// Position.
    pub position: String,
    /// Official e-mail address.
    pub email: String,
    /// Whether the position must have a certificate.
    pub position_required: bool,
    /// Whether password and authenticator are set.
    pub enrolled: bool,
    /// Until when; absent while in office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Time>,
}

/// `POST roles`: makes a pending change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// Who.
    pub person: Id,
    /// Which.
    pub role: RoleName,
    /// Where; absent means everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id>,
    /// One-time password of the proposer; absent where the log-in's own is still fresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
}

/// One of `GET roles`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Role {
    /// Its id.
    pub id: Id,
    /// Who.
    pub person: Id,
    /// Which.
    pub role: RoleName,
    /// Where; absent means everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id>,
}

/// `POST authorities`: makes a pending change.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewAuthority {
    /// Who may sign.
    pub person: Id,
    /// For which agency.
    pub agency: Id,
    /// In what capacity.
    pub kind: AuthorityKind,
    /// The document that says so: number, symbol, date.
    pub basis: String,
    /// From when.
    pub from: Time,
    /// Until when; a delegation (TUQ.) must have an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Time>,
    /// One-time password of the proposer; absent where the log-in's own is still fresh.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otp: Option<Secret>,
}

/// One of `GET authorities`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Authority {
    /// Its id.
    pub id: Id,
    /// Who may sign.
    pub person: Id,
    /// For which agency.
    pub agency: Id,
    /// In what capacity.
    pub kind: AuthorityKind,
    /// The document that says so.
    pub basis: String,
    /// From when.
    pub from: Time,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Time>,
}
