//! The pages of clerks, managers, officers and operators, over HTTP as a browser would send it.

use std::time::Duration;

use kyso_api::management::{AuditEntry, AuditQuery, RoleName};
use kyso_core::{Clock, SystemClock};
use time::UtcOffset;

use crate::log;
use crate::pages::{Browser, change_about};
use crate::stamping::{Bench, fresh_key};
use crate::tree::repository;
use crate::world::{World, on_both};

/// What stands between this mark and the next quotation mark.
fn after<'a>(page: &'a str, mark: &str) -> &'a str {
    let (_, rest) = page
        .split_once(mark)
        .unwrap_or_else(|| panic!("{mark}: {page}"));
    rest.split('"').next().unwrap()
}

/// A time in two hours, as a field of a page has it.
fn in_two_hours() -> String {
    let at = SystemClock.now().after(Duration::from_hours(2));
    let at = time::OffsetDateTime::from_unix_timestamp(at.as_seconds()).unwrap();
    let at = at.to_offset(UtcOffset::from_hms(7, 0, 0).unwrap());
    let (date, hour, minute) = (at.date(), at.hour(), at.minute());
    format!("{date}T{hour:02}:{minute:02}")
}

#[test]
fn a_clerk_opens_watches_and_closes_a_session() {
    on_both(
        "it::pages_roles::a_clerk_opens_watches_and_closes_a_session",
        |world| {
            let bench = Bench::new(world);
            let clerk = Browser::of(world.http(), &bench.clerk);
            let until = in_two_hours();
            let form = |limit, otp| {
                let fields = [
                    ("system", bench.system.id.as_str()),
                    ("seal", bench.seal.as_str()),
                    ("limit", limit),
                    ("until", until.as_str()),
                    ("purpose", "PHAT_HANH"),
                    ("otp", otp),
                ];
                clerk.send("/ui/stamping/open", "/ui/stamping/open", &fields)
            };
            for (limit, otp, field) in [("0", "000000", "limit"), ("3", "", "otp")] {
                let refused = form(limit, otp);
                assert_eq!(refused.status, 422, "{field}: {}", refused.text());
                let mark = format!("href=\"#{field}\"");
                assert!(
                    refused.text().contains(&mark),
                    "{field}: {}",
                    refused.text()
                );
            }
            let code = bench.clerk.authenticator.code().unwrap();
            let opened = form("3", &code);
            assert_eq!(opened.status, 303, "{}", opened.text());
            assert_eq!(opened.header("location"), Some("/ui/stamping"));
            assert_eq!(bench.stamp("trên trang").status, 200);
            let page = clerk.page("/ui/stamping");
            // The clerk sees what other clerks opened for this seal's agency, too.
            let name = format!(" {}</bdi>", bench.system.client_id);
            let session = page.split("<section").find(|one| one.contains(&name));
            let session = session.unwrap();
            assert!(session.contains("max=\"3\" value=\"1\""), "{session}");
            let to = after(session, "action=\"/ui/stamping/");
            let closed = clerk.send("/ui/stamping", &format!("/ui/stamping/{to}"), &[]);
            assert_eq!(closed.status, 303, "{}", closed.text());
            assert_eq!(bench.stamp("sau khi đóng").status, 403);
            assert_eq!(
                log::of_credential(world, "session.closed", &bench.seal).len(),
                1
            );
        },
    );
}

