//! A signer decides: what our API and our pages do alike.

use std::collections::HashMap;
use std::time::Duration;

use actix_web::web;
use kyso_api::Secret;
use kyso_api::problem::ProblemCode;
use kyso_core::actor::Actor;
use kyso_core::change::{Given, TotpUse};
use kyso_core::id::{ApprovalId, PersonId, RequestId, SadId};
use kyso_core::model::{
    Approval, ApprovalState, ApprovalWay, Decision, Sad, SadBinding, SadHash, Shown,
};
use kyso_core::request::documents_hash;
use kyso_core::{Change, Digest, Draft, Refusal, Timestamp};
use kyso_evidence::Event;

use super::desk::Desk;
use super::error::Problem;
use crate::app::{App, NoPart};
use crate::auth::failures::Failure;

/// What came of an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The server signed, or tried to.
    Decided(Decision),
    /// The system has its SAD: it has yet to sign, and may never do so.
    Granted,
}

impl End {
    /// Where the request stands after it.
    pub const fn state(&self) -> ApprovalState {
        match self {
            Self::Decided(decision) => decision.state(),
            Self::Granted => ApprovalState::Approved,
        }
    }
}

/// The caller as a signer: their token is in no system's hands, or that system would read what others
/// ask of them.
///
/// # Errors
/// `forbidden`.
pub fn signer(desk: &Desk) -> Result<PersonId, Problem> {
    match desk.actor.client() {
        None => desk.person(),
        Some(_) => Err(Refusal::Forbidden.into()),
    }
}

/// The signer's own requests with these ids, in this order.
///
/// # Errors
/// `not_found` if one of them is not theirs: a guess, and summed as one.
pub async fn own(desk: &Desk, ids: &[ApprovalId]) -> Result<Vec<Approval>, Problem> {
    let person = signer(desk)?;
    let found = desk.app().journal().approvals_of(ids.to_vec()).await?;
    let found = found.into_iter().filter(|one| one.person == person);
    let found: HashMap<ApprovalId, Approval> = found.map(|one| (one.id, one)).collect();
    let each = ids.iter().map(|id| found.get(id).cloned());
    let each: Option<Vec<Approval>> = each.collect();
    each.ok_or_else(|| unknown(desk))
}

/// A part of what is behind a request that the caller may see: the file of the document in this place, or the picture
/// of this page of it, as paths name them.
///
/// # Errors
/// `not_found` if there is none, or not any more, or the system took it back; `tampered` if it is another than was kept.
pub async fn part(
    desk: &Desk,
    approval: &Approval,
    (place, page): (&str, Option<&str>),
) -> Result<Vec<u8>, Problem> {
    // It may have gone to the wrong signer.
    let withdrawn = approval.state == ApprovalState::Withdrawn;
    if withdrawn && desk.actor.person().is_some() {
        return Err(Refusal::UnknownObject.into());
    }
    let number = |text: &str| text.parse().map_err(|_| Refusal::UnknownObject);
    let page = match page.map(number).transpose()? {
        Some(0) => return Err(Refusal::UnknownObject.into()),
        page => page.unwrap_or(0),
    };
    let part = desk.app().part_of(approval, (number(place)?, page)).await;
    part.map_err(|why| kept_otherwise(approval, why))
}

/// Why a part of what is behind a request is not handed out.
pub fn kept_otherwise(approval: &Approval, why: NoPart) -> Problem {
    match why {
        NoPart::Gone => Refusal::UnknownObject.into(),
        NoPart::Changed => {
            tracing::error!(approval = %approval.id, "a file behind a request is not what was kept");
            Refusal::Tampered.into()
        }
        NoPart::Hsm(error) => error.into(),
        NoPart::Journal(error) => error.into(),
    }
}

/// The refusal of what is not there or not the caller's: whoever guesses ids must not fill the log.
pub fn unknown(desk: &Desk) -> Problem {
    desk.app().failures.count_of(Failure::Key, &desk.actor);
    Refusal::UnknownObject.into()
}

