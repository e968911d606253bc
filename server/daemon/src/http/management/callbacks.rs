//! Where a system is called back: under one origin, with a secret that is shown once.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::{HttpResponse, web};
use kyso_api::management::{CallbackReply, NewCallback};
use kyso_core::Change;
use kyso_core::id::ClientId;
use kyso_core::model::Callback;
use url::{Host, Url};

use super::read;
use crate::config::Environment;
use crate::http::body::Json;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::webhook;

/// `PUT clients/{id}/callback`: the secret before, if there was one, signs nothing more.
///
/// # Errors
/// [`Problem`].
pub async fn set(
    desk: Desk,
    path: web::Path<String>,
    wanted: Json<NewCallback>,
) -> Result<HttpResponse, Problem> {
    let client: ClientId = read::path_id(&path)?;
    let origin = origin(&wanted.0.origin, desk.config().environment);
    let origin = origin.ok_or_else(|| Problem::field("origin"))?;
    let (shown, secret) = webhook::new_secret(&desk.app().token, client).await?;
    let callback = Callback {
        client,
        origin: origin.clone(),
        secret,
    };
    desk.change(Change::SetCallback(callback)).await?;
    let reply = CallbackReply {
        origin,
        secret: shown,
    };
    Ok(HttpResponse::Ok().json(reply))
}

/// `DELETE clients/{id}/callback`: calls that are still due are given up.
///
/// # Errors
/// [`Problem`].
pub async fn remove(desk: Desk, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    desk.change(Change::RemoveCallback(read::path_id(&path)?))
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// An origin that the server may call, in the one form in which later URLs are compared with it.
///
/// A name may stand for an address of the inner network, since a province's systems are there; an
/// address itself may not, so that nobody has the server call what stands beside it.
fn origin(text: &str, environment: Environment) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let host = url.host()?;
    let trying = environment == Environment::Evaluation;
    let allowed = match url.scheme() {
        "https" => trying || is_elsewhere(&host),
        "http" => trying && is_loopback(&host),
        _ => false,
    };
    let origin = url.origin().ascii_serialization();
    (allowed && origin == text).then_some(origin)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost") // RFC 6761 §6.3
        }
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.to_canonical().is_loopback(),
    }
}

fn is_elsewhere(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(_) => !is_loopback(host),
        Host::Ipv4(address) => is_public_v4(*address),
        Host::Ipv6(address) => match address.to_canonical() {
            IpAddr::V4(address) => is_public_v4(address),
            IpAddr::V6(address) => is_public_v6(address),
        },
    }
}

/// RFC 6890, and the space that providers share (RFC 6598).
const fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    let shared = first == 100 && second & 0b1100_0000 == 64;
    !(first == 0
        || shared
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || first >= 240)
}

/// Only what is given out to be reached from everywhere (`2000::/3`, RFC 4291 §2.5.4).
const fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, ..] = address.segments();
    first & 0xe000 == 0x2000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_https_and_elsewhere() {
        for good in [
            "https://dms.example.gov.vn",
            "https://dms.example.gov.vn:8443",
            "https://203.113.1.7",
            "https://[2405:4800::7]:8443",
            "https://xn--vn-yja.example",
            "https://dms",
        ] {
            let read = origin(good, Environment::Production);
            assert_eq!(read.as_deref(), Some(good));
        }
        for bad in [
            "",
            "dms.example.vn",
            "//dms.example.vn",
            "http://dms.example.vn",
            "ftp://dms.example.vn",
            "file:///etc/passwd",
            "https://",
            "https://dms.example.vn/",
            "https://dms.example.vn/hook",
            "https://dms.example.vn?x",
            "https://dms.example.vn#x",
            "https://dms.example.vn:443",
            "https://DMS.example.vn",
            "HTTPS://dms.example.vn",
            "https://dms.example.vn\\",
            " https://dms.example.vn",
            "https://dms.example.vn\n",
            "https://ng\u{1b0}\u{1edd}i.vn",
            "https://an@dms.example.vn",
            "https://an:mk@dms.example.vn",
            "https://localhost",
            "https://a.localhost",
            "https://localhost.",
            "https://127.0.0.1",
            "https://127.1",
            "https://2130706433",
            "https://0.0.0.0",
            "https://10.1.2.3",
            "https://172.16.0.1",
            "https://192.168.1.1",
            "https://100.64.0.1",
            "https://169.254.169.254",
            "https://224.0.0.1",
            "https://255.255.255.255",
            "https://[::1]",
            "https://[::]",
            "https://[::ffff:10.0.0.1]",
            "https://[::ffff:a00:1]",
            "https://[fe80::1]",
            "https://[fd00::1]",
            "https://[64:ff9b::a00:1]",
            "https://[ff02::1]",
        ] {
            assert_eq!(origin(bad, Environment::Production), None, "{bad:?}");
        }
    }

    #[test]
    fn whoever_tries_it_out_may_call_the_machine_itself() {
        for good in [
            "http://127.0.0.1:8080",
            "http://localhost:8080",
            "http://[::1]:8080",
            "https://127.0.0.1:8443",
            "https://192.168.1.7",
        ] {
            let read = origin(good, Environment::Evaluation);
            assert_eq!(read.as_deref(), Some(good));
        }
        for bad in ["http://192.168.1.7", "http://dms.example.vn", "https://x@y"] {
            assert_eq!(origin(bad, Environment::Evaluation), None, "{bad}");
        }
    }
}
