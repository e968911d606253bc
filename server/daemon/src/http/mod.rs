//! Everything that speaks HTTP.

pub mod approving;
pub mod arrival;
pub mod body;
pub mod certificate;
pub mod csc;
pub mod description;
pub mod desk;
pub mod enrolments;
pub mod error;
pub mod form;
pub mod frame;
pub mod health;
pub mod idempotency;
pub mod log;
pub mod log_ins;
pub mod management;
pub mod multipart;
pub mod oauth;
mod parse;
pub mod patience;
pub mod refused;
pub mod sessions;
pub mod signing;
pub mod splitter;
pub mod stamps;
pub mod text;
pub mod ui;
pub mod verify;

use actix_web::web;

/// Routes of the public listener.
pub fn public(config: &mut web::ServiceConfig) {
    config
        .configure(oauth::routes)
        .configure(csc::routes)
        .configure(ui::routes)
        .service(
            web::scope("/api/v1")
                .configure(description::routes)
                .configure(sessions::routes)
                .configure(enrolments::routes)
                .configure(log::routes)
                .configure(verify::routes)
                .configure(management::routes),
        );
}

/// Routes of the internal listener.
pub fn internal(config: &mut web::ServiceConfig) {
    config.configure(health::routes);
}
