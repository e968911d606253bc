//! Uses of keys, as the log tells of them: one's own, and those of a stamping session.
//!
//! Whoever reads them reads what is theirs, so that is no entry: the log itself is for officers.

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::csc::Document;
use kyso_api::management as wire;
use kyso_api::problem::ProblemCode;
use kyso_core::id::{ClientId, RequestId, StampingSessionId};
use kyso_core::model::Owner;
use kyso_core::{Snapshot, Timestamp};
use kyso_evidence::Entry;
use kyso_evidence::entry::{DigestRecord, Outcome, ResultState};
use kyso_store::read::{SignatureRow, Uses};
use kyso_store::tree::{Half, half_of};

use super::{read, stamping_sessions, stored, time_stamps};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// Uses of a page: when nothing is said, and at most.
const PAGE: u16 = 50;
const MOST: u16 = 200;

/// One use of a key.
#[derive(Debug, Clone)]
pub struct Use {
    /// Place of its end in the log.
    pub sequence: u64,
    /// When it ended.
    pub at: Timestamp,
    /// The system that asked.
    pub client: Option<ClientId>,
    /// What became of it.
    pub outcome: wire::SignatureOutcome,
    /// The digests.
    pub digests: Vec<DigestRecord>,
    /// How many of them were signed.
    pub signed: u32,
    /// What the system said of the documents.
    pub documents: Vec<Document>,
    /// How the time stamps stand that were asked for.
    pub time_stamps: Vec<wire::TimeStampStanding>,
    /// When the key's owner said that they did not make it.
    pub disputed: Option<Timestamp>,
    approval: Option<String>,
    credential: String,
    request: String,
}

/// Where a page begins, and how long it is.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    before: Option<i64>,
    limit: u16,
}

impl Part {
    /// The page before this place in the log, of the usual length.
    ///
    /// # Errors
    /// `invalid_field` naming `before`.
    pub fn before(text: Option<&str>) -> Result<Self, Problem> {
        let before = text.map(|text| read::id(text, "before")).transpose()?;
        Ok(Self {
            before,
            limit: PAGE,
        })
    }

    fn asked(request: &HttpRequest) -> Result<Self, Problem> {
        let query: wire::SignatureQuery = read::query(request.query_string())?;
        let limit = query.limit.unwrap_or(PAGE);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::field("limit"));
        }
        let before = query.before.map(i64::try_from).transpose();
        let before = before.map_err(|_| Problem::field("before"))?;
        Ok(Self { before, limit })
    }
}

/// `GET signatures`: with the caller's own keys, whoever asked.
///
/// # Errors
/// [`Problem`].
pub async fn own(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let part = Part::asked(&request)?;
    let found = of_caller(&desk, part).await?;
    Ok(page(&desk, found))
}

/// `GET stamping-sessions/{id}/signatures`: for whoever may see the session.
///
/// # Errors
/// `not_found` for everybody else.
pub async fn of_session(
    desk: Desk,
    path: web::Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let part = Part::asked(&request)?;
    let (session, _) = stamping_sessions::one_seen(&desk, &path).await?;
    let found = within(&desk, session.id, part).await?;
    Ok(page(&desk, found))
}

/// Uses of the caller's own keys, and `before` of the next page.
///
/// # Errors
/// `forbidden` for a system.
pub async fn of_caller(desk: &Desk, part: Part) -> Result<(Vec<Use>, Option<i64>), Problem> {
    let (caller, snapshot) = (desk.person()?, desk.policy().snapshot());
    let credentials = snapshot.credentials.values();
    let own = credentials.filter(|one| one.owner == Owner::Person(caller));
    found(desk, Uses::Of(own.map(|one| one.id).collect()), part).await
}

/// The use of a key of the caller's own in this call.
///
/// # Errors
/// `not_found` if there is none, or it has not ended.
pub async fn of_call(desk: &Desk, call: RequestId) -> Result<Use, Problem> {
    let end = desk
        .app()
        .store
        .read(move |db| half_of(db, call, Half::Outcome));
    let end = end.await.map_err(stored::unreadable)?;
    let end = end.ok_or(ProblemCode::NotFound)?;
    let part = Part {
        before: Some(end.saturating_add(1)),
        limit: 1,
    };
    let (uses, _) = of_caller(desk, part).await?;
    let mut uses = uses.into_iter();
    let found = uses.find(|one| one.call() == Some(call));
    found.ok_or_else(|| ProblemCode::NotFound.into())
}

/// Uses of a session that the caller may see, and `before` of the next page.
///
/// # Errors
/// If the database fails.
pub async fn within(
    desk: &Desk,
    session: StampingSessionId,
    part: Part,
) -> Result<(Vec<Use>, Option<i64>), Problem> {
    found(desk, Uses::Within(session), part).await
}

async fn found(desk: &Desk, uses: Uses, part: Part) -> Result<(Vec<Use>, Option<i64>), Problem> {
    let page = stored::signatures(desk.app(), uses, part.before, part.limit).await?;
    // To leave one out would say that the key was not used.
    if let Some(sequence) = page.spoilt.first() {
        tracing::error!(sequence, "an entry was changed");
        return Err(ProblemCode::Internal.into());
    }
    let uses: Result<Vec<Use>, Problem> = page.rows.into_iter().map(told).collect();
    let mut uses = uses?;
    let calls: Vec<RequestId> = uses.iter().filter_map(Use::call).collect();
    let disputes = stored::disputes(desk.app(), calls.clone()).await?;
    let mut standings = time_stamps::of_calls(desk, calls).await?;
    for one in &mut uses {
        let Some(call) = one.call() else { continue };
        one.time_stamps = standings.remove(&call).unwrap_or_default();
        one.disputed = disputes.get(&call).map(|dispute| dispute.at);
    }
    Ok((uses, page.next))
}

