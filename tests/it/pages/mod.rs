//! The pages as browsers get them: what a leader sees, sends and is told.

mod browser;
mod bulk;
mod contents;
mod cookie;
mod ends;
mod entering;
mod filtered;
mod forged;
mod heavy;
mod log_ins;
mod managing;
mod organising;
mod pictures;
mod powers;
mod reach;
mod shown;
mod signatures;
mod sorted;
mod spoilt;
mod standing;
mod told;
mod watching;

use kyso_api::management::AuditQuery;
use kyso_tests::http::Reply;
use serde_json::json;

pub(crate) use browser::{Browser, field, fields};
pub(crate) use managing::change_about;

use crate::approvals::Asking;
use crate::log;
use crate::world::{World, on_both};

/// A leader in a browser, with a system that asks them.
struct Leader<'a> {
    asking: Asking<'a>,
    browser: Browser<'a>,
}

impl<'a> Leader<'a> {
    fn new(world: &'a World) -> Self {
        let asking = Asking::new(world);
        let browser = Browser::by_password(world.http(), &asking.signer.account);
        Self { asking, browser }
    }

    fn approve_page(&self, ids: &[&str]) -> Reply {
        self.browser.approve_page(ids)
    }

    fn approve(&self, page: &Reply, otp: &str) -> Reply {
        self.browser.approve(page, otp)
    }
}

impl Browser<'_> {
    /// The page that asks for the one-time password for these requests.
    pub(crate) fn approve_page(&self, ids: &[&str]) -> Reply {
        let asked: Vec<String> = ids.iter().map(|id| format!("id={id}")).collect();
        let page = self.get(&format!("/ui/approve?{}", asked.join("&")));
        assert_eq!(page.status, 200, "{}", page.text());
        page
    }

    /// Sends the form of a page to approve, with this one-time password.
    pub(crate) fn approve(&self, page: &Reply, otp: &str) -> Reply {
        let (csrf, shown, ids) = (
            field(page, "csrf"),
            field(page, "shown"),
            fields(page, "id"),
        );
        let mut sent = vec![("csrf", &*csrf), ("shown", &*shown), ("otp", otp)];
        sent.extend(ids.iter().map(|id| ("id", &**id)));
        self.post("/ui/approve", &sent)
    }
}

#[test]
fn a_leader_reads_approves_and_is_told_what_was_signed() {
    let test = "it::pages::a_leader_reads_approves_and_is_told_what_was_signed";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let (id, _) = leader.asking.ask(&["Kế hoạch chuyển đổi số", "Phụ lục"]);
        let inbox = leader.browser.get("/ui/inbox").text();
        assert!(inbox.contains("Về việc Kế hoạch chuyển đổi số"), "{inbox}");
        let page = leader.browser.get(&format!("/ui/requests/{id}")).text();
        for told in [
            "Nội dung chưa được hiển thị",
            "12",
            "QĐ-UBND",
            "Trần Thị Bình",
            "Các sở",
        ] {
            assert!(page.contains(told), "{told} is not on {page}");
        }
        let page = leader.approve_page(&[&id]);
        let code = leader.asking.code();
        let results = leader.approve(&page, &code);
        assert_eq!(results.status, 200, "{}", results.text());
        assert_eq!(
            results.text().matches("Ký thành công").count(),
            2,
            "{}",
            results.text()
        );
        assert_eq!(leader.asking.state(&id), "signed");
        let done = leader.browser.get("/ui/inbox?tab=signed").text();
        assert!(done.contains("Kế hoạch chuyển đổi số"), "{done}");
        let again = leader.approve(&page, "000000");
        assert_eq!(again.status, 409, "{}", again.text());
    });
}

#[test]
fn what_was_withdrawn_or_changed_since_is_told_and_not_signed() {
    let test = "it::pages::what_was_withdrawn_or_changed_since_is_told_and_not_signed";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let (id, _) = leader.asking.ask(&["Rút lại"]);
        let page = leader.approve_page(&[&id]);
        let (other, _) = leader.asking.ask(&["Thêm vào sau"]);
        // Somebody adds a request to the form that was shown: the list is another one then.
        let (csrf, shown) = (field(&page, "csrf"), field(&page, "shown"));
        let sent = [
            ("csrf", &*csrf),
            ("shown", &*shown),
            ("otp", "000000"),
            ("id", &*id),
            ("id", &*other),
        ];
        let added = leader.browser.post("/ui/approve", &sent);
        assert_eq!(added.status, 409, "{}", added.text());
        // The same entry as of our API, where a request is not what was shown.
        let entry = log::refusal(world, &added, "approval.given", "approval_stale");
        assert_eq!(entry.entry["object"], json!(id));
        let given = [json!({"id": other, "shown": "00".repeat(32)})];
        let given = leader.asking.give_with(&given, "000000");
        let same = log::refusal(world, &given, "approval.given", "approval_stale");
        for member in ["event", "outcome", "reason", "actor"] {
            assert_eq!(same.entry[member], entry.entry[member], "{member}");
        }
        leader.asking.withdraw(&id);
        let gone = leader.approve(&page, "000000");
        assert_eq!(gone.status, 409, "{}", gone.text());
        assert_eq!(leader.asking.intents(), 0);
    });
}

