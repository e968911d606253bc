use kyso_core::Busy;

use super::*;

#[test]
fn an_hsm_fault_is_never_the_callers() {
    let busy = Busy {
        retry_after: Duration::from_secs(7),
    };
    for (problem, status) in [
        (Problem::from(SignError::Failed), 500),
        (Problem::from(SignError::Uncertain(None)), 500),
        (Problem::from(SignError::Busy(busy)), 503),
        (Problem::from(HsmError::Away), 503),
        (Problem::from(HsmError::Full), 503),
        (Problem::from(HsmError::Unsealable), 500),
        (Problem::from(JournalError::Rewound), 503),
        (Problem::from(PasswordError::Busy), 503),
        (Problem::from(Refusal::Tampered), 500),
    ] {
        assert_eq!(problem.status_code().as_u16(), status, "{problem}");
    }
}

#[test]
fn waiting_is_said_in_a_header() {
    let problem = Problem::from(OtpError::Used { wait_seconds: 12 });
    let response = problem.respond(Language::English, "r-1");
    assert_eq!(response.headers().get(RETRY_AFTER).unwrap(), "12");
    assert_eq!(response.headers().get(CONTENT_LANGUAGE).unwrap(), "en");
    assert_eq!(response.status(), 403);
    let response = Problem::from(PasswordError::Busy).error_response();
    assert!(response.headers().contains_key(RETRY_AFTER));
}

#[actix_web::test]
async fn what_people_read_is_in_their_language() {
    let used = || OtpError::Used { wait_seconds: 12 }.into();
    for (problem, language, detail) in [
        (used(), Language::Vietnamese, "chờ mã mới (12 giây)"),
        (used(), Language::English, "wait for a new code (12 s)"),
        (
            PasswordError::Length.into(),
            Language::Vietnamese,
            "mật khẩu dài từ 10 ký tự đến 256 byte",
        ),
        (
            PasswordError::Length.into(),
            Language::English,
            "a password has from 10 characters to 256 bytes",
        ),
        (Problem::field("login"), Language::Vietnamese, "login"),
        (Problem::field("login"), Language::English, "login"),
    ] {
        let body = problem.respond(language, "").into_body();
        let body = actix_web::body::to_bytes(body).await.unwrap();
        let body: Body = serde_json::from_slice(&body).unwrap();
        assert_eq!(body.detail.as_deref(), Some(detail), "{problem}");
    }
}

#[test]
fn a_missing_token_is_challenged() {
    let response = Problem::from(AuthError::Missing).error_response();
    assert_eq!(response.status(), 401);
    assert!(response.headers().contains_key(WWW_AUTHENTICATE));
    assert_eq!(Problem::from(AuthError::Malformed).status_code(), 400);
}