#[test]
fn an_officer_reads_the_log_and_locks_a_credential() {
    on_both(
        "it::pages_roles::an_officer_reads_the_log_and_locks_a_credential",
        |world| {
            let bench = Bench::new(world);
            bench.open(2);
            assert_eq!(bench.stamp("một").status, 200);
            let officer = Browser::of(world.http(), &world.province().office.officer);
            // One log-in for all of it: whoever logs in as the officer waits for a code of their own.
            assert_paged(world, &officer);
            let sessions = officer.every_page("/ui/stamping").concat();
            let system = format!(" {}</bdi>", bench.system.client_id);
            let mut sections = sessions.split("<section");
            let session = sections.find(|one| one.contains(&system)).unwrap();
            assert!(session.contains("/close\""), "it is open: {session}");
            let path = format!("/ui/audit?credential={}&event=signature.intent", bench.seal);
            let page = officer.page(&path);
            let links = page.split("href=\"/ui/audit/").skip(1);
            let links = links.filter_map(|rest| rest.split('"').next());
            let entries: Vec<&str> = links.filter(|link| link.parse::<u64>().is_ok()).collect();
            let [number] = entries[..] else {
                panic!("{page}")
            };
            let entry = officer.page(&format!("/ui/audit/{number}"));
            assert!(entry.contains(&bench.seal) && entry.contains("signature.intent"));
            assert!(entry.contains("state good"), "the commitments fit: {entry}");
            let verify = "/ui/audit/verify";
            let verified = officer.send(verify, verify, &[]).text();
            assert!(verified.contains("notice good"), "{verified}");
            assert!(
                verified.contains("theo những gì bản này cho thấy"),
                "{verified}"
            );
            assert!(!verified.contains("nguyên vẹn"), "never whole: {verified}");
            let query = AuditQuery {
                event: Some("audit.verified".to_owned()),
                ..AuditQuery::default()
            };
            assert!(!log::entries(world, &query).is_empty());
            assert_counted(world, &officer);
            let wrong = officer.get("/ui/audit?from=hom-nay&credential=x");
            assert_eq!(wrong.status, 422, "{}", wrong.text());
            let credential = format!("/ui/credentials/{}", bench.seal);
            let lock = format!("{credential}/lock");
            let empty = officer.send(&credential, &lock, &[("reason", " ")]);
            assert_eq!(empty.status, 422, "{}", empty.text());
            let locked = officer.send(&credential, &lock, &[("reason", "Nghi lộ khóa")]);
            assert_eq!(locked.status, 303, "{}", locked.text());
            assert_ne!(bench.stamp("hai").status, 200);
            assert!(
                !officer
                    .page(&credential)
                    .contains(&format!("action=\"{lock}\""))
            );
        },
    );
}

/// The stamps of today by hour and agency, in the picture and in the table beside it.
fn assert_counted(world: &World, officer: &Browser<'_>) {
    let page = officer.page("/ui/timeline");
    assert!(page.contains("<rect class=\"s0\""), "{page}");
    let table = page.split("<tbody>").nth(1).unwrap();
    assert!(table.contains("<td class=\"number\">"), "{table}");
    let before = officer.page("/ui/timeline?day=1999-12-31");
    assert!(before.contains("31/12/1999") && !before.contains("<svg class=\"chart\""));
    assert_eq!(officer.get("/ui/timeline?day=hom-qua").status, 400);
    let query = AuditQuery {
        event: Some("audit.read".to_owned()),
        ..AuditQuery::default()
    };
    let spans = log::entries(world, &query);
    assert!(
        spans
            .iter()
            .any(|one| one.entry["data"]["from"] == "1999-12-30T17:00:00.000000Z")
    );
    let clerk = Browser::of(world.http(), &world.province().clerk);
    assert_eq!(clerk.get("/ui/timeline").status, 403);
}

/// From the youngest entry to older ones; each page that was read is an entry.
fn assert_paged(world: &World, officer: &Browser<'_>) {
    let (mut next, mut seen) = (Some("/ui/audit".to_owned()), Vec::new());
    for _ in 0..3 {
        let Some(path) = next else { break };
        let page = officer.page(&path);
        let rows = page.split("<a href=\"/ui/audit/").skip(1);
        let numbers = rows.filter_map(|row| row.split('"').next()?.parse::<u64>().ok());
        seen.extend(numbers);
        let older = page.split("class=\"button\" href=\"/ui/audit?").nth(1);
        next = older.map(|rest| format!("/ui/audit?{}", rest.split('"').next().unwrap()));
    }
    assert!(seen.len() > 50, "{seen:?}");
    let falling = |(one, next): (&u64, &u64)| *one == next + 1;
    assert!(
        seen.iter().zip(seen.iter().skip(1)).all(falling),
        "{seen:?}"
    );
    let query = AuditQuery {
        event: Some("audit.read".to_owned()),
        ..AuditQuery::default()
    };
    let paged = |entry: &AuditEntry| entry.entry["data"].get("before").is_some();
    assert!(log::entries(world, &query).iter().any(paged));
}