#[test]
fn more_than_one_page_shows_is_not_approved_together() {
    let test = "it::pages::more_than_one_page_shows_is_not_approved_together";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let ask = |documents| leader.asking.ask(&vec!["Kế hoạch"; documents]).0;
        let ids = [ask(25), ask(25), ask(1)];
        let page = |ids: &[String]| {
            let path = format!("/ui/approve?id={}", ids.join("&id="));
            leader.browser.get(&path)
        };
        let refused = page(&ids);
        assert_eq!(refused.status, 400, "{}", refused.text());
        assert!(refused.text().contains("xin chọn ít hơn"));
        assert_eq!(leader.asking.state(&ids[0]), "waiting", "nothing was shown");
        assert_eq!(page(&ids[..2]).status, 200);
    });
}

#[test]
fn a_wrong_password_is_told_on_the_same_page_with_the_same_list() {
    let test = "it::pages::a_wrong_password_is_told_on_the_same_page_with_the_same_list";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let (id, _) = leader.asking.ask(&["Sai mã"]);
        let page = leader.approve_page(&[&id]);
        let wrong = leader.approve(&page, "000000");
        assert_eq!(wrong.status, 422, "{}", wrong.text());
        assert!(
            wrong.text().contains("Mã xác thực không đúng"),
            "{}",
            wrong.text()
        );
        assert_eq!(field(&wrong, "shown"), field(&page, "shown"));
        assert_eq!(leader.asking.state(&id), "opened");
    });
}

#[test]
fn a_leader_refuses_or_returns_with_a_reason() {
    let test = "it::pages::a_leader_refuses_or_returns_with_a_reason";
    on_both(test, |world| {
        let leader = Leader::new(world);
        for (way, state) in [("refuse", "refused"), ("return", "returned")] {
            let (id, _) = leader.asking.ask(&["Chưa được"]);
            let path = format!("/ui/requests/{id}/{way}");
            let csrf = field(&leader.browser.get(&path), "csrf");
            if way == "return" {
                let without = leader
                    .browser
                    .post(&path, &[("csrf", &csrf), ("reason", " ")]);
                assert_eq!(
                    (without.status, leader.asking.state(&id).as_str()),
                    (422, "waiting")
                );
            }
            let decline = |otp: &str| {
                let reason = ("reason", "Thiếu căn cứ\r\nkhoản 2");
                leader
                    .browser
                    .post(&path, &[("csrf", &csrf), reason, ("otp", otp)])
            };
            for otp in ["", "12345"] {
                let wrong = decline(otp);
                let html = wrong.text();
                assert_eq!(wrong.status, 422, "{html}");
                assert!(html.contains("Mã xác thực không đúng"), "{html}");
                assert!(html.contains("khoản 2"), "what was typed stays: {html}");
                assert_eq!(leader.asking.state(&id), "waiting");
            }
            let code = leader.asking.code();
            let (one, other) = code.split_at(3); // as an authenticator shows it
            assert_eq!(decline(&format!("{one} {other}")).status, 303);
            let ended = leader.asking.get(&id).json();
            assert_eq!(ended["state"], state);
            assert!(
                ended["reason"]
                    .as_str()
                    .unwrap()
                    .starts_with("Thiếu căn cứ"),
                "{ended}"
            );
        }
    });
}

