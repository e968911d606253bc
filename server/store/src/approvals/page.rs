//! One page of requests for approval, and where the next one begins.

use std::cmp::Reverse;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Untyped};
use kyso_core::Timestamp;
use kyso_core::id::{ApprovalId, ClientId, PersonId};
use kyso_core::model::{ApprovalState, Precedence, Urgency};

use crate::connection::{Db, MultiBackend};
use crate::rows::ApprovalRow;
use crate::schema::approval;

/// Which requests, and in which order.
#[derive(Debug, Clone)]
pub struct ApprovalFilter {
    /// Whose.
    pub of: Asked,
    /// In one of these states; all if empty.
    pub states: Vec<ApprovalState>,
    /// In this order, from there on.
    pub from: PageStart,
    /// At most so many.
    pub limit: u16,
}

/// The order of a page, and the last of the page before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStart {
    /// The newest state first: only those that came into their state before this time, or at the same time
    /// with a smaller id.
    Newest(Option<(Timestamp, ApprovalId)>),
    /// What is to be decided first comes first: only those after this one. Other states than those that wait
    /// are left out.
    Precedence(Option<Precedence>),
}

/// By whom, or of whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// What this system asked.
    By(ClientId),
    /// What this person is asked.
    Of(PersonId),
}

/// A page, and where the next one begins. That is told of the rows as they were found: one that is not trusted
/// must not end the reading.
pub(super) fn of(
    db: &mut Db,
    filter: &ApprovalFilter,
) -> QueryResult<(Vec<ApprovalRow>, Option<PageStart>)> {
    let limit = usize::from(filter.limit);
    let mut rows = match filter.from {
        PageStart::Newest(before) => newest(db, filter, before)?,
        PageStart::Precedence(after) => to_decide(db, filter, after)?,
    };
    let more = rows.len() > limit;
    rows.truncate(limit);
    // The last whose place can be read, in case that the database's owner put something there that cannot.
    let mut last = rows.iter().rev().filter(|_| more);
    let next = last.find_map(|row| filter.from.after(row));
    Ok((rows, next))
}

/// One more than the page holds tells whether another comes.
fn one_more(filter: &ApprovalFilter) -> i64 {
    i64::from(filter.limit) + 1
}

impl PageStart {
    /// What comes after this row in this order.
    fn after(self, row: &ApprovalRow) -> Option<Self> {
        let at = Timestamp::from_micros;
        let id = ApprovalId::try_from(row.id.as_slice()).ok()?;
        Some(match self {
            Self::Newest(_) => Self::Newest(Some((at(row.state_at), id))),
            Self::Precedence(_) => Self::Precedence(Some(Precedence {
                urgency: Reverse(Urgency::from_rank(row.urgency)?),
                due_at: row.due_at.map_or(Timestamp::NEVER, at),
                submitted_at: at(row.submitted_at),
                id,
            })),
        })
    }
}

fn newest(
    db: &mut Db,
    filter: &ApprovalFilter,
    before: Option<(Timestamp, ApprovalId)>,
) -> QueryResult<Vec<ApprovalRow>> {
    let states = match filter.states.as_slice() {
        [] => &ApprovalState::ALL,
        some => some,
    };
    let mut rows = Vec::new();
    for state in states {
        rows.extend(page_in(db, filter, before, *state)?);
    }
    rows.sort_unstable_by(|a, b| (b.state_at, &b.id).cmp(&(a.state_at, &a.id)));
    Ok(rows)
}

/// One state at a time: each is one range of the index, however many rows are in the others.
fn page_in(
    db: &mut Db,
    filter: &ApprovalFilter,
    before: Option<(Timestamp, ApprovalId)>,
    state: ApprovalState,
) -> QueryResult<Vec<ApprovalRow>> {
    let mut query = approval::table
        .filter(approval::state.eq(state.name()))
        .order((approval::state_at.desc(), approval::id.desc()))
        .limit(one_more(filter))
        .select(ApprovalRow::as_select())
        .into_boxed::<MultiBackend>()
        .filter(whose(&filter.of));
    if let Some((at, id)) = &before {
        let at = at.as_micros();
        let same = approval::state_at
            .eq(at)
            .and(approval::id.lt(id.as_bytes().as_slice()));
        query = query.filter(approval::state_at.lt(at).or(same));
    }
    query.load(db)
}

