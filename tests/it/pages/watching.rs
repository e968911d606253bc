//! What a leader disputes on a page, and what security officers see of it and of alarms.

use kyso_core::{Clock as _, SystemClock, ground};
use kyso_evidence::receipt::Receipt;
use serde_json::json;

use super::{Browser, Leader, field};
use crate::disputes::Signed;
use crate::log;
use crate::stamping::Bench;
use crate::transparency::witnessed::{add_to_audit, witnessed};
use crate::world::{World, on_both, restarted_after};

fn officer(world: &World) -> Browser<'_> {
    Browser::of(world.http(), &world.province().office.officer)
}

/// A leader who has signed by our page, and the call in which they did.
fn signed(leader: &Leader<'_>) -> String {
    let (id, _) = leader.asking.ask(&["Giả mạo"]);
    let page = leader.approve_page(&[&id]);
    let done = leader.approve(&page, &leader.asking.code());
    assert_eq!(done.status, 200, "{}", done.text());
    let list = leader.browser.page("/ui/signatures");
    let (_, rest) = list.split_once("href=\"/ui/signatures/").unwrap();
    rest.split('/').next().unwrap().to_owned()
}

#[test]
fn a_leader_has_the_receipt_and_disputes_on_the_page() {
    let test = "it::pages::watching::a_leader_has_the_receipt_and_disputes_on_the_page";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let call = signed(&leader);
        let (place, browser) = (format!("/ui/signatures/{call}/dispute"), &leader.browser);
        crate::world::until(|| {
            let file = browser.get(&format!("/ui/signatures/{call}/receipt"));
            let name = format!("attachment; filename=\"{call}.tlog-proof\"");
            file.status == 200
                && file.header("content-disposition") == Some(&name)
                && Receipt::parse(&file.body).is_ok()
        });
        let asked = browser.page(&place);
        assert!(asked.contains("Về việc Giả mạo") && asked.contains("Tôi không ký"));
        // A form that was not made for this log-in, or by another site, locks nothing.
        assert_eq!(browser.post(&place, &[("csrf", "x")]).status, 403);
        let csrf = field(&browser.get(&place), "csrf");
        let forged = browser.post_from("https://b.vn", &place, &[("csrf", &csrf)]);
        assert_eq!(forged.status, 403);
        let long = "x".repeat(501);
        let wrong = browser.send(&place, &place, &[("reason", &long)]);
        super::managing::assert_at(&wrong, "reason");
        let sent = browser.send(&place, &place, &[("reason", "Lúc đó\r\ntôi đang họp")]);
        assert_eq!(sent.status, 303, "{}", sent.text());
        log::assert_events(world, &sent, &["signature.disputed", "credential.locked"]);
        let told = browser.page(&place);
        for text in ["Đã ghi nhận lúc", "Hãy gọi ngay", "Đã báo không ký"] {
            assert!(told.contains(text), "{text}: {told}");
        }
        let list = browser.page("/ui/signatures");
        assert!(list.contains("Đã báo không ký"), "{list}");
        let english = browser.page(&format!("{place}?lang=en"));
        assert!(
            english.contains("Now call the security officer"),
            "{english}"
        );
        let again = Leader::new(world);
        for path in [place.clone(), format!("/ui/signatures/{call}/receipt")] {
            assert_eq!(again.browser.get(&path).status, 404, "{path}");
        }
    });
}