#[test]
fn trap_text_of_others_can_do_nothing_on_a_page() {
    let test = "it::pages::trap_text_of_others_can_do_nothing_on_a_page";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let mut body = leader.asking.body(&["x"]);
        let markup = "<script>alert(1)</script>\"'><img src=x onerror=y>";
        for member in ["abstract", "symbol", "type", "drafter", "recipients"] {
            body["documents"][0][member] = json!(markup);
        }
        let (id, _) = leader.asking.ask_with(&body);
        let inbox = leader.browser.get("/ui/inbox");
        let document = leader.browser.get(&format!("/ui/requests/{id}"));
        let approving = leader.approve_page(&[&id]);
        for page in [&inbox, &document, &approving] {
            let html = page.text();
            let runs = html.contains("<script>alert") || html.contains("<img src=x");
            assert!(!runs, "{html}");
            assert!(html.contains("alert(1)"), "shown, and harmless: {html}");
        }
        let policy = inbox.header("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{policy}"
        );
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(inbox.header(name), Some(value), "{name}");
        }
    });
}

#[test]
fn a_form_from_elsewhere_or_from_another_log_in_does_nothing() {
    let test = "it::pages::a_form_from_elsewhere_or_from_another_log_in_does_nothing";
    on_both(test, |world| {
        let (leader, other) = (Leader::new(world), Leader::new(world));
        let (id, _) = leader.asking.ask(&["Không phải tôi"]);
        let path = format!("/ui/requests/{id}/refuse");
        let csrf = field(&leader.browser.get(&path), "csrf");
        let theirs = field(&other.browser.get("/ui/inbox"), "csrf");
        // Right, so that nothing but where it comes from can be why.
        let code = leader.asking.code();
        let sent = [("csrf", &*csrf), ("reason", "x"), ("otp", &*code)];
        let elsewhere = leader
            .browser
            .post_from("https://ke-xau.example", &path, &sent);
        assert_eq!(elsewhere.status, 403, "{}", elsewhere.text());
        for csrf in ["", &theirs] {
            let sent = [("csrf", csrf), ("reason", "x"), ("otp", &*code)];
            let reply = leader.browser.post(&path, &sent);
            assert_eq!(reply.status, 403, "{}", reply.text());
        }
        assert_eq!(leader.asking.state(&id), "waiting");
        let seen = other.browser.get(&format!("/ui/requests/{id}"));
        assert_eq!(seen.status, 404, "{}", seen.text());
        log::assert_events(world, &seen, &[]); // summed
    });
}

#[test]
fn a_cookie_that_was_stolen_is_worth_nothing_elsewhere_and_ends() {
    let test = "it::pages::a_cookie_that_was_stolen_is_worth_nothing_elsewhere_and_ends";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let token = leader.browser.log_in().unwrap();
        let bearer = world.http().get("/api/v1/me").bearer(&token);
        let bearer = bearer
            .header("X-Forwarded-For", "198.51.100.9")
            .send()
            .unwrap();
        assert_eq!(bearer.status, 401, "not as a program's token either");
        let thief = leader.browser.copied_to("198.51.100.9");
        let turned_away = thief.get("/ui/inbox");
        assert_eq!(turned_away.status, 303, "{}", turned_away.text());
        let place = turned_away.header("location").unwrap().to_owned();
        assert!(place.starts_with("/ui/login?next="), "{place}");
        let owner = leader.browser.get("/ui/inbox");
        assert_eq!(owner.status, 303, "the log-in has ended for its owner too");
        let revoked = AuditQuery {
            event: Some("token.revoked".to_owned()),
            actor: Some(leader.asking.signer.account.person_id.clone()),
            ..AuditQuery::default()
        };
        assert_eq!(log::entries(world, &revoked).len(), 1);
    });
}

#[test]
fn a_log_in_goes_on_when_a_phones_address_changes_within_its_network() {
    let test = "it::pages::a_log_in_goes_on_when_a_phones_address_changes_within_its_network";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let moved = leader.browser.copied_to("203.0.113.250");
        assert_eq!(moved.get("/ui/inbox").status, 200);
        assert_eq!(leader.browser.get("/ui/inbox").status, 200);
        // The block beside it is another network.
        let beyond = leader.browser.copied_to("203.0.112.7");
        assert_eq!(beyond.get("/ui/inbox").status, 303);
    });
}

#[test]
fn every_page_is_small() {
    let test = "it::pages::every_page_is_small";
    on_both(test, |world| {
        let leader = Leader::new(world);
        for number in 0..20 {
            leader.asking.ask(&[&format!(
                "Tờ trình số {number} về một việc có tên khá dài để đo"
            )]);
        }
        for path in ["/ui/inbox", "/ui/account", "/ui/signatures", "/ui/login"] {
            let page = leader.browser.get(path);
            assert_eq!(page.status, 200, "{path}: {}", page.text());
            let size = page.text().len();
            assert!(size < 100 * 1024, "{path} has {size} bytes");
        }
    });
}