type Condition = Box<dyn BoxableExpression<approval::table, MultiBackend, SqlType = Bool>>;

fn whose(asked: &Asked) -> Condition {
    match asked {
        Asked::By(client) => Box::new(approval::client_id.eq(client.as_bytes().to_vec())),
        Asked::Of(person) => Box::new(approval::person_id.eq(person.as_bytes().to_vec())),
    }
}

/// As the index `approval_to_decide` has them, in its own words: it serves no others.
const PRECEDENCE: &str = "-urgency, coalesce(due_at, 9223372036854775807), submitted_at, id";
/// What that index holds, in its own words.
const WAITS: &str = "state IN ('opened', 'waiting')";

/// What waits, as it is to be decided: one range of the index, whatever else there is.
fn to_decide(
    db: &mut Db,
    filter: &ApprovalFilter,
    after: Option<Precedence>,
) -> QueryResult<Vec<ApprovalRow>> {
    let mut query = approval::table
        .filter(sql::<Bool>(WAITS))
        .order(sql::<Untyped>(PRECEDENCE))
        .limit(one_more(filter))
        .select(ApprovalRow::as_select())
        .into_boxed::<MultiBackend>()
        .filter(whose(&filter.of));
    if let [state] = filter.states[..] {
        query = query.filter(approval::state.eq(state.name()));
    }
    if let Some(after) = after {
        query = query.filter(follows(after));
    }
    query.load(db)
}

/// What comes after this one. The first condition says nothing more, but lets SQLite begin in the middle.
fn follows(after: Precedence) -> Condition {
    let urgency = -after.urgency.0.rank();
    let later = sql::<Bool>("-urgency >= ")
        .bind::<BigInt, _>(urgency)
        .sql(&format!(" AND ({PRECEDENCE}) > ("))
        .bind::<BigInt, _>(urgency)
        .sql(", ")
        .bind::<BigInt, _>(after.due_at.as_micros())
        .sql(", ")
        .bind::<BigInt, _>(after.submitted_at.as_micros())
        .sql(", ")
        .bind::<Binary, _>(after.id.as_bytes().to_vec())
        .sql(")");
    Box::new(later)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use diesel::sql_types::Text;

    use super::*;
    use crate::connection::{Access, Connector, Location};

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    /// How SQLite reads what waits, after any or from the beginning.
    fn plan(db: &mut SqliteConnection, after: &str) -> Vec<String> {
        let query = format!(
            "EXPLAIN QUERY PLAN SELECT payload FROM approval WHERE {WAITS} AND person_id = x'00' \
             {after} ORDER BY {PRECEDENCE} LIMIT 51"
        );
        let steps: Vec<Step> = diesel::sql_query(query).load(db).unwrap();
        steps.into_iter().map(|step| step.detail).collect()
    }

    #[test]
    fn what_waits_is_read_in_the_order_of_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("kyso.db"));
        let connector = Connector::new(location, Duration::from_secs(5));
        let mut db = connector.open(Access::Migrate).unwrap();
        crate::migrations::migrate(&mut db).unwrap();
        let Db::Sqlite(db) = &mut db else {
            unreachable!("opened as SQLite");
        };
        let index = "SEARCH approval USING INDEX approval_to_decide (person_id=?";
        assert_eq!(plan(db, ""), [format!("{index})")]);
        let after = format!("AND -urgency >= -1 AND ({PRECEDENCE}) > (-1, 2, 3, x'04')");
        assert_eq!(plan(db, &after), [format!("{index} AND <expr>>?)")]);
    }
}
