//! Sentences that hold a value, in both languages.

use crate::frame::Unseen;
use crate::language::Language;
use crate::moment::Moment;
use crate::page::everyone::{LoginRefusal, Occasion};
use crate::page::manager::Act;

macro_rules! say {
    ($language:expr, $vietnamese:literal, $english:literal) => {
        match $language {
            Language::Vietnamese => format!($vietnamese),
            Language::English => format!($english),
        }
    };
}

/// Why a log-in was refused, and what to do.
pub(crate) fn login_refusal(language: Language, refusal: LoginRefusal) -> String {
    match refusal {
        LoginRefusal::WrongCredentials => say!(
            language,
            "Tên đăng nhập, mật khẩu hoặc mã xác thực không đúng.",
            "Login name, password or one-time password is wrong."
        ),
        LoginRefusal::Wait(seconds) => say!(
            language,
            "Sai nhiều lần. Hãy chờ {seconds} giây rồi thử lại.",
            "Too many wrong attempts. Wait {seconds} seconds, then try again."
        ),
        LoginRefusal::CodeUsed(seconds) => say!(
            language,
            "Mã này đã được dùng; chờ mã mới ({seconds} giây).",
            "This code was used already; wait for a new one ({seconds} seconds)."
        ),
        LoginRefusal::CodeNeeded => say!(
            language,
            "Nhập thêm mã xác thực từ ứng dụng trên điện thoại.",
            "Now enter the one-time password from the app on your phone."
        ),
        LoginRefusal::SessionEnded => say!(
            language,
            "Phiên làm việc đã kết thúc. Hãy đăng nhập lại.",
            "Your session has ended. Please log in again."
        ),
    }
}

pub(crate) fn other_documents(language: Language, count: u32) -> String {
    match (language, count) {
        (Language::English, 1) => "and one more document".to_owned(),
        _ => say!(
            language,
            "và {count} văn bản khác",
            "and {count} more documents"
        ),
    }
}

pub(crate) fn digests(language: Language, count: u32) -> String {
    match (language, count) {
        (Language::English, 1) => "1 digest".to_owned(),
        _ => say!(language, "{count} giá trị băm", "{count} digests"),
    }
}

pub(crate) fn documents(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::English, 1) => "1 document".to_owned(),
        _ => say!(language, "{count} văn bản", "{count} documents"),
    }
}

pub(crate) fn pages(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::English, 1) => "1 page".to_owned(),
        _ => say!(language, "{count} trang", "{count} pages"),
    }
}

pub(crate) fn approve(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::English, 1) => "Approve and sign 1 document".to_owned(),
        _ => say!(
            language,
            "Ký duyệt {count} văn bản",
            "Approve and sign {count} documents"
        ),
    }
}

pub(crate) fn approved(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::English, 1) => "Approved 1 document".to_owned(),
        _ => say!(
            language,
            "Đã duyệt {count} văn bản",
            "Approved {count} documents"
        ),
    }
}

pub(crate) fn valid_until(language: Language, until: Moment) -> String {
    let until = until.plain();
    say!(
        language,
        "Trang này có hiệu lực đến {until}. Quá giờ, hãy mở lại; không có gì bị mất.",
        "This page is good until {until}. After that open it again; nothing is lost."
    )
}

pub(crate) fn signed_of(language: Language, signed: usize, all: usize) -> String {
    say!(
        language,
        "Đã ký {signed} trên {all} văn bản",
        "Signed {signed} of {all} documents"
    )
}

pub(crate) fn days_left(language: Language, days: u32) -> String {
    match (language, days) {
        (Language::English, 1) => "1 day left".to_owned(),
        _ => say!(language, "còn {days} ngày", "{days} days left"),
    }
}

pub(crate) fn verified(language: Language, entries: u64, findings: usize) -> String {
    // Never "whole": a copy cannot show what was cut off behind its last entry.
    let last = entries.saturating_sub(1);
    match findings {
        0 => say!(
            language,
            "Đầy đủ đến dòng {last} theo những gì bản này cho thấy: đã kiểm tra {entries} dòng, không có điểm sai.",
            "Complete up to entry {last} as far as this copy shows: {entries} entries were checked, and nothing is wrong."
        ),
        _ => say!(
            language,
            "Nhật ký KHÔNG còn như đã ghi: {findings} điểm sai trong {entries} dòng.",
            "The log is NOT as it was written: {findings} findings in {entries} entries."
        ),
    }
}

