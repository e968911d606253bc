//! `GET audit/key-use`: who could have used a key on a day, and who did, for security officers.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse};
use kyso_api::management::{KeyDay, KeyUse, KeyUseQuery, Permission, StateChange};
use kyso_api::problem::{Language, ProblemCode};
use kyso_core::id::CredentialId;
use kyso_core::model::{Credential, Owner};
use kyso_core::{Draft, Timestamp};
use kyso_evidence::entry::Fact;
use kyso_evidence::{Entry, Event};
use kyso_store::views::{DayOfKey, Held, KeyOwner, Uses, reach};

use super::{audit, read, stored};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// Uses of a page: when nothing is said, and at most.
const PAGE: u32 = 200;
const MOST: u16 = 1_000;

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

/// What the log cannot say, in Vietnamese and in English.
const BLIND: [[&str; 2]; 4] = [
    [
        "Nhật ký không biết ai thực sự ngồi sau tài khoản, điện thoại hay hệ thống đã dùng.",
        "The log does not know who really sat behind the account, the phone or the system that was used.",
    ],
    [
        "Ai có quyền quản trị máy chủ đang chạy thì có thể bắt HSM ký mà không để lại dòng nào.",
        "Whoever is root on the running server can have the HSM sign and leave no entry.",
    ],
    [
        "Cơ quan nào trực thuộc cơ quan nào là theo cây cơ quan của ngày ấy, trừ các lần chuyển trước khi máy chủ ghi ngày có hiệu lực: các lần ấy chỉ có trong nhật ký.",
        "Which agency lay under which is told by the tree of that day, except for moves from before the server kept their dates: those are in the log alone.",
    ],
    [
        "Quyền có hiệu lực không có nghĩa là đã được dùng; giới hạn mạng và giới hạn tần suất không nằm trong nhật ký.",
        "That a permission was in force does not mean that it was used; limits of networks and rates are not in the log.",
    ],
];

/// Answers the call.
///
/// # Errors
/// [`Problem`].
pub async fn of_day(desk: Desk, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = read::query(request.query_string()).and_then(|query| Asked::read(&query));
    let day = told(&desk, asked, desk.call.language).await?;
    Ok(HttpResponse::Ok().json(day))
}

/// A question that can be answered.
#[derive(Debug, Clone)]
pub struct Asked {
    credential: CredentialId,
    begins: Timestamp,
    after: Option<i64>,
    limit: u16,
}

impl Asked {
    /// Reads the parameters.
    ///
    /// # Errors
    /// `invalid_field` naming the one that is wrong.
    pub fn read(query: &KeyUseQuery) -> Result<Self, Problem> {
        let limit = query.limit.unwrap_or(PAGE);
        let limit = u16::try_from(limit).ok();
        let limit = limit.filter(|limit| (1..=MOST).contains(limit));
        let after = query.after.map(i64::try_from).transpose();
        Ok(Self {
            credential: read::id(&query.credential, "credential")?,
            begins: midnight(&query.day)?,
            after: after.map_err(|_| Problem::field("after"))?,
            limit: limit.ok_or_else(|| Problem::field("limit"))?,
        })
    }
}

/// When a day `YYYY-MM-DD` begins in Vietnam.
fn midnight(day: &str) -> Result<Timestamp, Problem> {
    let wrong = || Problem::field("day");
    if day.len() != 10 {
        return Err(wrong());
    }
    read::time(&format!("{day}T00:00:00+07:00"), "day")
}

/// Tells the day, as this officer; that it was read is an entry about the credential.
///
/// # Errors
/// [`Problem`]; `not_found` for a credential that is not there.
pub async fn told(
    desk: &Desk,
    asked: Result<Asked, Problem>,
    language: Language,
) -> Result<KeyDay, Problem> {
    let snapshot = desk.policy().snapshot();
    let known = |asked: &Asked| snapshot.credentials.get(&asked.credential).cloned();
    let facts = asked.as_ref().ok().map(|asked| {
        let (credential, begins) = (known(asked), asked.begins.to_string());
        move |draft: Draft| {
            let draft = draft.fact("view", "key-use").fact("from", begins);
            match credential {
                Some(credential) => draft.with(&credential, credential.kind.purpose()),
                None => draft,
            }
        }
    });
    audit::admit(desk, facts).await?;
    let asked = asked?;
    let credential = known(&asked).ok_or(ProblemCode::NotFound)?;
    let day = (asked.begins, asked.begins.after(DAY));
    let owner = KeyOwner {
        owner: credential.owner,
        agencies: reach(&snapshot, credential.agency, day),
    };
    let (app, id) = (desk.app(), credential.id);
    let found = stored::day_of_key(app, id, owner, day).await?;
    let uses = stored::uses_of_day(app, id, day, asked.after, asked.limit).await?;
    Ok(wire(&credential, day, &found, uses, language))
}

