//! `GET audit/views`: a security officer's standing questions, counted, and each page by page.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::{StreamExt, TryStreamExt, stream};
use kyso_api::management::{CountedView, ViewPage, ViewQuery, ViewRow, Views};
use kyso_api::problem::ProblemCode;
use kyso_core::{Draft, Timestamp};
use kyso_store::views::{GapFilter, Question, Stretch};

use super::view_names::Name;
use super::{audit, read, stored, view_query, view_rows};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// Rows of a page: when nothing is said, and at most.
const PAGE: u32 = 100;
const MOST: u16 = 1_000;

/// Rows that are counted of each question where all are looked at together: who wants to know of more opens the question.
const COUNTED: u16 = 200;

/// Questions that are counted side by side: one after another they take as long as all together, and each has a
/// connection of the pool meanwhile, which others want, too.
const AT_ONCE: usize = 2;

/// What is looked at when nothing is said.
const MONTH: Duration = Duration::from_hours(30 * 24);

/// `GET audit/views`.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked =
        read::query(request.query_string()).and_then(|query| Span::alone(&query, desk.now()));
    let span = asked.clone();
    let counts = counted(&desk, asked).await?;
    let Span { from, to } = span?;
    let language = desk.call.language;
    let views = counts.into_iter().map(|count| CountedView {
        view: count.name.told(language),
        rows: count.rows,
        more: count.more,
    });
    Ok(HttpResponse::Ok().json(Views {
        from: from.to_string(),
        to: to.to_string(),
        views: views.collect(),
    }))
}

/// `GET audit/views/{name}`.
///
/// # Errors
/// [`Problem`].
pub async fn page(
    desk: Desk,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let name = Name::of(&path).ok_or_else(|| ProblemCode::NotFound.into());
    let query = read::query(request.query_string());
    let asked = name.and_then(|name| Asked::read(name, &query?, desk.now()));
    let found = found(&desk, asked).await?;
    Ok(HttpResponse::Ok().json(ViewPage {
        view: found.name.told(desk.call.language),
        rows: found.rows,
        next: found.next,
    }))
}

/// From when until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    from: Timestamp,
    to: Timestamp,
}

impl Span {
    fn read(query: &ViewQuery, now: Timestamp) -> Result<Self, Problem> {
        let time =
            |text: &Option<String>, name| text.as_deref().map(|t| read::time(t, name)).transpose();
        let to = time(&query.to, "to")?.unwrap_or(now);
        let from = time(&query.from, "from")?.unwrap_or_else(|| to.before(MONTH));
        if from < to {
            Ok(Self { from, to })
        } else {
            Err(Problem::field("from"))
        }
    }

    /// From when.
    pub const fn from(self) -> Timestamp {
        self.from
    }

    /// Until when.
    pub const fn to(self) -> Timestamp {
        self.to
    }

    /// Of a query that says nothing else.
    ///
    /// # Errors
    /// `invalid_field` naming what is wrong or has no use here.
    pub fn alone(query: &ViewQuery, now: Timestamp) -> Result<Self, Problem> {
        view_query::only(query, &["from", "to"])?;
        Self::read(query, now)
    }
}

/// How many rows a question has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The question.
    pub name: Name,
    /// Rows that were counted.
    pub rows: u64,
    /// Whether there may be more.
    pub more: bool,
}

/// Counts every question over this span, as this officer; that it was read is an entry.
///
/// # Errors
/// [`Problem`].
pub async fn counted(desk: &Desk, asked: Result<Span, Problem>) -> Result<Vec<Count>, Problem> {
    let facts = asked.as_ref().ok().map(|span| {
        let Span { from, to } = *span;
        move |draft: Draft| {
            let draft = draft.fact("view", "all").fact("from", from.to_string());
            draft.fact("to", to.to_string())
        }
    });
    audit::admit(desk, facts).await?;
    let span = asked?;
    let each = Name::ALL.map(|name| count(desk, Asked::usual(name, span, desk.now())));
    stream::iter(each).buffered(AT_ONCE).try_collect().await
}