/// Says that the signer is shown those of these that have not ended, and reads all as they stand
/// after that.
///
/// # Errors
/// [`Problem`].
pub async fn open(desk: &Desk, ids: Vec<ApprovalId>) -> Result<Vec<Approval>, Problem> {
    may_open(desk, &ids).await?;
    for _ in 0..ROUNDS {
        let (shown, now) = (own(desk, &ids).await?, desk.now());
        let open = shown.iter().filter(|one| standing(one, now).is_open());
        let open: Vec<ApprovalId> = open.map(|approval| approval.id).collect();
        if open.is_empty() {
            return Ok(shown);
        }
        match desk.change(Change::OpenApprovals(open)).await {
            // One has ended since it was read: the others are not to wait for it.
            Err(problem) if problem.code() == ProblemCode::ApprovalEnded => {}
            end => {
                end?;
                return own(desk, &ids).await;
            }
        }
    }
    Err(ProblemCode::ApprovalEnded.into())
}

/// How often it is tried to open what has not ended.
const ROUNDS: u8 = 3;

/// Where a request stands now: one whose time is over has expired, though nobody has written so yet.
pub fn standing(approval: &Approval, now: Timestamp) -> ApprovalState {
    if approval.state.is_open() && approval.open_until <= now {
        ApprovalState::Expired
    } else {
        approval.state
    }
}

/// Policy first: also what has ended, where nothing is to be changed, is shown to signers only.
async fn may_open(desk: &Desk, ids: &[ApprovalId]) -> Result<(), Problem> {
    let first = ids.first().ok_or(Refusal::UnknownObject)?;
    let refused = desk.refused(Event::ApprovalOpened);
    let refused = refused.about("approval", first);
    allowed(desk, Change::OpenApprovals(ids.to_vec()), refused).await
}

/// Whether policy lets the caller make this change; `refused` is the entry where it does not.
async fn allowed(desk: &Desk, change: Change, refused: Draft) -> Result<(), Problem> {
    let end = desk.policy().authorize_change(desk.actor.clone(), change);
    told(desk, end.map(|_| ()), refused).await
}

/// Makes a refusal the entry that `refused` is.
async fn told<T>(desk: &Desk, end: Result<T, Refusal>, refused: Draft) -> Result<T, Problem> {
    match end {
        Ok(value) => Ok(value),
        Err(refusal) => {
            desk.note(refused.because(refusal)).await?;
            Err(refusal.into())
        }
    }
}

/// Approves exactly what was shown, all by one one-time password, and waits for what comes of it.
///
/// # Errors
/// [`Problem`]; then nothing was approved.
pub async fn give(
    desk: Desk,
    shown: Vec<(ApprovalId, Shown)>,
    otp: Secret,
) -> Result<Vec<(Approval, End)>, Problem> {
    // In a task of its own: a phone that loses its line must not leave half of it undone.
    desk.apart(move |desk| async move { approve(&desk, &shown, &otp).await })
        .await
}

async fn approve(
    desk: &Desk,
    shown: &[(ApprovalId, Shown)],
    otp: &Secret,
) -> Result<Vec<(Approval, End)>, Problem> {
    let ids: Vec<ApprovalId> = shown.iter().map(|(id, _)| *id).collect();
    let approvals = own(desk, &ids).await?;
    let given = approvals.into_iter().zip(shown);
    let given: Result<Vec<Given>, Problem> = given
        .map(|(approval, (_, shown))| grant(desk, approval, *shown))
        .collect();
    let given = given?;
    let totp = prove(desk, &given, otp).await?;
    desk.change(Change::GiveApprovals(given.clone(), totp))
        .await?;
    Ok(settle(desk, given).await)
}

async fn prove(desk: &Desk, given: &[Given], otp: &Secret) -> Result<TotpUse, Problem> {
    let supposed = supposed(desk.person()?);
    let change = Change::GiveApprovals(given.to_vec(), supposed);
    let first = given.first().ok_or(Refusal::EmptyHashes)?;
    let refused = not_given(desk, first.approval.id);
    allowed(desk, change, refused.clone()).await?;
    desk.own_otp(refused, otp).await
}

/// A factor as if it had been given, for policy to be asked before it: a code is not used up by what is refused
/// anyway.
const fn supposed(person: PersonId) -> TotpUse {
    TotpUse { person, step: 0 }
}

/// A way not to sign.
#[derive(Debug, Clone, Copy)]
pub enum Declined {
    /// Từ chối.
    Refused,
    /// Trả lại.
    Returned,
}

impl Declined {
    const fn event(self) -> Event {
        match self {
            Self::Refused => Event::ApprovalRefused,
            Self::Returned => Event::ApprovalReturned,
        }
    }

    const fn decision(self, words: String, totp: TotpUse) -> Decision {
        match self {
            Self::Refused => Decision::Refuse(words, totp),
            Self::Returned => Decision::Return(words, totp),
        }
    }
}

