//! What only the database knows: counts, requests for certificates, decided changes, the log.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use kyso_api::problem::ProblemCode;
use kyso_core::id::{AgencyId, CredentialId, PersonId, RequestId, StampingSessionId};
use kyso_core::model::StampingSession;
use kyso_core::{Refusal, Snapshot, Timestamp};
use kyso_evidence::Entry;
use kyso_store::read::{
    self, AuditFilter, AuditPage, ChangeRecord, Coverage, Disputed, EndedOf, LogInRow, OfHour,
    Signal, SignaturePage, Unseen, Uses,
};
use kyso_store::views::{
    self, DayOfKey, GapFilter, GapPage, KeyOwner, Question, Stretch, ViewPage,
};
use kyso_store::{Db, Sealer, StoreError};

use crate::app::App;
use crate::http::error::Problem;

/// Most decided changes that are listed.
const CHANGES: u16 = 500;

/// The database could not be read: logged, and told as no more than that.
#[expect(clippy::needless_pass_by_value, reason = "as map_err wants it")]
pub fn unreadable(error: StoreError) -> Problem {
    tracing::error!(%error, "the database cannot be read");
    Problem::from(ProblemCode::Unavailable).after(Duration::from_secs(2))
}

async fn read_log<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&mut Db, &Sealer) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    app.store.read_log(work).await.map_err(unreadable)
}

/// How many stamps each session has used up.
///
/// # Errors
/// `unavailable` if the database cannot be read.
pub async fn session_uses(
    app: &App,
    ids: Vec<StampingSessionId>,
) -> Result<HashMap<StampingSessionId, u32>, Problem> {
    read_log(app, move |db, _| read::session_uses(db, &ids)).await
}

/// The PKCS#10 request of a credential, DER.
///
/// # Errors
/// As [`session_uses`].
pub async fn credential_request(app: &App, id: CredentialId) -> Result<Option<Vec<u8>>, Problem> {
    read_log(app, move |db, _| read::certificate_request(db, id)).await
}

/// The last changes in this state, or in any.
///
/// # Errors
/// As [`session_uses`].
pub async fn changes(app: &App, state: Option<&'static str>) -> Result<Vec<ChangeRecord>, Problem> {
    read_log(app, move |db, _| read::changes(db, state, None, CHANGES)).await
}

/// How far each agency has come.
///
/// # Errors
/// As [`session_uses`].
pub async fn coverage(
    app: &App,
    snapshot: Arc<Snapshot>,
    now: Timestamp,
) -> Result<BTreeMap<AgencyId, Coverage>, Problem> {
    read_log(app, move |db, sealer| {
        read::coverage(db, sealer, &snapshot, now)
    })
    .await
}

/// A page of the log.
///
/// # Errors
/// As [`session_uses`].
pub async fn audit_page(app: &App, filter: AuditFilter, limit: u16) -> Result<AuditPage, Problem> {
    read_log(app, move |db, sealer| {
        read::audit_page(db, sealer, &filter, limit)
    })
    .await
}

