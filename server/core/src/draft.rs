//! Entries as the core writes them; the journal adds sequence, time, boot and log.

use std::fmt;
use std::time::Duration;

use kyso_evidence::entry::{
    Actor as EntryActor, ContentRecord, DigestRecord, Factor, KeyRecord, Outcome, ResultRecord,
    ResultState,
};
use kyso_evidence::{Entry, Event, commitment};
use sha2::{Digest as _, Sha256};

use crate::actor::{Actor, Proof, Subject};
use crate::algorithm::Digest;
use crate::custody::{DigestOutcome, KeyPurpose};
use crate::ground::{Look, SealGround};
use crate::id::RequestId;
use crate::model::{Credential, CredentialKind, StampingSession};
use crate::policy::{Authorized, Signing};
use crate::refusal::Refusal;
use crate::request::{Content, DocumentFacts, SignRequest};

/// A value that an entry commits to, with the salt that opens it; erasable on its own.
#[derive(Clone)]
pub struct Opening {
    /// The commitment's name in the entry.
    pub field: String,
    /// 32 random bytes.
    pub salt: [u8; 32],
    /// The value, UTF-8.
    pub value: Vec<u8>,
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opening({})", self.field)
    }
}

/// An entry without sequence and time, and what opens its commitments.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The entry.
    pub entry: Entry,
    /// Its openings.
    pub openings: Vec<Opening>,
}

impl Draft {
    /// An entry about what `actor` did.
    pub fn new(event: Event, outcome: Outcome, actor: &Actor, request: RequestId) -> Self {
        let draft = Self::sourceless(event, outcome, actor, request);
        match actor.source() {
            Some(address) => draft.commit("source", address.to_string()),
            None => draft,
        }
    }

    /// The same without the network address, for an entry that names another which has it.
    fn sourceless(event: Event, outcome: Outcome, actor: &Actor, request: RequestId) -> Self {
        let mut entry = Entry::new(event, outcome, entry_actor(actor));
        entry.client = actor.client().map(|client| client.to_string());
        entry.request = request.to_string();
        Self {
            entry,
            openings: Vec::new(),
        }
    }

    /// Adds free text, a name, a title or an address: the entry holds only a salted hash of it.
    #[must_use]
    pub fn commit(mut self, field: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        let (field, value) = (field.into(), value.into());
        let mut salt = [0; 32];
        // Without randomness the commitment would be guessable, so the value is left out instead.
        if getrandom::fill(&mut salt).is_err() {
            return self;
        }
        let hash = hex::encode(commitment(&salt, &value));
        self.entry.commitments.insert(field.clone(), hash);
        self.openings.push(Opening { field, salt, value });
        self
    }

    /// Adds a closed fact: a word of ours or a number, never somebody's text.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<kyso_evidence::entry::Fact>) -> Self {
        self.entry.data.insert(name.to_owned(), value.into());
        self
    }

    /// Names the row that the entry makes or changes.
    #[must_use]
    pub fn about(mut self, kind: &str, id: impl fmt::Display) -> Self {
        self.entry.object = Some(id.to_string());
        self.entry.object_kind = Some(kind.to_owned());
        self
    }

    /// Names the reason of a refusal.
    #[must_use]
    pub fn because(mut self, refusal: Refusal) -> Self {
        self.entry.reason = Some(refusal.code().to_owned());
        self
    }

    /// Names the credential, its agency and its key.
    #[must_use]
    pub fn with(mut self, credential: &Credential, purpose: KeyPurpose) -> Self {
        self.entry.credential = Some(credential.id.to_string());
        self.entry.agency = Some(credential.agency.to_string());
        self.entry.key = Some(KeyRecord {
            algorithm: credential.key.algorithm.name().to_owned(),
            certificate_issuer: None,
            certificate_serial: None,
            certificate_sha256: credential
                .certificate
                .as_ref()
                .map(|c| hex::encode(c.sha256)),
            cka_id: hex::encode(credential.key.cka_id),
            purpose: purpose.name().to_owned(),
        });
        self
    }

    /// Commits to what is said of each of these documents, by its place.
    #[must_use]
    pub fn documents<'a>(self, documents: impl Iterator<Item = &'a DocumentFacts>) -> Self {
        documents
            .enumerate()
            .fold(self, |draft, (index, document)| {
                draft.commit(format!("document_{index:03}"), document.canonical())
            })
    }

    /// Says who drew what the signatures show, and which approved picture that is.
    #[must_use]
    pub fn look(self, look: Option<Look>) -> Self {
        let Some(Look { composer, picture }) = look else {
            return self;
        };
        let draft = self.fact("composed_by", composer.name());
        let pictures = picture.into_iter().map(hex::encode);
        pictures.fold(draft, |draft, digest| draft.fact("picture", digest))
    }

    /// Lists the digests.
    #[must_use]
    pub fn digests(mut self, digests: &[Digest]) -> Self {
        self.entry.digests = digests.iter().map(digest_record).collect();
        self
    }

    /// Lists the digests of a call, with what is known of what they stand for.
    fn signed(self, request: &SignRequest, listed: usize) -> Self {
        let digests = request.digests.get(..listed);
        let mut draft = self.digests(digests.unwrap_or(&request.digests));
        for (record, content) in draft.entry.digests.iter_mut().zip(&request.contents) {
            record.content = Some(content_record(content));
        }
        draft
    }
}