async fn count(desk: &Desk, asked: Asked) -> Result<Count, Problem> {
    let found = read_rows(desk, asked).await?;
    Ok(Count {
        name: found.name,
        rows: u64::try_from(found.rows.len()).unwrap_or(u64::MAX),
        more: found.next.is_some(),
    })
}

/// What a question is asked over.
#[derive(Debug, Clone)]
pub(super) enum Over {
    /// The log.
    Log(Question, Stretch),
    /// The credentials, from now until then, after the one that ended at this time.
    Credentials(Timestamp, Option<(Timestamp, String)>),
    /// The register of numbers.
    Numbers(GapFilter),
}

/// A question that can be answered.
#[derive(Debug, Clone)]
pub struct Asked {
    name: Name,
    over: Over,
    limit: u16,
    said: Option<String>,
}

impl Asked {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_field` naming the one that is wrong, or of which the view has no use.
    pub fn read(name: Name, query: &ViewQuery, now: Timestamp) -> Result<Self, Problem> {
        let limit = query.limit.unwrap_or(PAGE);
        let limit = u16::try_from(limit).ok();
        let limit = limit.filter(|limit| (1..=MOST).contains(limit));
        let said = view_query::said(name, query)?;
        let Span { from, to } = Span::read(query, now)?;
        Ok(Self {
            name,
            over: view_query::over(name, query, (from, to), now)?,
            limit: limit.ok_or_else(|| Problem::field("limit"))?,
            said,
        })
    }

    /// As it is asked where nothing else is said: such a query has nothing wrong.
    fn usual(name: Name, span: Span, now: Timestamp) -> Self {
        let Span { from, to } = span;
        Self {
            name,
            over: view_query::usual(name, (from, to), now),
            limit: COUNTED,
            said: None,
        }
    }
}

/// Rows of a question.
#[derive(Debug, Clone)]
pub struct Found {
    /// The question.
    pub name: Name,
    /// Its rows.
    pub rows: Vec<ViewRow>,
    /// `after` of the next page.
    pub next: Option<String>,
}

/// Answers a question, as this officer; that it was read is an entry.
///
/// # Errors
/// [`Problem`].
pub async fn found(desk: &Desk, asked: Result<Asked, Problem>) -> Result<Found, Problem> {
    let facts = asked.as_ref().ok().map(|asked| {
        let (name, limit, said) = (asked.name.name(), asked.limit, asked.said.clone());
        move |draft: Draft| {
            let draft = draft.fact("view", name).fact("limit", i64::from(limit));
            match said {
                Some(said) => draft.fact("filters", said),
                None => draft,
            }
        }
    });
    audit::admit(desk, facts).await?;
    read_rows(desk, asked?).await
}

async fn read_rows(desk: &Desk, asked: Asked) -> Result<Found, Problem> {
    let Asked {
        name, over, limit, ..
    } = asked;
    let (rows, next) = match over {
        Over::Log(question, stretch) => {
            let page = stored::view(desk.app(), question, stretch, limit).await?;
            view_rows::of_log(page)
        }
        Over::Credentials(until, after) => {
            let snapshot = desk.policy().snapshot();
            view_rows::of_credentials(&snapshot, (desk.now(), until), after.as_ref(), limit)
        }
        Over::Numbers(filter) => {
            let year = filter.year;
            let page = stored::skipped_numbers(desk.app(), filter, limit).await?;
            view_rows::of_numbers(page, year)
        }
    };
    Ok(Found { name, rows, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_meant_where_nothing_is_said() {
        let now = Timestamp::from_seconds(100_000_000);
        let span = Span::alone(&ViewQuery::default(), now).unwrap();
        assert_eq!(span.to, now);
        assert_eq!(span.from, now.before(MONTH));
        let other = ViewQuery {
            over: Some(5),
            ..ViewQuery::default()
        };
        assert!(Span::alone(&other, now).is_err());
    }
}
