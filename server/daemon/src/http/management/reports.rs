//! `GET reports/coverage`: how far the roll-out has come.

use actix_web::HttpResponse;
use kyso_api::management::{Coverage, CoverageRow};
use kyso_core::Refusal;
use kyso_core::model::Agency;

use super::{scope, stored};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// Answers the call, for the agencies that the caller looks after.
///
/// # Errors
/// [`Problem`].
pub async fn coverage(desk: Desk) -> Result<HttpResponse, Problem> {
    let rows = rows(&desk).await?;
    Ok(HttpResponse::Ok().json(Coverage { rows }))
}

/// One row for each agency that the caller looks after.
///
/// # Errors
/// [`Problem`].
pub async fn rows(desk: &Desk) -> Result<Vec<CoverageRow>, Problem> {
    let (caller, now) = (desk.person()?, desk.now());
    let snapshot = desk.policy().snapshot();
    if !scope::is_overseer(&snapshot, caller, now) {
        return Err(Refusal::Forbidden.into());
    }
    let counts = stored::coverage(desk.app(), snapshot.clone(), now).await?;
    let mut agencies: Vec<&Agency> = snapshot
        .agencies
        .values()
        .filter(|agency| scope::oversees(&snapshot, caller, agency.id, now))
        .filter(|agency| agency.valid_until.is_none_or(|end| now < end))
        .collect();
    agencies.sort_unstable_by(|a, b| (&a.level, &a.name).cmp(&(&b.level, &b.name)));
    let rows = agencies.into_iter().map(|agency| {
        let count = counts.get(&agency.id).copied().unwrap_or_default();
        CoverageRow {
            agency: agency.id.to_string(),
            name: agency.name.clone(),
            level: agency.level.clone(),
            required: count.required,
            certified: count.certified,
            used: count.used,
        }
    });
    Ok(rows.collect())
}
