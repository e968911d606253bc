//! People: registration, enrolment codes, the end of their service.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use kyso_api::Secret;
use kyso_api::management::{
    Change as WireChange, Created, EnrolmentCode, EraseRequest, List, NewPerson, OtpRequest,
    PendingReply, Person as Wire,
};
use kyso_api::problem::ProblemCode;
use kyso_core::change::{Erasure, PowerChange, SplitCode};
use kyso_core::id::PersonId;
use kyso_core::model::Person;
use kyso_core::{Change, Snapshot, Timestamp};
use secrecy::ExposeSecret as _;

use super::{NAME, WORD, pending, read, scope};
use crate::auth::enrolment;
use crate::http::body::{Json, MaybeJson};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// Longest e-mail address (RFC 5321 §4.5.3.1.3).
const EMAIL: usize = 254;

/// `GET persons`: those whom the caller looks after, and the caller.
///
/// # Errors
/// [`Problem`].
pub async fn list(desk: Desk) -> Result<HttpResponse, Problem> {
    let snapshot = desk.policy().snapshot();
    let items = seen(&desk, &snapshot)?
        .into_iter()
        .map(|person| wire(&snapshot, person))
        .collect();
    Ok(HttpResponse::Ok().json(List { items }))
}

/// The people whom the caller may see, by id.
///
/// # Errors
/// `forbidden` for a system.
pub fn seen<'a>(desk: &Desk, snapshot: &'a Snapshot) -> Result<Vec<&'a Person>, Problem> {
    let (caller, now) = (desk.person()?, desk.now());
    let people = snapshot.people.by_id.values();
    let mut people: Vec<&Person> = people
        .filter(|person| sees(snapshot, caller, person, now))
        .collect();
    people.sort_unstable_by_key(|person| person.id);
    Ok(people)
}

/// Whether the caller may see this person: those whom they look after, and themselves.
pub fn sees(snapshot: &Snapshot, caller: PersonId, person: &Person, now: Timestamp) -> bool {
    person.id == caller || scope::oversees(snapshot, caller, person.agency, now)
}

fn wire(snapshot: &Snapshot, person: &Person) -> Wire {
    Wire {
        id: person.id.to_string(),
        login: person.login.clone(),
        name: person.name.clone(),
        agency: person.agency.to_string(),
        position: person.position.clone(),
        email: person.email.clone(),
        position_required: person.position_required,
        enrolled: is_enrolled(snapshot, person.id),
        ended_at: person.ended_at.map(|end| end.to_string()),
    }
}

/// Whether somebody has both factors.
pub fn is_enrolled(snapshot: &Snapshot, id: PersonId) -> bool {
    let factors = snapshot.people.factors.get(&id);
    factors.is_some_and(|f| f.password.is_some() && f.totp.is_some())
}

/// `POST persons`.
///
/// # Errors
/// [`Problem`].
pub async fn register(desk: Desk, wanted: Json<NewPerson>) -> Result<HttpResponse, Problem> {
    let id = enter(&desk, &wanted.0).await?.to_string();
    Ok(HttpResponse::Created().json(Created { id }))
}

/// Registers this person, as this manager.
///
/// # Errors
/// [`Problem`].
pub async fn enter(desk: &Desk, wanted: &NewPerson) -> Result<PersonId, Problem> {
    let person = person(wanted)?;
    let id = person.id;
    desk.change(Change::RegisterPerson(person)).await?;
    Ok(id)
}

fn person(wanted: &NewPerson) -> Result<Person, Problem> {
    Ok(Person {
        id: PersonId::random(),
        login: login(&wanted.login)?,
        name: read::text(&wanted.name, "name", NAME)?,
        agency: read::id(&wanted.agency, "agency")?,
        position: read::text(&wanted.position, "position", NAME)?,
        email: email(&wanted.email)?,
        position_required: wanted.position_required.unwrap_or(false),
        ended_at: None,
    })
}

/// A login is one spelling of ASCII, so that two of them never look alike.
///
/// # Errors
/// `invalid_field`.
pub fn login(text: &str) -> Result<String, Problem> {
    let login = read::text(text, "login", WORD)?.to_ascii_lowercase();
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'@');
    if login.bytes().all(plain) {
        Ok(login)
    } else {
        Err(Problem::field("login"))
    }
}

/// An address of the form that certificates can hold.
///
/// # Errors
/// `invalid_field`.
pub fn email(text: &str) -> Result<String, Problem> {
    let email = read::text(text, "email", EMAIL)?;
    let parts = email.split_once('@');
    let whole = parts
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'));
    if whole && email.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(email)
    } else {
        Err(Problem::field("email"))
    }
}