/// How far something outside the database says that the log goes.
pub(crate) fn reach(language: Language, vouched: Option<u64>) -> String {
    match vouched.and_then(|size| size.checked_sub(1)) {
        Some(last) => say!(
            language,
            "Đến dòng {last} có bằng chứng ngoài cơ sở dữ liệu: tệp ghi nhớ, chữ ký của HSM, bên chứng kiến.",
            "Up to entry {last} something outside the database vouches for it: files, the HSM's signature, witnesses."
        ),
        None => language
            .choose(
                "Đầy đủ trong phạm vi bản này cho thấy: không có gì bên ngoài cho biết thêm.",
                "Complete as far as this copy shows: nothing outside it says more.",
            )
            .to_owned(),
    }
}

/// What a security officer has not acknowledged.
pub(crate) fn unseen(language: Language, unseen: Unseen) -> String {
    let (alarms, disputes) = (unseen.alarms, unseen.disputes);
    match (language, alarms, disputes) {
        (Language::Vietnamese, _, 0) => format!("{alarms} báo động chưa xem"),
        (Language::Vietnamese, 0, _) => format!("{disputes} khiếu nại chữ ký chưa xem"),
        (Language::Vietnamese, ..) => {
            format!("{alarms} báo động và {disputes} khiếu nại chữ ký chưa xem")
        }
        (Language::English, ..) => {
            let of = |count: u32, name: &str| match count {
                1 => format!("1 {name}"),
                _ => format!("{count} {name}s"),
            };
            format!(
                "Not seen yet: {}, {}",
                of(alarms, "alarm"),
                of(disputes, "disputed signature")
            )
        }
    }
}

pub(crate) fn chart(language: Language, total: u64, hour: &str) -> String {
    if total == 0 {
        let none = (
            "Không có chữ ký nào trong ngày này.",
            "Nothing was signed on this day.",
        );
        return language.choose(none.0, none.1).to_owned();
    }
    say!(
        language,
        "Tổng cộng {total} chữ ký; nhiều nhất vào giờ {hour}.",
        "{total} signatures in all; most in hour {hour}."
    )
}

/// An act on a credential: its name, and what it does.
pub(crate) const fn act(language: Language, act: Act) -> (&'static str, &'static str) {
    match act {
        Act::HandOver => language.choose(
            (
                "Ghi nhận bàn giao",
                "Thuê bao đã nhận khóa; biên bản đã ký.",
            ),
            (
                "Record the hand-over",
                "The subscriber has received it; the minutes are signed.",
            ),
        ),
        Act::Activate => language.choose(
            (
                "Đề nghị kích hoạt",
                "Có hiệu lực khi người thứ hai phê duyệt.",
            ),
            (
                "Propose to activate",
                "Takes effect when a second person approves.",
            ),
        ),
        Act::Lock => language.choose(
            (
                "Tạm khóa ngay",
                "Dừng mọi chữ ký tiếp theo, trên mọi máy chủ. Chứng thư không đổi.",
            ),
            (
                "Lock at once",
                "Stops the next signature on every server. The certificate stays.",
            ),
        ),
        Act::Unlock => language.choose(
            (
                "Đề nghị mở khóa",
                "Có hiệu lực khi người thứ hai phê duyệt.",
            ),
            (
                "Propose to unlock",
                "Takes effect when a second person approves.",
            ),
        ),
        Act::Revoke => language.choose(
            (
                "Thu hồi vĩnh viễn",
                "Không khôi phục được. Vẫn phải gửi yêu cầu thu hồi chứng thư.",
            ),
            (
                "Revoke for ever",
                "Cannot be undone. The certificate's revocation is still to be asked for.",
            ),
        ),
    }
}

/// A notice: its heading, and what to do next.
pub(crate) const fn notice(language: Language, occasion: Occasion) -> (&'static str, &'static str) {
    match language {
        Language::Vietnamese => notice_vietnamese(occasion),
        Language::English => notice_english(occasion),
    }
}

