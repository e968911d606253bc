//! Rows of the standing questions, as the API gives them.

use kyso_api::management::ViewRow;
use kyso_core::model::{Credential, CredentialState};
use kyso_core::{Snapshot, Timestamp};
use kyso_store::views::{Gap, GapPage, GapPlace, Noted, ViewPage};

const DAY: u64 = 86_400;

/// Rows, and `after` of the next page.
type Rows = (Vec<ViewRow>, Option<String>);

/// Entries, the youngest first; one that somebody changed is a row that says no more than that.
pub(super) fn of_log(page: ViewPage) -> Rows {
    let mut rows: Vec<ViewRow> = page.rows.into_iter().map(noted).collect();
    rows.extend(page.spoilt.into_iter().map(|sequence| ViewRow {
        why: "tampered".to_owned(),
        sequence: sequence.try_into().ok(),
        ..ViewRow::default()
    }));
    rows.sort_by_key(|row| std::cmp::Reverse(row.sequence));
    (rows, page.next.map(|next| next.to_string()))
}

fn noted(noted: Noted) -> ViewRow {
    let entry = noted.entry;
    ViewRow {
        why: noted.why.to_owned(),
        sequence: noted.sequence.try_into().ok(),
        time: Some(entry.time),
        event: Some(entry.event.name().to_owned()),
        outcome: Some(entry.outcome.as_str().to_owned()),
        reason: entry.reason,
        actor: entry.actor.id,
        client: entry.client,
        agency: entry.agency,
        credential: entry.credential,
        authority: entry.authority,
        request: Some(entry.request),
        count: noted.count,
        ..ViewRow::default()
    }
}

/// Credentials whose certificate ends between these times, by that end.
pub(super) fn of_credentials(
    snapshot: &Snapshot,
    (now, until): (Timestamp, Timestamp),
    after: Option<&(Timestamp, String)>,
    limit: u16,
) -> Rows {
    let ends = |credential: &Credential| Some(credential.certificate.as_ref()?.not_after);
    let each = snapshot.credentials.values();
    let alive = each.filter(|one| {
        !matches!(
            one.state,
            CredentialState::Expired | CredentialState::Revoked
        )
    });
    let dated = alive.filter_map(|one| Some(((ends(one)?, one.id.to_string()), one)));
    let mut found: Vec<_> = dated
        .filter(|((end, _), _)| (now..until).contains(end))
        .filter(|(place, _)| after.is_none_or(|after| place > after))
        .collect();
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    let more = found.len() > usize::from(limit);
    found.truncate(usize::from(limit));
    let last = found.last().filter(|_| more);
    let next = last.map(|((end, id), _)| format!("{}.{id}", end.as_micros()));
    let rows = found.into_iter().map(|((end, id), one)| ViewRow {
        why: one.state.name().to_owned(),
        time: Some(end.to_string()),
        agency: Some(one.agency.to_string()),
        credential: Some(id),
        count: Some(end.since(now).as_secs() / DAY),
        ..ViewRow::default()
    });
    (rows.collect(), next)
}

/// Numbers that no document has.
pub(super) fn of_numbers(page: GapPage, year: i64) -> Rows {
    let rows = page.gaps.into_iter().map(|gap| skipped(gap, year));
    (rows.collect(), page.next.as_ref().map(cursor))
}

fn skipped(gap: Gap, year: i64) -> ViewRow {
    let (first, last) = gap.missing;
    ViewRow {
        why: "skipped".to_owned(),
        sequence: gap.sequence.try_into().ok(),
        agency: Some(gap.then.agency.to_string()),
        count: (last - first + 1).try_into().ok(),
        series: Some(gap.then.series),
        year: year.try_into().ok(),
        first_missing: first.try_into().ok(),
        last_missing: last.try_into().ok(),
        ..ViewRow::default()
    }
}

fn cursor(place: &GapPlace) -> String {
    format!("{}.{}.{}", place.agency, place.number, place.series)
}