/// The intent entry: everything about a call before the key is touched.
pub fn intent(signing: &Authorized<Signing>) -> Draft {
    let (request, credential) = (&signing.what().request, &signing.what().credential);
    let draft = Draft::new(
        Event::SignatureIntent,
        Outcome::Started,
        signing.actor(),
        request.id,
    );
    let draft = describe(draft, request, usize::MAX).with(credential, credential.kind.purpose());
    let mut draft = draft.signed(request, usize::MAX);
    name_certificate(&mut draft, credential);
    state_terms(&mut draft, request);
    draft = state_ground(draft, request, credential);
    draft.entry.epoch = u64::try_from(signing.epoch()).unwrap_or_default();
    draft
}

/// Issuer and serial number, once for a call: the outcome names the intent, and both have the hash.
fn name_certificate(draft: &mut Draft, credential: &Credential) {
    let certificate = credential.certificate.as_ref();
    if let (Some(key), Some(certificate)) = (&mut draft.entry.key, certificate) {
        key.certificate_issuer
            .clone_from(&certificate.issued.issuer);
        key.certificate_serial
            .clone_from(&certificate.issued.serial);
    }
}

/// How it is signed and on what authority: intent and outcome say it alike, so that either is enough
/// to whoever searches.
fn state_terms(draft: &mut Draft, request: &SignRequest) {
    draft.entry.scheme = Some(request.scheme.name());
    // Policy saw that all documents name the same record.
    let document = request.documents.first();
    let named = document.and_then(|document| document.authority.clone());
    draft.entry.authority = match &request.ground {
        // A seal has no record of its own: it relies on that of whoever signed before it.
        Some(SealGround::Issue(issue)) => Some(issue.signer.authority.to_string()),
        _ => named,
    };
    draft.entry.purpose = purpose_of(request);
}

/// Why the agency seals: what the server read in the document, or that the system says so and nobody
/// looked.
fn state_ground(draft: Draft, request: &SignRequest, credential: &Credential) -> Draft {
    let Some(ground) = &request.ground else {
        let draft = draft.look(request.look);
        return if credential.kind == CredentialKind::Seal {
            draft.fact("ground", "asserted_by_client")
        } else {
            draft
        };
    };
    let draft = draft.look(Some(ground.look()));
    match ground {
        SealGround::Issue(issue) => draft
            .fact("ground", "signed_document")
            .fact("number", i64::from(issue.number))
            .fact("date", issue.date.to_string())
            .fact("revision", hex::encode(issue.revision))
            .fact("signed_by", issue.signer.credential.to_string())
            .commit("series", issue.series.shown().as_bytes()),
        SealGround::Appendix(appendix) => draft
            .fact("ground", "appendix")
            .fact("number", i64::from(appendix.number))
            .fact("year", i64::from(appendix.year))
            .commit("series", appendix.series.shown().as_bytes()),
        SealGround::Copy(_, source, _) => draft
            .fact("ground", "copy")
            // Not `source`: that is the network address, as in every other entry.
            .commit("copy_of", source.as_bytes()),
    }
}

/// The outcome entry: what became of each digest, and the leaf of the intent.
pub fn outcome(
    signing: &Authorized<Signing>,
    intent: &[u8; 32],
    outcomes: &[DigestOutcome],
    took: Duration,
) -> Draft {
    let (request, credential) = (&signing.what().request, &signing.what().credential);
    let draft = Draft::sourceless(
        Event::SignatureOutcome,
        overall(outcomes),
        signing.actor(),
        request.id,
    );
    let mut draft = draft
        .with(credential, credential.kind.purpose())
        .signed(request, usize::MAX);
    state_terms(&mut draft, request);
    draft.entry.latency_us = u64::try_from(took.as_micros()).ok();
    draft.entry.epoch = u64::try_from(signing.epoch()).unwrap_or_default();
    draft.entry.intent = Some(hex::encode(intent));
    let released = overall(outcomes) == Outcome::Ok;
    draft.entry.results = outcomes
        .iter()
        .map(|outcome| result_record(outcome, released))
        .collect();
    draft
}

