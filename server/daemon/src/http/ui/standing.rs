//! A security officer's pages of the standing questions, and of a key's day.

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::{ViewQuery, ViewRow};
use kyso_api::problem::ProblemCode;
use kyso_core::Snapshot;
use kyso_evidence::Event;
use kyso_web::{
    Foreign, Language, Moment, Problems, Question, QuestionField, QuestionPage, QuestionRow,
    Questions,
};

use super::answer::{at_field, page, status_of};
use super::inbox::moment;
use super::sent::{link, parameter};
use super::visitor::Visitor;
use super::{naming, officer};
use crate::http::error::Problem;
use crate::http::management::read;
use crate::http::management::view_names::Name;
use crate::http::management::views::{self, Asked, Count, Span};

/// Rows on a page.
const PAGE: u32 = 50;

/// Words of rows, in Vietnamese and in English.
const WHY: [(&str, &str, &str); 32] = [
    ("act", "Thao tác bị từ chối", "Act refused"),
    ("active", "Đang hoạt động", "Active"),
    ("approval", "Ký duyệt bị từ chối", "Approval refused"),
    (
        "asserted",
        "Chỉ hệ thống khẳng định",
        "Only the system vouched",
    ),
    (
        "authorization",
        "Cho phép ký bị từ chối",
        "Permission to sign refused",
    ),
    ("by_the_server", "Máy chủ tự lập", "By the server itself"),
    ("certified", "Đã cấp chứng thư", "Certified"),
    (
        "code",
        "Mã kích hoạt do một người cấp",
        "Enrolment code of one person",
    ),
    ("ended", "Thẩm quyền đã chấm dứt", "Authority was ended"),
    ("handed_over", "Đã bàn giao", "Handed over"),
    ("locked", "Đang tạm khóa", "Locked"),
    ("log_in", "Đăng nhập thất bại", "Log-in failed"),
    ("no_ground", "Không nêu căn cứ", "No ground named"),
    ("no_intent", "Không thấy dòng bắt đầu", "No intent found"),
    ("no_proposal", "Không thấy đề nghị", "No proposal found"),
    ("no_record", "Không có bản ghi thẩm quyền", "No such record"),
    ("no_second", "Không có người thứ hai", "No second person"),
    (
        "not_yet",
        "Thẩm quyền chưa có hiệu lực",
        "Authority had not begun",
    ),
    ("one_call", "Một lần gọi", "One call"),
    ("one_password", "Một mã xác thực", "One one-time password"),
    ("one_session", "Một phiên đóng dấu", "One session"),
    ("outside_days", "Ngày nghỉ", "No day of work"),
    ("outside_hours", "Ngoài giờ", "Outside hours"),
    ("requested", "Đã yêu cầu", "Requested"),
    ("run_out", "Thẩm quyền đã hết hạn", "Authority had run out"),
    (
        "same_person",
        "Người đề nghị tự phê duyệt",
        "Approved by the proposer",
    ),
    ("signature", "Ký bị từ chối", "Signature refused"),
    ("skipped", "Bỏ trống", "Skipped"),
    ("summed", "Tổng hợp", "Summed up"),
    ("tampered", "Dòng đã bị sửa", "The entry was changed"),
    ("token", "Mã truy cập bị từ chối", "Token refused"),
    (
        "unsupported",
        "Khóa được nêu chưa từng ký",
        "The key named never signed",
    ),
];

/// The routes.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/audit/views").route(web::get().to(list)))
        .service(web::resource("/audit/views/{name}").route(web::get().to(one)));
}

async fn list(visitor: Visitor, request: HttpRequest) -> HttpResponse {
    let end = list_page(&visitor).await;
    visitor.show(&request, end).await
}

async fn list_page(visitor: &Visitor) -> Result<HttpResponse, Problem> {
    let span = Span::alone(&ViewQuery::default(), visitor.desk.now())?;
    let counts = views::counted(&visitor.desk, Ok(span)).await?;
    let questions = counts.into_iter().map(|count| counted(visitor, count));
    let view = Questions {
        from: moment(span.from()),
        to: moment(span.to()),
        questions: questions.collect(),
        frame: visitor.frame().await,
    };
    Ok(page(actix_web::http::StatusCode::OK, view.render()))
}

fn counted(visitor: &Visitor, count: Count) -> Question {
    let plus = if count.more { "+" } else { "" };
    Question {
        rows: format!("{}{plus}", count.rows),
        ..question(visitor, count.name)
    }
}

fn question(visitor: &Visitor, name: Name) -> Question {
    let told = name.told(visitor.tongue());
    Question {
        name: told.name,
        title: Foreign::new(&told.title),
        counts: Foreign::new(&told.counts),
        blind: Foreign::new(&told.blind),
        must_be_empty: told.must_be_empty,
        rows: String::new(),
    }
}

async fn one(visitor: Visitor, request: HttpRequest, path: web::Path<String>) -> HttpResponse {
    let end = one_page(&visitor, &request, &path).await;
    visitor.show(&request, end).await
}

