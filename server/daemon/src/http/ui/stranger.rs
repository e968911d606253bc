//! Whoever is not logged in: the frame of their pages, and whether a form of theirs is from such a page.

use actix_web::{HttpRequest, HttpResponse};
use kyso_web::Frame;

use super::answer::{bare, stale};
use super::sent::is_ours;
use super::visitor::chosen;
use crate::app::App;
use crate::http::frame::Call;

/// What stands around the page at `here`.
pub fn frame(app: &App, call: Call, request: &HttpRequest, here: &str) -> Frame {
    bare(chosen(request, call), here, app.evaluation.is_some())
}

/// The same after a form; a notice in its place if the form came from elsewhere.
///
/// # Errors
/// The notice.
pub fn sent(
    app: &App,
    call: Call,
    request: &HttpRequest,
    here: &str,
) -> Result<Frame, Box<HttpResponse>> {
    let frame = frame(app, call, request, here);
    if is_ours(request, &app.config.server.base_url) {
        Ok(frame)
    } else {
        Err(Box::new(stale(frame, call)))
    }
}
