//! The internal listener: metrics and health, plain HTTP, no names.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use kyso_core::SystemClock;
use kyso_core::instant::Clock;
use serde::Serialize;

use crate::app::{App, read_figures};

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/healthz").route(web::get().to(alive)))
        .service(web::resource("/readyz").route(web::get().to(ready)))
        .service(web::resource("/metrics").route(web::get().to(metrics)));
}

/// The process answers; nothing more is said.
async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok\n")
}

#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own"
)]
struct Readiness {
    ready: bool,
    audit_writable: bool,
    clock: bool,
    database: bool,
    draining: bool,
    log: bool,
    software_token: bool,
    token: bool,
}

/// Whether calls should be sent here: database, token, audit, the log's proof and clock.
async fn ready(app: web::Data<App>) -> HttpResponse {
    let offset = tokio::time::timeout(
        PATIENCE,
        app.store.database().clock_offset(|| SystemClock.now()),
    )
    .await;
    let offset = offset.ok().and_then(Result::ok);
    if let Some(micros) = offset {
        app.metrics.clock_offset.set(micros);
    }
    let limit = i64::from(app.config.limits.clock_offset_seconds) * 1_000_000;
    let token = app.token.status();
    let mut readiness = Readiness {
        ready: false,
        audit_writable: app.journal().figures().is_writable(),
        clock: offset.is_some_and(|micros| micros.abs() <= limit),
        database: offset.is_some(),
        draining: app.flows.is_draining(),
        log: !app.journal().figures().is_halted(),
        software_token: token.is_software,
        token: token.is_ready(),
    };
    readiness.ready = readiness.audit_writable
        && readiness.clock
        && readiness.database
        && readiness.token
        && readiness.log
        && !readiness.draining;
    let mut response = if readiness.ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(readiness)
}

async fn metrics(app: web::Data<App>) -> HttpResponse {
    read_figures(&app);
    match app.metrics.text() {
        Ok(text) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4")
            .body(text),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}