/// Digests and documents that a refusal lists at most: what was refused may be of any size, and an
/// entry is not. Their number is told besides.
pub const REFUSED_LISTED: usize = 64;

/// The refusal entry of an authenticated call that concerns a key which the caller may know of.
pub fn refusal(
    actor: &Actor,
    request: &SignRequest,
    refusal: Refusal,
    credential: Option<&Credential>,
) -> Draft {
    let draft = Draft::new(Event::SignatureRefused, Outcome::Refused, actor, request.id);
    let mut draft = describe(draft, request, REFUSED_LISTED)
        .because(refusal)
        .signed(request, REFUSED_LISTED);
    draft.entry.count = u64::try_from(request.digests.len()).ok();
    draft.entry.scheme = Some(request.scheme.name());
    draft.entry.purpose = purpose_of(request);
    match credential {
        Some(credential) => draft.with(credential, credential.kind.purpose()),
        None => draft,
    }
}

/// One purpose for the whole call where it has one; the documents keep their own.
fn purpose_of(request: &SignRequest) -> Option<String> {
    let document = request.documents.first();
    let purpose = document.and_then(|document| document.purpose.clone());
    purpose.filter(|purpose| is_code(purpose))
}

fn describe(draft: Draft, request: &SignRequest, listed: usize) -> Draft {
    let draft = draft.documents(request.documents.iter().take(listed));
    match &request.client_data {
        Some(data) => draft.commit("client_data", data.as_bytes()),
        None => draft,
    }
}

/// A purpose code is a closed word; anything else is somebody's text and stays out of the entry.
fn is_code(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}

/// The commitment and facts of a stamping session.
pub fn session(draft: Draft, session: &StampingSession) -> Draft {
    draft
        .about("stamping_session", session.id)
        .fact("limit", i64::from(session.limit))
        .fact("expires_at", session.expires_at.to_string())
        .fact("purposes", session.purposes.join(","))
        .fact("for_client", session.client.to_string())
        .fact("for_credential", session.credential.to_string())
}

fn entry_actor(actor: &Actor) -> EntryActor {
    let who = match actor.subject() {
        Subject::Client(id) => EntryActor::client(id.to_string()),
        Subject::Person(id) => EntryActor::person(id.to_string()),
        Subject::System => EntryActor::system(),
    };
    match actor.proof() {
        Proof::ClientSecret => who.with_factor(Factor::ClientSecret),
        Proof::MutualTls => who.with_factor(Factor::Mtls),
        Proof::None => who,
        Proof::Password => who.with_factor(Factor::Password),
        Proof::PasswordAndTotp => who.with_factor(Factor::Totp),
        Proof::PrivateKeyJwt => who.with_factor(Factor::PrivateKeyJwt),
    }
}

fn digest_record(digest: &Digest) -> DigestRecord {
    let alg = digest.algorithm().name().to_owned();
    DigestRecord {
        alg,
        content: None,
        value: hex::encode(digest.as_bytes()),
    }
}

fn content_record(content: &Content) -> ContentRecord {
    ContentRecord {
        built_by: content.built_by,
        digest: hex::encode(content.digest.as_bytes()),
        file: content.file.map(hex::encode),
        format: content.format,
    }
}

/// A good signature of a batch that failed was made and did not leave: withheld, with its hash, so
/// that it can be told from any other should it ever turn up.
fn result_record(outcome: &DigestOutcome, released: bool) -> ResultRecord {
    let (sha256, state) = match outcome {
        DigestOutcome::Signed(signature) => {
            let state = if released {
                ResultState::Signed
            } else {
                ResultState::Withheld
            };
            (Some(hex::encode(Sha256::digest(signature))), state)
        }
        DigestOutcome::Withheld => (None, ResultState::Withheld),
        DigestOutcome::NotAttempted => (None, ResultState::NotAttempted),
        DigestOutcome::Unknown => (None, ResultState::Unknown),
    };
    ResultRecord { sha256, state }
}

/// One word for the whole call: the gravest of its digests.
fn overall(outcomes: &[DigestOutcome]) -> Outcome {
    if outcomes
        .iter()
        .all(|outcome| matches!(outcome, DigestOutcome::Signed(_)))
    {
        Outcome::Ok
    } else if outcomes.contains(&DigestOutcome::Unknown) {
        Outcome::Unknown
    } else {
        Outcome::Failed
    }
}
