//! What an approval is of stands on the page that asks for the one-time password, all of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use super::{Browser, Leader};
use crate::world::on_both;
use crate::{approvals_csc, authority};

/// Every text of a value, however deep.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Two documents with every member that one can have, no text twice; a request that waits for them.
fn body(leader: &Leader<'_>, authority: &str) -> Value {
    let mut body = leader.asking.body(&["Quy hoạch", "Ngân sách"]);
    for (at, document) in [
        json!({"abstract": "Phê duyệt quy hoạch", "label": "quy-hoach-2026.pdf", "number": "7816",
            "symbol": "UBND-TH2", "type": "Quyết định", "drafter": "Phạm Thị Thúy Ưu",
            "recipients": "Các sở, ban; UBND các xã", "purpose": "KY_DUYET", "secrecy": "thường",
            "urgency": "thượng khẩn", "authority": authority}),
        json!({"abstract": "Phân bổ ngân sách", "label": "ngan-sach.pdf", "symbol": "KH-STC",
            "type": "Kế hoạch", "drafter": "Lê Văn Cường", "recipients": "Sở Tài chính",
            "purpose": "PHAT_HANH", "secrecy": "thuong", "urgency": "hỏa tốc", "authority": authority}),
    ]
    .into_iter()
    .enumerate()
    {
        body["documents"][at] = document;
    }
    body["due_at"] = json!("2099-03-04T05:06:00Z");
    body
}

/// The words of a page, without its tags.
fn words(page: &Reply) -> String {
    let html = page.text();
    assert_eq!(page.status, 200, "{html}");
    let parts = html
        .split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text));
    parts.collect()
}

fn assert_has<'a>(page: &Reply, wanted: impl IntoIterator<Item = &'a str>) {
    let words = words(page);
    for text in wanted {
        assert!(words.contains(text), "{text} is not on {words}");
    }
}

/// Base64 as the page shows a digest.
fn hexadecimal(digest: &Value) -> String {
    hex::encode(STANDARD.decode(digest.as_str().unwrap()).unwrap())
}

#[test]
fn all_that_was_submitted_stands_on_the_page_that_approves_it() {
    let test = "it::pages::shown::all_that_was_submitted_stands_on_the_page_that_approves_it";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let authority = authority::record(
            world,
            &leader.asking.signer,
            kyso_api::management::AuthorityKind::Kt,
        );
        let body = body(&leader, &authority);
        let (id, _) = leader.asking.ask_with(&body);
        let digests = body["hashes"].as_array().unwrap().iter().map(hexadecimal);
        let digests: Vec<String> = digests.collect();
        let mut wanted = texts(&body["documents"]);
        assert!(wanted.len() > 20, "{wanted:?}");
        wanted.extend(digests.iter().map(String::as_str));
        // As the hash has them: how it is signed, with which key, for which system; and until when.
        wanted.extend(["SHA-256", "ecdsa-sha256", leader.asking.credential()]);
        wanted.extend([&*leader.asking.system.id, &*id, "04/03/2099"]);
        wanted.push("Quyết định 12/QĐ-UBND"); // the record's basis
        assert_has(&leader.approve_page(&[&id]), wanted.iter().copied());
        let page = leader.browser.get(&format!("/ui/requests/{id}"));
        assert_has(&page, wanted);
    });
}

#[test]
fn the_page_says_when_the_system_chooses_how_it_signs() {
    let test = "it::pages::shown::the_page_says_when_the_system_chooses_how_it_signs";
    on_both(test, |world| {
        let asking = approvals_csc::Asking::new(world);
        asking.handle(&["Tự ký"]);
        let browser = Browser::by_password(world.http(), &asking.signer.account);
        let page = browser.approve_page(&[&asking.only_request()]);
        let chosen = "Thuật toán ký: Do hệ thống trình chọn khi ký";
        assert_has(&page, [chosen, "Hồ sơ trình ký", &*asking.desk.credential]);
    });
}
