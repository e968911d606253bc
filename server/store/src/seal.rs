//! Seals: an HMAC over what a row grants, so that a row written behind the server's back grants
//! nothing.
//!
//! Each table has a key of its own, derived from one root key that the HSM seals, so a row cannot
//! pass in another table. The seal covers the row's id, its granting columns and the sequence of
//! the audit entry that made it; an older row that is put back names an entry that is no longer
//! the latest for its object.

use aws_lc_rs::hmac;
use secrecy::{ExposeSecret, SecretBox};
use zeroize::Zeroizing;

/// The length of a seal: HMAC-SHA-256, untruncated.
pub const SEAL_LEN: usize = 32;

/// The table that a row belongs to; one key each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Domain {
    /// Agencies: who is above whom decides how far a role reaches.
    Agency,
    /// Requests for approval.
    Approval,
    /// What blocks of the log hold.
    AuditBlock,
    /// In which blocks of a stretch what can be found is.
    AuditStretch,
    /// Records of authority.
    Authority,
    /// Where systems are called back.
    Callback,
    /// OAuth clients.
    Client,
    /// What clients were granted.
    ClientGrant,
    /// Keys of clients.
    ClientKey,
    /// Consumed hash occurrences.
    Consumption,
    /// Credentials, with `CKA_ID` and certificate.
    Credential,
    /// Enrolment codes.
    EnrolmentCode,
    /// Passwords.
    Password,
    /// Changes that wait for a second person.
    Pending,
    /// People.
    Person,
    /// What signatures show.
    Picture,
    /// Uses of a grant that were given back.
    Release,
    /// Roles.
    Role,
    /// Signature activation data.
    Sad,
    /// Stamping sessions.
    StampingSession,
    /// Token families and their refresh tokens.
    TokenFamily,
    /// One-time-password secrets.
    Totp,
}

impl Domain {
    const ALL: [Self; 22] = [
        Self::Agency,
        Self::Approval,
        Self::AuditBlock,
        Self::AuditStretch,
        Self::Authority,
        Self::Callback,
        Self::Client,
        Self::ClientGrant,
        Self::ClientKey,
        Self::Consumption,
        Self::Credential,
        Self::EnrolmentCode,
        Self::Password,
        Self::Pending,
        Self::Person,
        Self::Picture,
        Self::Release,
        Self::Role,
        Self::Sad,
        Self::StampingSession,
        Self::TokenFamily,
        Self::Totp,
    ];

    /// The name that the key is derived under and that alarms show; never to be changed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agency => "agency",
            Self::Approval => "approval",
            Self::AuditBlock => "audit_block",
            Self::AuditStretch => "audit_stretch",
            Self::Authority => "authority",
            Self::Callback => "callback",
            Self::Client => "client",
            Self::ClientGrant => "client_grant",
            Self::ClientKey => "client_key",
            Self::Consumption => "consumption",
            Self::Credential => "credential",
            Self::EnrolmentCode => "enrolment_code",
            Self::Password => "password",
            Self::Pending => "pending",
            Self::Person => "person",
            Self::Picture => "picture",
            Self::Release => "release",
            Self::Role => "role",
            Self::Sad => "sad",
            Self::StampingSession => "stamping_session",
            Self::TokenFamily => "token_family",
            Self::Totp => "totp",
        }
    }
}

/// One column of a row; its type and length are part of what is sealed.
#[derive(Clone, Copy)]
pub enum Field<'a> {
    /// NULL.
    Absent,
    /// Bytes: an id, a hash, a blob.
    Bytes(&'a [u8]),
    /// A flag.
    Flag(bool),
    /// A number, a time in microseconds, a sequence.
    Int(i64),
    /// Text, UTF-8.
    Text(&'a str),
}

impl std::fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Field(…)") // a field may hold a hash or a sealed secret
    }
}

impl<'a> Field<'a> {
    /// Bytes that may be NULL.
    pub fn bytes(value: Option<&'a [u8]>) -> Self {
        value.map_or(Self::Absent, Self::Bytes)
    }

    /// A number that may be NULL.
    pub fn int(value: Option<i64>) -> Self {
        value.map_or(Self::Absent, Self::Int)
    }

    /// Text that may be NULL.
    pub fn text(value: Option<&'a str>) -> Self {
        value.map_or(Self::Absent, Self::Text)
    }

    /// Tag, length, value: no two lists of fields have the same encoding.
    fn feed(self, mac: &mut hmac::Context) {
        let (tag, int): (u8, [u8; 8]);
        let value: &[u8] = match self {
            Self::Absent => {
                tag = 0;
                &[]
            }
            Self::Bytes(bytes) => {
                tag = 1;
                bytes
            }
            Self::Flag(flag) => {
                tag = 2;
                if flag { &[1] } else { &[0] }
            }
            Self::Int(number) => {
                tag = 3;
                int = number.to_be_bytes();
                &int
            }
            Self::Text(text) => {
                tag = 4;
                text.as_bytes()
            }
        };
        mac.update(&[tag]);
        mac.update(&u64::try_from(value.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(value);
    }
}

/// Makes and checks seals.
pub struct Sealer {
    keys: [hmac::Key; Domain::ALL.len()],
    sad: hmac::Key,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// A sealer whose keys derive from `root`: HMAC-SHA-256(root, `kyso/row-seal/v1/` domain).
    pub fn new(root: &SecretBox<[u8; 32]>) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, root.expose_secret());
        let derived = |label: &str| {
            hmac::Key::new(
                hmac::HMAC_SHA256,
                hmac::sign(&root, label.as_bytes()).as_ref(),
            )
        };
        Self {
            keys: Domain::ALL.map(|domain| derived(&format!("kyso/row-seal/v1/{}", domain.name()))),
            sad: derived("kyso/awaited-sad/v1"),
        }
    }

