//! A leader reads what they sign: pictures of the pages stand where they decide.

use super::{Browser, Leader};
use crate::approvals::files;
use crate::world::on_both;

/// Paths of the pictures on a page.
fn pictures(html: &str) -> Vec<String> {
    let parts = html.split("<img src=\"").skip(1);
    let paths = parts.map(|part| part.split('"').next().unwrap().to_owned());
    paths.filter(|path| path.contains("/pages/")).collect()
}

#[test]
fn a_leader_sees_the_pages_and_signs_what_was_seen() {
    let test = "it::pages::contents::a_leader_sees_the_pages_and_signs_what_was_seen";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let body = files::body(&leader.asking, &[&files::waiting()]);
        let (id, _) = leader.asking.ask_with(&body);
        let html = leader.browser.page(&format!("/ui/requests/{id}"));
        assert!(!html.contains("Nội dung chưa được hiển thị"), "{html}");
        let found = pictures(&html);
        assert_eq!(found, [format!("/ui/requests/{id}/documents/0/pages/1")]);
        let picture = leader.browser.get(&found[0]);
        assert_eq!(picture.header("content-type"), Some("image/png"));
        assert_eq!(picture.header("cache-control"), Some("no-store"));
        let file = leader
            .browser
            .get(&format!("/ui/requests/{id}/documents/0/file"));
        let kept_apart = file.header("content-disposition").unwrap();
        assert!(kept_apart.starts_with("attachment"), "{kept_apart}");

        let page = leader.approve_page(&[&id]);
        let document = format!("/ui/requests/{id}/documents/0");
        assert!(page.text().contains(&format!("href=\"{document}\"")));
        assert_eq!(pictures(&leader.browser.page(&document)), found);
        let done = leader.approve(&page, &leader.asking.code());
        assert_eq!(done.status, 200, "{}", done.text());
        assert_eq!(leader.asking.state(&id), "signed");
    });
}

#[test]
fn nobody_else_gets_a_picture() {
    let test = "it::pages::contents::nobody_else_gets_a_picture";
    on_both(test, |world| {
        let (leader, other) = (Leader::new(world), Leader::new(world));
        let body = files::body(&leader.asking, &[&files::waiting()]);
        let (id, _) = leader.asking.ask_with(&body);
        for rest in ["", "/file", "/pages/1"] {
            let path = format!("/ui/requests/{id}/documents/0{rest}");
            assert_eq!(other.browser.get(&path).status, 404, "{path}");
            let stranger = Browser::new(world.http()).get(&path);
            assert_ne!(stranger.status, 200, "{path}");
        }
    });
}

#[test]
fn what_has_no_file_is_said_to_be_unseen_also_beside_one_that_has() {
    let test =
        "it::pages::contents::what_has_no_file_is_said_to_be_unseen_also_beside_one_that_has";
    on_both(test, |world| {
        let leader = Leader::new(world);
        let body = files::body(&leader.asking, &[&files::waiting()]);
        let (seen, _) = leader.asking.ask_with(&body);
        let (unseen, _) = leader.asking.ask(&["Kế hoạch"]);
        let unshown = "Nội dung chưa được hiển thị";
        let page = leader.approve_page(&[&seen, &unseen]).text();
        assert!(page.contains(unshown), "{page}");
        assert!(!leader.approve_page(&[&seen]).text().contains(unshown));
    });
}
