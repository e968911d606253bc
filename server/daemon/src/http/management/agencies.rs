//! Agencies: the tree, their codes and their end.

use actix_web::{HttpResponse, web};
use kyso_api::management::{
    Agency as Wire, AgencyCode as WireCode, AgencyCodeFormat, AgencyName, AgencyPlace,
    Change as WireChange, Created, List, MoveAgency, NewAgency, PendingReply, RenameAgency,
};
use kyso_core::change::PowerChange;
use kyso_core::id::AgencyId;
use kyso_core::model::{Agency, AgencyCode, CodeFormat, Dated};
use kyso_core::policy::JUST_NOW;
use kyso_core::{Change, Snapshot, Timestamp};

use super::{NAME, WORD, pending, read};
use crate::http::body::{Json, MaybeJson};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// `GET agencies`: the tree is no secret to anybody who is logged in.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk) -> Result<HttpResponse, Problem> {
    let snapshot = desk.policy().snapshot();
    let all = all(&desk, &snapshot)?.into_iter();
    let items = all.map(|agency| wire(agency, desk.now())).collect();
    Ok(HttpResponse::Ok().json(List { items }))
}

/// Every agency, by id.
///
/// # Errors
/// `forbidden` for a system.
pub fn all<'a>(desk: &Desk, snapshot: &'a Snapshot) -> Result<Vec<&'a Agency>, Problem> {
    desk.person()?;
    let mut agencies: Vec<&Agency> = snapshot.agencies.values().collect();
    agencies.sort_unstable_by_key(|agency| agency.id);
    Ok(agencies)
}

fn wire(agency: &Agency, now: Timestamp) -> Wire {
    let above = |parent: &Option<AgencyId>| parent.map(|id| id.to_string());
    let name = |(from, name): (Timestamp, &String)| AgencyName {
        from: from.to_string(),
        name: name.clone(),
    };
    let place = |(from, parent): (Timestamp, &Option<AgencyId>)| AgencyPlace {
        from: from.to_string(),
        parent: above(parent),
    };
    let begun = agency.valid_from;
    Wire {
        id: agency.id.to_string(),
        name: agency.name.at(now).clone(),
        parent: above(agency.parent.at(now)),
        names: by_date(&agency.name, begun).map(name).collect(),
        places: by_date(&agency.parent, begun).map(place).collect(),
        kind: agency.kind.clone(),
        level: agency.level.clone(),
        codes: codes(agency, true),
        former_codes: codes(agency, false),
        valid_from: agency.valid_from.to_string(),
        valid_to: agency.valid_until.map(|end| end.to_string()),
    }
}

/// Every value by the date from which it holds, from the agency's beginning on; none where there is only one.
pub fn by_date<T>(value: &Dated<T>, begun: Timestamp) -> impl Iterator<Item = (Timestamp, &T)> {
    let later = value.later().iter().map(|(from, value)| (*from, value));
    let later = later.filter(move |(from, _)| *from > begun);
    let first = later.clone().next().map(|_| (begun, value.at(begun)));
    first.into_iter().chain(later)
}

/// Its codes that count, or those that do not any more.
fn codes(agency: &Agency, counts: bool) -> Vec<WireCode> {
    let codes = agency.codes.iter();
    let codes = codes.filter(|code| code.valid_until.is_none() == counts);
    codes.map(wire_code).collect()
}

fn wire_code(code: &AgencyCode) -> WireCode {
    let format = match code.format {
        CodeFormat::Legacy => AgencyCodeFormat::Legacy,
        CodeFormat::Modern => AgencyCodeFormat::Modern,
    };
    WireCode {
        format,
        code: code.code.clone(),
    }
}

/// `POST agencies`.
///
/// # Errors
/// [`Problem`].
pub async fn register(desk: Desk, wanted: Json<NewAgency>) -> Result<HttpResponse, Problem> {
    let id = enter(&desk, &wanted.0).await?.to_string();
    Ok(HttpResponse::Created().json(Created { id }))
}