#[test]
fn an_officer_is_told_on_every_page_until_they_have_seen_it() {
    let test = "it::pages::watching::an_officer_is_told_on_every_page_until_they_have_seen_it";
    // Worlds of their own: others' disputes would come between.
    crate::world::on_own(test, |world| {
        let (officer, banner) = (officer(&world), "href=\"/ui/alarms\">");
        let unseen = |path: &str| officer.page(path).contains("chưa xem");
        assert!(!unseen("/ui/audit"), "nothing to see yet");
        let leader = Leader::new(&world);
        let one = Signed::once(&world);
        let entered = one.dispute(&json!({})).json()["sequence"].as_u64().unwrap();
        for path in [
            "/ui/audit",
            "/ui/timeline",
            "/ui/log",
            "/ui/account",
            "/ui/alarms",
        ] {
            let page = officer.page(path);
            assert!(
                page.contains("1 khiếu nại chữ ký chưa xem"),
                "{path}: {page}"
            );
            assert!(page.contains(banner), "{path}");
        }
        assert!(!leader.browser.page("/ui/inbox").contains("chưa xem"));
        let reply = officer.get("/ui/alarms");
        log::assert_events(&world, &reply, &["audit.read"]);
        let page = reply.text();
        for text in [
            "signature_disputed",
            &format!("/ui/audit/{entered}"),
            "Gọi cho chủ khóa",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
        // What comes while they read is not acknowledged by what they read.
        let before = field(&reply, "before");
        assert_eq!(before, (entered + 1).to_string());
        Signed::once(&world).dispute(&json!({}));
        let csrf = field(&reply, "csrf");
        let sent = officer.post("/ui/alarms", &[("csrf", &csrf), ("before", &before)]);
        assert_eq!(sent.status, 303, "{}", sent.text());
        let entry = &log::of_call(&world, &sent)[0].entry;
        assert_eq!(entry["event"], "alarm.acknowledged");
        assert_eq!(entry["data"]["before"], json!(entered + 1));
        assert!(unseen("/ui/audit"), "the second one");
        let sent = officer.send(
            "/ui/alarms",
            "/ui/alarms",
            &[("before", &i64::MAX.to_string())],
        );
        assert_eq!(sent.status, 400, "{}", sent.text());
        let reply = officer.get("/ui/alarms");
        let (csrf, before) = (field(&reply, "csrf"), field(&reply, "before"));
        let sent = officer.post("/ui/alarms", &[("csrf", &csrf), ("before", &before)]);
        assert_eq!(sent.status, 303, "{}", sent.text());
        assert!(!unseen("/ui/audit"));
        let page = officer.page("/ui/alarms");
        assert!(page.contains("signature_disputed") && !page.contains("name=\"before\""));
    });
}

#[test]
fn only_officers_watch() {
    let world = World::sqlite();
    let (leader, manager) = (Leader::new(world), super::managing::manager(world));
    for browser in [&leader.browser, &manager] {
        let refused = browser.get("/ui/alarms");
        log::refusal(world, &refused, "audit.read", "forbidden");
        assert_eq!(browser.get("/ui/log").status, 403);
        let csrf = field(&browser.get("/ui/account"), "csrf");
        let sent = browser.post("/ui/alarms", &[("csrf", &csrf), ("before", "1")]);
        log::refusal(world, &sent, "alarm.acknowledged", "forbidden");
    }
    let officer = officer(world);
    for before in ["", "0", "-1", "x", "9223372036854775808"] {
        let csrf = field(&officer.get("/ui/account"), "csrf");
        let sent = officer.post("/ui/alarms", &[("csrf", &csrf), ("before", before)]);
        assert_eq!(sent.status, 400, "{before}: {}", sent.text());
    }
    assert_eq!(officer.get("/ui/alarms?before=hom-nay").status, 400);
}

#[test]
fn an_officer_sees_how_the_log_is_proven() {
    let test = "it::pages::watching::an_officer_sees_how_the_log_is_proven";
    on_both(test, |world| {
        crate::world::until(|| {
            let page = officer(world).page("/ui/log");
            page.contains("Hoạt động") && page.contains("Chưa cấu hình bên làm chứng nào")
        });
    });
}

/// Waits until the page of the log's proof has all of these words, and none of those.
fn shows(world: &World, words: &[&str], none_of: &[&str]) {
    // The officer's own reading makes the log grow, so that there is something to cosign.
    log::entries(world, &log::of_event("alarm.raised"));
    let officer = officer(world);
    crate::world::until(|| {
        let page = officer.page("/ui/log");
        let has = |word: &&str| page.contains(*word);
        words.iter().all(has) && !none_of.iter().any(has)
    });
}

#[test]
fn an_officer_sees_which_witnesses_cosigned_and_whether_anything_is_signed() {
    let test = "it::pages::watching::an_officer_sees_which_witnesses_cosigned_and_whether_anything_is_signed";
    crate::world::on_own(test, |world| {
        let more = "witness_quorum = 2\nwitness_patience_seconds = 2";
        let (world, mut witnesses) = witnessed(world, 2, more);
        let (signs, lacks) = ("Đã ký mốc mới nhất", "Chưa ký mốc mới nhất");
        let (halted, required) = ("KHÔNG KÝ GÌ", "Thiếu bên làm chứng thì không ký gì");
        let all = ["Hoạt động", "2 / 2 / 2", "witness-1.example", signs];
        shows(&world, &all, &[lacks, halted, required]);
        witnesses[1].stop();
        let one = ["Cần chú ý", "1 / 2 / 2", "witness-1.example", signs, lacks];
        shows(&world, &one, &[halted, required]);
        let world = restarted_after(world, |site, _| {
            add_to_audit(site, "witnesses_required = true");
        });
        shows(
            &world,
            &["1 / 2 / 2", lacks, halted, required],
            &["Hoạt động"],
        );
    });
}

#[test]
fn an_officer_downloads_the_log_from_its_page() {
    let test = "it::pages::watching::an_officer_downloads_the_log_from_its_page";
    on_both(test, |world| {
        let (officer, place) = (officer(world), "/ui/log/export");
        let sent = |fields: &[(&str, &str)]| officer.send("/ui/log", place, fields);
        crate::world::until(|| {
            let bundle = sent(&[("from", "1"), ("to", "3"), ("disclose", "true")]);
            bundle.header("content-type") == Some("application/x-tar")
                && bundle.body.windows(9).any(|part| part == b"entries/1")
        });
        for fields in [[("from", "x"), ("to", "")], [("from", "3"), ("to", "3")]] {
            assert_eq!(sent(&fields).status, 400, "{fields:?}");
        }
        assert_eq!(officer.post(place, &[("csrf", "x")]).status, 403);
        let csrf = field(&officer.get("/ui/log"), "csrf");
        let forged = officer.post_from("https://b.vn", place, &[("csrf", &csrf)]);
        assert_eq!(forged.status, 403);
        let manager = Browser::of(world.http(), &world.province().office.manager1);
        let csrf = field(&manager.get("/ui/account"), "csrf");
        let forbidden = manager.post(place, &[("csrf", &csrf)]);
        assert_eq!(forbidden.status, 403, "{}", forbidden.text());
    });
}

#[test]
fn an_officer_finds_a_document_by_its_number_on_the_page() {
    let test = "it::pages::watching::an_officer_finds_a_document_by_its_number_on_the_page";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(1);
        assert_eq!(bench.stamp("số mười hai").status, 200);
        let officer = officer(world);
        let year = ground::day(SystemClock.now()).unwrap().year();
        let path = |query: &str| format!("/ui/audit?credential={}&{query}", bench.seal);
        for (query, count) in [
            ("number=12&series=&year=".to_owned(), 1),
            (format!("number=12&series=q%C4%91-ubnd&year={year}"), 1),
            (
                format!("number=+12+&series=Q%C4%90-UBND&year={}", year - 1),
                0,
            ),
            ("number=12&series=CV".to_owned(), 0),
            ("number=13".to_owned(), 0),
        ] {
            let page = officer.page(&path(&query));
            let rows = page.split("href=\"/ui/audit/").skip(1);
            let entries = rows.filter(|row| row.starts_with(|one: char| one.is_ascii_digit()));
            assert_eq!(entries.count(), count, "{query}: {page}");
        }
        for (query, field) in [
            ("number=m%C6%B0%E1%BB%9Di", "number"),
            ("number=0", "number"),
            ("number=12&series=%D0%A1V", "series"),
            ("series=CV", "series"),
            ("year=2026", "year"),
            ("number=12&year=x", "year"),
        ] {
            let reply = officer.get(&path(query));
            assert_eq!(reply.status, 422, "{query}: {}", reply.text());
            let wrong = format!("aria-describedby=\"{field}-wrong\"");
            assert!(reply.text().contains(&wrong), "{query}: {}", reply.text());
        }
    });
}
