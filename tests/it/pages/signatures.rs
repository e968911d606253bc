//! What keys were used for: a leader's own, and those of a stamping session.

use kyso_api::management::{SignatureOutcome, SignaturePage, SignatureRecord};
use kyso_tests::http::Reply;
use serde_json::json;

use super::{Browser, Leader};
use crate::approvals::Asking;
use crate::desk::{Desk, RSA_SHA256, SHA256, hash};
use crate::log;
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::world::{World, on_both};

fn read(world: &World, token: &str, path: &str) -> Reply {
    let call = world.http().get(&format!("/api/v1{path}"));
    call.bearer(token).send().unwrap()
}

/// Every use that this path tells of, so many to a page.
fn every(world: &World, token: &str, path: &str, limit: u16) -> Vec<SignatureRecord> {
    let (mut found, mut before) = (Vec::new(), String::new());
    loop {
        let path = format!("{path}?limit={limit}{before}");
        let reply = read(world, token, &path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        assert!(
            log::of_call(world, &reply).is_empty(),
            "to read one's own is no entry"
        );
        let page: SignaturePage = serde_json::from_value(reply.json()).unwrap();
        assert!(page.items.len() <= usize::from(limit), "{path}");
        found.extend(page.items);
        match page.next {
            Some(next) => before = format!("&before={next}"),
            None => return found,
        }
    }
}

/// Signs once with a one-time password of its own, by CSC v1, which says nothing of documents.
fn sign_by_csc(asking: &Asking<'_>, desk: &Desk<'_>, text: &str) {
    let hashes = [hash(text)];
    let sad = desk.sad(&asking.signer, &hashes);
    desk.assert_signed(&desk.sign(&sad, &hashes), &[text]);
}

#[test]
fn a_leader_sees_each_use_of_their_keys_and_of_nobody_elses() {
    let test = "it::pages::signatures::a_leader_sees_each_use_of_their_keys_and_of_nobody_elses";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let asking = &leader.asking;
        let (id, _) = asking.ask(&["Duyệt trên trang", "Phụ lục"]);
        let page = leader.approve_page(&[&id]);
        assert_eq!(leader.approve(&page, &asking.code()).status, 200);
        sign_by_csc(asking, &asking.desk(), "Qua CSC");
        sign_by_csc(asking, &Desk::rsa(world, &asking.signer), "Khóa thứ hai");
        let other = Asking::new(world);
        let (others, _) = other.ask(&["Của người khác"]);
        let shown = other.open(&[&others]);
        assert_eq!(other.give(&shown).status, 200);

        let own = every(world, &asking.own, "/signatures", 1);
        let counts: Vec<(u32, u32)> = own.iter().map(|one| (one.count, one.signed)).collect();
        assert_eq!(counts, [(1, 1), (1, 1), (2, 2)], "{own:?}");
        let signed = |one: &SignatureRecord| one.outcome == SignatureOutcome::Signed;
        assert!(own.iter().all(signed), "{own:?}");
        let keys = &asking.signer.credentials;
        let used: Vec<&str> = own.iter().map(|one| &*one.credential).collect();
        assert_eq!(used, [&*keys.rsa, &*keys.p256, &*keys.p256]);
        assert_eq!(own[2].client.as_deref(), Some(&*asking.system.id));
        assert_eq!(own[2].approval.as_deref(), Some(&*id));
        assert_eq!(own[0].client, None, "their own program");
        let abstracts = own[2].documents.iter().map(|one| one.summary.as_deref());
        let abstracts: Vec<Option<&str>> = abstracts.collect();
        let told = ["Về việc Duyệt trên trang", "Về việc Phụ lục"];
        assert_eq!(abstracts, told.map(Some));
        assert!(own[0].documents.is_empty(), "{own:?}");
        assert_eq!(every(world, &asking.own, "/signatures", 50), own);
        assert_eq!(every(world, &other.own, "/signatures", 50).len(), 1);

        let reply = leader.browser.get("/ui/signatures");
        let page = reply.text();
        assert_eq!(page.matches("Ký thành công").count(), 3, "{page}");
        for told in [
            "Về việc Duyệt trên trang",
            "và 1 văn bản khác",
            "12/QĐ-UBND",
        ] {
            assert!(page.contains(told), "{told}: {page}");
        }
        assert!(!page.contains("Của người khác"), "{page}");
        assert!(log::of_call(world, &reply).is_empty());
        let older = format!("/ui/signatures?before={}", own[1].sequence);
        let older = leader.browser.page(&older);
        assert_eq!(older.matches("Ký thành công").count(), 1, "{older}");
        assert_problem(&read(world, &asking.token, "/signatures"), 403, "forbidden");
    });
}

#[test]
fn a_wrong_page_of_signatures_is_named() {
    let world = World::sqlite();
    let leader = Leader::new(world);
    for query in ["limit=0", "limit=201", "before=18446744073709551615"] {
        let path = format!("/signatures?{query}");
        let reply = read(world, &leader.asking.own, &path);
        assert_problem(&reply, 400, "invalid_field");
    }
    let wrong = leader.browser.get("/ui/signatures?before=hom-nay");
    assert_eq!(wrong.status, 400, "{}", wrong.text());
}

