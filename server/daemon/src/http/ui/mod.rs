//! The pages: what people see in a browser. The views are kyso-web's; here they are filled and served.
//!
//! A page does what the API does, as the same person with the same rights: it calls the same functions,
//! and nothing can be done on a page that the API would refuse.

pub mod account;
pub mod agency;
mod alarm_words;
pub mod alarms;
pub mod answer;
pub mod changes;
pub mod clerk;
pub mod contents;
pub mod credentials;
pub mod disputes;
pub mod entering;
pub mod entry;
pub mod inbox;
pub mod integrators;
pub mod key_day;
pub mod leader;
#[cfg(test)]
mod light;
pub mod log_proof;
pub mod manager;
pub mod naming;
pub mod officer;
pub mod operator;
pub mod pictures;
pub mod power;
pub mod registering;
pub mod reorganising;
pub mod requesting;
pub mod sent;
pub mod signatures;
pub mod standing;
pub mod stranger;
pub mod timeline;
pub mod tree;
pub mod verification;
pub mod visitor;
pub mod why;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};

pub use answer::{notice, page};

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let get = web::get;
    config
        .service(web::resource("/").route(get().to(home)))
        .service(web::resource("/verify").route(get().to(verification::short)))
        .service(
            web::scope("/ui")
                .service(web::resource("").route(get().to(home)))
                .service(web::resource("/").route(get().to(entering::first_place)))
                .service(web::resource("/assets/{name}").route(get().to(asset)))
                .configure(entering::routes)
                .configure(verification::routes)
                .configure(account::routes)
                .configure(leader::routes)
                .configure(signatures::routes)
                .configure(disputes::routes)
                .configure(clerk::routes)
                .configure(requesting::routes)
                .configure(credentials::routes)
                .configure(standing::routes)
                .configure(key_day::routes)
                .configure(officer::routes)
                .configure(alarms::routes)
                .configure(log_proof::routes)
                .configure(timeline::routes)
                .configure(operator::routes)
                .configure(integrators::routes)
                .configure(registering::routes)
                .configure(agency::routes)
                .configure(pictures::routes)
                .configure(power::routes)
                .configure(manager::routes)
                .configure(changes::routes),
        );
}

async fn home() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, "/ui/"))
        .finish()
}

/// A file that pages load; links to it hold its hash, so it may be kept for a year.
async fn asset(request: HttpRequest) -> HttpResponse {
    let found = kyso_web::assets()
        .iter()
        .find(|asset| asset.path == request.path());
    match found {
        Some(asset) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, asset.content_type))
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .insert_header((ETAG, format!("\"{}\"", asset.hash)))
            .body(asset.bytes),
        None => HttpResponse::NotFound().finish(),
    }
}
