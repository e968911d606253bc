//! A security officer's picture of a day: signatures by hour and agency.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_core::id::AgencyId;
use kyso_core::{Snapshot, Timestamp};
use kyso_store::read::OfHour;
use kyso_web::{COLOURS, Foreign, Hour, Timeline};

use super::answer::page;
use super::inbox::moment;
use super::naming;
use super::sent::parameter;
use super::visitor::Visitor;
use crate::http::error::Problem;
use crate::http::management::timeline::{Span, counted};

const HOURS: usize = 24;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/timeline").route(web::get().to(timeline)));
}

async fn timeline(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = timeline_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

async fn timeline_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let day = parameter(request, "day").filter(|day| !day.is_empty());
    let day = day.unwrap_or_else(|| moment(visitor.desk.now()).machine()[..10].to_owned());
    let begins = midnight(&day);
    let found = counted(&visitor.desk, begins.clone().map(Span::day_from)).await?;
    let begins = begins?;
    let (agencies, hours) = columns(&found, begins);
    let snapshot = visitor.desk.policy().snapshot();
    let view = Timeline {
        day,
        day_shown: moment(begins).day().into(),
        agencies: named(visitor, &snapshot, &agencies, begins),
        hours,
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// When a day begins in Vietnam.
fn midnight(day: &str) -> Result<Timestamp, Problem> {
    let begins = naming::time(&format!("{day}T00:00"), "day")?;
    begins.ok_or_else(|| Problem::field("day"))
}

/// A column of an agency that has a colour of its own, or of all the others.
type Column = Option<Option<AgencyId>>;

/// The columns, the most active agencies first, and each hour's counts in their order.
fn columns(found: &[OfHour], begins: Timestamp) -> (Vec<Column>, Vec<Hour>) {
    let mut totals: BTreeMap<Option<AgencyId>, u64> = BTreeMap::new();
    for one in found {
        *totals.entry(one.agency).or_default() += one.signatures;
    }
    let mut order: Vec<_> = totals.into_iter().collect();
    order.sort_by_key(|(agency, total)| (std::cmp::Reverse(*total), *agency));
    let mut columns: Vec<Column> = order.into_iter().map(|(agency, _)| Some(agency)).collect();
    if columns.len() > COLOURS {
        columns.truncate(COLOURS - 1);
        columns.push(None);
    }
    let mut counts = vec![vec![0; columns.len()]; HOURS];
    for one in found {
        let own = columns
            .iter()
            .position(|column| *column == Some(one.agency));
        let place = own.unwrap_or(columns.len() - 1);
        let hour = one.hour.since(begins).as_secs() / 3_600;
        let hour = usize::try_from(hour)
            .ok()
            .and_then(|hour| counts.get_mut(hour));
        if let Some(count) = hour.and_then(|hour| hour.get_mut(place)) {
            *count += one.signatures;
        }
    }
    let named = counts.into_iter().enumerate();
    let hours = named.map(|(hour, counts)| Hour {
        name: format!("{hour:02}"),
        counts,
    });
    (columns, hours.collect())
}

/// The columns' names, of agencies those of that day.
fn named(
    visitor: &Visitor,
    snapshot: &Snapshot,
    columns: &[Column],
    day: Timestamp,
) -> Vec<Foreign> {
    let choose = |vi, en| Foreign::new(visitor.language.choose(vi, en));
    let names = columns.iter().map(|column| match column {
        Some(Some(agency)) => naming::agency(snapshot, *agency, day),
        Some(None) => choose("Không thuộc cơ quan nào", "No agency"),
        None => choose("Các cơ quan khác", "Other agencies"),
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(hour: i64, agency: u8, signatures: u64) -> OfHour {
        OfHour {
            hour: Timestamp::from_seconds(hour * 3_600),
            agency: Some(AgencyId::from_bytes([agency; 16])),
            signatures,
        }
    }

    #[test]
    fn the_most_active_come_first_and_the_rest_is_one_column() {
        let mut found: Vec<_> = (1..=8).map(|n| signed(8, n, u64::from(n))).collect();
        found.push(signed(23, 1, 100));
        let (columns, hours) = columns(&found, Timestamp::from_seconds(0));
        let agency = |n| Some(Some(AgencyId::from_bytes([n; 16])));
        assert_eq!(
            columns,
            [agency(1), agency(8), agency(7), agency(6), agency(5), None]
        );
        assert_eq!(hours.len(), HOURS);
        assert_eq!(hours[8].counts, [1, 8, 7, 6, 5, 4 + 3 + 2]);
        assert_eq!(hours[23].counts, [100, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_day_without_signatures_has_all_its_hours() {
        let (columns, hours) = columns(&[], Timestamp::from_seconds(0));
        assert!(columns.is_empty() && hours.len() == HOURS);
    }

    #[test]
    fn days_begin_at_midnight_in_vietnam() {
        assert_eq!(midnight("1970-01-02").unwrap().as_seconds(), 17 * 3_600);
        for bad in ["", "1970-13-01", "hôm nay", "1970-01-01T00:00"] {
            assert!(midnight(bad).is_err(), "{bad}");
        }
    }
}
