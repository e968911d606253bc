//! Samples for everyone.

use kyso_web::{
    Account, EnrolFactor, EnrolStart, Factor, Integrators, Language, Login, LoginRefusal, Notice,
    Occasion, OwnSession, Problems, Role,
};

use super::{Page, frame, minute};

fn login(language: Language, ask_otp: bool, refusal: Option<LoginRefusal>) -> String {
    let frame = frame(language, None, "/ui/login");
    Login {
        frame,
        login: "anhtuyet".into(),
        ask_otp,
        refusal,
        next: "/ui/inbox".to_owned(),
        verifies: true,
    }
    .render()
}

fn notice(language: Language, occasion: Occasion) -> String {
    let frame = frame(language, Some(Role::Leader), "/ui/inbox");
    let request_id = "0199c1f2-5e7a-7c30-9d55-2f6a3b1c0d4e".to_owned();
    Notice {
        frame,
        occasion,
        detail: "".into(),
        request_id,
    }
    .render()
}

pub(crate) fn pages(language: Language) -> Vec<Page> {
    let problem = language_text(
        language,
        "Mã đã hết hạn hoặc đã dùng.",
        "This code has ended or was used.",
    );
    let problems = Problems::none().and("code", problem);
    let here = frame(language, None, "/ui/enrol");
    let base = "https://kyso.hatinh.example".to_owned();
    vec![
        ("login", login(language, false, None)),
        ("verification", super::verification::page(language)),
        (
            "login-wrong",
            login(language, true, Some(LoginRefusal::WrongCredentials)),
        ),
        (
            "login-used",
            login(language, true, Some(LoginRefusal::CodeUsed(17))),
        ),
        (
            "enrol-start",
            EnrolStart {
                frame: here.clone(),
                code: "sai-ma".into(),
                problems,
            }
            .render(),
        ),
        ("enrol-factor", enrol_factor(language)),
        ("account", account(language)),
        (
            "notice-elsewhere",
            notice(language, Occasion::DecidedElsewhere),
        ),
        ("notice-too-many", notice(language, Occasion::TooMany(30))),
        ("notice-not-found", notice(language, Occasion::NotFound)),
        (
            "integrate",
            Integrators {
                frame: here,
                audience: base.clone(),
                base,
            }
            .render(),
        ),
    ]
}

pub(crate) fn language_text(language: Language, vietnamese: &str, english: &str) -> String {
    let text = if language == Language::Vietnamese {
        vietnamese
    } else {
        english
    };
    text.to_owned()
}

fn enrol_factor(language: Language) -> String {
    let qr_svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 29 29\"><path d=\"M0 0h7v7h-7zM22 0h7v7h-7zM0 \
        22h7v7h-7zM10 3h2v4h3v3h-6zM14 14h5v2h3v6h-6v-3h-2zM3 12h5v3h-5z\"/></svg>";
    EnrolFactor {
        frame: frame(language, None, "/ui/enrol"),
        qr_svg: qr_svg.to_owned(),
        otpauth_uri: "otpauth://totp/Kyso:anhtuyet?secret=JBSWY3DPEHPK3PXP&issuer=Kyso".to_owned(),
        login: "anhtuyet".into(),
        secret: "JBSW Y3DP EHPK 3PXP".to_owned(),
        handle: "h".to_owned(),
        problems: Problems::none(),
    }
    .render()
}

fn account(language: Language) -> String {
    let session = |id: &str, device: &str, address: &str, current| OwnSession {
        id: id.to_owned(),
        device: device.into(),
        address: address.into(),
        since: minute(-20),
        until: minute(40),
        current,
    };
    let kind = language_text(language, "Mã xác thực (TOTP)", "One-time password (TOTP)").into();
    Account {
        frame: frame(language, Some(Role::Leader), "/ui/account"),
        login: "anhtuyet".into(),
        factors: vec![Factor {
            kind,
            since: Some(minute(-90_000)),
            last_used: Some(minute(-3)),
        }],
        sessions: vec![
            session("a", "Safari, iPhone", "203.162.10.7", true),
            session(
                "b",
                "Chrome, Windows <b>11</b>\u{202E}",
                "10.20.0.15",
                false,
            ),
        ],
        saved: true,
        problems: Problems::none(),
    }
    .render()
}
