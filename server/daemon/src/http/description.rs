//! `GET /api/v1/openapi.json`: our own API as it was reviewed, for whoever connects a system to this server;
//! open to everybody, as the interfaces' descriptions are.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

/// The reviewed description.
pub const DOCUMENT: &str = include_str!("../../../../clients/openapi.json");

/// The route, within `/api/v1`.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/openapi.json").route(web::get().to(read)));
}

/// It changes with the server only, so that programs may keep it for an hour.
async fn read() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "public, max-age=3600"))
        .body(DOCUMENT)
}