#[test]
fn two_managers_act_on_a_credential_one_after_the_other() {
    on_both(
        "it::pages_roles::two_managers_act_on_a_credential_one_after_the_other",
        |world| {
            let office = &world.province().office;
            let (one, other) = (
                Browser::of(world.http(), &office.manager1),
                Browser::of(world.http(), &office.manager2),
            );
            let signer = world.signer();
            let credential = format!("/ui/credentials/{}", signer.credentials.rsa);
            let send = |act: &str, fields: &[(&str, &str)]| {
                one.send(&credential, &format!("{credential}/{act}"), fields)
            };
            assert_eq!(send("lock", &[("reason", "Nghỉ phép")]).status, 303);
            assert_eq!(send("unlock", &[]).status, 303);
            let change = change_about(&other, &signer.credentials.rsa);
            assert!(
                !one.page(&change).contains("/approve\""),
                "their own proposal"
            );
            let rejected = other.send(&change, &format!("{change}/reject"), &[("reason", "")]);
            assert_eq!(rejected.status, 422, "{}", rejected.text());
            let approve = format!("{change}/approve");
            let wrong = other.send(&change, &approve, &[("otp", "abc")]);
            assert_eq!(wrong.status, 422, "{}", wrong.text());
            // As authenticators show it.
            let code = |otp: String| {
                let (one, two) = otp.split_at(3);
                other.send(&change, &approve, &[("otp", &format!("{one} {two}"))])
            };
            let approved = office.manager2.with_code(code).unwrap();
            assert_eq!(approved.status, 303, "{}", approved.text());
            assert!(
                other
                    .page(&credential)
                    .contains(&format!("{credential}/lock"))
            );
            assert_eq!(other.get(&change).status, 404, "decided");
        },
    );
}

#[test]
fn a_manager_finds_people_and_gives_a_code() {
    on_both(
        "it::pages_roles::a_manager_finds_people_and_gives_a_code",
        |world| {
            let (id, _) = world.newcomer();
            let manager = Browser::of(world.http(), &world.province().office.manager1);
            let found = manager.page("/ui/people?q=nguoi+moi");
            assert!(found.contains("Người Mới"), "found without tones: {found}");
            let person = format!("/ui/people/{id}");
            let code = manager.send(&person, &format!("{person}/enrolment-code"), &[]);
            assert_eq!(code.status, 200, "{}", code.text());
            assert_eq!(code.header("cache-control"), Some("no-store"));
            for (path, holds) in [
                ("/ui/agencies", "/ui/agencies/"),
                ("/ui/coverage", "<tfoot>"),
                ("/ui/agencies?q=so+noi", "Sở Nội vụ"),
                ("/ui/agencies?q=000.00.03", "Sở Nội vụ"),
                ("/ui/agencies?q=khong+co", "Không tìm thấy"),
                ("/ui/credentials?q=khong+co", "Không tìm thấy"),
            ] {
                assert!(manager.page(path).contains(holds), "{path}");
            }
            let ended = manager.send(&person, &format!("{person}/end"), &[]);
            assert_eq!(ended.status, 303, "{}", ended.text());
            assert!(!manager.page(&person).contains("/end\""));
        },
    );
}

