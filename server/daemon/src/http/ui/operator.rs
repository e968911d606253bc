//! An operator's page: the machinery of this server, and no documents.

use std::fmt::Display;

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
use crate::metrics::Metrics;

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/machines").route(web::get().to(machines)));
}

async fn machines(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = machines_page(&visitor).await;
    visitor.show(&request, end).await
}

/// The figures are those of `/metrics`, which only the machine itself and its operators can ask for. The HSM is
/// asked nothing for them.
async fn machines_page(visitor: &Visitor) -> Result<HttpResponse, Problem> {
    let (snapshot, now) = (visitor.desk.policy().snapshot(), visitor.desk.now());
    if !snapshot.holds_anywhere_at(visitor.desk.person()?, Role::Operator, now) {
        return Err(Refusal::Forbidden.into());
    }
    let status = visitor.desk.app().token.status();
    let metrics = &visitor.desk.app().metrics;
    let named = |figures| named(visitor.language, figures);
    let view = Machines {
        at: moment(now),
        hsm: HsmState {
            health: health(&status),
            facts: named(facts(&status, visitor.language)),
            phase: Foreign::new(phase(status.phase, visitor.language)),
            since: moment(now.before(status.unchanged)),
            figures: named(token(&status, metrics)),
        },
        lanes: named(lanes(&status)),
        queue: named(queue(&status)),
        journal: named(journal(visitor)),
        server: named(server(metrics, stamps(visitor).await?)),
        frame: visitor.frame().await,
    };
    Ok(page(StatusCode::OK, view.render()))
}

/// It is down when it cannot sign, and strained when nothing is there to sign with.
fn health(status: &TokenStatus) -> Health {
    match status.phase {
        Phase::Ready if status.lanes == 0 => Health::Strained,
        Phase::Ready => Health::Well,
        Phase::Away | Phase::PinRefused | Phase::Stuck | Phase::Closed => Health::Down,
    }
}

const fn phase(phase: Phase, language: Language) -> &'static str {
    match phase {
        Phase::Ready => language.choose("sẵn sàng", "ready"),
        Phase::Away => language.choose("mất kết nối", "away"),
        Phase::PinRefused => language.choose("không nhận mã PIN", "refuses the PIN"),
        Phase::Stuck => language.choose("thư viện PKCS#11 bị treo", "its PKCS#11 library hangs"),
        Phase::Closed => language.choose("đã đóng", "closed"),
    }
}

/// A figure's name in both languages, and its value.
type Figure = (&'static str, &'static str, String);

fn figure(vi: &'static str, en: &'static str, value: impl Display + Copy) -> Figure {
    (vi, en, value.to_string())
}

/// What the token says of itself; what it does not say is left out.
fn facts(status: &TokenStatus, language: Language) -> Vec<Figure> {
    let of = &status.facts;
    let kind = if status.is_software {
        language.choose("phần mềm, không phải HSM", "software, not an HSM")
    } else {
        "HSM"
    };
    let all = [
        ("Nhãn", "Label", of.label.clone()),
        ("Sê-ri", "Serial number", status.serial.clone()),
        ("Kiểu", "Model", of.model.clone()),
        ("Nhà sản xuất", "Manufacturer", of.manufacturer.clone()),
        ("Phần sụn", "Firmware", of.firmware.clone()),
        ("Thư viện PKCS#11", "PKCS#11 library", of.library.clone()),
        ("Loại", "Kind", kind.to_owned()),
    ];
    let said = all.into_iter().filter(|(.., value)| !value.is_empty());
    said.collect()
}

fn token(status: &TokenStatus, metrics: &Metrics) -> Vec<Figure> {
    vec![
        figure("Số lần mất kết nối", "Times away", status.left),
        figure("Số lần kết nối lại", "Times back", status.reopened),
        figure("Khóa dùng được", "Keys that may be used", status.attested),
        figure(
            "Khóa không đạt kiểm tra",
            "Keys that failed attestation",
            metrics.keys_failed.get(),
        ),
        figure("Khóa bị chặn", "Keys that are barred", status.barred),
        figure(
            "Chữ ký sai bị giữ lại",
            "Signatures withheld",
            metrics.hsm_withheld.get(),
        ),
    ]
}

fn lanes(status: &TokenStatus) -> Vec<Figure> {
    vec![
        figure("Đang bận", "At work", status.busy),
        figure("Đang chạy", "Running", status.lanes),
        figure("Theo cấu hình", "Configured", status.planned),
        figure("Đã thay", "Replaced", status.replaced),
    ]
}

/// Places taken, of all: one more than that is told to come again.
fn queue(status: &TokenStatus) -> Vec<Figure> {
    let of = |taken: u32, all: u32| format!("{taken} / {all}");
    let (people, stamps) = status.places;
    vec![
        ("Người ký", "People", of(status.people, people)),
        ("Đóng dấu", "Stamps", of(status.stamps, stamps)),
    ]
}

fn journal(visitor: &Visitor) -> Vec<Figure> {
    let read = visitor.desk.app().journal().figures().read();
    let writable = if read.writable {
        visitor.language.choose("được", "yes")
    } else {
        visitor.language.choose("không", "no")
    };
    vec![
        ("Ghi được", "Writable", writable.to_owned()),
        figure("Số dòng trong nhật ký", "Entries in the log", read.size),
        figure(
            "Dòng có trong tệp đầu nhật ký",
            "Entries in the head file",
            read.head_size,
        ),
        figure("Việc đang chờ ghi", "Commands waiting", read.waiting),
        figure(
            "Lần ghi gần nhất (µs)",
            "Last commit (µs)",
            read.last_commit_micros,
        ),
        figure(
            "Việc trong lần ghi gần nhất",
            "Commands in the last batch",
            read.last_batch,
        ),
        figure("Lần ghi lỗi", "Batches that failed", read.failed_batches),
        figure("Báo động sửa dữ liệu", "Rows tampered with", read.alarms),
    ]
}

/// What waits for the time-stamp authority, as the database has it: any server may ask for it.
async fn stamps(visitor: &Visitor) -> Result<Vec<Figure>, Problem> {
    let queue = visitor.desk.app().journal().stamp_queue().await?;
    let now = visitor.desk.now();
    let waited = queue.oldest.map(|since| now.since(since).as_secs());
    Ok(vec![
        figure(
            "Chữ ký chờ dấu thời gian",
            "Signatures waiting for a time stamp",
            queue.pending,
        ),
        figure(
            "Chờ dấu thời gian lâu nhất (giây)",
            "Longest wait for a time stamp (s)",
            waited.unwrap_or_default(),
        ),
    ])
}

fn server(metrics: &Metrics, stamps: Vec<Figure>) -> Vec<Figure> {
    let mut figures = vec![
        figure(
            "Lần thử bị bắt chờ",
            "Attempts told to wait",
            metrics.back_offs.get(),
        ),
        figure(
            "Đồng hồ lệch với cơ sở dữ liệu (µs)",
            "Clock offset to the database (µs)",
            metrics.clock_offset.get(),
        ),
        figure(
            "Chữ ký đã trả",
            "Signatures given",
            metrics.signatures.get(),
        ),
    ];
    figures.extend(stamps);
    figures
}

fn named(language: Language, figures: Vec<Figure>) -> Vec<(Foreign, Foreign)> {
    let each = figures.into_iter().map(|(vi, en, value)| {
        let name = Foreign::new(language.choose(vi, en));
        (name, Foreign::new(&value))
    });
    each.collect()
}