async fn one_page(
    visitor: &Visitor,
    request: &HttpRequest,
    path: &str,
) -> Result<HttpResponse, Problem> {
    let name = Name::of(path).ok_or_else(|| ProblemCode::NotFound.into());
    let wanted = name.clone().and_then(|name| {
        let query = query(request)?;
        Asked::read(name, &query, visitor.desk.now())
    });
    let end = views::found(&visitor.desk, wanted).await;
    let name = name?;
    let (rows, next, problems) = match end {
        Ok(found) => (found.rows, found.next, Problems::none()),
        Err(problem) => (Vec::new(), None, wrong(visitor, name, problem)?),
    };
    let snapshot = visitor.desk.policy().snapshot();
    let rows = rows.into_iter().map(|one| row(visitor, &snapshot, one));
    let view = QuestionPage {
        question: question(visitor, name),
        fields: fields(name, request),
        rows: rows.collect(),
        further: next.map(|next| further(name, request, &next)),
        frame: visitor.frame().await,
        problems,
    };
    Ok(page(status_of(&view.problems), view.render()))
}

/// The parameters as the API has them: an empty field says nothing, and times are those of Vietnam.
fn query(request: &HttpRequest) -> Result<ViewQuery, Problem> {
    let typed = |name| parameter(request, name).map(|text| text.trim().to_owned());
    let typed = |name| typed(name).filter(|text| !text.is_empty());
    let at = |name| typed(name).map(|text| naming::as_sent(&text));
    let number = |name| typed(name).map(|text| read::id(&text, name)).transpose();
    Ok(ViewQuery {
        from: at("from"),
        to: at("to"),
        after: typed("after"),
        limit: Some(PAGE),
        begins: typed("begins"),
        ends: typed("ends"),
        weekdays: typed("weekdays"),
        over: number("over")?,
        actor: typed("actor"),
        days: number("days")?,
        year: number("year")?,
        agency: typed("agency"),
    })
}

/// Name and kind of the inputs of a question.
const fn inputs(name: Name) -> &'static [(&'static str, &'static str)] {
    const FROM: (&str, &str) = ("from", "datetime-local");
    const TO: (&str, &str) = ("to", "datetime-local");
    match name {
        Name::ActingAlone | Name::FailedActivations => &[FROM, TO, ("actor", "text")],
        Name::Bulk => &[FROM, TO, ("over", "number")],
        Name::CertificatesEnding => &[("days", "number")],
        Name::ExpiredAuthority | Name::SealWithoutSignature => &[FROM, TO],
        Name::SealOutsideHours => &[
            FROM,
            TO,
            ("begins", "time"),
            ("ends", "time"),
            ("weekdays", "text"),
        ],
        Name::SkippedNumbers => &[("year", "number"), ("agency", "text")],
    }
}

fn fields(name: Name, request: &HttpRequest) -> Vec<QuestionField> {
    let each = inputs(name).iter().map(|(name, kind)| QuestionField {
        name,
        kind,
        value: parameter(request, name).unwrap_or_default(),
    });
    each.collect()
}

/// What is wrong with a field that the page has.
fn wrong(visitor: &Visitor, name: Name, problem: Problem) -> Result<Problems, Problem> {
    let fields = inputs(name).iter().map(|(field, _)| *field);
    at_field(problem, fields, visitor.tongue())
}

fn further(name: Name, request: &HttpRequest, next: &str) -> String {
    let path = format!("/ui/audit/views/{}", name.name());
    link(&path, request, "after", next)
}

fn row(visitor: &Visitor, snapshot: &Snapshot, row: ViewRow) -> QuestionRow {
    let at = row.time.as_deref().and_then(when);
    QuestionRow {
        sequence: row.sequence,
        at,
        why: why(visitor.language, &row.why),
        what: what(visitor.language, &row),
        who: row
            .actor
            .as_deref()
            .map_or_else(Foreign::default, |id| officer::named(visitor, snapshot, id)),
        about: officer::subject(
            visitor,
            snapshot,
            row.credential.as_deref(),
            row.agency.as_deref(),
        ),
        count: row.count.map(|count| count.to_string()).unwrap_or_default(),
        credential: row.credential,
    }
}

/// A time of an entry.
pub(super) fn when(text: &str) -> Option<Moment> {
    read::time(text, "time").ok().map(moment)
}

fn why(language: Language, word: &str) -> Foreign {
    naming::word(&WHY, word, language)
}

/// What the entry means, or which numbers are missing.
fn what(language: Language, row: &ViewRow) -> Foreign {
    if let (Some(first), Some(last)) = (row.first_missing, row.last_missing) {
        let numbers = if first == last {
            first.to_string()
        } else {
            format!("{first}–{last}")
        };
        let (series, year) = (
            row.series.as_deref().unwrap_or_default(),
            row.year.unwrap_or(0),
        );
        return Foreign::new(&format!("{numbers}/{year}/{series}"));
    }
    row.event
        .as_deref()
        .map_or_else(Foreign::default, |event| meaning(language, event))
}

/// What an event means.
pub(super) fn meaning(language: Language, event: &str) -> Foreign {
    let known = Event::named(event);
    let meaning = known.map(|event| language.choose(event.vietnamese(), event.english()));
    Foreign::new(meaning.unwrap_or(event))
}