/// Refuses or returns a request, by a one-time password as an approval is.
///
/// # Errors
/// [`Problem`]; then the request is as it was.
pub async fn decline(
    desk: &Desk,
    id: ApprovalId,
    how: Declined,
    words: String,
    otp: &Secret,
) -> Result<(), Problem> {
    let decided = |totp| Change::DecideApproval(id, how.decision(words.clone(), totp));
    let refused = desk.refused(how.event()).about("approval", id);
    let person = desk.actor.person().ok_or(Refusal::Forbidden);
    let person = told(desk, person, refused.clone()).await?;
    allowed(desk, decided(supposed(person)), refused.clone()).await?;
    may_decline(desk, id, refused.clone()).await?;
    let totp = desk.own_otp(refused, otp).await?;
    desk.change(decided(totp)).await.map(drop)
}

/// The journal asks the same of the row as it stands then; here it is asked so that no one-time password is
/// used up by what is over.
async fn may_decline(desk: &Desk, id: ApprovalId, refused: Draft) -> Result<(), Problem> {
    let (asked, now) = (own(desk, &[id]).await?, desk.now());
    let open = asked.iter().all(|one| standing(one, now).is_open());
    let end = open.then_some(()).ok_or(Refusal::ApprovalEnded);
    told(desk, end, refused).await
}

/// The entry of an approval that was refused, about the first of what was to be approved.
fn not_given(desk: &Desk, first: ApprovalId) -> Draft {
    desk.refused(Event::ApprovalGiven).about("approval", first)
}

/// The refusal of a list that is not the one that was shown as a whole; policy sees each request by itself, and
/// so cannot tell. The entry is the same as policy's.
pub async fn stale(desk: &Desk, ids: &[ApprovalId]) -> Problem {
    let Some(first) = ids.first() else {
        return Refusal::EmptyHashes.into();
    };
    let stale: Result<(), Refusal> = Err(Refusal::ApprovalStale);
    match told(desk, stale, not_given(desk, *first)).await {
        Ok(()) => Refusal::ApprovalStale.into(),
        Err(problem) => problem,
    }
}

/// What lets exactly this request be signed.
fn grant(desk: &Desk, approval: Approval, shown: Shown) -> Result<Given, Problem> {
    let credential = desk.policy().visible(&desk.actor, approval.credential)?;
    let (hash, client) = match approval.way {
        ApprovalWay::Sign => (unspoken()?, None),
        ApprovalWay::Sad(hash) => (hash, Some(approval.client)),
    };
    let digests = approval.digests();
    let sad = Sad {
        id: SadId::random(),
        hash,
        client,
        person: Some(approval.person),
        credential: approval.credential,
        session: None,
        hash_algorithm: digests.first().map(Digest::algorithm),
        binding: SadBinding::Hashes(digests.into()),
        documents: documents_hash(&approval.facts()),
        expires_at: desk.now().after(credential.sad_lifetime),
        made_by: None,
    };
    Ok(Given {
        approval,
        shown,
        sad,
    })
}

/// The hash of a value that is forgotten at once: nobody but this process can present it.
///
/// # Errors
/// If the system has no randomness.
pub fn unspoken() -> Result<SadHash, Problem> {
    let mut bytes = [0; 32];
    let failed = |_| Problem::from(ProblemCode::Internal);
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(SadHash::from_bytes(bytes))
}

/// Signs what the server signs; each by itself, so that one that fails harms no other.
async fn settle(desk: &Desk, given: Vec<Given>) -> Vec<(Approval, End)> {
    let mut under_way = Vec::with_capacity(given.len());
    for one in given {
        let signer = desk.actor.clone().in_call(RequestId::random());
        let app = desk.shared();
        under_way.push(tokio::spawn(async move { end(&app, signer, one).await }));
    }
    let mut ends = Vec::with_capacity(under_way.len());
    for task in under_way {
        if let Ok(end) = task.await {
            ends.push(end);
        }
    }
    ends
}

async fn end(app: &web::Data<App>, signer: Actor, given: Given) -> (Approval, End) {
    let Given { approval, sad, .. } = given;
    let end = match approval.way {
        ApprovalWay::Sign => End::Decided(app.sign_approved(signer, &approval, sad.hash).await),
        ApprovalWay::Sad(_) => End::Granted,
    };
    (approval, end)
}

/// How long a reply waits for a decision at most, where a caller waits for one.
pub const PATIENCE: Duration = Duration::from_secs(100);
