//! What a subscriber manager does with an agency that is there: its codes, another place, another name, its end.

use actix_web::{HttpResponse, web};
use kyso_api::management::{MoveAgency, RenameAgency};
use kyso_api::problem::ProblemCode;

use super::agency::{PLACE, TAKEN, agency_page, code, from};
use super::answer::At;
use super::changes::WAITING;
use super::naming;
use super::sent::{Sent, filled, one, otp};
use super::visitor::{Visitor, see_other};
use crate::http::error::Problem;
use crate::http::management::agencies;

/// `…/codes`.
pub async fn add_code(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let code = code(one(&sent, "code"));
    let added = agencies::name_further(&visitor.desk, &path, &code).await;
    let at_field = |problem: &Problem| match (problem.code(), problem.member()) {
        (ProblemCode::WrongState, _) => Some(TAKEN),
        (ProblemCode::Forbidden, _) => Some(At::because(
            "code",
            "Mã phải nằm dưới mã của cơ quan cấp trên, và do người quản lý của cấp trên thêm.",
            "A code lies under one of the agency above, whose manager adds it.",
        )),
        (_, Some("codes")) => Some("code".into()),
        _ => None,
    };
    after_act(&visitor, &path, &sent, added, at_field).await
}

/// `…/codes/end`.
pub async fn end_code(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let code = code(one(&sent, "code"));
    let ended = agencies::take_code(&visitor.desk, &path, &code).await;
    let end = ended.map(|()| see_other(&format!("{PLACE}/{path}")));
    visitor.answer(end).await
}

/// `…/move`: proposes it.
pub async fn relocate(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let snapshot = visitor.desk.policy().snapshot();
    let parent = filled(&sent, "above").map(|code| naming::agency_id(&snapshot, code));
    let wanted = MoveAgency {
        parent,
        at: from(&sent, "moved_from"),
        otp: otp(&sent),
    };
    let proposed = agencies::propose_move(&visitor.desk, &path, &wanted).await;
    let proposed = proposed.map(|_| WAITING.to_owned());
    let again = async |problems| agency_page(&visitor, &path, Some(&sent), problems).await;
    visitor.after(proposed, at_move_field, again).await
}

/// The field that would have to be another for the move to be proposed.
fn at_move_field(problem: &Problem) -> Option<At> {
    match (problem.code(), problem.member()) {
        _ if problem.is_of_the_otp() => Some("otp".into()),
        (_, Some("parent")) => Some("above".into()),
        (_, Some("at")) => Some("moved_from".into()),
        (ProblemCode::Forbidden, _) => Some(At::because(
            "above",
            "Chỉ người quản lý thuê bao của toàn hệ thống đề nghị được.",
            "Only a subscriber manager of the whole system proposes this.",
        )),
        (ProblemCode::WrongState, _) => Some(At::because(
            "above",
            "Không chuyển được: khi ấy cơ quan đang ở đó, hoặc cơ quan cấp trên chưa có, đã hoặc sắp kết thúc, hoặc nằm dưới chính cơ quan này, hoặc đã có một trăm lần chuyển.",
            "Not possible: it is there already then, or the agency above is not there yet or has an end, or lies under this one, or it was moved a hundred times.",
        )),
        _ => None,
    }
}

/// `…/rename`.
pub async fn rename(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let wanted = RenameAgency {
        name: one(&sent, "name").to_owned(),
        at: from(&sent, "named_from"),
    };
    let renamed = agencies::call(&visitor.desk, &path, &wanted).await;
    let at_field = |problem: &Problem| match (problem.code(), problem.member()) {
        (_, Some("name")) => Some("name".into()),
        (_, Some("at")) => Some("named_from".into()),
        (ProblemCode::Forbidden, _) => Some(At::because(
            "name",
            "Tên do người quản lý của cơ quan cấp trên đổi.",
            "A name is changed by the manager of the agency above.",
        )),
        (ProblemCode::WrongState, _) => Some(At::because(
            "name",
            "Không đổi được: cơ quan đã mang tên này, hoặc khi ấy đã kết thúc, hoặc đã có một trăm tên.",
            "Not possible: it is called so already, or has ended by then, or has had a hundred names.",
        )),
        _ => None,
    };
    after_act(&visitor, &path, &sent, renamed, at_field).await
}

/// `…/end`.
pub async fn end(visitor: Visitor, path: web::Path<String>, sent: Sent) -> HttpResponse {
    if !visitor.sent(&sent) {
        return visitor.stale().await;
    }
    let ended = async {
        let at = naming::time(one(&sent, "at"), "at")?;
        let at = at.unwrap_or(visitor.desk.now());
        agencies::end_at(&visitor.desk, &path, at).await
    };
    let at_field = |problem: &Problem| match (problem.code(), problem.member()) {
        (_, Some("at")) => Some("at".into()),
        (ProblemCode::WrongState, _) => Some(At::because(
            "at",
            "Không kết thúc được: cơ quan đã kết thúc hoặc chưa bắt đầu, hoặc toàn tỉnh sẽ không còn đủ hai người quản lý thuê bao.",
            "Not possible: the agency has ended or not begun, or the province would keep fewer than two subscriber managers.",
        )),
        _ => None,
    };
    after_act(&visitor, &path, &sent, ended.await, at_field).await
}

/// Back on the agency's page after an act on it.
async fn after_act(
    visitor: &Visitor,
    path: &str,
    sent: &Sent,
    done: Result<(), Problem>,
    at_field: impl FnOnce(&Problem) -> Option<At>,
) -> HttpResponse {
    // Only whoever manages the agency has the forms on its page.
    let theirs = path.parse().is_ok_and(|id| visitor.manages_at(id));
    let at = |problem: &Problem| at_field(problem).filter(|_| theirs);
    let done = done.map(|()| format!("{PLACE}/{path}"));
    let again = async |problems| agency_page(visitor, path, Some(sent), problems).await;
    visitor.after(done, at, again).await
}