/// It shows what an operator looks for, and neither a document nor a name.
fn assert_machines(page: &str, bench: &Bench<'_>) {
    assert!(page.contains("state good"), "{page}");
    // What comes from outside is set apart.
    let page = page.replace("<bdi>", "").replace("</bdi>", "");
    for said in [
        "sẵn sàng từ",
        "<dt>Nhãn</dt><dd>kyso",
        "<dt>Kiểu</dt><dd>SoftHSM v2",
        "<dt>Nhà sản xuất</dt><dd>SoftHSM project",
        "<dt>Phần sụn</dt><dd>2.",
        "<dt>Thư viện PKCS#11</dt><dd>",
        "phần mềm, không phải HSM",
        "<dt>Đang bận</dt><dd>",
        "<dt>Người ký</dt><dd>",
        "<dt>Khóa dùng được</dt><dd>",
        "<dt>Ghi được</dt><dd>được",
        "<dt>Đồng hồ lệch với cơ sở dữ liệu (µs)</dt><dd>",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for hidden in [&bench.seal, &bench.clerk.person_id, &bench.clerk.login] {
        assert!(!page.contains(hidden.as_str()), "{hidden}: {page}");
    }
}

#[test]
fn a_page_gives_nobody_more_than_the_api() {
    on_both(
        "it::pages_roles::a_page_gives_nobody_more_than_the_api",
        |world| {
            let bench = Bench::new(world);
            let (id, _) = bench.open(1);
            let province = world.province();
            let (login, agency) = (world.name("van-hanh"), &province.agencies.department);
            let operator =
                province
                    .office
                    .person(&login, "Vận hành", "Kỹ sư", agency, RoleName::Operator);
            let operator = Browser::of(world.http(), &operator.unwrap());
            let person = format!("/ui/people/{}", bench.clerk.person_id);
            let credential = format!("/ui/credentials/{}", bench.seal);
            for (path, status) in [
                ("/ui/audit", 403),
                ("/ui/audit/0", 403),
                ("/ui/audit/verify", 403),
                ("/ui/changes", 403),
                ("/ui/coverage", 403),
                ("/ui/stamping/open", 403),
                (person.as_str(), 404),
                (credential.as_str(), 404),
            ] {
                assert_eq!(operator.get(path).status, status, "{path}");
            }
            assert!(!operator.page("/ui/stamping").contains(&id));
            assert_machines(&operator.page("/ui/machines"), &bench);
            let close = format!("/ui/stamping/{id}/close");
            let csrf = operator.page("/ui/account");
            let csrf = after(&csrf, "name=\"csrf\" value=\"");
            let refused = operator.post(&close, &[("csrf", csrf)]);
            assert_eq!(refused.status, 403, "{}", refused.text());
            let lock = format!("{credential}/lock");
            let refused = operator.post(&lock, &[("csrf", csrf), ("reason", "x")]);
            assert!([403, 404].contains(&refused.status), "{}", refused.text());
            // A form without what the page hid in it does nothing, whoever sends it.
            let clerk = Browser::of(world.http(), &bench.clerk);
            assert_eq!(clerk.get("/ui/machines").status, 403);
            assert_eq!(clerk.post(&close, &[]).status, 403);
            assert_eq!(
                bench
                    .post(&bench.token, &fresh_key(), &bench.body(&["a"]))
                    .status,
                200
            );
        },
    );
}

#[test]
fn the_page_for_integrators_is_open_to_everybody() {
    on_both(
        "it::pages_roles::the_page_for_integrators_is_open_to_everybody",
        |world| {
            let reply = world.http().get("/ui/integrate").send().unwrap();
            assert_eq!(reply.status, 200, "{}", reply.text());
            let samples = [
                "/api/v1/approvals",
                "/csc/v1/credentials/authorize",
                "/csc/v2/credentials/authorizeCheck",
                "/csc/v2/signatures/signPolling",
            ];
            for path in samples {
                let address = format!("{}{path}", world.http().base());
                assert!(reply.text().contains(&address), "{}", reply.text());
            }
            for (link, file) in [
                ("/ui/integrate.md", "docs/integrate.md"),
                ("/ui/integrate.py", "docs/integrate.py"),
            ] {
                assert!(reply.text().contains(&format!("href=\"{link}\"")));
                let whole = std::fs::read_to_string(repository().join(file)).unwrap();
                let served = world.http().get(link).send().unwrap();
                assert_eq!((served.status, served.text()), (200, whole));
            }
        },
    );
}
