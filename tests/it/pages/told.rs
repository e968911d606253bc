//! Why nothing came of a decision: the sentence that fits what happened, and no other.

use std::time::Duration;

use kyso_api::management::EndRequest;
use kyso_core::{Clock, SystemClock};
use kyso_tests::http::Reply;
use serde_json::json;

use super::{Browser, Leader, field};
use crate::authority;
use crate::world::{World, on_both, until};

/// What is refused anyway asks for no right one.
const WRONG: &str = "000000";

const ELSEWHERE: &str = "Đã được duyệt ở nơi khác";
const WITHDRAWN: &str = "Văn bản đã được rút lại";
const EXPIRED: &str = "Yêu cầu đã hết hạn";
const AUTHORITY: &str = "Thẩm quyền đã thay đổi";
const CREDENTIAL: &str = "Khóa ký không dùng được";
const GRANT: &str = "Hệ thống không còn được phép trình";
const STATE: &str = "Trạng thái đã thay đổi";
/// What says nothing of the request.
const ANYTHING: &str = "Yêu cầu không hợp lệ";
const ROLE: &str = "Vai trò của bạn không cho phép";

fn assert_told(reply: &Reply, status: u16, told: &str) {
    let html = reply.text();
    assert_eq!(reply.status, status, "{html}");
    for sentence in [
        ELSEWHERE, WITHDRAWN, EXPIRED, AUTHORITY, CREDENTIAL, GRANT, STATE, ANYTHING, ROLE,
    ] {
        assert_eq!(html.contains(sentence), sentence == told, "{told}: {html}");
    }
}

/// A leader who has the page before them that approves what was just asked: its id, and the page.
fn asked<'a>(world: &'a World, text: &str) -> (Leader<'a>, String, Reply) {
    let leader = Leader::new(world);
    let (id, _) = leader.asking.ask(&[text]);
    let page = leader.approve_page(&[&id]);
    (leader, id, page)
}

fn assert_not_signed(leader: &Leader<'_>, page: &Reply, status: u16, told: &str) {
    assert_told(&leader.approve(page, WRONG), status, told);
    assert_eq!(leader.asking.intents(), 0);
}

#[test]
fn what_was_approved_elsewhere_is_told_so() {
    let test = "it::pages::told::what_was_approved_elsewhere_is_told_so";
    on_both(test, |world| {
        let (leader, id, page) = asked(world, "Hai nơi");
        let shown = leader.asking.open(&[&id]);
        assert_eq!(leader.asking.give(&shown).status, 200);
        assert_told(&leader.approve(&page, WRONG), 409, ELSEWHERE);
        let again = leader.browser.get(&format!("/ui/approve?id={id}"));
        assert_told(&again, 409, ELSEWHERE);
        assert_eq!(leader.asking.intents(), 1);
    });
}

#[test]
fn what_was_withdrawn_is_told_so() {
    let test = "it::pages::told::what_was_withdrawn_is_told_so";
    on_both(test, |world| {
        let (leader, id, page) = asked(world, "Rút lại");
        leader.asking.withdraw(&id);
        assert_told(&leader.approve(&page, WRONG), 409, WITHDRAWN);
        assert_told(&refuse(&leader, &page, &id), 409, WITHDRAWN);
    });
}

#[test]
fn what_has_expired_is_told_so() {
    let test = "it::pages::told::what_has_expired_is_told_so";
    on_both(test, |world| {
        let (leader, _, page) = asked(world, "Còn hạn");
        let mut body = leader.asking.body(&["Hết hạn"]);
        body["open_until"] = json!(SystemClock.now().after(Duration::from_secs(1)).to_string());
        let (id, _) = leader.asking.ask_with(&body);
        until(|| leader.asking.state(&id) == "expired");
        let late = leader.browser.get(&format!("/ui/approve?id={id}"));
        assert_told(&late, 409, EXPIRED);
        assert_told(&refuse(&leader, &page, &id), 409, EXPIRED);
    });
}

/// Sends the form to refuse, with the token that stands on this page.
fn refuse(leader: &Leader<'_>, page: &Reply, id: &str) -> Reply {
    let csrf = field(page, "csrf");
    let sent = [("csrf", &*csrf), ("reason", "Sai thể thức"), ("otp", WRONG)];
    let path = format!("/ui/requests/{id}/refuse");
    leader.browser.post(&path, &sent)
}

#[test]
fn an_authority_that_ended_is_told_so() {
    let test = "it::pages::told::an_authority_that_ended_is_told_so";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let record = authority::record(
            world,
            &leader.asking.signer,
            kyso_api::management::AuthorityKind::Kt,
        );
        let mut body = leader.asking.body(&["Thừa ủy quyền"]);
        body["documents"][0]["authority"] = json!(record);
        let (id, _) = leader.asking.ask_with(&body);
        let page = leader.approve_page(&[&id]);
        let end =
            |client: &kyso_client::Client| client.end_authority(&record, &EndRequest { at: None });
        world.province().office.manager1.acting(end).unwrap();
        assert_not_signed(&leader, &page, 409, AUTHORITY);
    });
}

#[test]
fn a_grant_that_is_gone_is_told_so() {
    let test = "it::pages::told::a_grant_that_is_gone_is_told_so";
    on_both(test, |world| {
        let (leader, _, page) = asked(world, "Hết quyền trình");
        let system = &leader.asking.system.id;
        let disable = |client: &kyso_client::Client| client.disable_system(system);
        world.province().office.manager1.acting(disable).unwrap();
        assert_not_signed(&leader, &page, 403, GRANT);
    });
}

#[test]
fn a_credential_that_was_locked_is_told_so() {
    let test = "it::pages::told::a_credential_that_was_locked_is_told_so";
    on_both(test, |world| {
        let (leader, _, page) = asked(world, "Khóa rồi");
        lock(world, leader.asking.credential());
        assert_not_signed(&leader, &page, 409, CREDENTIAL);
    });
}

fn lock(world: &World, credential: &str) {
    let lock = |client: &kyso_client::Client| client.lock_credential(credential, "Mất điện thoại");
    world.province().office.manager1.acting(lock).unwrap();
}

#[test]
fn a_manager_who_comes_late_reads_nothing_of_documents() {
    let test = "it::pages::told::a_manager_who_comes_late_reads_nothing_of_documents";
    on_both(test, |world| {
        let credential = world.signer().credentials.rsa;
        let manager = Browser::of(world.http(), &world.province().office.manager2);
        let path = format!("/ui/credentials/{credential}");
        let csrf = field(&manager.get(&path), "csrf");
        lock(world, &credential);
        let sent = [("csrf", &*csrf), ("reason", "Nghỉ phép")];
        let late = manager.post(&format!("{path}/hand-over"), &sent);
        assert_told(&late, 409, STATE);
    });
}