/// Signatures by hour and agency.
///
/// # Errors
/// As [`session_uses`].
pub async fn signatures_by_hour(
    app: &App,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<OfHour>, Problem> {
    read_log(app, move |db, sealer| {
        read::signatures_by_hour(db, sealer, from, to)
    })
    .await
}

/// The outcome of the call in which a key made the signature whose value has this SHA-256.
///
/// # Errors
/// As [`session_uses`].
pub async fn key_use(
    app: &App,
    credential: CredentialId,
    value: [u8; 32],
) -> Result<Option<Entry>, Problem> {
    let work = move |db: &mut Db, sealer: &Sealer| read::key_use(db, sealer, credential, value);
    read_log(app, work).await
}

/// The PNG with this SHA-256, which two people approved.
///
/// # Errors
/// `internal` if it is not there as it was; as [`session_uses`].
pub async fn picture(app: &App, digest: [u8; 32]) -> Result<Vec<u8>, Problem> {
    let png = read_log(app, move |db, _| read::picture(db, digest)).await?;
    png.ok_or_else(|| {
        tracing::error!(sha256 = %hex::encode(digest), "a picture is not there as it was approved");
        Refusal::Tampered.into()
    })
}

/// A page of uses of keys.
///
/// # Errors
/// As [`session_uses`].
pub async fn signatures(
    app: &App,
    uses: Uses,
    before: Option<i64>,
    limit: u16,
) -> Result<SignaturePage, Problem> {
    read_log(app, move |db, sealer| {
        read::signatures(db, sealer, &uses, before, limit)
    })
    .await
}

/// Which of these calls their keys' owners dispute.
///
/// # Errors
/// As [`session_uses`].
pub async fn disputes(
    app: &App,
    calls: Vec<RequestId>,
) -> Result<HashMap<RequestId, Disputed>, Problem> {
    read_log(app, move |db, _| read::disputes(db, &calls)).await
}

/// The youngest alarms and disputes before this place in the log, the youngest first.
///
/// # Errors
/// As [`session_uses`].
pub async fn signals(app: &App, before: Option<i64>, limit: u16) -> Result<Vec<Signal>, Problem> {
    read_log(app, move |db, _| read::signals(db, before, limit)).await
}

/// Alarms and disputes that this officer has not acknowledged.
///
/// # Errors
/// As [`session_uses`].
pub async fn unseen(app: &App, officer: PersonId) -> Result<Unseen, Problem> {
    read_log(app, move |db, _| read::unseen(db, officer)).await
}

/// Log-ins of a person since then, and older ones that are still refreshed.
///
/// # Errors
/// As [`session_uses`].
pub async fn log_ins(
    app: &App,
    person: PersonId,
    since: Timestamp,
) -> Result<Vec<LogInRow>, Problem> {
    let now = app.now();
    read_log(app, move |db, sealer| {
        read::log_ins(db, sealer, person, since, now)
    })
    .await
}

/// Stamping sessions that are over.
///
/// # Errors
/// As [`session_uses`].
pub async fn ended_sessions(
    app: &App,
    of: EndedOf,
    now: Timestamp,
) -> Result<Vec<StampingSession>, Problem> {
    read_log(app, move |db, sealer| {
        read::ended_sessions(db, sealer, &of, now)
    })
    .await
}

/// A stamping session, over or not.
///
/// # Errors
/// As [`session_uses`].
pub async fn session_of_id(
    app: &App,
    id: StampingSessionId,
) -> Result<Option<StampingSession>, Problem> {
    read_log(app, move |db, sealer| read::session_of_id(db, sealer, id)).await
}

/// A page of a standing question.
///
/// # Errors
/// As [`session_uses`].
pub async fn view(
    app: &App,
    question: Question,
    stretch: Stretch,
    limit: u16,
) -> Result<ViewPage, Problem> {
    let work =
        move |db: &mut Db, sealer: &Sealer| views::view(db, sealer, &question, &stretch, limit);
    read_log(app, work).await
}

/// Numbers that no document has.
///
/// # Errors
/// As [`session_uses`].
pub async fn skipped_numbers(app: &App, filter: GapFilter, limit: u16) -> Result<GapPage, Problem> {
    read_log(app, move |db, _| views::skipped_numbers(db, &filter, limit)).await
}

/// A key's day, but for its uses.
///
/// # Errors
/// As [`session_uses`].
pub async fn day_of_key(
    app: &App,
    credential: CredentialId,
    owner: KeyOwner,
    day: (Timestamp, Timestamp),
) -> Result<DayOfKey, Problem> {
    let work =
        move |db: &mut Db, sealer: &Sealer| views::day_of_key(db, sealer, credential, &owner, day);
    read_log(app, work).await
}

/// A page of what was done with a key on a day.
///
/// # Errors
/// As [`session_uses`].
pub async fn uses_of_day(
    app: &App,
    credential: CredentialId,
    day: (Timestamp, Timestamp),
    after: Option<i64>,
    limit: u16,
) -> Result<views::Uses, Problem> {
    let work = move |db: &mut Db, sealer: &Sealer| {
        views::uses_of_day(db, sealer, credential, day, after, limit)
    };
    read_log(app, work).await
}
