//! Stamping sessions: a records clerk lets one system stamp, so many times, until a time.

use actix_web::{HttpResponse, web};
use kyso_api::management::{
    List, NewStampingSession, StampingSession as Wire, StampingSessionState,
};
use kyso_api::problem::ProblemCode;
use kyso_core::custody::KeyPurpose;
use kyso_core::id::{CredentialId, PersonId, StampingSessionId};
use kyso_core::model::{CredentialKind, StampingSession};
use kyso_core::{Change, Draft, Snapshot, Timestamp};
use kyso_evidence::Event;
use kyso_store::read::EndedOf;

use super::{read, scope, stored};
use crate::http::body::Json;
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// Most purposes of one session.
const PURPOSES: usize = 16;

/// `POST stamping-sessions`.
///
/// # Errors
/// [`Problem`].
pub async fn open(desk: Desk, wanted: Json<NewStampingSession>) -> Result<HttpResponse, Problem> {
    let session = put(&desk, &wanted.0).await?;
    Ok(HttpResponse::Created().json(wire(&session, 0, desk.now())))
}

/// Opens a session, as this clerk.
///
/// # Errors
/// [`Problem`].
pub async fn put(desk: &Desk, wanted: &NewStampingSession) -> Result<StampingSession, Problem> {
    let session = session(wanted, desk.person()?, desk.now())?;
    // Never the log-in's: who opens the drawer with the seal says so at that moment.
    let refused = refused(desk, session.credential)?;
    let totp = desk.own_otp(refused, &wanted.otp).await?;
    desk.change(Change::OpenStampingSession(session.clone(), totp))
        .await?;
    Ok(session)
}

/// The entry of an opening whose one-time password does not hold; it names the seal if the caller
/// may see it.
fn refused(desk: &Desk, credential: CredentialId) -> Result<Draft, Problem> {
    let (draft, snapshot) = (desk.refused(Event::SessionOpened), desk.policy().snapshot());
    let (caller, now) = (desk.person()?, desk.now());
    let seal = snapshot.credentials.get(&credential);
    let seal = seal.filter(|seal| scope::sees(&snapshot, caller, seal, now));
    Ok(match seal {
        Some(seal) => draft.with(seal, KeyPurpose::Seal),
        None => draft,
    })
}

fn session(
    wanted: &NewStampingSession,
    clerk: PersonId,
    now: Timestamp,
) -> Result<StampingSession, Problem> {
    let expires_at = read::time(&wanted.until, "until")?;
    if expires_at <= now {
        return Err(Problem::field("until"));
    }
    if wanted.limit == 0 {
        return Err(Problem::field("limit"));
    }
    Ok(StampingSession {
        id: StampingSessionId::random(),
        client: read::id(&wanted.client, "client")?,
        credential: read::id(&wanted.credential, "credential")?,
        opened_by: clerk,
        limit: wanted.limit,
        purposes: purposes(&wanted.purposes)?,
        opened_at: now,
        expires_at,
        closed_at: None,
        made_by: None,
    })
}

fn purposes(wanted: &[String]) -> Result<Vec<String>, Problem> {
    let is_code = |text: &String| {
        (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
    };
    let mut purposes = wanted.to_vec();
    purposes.sort_unstable();
    purposes.dedup();
    if (1..=PURPOSES).contains(&purposes.len()) && purposes.iter().all(is_code) {
        Ok(purposes)
    } else {
        Err(Problem::field("purposes"))
    }
}

/// `GET stamping-sessions`: of the seals that the caller may see.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk) -> Result<HttpResponse, Problem> {
    let (seen, now) = (seen(&desk).await?, desk.now());
    let items = seen
        .iter()
        .map(|(session, used)| wire(session, *used, now))
        .collect();
    Ok(HttpResponse::Ok().json(List::<Wire> { items }))
}

/// The sessions that the caller may see, by id, each with the stamps that it has used up.
///
/// # Errors
/// [`Problem`].
pub async fn seen(desk: &Desk) -> Result<Vec<(StampingSession, u32)>, Problem> {
    let (caller, now) = (desk.person()?, desk.now());
    let snapshot = desk.policy().snapshot();
    let mut sessions: Vec<StampingSession> = snapshot
        .sessions
        .iter()
        .filter(|session| sees(&snapshot, caller, session, now))
        .cloned()
        .collect();
    sessions.sort_unstable_by_key(|session| session.id);
    with_uses(desk, sessions).await
}

/// The sessions that are over and that the caller may see, the youngest first, each with its stamps.
///
/// # Errors
/// [`Problem`].
pub async fn ended(
    desk: &Desk,
    before: Option<Timestamp>,
    limit: u16,
) -> Result<Vec<(StampingSession, u32)>, Problem> {
    let (caller, now) = (desk.person()?, desk.now());
    let snapshot = desk.policy().snapshot();
    let seals = snapshot.credentials.values();
    let seals = seals.filter(|one| one.kind == CredentialKind::Seal);
    let seals = seals.filter(|seal| scope::sees(&snapshot, caller, seal, now));
    let of = EndedOf {
        opened_by: caller,
        seals: seals.map(|seal| seal.id).collect(),
        before,
        limit,
    };
    let found = stored::ended_sessions(desk.app(), of, now).await?;
    with_uses(desk, found).await
}

