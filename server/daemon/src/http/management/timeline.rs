//! `GET audit/signatures`: how much was signed, by hour and agency, for security officers only.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse};
use kyso_api::management::{SignatureCount, SignatureCounts, SignaturesQuery};
use kyso_core::Timestamp;
use kyso_store::read::OfHour;

use super::{audit, read, stored};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// What is counted when nothing is said.
const DAY: Duration = Duration::from_hours(24);
/// The longest that is counted at once.
const MOST: Duration = Duration::from_hours(31 * 24);

/// Answers the call.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked =
        read::query(request.query_string()).and_then(|query| Span::read(&query, desk.now()));
    let found = counted(&desk, asked).await?;
    let counts = found.into_iter().map(|one| SignatureCount {
        hour: one.hour.to_string(),
        agency: one.agency.map(|id| id.to_string()),
        signatures: one.signatures,
    });
    Ok(HttpResponse::Ok().json(SignatureCounts {
        counts: counts.collect(),
    }))
}

/// From when until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    from: Timestamp,
    to: Timestamp,
}

impl Span {
    /// A day from this time on.
    pub fn day_from(from: Timestamp) -> Self {
        Self {
            from,
            to: from.after(DAY),
        }
    }

    fn read(query: &SignaturesQuery, now: Timestamp) -> Result<Self, Problem> {
        let time =
            |text: &Option<String>, name| text.as_deref().map(|t| read::time(t, name)).transpose();
        let to = time(&query.to, "to")?.unwrap_or(now);
        let from = time(&query.from, "from")?.unwrap_or_else(|| to.before(DAY));
        if from < to && to <= from.after(MOST) {
            Ok(Self { from, to })
        } else {
            Err(Problem::field("from"))
        }
    }
}

/// Counts as this officer; that it was read is an entry.
///
/// # Errors
/// [`Problem`].
pub async fn counted(desk: &Desk, asked: Result<Span, Problem>) -> Result<Vec<OfHour>, Problem> {
    let facts = asked.as_ref().ok().map(|span| {
        move |draft: kyso_core::Draft| {
            draft
                .fact("from", span.from.to_string())
                .fact("to", span.to.to_string())
        }
    });
    audit::admit(desk, facts).await?;
    let Span { from, to } = asked?;
    stored::signatures_by_hour(desk.app(), from, to).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: Option<&str>, to: Option<&str>) -> Result<Span, Problem> {
        let query = SignaturesQuery {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        Span::read(&query, Timestamp::from_seconds(1_000_000))
    }

    #[test]
    fn the_last_day_is_meant_where_nothing_is_said() {
        let day = span(None, None).unwrap();
        assert_eq!(
            day,
            Span::day_from(Timestamp::from_seconds(1_000_000 - 86_400))
        );
        let until = span(None, Some("1970-01-02T00:00:00Z")).unwrap();
        assert_eq!(until, Span::day_from(Timestamp::from_seconds(0)));
    }

    #[test]
    fn bad_spans_are_refused() {
        let bad = [
            (Some("1970-01-01T00:00:00Z"), Some("1970-01-01T00:00:00Z")), // nothing
            (Some("1970-01-02T00:00:00Z"), Some("1970-01-01T00:00:00Z")), // backwards
            (Some("1970-01-01T00:00:00Z"), Some("1970-02-01T00:00:01Z")), // too long
            (Some("1970-01-01"), None),
            (None, Some("hôm nay")),
        ];
        for (from, to) in bad {
            assert!(span(from, to).is_err(), "{from:?} {to:?}");
        }
        let month = span(Some("1970-01-01T00:00:00Z"), Some("1970-02-01T00:00:00Z"));
        assert!(month.is_ok());
    }
}
