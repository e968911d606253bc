//! The error body of the management API: problem details (RFC 9457), `application/problem+json`.
//!
//! Programs read `code`, which never changes its meaning; people read `title`, in their language.

use serde::{Deserialize, Serialize};

/// A language that messages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Vietnamese.
    #[default]
    Vietnamese,
    /// English.
    English,
}

impl Language {
    /// The better of the two for an `Accept-Language` header (RFC 9110 §12.5.4), Vietnamese when
    /// neither is named. Weights are ignored: whoever lists a language first prefers it.
    pub fn from_accept_language(header: &str) -> Self {
        let mut tags = header.split(',').map(|tag| tag.trim().to_ascii_lowercase());
        match tags.find(|tag| tag.starts_with("vi") || tag.starts_with("en")) {
            Some(tag) if tag.starts_with("en") => Self::English,
            _ => Self::Vietnamese,
        }
    }

    /// Tag (RFC 5646) for `Content-Language`.
    pub const fn tag(self) -> &'static str {
        self.choose("vi", "en")
    }

    /// What is said in this language, of both.
    pub const fn choose<'a>(self, vietnamese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Vietnamese => vietnamese,
            Self::English => english,
        }
    }
}

macro_rules! problem_codes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal, $status:literal, $vi:literal, $en:literal;)+) => {
        /// What went wrong, for programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub enum ProblemCode {$(
            $(#[$doc])*
            #[serde(rename = $word)]
            $variant,
        )+}

        impl ProblemCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The HTTP status that goes with it.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),+ }
            }

            /// One sentence for people.
            pub const fn title(self, language: Language) -> &'static str {
                match (self, language) {$(
                    (Self::$variant, Language::Vietnamese) => $vi,
                    (Self::$variant, Language::English) => $en,
                )+}
            }
        }
    };
}

problem_codes! {
    /// The body is not the JSON or CSV that the route takes.
    MalformedBody = "malformed_body", 400, "Nội dung yêu cầu không đúng định dạng.", "The request body is malformed.";
    /// A member has a value that is not allowed.
    InvalidField = "invalid_field", 400, "Một trường có giá trị không hợp lệ.", "A field has an invalid value.";
    /// No access token, or one that is not valid any more.
    NotAuthenticated = "not_authenticated", 401, "Chưa đăng nhập hoặc phiên đã hết hạn.", "You are not signed in, or the session has ended.";
    /// Wrong login, password or one-time password.
    WrongCredentials = "wrong_credentials", 401, "Sai tên đăng nhập, mật khẩu hoặc mã xác thực.", "Wrong login, password or one-time password.";
    /// The route needs a one-time password and none came.
    OtpRequired = "otp_required", 401, "Cần mã xác thực một lần.", "A one-time password is required.";
    /// The one-time password is wrong.
    OtpInvalid = "otp_invalid", 403, "Mã xác thực không đúng.", "The one-time password is wrong.";
    /// The one-time password was used already.
    OtpUsed = "otp_used", 403, "Mã xác thực đã dùng; hãy chờ mã mới.", "This one-time password was used already; wait for a new one.";
    /// The caller may not do this.
    Forbidden = "forbidden", 403, "Bạn không có quyền thực hiện thao tác này.", "You may not do this.";
    /// The one who proposed a change may not approve it.
    SamePerson = "same_person", 403, "Người đề nghị không được tự phê duyệt.", "A change must be approved by somebody else than its proposer.";
    /// Only documents without a secrecy mark are signed here.
    SecrecyRefused = "secrecy_refused", 403, "Không ký văn bản có độ mật trên hệ thống này.", "Documents with a secrecy mark are not signed here.";
    /// Outside a stamping session.
    NoStampingSession = "no_stamping_session", 403, "Không có phiên đóng dấu đang mở cho yêu cầu này.", "No open stamping session covers this request.";
    /// The stamping session's number of signatures is used up.
    SessionExhausted = "session_exhausted", 403, "Phiên đóng dấu đã dùng hết số lượt ký.", "The stamping session has no signatures left.";
    /// No such thing, or none that the caller may know of.
    NotFound = "not_found", 404, "Không tìm thấy.", "Not found.";
    /// The route does not take this verb.
    MethodNotAllowed = "method_not_allowed", 405, "Phương thức không được hỗ trợ.", "This method is not allowed here.";
    /// A body with a file in it did not come in time.
    BodyTooSlow = "body_too_slow", 408, "Nội dung yêu cầu không đến kịp trong thời gian cho phép.", "The request body did not arrive in time.";
    /// A seal on an outgoing document or a copy needs the PDF itself: `POST seals`.
    EvidenceRequired = "evidence_required", 403, "Con dấu dùng cho văn bản phát hành và bản sao chỉ được đóng khi hệ thống gửi chính tệp PDF để kiểm tra.", "A seal for outgoing documents and copies is used only when the PDF itself is sent to be checked.";
    /// No checkpoint holds the entry yet; one comes within seconds.
    ReceiptPending = "receipt_pending", 409, "Chưa có biên nhận; hãy thử lại sau vài giây.", "There is no receipt yet; try again in a few seconds.";
    /// It exists already.
    AlreadyExists = "already_exists", 409, "Đã tồn tại.", "It exists already.";
    /// The date on the document lies before its signature, or in the future.
    IssueDateRefused = "issue_date_refused", 409, "Ngày ban hành không được trước ngày ký hoặc sau hôm nay.", "The date of issue must not lie before the signature or after today.";
    /// The document is not as it must be for a seal; the detail begins with the code of what is missing.
    NotReady = "not_ready", 409, "Văn bản chưa đủ điều kiện đóng dấu.", "The document is not ready to be sealed.";
    /// The number is another document's of this series and year, or the document has another number.
    NumberTaken = "number_taken", 409, "Số này đã cấp cho văn bản khác trong năm, hoặc văn bản này đã có số khác.", "This number belongs to another document of the year, or this document has another number.";
    /// The number of an appendix is no document's of this series and year.
    NumberUnknown = "number_unknown", 409, "Năm nay cơ quan chưa đóng dấu văn bản nào mang số này.", "The agency has sealed no document with this number this year.";
    /// Its state does not allow this.
    WrongState = "wrong_state", 409, "Trạng thái hiện tại không cho phép thao tác này.", "Its present state does not allow this.";
    /// The first call with this Idempotency-Key still runs.
    IdempotencyRunning = "idempotency_running", 409, "Yêu cầu trước với cùng khoá chống lặp đang được xử lý.", "The earlier request with this Idempotency-Key is still running.";
    /// The Idempotency-Key belongs to another body, route, client or person.
    IdempotencyMismatch = "idempotency_mismatch", 409, "Khoá chống lặp đã dùng cho một yêu cầu khác.", "This Idempotency-Key was used for another request.";
    /// It is not known whether the token signed.
    OutcomeUnknown = "outcome_unknown", 409, "Không rõ kết quả; coi như đã ký.", "The outcome is unknown; treat it as signed.";
    /// The change was decided or has ended.
    ChangeClosed = "change_closed", 409, "Đề nghị đã được xử lý hoặc đã hết hạn.", "This change was decided already, or has expired.";
    /// The request for approval was decided, withdrawn or has ended.
    ApprovalEnded = "approval_ended", 409, "Yêu cầu ký duyệt đã được xử lý, đã rút hoặc đã hết hạn.", "This request was decided, withdrawn or has expired.";
    /// What was approved is not what stands there now, or was shown too long ago.
    ApprovalStale = "approval_stale", 409, "Nội dung đã thay đổi hoặc đã hiển thị quá lâu; hãy mở lại để xem.", "What was shown has changed, or was shown too long ago; open it again.";
    /// The one-time code or token has ended or was used.
    CodeExpired = "code_expired", 410, "Mã đã hết hạn hoặc đã được sử dụng.", "This code has expired or was used.";
    /// The body is over the limit.
    BodyTooLarge = "body_too_large", 413, "Nội dung yêu cầu quá lớn.", "The request body is too large.";
    /// Another content type is needed.
    UnsupportedMediaType = "unsupported_media_type", 415, "Kiểu nội dung không được hỗ trợ.", "This content type is not supported.";
    /// The header Idempotency-Key is missing.
    IdempotencyKeyRequired = "idempotency_key_required", 428, "Thiếu tiêu đề Idempotency-Key.", "The header Idempotency-Key is required.";
    /// Too many attempts: `Retry-After`.
    TooManyRequests = "too_many_requests", 429, "Quá nhiều yêu cầu; hãy thử lại sau.", "Too many requests; try again later.";
    /// The token or the log failed after the key was asked; a retry with the same key will not sign.
    OutcomeUncertain = "outcome_uncertain", 500, "Không rõ đã ký hay chưa; coi như đã ký.", "It is not known whether this was signed; treat it as signed.";
    /// Something broke here.
    Internal = "internal", 500, "Lỗi hệ thống.", "Something went wrong in the server.";
    /// Not built yet.
    NotImplemented = "not_implemented", 501, "Chức năng chưa được hỗ trợ.", "This is not supported.";
    /// Busy, or token or database are away: `Retry-After`.
    Unavailable = "unavailable", 503, "Hệ thống tạm thời chưa phục vụ được; hãy thử lại sau.", "Temporarily unavailable; try again later.";
}

