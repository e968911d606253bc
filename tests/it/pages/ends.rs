//! What the pages say of how a decision ended: never more than is so.

use kyso_tests::http::Reply;

use super::Browser;
use crate::approvals_csc::{Asking, ask_and_wait};
use crate::world::{on_both, until};

/// What a leader reads where the system has yet to sign.
struct Granted {
    language: &'static str,
    told: [&'static str; 3],
    untold: [&'static str; 2],
}

const GRANTED: [Granted; 2] = [
    Granted {
        language: "vi",
        told: [
            "Đã duyệt 1 văn bản",
            "Hệ thống trình còn phải ký",
            ">Đang ký</span>",
        ],
        untold: ["đã được ký", "Ký thành công"],
    },
    Granted {
        language: "en",
        told: [
            "Approved 1 document",
            "has yet to sign",
            ">Being signed</span>",
        ],
        untold: ["was signed", ">Signed</span>"],
    },
];

impl Granted {
    /// Approves on the page, in this language, the one thing that was asked.
    fn assert_told(&self, asking: &Asking<'_>) {
        let account = &asking.signer.account;
        let browser = Browser::by_password(asking.world.http(), account);
        browser.page(&format!("/ui/inbox?lang={}", self.language));
        let id = asking.only_request();
        let page = browser.approve_page(&[&id]);
        let results = browser.approve(&page, &account.authenticator.code().unwrap());
        self.assert_page(&results);
        assert_eq!(asking.requests()[0]["state"], "approved");
        assert_in_progress(&browser, &id);
    }

    fn assert_page(&self, results: &Reply) {
        let html = results.text();
        assert_eq!(results.status, 200, "{html}");
        for told in self.told {
            assert!(html.contains(told), "{told} is not on {html}");
        }
        for untold in self.untold {
            assert!(!html.contains(untold), "{untold} is on {html}");
        }
    }
}

/// The request stands in the tab of what is under way, and in no other.
fn assert_in_progress(browser: &Browser<'_>, id: &str) {
    for (tab, holds) in [
        ("to-sign", false),
        ("in-progress", true),
        ("signed", false),
        ("failed", false),
    ] {
        let page = browser.page(&format!("/ui/inbox?tab={tab}"));
        let link = format!("href=\"/ui/requests/{id}\"");
        assert_eq!(page.contains(&link), holds, "{tab}: {page}");
    }
}

#[test]
fn what_the_system_has_yet_to_sign_is_called_approved() {
    let test = "it::pages::ends::what_the_system_has_yet_to_sign_is_called_approved";
    on_both(test, |world| {
        for granted in &GRANTED {
            let asking = Asking::new(world);
            let handle = asking.handle(&["Tờ trình"]);
            granted.assert_told(&asking);
            let sad = asking.check(&handle).member("SAD").unwrap();
            let signed = asking.sign(&sad, &["Tờ trình"]);
            asking.desk.assert_signed(&signed, &["Tờ trình"]);
        }
    });
}

#[test]
fn what_a_waiting_system_has_yet_to_sign_is_called_approved() {
    let test = "it::pages::ends::what_a_waiting_system_has_yet_to_sign_is_called_approved";
    on_both(test, |world| {
        for granted in &GRANTED {
            let asking = Asking::new(world);
            let texts = ["Công văn"];
            let reply = std::thread::scope(|scope| {
                let call = scope.spawn(|| ask_and_wait(&asking, &texts));
                until(|| !asking.requests().is_empty());
                granted.assert_told(&asking);
                call.join().unwrap()
            });
            let sad = reply.member("SAD").unwrap();
            asking
                .desk
                .assert_signed(&asking.sign(&sad, &texts), &texts);
        }
    });
}
