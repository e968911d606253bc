//! What signatures of a person, or seals of an agency, show: looked at, proposed and taken away on a page.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::encoding::encode_base64;
use kyso_api::management::NewPicture;
use kyso_api::problem::ProblemCode;
use kyso_core::Snapshot;
use kyso_core::model::{Owner, Picture};
use kyso_web::{Foreign, PicturePage, Problems};

use super::answer::{self, page, status_of};
use super::changes::WAITING;
use super::naming;
use super::sent::{Sent, one, otp};
use super::visitor::{Visitor, see_other};
use crate::http::error::Problem;
use crate::http::management::pictures;
use crate::http::multipart::{boundary, parts};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let (get, post) = (web::get, web::post);
    config
        .service(
            web::resource("/pictures/{owner}")
                .app_data(web::PayloadConfig::new(pictures::BODY))
                .route(get().to(look))
                .route(post().to(propose)),
        )
        .service(web::resource("/pictures/{owner}/file").route(get().to(in_force)))
        .service(web::resource("/pictures/{owner}/remove").route(post().to(remove)));
}

/// A picture as a file of a page.
pub async fn as_file(visitor: &Visitor, picture: Result<Picture, Problem>) -> HttpResponse {
    let png = match picture {
        Ok(picture) => pictures::file(&visitor.desk, &picture).await,
        Err(problem) => Err(problem),
    };
    visitor.answer(png.map(answer::png)).await
}

async fn in_force(visitor: Visitor, path: web::Path<String>) -> HttpResponse {
    as_file(&visitor, pictures::seen(&visitor.desk, &path)).await
}

async fn look(visitor: Visitor, request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let form = async |sent: &Sent, problems| form_page(&visitor, &path, sent, problems).await;
    visitor.begin(&request, form).await
}

/// The page, with what was typed into its form.
async fn form_page(
    visitor: &Visitor,
    path: &str,
    sent: &Sent,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    let snapshot = visitor.desk.policy().snapshot();
    let owner = pictures::owner(&snapshot, path)?;
    if !pictures::may_have(&visitor.desk, &snapshot, owner) {
        return Err(ProblemCode::NotFound.into());
    }
    let shown = snapshot.people.pictures.get(&owner);
    let (name, back, manages) = whose(visitor, &snapshot, owner);
    let view = PicturePage {
        id: owner.to_string(),
        name,
        is_seal: matches!(owner, Owner::Agency(_)),
        shown: shown.map(|picture| millimetres(picture.width)),
        manages,
        width: Foreign::new(one(sent, "width")),
        back,
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

/// Their name, their page, and whether the reader manages them.
fn whose(visitor: &Visitor, snapshot: &Snapshot, owner: Owner) -> (Foreign, String, bool) {
    match owner {
        Owner::Agency(id) => (
            naming::agency(snapshot, id, visitor.desk.now()),
            format!("/ui/agencies/{id}"),
            visitor.manages_at(id),
        ),
        Owner::Person(id) => {
            let agency = snapshot.people.by_id.get(&id).map(|person| person.agency);
            (
                naming::person(snapshot, id),
                format!("/ui/people/{id}"),
                agency.is_some_and(|agency| visitor.manages_at(agency)),
            )
        }
    }
}

fn millimetres(tenths: u16) -> String {
    let (full, tenth) = (tenths / 10, tenths % 10);
    format!("{full},{tenth}")
}

/// Millimetres with one decimal at most, in tenths.
fn tenths(typed: &str) -> Option<u16> {
    let (full, tenth) = typed
        .trim()
        .split_once([',', '.'])
        .unwrap_or((typed.trim(), "0"));
    let (full, tenth): (u16, u16) = (full.parse().ok()?, tenth.parse().ok()?);
    full.checked_mul(10)
        .filter(|_| tenth < 10)?
        .checked_add(tenth)
}

async fn propose(
    visitor: Visitor,
    request: HttpRequest,
    path: web::Path<String>,
    body: web::Bytes,
) -> HttpResponse {
    let (sent, png) = taken_apart(&request, &body);
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let proposed = async {
        let wanted = NewPicture {
            png: encode_base64(png),
            width: tenths(one(&sent, "width")).ok_or_else(|| Problem::field("width"))?,
            otp: otp(&sent),
        };
        pictures::propose(&visitor.desk, &path, wanted).await
    };
    let proposed = proposed.await.map(|_| WAITING.to_owned());
    let again = async |problems| form_page(&visitor, &path, &sent, problems).await;
    visitor.after(proposed, at_field, again).await
}

/// What was typed, and the file; nothing of a body that is no form.
fn taken_apart<'a>(request: &HttpRequest, body: &'a [u8]) -> (Sent, &'a [u8]) {
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    let parts = kind
        .and_then(boundary)
        .and_then(|mark| parts(body, mark).ok());
    let (mut typed, mut png) = (Vec::new(), &[][..]);
    for part in parts.unwrap_or_default() {
        if part.name == "png" {
            png = part.content;
        } else if let Ok(text) = std::str::from_utf8(part.content) {
            typed.push((part.name.to_owned(), text.to_owned()));
        }
    }
    (web::Form(typed), png)
}

/// The field that would have to be another for the picture to be proposed.
fn at_field(problem: &Problem) -> Option<&'static str> {
    match problem.member() {
        _ if problem.is_of_the_otp() => Some("otp"),
        Some("png") => Some("png"),
        Some("width") => Some("width"),
        _ => None,
    }
}

async fn remove(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let removed = pictures::take_away(&visitor.desk, &path).await;
    let end = removed.map(|()| see_other(&format!("/ui/pictures/{path}")));
    visitor.answer(end).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_is_typed_with_one_decimal_at_most() {
        for (typed, read) in [
            ("36", Some(360)),
            (" 36,5 ", Some(365)),
            ("36.5", Some(365)),
            ("36,55", None),
            ("-1", None),
            ("ba mươi", None),
            ("7000", None),
            ("", None),
        ] {
            assert_eq!(tenths(typed), read, "{typed}");
        }
        assert_eq!(millimetres(365), "36,5");
    }
}