/// A SAD drawn from the session that is open, and a signature by it.
fn stamp_by_csc(bench: &Bench<'_>, text: &str) {
    let post = |method: &str, body| {
        let call = bench.world.http().post(&format!("/csc/v1/{method}"));
        call.bearer(&bench.token).json(&body).send().unwrap()
    };
    let hashes = [hash(text)];
    let documents = bench.body(&[text])["documents"].clone();
    let body = json!({"credentialID": bench.seal, "numSignatures": 1, "hash": hashes,
        "documents": documents});
    let sad = post("credentials/authorize", body).member("SAD").unwrap();
    let body = json!({"credentialID": bench.seal, "SAD": sad, "hash": hashes,
        "hashAlgo": SHA256, "signAlgo": RSA_SHA256, "documents": documents});
    let signed = post("signatures/signHash", body);
    assert_eq!(signed.status, 200, "{}", signed.text());
}

/// Sees that a session is in the list, on whichever page: others have sessions, too.
fn assert_listed(clerk: &Browser<'_>, page: &str) {
    let mut place = "/ui/stamping".to_owned();
    loop {
        let list = clerk.page(&place);
        if list.contains(&format!("href=\"{page}\"")) {
            return;
        }
        // Not the first link to this page: that one is to the other language.
        let (before, _) = list.split_once("\" rel=\"next\"").unwrap();
        before.rsplit('"').next().unwrap().clone_into(&mut place);
    }
}

/// Closes the session of this page, which is in the list and says what was stamped as before.
fn assert_shown_after_its_end(clerk: &Browser<'_>, page: &str) {
    let closed = clerk.send("/ui/stamping", &format!("{page}/close"), &[]);
    assert_eq!(closed.status, 303, "{}", closed.text());
    assert_listed(clerk, page);
    let shown = clerk.page(page);
    assert_eq!(shown.matches("Ký thành công").count(), 3, "{shown}");
    assert!(shown.contains("Đã đóng") && !shown.contains("Đóng phiên ngay"));
}

#[test]
fn what_was_stamped_is_shown_to_whoever_may_see_the_session() {
    let test = "it::pages::signatures::what_was_stamped_is_shown_to_whoever_may_see_the_session";
    on_both(test, |world| {
        let (bench, elsewhere) = (Bench::new(world), Bench::new(world));
        let (id, _) = bench.open(9);
        let (other, _) = elsewhere.open(9);
        let batch = bench.post(&bench.token, &fresh_key(), &bench.body(&["một", "hai"]));
        assert_eq!(batch.status, 200, "{}", batch.text());
        stamp_by_csc(&bench, "qua CSC");
        assert_eq!(bench.stamp("ba").status, 200);
        assert_eq!(elsewhere.stamp("phiên khác").status, 200);

        let office = &world.province().office;
        let officer = office.officer.token_with_otp().unwrap();
        let path = format!("/stamping-sessions/{id}/signatures");
        let found = every(world, &officer, &path, 2);
        let counts: Vec<u32> = found.iter().map(|one| one.count).collect();
        assert_eq!(counts, [1, 1, 2], "{found:?}");
        let issued = |one: &SignatureRecord| {
            let mut purposes = one.documents.iter().map(|one| one.purpose.as_deref());
            purposes.all(|purpose| purpose == Some("PHAT_HANH"))
        };
        assert!(found.iter().all(issued), "{found:?}");
        assert_eq!(found[2].documents.len(), 2, "{found:?}");
        assert_eq!(
            every(world, &office.manager1.token_with_otp().unwrap(), &path, 9),
            found
        );

        let signer = world.signer().account;
        let stranger = signer.token().unwrap();
        assert_problem(&read(world, &stranger, &path), 404, "not_found");
        assert_problem(&read(world, &bench.token, &path), 403, "forbidden");
        let none = format!("/stamping-sessions/{}/signatures", uuid::Uuid::now_v7());
        assert_problem(&read(world, &officer, &none), 404, "not_found");

        let clerk = Browser::of(world.http(), &bench.clerk);
        let page = format!("/ui/stamping/{id}");
        assert_listed(&clerk, &page);
        let shown = clerk.page(&page);
        assert_eq!(shown.matches("Ký thành công").count(), 3, "{shown}");
        for told in ["2 giá trị băm", "Phát hành văn bản", "12/QĐ-UBND"] {
            assert!(shown.contains(told), "{told}: {shown}");
        }
        let older = clerk.page(&format!("{page}?before={}", found[1].sequence));
        assert_eq!(older.matches("Ký thành công").count(), 1, "{older}");
        assert_shown_after_its_end(&clerk, &page);
        assert_eq!(
            every(world, &officer, &path, 9),
            found,
            "after its end, too"
        );
        let stranger = Browser::new(world.http());
        let fields = [("login", &*signer.login), ("password", &*signer.password)];
        assert_eq!(stranger.post("/ui/login", &fields).status, 303);
        for path in [page, format!("/ui/stamping/{other}")] {
            assert_eq!(stranger.get(&path).status, 404, "{path}");
        }
    });
}
