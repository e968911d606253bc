//! Requests for approval.

use std::ops::Range;

use diesel::prelude::*;
use kyso_core::id::{ApprovalId, ClientId, CredentialId, PersonId};
use kyso_core::model::{
    Approval, ApprovalDocument, ApprovalDrawing, ApprovalFile, ApprovalState, ApprovalWay, SadHash,
    Urgency,
};
use kyso_core::request::DocumentFacts;
use kyso_core::{Digest, HashAlgorithm, SignatureScheme, Timestamp};
use serde::{Deserialize, Serialize};

use super::sealed;
use crate::schema::approval;
use crate::seal::Field;

/// A row of `approval`.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = approval, treat_none_as_null = true)]
pub(crate) struct ApprovalRow {
    pub(crate) id: Vec<u8>,
    pub(crate) client_id: Vec<u8>,
    pub(crate) person_id: Vec<u8>,
    pub(crate) credential_id: Vec<u8>,
    pub(crate) payload: String,
    pub(crate) urgency: i64,
    pub(crate) submission: String,
    pub(crate) submitted_at: i64,
    pub(crate) due_at: Option<i64>,
    pub(crate) open_until: i64,
    pub(crate) state: String,
    pub(crate) state_at: i64,
    pub(crate) reason: Option<String>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(ApprovalRow in approval, key id, domain Approval,
events [
    ApprovalSubmitted, ApprovalOpened, ApprovalGiven, ApprovalRefused, ApprovalReturned,
    ApprovalWithdrawn, ApprovalExpired, ApprovalSigned, ApprovalFailed
], |row| [
    Field::Bytes(&row.id),
    Field::Bytes(&row.client_id),
    Field::Bytes(&row.person_id),
    Field::Bytes(&row.credential_id),
    Field::Text(&row.payload),
    Field::Int(row.urgency),
    Field::Text(&row.submission),
    Field::Int(row.submitted_at),
    Field::int(row.due_at),
    Field::Int(row.open_until),
    Field::Text(&row.state),
    Field::Int(row.state_at),
    Field::text(row.reason.as_deref()),
]);

/// What is asked, as the column holds it.
#[derive(Serialize, Deserialize)]
struct Payload {
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sad: Option<SadHash>,
    body: [u8; 32],
    #[serde(skip_serializing_if = "Option::is_none")]
    callback: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    files_key: Option<String>,
    documents: Vec<Stored>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    algorithm: HashAlgorithm,
    digest: String,
    facts: DocumentFacts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    file: Option<StoredFile>,
}

#[derive(Serialize, Deserialize)]
struct StoredFile {
    sha256: String,
    before: String,
    range: String,
    field: String,
    pages: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    drawn: Option<StoredDrawing>,
}

#[derive(Serialize, Deserialize)]
struct StoredDrawing {
    length: usize,
    room: Range<usize>,
    picture: String,
}

impl StoredDrawing {
    fn of(drawn: &ApprovalDrawing) -> Self {
        Self {
            length: drawn.length,
            room: drawn.room.clone(),
            picture: hex::encode(drawn.picture),
        }
    }

    fn open(self) -> Option<ApprovalDrawing> {
        Some(ApprovalDrawing {
            length: self.length,
            room: self.room,
            picture: sha256(&self.picture)?,
        })
    }
}

impl StoredFile {
    fn of(file: &ApprovalFile) -> Self {
        Self {
            sha256: hex::encode(file.sha256),
            before: hex::encode(file.before),
            range: hex::encode(file.range.as_bytes()),
            field: file.field.clone(),
            pages: file.pages.iter().map(hex::encode).collect(),
            drawn: file.drawn.as_ref().map(StoredDrawing::of),
        }
    }

