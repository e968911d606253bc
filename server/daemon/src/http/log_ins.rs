//! One's own log-ins: `GET /api/v1/sessions`, `DELETE /api/v1/sessions/{id}`, and the same on the
//! account page.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use kyso_api::management::{List, LogIn as Wire};
use kyso_api::problem::ProblemCode;
use kyso_core::id::{ClientId, PersonId, TokenFamilyId};
use kyso_core::{Change, Timestamp};
use kyso_evidence::entry::Fact;
use kyso_store::read::LogInRow;

use super::desk::Desk;
use super::error::Problem;
use super::management::{read, stored};
use crate::config::Tokens;

/// A log-in of the caller that may still be in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogIn {
    /// What descends from it.
    pub family: TokenFamilyId,
    /// Since when.
    pub since: Timestamp,
    /// When it ends by itself at the latest; one that is refreshed lives on.
    pub until: Timestamp,
    /// The address that it came from, where that was not erased.
    pub address: Option<String>,
    /// The system through which it was made, if it was one.
    pub client: Option<ClientId>,
    /// Whether this call belongs to it.
    pub current: bool,
}

/// `GET sessions`.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk) -> Result<HttpResponse, Problem> {
    let items = alive(&desk).await?.iter().map(wire).collect();
    Ok(HttpResponse::Ok().json(List::<Wire> { items }))
}

fn wire(one: &LogIn) -> Wire {
    Wire {
        id: one.family.to_string(),
        since: one.since.to_string(),
        until: one.until.to_string(),
        address: one.address.clone(),
        client: one.client.map(|id| id.to_string()),
        current: one.current,
    }
}

/// `DELETE sessions/{id}`.
///
/// # Errors
/// `not_found` for one that is not the caller's, or that has ended.
pub async fn remove(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    end(&desk, read::path_id(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends a log-in of the caller's.
///
/// # Errors
/// As [`remove`].
pub async fn end(desk: &Desk, family: TokenFamilyId) -> Result<(), Problem> {
    let alive = alive(desk).await?;
    let own = alive.iter().any(|one| one.family == family);
    if !own {
        return Err(ProblemCode::NotFound.into());
    }
    desk.change(Change::RevokeFamily(family)).await?;
    Ok(())
}

/// Ends every log-in of the caller's but this one.
///
/// # Errors
/// [`Problem`].
pub async fn end_others(desk: &Desk) -> Result<(), Problem> {
    for other in alive(desk).await?.iter().filter(|one| !one.current) {
        desk.change(Change::RevokeFamily(other.family)).await?;
    }
    Ok(())
}

/// The caller's log-ins that may still be in use, the youngest first.
///
/// # Errors
/// `forbidden` for a system.
pub async fn alive(desk: &Desk) -> Result<Vec<LogIn>, Problem> {
    let (person, now) = (desk.person()?, desk.now());
    let since = now.before(longest(&desk.config().tokens, None));
    let found = stored::log_ins(desk.app(), person, since).await?;
    let rows = found.iter().filter(|row| counts(desk, person, row));
    let told: Result<Vec<LogIn>, Problem> = rows.map(|row| told(desk, row)).collect();
    let mut told = told?;
    told.retain(|one| now < one.until);
    Ok(told)
}

/// Whether policy would still take what came of it: nobody ended it, the password is the one that was
/// given, and it proved enough.
fn counts(desk: &Desk, person: PersonId, row: &LogInRow) -> bool {
    let snapshot = desk.policy().snapshot();
    let ended = snapshot.revoked.families.contains(&row.family);
    let password = desk.app().password_of(person);
    let since_password = password.is_some_and(|(_, set_by)| set_by < row.sequence);
    let by_password_alone = row.entry.data.get("totp") == Some(&Fact::Integer(0));
    let enough = !(by_password_alone && snapshot.needs_totp(person));
    !ended && since_password && enough
}

fn told(desk: &Desk, row: &LogInRow) -> Result<LogIn, Problem> {
    let since = read::time(&row.entry.time, "time").map_err(|_| ProblemCode::Internal)?;
    let client = row.entry.client.as_deref().map(str::parse).transpose();
    let client = client.map_err(|_| ProblemCode::Internal)?;
    let mine = desk
        .actor
        .token()
        .filter(|token| token.family == row.family);
    let latest = since.after(longest(&desk.config().tokens, client));
    let until = mine.map_or(latest, |token| token.expires_at);
    Ok(LogIn {
        family: row.family,
        since,
        until: row.refresh_until.map_or(until, |end| end.max(until)),
        address: row.source.clone(),
        client,
        current: mine.is_some(),
    })
}

/// How long a log-in lives without being refreshed: which of the two it is its entry does not say.
fn longest(tokens: &Tokens, client: Option<ClientId>) -> Duration {
    let seconds = match client {
        Some(_) => tokens.person_seconds,
        None => tokens.person_seconds.max(tokens.page_seconds),
    };
    Duration::from_secs(u64::from(seconds))
}