/// `POST persons/{id}/end`.
///
/// # Errors
/// [`Problem`].
pub async fn end(
    desk: Desk,
    path: web::Path<String>,
    body: MaybeJson,
) -> Result<HttpResponse, Problem> {
    read::end_now(&body.0, desk.now())?;
    end_now(&desk, &path).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Ends the service of the person of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn end_now(desk: &Desk, id: &str) -> Result<(), Problem> {
    desk.change(Change::EndPerson(read::path_id(id)?)).await?;
    Ok(())
}

/// `POST persons/{id}/enrolment-code`: shown once; it lets the person enrol, and nobody log in.
///
/// The code of somebody who holds power is proposed: each of the two managers gets half of it.
///
/// # Errors
/// [`Problem`].
pub async fn enrolment_code(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    Ok(match give_code(&desk, &path).await? {
        Given::Code(reply) => HttpResponse::Created().json(reply),
        Given::Half(change) => HttpResponse::Accepted().json(PendingReply { change }),
    })
}

/// What a manager is given for somebody who is to enrol.
#[derive(Debug)]
pub enum Given {
    /// The whole code.
    Code(EnrolmentCode),
    /// A proposal, with the proposer's half of the code.
    Half(WireChange),
}

/// Makes a code, as this manager, for the person of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn give_code(desk: &Desk, id: &str) -> Result<Given, Problem> {
    let person = read::path_id(id)?;
    if desk.policy().snapshot().holds_power(person) {
        return Ok(Given::Half(propose_code(desk, person, None, None).await?));
    }
    let made = enrolment::new_code();
    let (text, code) = made.map_err(|_| Problem::from(ProblemCode::Internal))?;
    let expires_at = desk.now().after(code_life(desk));
    desk.change(Change::IssueEnrolmentCode {
        person,
        code,
        expires_at,
    })
    .await?;
    Ok(Given::Code(EnrolmentCode {
        code: Secret::new(text.expose_secret()),
        expires_at: expires_at.to_string(),
    }))
}

fn code_life(desk: &Desk) -> Duration {
    Duration::from_secs(u64::from(desk.config().tokens.enrolment_code_minutes) * 60)
}

/// Proposes a code in two halves, behind another change if there is one, and answers the
/// proposer's half.
async fn propose_code(
    desk: &Desk,
    person: PersonId,
    before: Option<PowerChange>,
    otp: Option<&Secret>,
) -> Result<WireChange, Problem> {
    let made = enrolment::new_code();
    let (text, code) = made.map_err(|_| Problem::from(ProblemCode::Internal))?;
    let (mine, theirs) = enrolment::halves(text.expose_secret());
    let sealed = desk.app().token.seal(pending::HALF_AAD, theirs.as_bytes());
    let split = PowerChange::IssueEnrolmentCode(SplitCode {
        person,
        code,
        approver_half: sealed.await?,
        seconds: u32::try_from(code_life(desk).as_secs()).unwrap_or(u32::MAX),
    });
    let change = PowerChange::Several(before.into_iter().chain([split]).collect());
    let mut change = pending::put(desk, change, otp).await?;
    change.enrolment_half = Some(Secret::new(mine));
    Ok(change)
}

/// `POST persons/{id}/reset-factors`: proposes; another approves. The person enrols anew with a
/// code of which each of the two has half, so neither can take their place.
///
/// # Errors
/// [`Problem`].
pub async fn reset_factors(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<OtpRequest>,
) -> Result<HttpResponse, Problem> {
    let change = propose_reset(&desk, &path, wanted.0.otp.as_ref()).await?;
    Ok(HttpResponse::Accepted().json(PendingReply { change }))
}

/// Proposes the reset for the person of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn propose_reset(
    desk: &Desk,
    id: &str,
    otp: Option<&Secret>,
) -> Result<WireChange, Problem> {
    let person = read::path_id(id)?;
    let reset = PowerChange::ResetFactors(person);
    propose_code(desk, person, Some(reset), otp).await
}

/// `POST persons/{id}/erase`: proposes; another approves. What tells who somebody was goes, what they did stays.
///
/// # Errors
/// [`Problem`].
pub async fn erase(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<EraseRequest>,
) -> Result<HttpResponse, Problem> {
    let reason = wanted.0.reason.as_deref();
    let reason = reason
        .map(|reason| read::text(reason, "reason", NAME))
        .transpose()?;
    let kept = match reason {
        Some(_) => Duration::ZERO,
        None => desk.config().limits.retention(),
    };
    let change = PowerChange::ErasePerson(Erasure {
        person: read::path_id(&path)?,
        ended_before: desk.now().before(kept),
        reason,
    });
    pending::propose(&desk, change, wanted.0.otp.as_ref()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_plain_and_lower_case() {
        assert_eq!(login(" An.Nguyen ").as_deref(), Ok("an.nguyen"));
        for bad in ["", "an nguyen", "ân", "а", "a/b", &"x".repeat(WORD + 1)] {
            assert!(login(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn addresses_have_two_parts() {
        assert!(email("an@hatinh.gov.vn").is_ok());
        for bad in [
            "",
            "an",
            "@hatinh.gov.vn",
            "an@hatinh",
            "an@b@c.vn",
            "ân@hatinh.gov.vn",
            "an@a .vn",
        ] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_position_needs_a_certificate_only_when_it_is_said() {
        let wanted = |required| NewPerson {
            login: "an".into(),
            name: "Nguyễn Văn An".into(),
            agency: kyso_core::id::AgencyId::random().to_string(),
            position: "Giám đốc".into(),
            email: "an@hatinh.gov.vn".into(),
            position_required: required,
        };
        assert!(!person(&wanted(None)).unwrap().position_required);
        assert!(person(&wanted(Some(true))).unwrap().position_required);
    }
}
