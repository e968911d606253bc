//! The page for those who connect systems, and the guide that it is made from; open to everybody, as the
//! interfaces' descriptions are.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HOST};
use actix_web::http::uri::Authority;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_web::{GUIDE, GUIDE_PROGRAM, Integrators};
use url::Url;

use super::answer::page;
use super::stranger;
use super::visitor::{LogInFirst, Visitor, here, remember_language};
use crate::app::App;
use crate::http::frame::Call;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    let get = web::get;
    config
        .service(web::resource("/integrate").route(get().to(integrate)))
        .service(web::resource("/integrate.md").route(get().to(async || text(GUIDE))))
        .service(web::resource("/integrate.py").route(get().to(async || text(GUIDE_PROGRAM))));
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
    let audience = app.config.server.base_url.clone();
    let base = address(&request, &audience);
    let view = Integrators {
        frame,
        base,
        audience,
    };
    let mut response = page(StatusCode::OK, view.render());
    remember_language(&request, &mut response);
    response
}

/// Plain text, so that a browser shows it.
fn text(text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(text)
}

/// Where the reader reached us, which may be another name of ours than `base_url`; that one where the
/// header says nothing that could stand in a shell's quotes.
fn address(request: &HttpRequest, base_url: &str) -> String {
    let scheme = base_url
        .split_once("://")
        .map_or("https", |(scheme, _)| scheme);
    let host = request.headers().get(HOST);
    let host = host.and_then(|host| host.to_str().ok());
    // HTTP/2 says it in the address (RFC 9113, 8.3.1).
    let host = host.or_else(|| request.uri().authority().map(Authority::as_str));
    let plain = |host: &&str| {
        let sign = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
        host.bytes().all(sign)
    };
    let reached = host.filter(plain).map(|host| format!("{scheme}://{host}"));
    reached
        .filter(|address| Url::parse(address).is_ok())
        .unwrap_or_else(|| base_url.to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_samples_name_where_the_reader_is_and_nothing_odd() {
        for (host, expected) in [
            (Some("kyso.tinh.vn"), "https://kyso.tinh.vn"),
            (Some("10.20.0.15:8443"), "https://10.20.0.15:8443"),
            (Some("[fd00::1]:8443"), "https://[fd00::1]:8443"),
            (None, "https://a.vn"),
            (Some(""), "https://a.vn"),
            (Some("b.vn/\"$(id)"), "https://a.vn"),
            (Some("`id`"), "https://a.vn"),
            (Some("x@b.vn"), "https://a.vn"),
            (Some("b.vn:no"), "https://a.vn"),
        ] {
            let request = TestRequest::default();
            let request = match host {
                Some(host) => request.insert_header((HOST, host)),
                None => request,
            };
            let found = address(&request.to_http_request(), "https://a.vn");
            assert_eq!(found, expected, "{host:?}");
        }
    }
}