    /// 256 bits that only the servers of this log can tell, for what has this name.
    pub fn awaited_sad(&self, name: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut secret = Zeroizing::new([0; 32]);
        secret.copy_from_slice(hmac::sign(&self.sad, name).as_ref());
        secret
    }

    /// The seal of a row of this table with these fields.
    pub fn seal(&self, domain: Domain, fields: &[Field<'_>]) -> [u8; SEAL_LEN] {
        let mut seal = [0; SEAL_LEN];
        let tag = self.tag(domain, fields);
        seal.copy_from_slice(tag.as_ref());
        seal
    }

    /// Whether `seal` is the seal of these fields; compared in constant time.
    #[must_use]
    pub fn verify(&self, domain: Domain, fields: &[Field<'_>], seal: &[u8]) -> bool {
        use subtle::ConstantTimeEq as _;
        self.tag(domain, fields).as_ref().ct_eq(seal).into()
    }

    fn tag(&self, domain: Domain, fields: &[Field<'_>]) -> hmac::Tag {
        let mut mac = hmac::Context::with_key(self.key(domain));
        for field in fields {
            field.feed(&mut mac);
        }
        mac.sign()
    }

    fn key(&self, domain: Domain) -> &hmac::Key {
        let [
            agency,
            approval,
            audit_block,
            audit_stretch,
            authority,
            callback,
            client,
            client_grant,
            client_key,
            consumption,
            credential,
            enrolment_code,
            password,
            pending,
            person,
            picture,
            release,
            role,
            sad,
            stamping_session,
            token_family,
            totp,
        ] = &self.keys;
        match domain {
            Domain::Agency => agency,
            Domain::Approval => approval,
            Domain::AuditBlock => audit_block,
            Domain::AuditStretch => audit_stretch,
            Domain::Authority => authority,
            Domain::Callback => callback,
            Domain::Client => client,
            Domain::ClientGrant => client_grant,
            Domain::ClientKey => client_key,
            Domain::Consumption => consumption,
            Domain::Credential => credential,
            Domain::EnrolmentCode => enrolment_code,
            Domain::Password => password,
            Domain::Pending => pending,
            Domain::Person => person,
            Domain::Picture => picture,
            Domain::Release => release,
            Domain::Role => role,
            Domain::Sad => sad,
            Domain::StampingSession => stamping_session,
            Domain::TokenFamily => token_family,
            Domain::Totp => totp,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(&SecretBox::new(Box::new([byte; 32])))
    }

    #[test]
    fn a_seal_holds_for_its_own_fields_only() {
        let fields = [Field::Bytes(b"id"), Field::Int(7), Field::Text("active")];
        let seal = sealer(1).seal(Domain::Credential, &fields);
        assert!(sealer(1).verify(Domain::Credential, &fields, &seal));
        assert!(
            !sealer(2).verify(Domain::Credential, &fields, &seal),
            "another root key"
        );
        assert!(
            !sealer(1).verify(Domain::Role, &fields, &seal),
            "another table"
        );
        assert!(
            !sealer(1).verify(Domain::Credential, &fields[..2], &seal),
            "a field less"
        );
        assert!(
            !sealer(1).verify(Domain::Credential, &fields, &seal[..31]),
            "cut short"
        );
        assert!(
            !sealer(1).verify(Domain::Credential, &fields, &[]),
            "none at all"
        );
    }

    #[test]
    fn no_two_field_lists_share_an_encoding() {
        let lists: [&[Field<'_>]; 11] = [
            &[],
            &[Field::Absent],
            &[Field::Absent, Field::Absent],
            &[Field::Bytes(b"")],
            &[Field::Text("")],
            &[Field::Text("ab"), Field::Text("c")],
            &[Field::Text("a"), Field::Text("bc")],
            &[Field::Bytes(b"a"), Field::Bytes(b"bc")],
            &[Field::Flag(true)],
            &[Field::Bytes(&[1])],
            &[Field::Int(1)],
        ];
        let seals: HashSet<_> = lists
            .iter()
            .map(|list| sealer(1).seal(Domain::Person, list))
            .collect();
        assert_eq!(seals.len(), lists.len());
    }

    #[test]
    fn an_awaited_sad_is_the_logs_own() {
        let sad = sealer(1).awaited_sad(b"id");
        assert_eq!(sad, sealer(1).awaited_sad(b"id"));
        assert_ne!(sad, sealer(1).awaited_sad(b"another id"));
        assert_ne!(sad, sealer(2).awaited_sad(b"id"), "another root key");
    }

    #[test]
    fn every_table_has_its_own_key() {
        let seals: HashSet<_> = Domain::ALL.map(|domain| sealer(1).seal(domain, &[])).into();
        assert_eq!(seals.len(), Domain::ALL.len());
    }
}
