//! What a signer is shown of the files behind a request: pictures of their pages, and the files.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_core::Refusal;
use kyso_core::id::ApprovalId;
use kyso_core::model::Approval;
use kyso_web::{ContentPage, PICTURES};

use super::answer::{page, png};
use super::inbox;
use super::sent::parameter;
use super::visitor::Visitor;
use crate::http::approving;
use crate::http::error::Problem;
use crate::http::management::read;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let get = web::get;
    config
        .service(web::resource("/requests/{id}/documents/{place}").route(get().to(look)))
        .service(web::resource("/requests/{id}/documents/{place}/file").route(get().to(file)))
        .service(
            web::resource("/requests/{id}/documents/{place}/pages/{page}").route(get().to(picture)),
        );
}

/// A request of the signer's own.
async fn own(visitor: &Visitor, id: &str) -> Result<Approval, Problem> {
    let id: ApprovalId = read::path_id(id)?;
    let own = approving::own(&visitor.desk, &[id]).await?;
    own.into_iter()
        .next()
        .ok_or_else(|| Refusal::UnknownObject.into())
}

async fn look(
    visitor: Visitor,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let end = content_page(&visitor, &request, &path).await;
    visitor.answer(end).await
}

async fn content_page(
    visitor: &Visitor,
    request: &HttpRequest,
    (id, place): &(String, String),
) -> Result<HttpResponse, Problem> {
    let approval = own(visitor, id).await?;
    let place: usize = place.parse().map_err(|_| Refusal::UnknownObject)?;
    let from = parameter(request, "from").map_or(Ok(1), |from| from.parse());
    let from: usize = from.map_err(|_| Problem::field("from"))?;
    let document = approval.documents.get(place);
    let content = inbox::content(&approval, place, from.max(1), PICTURES);
    let (document, content) = document.zip(content).ok_or(Refusal::UnknownObject)?;
    let view = ContentPage {
        subject: inbox::subject(&document.facts),
        content,
        request: approval.id.to_string(),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

async fn file(visitor: Visitor, path: web::Path<(String, String)>) -> HttpResponse {
    let (id, place) = path.into_inner();
    let name = format!("attachment; filename=\"{id}-{place}.pdf\"");
    let end = part(&visitor, &id, (&place, None)).await;
    // Never opened where our cookie counts: it is a stranger's file.
    let attached = |bytes| {
        HttpResponse::Ok()
            .content_type("application/pdf")
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_DISPOSITION, name))
            .body(bytes)
    };
    visitor.answer(end.map(attached)).await
}

async fn picture(visitor: Visitor, path: web::Path<(String, String, String)>) -> HttpResponse {
    let (id, place, page) = path.into_inner();
    let end = part(&visitor, &id, (&place, Some(&page))).await;
    visitor.answer(end.map(png)).await
}

async fn part(
    visitor: &Visitor,
    id: &str,
    which: (&str, Option<&str>),
) -> Result<Vec<u8>, Problem> {
    let approval = own(visitor, id).await?;
    approving::part(&visitor.desk, &approval, which).await
}
