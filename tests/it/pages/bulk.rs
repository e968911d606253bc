//! Several requests on one page, some of which end before they are approved.

use std::time::Duration;

use kyso_core::{Clock, SystemClock};
use kyso_tests::http::Reply;
use serde_json::json;

use super::{Leader, fields};
use crate::world::{on_both, until};

/// The page has only these on its list, and names the one that is not.
fn assert_left_out(page: &Reply, ids: &[&str], left_out: &str, state: &str) {
    let html = page.text();
    assert_eq!(fields(page, "id"), ids, "{html}");
    let said = html.split("vì đã kết thúc").nth(1);
    let said = said.unwrap_or_else(|| panic!("nothing was left out: {html}"));
    let said = said.split("</ul>").next().unwrap();
    assert!(said.contains(left_out) && said.contains(state), "{said}");
}

#[test]
fn what_was_withdrawn_keeps_nothing_else_from_being_approved() {
    let test = "it::pages::bulk::what_was_withdrawn_keeps_nothing_else_from_being_approved";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let (gone, _) = leader.asking.ask(&["Rút về"]);
        let (stays, _) = leader.asking.ask(&["Ở lại"]);
        let page = leader.approve_page(&[&gone, &stays]);
        assert!(!page.text().contains("vì đã kết thúc"), "{}", page.text());
        leader.asking.withdraw(&gone);
        let code = leader.asking.code();
        let told = leader.approve(&page, &code);
        assert_eq!(told.status, 409, "{}", told.text());
        assert!(
            told.text().contains("Chưa ký văn bản nào"),
            "{}",
            told.text()
        );
        assert_left_out(&told, &[&stays], "Rút về", "Đã rút");
        assert_eq!(leader.asking.intents(), 0);
        // The password was not used up: it counts for the list that is left.
        let done = leader.approve(&told, &code);
        assert_eq!(done.status, 200, "{}", done.text());
        assert_eq!(leader.asking.state(&stays), "signed");
        let (next, _) = leader.asking.ask(&["Tiếp theo"]);
        let page = leader.approve_page(&[&gone, &next]);
        assert_left_out(&page, &[&next], "Rút về", "Đã rút");
    });
}

#[test]
fn what_is_past_its_time_is_shown_as_ended_and_left_out() {
    let test = "it::pages::bulk::what_is_past_its_time_is_shown_as_ended_and_left_out";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let end = SystemClock.now().after(Duration::from_secs(2));
        let mut body = leader.asking.body(&["Quá hạn"]);
        body["open_until"] = json!(end.to_string());
        let (late, _) = leader.asking.ask_with(&body);
        let (stays, _) = leader.asking.ask(&["Còn hạn"]);
        until(|| end < SystemClock.now());
        // Most often nobody has written yet that it is over; it is, all the same.
        let page = leader.browser.page(&format!("/ui/requests/{late}"));
        assert!(page.contains("Hết hạn"), "{page}");
        assert!(!page.contains("/ui/approve?id="), "{page}");
        let list = leader.approve_page(&[&late, &stays]);
        assert_left_out(&list, &[&stays], "Quá hạn", "Hết hạn");
    });
}

#[test]
fn a_link_on_another_site_opens_nothing() {
    let test = "it::pages::bulk::a_link_on_another_site_opens_nothing";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let (id, _) = leader.asking.ask(&["Bị dẫn đến"]);
        for path in [format!("/ui/requests/{id}"), format!("/ui/approve?id={id}")] {
            let led = leader.browser.led_to(&path);
            assert_eq!(led.status, 200, "{path}: {}", led.text());
            let on = format!("<a class=\"button main\" href=\"{path}\">");
            assert!(led.text().contains(&on), "{path}: {}", led.text());
            assert!(!led.text().contains("Bị dẫn đến"), "{}", led.text());
            assert_eq!(leader.asking.state(&id), "waiting", "{path}");
        }
        leader.browser.page(&format!("/ui/requests/{id}"));
        assert_eq!(leader.asking.state(&id), "opened");
    });
}