const fn notice_vietnamese(occasion: Occasion) -> (&'static str, &'static str) {
    match occasion {
        Occasion::BadRequest => ("Yêu cầu không hợp lệ", "Quay lại trang trước và thử lại."),
        Occasion::Forbidden => (
            "Không có quyền",
            "Vai trò của bạn không cho phép xem hoặc làm việc này.",
        ),
        Occasion::StaleForm => (
            "Biểu mẫu đã cũ",
            "Mở lại trang rồi gửi lại. Chưa có gì được thực hiện.",
        ),
        Occasion::NotFound => (
            "Không tìm thấy",
            "Trang này không có, hoặc không dành cho bạn.",
        ),
        Occasion::SessionEnded => ("Phiên làm việc đã kết thúc", "Hãy đăng nhập lại."),
        Occasion::DecidedElsewhere => (
            "Đã được duyệt ở nơi khác",
            "Văn bản này đã được quyết định trên thiết bị hoặc cửa sổ khác. Không ký thêm lần nữa.",
        ),
        Occasion::Withdrawn => (
            "Văn bản đã được rút lại",
            "Hệ thống gửi đã rút yêu cầu này. Không có gì được ký.",
        ),
        Occasion::Expired => (
            "Yêu cầu đã hết hạn",
            "Không có gì được ký. Hệ thống gửi có thể trình lại.",
        ),
        Occasion::ListChanged => (
            "Danh sách đã thay đổi",
            "Danh sách không còn đúng như lúc bạn xem. Không có gì được ký; hãy xem lại danh sách.",
        ),
        Occasion::AuthorityChanged => (
            "Thẩm quyền đã thay đổi",
            "Hiện bạn không có thẩm quyền ký văn bản này. Không có gì được ký.",
        ),
        Occasion::CredentialUnusable => (
            "Khóa ký không dùng được",
            "Khóa ký đã bị khóa, bị thu hồi hoặc chứng thư không còn hiệu lực. Không có gì được ký; hãy liên hệ người quản lý thuê bao.",
        ),
        Occasion::GrantEnded => (
            "Hệ thống không còn được phép trình",
            "Hệ thống gửi không còn được phép trình bạn ký. Không có gì được ký.",
        ),
        Occasion::StateChanged => (
            "Trạng thái đã thay đổi",
            "Trạng thái hiện tại không cho phép việc này. Chưa có gì được thực hiện; hãy mở lại trang để xem.",
        ),
        Occasion::TooMany(_) => ("Thử quá nhiều lần", "Hãy chờ rồi thử lại."),
        Occasion::Fault => (
            "Máy chủ gặp sự cố",
            "Việc này đã được ghi nhận. Hãy thử lại sau ít phút.",
        ),
        Occasion::Done => ("Đã thực hiện", "Việc này đã được ghi vào nhật ký."),
        Occasion::LedHere => (
            "Mở văn bản được trình",
            "Một trang khác đã dẫn bạn đến đây. Bấm Tiếp tục để mở; việc mở được ghi vào nhật ký.",
        ),
    }
}

const fn notice_english(occasion: Occasion) -> (&'static str, &'static str) {
    match occasion {
        Occasion::BadRequest => ("This request makes no sense", "Go back and try again."),
        Occasion::Forbidden => ("Not allowed", "Your role does not let you see or do this."),
        Occasion::StaleForm => (
            "The form is too old",
            "Open the page again and send it again. Nothing was done.",
        ),
        Occasion::NotFound => ("Not found", "There is no such page, or it is not for you."),
        Occasion::SessionEnded => ("Your session has ended", "Please log in again."),
        Occasion::DecidedElsewhere => (
            "Already decided elsewhere",
            "This was decided on another device or in another window. Nothing is signed twice.",
        ),
        Occasion::Withdrawn => (
            "It was withdrawn",
            "The system took this request back. Nothing was signed.",
        ),
        Occasion::Expired => (
            "The request has expired",
            "Nothing was signed. The system may submit it again.",
        ),
        Occasion::ListChanged => (
            "The list has changed",
            "It is no longer the list that you saw. Nothing was signed; please look at it again.",
        ),
        Occasion::AuthorityChanged => (
            "Your authority has changed",
            "You have no authority to sign this at present. Nothing was signed.",
        ),
        Occasion::CredentialUnusable => (
            "The credential cannot be used",
            "It is locked or revoked, or its certificate is not valid. Nothing was signed; ask your subscriber manager.",
        ),
        Occasion::GrantEnded => (
            "The system may no longer ask you",
            "It was allowed to put documents before you and no longer is. Nothing was signed.",
        ),
        Occasion::StateChanged => (
            "The state has changed",
            "Its present state does not allow this. Nothing was done; open the page again to see it.",
        ),
        Occasion::TooMany(_) => ("Too many attempts", "Please wait, then try again."),
        Occasion::Fault => (
            "The server has a fault",
            "It was recorded. Please try again in a few minutes.",
        ),
        Occasion::Done => ("Done", "This was recorded in the log."),
        Occasion::LedHere => (
            "Open what is put before you",
            "Another site led you here. Continue to open it; that it was opened is recorded in the log.",
        ),
    }
}
