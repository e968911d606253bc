//! Roles, and records of authority to sign for another.

use actix_web::{HttpResponse, web};
use kyso_api::Secret;
use kyso_api::management::{
    Authority as WireAuthority, AuthorityKind as WireKind, Change as WireChange, List,
    NewAuthority, NewRole, OtpRequest, PendingReply, Role as Wire, RoleName,
};
use kyso_core::change::PowerChange;
use kyso_core::id::{AuthorityId, RoleGrantId};
use kyso_core::model::{AuthorityKind, AuthorityRecord, Role, RoleGrant};
use kyso_core::policy::needs_two;
use kyso_core::{Change, Snapshot};

use super::{NAME, pending, read, scope};
use crate::http::body::{Json, MaybeJson};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// `GET roles`: one's own, and those of the people one looks after.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk) -> Result<HttpResponse, Problem> {
    let snapshot = desk.policy().snapshot();
    let items = seen(&desk, &snapshot)?.into_iter().map(wire).collect();
    Ok(HttpResponse::Ok().json(List::<Wire> { items }))
}

/// The roles that the caller may see.
///
/// # Errors
/// `forbidden` for a system.
pub fn seen<'a>(desk: &Desk, snapshot: &'a Snapshot) -> Result<Vec<&'a RoleGrant>, Problem> {
    let (caller, now) = (desk.person()?, desk.now());
    let agency_of = |grant: &RoleGrant| snapshot.people.by_id.get(&grant.person).map(|p| p.agency);
    let seen = |grant: &&RoleGrant| {
        grant.person == caller
            || agency_of(grant).is_some_and(|agency| scope::oversees(snapshot, caller, agency, now))
    };
    Ok(snapshot.people.roles.iter().filter(seen).collect())
}

fn wire(grant: &RoleGrant) -> Wire {
    Wire {
        id: grant.id.to_string(),
        person: grant.person.to_string(),
        role: name_of(grant.role),
        agency: grant.agency.map(|id| id.to_string()),
    }
}

/// The wire's word for a role.
pub const fn name_of(role: Role) -> RoleName {
    match role {
        Role::Operator => RoleName::Operator,
        Role::RecordsClerk => RoleName::RecordsClerk,
        Role::SecurityOfficer => RoleName::SecurityOfficer,
        Role::Signer => RoleName::Signer,
        Role::SubscriberManager => RoleName::SubscriberManager,
    }
}

const fn role_of(name: RoleName) -> Role {
    match name {
        RoleName::Operator => Role::Operator,
        RoleName::RecordsClerk => Role::RecordsClerk,
        RoleName::SecurityOfficer => Role::SecurityOfficer,
        RoleName::Signer => Role::Signer,
        RoleName::SubscriberManager => Role::SubscriberManager,
    }
}

/// `POST roles`: proposes; another approves.
///
/// # Errors
/// [`Problem`].
pub async fn grant(desk: Desk, wanted: Json<NewRole>) -> Result<HttpResponse, Problem> {
    let change = propose_role(&desk, &wanted.0).await?;
    Ok(HttpResponse::Accepted().json(PendingReply { change }))
}

/// Proposes this role, as this manager.
///
/// # Errors
/// [`Problem`].
pub async fn propose_role(desk: &Desk, wanted: &NewRole) -> Result<WireChange, Problem> {
    let grant = RoleGrant {
        id: RoleGrantId::random(),
        person: read::id(&wanted.person, "person")?,
        role: role_of(wanted.role),
        agency: read::optional_id(wanted.agency.as_ref(), "agency")?,
    };
    pending::put(desk, PowerChange::GrantRole(grant), wanted.otp.as_ref()).await
}

/// `POST roles/{id}/withdraw`: taking power away needs one person, but from those who watch it, two.
///
/// # Errors
/// [`Problem`].
pub async fn withdraw(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<OtpRequest>,
) -> Result<HttpResponse, Problem> {
    Ok(
        match take_away(&desk, &path, wanted.0.otp.as_ref()).await? {
            None => HttpResponse::NoContent().finish(),
            Some(change) => HttpResponse::Accepted().json(PendingReply { change }),
        },
    )
}

/// Takes the role of this id in a path away, or proposes to: a security officer keeps theirs until a
/// second manager agrees, or one manager alone could blind the log before an act of their own.
///
/// # Errors
/// [`Problem`].
pub async fn take_away(
    desk: &Desk,
    id: &str,
    otp: Option<&Secret>,
) -> Result<Option<WireChange>, Problem> {
    let id = read::path_id(id)?;
    let taken = Change::RevokeRole(id);
    if needs_two(&desk.policy().snapshot(), &taken) {
        let change = PowerChange::RevokeRole(id);
        return pending::put(desk, change, otp).await.map(Some);
    }
    desk.change(taken).await?;
    Ok(None)
}