fn told(row: SignatureRow) -> Result<Use, Problem> {
    let (entry, asked) = (row.outcome, row.asked);
    let client = asked.as_ref().map(|asked| asked.client.as_str());
    let client = entry.client.as_deref().or(client);
    let client = client.map(str::parse).transpose();
    let documents = row.documents.iter();
    Ok(Use {
        sequence: u64::try_from(row.sequence).map_err(|_| ProblemCode::Internal)?,
        at: read::time(&entry.time, "time").map_err(|_| ProblemCode::Internal)?,
        client: client.map_err(|_| ProblemCode::Internal)?,
        outcome: outcome(entry.outcome),
        signed: signed(&entry),
        documents: documents
            .filter_map(|text| serde_json::from_str(text).ok())
            .collect(),
        time_stamps: Vec::new(),
        disputed: None,
        approval: asked.map(|asked| asked.approval),
        credential: entry.credential.unwrap_or_default(),
        request: entry.request,
        digests: entry.digests,
    })
}

const fn outcome(outcome: Outcome) -> wire::SignatureOutcome {
    match outcome {
        Outcome::Ok => wire::SignatureOutcome::Signed,
        Outcome::Failed | Outcome::Refused => wire::SignatureOutcome::Failed,
        Outcome::Unknown | Outcome::Started => wire::SignatureOutcome::Unknown,
    }
}

fn signed(entry: &Entry) -> u32 {
    let made = |state| matches!(state, ResultState::Signed | ResultState::Withheld);
    let made = entry.results.iter().filter(|result| made(result.state));
    u32::try_from(made.count()).unwrap_or(u32::MAX)
}

fn page(desk: &Desk, (uses, next): (Vec<Use>, Option<i64>)) -> HttpResponse {
    let snapshot = desk.policy().snapshot();
    let items = uses.into_iter().map(|one| one.wire(&snapshot)).collect();
    let next = next.and_then(|next| u64::try_from(next).ok());
    HttpResponse::Ok().json(wire::SignaturePage { items, next })
}

impl Use {
    /// How many digests.
    pub fn count(&self) -> u32 {
        u32::try_from(self.digests.len()).unwrap_or(u32::MAX)
    }

    /// The call.
    pub fn call(&self) -> Option<RequestId> {
        self.request.parse().ok()
    }

    fn wire(self, snapshot: &Snapshot) -> wire::SignatureRecord {
        let client = self.client.and_then(|id| snapshot.clients.by_id.get(&id));
        wire::SignatureRecord {
            sequence: self.sequence,
            at: self.at.to_string(),
            count: self.count(),
            signed: self.signed,
            client: self.client.map(|id| id.to_string()),
            client_name: client.map(|client| client.display_name.clone()),
            approval: self.approval,
            credential: self.credential,
            request_id: self.request,
            outcome: self.outcome,
            documents: self.documents,
            time_stamps: self.time_stamps,
            disputed_at: self.disputed.map(|at| at.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::request::DocumentFacts;
    use kyso_evidence::Event;
    use kyso_evidence::entry::{Actor, ResultRecord};

    use super::*;

    fn row(outcome: Outcome, states: &[ResultState]) -> SignatureRow {
        let mut entry = Entry::new(Event::SignatureOutcome, outcome, Actor::system());
        entry.time = "2026-11-26T05:00:00.000001Z".to_owned();
        let record = |state: &ResultState| ResultRecord {
            sha256: None,
            state: *state,
        };
        entry.results = states.iter().map(record).collect();
        SignatureRow {
            sequence: 7,
            asked: None,
            outcome: entry,
            documents: Vec::new(),
        }
    }

    #[test]
    fn an_end_is_told_with_the_number_that_was_signed() {
        use ResultState::{NotAttempted, Signed, Unknown, Withheld};
        use wire::SignatureOutcome as Told;
        for (outcome, states, told_as, made) in [
            (Outcome::Ok, &[Signed, Signed][..], Told::Signed, 2),
            (Outcome::Failed, &[Withheld, NotAttempted], Told::Failed, 1),
            (Outcome::Unknown, &[Withheld, Unknown], Told::Unknown, 1),
        ] {
            let told = told(row(outcome, states)).unwrap();
            assert_eq!((told.outcome, told.signed), (told_as, made), "{outcome:?}");
            assert_eq!(told.at.as_micros() % 1_000_000, 1);
        }
    }

    #[test]
    fn documents_are_read_as_the_entry_committed_to_them() {
        let facts = DocumentFacts {
            summary: Some("Về việc thử".into()),
            kind: Some("Quyết định".into()),
            symbol: Some("QĐ-UBND".into()),
            ..DocumentFacts::default()
        };
        let mut row = row(Outcome::Ok, &[]);
        row.documents = vec![String::from_utf8(facts.canonical()).unwrap(), "{".into()];
        let told = told(row).unwrap().documents;
        assert_eq!(told, [crate::http::text::wire(&facts)]);
    }
}
