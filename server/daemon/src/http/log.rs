//! What verifies the audit log, for everybody: `GET log/keys` and `GET log/checkpoint`.

use actix_web::{HttpResponse, web};
use kyso_api::management::LogKeys;
use kyso_api::problem::ProblemCode;

use super::error::Problem;
use crate::app::App;

/// The routes, within `/api/v1`.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/log/checkpoint").route(web::get().to(checkpoint)))
        .service(web::resource("/log/keys").route(web::get().to(keys)));
}

/// Whose checkpoints count and who cosigns them: what verifies a receipt. It has to be compared with what was given out
/// on another way, since a server that lies would lie here, too.
async fn keys(app: web::Data<App>) -> HttpResponse {
    let policy = app.log.policy();
    HttpResponse::Ok().json(LogKeys {
        origin: policy.log().label().name().to_string(),
        key: policy.log().to_string(),
        export: app.log.keys().export.to_string(),
        witnesses: policy.witnesses().iter().map(ToString::to_string).collect(),
        quorum: policy.quorum(),
    })
}

/// The newest checkpoint, a signed note (C2SP `tlog-checkpoint`).
async fn checkpoint(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let newest = app.log.newest().ok_or(ProblemCode::NotFound)?;
    Ok(text(newest.to_string()))
}

/// A note or a receipt: lines of text.
pub(super) fn text(body: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(body)
}
