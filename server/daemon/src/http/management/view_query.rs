//! Reading the parameters of a standing question.

use std::time::Duration;

use kyso_api::management::ViewQuery;
use kyso_core::ground::day;
use kyso_core::{Timestamp, id::AgencyId};
use kyso_store::views::{GapFilter, GapPlace, OfficeHours, Patience, Question, Stretch};

use super::read;
use super::view_names::Name;
use super::views::Over;
use crate::http::error::Problem;

/// Documents at once that are many, where nothing is said.
const MANY: u32 = 50;

/// Days within which a certificate ends soon: where nothing is said, and at most.
const SOON: u32 = 60;
const LATEST: u32 = 366;

/// What is there, by its name.
fn there(query: &ViewQuery) -> Vec<&'static str> {
    let each = [
        ("actor", query.actor.is_some()),
        ("after", query.after.is_some()),
        ("agency", query.agency.is_some()),
        ("begins", query.begins.is_some()),
        ("days", query.days.is_some()),
        ("ends", query.ends.is_some()),
        ("from", query.from.is_some()),
        ("limit", query.limit.is_some()),
        ("over", query.over.is_some()),
        ("to", query.to.is_some()),
        ("weekdays", query.weekdays.is_some()),
        ("year", query.year.is_some()),
    ];
    let there = each.into_iter().filter(|(_, there)| *there);
    there.map(|(name, _)| name).collect()
}

/// Refuses what is not among these.
///
/// # Errors
/// `invalid_field` naming the first that is not.
pub(super) fn only(query: &ViewQuery, allowed: &[&str]) -> Result<(), Problem> {
    let other = there(query)
        .into_iter()
        .find(|name| !allowed.contains(name));
    other.map_or(Ok(()), |name| Err(Problem::field(name)))
}

/// The names of what was said, since what they say may be somebody's; `None` without.
///
/// # Errors
/// `invalid_field` naming the first that the view has no use for.
pub(super) fn said(name: Name, query: &ViewQuery) -> Result<Option<String>, Problem> {
    let own: &[&str] = match name {
        Name::ActingAlone | Name::FailedActivations => &["from", "to", "actor"],
        Name::Bulk => &["from", "to", "over"],
        Name::CertificatesEnding => &["days"],
        Name::ExpiredAuthority | Name::SealWithoutSignature => &["from", "to"],
        Name::SealOutsideHours => &["from", "to", "begins", "ends", "weekdays"],
        Name::SkippedNumbers => &["agency", "year"],
    };
    only(query, &[own, &["after", "limit"]].concat())?;
    let there = there(query);
    Ok((!there.is_empty()).then(|| there.join(",")))
}

/// What the question is asked over.
///
/// # Errors
/// `invalid_field` naming what is wrong.
pub(super) fn over(
    name: Name,
    query: &ViewQuery,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Over, Problem> {
    let after = query.after.as_deref();
    let question = match name {
        Name::ActingAlone => Question::ActingAlone,
        Name::Bulk => Question::Bulk(query.over.unwrap_or(MANY).into()),
        Name::CertificatesEnding => return credentials(query, now),
        Name::ExpiredAuthority => Question::ExpiredAuthority,
        Name::FailedActivations => Question::Failed,
        Name::SealOutsideHours => Question::OutsideHours(hours(query)?),
        Name::SealWithoutSignature => Question::SealWithoutSignature,
        Name::SkippedNumbers => return numbers(query, now),
    };
    let before: Option<i64> = after.map(|text| read::id(text, "after")).transpose()?;
    let stretch = Stretch {
        from: Some(from),
        to: Some(to),
        before: before.map(|place| place.max(0)),
        actor: read::optional_id(query.actor.as_ref(), "actor")?,
        patience: Patience::Page,
    };
    Ok(Over::Log(question, stretch))
}

/// The same where nothing is said but the span.
pub(super) fn usual(name: Name, (from, to): (Timestamp, Timestamp), now: Timestamp) -> Over {
    let stretch = Stretch {
        from: Some(from),
        to: Some(to),
        patience: Patience::Glance,
        ..Stretch::default()
    };
    let question = match name {
        Name::ActingAlone => Question::ActingAlone,
        Name::Bulk => Question::Bulk(MANY.into()),
        Name::CertificatesEnding => return Over::Credentials(now.after(days(SOON)), None),
        Name::ExpiredAuthority => Question::ExpiredAuthority,
        Name::FailedActivations => Question::Failed,
        Name::SealOutsideHours => Question::OutsideHours(OfficeHours::USUAL),
        Name::SealWithoutSignature => Question::SealWithoutSignature,
        Name::SkippedNumbers => {
            return Over::Numbers(GapFilter {
                year: this_year(now),
                agency: None,
                after: None,
            });
        }
    };
    Over::Log(question, stretch)
}

fn days(count: u32) -> Duration {
    Duration::from_hours(24 * u64::from(count))
}

/// In Vietnam.
fn this_year(now: Timestamp) -> i64 {
    day(now).map_or(0, |day| day.year().into())
}

fn hours(query: &ViewQuery) -> Result<OfficeHours, Problem> {
    let usual = OfficeHours::USUAL;
    let time = |text: &Option<String>, field, usual| match text {
        Some(text) => minutes(text).ok_or_else(|| Problem::field(field)),
        None => Ok(usual),
    };
    let begins = time(&query.begins, "begins", usual.begins)?;
    let ends = time(&query.ends, "ends", usual.ends)?;
    if ends <= begins {
        return Err(Problem::field("ends"));
    }
    let days = match &query.weekdays {
        Some(text) => weekdays(text).ok_or_else(|| Problem::field("weekdays"))?,
        None => usual.days,
    };
    Ok(OfficeHours { begins, ends, days })
}

/// Minutes after midnight of `HH:MM`, up to `24:00`.
fn minutes(text: &str) -> Option<u16> {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let (hour, minute) = text.split_once(':')?;
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= 24 * 60).then_some(all)
}

