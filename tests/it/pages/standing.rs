//! A security officer's standing questions and a key's day, as browsers get them.

use kyso_core::{Clock as _, SystemClock, ground};

use super::Browser;
use crate::stamping::Bench;
use crate::world::on_both;

#[test]
fn an_officer_goes_from_the_log_to_a_question_and_to_a_keys_day() {
    let test = "it::pages::standing::an_officer_goes_from_the_log_to_a_question_and_to_a_keys_day";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(88);
        assert_eq!(bench.stamp("một").status, 200);
        let officer = Browser::of(world.http(), &world.province().office.officer);
        let log = officer.page("/ui/audit");
        for way in ["/ui/audit/views", "/ui/audit/key-use"] {
            assert!(log.contains(&format!("href=\"{way}\"")), "{way}");
        }
        let questions = officer.page("/ui/audit/views");
        for name in ["expired-authority", "bulk", "skipped-numbers"] {
            let way = format!("href=\"/ui/audit/views/{name}\"");
            assert!(questions.contains(&way), "{name}");
        }
        assert!(questions.contains("Ký theo thẩm quyền đã hết"));
        let bulk = officer.page("/ui/audit/views/bulk?over=87&from=&to=");
        assert!(bulk.contains("Một phiên đóng dấu"), "{bulk}");
        assert!(bulk.contains(&bench.seal));
        let none = officer.page("/ui/audit/views/bulk?over=4000000000");
        assert!(none.contains("Không tìm thấy mục nào."));
        let wrong = officer.get("/ui/audit/views/seal-outside-hours?begins=18:00");
        assert_eq!(wrong.status, 422);
        assert!(
            wrong.text().contains("id=\"ends-wrong\""),
            "{}",
            wrong.text()
        );
        assert_eq!(officer.get("/ui/audit/views/no-such").status, 404);

        let day = ground::day(SystemClock.now()).unwrap();
        let way = format!("/ui/audit/key-use?credential={}&day={day}", bench.seal);
        let told = officer.page(&way);
        for words in [
            "Phiên đóng dấu",
            "văn thư",
            "Đang hoạt động",
            "Điều không thể biết",
        ] {
            assert!(told.contains(words), "{words}");
        }
        assert!(
            officer
                .page("/ui/audit/key-use")
                .contains("name=\"credential\"")
        );
        assert_eq!(officer.get("/ui/audit/key-use?credential=x").status, 422);
        let credential = officer.page(&format!("/ui/credentials/{}", bench.seal));
        assert!(credential.contains(&format!("/ui/audit/key-use?credential={}", bench.seal)));
        let manager = Browser::of(world.http(), &world.province().office.manager1);
        for way in [
            "/ui/audit/views",
            "/ui/audit/views/bulk",
            &way,
            "/ui/audit/key-use",
        ] {
            assert_eq!(manager.get(way).status, 403, "{way}");
        }
        let credential = manager.page(&format!("/ui/credentials/{}", bench.seal));
        assert!(!credential.contains("/ui/audit/key-use"));
    });
}
