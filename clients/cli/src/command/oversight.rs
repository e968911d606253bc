//! A security officer's standing questions, and a key's day.

use kyso_api::management::{CountedView, KeyDay, KeyUseQuery, ViewQuery};
use kyso_client::Client;
use serde_json::{Value, json};

use crate::args::{KeyUseArgs, SpanArgs, ViewArgs};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

/// Every question with its count.
pub(crate) fn views(screen: &Screen, client: &Client, span: SpanArgs) -> Result<(), Failure> {
    let found = client.audit_views(&ViewQuery {
        from: span.from,
        to: span.to,
        ..ViewQuery::default()
    })?;
    if screen.is_json() {
        screen.record(&found);
        return Ok(());
    }
    let rows: Vec<Value> = found.views.iter().map(counted).collect();
    screen.table(&rows, &["view", "rows", "title", "must_be_empty"]);
    Ok(())
}

/// A count that stopped before the end has a plus sign.
fn counted(one: &CountedView) -> Value {
    let plus = if one.more { "+" } else { "" };
    json!({ "view": one.view.name, "rows": format!("{}{plus}", one.rows),
            "title": one.view.title, "must_be_empty": one.view.must_be_empty })
}

/// One page of a question: what it counts and what it cannot see, then its rows.
pub(crate) fn view(screen: &Screen, client: &Client, args: ViewArgs) -> Result<(), Failure> {
    let name = args.view.clone();
    let page = client.audit_view(&name, &asked(args))?;
    if screen.is_json() {
        screen.record(&page);
    } else {
        screen.note(Message::ViewSays, &[&page.view.counts, &page.view.blind]);
        screen.table(&page.rows, columns(&name));
    }
    if let Some(next) = &page.next {
        screen.note(Message::MoreEntries, &[next]);
    }
    Ok(())
}

fn asked(args: ViewArgs) -> ViewQuery {
    ViewQuery {
        from: args.span.from,
        to: args.span.to,
        after: args.after_row,
        limit: args.limit,
        begins: args.begins,
        ends: args.ends,
        weekdays: args.weekdays,
        over: args.over,
        actor: args.actor,
        days: args.days,
        year: args.year,
        agency: args.agency,
    }
}

fn columns(view: &str) -> &'static [&'static str] {
    match view {
        "certificates-ending" => &["time", "count", "why", "credential", "agency"],
        "skipped-numbers" => &[
            "agency",
            "series",
            "year",
            "first_missing",
            "last_missing",
            "sequence",
        ],
        _ => &[
            "sequence",
            "time",
            "why",
            "count",
            "event",
            "outcome",
            "reason",
            "actor",
            "credential",
        ],
    }
}

/// A key's day: its state, what allowed its use, what was done, and what nobody can know.
pub(crate) fn key_use(screen: &Screen, client: &Client, args: KeyUseArgs) -> Result<(), Failure> {
    let day = client.key_use(&KeyUseQuery {
        credential: args.credential,
        day: args.day,
        after: args.after,
        limit: args.limit,
    })?;
    if screen.is_json() {
        screen.record(&day);
    } else {
        let states: Vec<_> = day.state.iter().chain(&day.changes).collect();
        screen.table(&states, &["sequence", "time", "event", "state", "actor"]);
        let given = [
            "kind", "sequence", "holder", "what", "from", "until", "ended_by",
        ];
        screen.table(&day.permissions, &given);
        let used = [
            "sequence", "time", "event", "outcome", "actor", "client", "grant", "epoch", "digests",
        ];
        screen.table(&day.uses, &used);
        reservations(screen, &day);
    }
    if let Some(next) = day.next {
        screen.note(Message::MoreEntries, &[&next.to_string()]);
    }
    Ok(())
}

/// What the tables do not show: entries that say nothing, and what is not known.
fn reservations(screen: &Screen, day: &KeyDay) {
    for sequence in &day.spoilt {
        screen.note(Message::SpoiltEntry, &[&sequence.to_string()]);
    }
    if !day.whole {
        screen.note(Message::NotAllRead, &[]);
    }
    for sentence in &day.blind {
        screen.note(Message::Blind, &[sentence]);
    }
}
