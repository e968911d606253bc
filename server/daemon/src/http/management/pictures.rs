//! Pictures that signatures show: put in force by two people, handed to whoever may draw them.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::management::{Change as WireChange, NewPicture, PendingReply, Picture as Wire};
use kyso_api::problem::ProblemCode;
use kyso_core::change::PowerChange;
use kyso_core::ground::day;
use kyso_core::id::{AgencyId, CredentialId, PendingChangeId, PersonId};
use kyso_core::model::{CredentialState, Owner, Picture};
use kyso_core::{Change, Draft, Refusal, Snapshot};
use kyso_documents::appearance::{Colour, Picture as Drawing, Rules, WrongPicture};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use sha2::{Digest as _, Sha256};

use super::{pending, read, scope, stored};
use crate::http::body::Json;
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// Largest file, in bytes: a seal at 600 dpi has a third of that.
const FILE: usize = 512 * 1024;

/// Largest body, in bytes: that in base64, and what is said of it.
pub const BODY: usize = FILE / 3 * 4 + 4096;

/// `PUT pictures/{owner}`: proposes; another approves, who sees it.
///
/// # Errors
/// [`Problem`].
pub async fn set(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<NewPicture>,
) -> Result<HttpResponse, Problem> {
    let change = propose(&desk, &path, wanted.0).await?;
    Ok(HttpResponse::Accepted().json(PendingReply { change }))
}

/// Proposes this picture for the person or agency of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn propose(desk: &Desk, path: &str, wanted: NewPicture) -> Result<WireChange, Problem> {
    let NewPicture { png, width, otp } = wanted;
    let owner = owner(&desk.policy().snapshot(), path)?;
    check_manages(desk, owner).await?;
    let png = decode_base64(&png).map_err(|_| Problem::field("png"))?;
    if !(50..=1000).contains(&width) {
        return Err(Problem::field("width"));
    }
    let png: Arc<[u8]> = png.into();
    check(desk, owner, Arc::clone(&png)).await?;
    let picture = Picture {
        owner,
        digest: Sha256::digest(&png).into(),
        width,
        file: Some(png),
    };
    pending::put(desk, PowerChange::SetPicture(picture), otp.as_ref()).await
}

/// Only a manager has a picture decoded, which is work; policy looks again at what they propose.
async fn check_manages(desk: &Desk, owner: Owner) -> Result<(), Problem> {
    let (snapshot, caller) = (desk.policy().snapshot(), desk.person()?);
    let agency = match owner {
        Owner::Agency(agency) => Some(agency),
        Owner::Person(id) => snapshot.people.by_id.get(&id).map(|one| one.agency),
    };
    let manages = |agency| scope::manages(&snapshot, caller, agency, desk.now());
    if agency.is_some_and(manages) {
        return Ok(());
    }
    let refused = desk.refused(Event::ChangeProposed).about("picture", owner);
    desk.note(refused.because(Refusal::Forbidden)).await?;
    Err(Refusal::Forbidden.into())
}

/// A picture that no signature could show is not put before a second person.
async fn check(desk: &Desk, owner: Owner, png: Arc<[u8]>) -> Result<(), Problem> {
    if png.len() > FILE {
        return Err(Problem::field("png"));
    }
    let today = day(desk.now()).ok_or(ProblemCode::Internal)?;
    let rules = Rules::at(today).map_err(|_| ProblemCode::Internal)?;
    let image = match owner {
        Owner::Agency(_) => rules.seal.image,
        Owner::Person(_) => rules.person,
    };
    let work = move || Drawing::read(&png).and_then(|drawing| drawing.check(image));
    let found = web::block(work).await.map_err(|_| ProblemCode::Internal)?;
    found.map_err(|why| {
        let (vi, en) = (
            format!("png: {}", in_vietnamese(why)),
            format!("png: {why}"),
        );
        Problem::field("png").saying(vi, en)
    })
}

/// Why a picture is not taken, as the library says it in English.
fn in_vietnamese(why: WrongPicture) -> String {
    match why {
        WrongPicture::TooLarge => "tệp hoặc cạnh của hình quá lớn.".to_owned(),
        WrongPicture::NotPng => "không phải tệp PNG đọc được.".to_owned(),
        WrongPicture::Animated => "hình động không dùng được.".to_owned(),
        WrongPicture::Opaque => "nền của hình phải trong suốt.".to_owned(),
        WrongPicture::Empty => "hình trống.".to_owned(),
        WrongPicture::Colour(Colour::Red) => "hình con dấu phải có màu đỏ.".to_owned(),
        WrongPicture::Colour(Colour::Blue) => "hình chữ ký phải có màu xanh.".to_owned(),
        WrongPicture::Coarse(pixels) => {
            format!("cạnh ngắn của hình phải có ít nhất {pixels} điểm ảnh.")
        }
    }
}

