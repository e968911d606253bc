//! Reading the members of a body or a query of the management API, so that a mistake names its place.

use kyso_api::management::EndRequest;
use kyso_api::problem::ProblemCode;
use kyso_core::Timestamp;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::http::body::parse;
use crate::http::error::Problem;

/// A query string of this type.
///
/// # Errors
/// `invalid_field`.
pub fn query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    if query.contains("%00") {
        return Err(Problem::field("query"));
    }
    let parsed = actix_web::web::Query::<T>::from_query(query);
    parsed
        .map(actix_web::web::Query::into_inner)
        .map_err(|_| Problem::field("query"))
}

/// An identifier.
///
/// # Errors
/// `invalid_field` naming the member.
pub fn id<T: std::str::FromStr>(text: &str, field: &'static str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::field(field))
}

/// An identifier that may be absent.
///
/// # Errors
/// As [`id`].
pub fn optional_id<T: std::str::FromStr>(
    text: Option<&String>,
    field: &'static str,
) -> Result<Option<T>, Problem> {
    text.map(|text| id(text, field)).transpose()
}

/// An identifier in the path: one that is none names nothing.
///
/// # Errors
/// `not_found`.
pub fn path_id<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|_| Problem::from(ProblemCode::NotFound))
}

/// An RFC 3339 time.
///
/// # Errors
/// `invalid_field` naming the member.
pub fn time(text: &str, field: &'static str) -> Result<Timestamp, Problem> {
    let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| Problem::field(field))?;
    let micros = time.unix_timestamp_nanos().div_euclid(1_000);
    i64::try_from(micros)
        .map(Timestamp::from_micros)
        .map_err(|_| Problem::field(field))
}

/// When something ends: now, unless the body says otherwise; an empty body is allowed.
///
/// # Errors
/// `invalid_field` naming `at`, `malformed_body`.
pub fn end_time(body: &[u8], now: Timestamp) -> Result<Timestamp, Problem> {
    if body.is_empty() {
        return Ok(now);
    }
    let wanted: EndRequest = parse(body)?;
    wanted.at.map_or(Ok(now), |at| time(&at, "at"))
}

/// The same for what can only end at once: a later time is refused and not forgotten.
///
/// # Errors
/// As [`end_time`].
pub fn end_now(body: &[u8], now: Timestamp) -> Result<(), Problem> {
    if end_time(body, now)? > now {
        Err(Problem::field("at"))
    } else {
        Ok(())
    }
}

/// A text that must not be empty, in NFC, of at most so many bytes.
///
/// # Errors
/// `invalid_field` naming the member.
pub fn text(text: &str, field: &'static str, limit: usize) -> Result<String, Problem> {
    let clean = crate::http::text::clean(text).map_err(|_| Problem::field(field))?;
    if clean.is_empty() || clean.len() > limit {
        Err(Problem::field(field))
    } else {
        Ok(clean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        let read = |text| time(text, "until").map(Timestamp::as_micros).ok();
        assert_eq!(read("1970-01-01T00:00:01.000002Z"), Some(1_000_002));
        assert_eq!(read("1970-01-01T07:00:00+07:00"), Some(0));
        for text in [
            "",
            "1970-01-01",
            "1",
            "1970-13-01T00:00:00Z",
            "1970-01-01T00:00:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn texts_are_bounded_and_not_empty() {
        assert_eq!(text(" Sở ", "name", 4).as_deref(), Ok("Sở"));
        for bad in ["", "  ", "dài quá", "a\u{202E}"] {
            assert!(text(bad, "name", 4).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_end_is_now_unless_it_is_said() {
        let now = Timestamp::from_seconds(1000);
        assert_eq!(end_time(b"", now).unwrap(), now);
        assert_eq!(end_time(b"{}", now).unwrap(), now);
        assert_eq!(
            end_time(br#"{"at":"1970-01-01T00:00:01Z"}"#, now)
                .unwrap()
                .as_seconds(),
            1
        );
        assert!(end_time(br#"{"at":"soon"}"#, now).is_err());
        assert!(end_now(b"", now).is_ok());
        assert!(end_now(br#"{"at":"2999-01-01T00:00:00Z"}"#, now).is_err());
    }
}