    /// The digest of its range is in the hash of what is signed.
    fn open(self, algorithm: HashAlgorithm) -> Option<ApprovalFile> {
        let range = hex::decode(&self.range).ok()?;
        let drawn = self.drawn.map(|drawn| drawn.open().ok_or(()));
        Some(ApprovalFile {
            sha256: sha256(&self.sha256)?,
            before: sha256(&self.before)?,
            range: Digest::new(algorithm, &range).ok()?,
            field: self.field,
            pages: self
                .pages
                .iter()
                .map(|page| sha256(page))
                .collect::<Option<_>>()?,
            drawn: drawn.transpose().ok()?,
        })
    }
}

fn sha256(text: &str) -> Option<[u8; 32]> {
    hex::decode(text).ok()?.try_into().ok()
}

impl Payload {
    fn of(approval: &Approval) -> Self {
        Self {
            scheme: approval.scheme.map(SignatureScheme::name),
            sad: match approval.way {
                ApprovalWay::Sign => None,
                ApprovalWay::Sad(hash) => Some(hash),
            },
            body: approval.key.1,
            callback: approval.callback.clone(),
            files_key: approval.files_key.as_ref().map(hex::encode),
            documents: approval.documents.iter().map(Stored::of).collect(),
        }
    }

    fn scheme(&self) -> Result<Option<SignatureScheme>, Unreadable> {
        let scheme = self.scheme.as_deref();
        let scheme = scheme.map(|name| SignatureScheme::from_name(name).ok_or(Unreadable));
        scheme.transpose()
    }
}

struct Unreadable;

impl Stored {
    fn of(document: &ApprovalDocument) -> Self {
        Self {
            algorithm: document.digest.algorithm(),
            digest: hex::encode(document.digest.as_bytes()),
            facts: document.facts.clone(),
            file: document.file.as_ref().map(StoredFile::of),
        }
    }

    fn open(self) -> Option<ApprovalDocument> {
        let bytes = hex::decode(&self.digest).ok()?;
        let digest = Digest::new(self.algorithm, &bytes).ok()?;
        let file = self.file.map(|file| file.open(self.algorithm).ok_or(()));
        Some(ApprovalDocument {
            digest,
            facts: self.facts,
            file: file.transpose().ok()?,
        })
    }
}

impl ApprovalRow {
    /// The row of this request; `None` if it cannot be written as JSON.
    pub(crate) fn new(approval: &Approval) -> Option<Self> {
        let micros = Timestamp::as_micros;
        Some(Self {
            id: approval.id.as_bytes().to_vec(),
            client_id: approval.client.as_bytes().to_vec(),
            person_id: approval.person.as_bytes().to_vec(),
            credential_id: approval.credential.as_bytes().to_vec(),
            payload: serde_json::to_string(&Payload::of(approval)).ok()?,
            urgency: approval.urgency.rank(),
            submission: approval.key.0.clone(),
            submitted_at: micros(approval.submitted_at),
            due_at: approval.due_at.map(micros),
            open_until: micros(approval.open_until),
            state: approval.state.name().to_owned(),
            state_at: micros(approval.state_at),
            reason: approval.reason.clone(),
            made_by: 0,
            seal: Vec::new(),
        })
    }

    /// The request, if every column can be read.
    pub(crate) fn model(&self) -> Option<Approval> {
        let at = Timestamp::from_micros;
        let payload: Payload = serde_json::from_str(&self.payload).ok()?;
        Some(Approval {
            id: ApprovalId::try_from(self.id.as_slice()).ok()?,
            client: ClientId::try_from(self.client_id.as_slice()).ok()?,
            person: PersonId::try_from(self.person_id.as_slice()).ok()?,
            credential: CredentialId::try_from(self.credential_id.as_slice()).ok()?,
            way: payload.sad.map_or(ApprovalWay::Sign, ApprovalWay::Sad),
            scheme: payload.scheme().ok()?,
            urgency: Urgency::from_rank(self.urgency)?,
            key: (self.submission.clone(), payload.body),
            callback: payload.callback,
            files_key: payload
                .files_key
                .map(|key| hex::decode(key).ok())
                .map_or(Some(None), |key| key.map(Some))?,
            documents: payload
                .documents
                .into_iter()
                .map(Stored::open)
                .collect::<Option<_>>()?,
            submitted_at: at(self.submitted_at),
            due_at: self.due_at.map(at),
            open_until: at(self.open_until),
            state: ApprovalState::from_name(&self.state)?,
            state_at: at(self.state_at),
            reason: self.reason.clone(),
            made_by: Some(self.made_by),
        })
    }
}