/// `DELETE pictures/{owner}`.
///
/// # Errors
/// [`Problem`].
pub async fn remove(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    take_away(&desk, &path).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes away the picture of the person or agency of this id in a path.
///
/// # Errors
/// [`Problem`].
pub async fn take_away(desk: &Desk, path: &str) -> Result<(), Problem> {
    let owner = owner(&desk.policy().snapshot(), path)?;
    desk.change(Change::RemovePicture(owner)).await?;
    Ok(())
}

/// `GET pictures/{owner}`: for whoever draws signatures of this person or agency. Each time is an entry.
///
/// # Errors
/// [`Problem`]; `not_found` also where it is not the caller's to have.
pub async fn one(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    hand_out(&desk, &seen(&desk, &path)?).await
}

/// The picture in force for the person or agency of this id in a path.
///
/// # Errors
/// `not_found` where there is none that the caller may have.
pub fn seen(desk: &Desk, path: &str) -> Result<Picture, Problem> {
    let snapshot = desk.policy().snapshot();
    let owner = owner(&snapshot, path)?;
    let picture = snapshot.people.pictures.get(&owner);
    let picture = picture.filter(|_| may_have(desk, &snapshot, owner));
    Ok(picture.ok_or(Refusal::UnknownObject)?.clone())
}

/// `GET changes/{id}/picture`: what the second person looks at before they approve.
///
/// # Errors
/// [`Problem`].
pub async fn proposed(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    hand_out(&desk, &proposed_in(&desk, &path)?).await
}

/// The picture that the change of this id in a path would put in force.
///
/// # Errors
/// `not_found` where there is none that the caller may see.
pub fn proposed_in(desk: &Desk, id: &str) -> Result<Picture, Problem> {
    let id: PendingChangeId = read::path_id(id)?;
    let (snapshot, caller) = (desk.policy().snapshot(), desk.person()?);
    let change = snapshot.pending.get(&id).map(|pending| &pending.change);
    let change = change
        .filter(|change| scope::oversees_change(&snapshot, caller, change, desk.now()))
        .ok_or(Refusal::UnknownObject)?;
    match change {
        PowerChange::SetPicture(picture) => Ok(picture.clone()),
        _ => Err(Refusal::UnknownObject.into()),
    }
}

async fn hand_out(desk: &Desk, picture: &Picture) -> Result<HttpResponse, Problem> {
    let png = file(desk, picture).await?;
    Ok(HttpResponse::Ok().json(Wire {
        owner: picture.owner.to_string(),
        sha256: hex::encode(picture.digest),
        width: picture.width,
        png: encode_base64(&png),
    }))
}

/// The PNG, for this caller; that they have it is an entry. So whoever draws keeps it: a few at once, then one a second.
///
/// # Errors
/// `too_many_requests`; `internal` if it is not the one that was approved.
pub async fn file(desk: &Desk, picture: &Picture) -> Result<Vec<u8>, Problem> {
    let read = (desk.actor.person(), desk.actor.client(), picture.digest);
    let early = desk.app().picture_reads.admit(read);
    early.map_err(|wait| Problem::from(ProblemCode::TooManyRequests).after(wait))?;
    let png = stored::picture(desk.app(), picture.digest).await?;
    let (actor, request) = (&desk.actor, desk.call.request);
    let draft = Draft::new(Event::PictureRead, Outcome::Ok, actor, request)
        .about("picture", picture.owner)
        .fact("owner", picture.owner.kind())
        .fact("sha256", hex::encode(picture.digest));
    desk.note(draft).await?;
    Ok(png)
}

/// Whose picture a path means: an id is a person's, an agency's, or that of a credential of theirs, which is what
/// systems know.
///
/// # Errors
/// `not_found`.
pub fn owner(snapshot: &Snapshot, path: &str) -> Result<Owner, Problem> {
    let credential: CredentialId = read::path_id(path)?;
    if let Some(credential) = snapshot.credentials.get(&credential) {
        return Ok(credential.owner);
    }
    let person: PersonId = read::path_id(path)?;
    if snapshot.people.by_id.contains_key(&person) {
        return Ok(Owner::Person(person));
    }
    let agency: AgencyId = read::path_id(path)?;
    let known = snapshot.agencies.contains_key(&agency);
    known
        .then_some(Owner::Agency(agency))
        .ok_or_else(|| Refusal::UnknownObject.into())
}

/// Whether the caller draws signatures of this owner, or looks after them.
pub fn may_have(desk: &Desk, snapshot: &Snapshot, owner: Owner) -> bool {
    let now = desk.now();
    match (desk.actor.person(), desk.actor.client()) {
        (Some(person), _) => match owner {
            Owner::Person(id) => {
                let agency = snapshot.people.by_id.get(&id).map(|one| one.agency);
                id == person
                    || agency.is_some_and(|agency| scope::oversees(snapshot, person, agency, now))
            }
            Owner::Agency(agency) => {
                scope::oversees(snapshot, person, agency, now)
                    || scope::is_clerk(snapshot, person, agency, now)
            }
        },
        (None, Some(client)) => snapshot.credentials.values().any(|credential| {
            credential.owner == owner
                && credential.state == CredentialState::Active
                && snapshot.grant_for(client, credential, now).is_some()
        }),
        (None, None) => false,
    }
}
