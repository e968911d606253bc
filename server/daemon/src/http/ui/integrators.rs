//! The page for those who connect systems; open to everybody, as the interfaces' descriptions are.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_web::Integrators;

use super::answer::page;
use super::stranger;
use super::visitor::{LogInFirst, Visitor, here, remember_language};
use crate::app::App;
use crate::http::frame::Call;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/integrate").route(web::get().to(integrate)));
}

async fn integrate(
    app: web::Data<App>,
    call: Call,
    visitor: Result<Visitor, LogInFirst>,
    request: HttpRequest,
) -> HttpResponse {
    let frame = match visitor {
        Ok(visitor) => visitor.frame().await,
        Err(_) => stranger::frame(&app, call, &request, &here(&request)),
    };
    let base = app.config.server.base_url.clone();
    let mut response = page(StatusCode::OK, Integrators { frame, base }.render());
    remember_language(&request, &mut response);
    response
}
