//! A security officer's page of a key's day.

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::{self as wire, KeyUseQuery};
use kyso_core::Snapshot;
use kyso_web::{DayPermission, DayState, DayUse, Foreign, KeyDay, Language, Problems, ToldDay};

use super::answer::{at_field, page, status_of};
use super::inbox::moment;
use super::sent::parameter;
use super::standing::{meaning, when};
use super::visitor::Visitor;
use super::{naming, officer};
use crate::http::error::Problem;
use crate::http::management::key_use::{self, Asked};

/// Uses on a page.
const PAGE: u32 = 50;

/// Kinds of permissions, states and roles, in Vietnamese and in English.
const WORDS: [(&str, &str, &str); 14] = [
    ("active", "Đang hoạt động", "Active"),
    ("authority", "Bản ghi thẩm quyền", "Record of authority"),
    ("certified", "Đã cấp chứng thư", "Certified"),
    ("expired", "Đã hết hạn", "Expired"),
    (
        "explicit",
        "được thu mã xác thực",
        "may collect one-time passwords",
    ),
    ("grant", "Quyền của hệ thống", "Grant of a system"),
    ("handed_over", "Đã bàn giao", "Handed over"),
    ("locked", "Đang tạm khóa", "Locked"),
    ("records_clerk", "văn thư", "records clerk"),
    ("requested", "Đã yêu cầu", "Requested"),
    ("revoked", "Đã thu hồi", "Revoked"),
    ("role", "Vai trò", "Role"),
    ("session", "Phiên đóng dấu", "Stamping session"),
    ("signer", "người ký", "signer"),
];

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/audit/key-use").route(web::get().to(key_day)));
}

async fn key_day(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = key_day_page(&visitor, &request).await;
    visitor.show(&request, end).await
}

async fn key_day_page(visitor: &Visitor, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let typed = |name| parameter(request, name).map(|text| text.trim().to_owned());
    let today = moment(visitor.desk.now()).machine()[..10].to_owned();
    let day = typed("day").filter(|day| !day.is_empty()).unwrap_or(today);
    let credential = typed("credential").unwrap_or_default();
    let (told, problems) = match told(visitor, request, &credential, &day).await {
        Ok(told) => (told, Problems::none()),
        Err(problem) => {
            let problems = at_field(problem, ["credential", "day"], visitor.tongue())?;
            (None, problems)
        }
    };
    let view = KeyDay {
        credential: Foreign::new(&credential),
        day,
        told,
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

/// Nothing where no key is named yet.
async fn told(
    visitor: &Visitor,
    request: &HttpRequest,
    credential: &str,
    day: &str,
) -> Result<Option<ToldDay>, Problem> {
    if credential.is_empty() && crate::http::management::audit::is_officer(&visitor.desk) {
        return Ok(None);
    }
    let after = parameter(request, "after")
        .map(|text| crate::http::management::read::id::<u64>(&text, "after"));
    let asked = after.transpose().and_then(|after| {
        Asked::read(&KeyUseQuery {
            credential: credential.to_owned(),
            day: day.to_owned(),
            after,
            limit: Some(PAGE),
        })
    });
    let found = key_use::told(&visitor.desk, asked, visitor.tongue()).await?;
    Ok(Some(shown(visitor, found, day)))
}

fn shown(visitor: &Visitor, found: wire::KeyDay, day: &str) -> ToldDay {
    let snapshot = visitor.desk.policy().snapshot();
    let credential = found.credential;
    let further =
        |next| format!("/ui/audit/key-use?credential={credential}&day={day}&after={next}");
    let states = found.state.into_iter().chain(found.changes);
    let permissions = found.permissions.iter();
    let epochs: Vec<String> = found.epochs.iter().map(u64::to_string).collect();
    ToldDay {
        owner: officer::subject(visitor, &snapshot, Some(&credential), None),
        owner_in_log: found.owner_in_log,
        whole: found.whole,
        states: states
            .filter_map(|one| state(visitor.language, &one))
            .collect(),
        permissions: permissions
            .map(|one| permission(visitor, &snapshot, one))
            .collect(),
        uses: found
            .uses
            .into_iter()
            .filter_map(|one| used(visitor, &snapshot, &one))
            .collect(),
        epochs: epochs.join(", "),
        spoilt: found.spoilt,
        blind: found
            .blind
            .iter()
            .map(|sentence| Foreign::new(sentence))
            .collect(),
        further: found.next.map(further),
    }
}

fn word(language: Language, word: &str) -> Foreign {
    naming::word(&WORDS, word, language)
}

fn state(language: Language, one: &wire::StateChange) -> Option<DayState> {
    Some(DayState {
        sequence: one.sequence,
        at: when(&one.time)?,
        state: word(language, &one.state),
        meaning: meaning(language, &one.event),
    })
}

fn permission(visitor: &Visitor, snapshot: &Snapshot, one: &wire::Permission) -> DayPermission {
    let language = visitor.language;
    DayPermission {
        kind: word(language, &one.kind),
        sequence: one.sequence,
        holder: one
            .holder
            .as_deref()
            .map_or_else(Foreign::default, |id| officer::named(visitor, snapshot, id)),
        what: word(language, one.what.as_deref().unwrap_or_default()),
        from: one.from.as_deref().and_then(when),
        until: one.until.as_deref().and_then(when),
        ended_by: one.ended_by,
    }
}

/// None of one that says no time, which none of ours is.
fn used(visitor: &Visitor, snapshot: &Snapshot, one: &wire::KeyUse) -> Option<DayUse> {
    let named = |id: Option<&str>| {
        id.map_or_else(Foreign::default, |id| officer::named(visitor, snapshot, id))
    };
    Some(DayUse {
        sequence: one.sequence,
        at: when(&one.time)?,
        meaning: meaning(visitor.language, &one.event),
        outcome: officer::outcome(visitor.language, &one.outcome),
        alarming: !matches!(one.outcome.as_str(), "ok" | "started"),
        who: named(one.actor.as_deref()),
        client: named(one.client.as_deref()),
        grant: Foreign::new(one.grant.as_deref().unwrap_or_default()),
        epoch: one.epoch,
        digests: one.digests,
    })
}
