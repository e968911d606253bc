//! Dated trust lists: which authorities are believed, from when until when, and who says so.
//!
//! A list is a folder with `trust.toml` and the certificates that it names. Real signatures often
//! carry the signer's certificate alone, so a list holds the authorities below the roots as well.
//! They are believed only as far as a path leads from them to a root of the list. Where that path is
//! signed with SHA-1, as one of the first generation may be, it leads nowhere; such an authority can be
//! listed as a root itself, since the list names its certificate by SHA-256.

use std::fmt;
use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

use crate::hash::HashAlgorithm;

/// What kind of authority it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Of the Government Cipher Committee, first generation (2010 to 2030).
    GovernmentG1,
    /// Of the Government Cipher Committee, second generation (2018 to 2048).
    GovernmentG2,
    /// Under the national root, for public services.
    Public,
    /// For time stamps alone.
    TimeStamps,
    /// Kyso's own for evaluation: without legal value, and believed only where that is asked for.
    Evaluation,
    /// Given by hand, without a list.
    Given,
}

impl Kind {
    /// The word of the list, in lower case with hyphens.
    pub const fn code(self) -> &'static str {
        match self {
            Self::GovernmentG1 => "government-g1",
            Self::GovernmentG2 => "government-g2",
            Self::Public => "public",
            Self::TimeStamps => "time-stamps",
            Self::Evaluation => "evaluation",
            Self::Given => "given",
        }
    }
}

/// Where an authority stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Believed as it is.
    Root,
    /// Believed if a path leads from it to a root.
    Intermediate,
}

/// One authority of a list.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Its certificate in DER.
    #[serde(with = "hex::serde")]
    pub certificate: Vec<u8>,
    /// What kind it is.
    pub kind: Kind,
    /// Where it stands.
    pub role: Role,
    /// From when it is believed.
    pub from: OffsetDateTime,
    /// Until when it is believed: signatures proven to be older stay good.
    pub until: OffsetDateTime,
    /// Who says so and where, for a reader of the list.
    pub source: String,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("kind", &self.kind)
            .field("role", &self.role)
            .field("from", &self.from)
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// Why a trust list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WrongList {
    /// A file cannot be read.
    #[error("{0}: {1}")]
    File(String, std::io::Error),
    /// `trust.toml` is not as it must be.
    #[error("trust.toml: {0}")]
    Form(#[from] toml::de::Error),
    /// A certificate that cannot be read, or several in one file.
    #[error("{0}: not one certificate in PEM or DER")]
    Certificate(String),
    /// Another certificate than the list means.
    #[error("{0}: the SHA-256 fingerprint is {1}")]
    Fingerprint(String, String),
    /// A date that is not one, or an end before the beginning.
    #[error("{0}: from and until are not dates in their order (RFC 3339)")]
    Dates(String),
    /// The name of a certificate leads out of the folder.
    #[error("{0}: not the name of a file in the folder of the list")]
    Name(String),
    /// There is no root in it, so nothing could be trusted.
    #[error("the list names no root")]
    NoRoot,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    authority: Vec<WrittenAuthority>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenAuthority {
    certificate: String,
    sha256: String,
    kind: Kind,
    role: Role,
    from: String,
    until: String,
    source: String,
}

/// The last moment that has four digits.
const LAST: OffsetDateTime = datetime!(9999-12-31 23:59:59 UTC);

/// Authorities that are believed, each for its time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustList {
    authorities: Vec<Authority>,
    evaluation: bool,
}

impl TrustList {
    /// Those authorities.
    pub const fn new(authorities: Vec<Authority>) -> Self {
        Self {
            authorities,
            evaluation: false,
        }
    }

    /// Certificates in DER that are believed as they are, whenever they are valid.
    pub fn given(certificates: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self::roots(Kind::Given, certificates)
    }

    /// Roots of one kind, in DER, that are believed whenever they are valid.
    pub fn roots(kind: Kind, certificates: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let authority = |certificate| Authority {
            certificate,
            kind,
            role: Role::Root,
            from: OffsetDateTime::UNIX_EPOCH,
            until: LAST,
            source: String::new(),
        };
        Self::new(certificates.into_iter().map(authority).collect())
    }

    /// Reads a folder with `trust.toml` and the certificates that it names.
    ///
    /// # Errors
    ///
    /// [`WrongList`]; a list of which one line is wrong is not used at all.
    pub fn read(folder: &Path) -> Result<Self, WrongList> {
        let text = file(folder, "trust.toml")?;
        let text = String::from_utf8_lossy(&text);
        let written: Written = toml::from_str(&text)?;
        let authorities: Result<Vec<_>, _> = written
            .authority
            .into_iter()
            .map(|one| one.read(folder))
            .collect();
        let authorities = authorities?;
        if authorities.iter().any(|one| one.role == Role::Root) {
            Ok(Self::new(authorities))
        } else {
            Err(WrongList::NoRoot)
        }
    }

    /// With Kyso's evaluation authorities believed as well.
    #[must_use]
    pub fn with_evaluation(mut self, wanted: bool) -> Self {
        self.evaluation = wanted;
        self
    }

    /// Both lists as one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.authorities.extend(other.authorities);
        self.evaluation |= other.evaluation;
        self
    }

    /// All authorities, whether believed now or not.
    pub fn authorities(&self) -> &[Authority] {
        &self.authorities
    }

    /// Those of a role that are believed at a time.
    pub(super) fn at(&self, role: Role, at: OffsetDateTime) -> impl Iterator<Item = &Authority> {
        let wanted = move |one: &&Authority| {
            one.role == role
                && (one.from..=one.until).contains(&at)
                && (self.evaluation || one.kind != Kind::Evaluation)
        };
        self.authorities.iter().filter(wanted)
    }
}

impl WrittenAuthority {
    fn read(self, folder: &Path) -> Result<Authority, WrongList> {
        let name = self.certificate;
        if name.contains(['/', '\\']) || name.starts_with('.') {
            return Err(WrongList::Name(name));
        }
        let bytes = file(folder, &name)?;
        let certificate = certificate(bytes).ok_or_else(|| WrongList::Certificate(name.clone()))?;
        let found = fingerprint(&certificate);
        if !found.eq_ignore_ascii_case(&self.sha256) {
            return Err(WrongList::Fingerprint(name, found));
        }
        let date = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
        let dates = date(&self.from).zip(date(&self.until));
        let dates = dates.filter(|(from, until)| from <= until);
        let (from, until) = dates.ok_or(WrongList::Dates(name))?;
        Ok(Authority {
            certificate,
            kind: self.kind,
            role: self.role,
            from,
            until,
            source: self.source,
        })
    }
}

fn file(folder: &Path, name: &str) -> Result<Vec<u8>, WrongList> {
    std::fs::read(folder.join(name)).map_err(|error| WrongList::File(name.to_owned(), error))
}

/// One certificate, in DER or in PEM.
fn certificate(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let der = if bytes.first() == Some(&0x30) {
        bytes
    } else {
        let mut all = CertificateDer::pem_slice_iter(&bytes);
        let (first, None) = (all.next()?.ok()?, all.next()) else {
            return None;
        };
        first.to_vec()
    };
    webpki::anchor_from_trusted_cert(&CertificateDer::from(der.as_slice())).ok()?;
    Some(der)
}

/// SHA-256 in hexadecimal.
pub(super) fn fingerprint(certificate: &[u8]) -> String {
    let digest = HashAlgorithm::Sha256.digest(certificate);
    digest.iter().fold(String::new(), |mut text, byte| {
        use fmt::Write as _;
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02X}");
        text
    })
}