/// Registers this agency, as this manager.
///
/// # Errors
/// [`Problem`].
pub async fn enter(desk: &Desk, wanted: &NewAgency) -> Result<AgencyId, Problem> {
    let agency = agency(wanted, desk.now())?;
    let id = agency.id;
    desk.change(Change::RegisterAgency(agency)).await?;
    Ok(id)
}

fn agency(wanted: &NewAgency, now: Timestamp) -> Result<Agency, Problem> {
    let from = wanted
        .valid_from
        .as_ref()
        .map(|text| read::time(text, "valid_from"))
        .transpose()?;
    let from = from.unwrap_or(now);
    let codes: Result<Vec<_>, _> = wanted
        .codes
        .iter()
        .map(|code| core_code(code, from))
        .collect();
    Ok(Agency {
        id: AgencyId::random(),
        parent: Dated::new(read::optional_id(wanted.parent.as_ref(), "parent")?),
        name: Dated::new(read::text(&wanted.name, "name", NAME)?),
        kind: read::text(&wanted.kind, "kind", WORD)?,
        level: read::text(&wanted.level, "level", WORD)?,
        valid_from: from,
        valid_until: None,
        codes: codes?,
    })
}

fn core_code(wire: &WireCode, from: Timestamp) -> Result<AgencyCode, Problem> {
    let format = match wire.format {
        AgencyCodeFormat::Legacy => CodeFormat::Legacy,
        AgencyCodeFormat::Modern => CodeFormat::Modern,
    };
    let code = format
        .canonical(&wire.code)
        .map_err(|_| Problem::field("codes"))?;
    Ok(AgencyCode {
        format,
        code,
        valid_from: from,
        valid_until: None,
    })
}