/// `GET authorities`: one's own, and those of the agencies one looks after.
///
/// # Errors
/// [`Problem`].
pub async fn authorities(desk: Desk) -> Result<HttpResponse, Problem> {
    let snapshot = desk.policy().snapshot();
    let seen = authorities_seen(&desk, &snapshot)?;
    let items = seen.into_iter().map(wire_authority).collect();
    Ok(HttpResponse::Ok().json(List::<WireAuthority> { items }))
}

/// The records of authority that the caller may see.
///
/// # Errors
/// `forbidden` for a system.
pub fn authorities_seen<'a>(
    desk: &Desk,
    snapshot: &'a Snapshot,
) -> Result<Vec<&'a AuthorityRecord>, Problem> {
    let (caller, now) = (desk.person()?, desk.now());
    let seen = |record: &&AuthorityRecord| {
        record.person == caller || scope::oversees(snapshot, caller, record.agency, now)
    };
    Ok(snapshot.people.authorities.iter().filter(seen).collect())
}

fn wire_authority(record: &AuthorityRecord) -> WireAuthority {
    let kind = match record.kind {
        AuthorityKind::Head => WireKind::Head,
        AuthorityKind::KT => WireKind::Kt,
        AuthorityKind::Q => WireKind::Q,
        AuthorityKind::TL => WireKind::Tl,
        AuthorityKind::TM => WireKind::Tm,
        AuthorityKind::TUQ => WireKind::Tuq,
    };
    WireAuthority {
        id: record.id.to_string(),
        person: record.person.to_string(),
        agency: record.agency.to_string(),
        kind,
        basis: record.basis.clone(),
        from: record.valid_from.to_string(),
        to: Some(record.valid_until.to_string()),
    }
}

/// `POST authorities`: proposes; another approves.
///
/// # Errors
/// [`Problem`].
pub async fn record_authority(
    desk: Desk,
    wanted: Json<NewAuthority>,
) -> Result<HttpResponse, Problem> {
    let change = propose_authority(&desk, &wanted.0).await?;
    Ok(HttpResponse::Accepted().json(PendingReply { change }))
}

/// Proposes this record of authority, as this manager.
///
/// # Errors
/// [`Problem`].
pub async fn propose_authority(desk: &Desk, wanted: &NewAuthority) -> Result<WireChange, Problem> {
    let record = authority(wanted)?;
    let change = PowerChange::RecordAuthority(record);
    pending::put(desk, change, wanted.otp.as_ref()).await
}

/// Every record has an end: an authority that nobody renews must not outlive its basis.
fn authority(wanted: &NewAuthority) -> Result<AuthorityRecord, Problem> {
    let until = wanted.to.as_ref().ok_or_else(|| Problem::field("to"))?;
    let record = AuthorityRecord {
        id: AuthorityId::random(),
        person: read::id(&wanted.person, "person")?,
        agency: read::id(&wanted.agency, "agency")?,
        kind: AuthorityKind::from_name(wanted.kind.name()).ok_or_else(|| Problem::field("kind"))?,
        basis: read::text(&wanted.basis, "basis", NAME)?,
        valid_from: read::time(&wanted.from, "from")?,
        valid_until: read::time(until, "to")?,
    };
    if record.valid_from < record.valid_until {
        Ok(record)
    } else {
        Err(Problem::field("to"))
    }
}

/// `POST authorities/{id}/end`.
///
/// # Errors
/// [`Problem`].
pub async fn end_authority(
    desk: Desk,
    path: web::Path<String>,
    body: MaybeJson,
) -> Result<HttpResponse, Problem> {
    read::end_now(&body.0, desk.now())?;
    end_record(&desk, &path).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends the record of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn end_record(desk: &Desk, id: &str) -> Result<(), Problem> {
    desk.change(Change::EndAuthority(read::path_id(id)?))
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use kyso_core::id::{AgencyId, PersonId};

    use super::*;

    #[test]
    fn words_of_the_wire_and_the_core_are_the_same() {
        for role in Role::ALL {
            assert_eq!(name_of(role).name(), role.name());
            assert_eq!(role_of(name_of(role)), role);
        }
        for kind in WireKind::ALL {
            assert!(AuthorityKind::from_name(kind.name()).is_some(), "{kind}");
        }
    }

    #[test]
    fn an_authority_has_a_beginning_before_its_end() {
        let wanted = |to: Option<&str>| NewAuthority {
            person: PersonId::random().to_string(),
            agency: AgencyId::random().to_string(),
            kind: WireKind::Kt,
            basis: "12/QĐ-UBND".into(),
            from: "2026-01-01T00:00:00Z".into(),
            to: to.map(str::to_owned),
            otp: None,
        };
        assert!(authority(&wanted(Some("2026-02-01T00:00:00Z"))).is_ok());
        for to in [
            None,
            Some("2026-01-01T00:00:00Z"),
            Some("2025-01-01T00:00:00Z"),
            Some("x"),
        ] {
            assert!(authority(&wanted(to)).is_err(), "{to:?}");
        }
    }
}
