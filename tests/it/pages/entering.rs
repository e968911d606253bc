//! Log-in, language, log-out and the first enrolment, as a browser does them.

use kyso_tests::authenticator::Authenticator;

use super::{Browser, field};
use crate::cli::enrolling::scanned;
use crate::world::on_both;

#[test]
fn a_stranger_is_led_to_the_log_in_and_back() {
    let test = "it::pages::entering::a_stranger_is_led_to_the_log_in_and_back";
    on_both(test, |world| {
        let browser = Browser::new(world.http());
        let turned = browser.get("/ui/inbox?tab=signed");
        let place = turned.header("location").unwrap_or_default().to_owned();
        assert_eq!(
            (turned.status, &*place),
            (303, "/ui/login?next=%2Fui%2Finbox%3Ftab%3Dsigned")
        );
        let form = browser.get(&place);
        assert_eq!(field(&form, "next"), "/ui/inbox?tab=signed");
        let wrong = [
            ("login", "ai-do"),
            ("password", "sai-mat-khau-nay"),
            ("next", "//ke-xau.example/"),
        ];
        let refused = browser.post("/ui/login", &wrong);
        assert_eq!((refused.status, &*field(&refused, "next")), (401, "/ui/"));
        let elsewhere = browser.post_from("https://ke-xau.example", "/ui/login", &wrong);
        assert_eq!(elsewhere.status, 403, "{}", elsewhere.text());
        assert_eq!(browser.get("/ui/khong-co").status, 404);
    });
}

#[test]
fn a_browser_is_told_to_come_back_by_tls_only() {
    let test = "it::pages::entering::a_browser_is_told_to_come_back_by_tls_only";
    on_both(test, |world| {
        let browser = Browser::new(world.http());
        for path in [
            "/",
            "/ui/",
            "/ui/login",
            "/ui/inbox",
            "/ui/khong-co",
            "/ui/assets/x",
        ] {
            let told = browser.get(path);
            let told = told.header("strict-transport-security");
            assert_eq!(told, Some("max-age=63072000"), "{path}");
        }
    });
}

#[test]
fn whoever_needs_a_second_factor_is_asked_for_it() {
    let test = "it::pages::entering::whoever_needs_a_second_factor_is_asked_for_it";
    on_both(test, |world| {
        let officer = &world.province().office.officer;
        let browser = Browser::new(world.http());
        let known = [("login", &*officer.login), ("password", &*officer.password)];
        let asked = browser.post("/ui/login", &known);
        assert!(asked.text().contains("name=\"otp\""), "{}", asked.text());
        assert_eq!(browser.log_in(), None);
    });
}

#[test]
fn a_chosen_language_is_kept() {
    let test = "it::pages::entering::a_chosen_language_is_kept";
    on_both(test, |world| {
        let browser = Browser::new(world.http());
        assert!(browser.get("/ui/login").text().contains("lang=\"vi\""));
        assert!(
            browser
                .get("/ui/login?lang=en")
                .text()
                .contains("<html lang=\"en\"")
        );
        assert!(
            browser
                .get("/ui/login")
                .text()
                .contains("<html lang=\"en\"")
        );
    });
}

#[test]
fn a_newcomer_enrols_logs_in_and_out() {
    let test = "it::pages::entering::a_newcomer_enrols_logs_in_and_out";
    on_both(test, |world| {
        let (_, code) = world.newcomer();
        let browser = Browser::new(world.http());
        let wrong = browser.post("/ui/enrol", &[("code", "sai")]);
        assert_eq!(wrong.status, 422, "{}", wrong.text());
        let page = browser.post("/ui/enrol", &[("code", &code)]);
        assert_eq!(page.status, 200, "{}", page.text());
        let html = page.text();
        let uri = html
            .split("href=\"otpauth:")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        let uri = format!(
            "otpauth:{}",
            uri.replace("&#38;", "&").replace("&amp;", "&")
        );
        let picture = html.split("<div class=\"qr\"").nth(1).unwrap();
        let picture = picture.split("</div>").next().unwrap();
        let scanned = scanned(picture);
        assert_eq!(scanned, uri, "the picture is another than the link");
        let authenticator = Authenticator::scan(&scanned).unwrap();
        let (handle, login) = (field(&page, "handle"), field(&page, "login"));
        let password = "mot-mat-khau-du-dai-2026";
        let sent = |otp: &str, again: &str| {
            [
                ("handle", handle.clone()),
                ("new_password", password.to_owned()),
                ("new_password_again", again.to_owned()),
                ("otp", otp.to_owned()),
            ]
        };
        let confirm = |otp: &str, again: &str| {
            let sent = sent(otp, again);
            let sent: Vec<(&str, &str)> =
                sent.iter().map(|(name, value)| (*name, &**value)).collect();
            browser.post("/ui/enrol/confirm", &sent)
        };
        assert_eq!(confirm("000000", password).status, 422);
        assert_eq!(confirm("000000", "khac").status, 422);
        let done = confirm(&authenticator.code().unwrap(), password);
        assert_eq!(done.status, 303, "{}", done.text());
        let entered = browser.post("/ui/login", &[("login", &login), ("password", password)]);
        assert_eq!(entered.status, 303, "{}", entered.text());
        let account = browser.get("/ui/account");
        assert_eq!(account.status, 200, "{}", account.text());
        let csrf = field(&account, "csrf");
        assert_eq!(browser.post("/ui/logout", &[("csrf", &csrf)]).status, 303);
        assert_eq!(browser.get("/ui/account").status, 303);
    });
}
