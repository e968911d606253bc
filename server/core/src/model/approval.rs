//! A request for approval (yêu cầu ký duyệt): documents that a system puts before a signer.
//!
//! Nobody signs by it: the signer does, on a page of ours, with a one-time password over exactly what
//! was shown there. So the system that asks never sees the password and cannot swap what it is for.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{ApprovalFile, SadHash};
use crate::Timestamp;
use crate::algorithm::{Digest, SignatureScheme};
use crate::change::TotpUse;
use crate::ground::{Composer, Look};
use crate::id::{ApprovalId, ClientId, CredentialId, PersonId};
use crate::request::DocumentFacts;

/// How soon it is wanted (Decree 30/2020, Annex I: độ khẩn); the most urgent is shown first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Urgency {
    /// Thường.
    #[default]
    Usual,
    /// Khẩn.
    Urgent,
    /// Thượng khẩn.
    MostUrgent,
    /// Hỏa tốc.
    Express,
}

impl Urgency {
    /// Every one, the least urgent first.
    pub const ALL: [Self; 4] = [Self::Usual, Self::Urgent, Self::MostUrgent, Self::Express];

    /// The word in tables and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Urgent => "urgent",
            Self::MostUrgent => "most_urgent",
            Self::Express => "express",
        }
    }

    /// The one with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The one that a document names as it is written on paper; `None` for any other word, which says nothing.
    pub fn from_document(word: &str) -> Option<Self> {
        match word.to_lowercase().as_str() {
            "thường" => Some(Self::Usual),
            "khẩn" => Some(Self::Urgent),
            "thượng khẩn" => Some(Self::MostUrgent),
            "hỏa tốc" | "hoả tốc" => Some(Self::Express),
            _ => None,
        }
    }

    /// That of the most urgent of these documents; usual if none says how soon it is wanted.
    pub fn of_documents(documents: &[ApprovalDocument]) -> Self {
        let each = documents.iter().filter_map(ApprovalDocument::urgency);
        each.max().unwrap_or_default()
    }

    /// 0 to 3, as the table sorts by it.
    pub fn rank(self) -> i64 {
        Self::ALL
            .into_iter()
            .zip(0..)
            .find_map(|(one, rank)| (one == self).then_some(rank))
            .unwrap_or(0)
    }

    /// The one with this rank.
    pub fn from_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.rank() == rank)
    }
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ApprovalState {
    /// The signer has not seen it yet.
    Waiting,
    /// The signer was shown it.
    Opened,
    /// Approved; the signature is being made, or the system has its SAD.
    Approved,
    /// The signer refused (từ chối).
    Refused,
    /// The signer returned it with a reason (trả lại).
    Returned,
    /// The system took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
    /// Signed.
    Signed,
    /// Approved, but not signed, or it is not known whether it was.
    Failed,
}

impl ApprovalState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Opened,
        Self::Approved,
        Self::Refused,
        Self::Returned,
        Self::Withdrawn,
        Self::Expired,
        Self::Signed,
        Self::Failed,
    ];

    /// The word in tables and the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Opened => "opened",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Returned => "returned",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Signed => "signed",
            Self::Failed => "failed",
        }
    }

    /// The state with this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether somebody can still decide.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Opened)
    }

    /// Whether nothing more will come of it: its webhook is sent then.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Waiting | Self::Opened | Self::Approved)
    }
}

/// What an approval leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApprovalWay {
    /// The server signs at once and keeps the signatures for the system.
    Sign,
    /// The system gets a SAD for these hashes, with this hash, and signs with it itself (CSC).
    Sad(SadHash),
}

/// One document: its digest, and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalDocument {
    /// What would be signed.
    pub digest: Digest,
    /// What is said of it.
    pub facts: DocumentFacts,
    /// The file behind it, where the system gave that; else only its digest is known.
    pub file: Option<ApprovalFile>,
}

impl ApprovalDocument {
    /// How soon this one is wanted, where it says so.
    pub fn urgency(&self) -> Option<Urgency> {
        Urgency::from_document(self.facts.urgency.as_deref()?)
    }
}

/// A request for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// The system that asks.
    pub client: ClientId,
    /// Who is asked: the credential's owner.
    pub person: PersonId,
    /// With which credential.
    pub credential: CredentialId,
    /// What comes of an approval.
    pub way: ApprovalWay,
    /// How the server would sign; `None` where the system signs, which then chooses itself.
    pub scheme: Option<SignatureScheme>,
    /// The documents, in order.
    pub documents: Vec<ApprovalDocument>,
    /// How soon: no less than the most urgent of its documents.
    pub urgency: Urgency,
    /// The system's own key for this submission, and SHA-256 of its body: a retry finds the same request.
    pub key: (String, [u8; 32]),
    /// Where the system is told of the end, if it wants to be.
    pub callback: Option<String>,
    /// The key under which its files are kept, as the HSM sealed it; none where there are no files.
    pub files_key: Option<Vec<u8>>,
    /// When it came.
    pub submitted_at: Timestamp,
    /// When the system wants it.
    pub due_at: Option<Timestamp>,
    /// Expires at this time.
    pub open_until: Timestamp,
    /// Where it stands.
    pub state: ApprovalState,
    /// Since when.
    pub state_at: Timestamp,
    /// Why it was refused or returned, in the signer's words; why it failed, in one of ours.
    pub reason: Option<String>,
    /// Sequence of the entry that brought it into its state; `None` until it is written.
    pub made_by: Option<i64>,
}

