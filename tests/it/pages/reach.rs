//! How far a manager of one commune reaches: what is elsewhere they read as everybody does, and change nothing of.

use kyso_api::management::RoleName;
use kyso_tests::province::Account;
use serde_json::json;

use super::Browser;
use super::managing::{assert_at, manager};
use crate::log;
use crate::world::{World, on_both};

/// Somebody who manages the subscribers of the commune and of nothing else.
fn of_a_commune(world: &World) -> Account {
    let (login, commune) = (world.name("quan-ly-xa"), &world.province().agencies.commune);
    let role = RoleName::SubscriberManager;
    let office = &world.province().office;
    let made = office.person(&login, "Quản lý xã", "Công chức", commune, role);
    made.unwrap()
}

#[test]
fn a_manager_of_a_commune_changes_nothing_elsewhere() {
    let test = "it::pages::reach::a_manager_of_a_commune_changes_nothing_elsewhere";
    on_both(test, |world| {
        let account = of_a_commune(world);
        let commune = Browser::of(world.http(), &account);
        let agencies = &world.province().agencies;
        let csrf = super::forged::csrf(&commune);
        let own = format!("/ui/agencies/{}", agencies.commune);
        assert!(commune.page(&own).contains(&format!("{own}/codes")));
        let place = format!("/ui/agencies/{}", agencies.department);
        let page = commune.page(&place);
        assert!(!page.contains(&format!("action=\"{place}")), "{page}");
        let code = [("csrf", &*csrf), ("code", "H27.3.77")];
        let end = [("csrf", &*csrf), ("at", "")];
        for (act, typed) in [("codes", code), ("end", end)] {
            let refused = commune.post(&format!("{place}/{act}"), &typed);
            assert_eq!(refused.status, 403, "{act}: {}", refused.text());
        }
        // A further code is given from above.
        let further = [("code", "H27.12.9")];
        let refused = commune.send(&own, &format!("{own}/codes"), &further);
        assert_at(&refused, "code");
        let below = [
            ("name", "Phòng lạ"),
            ("above", "H27.3"),
            ("code", "H27.3.77"),
            ("kind", "phong"),
            ("level", "tinh"),
            ("from", ""),
        ];
        let new = "/ui/agencies/new";
        assert_at(&commune.send(new, new, &below), "above");
        // Somebody of the department: not seen, and given nothing.
        let person = format!("/ui/people/{}", world.newcomer().0);
        assert_eq!(commune.get(&person).status, 404);
        let role = [("csrf", &*csrf), ("role", "signer"), ("agency", "H27.12.1")];
        for form in ["roles/new", "authorities/new"] {
            let form = format!("{person}/{form}");
            assert_eq!(commune.get(&form).status, 404, "{form}");
            let refused = commune.post(&form, &role);
            assert!([403, 404, 422].contains(&refused.status), "{form}");
            assert!(
                log::of_call(world, &refused)
                    .iter()
                    .all(|entry| { entry.entry["outcome"] == "refused" })
            );
        }
    });
}

#[test]
fn what_waits_elsewhere_is_not_shown_to_a_manager_of_a_commune() {
    let test = "it::pages::reach::what_waits_elsewhere_is_not_shown_to_a_manager_of_a_commune";
    on_both(test, |world| {
        let (account, secret) = (of_a_commune(world), world.name("Giấy ủy quyền"));
        let commune = Browser::of(world.http(), &account);
        let agencies = &world.province().agencies;
        let propose = |agency: &str| {
            let record = json!({"person": world.newcomer().0, "agency": agency, "kind": "KT",
                "basis": secret, "from": "2026-01-01T00:00:00Z", "to": "2999-01-01T00:00:00Z"});
            let token = world.province().office.manager1.token_with_otp().unwrap();
            let call = world.http().post("/api/v1/authorities").bearer(&token);
            call.json(&record).done().unwrap();
        };
        propose(&agencies.department);
        let token = account.token_with_otp().unwrap();
        let changes = || {
            let call = world.http().get("/api/v1/changes").bearer(&token);
            call.done().unwrap().text()
        };
        assert!(!changes().contains(&secret), "{}", changes());
        assert!(!commune.page("/ui/changes").contains(&secret));
        assert!(manager(world).page("/ui/changes").contains(&secret));
        propose(&agencies.commune);
        assert!(changes().contains(&secret) && commune.page("/ui/changes").contains(&secret));
    });
}