fn wire(
    credential: &Credential,
    day: (Timestamp, Timestamp),
    found: &DayOfKey,
    uses: Uses,
    language: Language,
) -> KeyDay {
    let owner_in_log = names_owner(&found.life, credential.owner);
    let (state, changes) = states(&found.life, day.0);
    let permissions = permissions(found);
    let intents = uses.rows.iter().map(|(_, entry)| entry);
    let intents = intents.filter(|entry| entry.event == Event::SignatureIntent);
    let epochs: BTreeSet<u64> = intents.map(|entry| entry.epoch).collect();
    let spoilt: BTreeSet<i64> = found.spoilt.iter().chain(&uses.spoilt).copied().collect();
    KeyDay {
        credential: credential.id.to_string(),
        owner_kind: credential.owner.kind().to_owned(),
        owner: credential.owner.to_string(),
        owner_in_log,
        from: day.0.to_string(),
        to: day.1.to_string(),
        state,
        changes,
        permissions,
        epochs: epochs.into_iter().collect(),
        uses: uses.rows.into_iter().map(used).collect(),
        spoilt: spoilt.into_iter().map(place).collect(),
        whole: found.whole,
        blind: BLIND
            .map(|[vi, en]| language.choose(vi, en).to_owned())
            .to_vec(),
        next: uses.next.map(place),
    }
}

/// A place in the log; no entry stands below zero.
fn place(sequence: i64) -> u64 {
    u64::try_from(sequence).unwrap_or_default()
}

fn text(entry: &Entry, name: &str) -> Option<String> {
    match entry.data.get(name)? {
        Fact::Text(text) => Some(text.clone()),
        Fact::Integer(number) => Some(number.to_string()),
    }
}

fn names_owner(life: &[(i64, Entry)], owner: Owner) -> bool {
    let first = life
        .first()
        .filter(|(_, entry)| entry.event == Event::CredentialRequested);
    first.and_then(|(_, entry)| text(entry, "owner_id")) == Some(owner.to_string())
}

/// The state in which the day began, and how it changed.
fn states(life: &[(i64, Entry)], begins: Timestamp) -> (Option<StateChange>, Vec<StateChange>) {
    let begins = begins.to_string();
    let (before, after): (Vec<_>, Vec<_>) = life.iter().partition(|(_, entry)| entry.time < begins);
    let each = |all: Vec<&(i64, Entry)>| all.into_iter().map(state).collect::<Vec<_>>();
    (each(before).pop(), each(after))
}

fn state((sequence, entry): &(i64, Entry)) -> StateChange {
    StateChange {
        sequence: place(*sequence),
        time: entry.time.clone(),
        event: entry.event.name().to_owned(),
        state: text(entry, "state").unwrap_or_default(),
        actor: entry.actor.id.clone(),
    }
}

fn permissions(found: &DayOfKey) -> Vec<Permission> {
    let kinds = [
        ("role", "person", "role", &found.roles),
        ("authority", "person", "kind", &found.authorities),
        ("session", "for_client", "limit", &found.sessions),
        ("grant", "of_client", "explicit", &found.grants),
    ];
    let each = kinds.into_iter().flat_map(|(kind, holder, what, all)| {
        all.iter()
            .map(move |held| permission(kind, holder, what, held))
    });
    each.collect()
}

/// A grant of a credential says besides whether the system may collect one-time passwords.
fn permission(kind: &str, holder: &str, what: &str, held: &Held) -> Permission {
    let what = match (kind, text(&held.entry, what).as_deref()) {
        ("grant", Some("1")) => Some("explicit".to_owned()),
        ("grant", _) => None,
        (_, what) => what.map(str::to_owned),
    };
    Permission {
        kind: kind.to_owned(),
        id: held.entry.object.clone(),
        sequence: place(held.sequence),
        holder: text(&held.entry, holder),
        what,
        agency: held.entry.agency.clone(),
        from: held.from.map(|at| at.to_string()),
        until: held.until.map(|at| at.to_string()),
        ended_by: held.ended_by.map(place),
    }
}

fn used((sequence, entry): (i64, Entry)) -> KeyUse {
    KeyUse {
        sequence: place(sequence),
        time: entry.time,
        event: entry.event.name().to_owned(),
        outcome: entry.outcome.as_str().to_owned(),
        reason: entry.reason,
        factor: entry.actor.factor.map(|factor| factor.as_str().to_owned()),
        actor: entry.actor.id,
        client: entry.client,
        grant: entry.grant,
        authority: entry.authority,
        request: entry.request,
        epoch: entry.epoch,
        digests: u64::try_from(entry.digests.len()).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_vietnam() {
        let begins = midnight("2026-11-27").unwrap();
        assert_eq!(begins.to_string(), "2026-11-26T17:00:00.000000Z");
        for bad in [
            "",
            "2026-13-01",
            "27/11/2026",
            "2026-11-7",
            "2026-11-27T",
            "hôm nay",
        ] {
            assert!(midnight(bad).is_err(), "{bad}");
        }
    }
}
