//! On what ground an agency seals a document (Decree 30/2020/NĐ-CP, art. 14, 25 and 32).

use time::macros::offset;
use time::{Date, OffsetDateTime};

use crate::Timestamp;
use crate::id::{AuthorityId, CredentialId};
use crate::request::DocumentFacts;
use crate::series::Series;

/// What the server itself read in the document that a seal goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealGround {
    /// An appendix in a file of its own.
    Appendix(Appendix),
    /// A copy that the agency made (sao y, sao lục, trích sao), and what it is a copy of, as the system says.
    Copy(CopyKind, String, Composer),
    /// An outgoing document that a person signed, with number and date.
    Issue(Issue),
}

/// An appendix or an enclosed text (appendix I, part II): the agency signs it without an image, and names the document
/// that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appendix {
    /// The number of that document.
    pub number: u32,
    /// Its series.
    pub series: Series,
    /// Its year, in Việt Nam.
    pub year: i32,
    /// Who drew what the signature shows.
    pub composer: Composer,
}

/// Who drew what a signature shows: the server by its rules, or whoever sent the file prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Composer {
    /// The system that asked.
    Client,
    /// This server.
    Server,
}

impl Composer {
    /// The word in entries.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// What the signatures of one call show, as far as the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Who drew it.
    pub composer: Composer,
    /// SHA-256 of the picture that two people approved, where the server drew with one.
    pub picture: Option<[u8; 32]>,
}

/// The kinds of copies (art. 25 (1)-(3)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyKind {
    /// Trích sao: a part of it.
    Extract,
    /// Sao y: the whole, word for word.
    Full,
    /// Sao lục: a copy of a copy.
    Further,
}

impl CopyKind {
    /// The purpose that goes with it.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Extract => "TRICH_SAO",
            Self::Full => "SAO_Y",
            Self::Further => "SAO_LUC",
        }
    }
}

/// Purpose of an outgoing document (phát hành).
pub const ISSUE: &str = "PHAT_HANH";

/// Purpose of an appendix in a file of its own (phụ lục): a clerk opens a session for it apart, since nothing but its
/// number ties it to a document.
pub const APPENDIX: &str = "PHU_LUC";

/// The day in Việt Nam (UTC+7, no summer time), as documents date themselves; `None` beyond the calendar.
pub fn day(at: Timestamp) -> Option<Date> {
    let utc = OffsetDateTime::from_unix_timestamp(at.as_seconds()).ok()?;
    utc.checked_to_offset(offset!(+7)).map(OffsetDateTime::date)
}

/// An outgoing document, as it stood in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Who signed it for the agency.
    pub signer: IssueSigner,
    /// The number in its series.
    pub number: u32,
    /// The series that the number is of: the symbol, unless the system says otherwise.
    pub series: Series,
    /// The day on which it is issued.
    pub date: Date,
    /// SHA-256 of the file as the person signed it, so that one number stands for one document.
    pub revision: [u8; 32],
    /// SHA-256 of the picture that the seal shows, if it shows one and two people approved it.
    pub picture: Option<[u8; 32]>,
    /// Who drew it.
    pub composer: Composer,
}

/// The person's signature that lets the agency seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssueSigner {
    /// The person's credential.
    pub credential: CredentialId,
    /// The record that lets them sign for the agency.
    pub authority: AuthorityId,
    /// When they signed: by the log, once it was asked.
    pub at: Timestamp,
}

impl SealGround {
    /// The purpose that a session must allow.
    pub const fn purpose(&self) -> &'static str {
        match self {
            Self::Copy(kind, ..) => kind.purpose(),
            Self::Appendix(_) => APPENDIX,
            Self::Issue(_) => ISSUE,
        }
    }

    /// What the signature shows.
    pub const fn look(&self) -> Look {
        let (composer, picture) = match self {
            Self::Appendix(appendix) => (appendix.composer, None),
            Self::Copy(_, _, composer) => (*composer, None),
            Self::Issue(issue) => (issue.composer, issue.picture),
        };
        Look { composer, picture }
    }
}

/// Whether a seal on this document needs a ground: it goes out as the agency's own word.
pub fn needs_ground(document: &DocumentFacts) -> bool {
    let copies = [CopyKind::Extract, CopyKind::Full, CopyKind::Further].map(CopyKind::purpose);
    let needy = |purpose| [APPENDIX, ISSUE].contains(&purpose) || copies.contains(&purpose);
    document.purpose.as_deref().is_some_and(needy)
}
