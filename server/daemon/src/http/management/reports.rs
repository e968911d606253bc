//! `GET reports/coverage`: how far the roll-out has come.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use kyso_api::management::{Coverage, CoverageLevel, CoverageRow};
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
    let levels = levels(&rows);
    Ok(HttpResponse::Ok().json(Coverage { rows, levels }))
}

/// The sums of these rows by level, in the order of the levels' names.
pub fn levels(rows: &[CoverageRow]) -> Vec<CoverageLevel> {
    let mut levels: BTreeMap<&str, CoverageLevel> = BTreeMap::new();
    for row in rows {
        let sum = levels.entry(&row.level).or_insert_with(|| CoverageLevel {
            level: row.level.clone(),
            required: 0,
            certified: 0,
            used: 0,
        });
        sum.required = sum.required.saturating_add(row.required);
        sum.certified = sum.certified.saturating_add(row.certified);
        sum.used = sum.used.saturating_add(row.used);
    }
    levels.into_values().collect()
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
    agencies.sort_unstable_by(|a, b| (&a.level, a.name.at(now)).cmp(&(&b.level, b.name.at(now))));
    let rows = agencies.into_iter().map(|agency| {
        let count = counts.get(&agency.id).copied().unwrap_or_default();
        CoverageRow {
            agency: agency.id.to_string(),
            name: agency.name.at(now).clone(),
            level: agency.level.clone(),
            required: count.required,
            certified: count.certified,
            used: count.used,
        }
    });
    Ok(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agencies_of_one_level_are_added_up() {
        let row = |level: &str, required, certified, used| CoverageRow {
            agency: String::new(),
            name: String::new(),
            level: level.to_owned(),
            required,
            certified,
            used,
        };
        let rows = [
            row("xã", 1, 2, 3),
            row("sở", 4, 0, 0),
            row("xã", 10, 20, 30),
        ];
        let sums = levels(&rows);
        let sums = sums.iter();
        let sums = sums.map(|sum| (&*sum.level, sum.required, sum.certified, sum.used));
        assert_eq!(
            sums.collect::<Vec<_>>(),
            [("sở", 4, 0, 0), ("xã", 11, 22, 33)]
        );
    }
}