/// Days by their numbers, Monday 1, each once and ascending.
fn weekdays(text: &str) -> Option<[bool; 7]> {
    let ascending = text.as_bytes().is_sorted_by(|one, other| one < other);
    if text.is_empty() || !ascending {
        return None;
    }
    let mut days = [false; 7];
    for letter in text.bytes() {
        let place = letter.checked_sub(b'1')?;
        *days.get_mut(usize::from(place))? = true;
    }
    Some(days)
}

fn credentials(query: &ViewQuery, now: Timestamp) -> Result<Over, Problem> {
    let within = query.days.unwrap_or(SOON);
    if !(1..=LATEST).contains(&within) {
        return Err(Problem::field("days"));
    }
    let after = query.after.as_deref().map(|text| {
        let (micros, id) = text.split_once('.')?;
        let id: kyso_core::id::CredentialId = id.parse().ok()?;
        Some((Timestamp::from_micros(micros.parse().ok()?), id.to_string()))
    });
    let after = after.map(|place| place.ok_or_else(|| Problem::field("after")));
    Ok(Over::Credentials(
        now.after(days(within)),
        after.transpose()?,
    ))
}

fn numbers(query: &ViewQuery, now: Timestamp) -> Result<Over, Problem> {
    let year = query.year.map_or_else(|| this_year(now), i64::from);
    if !(1945..=9999).contains(&year) {
        return Err(Problem::field("year"));
    }
    let after = query.after.as_deref().map(place);
    let after = after.map(|place| place.ok_or_else(|| Problem::field("after")));
    Ok(Over::Numbers(GapFilter {
        year,
        agency: read::optional_id(query.agency.as_ref(), "agency")?,
        after: after.transpose()?,
    }))
}

/// `agency.number.series`.
fn place(text: &str) -> Option<GapPlace> {
    let mut parts = text.splitn(3, '.');
    let agency: AgencyId = parts.next()?.parse().ok()?;
    let number = parts.next()?.parse().ok()?;
    let series = parts.next().filter(|series| series.len() <= 500)?;
    Some(GapPlace {
        agency,
        series: series.to_owned(),
        number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_two_digits_each() {
        assert_eq!(minutes("07:30"), Some(450));
        assert_eq!(minutes("24:00"), Some(1_440));
        for bad in [
            "",
            "7:30",
            "07:60",
            "24:01",
            "+7:30",
            "07.30",
            "07:30:00",
            "٠٧:٣٠",
        ] {
            assert_eq!(minutes(bad), None, "{bad}");
        }
    }

    #[test]
    fn weekdays_are_ascending_digits() {
        let all = [true; 7];
        assert_eq!(weekdays("1234567"), Some(all));
        assert_eq!(weekdays("7").map(|days| days[6]), Some(true));
        for bad in ["", "0", "8", "11", "21", "1,2", "mon"] {
            assert_eq!(weekdays(bad), None, "{bad}");
        }
    }

    #[test]
    fn each_view_takes_its_own_parameters_and_no_other() {
        let query = ViewQuery {
            over: Some(3),
            ..ViewQuery::default()
        };
        for name in Name::ALL {
            assert_eq!(said(name, &query).is_ok(), name == Name::Bulk, "{name:?}");
        }
    }
}