/// The body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Problem {
    /// URI of the kind of problem: `urn:kyso:problem:otp_used`.
    #[serde(rename = "type")]
    pub kind: String,
    /// One sentence for people, of the code alone.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What this one case adds: the field, the seconds to wait. Never a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// For programs.
    pub code: ProblemCode,
    /// The request's id, as in the audit entries and the header `X-Request-Id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Problem {
    /// The body for this code, in this language.
    pub fn new(code: ProblemCode, language: Language) -> Self {
        Self {
            kind: format!("urn:kyso:problem:{}", code.name()),
            title: code.title(language).to_owned(),
            status: code.status(),
            detail: None,
            code,
            request_id: None,
        }
    }

    /// Adds what this one case has to say.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds the request's id.
    #[must_use]
    pub fn with_request_id(mut self, request_id: impl Into<String>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_both_sentences_and_a_status() {
        for code in ProblemCode::ALL {
            assert!((400..600).contains(&code.status()), "{code:?}");
            let (vi, en) = (
                code.title(Language::Vietnamese),
                code.title(Language::English),
            );
            assert!(
                vi.ends_with('.') && en.ends_with('.') && vi != en,
                "{code:?}"
            );
        }
    }

    #[test]
    fn the_body_is_read_back() {
        let problem = Problem::new(ProblemCode::OtpUsed, Language::English).with_detail("12 s");
        let json = serde_json::to_value(&problem).unwrap();
        assert_eq!(json["code"], "otp_used");
        assert_eq!(json["status"], 403);
        assert!(json.get("request_id").is_none());
        assert_eq!(serde_json::from_value::<Problem>(json).unwrap(), problem);
    }

    #[test]
    fn picks_the_language_named_first() {
        for (header, language) in [
            ("en-GB,vi;q=0.5", Language::English),
            ("vi-VN,en", Language::Vietnamese),
            ("fr, en;q=0.1", Language::English),
            ("", Language::Vietnamese),
            ("zh", Language::Vietnamese),
        ] {
            assert_eq!(Language::from_accept_language(header), language, "{header}");
        }
    }
}