/// Where a request stands among those that wait for its signer; the least is to be decided first.
///
/// Nothing in it changes while the request waits, so whoever reads page after page misses none and sees
/// none twice, though others are decided meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Precedence {
    /// The most urgent first.
    pub urgency: Reverse<Urgency>,
    /// Of those what is wanted soonest; [`Timestamp::NEVER`] where nobody said when.
    pub due_at: Timestamp,
    /// Of those what came first.
    pub submitted_at: Timestamp,
    /// No two are alike.
    pub id: ApprovalId,
}

/// SHA-256 over all that a signer is shown of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shown(pub [u8; 32]);

impl Approval {
    /// The digests, in order.
    pub fn digests(&self) -> Vec<Digest> {
        self.documents
            .iter()
            .map(|document| document.digest)
            .collect()
    }

    /// What is said of the documents, in order.
    pub fn facts(&self) -> Vec<DocumentFacts> {
        self.documents
            .iter()
            .map(|document| document.facts.clone())
            .collect()
    }

    /// The files behind the documents, with their places.
    pub fn files(&self) -> impl Iterator<Item = (usize, &ApprovalFile)> {
        let documents = self.documents.iter().enumerate();
        documents.filter_map(|(place, one)| Some((place, one.file.as_ref()?)))
    }

    /// What the signatures show, where there are files: the server draws all of them or none.
    pub fn look(&self) -> Option<Look> {
        let (_, file) = self.files().next()?;
        let picture = file.drawn.as_ref().map(|drawn| drawn.picture);
        let composer = picture.map_or(Composer::Client, |_| Composer::Server);
        Some(Look { composer, picture })
    }

    /// What a signer is shown of the files: SHA-256 over the digests of the pictures of all pages, in order. None where
    /// there are no files.
    pub fn pictures(&self) -> Option<[u8; 32]> {
        self.files_key.as_ref()?;
        let pages = self.files().flat_map(|(_, file)| &file.pages);
        let hash = pages.fold(Sha256::new(), Sha256::chain_update);
        Some(hash.finalize().into())
    }

    /// What an approval is of: credential, scheme, each digest, each word said of it, and each page of its
    /// file. Each part has its length before it, so that no two requests have the same encoding.
    pub fn shown(&self) -> Shown {
        let mut hash = Sha256::new();
        let mut feed = |part: &[u8]| {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        };
        feed(b"kyso/approval/v1");
        feed(self.id.as_bytes());
        feed(self.client.as_bytes());
        feed(self.credential.as_bytes());
        feed(
            self.scheme
                .map(SignatureScheme::name)
                .unwrap_or_default()
                .as_bytes(),
        );
        feed(self.urgency.name().as_bytes());
        for document in &self.documents {
            feed(document.digest.algorithm().name().as_bytes());
            feed(document.digest.as_bytes());
            feed(&document.facts.canonical());
            if let Some(file) = &document.file {
                feed(b"file");
                feed(&file.sha256);
                file.pages.iter().for_each(|page| feed(page));
            }
        }
        Shown(hash.finalize().into())
    }
}

/// What one page showed of several requests, in its order: SHA-256 over each.
pub fn shown_together(each: &[Shown]) -> Shown {
    let mut hash = Sha256::new();
    for Shown(one) in each {
        hash.update(one);
    }
    Shown(hash.finalize().into())
}

/// What ends a request, other than an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The signer refuses with a one-time password, and says why.
    Refuse(String, TotpUse),
    /// The signer returns it with a one-time password, and says why.
    Return(String, TotpUse),
    /// The system takes it back.
    Withdraw,
    /// Its time is over.
    Expire,
    /// It was signed.
    Signed,
    /// It was not signed, or it is not known: one word of ours.
    Failed(&'static str),
}

impl Decision {
    /// The state after it.
    pub const fn state(&self) -> ApprovalState {
        match self {
            Self::Refuse(..) => ApprovalState::Refused,
            Self::Return(..) => ApprovalState::Returned,
            Self::Withdraw => ApprovalState::Withdrawn,
            Self::Expire => ApprovalState::Expired,
            Self::Signed => ApprovalState::Signed,
            Self::Failed(_) => ApprovalState::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algorithm::HashAlgorithm;

    fn document(word: Option<&str>) -> ApprovalDocument {
        ApprovalDocument {
            digest: Digest::new(HashAlgorithm::Sha256, &[7; 32]).unwrap(),
            facts: DocumentFacts {
                urgency: word.map(str::to_owned),
                ..DocumentFacts::default()
            },
            file: None,
        }
    }

    #[test]
    fn the_most_urgent_document_says_how_urgent_all_are() {
        for (words, expected) in [
            (&[][..], Urgency::Usual),
            (&[None], Urgency::Usual),
            (&[Some("thường"), Some("khẩn")], Urgency::Urgent),
            (&[Some("Thượng khẩn"), Some("khẩn")], Urgency::MostUrgent),
            (&[None, Some("HỎA TỐC"), Some("thường")], Urgency::Express),
            (&[Some("Hoả tốc")], Urgency::Express),
            (&[Some("gấp")], Urgency::Usual),
        ] {
            let documents: Vec<_> = words.iter().map(|word| document(*word)).collect();
            assert_eq!(Urgency::of_documents(&documents), expected, "{words:?}");
        }
        assert_eq!(document(Some("gấp")).urgency(), None);
    }
}
