//! Cloud Signature Consortium API: `/csc/v1` (1.0.4.0) and `/csc/v2` (2.2.0.0), over one core.

pub mod algorithm;
pub mod authorize;
pub mod body;
pub mod credential;
pub mod credentials;
pub mod fault;
pub mod handle;
pub mod info;
pub mod joining;
pub mod list;
pub mod polling;
pub mod pss;
pub mod refusal;
pub mod session;
pub mod sign;
pub mod signer;
pub mod waiting;

use actix_web::guard::{GuardContext, fn_guard};
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::csc::{InfoRequest, Version};
use kyso_evidence::Event;

use self::body::Body;
use self::fault::Fault;
use crate::app::App;
use crate::http::body::Received;
use crate::http::desk::Desk;
use crate::http::refused;

/// The picture that `info` names, when the deployment has none of its own.
const LOGO: &[u8] = include_bytes!("../../../assets/logo.png");

/// Puts both versions in their places; a method that is in no list is a 404 of the frame.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/csc/logo.png", web::get().to(logo));
    // `info.oauth2` is the base of these two as well, and they are known methods.
    for path in ["/oauth2/authorize", "/oauth2/pushed_authorize"] {
        config.service(web::resource(path).to(absent));
    }
    config.service(common("/csc/v1", &info::ABSENT_V1));
    config.service(
        common("/csc/v2", &info::ABSENT)
            .service(web::resource("/credentials/authorizeCheck").post(handle::check))
            .service(web::resource("/signatures/signPolling").post(polling::poll)),
    );
}

/// What both versions have.
fn common(top: &str, lacks: &[&str]) -> actix_web::Scope {
    let mut scope = web::scope(top)
        .service(web::resource("/info").post(info).get(info))
        .service(
            web::resource("/auth/login")
                .guard(fn_guard(offers_login))
                .post(session::login),
        )
        .service(web::resource("/auth/revoke").post(session::revoke))
        .service(web::resource("/credentials/list").post(credentials::list))
        .service(web::resource("/credentials/info").post(credentials::info))
        .service(web::resource("/credentials/authorize").post(authorize::authorize))
        .service(web::resource("/signatures/signHash").post(sign::sign_hash));
    for method in lacks {
        scope = scope.service(web::resource(format!("/{method}")).to(absent));
    }
    scope
}

/// Collecting passwords for other people's systems is a choice: where it was not made, there is no
/// such method.
fn offers_login(call: &GuardContext<'_>) -> bool {
    let app = call.app_data::<web::Data<App>>();
    app.is_some_and(|app| app.config.csc.auth_login)
}

/// Which version a request speaks, by its path.
pub fn version_of(request: &HttpRequest) -> Version {
    if request.path().starts_with("/csc/v2/") {
        Version::V2
    } else {
        Version::V1
    }
}

/// One entry for a refused call that names a key of the caller's; another is counted.
async fn enter_refusal(desk: &Desk, event: Event, body: &Received, fault: Fault) -> Fault {
    let Some(refusal) = fault.refusal() else {
        return fault;
    };
    let named = refused::named(&body.bytes, "credentialID");
    match refused::enter(desk, event, named, refusal).await {
        Ok(()) => fault,
        Err(error) => Fault::journal(&error),
    }
}

/// `info`, also by GET and with an empty body, as known clients ask for it.
async fn info(
    app: web::Data<App>,
    request: HttpRequest,
    body: Body,
) -> Result<HttpResponse, Fault> {
    let version = version_of(&request);
    InfoRequest::parse(&body.0, version)?;
    Ok(match version {
        Version::V1 => HttpResponse::Ok().json(info::v1(&app.config)),
        Version::V2 => HttpResponse::Ok().json(info::v2(&app.config)),
    })
}

async fn absent() -> Result<HttpResponse, Fault> {
    Err(Fault::not_implemented())
}

async fn logo() -> HttpResponse {
    HttpResponse::Ok().content_type("image/png").body(LOGO)
}