async fn with_uses(
    desk: &Desk,
    sessions: Vec<StampingSession>,
) -> Result<Vec<(StampingSession, u32)>, Problem> {
    let ids = sessions.iter().map(|session| session.id).collect();
    let used = stored::session_uses(desk.app(), ids).await?;
    let with_use = sessions.into_iter().map(|session| {
        let used = used.get(&session.id).copied().unwrap_or(0);
        (session, used)
    });
    Ok(with_use.collect())
}

/// Whether the person may see the session: who opened it, and who may see the seal.
fn sees(snapshot: &Snapshot, person: PersonId, session: &StampingSession, now: Timestamp) -> bool {
    let seal = snapshot.credentials.get(&session.credential);
    session.opened_by == person || seal.is_some_and(|seal| scope::sees(snapshot, person, seal, now))
}

/// The session of this id in a path, over or not, if the caller may see it, with the stamps that it has
/// used up.
///
/// # Errors
/// `not_found`.
pub async fn one_seen(desk: &Desk, id: &str) -> Result<(StampingSession, u32), Problem> {
    let (caller, now) = (desk.person()?, desk.now());
    let id: StampingSessionId = read::path_id(id)?;
    let snapshot = desk.policy().snapshot();
    let found = stored::session_of_id(desk.app(), id).await?;
    let found = found.filter(|one| sees(&snapshot, caller, one, now));
    let session = found.ok_or(ProblemCode::NotFound)?;
    let used = stored::session_uses(desk.app(), vec![id]).await?;
    Ok((session, used.get(&id).copied().unwrap_or(0)))
}

/// Whether a session can still stamp.
pub fn state(session: &StampingSession, used: u32, now: Timestamp) -> StampingSessionState {
    let over = now >= session.expires_at || used >= session.limit;
    match session.closed_at {
        Some(_) => StampingSessionState::Closed,
        None if over => StampingSessionState::Ended,
        None => StampingSessionState::Open,
    }
}

fn wire(session: &StampingSession, used: u32, now: Timestamp) -> Wire {
    Wire {
        id: session.id.to_string(),
        client: session.client.to_string(),
        credential: session.credential.to_string(),
        opened_by: session.opened_by.to_string(),
        until: session.expires_at.to_string(),
        purposes: session.purposes.clone(),
        limit: session.limit,
        used,
        remaining: session.limit.saturating_sub(used),
        state: state(session, used, now),
    }
}

/// `POST stamping-sessions/{id}/close`: clerk, manager and officer, at once.
///
/// # Errors
/// [`Problem`].
pub async fn close(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    shut(&desk, &path).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Closes the session of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn shut(desk: &Desk, id: &str) -> Result<(), Problem> {
    desk.change(Change::CloseStampingSession(read::path_id(id)?))
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use kyso_api::Secret;
    use kyso_core::id::ClientId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(0);

    fn wanted() -> NewStampingSession {
        NewStampingSession {
            client: ClientId::random().to_string(),
            credential: CredentialId::random().to_string(),
            limit: 3,
            until: "1970-01-01T01:00:00Z".into(),
            purposes: vec!["SAO_Y".into(), "PHAT_HANH".into(), "SAO_Y".into()],
            otp: Secret::new("1"),
        }
    }

    #[test]
    fn a_session_has_an_end_a_limit_and_purposes() {
        let clerk = PersonId::random();
        let good = session(&wanted(), clerk, NOW).unwrap();
        assert_eq!(good.purposes, ["PHAT_HANH", "SAO_Y"]);
        assert_eq!((good.opened_by, good.opened_at), (clerk, NOW));
        let bad: [fn(&mut NewStampingSession); 7] = [
            |w| w.limit = 0,
            |w| w.until = "1970-01-01T00:00:00Z".into(),
            |w| w.until = "8 giờ".into(),
            |w| w.purposes = Vec::new(),
            |w| w.purposes = vec!["phát hành".into()],
            |w| w.client = "dms".into(),
            |w| w.credential = String::new(),
        ];
        for (case, change) in bad.into_iter().enumerate() {
            let mut wanted = wanted();
            change(&mut wanted);
            assert!(session(&wanted, clerk, NOW).is_err(), "{case}");
        }
    }

    #[test]
    fn a_used_up_session_has_ended() {
        let mut session = session(&wanted(), PersonId::random(), NOW).unwrap();
        let state = |session: &_, used, at| wire(session, used, Timestamp::from_seconds(at)).state;
        assert_eq!(state(&session, 2, 1), StampingSessionState::Open);
        assert_eq!(state(&session, 3, 1), StampingSessionState::Ended);
        assert_eq!(state(&session, 0, 3600), StampingSessionState::Ended);
        session.closed_at = Some(NOW);
        assert_eq!(state(&session, 0, 1), StampingSessionState::Closed);
    }
}
