//! A leader's receipts, and "I did not make this".

use actix_web::http::header::CONTENT_DISPOSITION;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_store::tree::Half;
use kyso_web::{Dispute, Foreign, Problems};

use super::answer::{page, status_of};
use super::sent::{Sent, in_one_line};
use super::signatures::row;
use super::visitor::Visitor;
use crate::http::error::Problem;
use crate::http::log::text;
use crate::http::management::{disputes, read, receipts, signatures};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/signatures/{call}/receipt").route(web::get().to(receipt)))
        .service(
            web::resource("/signatures/{call}/dispute")
                .route(web::get().to(ask))
                .route(web::post().to(dispute)),
        );
}

async fn receipt(visitor: Visitor, path: web::Path<String>) -> HttpResponse {
    let end = receipt_file(&visitor, &path).await;
    visitor.answer(end).await
}

async fn receipt_file(visitor: &Visitor, call: &str) -> Result<HttpResponse, Problem> {
    let made = receipts::made(&visitor.desk, read::path_id(call)?, Half::Outcome).await?;
    let mut response = text(made.to_string());
    // The path is an id by now.
    let name = format!("attachment; filename=\"{call}.tlog-proof\"");
    if let Ok(name) = name.parse() {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

async fn ask(visitor: Visitor, request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let form = async |sent: &Sent, problems| form(&visitor, &path, sent, problems).await;
    visitor.begin(&request, form).await
}

/// The form, or what came of it: whoever opens it again after the dispute is told whom to call.
async fn form(
    visitor: &Visitor,
    call: &str,
    sent: &Sent,
    problems: Problems,
) -> Result<HttpResponse, Problem> {
    let used = signatures::of_call(&visitor.desk, read::path_id(call)?).await?;
    let snapshot = visitor.desk.policy().snapshot();
    let view = Dispute {
        call: call.to_owned(),
        row: row(&snapshot, &used, visitor.language),
        reason: Foreign::new(&in_one_line(sent, "reason")),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

async fn dispute(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let reason = in_one_line(&sent, "reason");
    let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
    let done = disputes::dispute_it(&visitor.desk, &path, reason).await;
    let done = done.map(|_| format!("/ui/signatures/{path}/dispute"));
    let again = async |problems| form(&visitor, &path, &sent, problems).await;
    let at = |problem: &Problem| (problem.member() == Some("reason")).then_some("reason");
    visitor.after(done, at, again).await
}
