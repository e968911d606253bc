//! A subscriber manager's forms for power: a role or an authority is proposed, approved, and taken back.

use kyso_tests::http::Reply;

use super::Browser;
use super::managing::{assert_at, but, manager};
use crate::log;
use crate::world::{World, on_both};

/// The code of the province's department.
const DEPARTMENT: &str = "H27.3";

/// Somebody new; their page.
fn newcomer(world: &World) -> String {
    format!("/ui/people/{}", world.registered())
}

/// What the form answered when it proposed: the log-in's own one-time password is still fresh.
fn propose(
    world: &World,
    manager: &Browser<'_>,
    (from, to): (&str, &str),
    typed: &[(&str, &str)],
) -> Reply {
    let proposed = manager.send(from, to, typed);
    let place = proposed.header("location");
    assert_eq!(place, Some("/ui/changes"), "{}", proposed.text());
    log::assert_events(world, &proposed, &["change.proposed"]);
    proposed
}

/// The second manager approves what was just proposed.
fn approve(world: &World, proposed: &Reply) {
    let entry = log::of_call(world, proposed).remove(0);
    let change = entry.entry["object"].as_str().unwrap();
    let second = &world.province().office.manager2;
    second
        .acting(|client| client.approve(change, None))
        .unwrap();
}

/// The address of the act on what this page's person holds.
fn act_on(page: &str, held: &str, act: &str) -> String {
    let mark = format!("/{held}/");
    let addresses = page.split("action=\"").skip(1);
    let mut addresses = addresses.filter_map(|rest| rest.split('"').next());
    let found = addresses.find(|address| address.contains(&mark) && address.ends_with(act));
    found
        .unwrap_or_else(|| panic!("no {act} of {held}: {page}"))
        .to_owned()
}

#[test]
fn a_role_is_proposed_approved_and_withdrawn() {
    let test = "it::pages::powers::a_role_is_proposed_approved_and_withdrawn";
    on_both(test, |world| {
        let (manager, person) = (manager(world), newcomer(world));
        let form = format!("{person}/roles/new");
        assert!(manager.page(&person).contains(&form));
        let typed = [("role", "records_clerk"), ("agency", "h27.3")];
        for (field, bad) in [("role", "king"), ("role", ""), ("agency", "H27.999")] {
            let typed = but(&typed, field, bad);
            assert_at(&manager.send(&form, &form, &typed), field);
        }
        let officer = [
            ("role", "security_officer"),
            ("agency", DEPARTMENT),
            ("otp", ""),
        ];
        let officer = manager.send(&form, &form, &officer);
        assert_at(&officer, "role");
        assert!(officer.text().contains("giám sát toàn tỉnh"));
        let wrong = [typed[0], typed[1], ("otp", "abc")];
        assert_at(&manager.send(&form, &form, &wrong), "otp");
        let proposed = propose(world, &manager, (&form, &form), &typed);
        assert!(
            !manager.page(&person).contains("/withdraw\""),
            "not before a second agrees"
        );
        approve(world, &proposed);
        let page = manager.page(&person);
        assert!(page.contains("Văn thư, Sở Nội vụ"), "{page}");
        let withdraw = act_on(&page, "roles", "/withdraw");
        let withdrawn = manager.send(&person, &withdraw, &[]);
        assert_eq!(
            withdrawn.header("location"),
            Some(&*person),
            "{}",
            withdrawn.text()
        );
        log::assert_events(world, &withdrawn, &["role.revoked"]);
        assert!(!manager.page(&person).contains("Văn thư, Sở Nội vụ"));
    });
}

#[test]
fn an_officers_role_is_taken_away_by_two() {
    let test = "it::pages::powers::an_officers_role_is_taken_away_by_two";
    on_both(test, |world| {
        let (manager, person) = (manager(world), newcomer(world));
        let form = format!("{person}/roles/new");
        let typed = [("role", "security_officer"), ("agency", "")];
        let proposed = propose(world, &manager, (&form, &form), &typed);
        approve(world, &proposed);
        let withdraw = act_on(&manager.page(&person), "roles", "/withdraw");
        let wrong = manager.send(&person, &withdraw, &[("otp", "abc")]);
        assert_eq!(wrong.status, 403, "{}", wrong.text());
        let proposed = propose(world, &manager, (&person, &withdraw), &[]);
        assert!(
            manager.page(&person).contains(&withdraw),
            "not before a second agrees"
        );
        approve(world, &proposed);
        assert!(!manager.page(&person).contains(&withdraw));
    });
}

#[test]
fn an_authority_is_proposed_approved_and_ended() {
    let test = "it::pages::powers::an_authority_is_proposed_approved_and_ended";
    on_both(test, |world| {
        let (manager, person) = (manager(world), newcomer(world));
        let form = format!("{person}/authorities/new");
        let typed = [
            ("kind", "TUQ"),
            ("agency", DEPARTMENT),
            ("basis", "Giấy ủy quyền 7/GUQ-SNV ngày 01/11/2026"),
            ("from", "2026-11-01T00:00"),
            ("until", "2999-11-01T00:00"),
        ];
        for (field, bad) in [
            ("kind", "XX"),
            ("agency", ""),
            ("agency", "H27.999"),
            ("basis", " "),
            ("from", ""),
            ("until", ""),
            ("until", "2026-10-01T00:00"),
        ] {
            let typed = but(&typed, field, bad);
            assert_at(&manager.send(&form, &form, &typed), field);
        }
        let proposed = propose(world, &manager, (&form, &form), &typed);
        approve(world, &proposed);
        let page = manager.page(&person);
        assert!(
            page.contains("Sở Nội vụ TUQ. 01/11/2026 00:00 – 01/11/2999 00:00, Giấy ủy quyền"),
            "{page}"
        );
        let agency = format!("/ui/agencies/{}", world.province().agencies.department);
        assert!(manager.page(&agency).contains("Giấy ủy quyền 7/GUQ-SNV"));
        let end = act_on(&page, "authorities", "/end");
        let ended = manager.send(&person, &end, &[]);
        assert_eq!(ended.status, 303, "{}", ended.text());
        log::assert_events(world, &ended, &["authority.ended"]);
    });
}

#[test]
fn only_a_manager_gives_power_and_only_by_our_own_form() {
    let test = "it::pages::powers::only_a_manager_gives_power_and_only_by_our_own_form";
    on_both(test, |world| {
        let person = newcomer(world);
        let officer = Browser::of(world.http(), &world.province().office.officer);
        let page = officer.page(&person);
        assert!(
            page.contains("Người Mới") && !page.contains("action=\"/ui/people/"),
            "{page}"
        );
        let manager = manager(world);
        for form in ["roles/new", "authorities/new"] {
            let form = format!("{person}/{form}");
            assert_eq!(officer.get(&form).status, 403, "{form}");
            assert_eq!(manager.post(&form, &[]).status, 403, "{form}: no token");
        }
        let csrf = super::forged::csrf(&officer);
        let typed = [("csrf", &*csrf), ("role", "signer"), ("agency", DEPARTMENT)];
        let refused = officer.post(&format!("{person}/roles/new"), &typed);
        assert_eq!(refused.status, 403, "{}", refused.text());
        assert_eq!(manager.get("/ui/people/x/roles/new").status, 404);
    });
}