/// `POST agencies/{id}/codes`: the same agency under a further code.
///
/// # Errors
/// [`Problem`].
pub async fn add_code(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<WireCode>,
) -> Result<HttpResponse, Problem> {
    name_further(&desk, &path, &wanted.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives the agency of this id in a path a further code.
///
/// # Errors
/// [`Problem`].
pub async fn name_further(desk: &Desk, id: &str, code: &WireCode) -> Result<(), Problem> {
    let id = read::path_id(id)?;
    let code = core_code(code, desk.now())?;
    desk.change(Change::AddAgencyCode(id, code)).await?;
    Ok(())
}

/// `POST agencies/{id}/codes/end`: the code names nobody else.
///
/// # Errors
/// [`Problem`].
pub async fn end_code(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<WireCode>,
) -> Result<HttpResponse, Problem> {
    take_code(&desk, &path, &wanted.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends this code of the agency of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn take_code(desk: &Desk, id: &str, code: &WireCode) -> Result<(), Problem> {
    let id = read::path_id(id)?;
    let AgencyCode { format, code, .. } = core_code(code, desk.now())?;
    desk.change(Change::EndAgencyCode(id, format, code)).await?;
    Ok(())
}

/// `POST agencies/{id}/move`: proposes; another approves.
///
/// # Errors
/// [`Problem`].
pub async fn relocate(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<MoveAgency>,
) -> Result<HttpResponse, Problem> {
    let change = propose_move(&desk, &path, &wanted.0).await?;
    Ok(HttpResponse::Accepted().json(PendingReply { change }))
}

/// Proposes another place for the agency of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn propose_move(
    desk: &Desk,
    id: &str,
    wanted: &MoveAgency,
) -> Result<WireChange, Problem> {
    let parent = read::optional_id(wanted.parent.as_ref(), "parent")?;
    let at = wanted.at.as_deref().map(|at| from(at, desk.now()));
    let change = PowerChange::MoveAgency(read::path_id(id)?, parent, at.transpose()?);
    pending::put(desk, change, wanted.otp.as_ref()).await
}

/// From when something holds: just now or later.
fn from(at: &str, now: Timestamp) -> Result<Timestamp, Problem> {
    not_over(read::time(at, "at")?, now)
}

/// A time that is just now or later.
fn not_over(at: Timestamp, now: Timestamp) -> Result<Timestamp, Problem> {
    if now.since(at) > JUST_NOW {
        return Err(Problem::field("at"));
    }
    Ok(at)
}

/// `POST agencies/{id}/rename`.
///
/// # Errors
/// [`Problem`].
pub async fn rename(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<RenameAgency>,
) -> Result<HttpResponse, Problem> {
    call(&desk, &path, &wanted.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Gives the agency of this id in a path another name.
///
/// # Errors
/// [`Problem`].
pub async fn call(desk: &Desk, id: &str, wanted: &RenameAgency) -> Result<(), Problem> {
    let (id, now) = (read::path_id(id)?, desk.now());
    let name = read::text(&wanted.name, "name", NAME)?;
    let at = wanted.at.as_deref().map_or(Ok(now), |at| from(at, now))?;
    desk.change(Change::RenameAgency(id, name, at)).await?;
    Ok(())
}

/// `POST agencies/{id}/end`.
///
/// # Errors
/// [`Problem`].
pub async fn end(
    desk: Desk,
    path: web::Path<String>,
    body: MaybeJson,
) -> Result<HttpResponse, Problem> {
    let now = desk.now();
    let at = read::end_time(&body.0, now)?;
    if at < now {
        return Err(Problem::field("at"));
    }
    end_at(&desk, &path, at).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends the agency of this id in a path at that time, which is just now or later.
///
/// # Errors
/// [`Problem`].
pub async fn end_at(desk: &Desk, id: &str, at: Timestamp) -> Result<(), Problem> {
    let at = not_over(at, desk.now())?;
    desk.change(Change::EndAgency(read::path_id(id)?, at))
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::http::body::parse;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1000);

    fn wanted(change: impl FnOnce(&mut serde_json::Value)) -> Result<Agency, Problem> {
        let mut body = serde_json::json!({
            "name": "Sở Y tế", "kind": "so", "level": "tinh",
            "codes": [{"format": "modern", "code": "h27.12"}]
        });
        change(&mut body);
        agency(&parse(&serde_json::to_vec(&body).unwrap())?, NOW)
    }

    #[test]
    fn an_agency_is_read_in_canonical_form() {
        let agency = wanted(|_| {}).unwrap();
        assert_eq!(agency.codes.first().unwrap().code, "H27.12");
        assert_eq!((agency.valid_from, *agency.parent.first()), (NOW, None));
        assert_eq!(wire(&agency, NOW).codes.first().unwrap().code, "H27.12");
    }

    /// One that was renamed before it began never had the first name.
    #[test]
    fn what_was_before_an_agency_began_is_not_told() {
        let day = |number: i64| Timestamp::from_seconds(number * 86_400);
        let mut name = Dated::new("a");
        let told = |name: &Dated<&'static str>| -> Vec<_> {
            by_date(name, day(5))
                .map(|(from, name)| (from, *name))
                .collect()
        };
        assert_eq!(told(&name), []);
        name.change(day(3), "b");
        assert_eq!(told(&name), []);
        name.change(day(9), "c");
        assert_eq!(told(&name), [(day(5), "b"), (day(9), "c")]);
        name.change(day(5), "d");
        assert_eq!(told(&name), [(day(5), "d"), (day(9), "c")]);
    }

    #[test]
    fn bad_agencies_are_refused() {
        use serde_json::json;
        for (name, value) in [
            ("name", json!("")),
            ("name", json!("a\u{202E}b")),
            ("name", json!("x".repeat(NAME + 1))),
            ("parent", json!("x")),
            ("level", json!(1)),
            ("codes", json!([{"format": "legacy", "code": "H27.12"}])),
            ("valid_from", json!("yesterday")),
            ("colour", json!("red")),
        ] {
            assert!(
                wanted(|body| body[name] = value.clone()).is_err(),
                "{name} {value}"
            );
        }
    }
}
