//! Numbers that no outgoing document of a series and year has.

use diesel::prelude::*;
use diesel::sql_types::Bool;
use kyso_core::id::AgencyId;

use crate::connection::{Db, MultiBackend};
use crate::error::StoreError;
use crate::tables::document_number as table;

/// Numbers that are read at once, and how often at most for one page.
const AT_ONCE: i64 = 4_096;
const ROUNDS: usize = 16;

/// Which numbers are looked through.
#[derive(Debug, Clone)]
pub struct GapFilter {
    /// The year.
    pub year: i64,
    /// Only those of this agency.
    pub agency: Option<AgencyId>,
    /// Only what comes after this number: the last that the page before looked at.
    pub after: Option<GapPlace>,
}

/// A number of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapPlace {
    /// Whose it is.
    pub agency: AgencyId,
    /// The series, as it is compared.
    pub series: String,
    /// The number.
    pub number: i64,
}

/// Numbers that follow each other and that no document has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The first of them and the last.
    pub missing: (i64, i64),
    /// The first number after them that a document has.
    pub then: GapPlace,
    /// The intent of that document's first seal.
    pub sequence: i64,
}

/// A page of gaps, by agency, series and number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GapPage {
    /// The gaps.
    pub gaps: Vec<Gap>,
    /// `after` of the next page; `None` on the last.
    pub next: Option<GapPlace>,
}

/// Finds at most `limit` gaps: of each series from 1 to the highest number that was sealed in the year.
///
/// # Errors
/// If the database fails.
pub fn skipped_numbers(db: &mut Db, filter: &GapFilter, limit: u16) -> Result<GapPage, StoreError> {
    let mut walk = Walk {
        last: filter.after.clone(),
        gaps: Vec::new(),
    };
    for _ in 0..ROUNDS {
        let rows = rows(db, filter, walk.last.as_ref())?;
        for (agency, series, number, sequence) in &rows {
            let Ok(agency) = AgencyId::try_from(agency.as_slice()) else {
                continue;
            };
            let place = GapPlace {
                agency,
                series: series.clone(),
                number: *number,
            };
            walk.step(place, *sequence);
            if walk.gaps.len() >= usize::from(limit.max(1)) {
                return Ok(walk.end());
            }
        }
        if i64::try_from(rows.len()).is_ok_and(|read| read < AT_ONCE) {
            walk.last = None;
            break;
        }
    }
    Ok(walk.end())
}

/// How far the numbers were looked through.
struct Walk {
    last: Option<GapPlace>,
    gaps: Vec<Gap>,
}

impl Walk {
    /// A series begins at 1.
    fn step(&mut self, then: GapPlace, sequence: i64) {
        let same = |last: &&GapPlace| last.agency == then.agency && last.series == then.series;
        let before = self
            .last
            .as_ref()
            .filter(same)
            .map_or(0, |last| last.number);
        self.last = Some(then.clone());
        if then.number > before.saturating_add(1) {
            self.gaps.push(Gap {
                missing: (before + 1, then.number - 1),
                then,
                sequence,
            });
        }
    }

    fn end(self) -> GapPage {
        GapPage {
            gaps: self.gaps,
            next: self.last,
        }
    }
}

/// Agency, series, number, first intent.
type Row = (Vec<u8>, String, i64, i64);

type Condition = Box<dyn BoxableExpression<table::table, MultiBackend, SqlType = Bool>>;

/// The next numbers in the order of the table's key.
fn rows(db: &mut Db, filter: &GapFilter, after: Option<&GapPlace>) -> QueryResult<Vec<Row>> {
    let mut query = table::table
        .filter(table::year.eq(filter.year))
        .order((table::agency_id, table::series, table::year, table::number))
        .limit(AT_ONCE)
        .select((
            table::agency_id,
            table::series,
            table::number,
            table::sequence,
        ))
        .into_boxed::<MultiBackend>();
    if let Some(agency) = filter.agency {
        query = query.filter(table::agency_id.eq(agency.as_bytes().to_vec()));
    }
    if let Some(place) = after {
        query = query.filter(beyond(place));
    }
    query.load(db)
}

fn beyond(place: &GapPlace) -> Condition {
    let agency = place.agency.as_bytes().to_vec();
    let later = table::series.gt(place.series.clone()).or(table::series
        .eq(place.series.clone())
        .and(table::number.gt(place.number)));
    Box::new(
        table::agency_id
            .gt(agency.clone())
            .or(table::agency_id.eq(agency).and(later)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(numbers: &[(u8, &str, i64)]) -> Vec<(i64, i64)> {
        let mut walk = Walk {
            last: None,
            gaps: Vec::new(),
        };
        for (agency, series, number) in numbers {
            let place = GapPlace {
                agency: AgencyId::from_bytes([*agency; 16]),
                series: (*series).to_owned(),
                number: *number,
            };
            walk.step(place, *number);
        }
        walk.gaps.iter().map(|gap| gap.missing).collect()
    }

    #[test]
    fn each_series_of_each_agency_begins_at_one() {
        assert_eq!(gaps(&[(1, "QĐ", 1), (1, "QĐ", 2), (1, "QĐ", 3)]), []);
        assert_eq!(gaps(&[(1, "QĐ", 3)]), [(1, 2)]);
        assert_eq!(gaps(&[(1, "QĐ", 1), (1, "QĐ", 5)]), [(2, 4)]);
        assert_eq!(gaps(&[(1, "CV", 1), (1, "QĐ", 2)]), [(1, 1)]);
        assert_eq!(gaps(&[(1, "QĐ", 1), (2, "QĐ", 2)]), [(1, 1)]);
    }
}
