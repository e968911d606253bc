//! An operator's page: the machinery of this server, and no documents.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use kyso_core::Refusal;
use kyso_core::model::Role;
use kyso_hsm::{Phase, TokenStatus};
use kyso_web::{Foreign, Health, HsmState, Language, Machines};

use super::answer::page;
use super::inbox::moment;
use super::visitor::Visitor;
use crate::http::error::Problem;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/machines").route(web::get().to(machines)));
}

async fn machines(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = machines_page(&visitor).await;
    visitor.show(&request, end).await
}

/// The figures are those of `/metrics`, which only the machine itself and its operators can ask for.
async fn machines_page(visitor: &Visitor) -> Result<HttpResponse, Problem> {
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    if !snapshot.holds_anywhere_at(visitor.desk.person()?, Role::Operator, now) {
        return Err(Refusal::Forbidden.into());
    }
    let status = visitor.desk.app().token.status();
    let view = Machines {
        at: moment(now),
        hsm: HsmState {
            health: health(&status),
            serial: Foreign::new(&status.serial),
            figures: named(visitor.language, &token(&status)),
        },
        lanes: u32::try_from(status.lanes).unwrap_or(u32::MAX),
        people_waiting: status.people,
        stamps_waiting: status.stamps,
        journal: named(visitor.language, &journal(visitor)),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// It is down when it cannot sign, and strained when nothing is there to sign with.
fn health(status: &TokenStatus) -> Health {
    match status.phase {
        Phase::Ready if status.lanes == 0 => Health::Strained,
        Phase::Ready => Health::Well,
        Phase::Away | Phase::PinRefused | Phase::Closed => Health::Down,
    }
}

/// A figure's name in both languages, and its value.
type Figure = (&'static str, &'static str, u64);

const fn token(status: &TokenStatus) -> [Figure; 3] {
    [
        ("Số lần mất kết nối", "Times away", status.left),
        ("Số lần kết nối lại", "Times back", status.reopened),
        ("Luồng ký đã thay", "Lanes replaced", status.replaced),
    ]
}

fn journal(visitor: &Visitor) -> [Figure; 6] {
    let read = visitor.desk.app().journal().figures().read();
    [
        ("Số dòng trong nhật ký", "Entries in the log", read.size),
        ("Việc đang chờ ghi", "Commands waiting", read.waiting),
        (
            "Lần ghi gần nhất (µs)",
            "Last commit (µs)",
            read.last_commit_micros,
        ),
        (
            "Việc trong lần ghi gần nhất",
            "Commands in the last batch",
            read.last_batch,
        ),
        ("Lần ghi lỗi", "Batches that failed", read.failed_batches),
        ("Báo động sửa dữ liệu", "Rows tampered with", read.alarms),
    ]
}

fn named(language: Language, figures: &[Figure]) -> Vec<(Foreign, Foreign)> {
    let each = figures.iter().map(|(vi, en, value)| {
        let name = Foreign::new(language.choose(vi, en));
        (name, Foreign::new(&value.to_string()))
    });
    each.collect()
}
