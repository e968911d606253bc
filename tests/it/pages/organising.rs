//! A subscriber manager's forms for agencies: one is registered, gets a further code, and ends.

use kyso_client::Client;

use super::Browser;
use super::managing::{assert_at, but, manager};
use crate::log;
use crate::world::{World, on_both};

const NEW: &str = "/ui/agencies/new";

/// What the form to register an agency below the department sends.
pub(super) fn typed(code: &str) -> [(&str, &str); 6] {
    [
        ("name", "Trung tâm Phục vụ hành chính công"),
        ("above", "h27.3"),
        ("code", code),
        ("kind", "trung_tam"),
        ("level", "tinh"),
        ("from", ""),
    ]
}

/// Registers this agency; its page.
pub(super) fn registered(world: &World, manager: &Browser<'_>, typed: &[(&str, &str)]) -> String {
    let reply = manager.send(NEW, NEW, typed);
    assert_eq!(reply.status, 303, "{}", reply.text());
    log::assert_events(world, &reply, &["agency.registered"]);
    reply.header("location").unwrap().to_owned()
}

#[test]
fn a_manager_registers_an_agency_and_names_it_again() {
    let test = "it::pages::organising::a_manager_registers_an_agency_and_names_it_again";
    on_both(test, |world| {
        let (manager, (legacy, modern)) = (manager(world), world.agency_codes());
        let typed = typed(&modern);
        assert!(manager.page("/ui/agencies").contains(NEW));
        for (field, bad) in [
            ("name", " "),
            ("above", "H27.999"),
            ("code", "27.1"),
            ("code", ""),
            ("code", "H27.3"),
            ("kind", ""),
            ("from", "hôm nay"),
        ] {
            let refused = manager.send(NEW, NEW, &but(&typed, field, bad));
            assert_at(&refused, field);
        }
        let place = registered(world, &manager, &typed);
        let codes = format!("{place}/codes");
        assert_at(&manager.send(&place, &codes, &[("code", "x")]), "code");
        let taken = manager.send(&place, &codes, &[("code", "000.00.03.H27")]);
        assert_at(&taken, "code");
        assert!(taken.text().contains("Mã này đã là của một cơ quan"));
        let added = manager.send(&place, &codes, &[("code", &legacy.to_lowercase())]);
        assert_eq!(added.status, 303, "{}", added.text());
        let page = manager.page(&place);
        for shown in [legacy.as_str(), &modern, "Sở Nội vụ", "Cấp tỉnh"] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        let id = place.rsplit('/').next().unwrap();
        let below = manager.page(&format!("{NEW}?above={id}"));
        assert!(below.contains(&format!("value=\"{modern}\"")), "{below}");
    });
}

#[test]
fn a_manager_ends_a_code_and_proposes_another_place() {
    let test = "it::pages::organising::a_manager_ends_a_code_and_proposes_another_place";
    on_both(test, |world| {
        let (manager, (legacy, modern)) = (manager(world), world.agency_codes());
        let place = registered(world, &manager, &typed(&modern));
        let end = format!("{place}/codes/end");
        manager.send(&place, &format!("{place}/codes"), &[("code", &legacy)]);
        let ended = manager.send(&place, &end, &[("code", &legacy)]);
        log::assert_events(world, &ended, &["agency.code_ended"]);
        let page = manager.page(&place);
        assert!(
            page.contains(&format!("<code><bdi>{legacy}</bdi></code></span>")),
            "{page}"
        );
        assert!(!page.contains(&format!("value=\"{legacy}\"")), "{page}");
        let relocate = format!("{place}/move");
        for above in ["H27.3", "H27.999", &modern] {
            let wrong = manager.send(&place, &relocate, &[("above", above), ("otp", "")]);
            assert_at(&wrong, "above");
        }
        let to = [("above", "h27"), ("otp", "")];
        let proposed = manager.send(&place, &relocate, &to);
        assert_eq!(
            proposed.header("location"),
            Some("/ui/changes"),
            "{}",
            proposed.text()
        );
        log::assert_events(world, &proposed, &["change.proposed"]);
    });
}

#[test]
fn an_agency_that_was_ended_takes_nobody_in() {
    let test = "it::pages::organising::an_agency_that_was_ended_takes_nobody_in";
    on_both(test, |world| {
        let (manager, (_, modern)) = (manager(world), world.agency_codes());
        let place = registered(world, &manager, &typed(&modern));
        let end = format!("{place}/end");
        assert_at(&manager.send(&place, &end, &[("at", "mai")]), "at");
        let ended = manager.send(&place, &end, &[("at", "")]);
        assert_eq!(ended.status, 303, "{}", ended.text());
        let page = manager.page(&place);
        assert!(
            page.contains("Đã kết thúc") && !page.contains(&end),
            "{page}"
        );
        let login = world.name("nguoi");
        let person = [
            ("login", login.as_str()),
            ("name", "Người Mới"),
            ("agency", &modern),
            ("position", "Chuyên viên"),
            ("email", "moi@hue.example.vn"),
        ];
        let below = but(&typed("H27.88.1"), "above", &modern);
        let people = "/ui/people/new";
        for (form, typed, field) in [(NEW, &*below, "above"), (people, &person, "agency")] {
            let refused = manager.send(form, form, typed);
            assert_at(&refused, field);
            assert!(refused.text().contains("Cơ quan này đã kết thúc."));
        }
    });
}

#[test]
fn an_agency_is_ended_at_a_time_that_is_still_to_come() {
    let test = "it::pages::organising::an_agency_is_ended_at_a_time_that_is_still_to_come";
    on_both(test, |world| {
        let (manager, (_, modern)) = (manager(world), world.agency_codes());
        let typed = but(&typed(&modern), "from", "2026-01-01T08:00");
        let place = registered(world, &manager, &but(&typed, "above", ""));
        let end = format!("{place}/end");
        for bad in ["2020-01-01T00:00", "2025-12-31T00:00"] {
            assert_at(&manager.send(&place, &end, &[("at", bad)]), "at");
        }
        // What is still to come may be moved.
        for at in ["2998-07-01T00:00", "2999-07-01T00:00"] {
            let ended = manager.send(&place, &end, &[("at", at)]);
            assert_eq!(ended.status, 303, "{}", ended.text());
        }
        let page = manager.page(&place);
        assert!(
            page.contains("01/01/2026") && page.contains("01/07/2999"),
            "{page}"
        );
        assert!(!page.contains("Đã kết thúc"), "{page}");
    });
}

#[test]
fn only_a_manager_acts_on_an_agency_and_only_by_our_own_form() {
    let test = "it::pages::organising::only_a_manager_acts_on_an_agency_and_only_by_our_own_form";
    on_both(test, |world| {
        let place = format!("/ui/agencies/{}", world.province().agencies.department);
        let clerk = Browser::of(world.http(), &world.province().clerk);
        assert_eq!(clerk.get(NEW).status, 403);
        let page = clerk.page(&place);
        assert!(
            page.contains("Sở Nội vụ")
                && !page.contains("<form method=\"post\" action=\"/ui/agencies")
        );
        let manager = manager(world);
        for act in ["codes", "end"] {
            let bare = manager.post(&format!("{place}/{act}"), &[("code", "H27.3.9")]);
            assert_eq!(bare.status, 403, "{act}: no token");
        }
        assert_eq!(manager.get("/ui/agencies/x").status, 404);
        let nobody = "/ui/agencies/0199a1b2-0000-7000-8000-000000000001";
        assert_eq!(manager.get(nobody).status, 404);
    });
}

#[test]
fn a_manager_renames_an_agency_and_plans_another_place() {
    let test = "it::pages::organising::a_manager_renames_an_agency_and_plans_another_place";
    on_both(test, |world| {
        let (manager, (_, modern)) = (manager(world), world.agency_codes());
        let place = registered(world, &manager, &typed(&modern));
        let rename = format!("{place}/rename");
        let wrong = manager.send(&place, &rename, &[("name", ""), ("named_from", "")]);
        assert_at(&wrong, "name");
        let past = [("name", "Trung tâm B"), ("named_from", "2020-01-01T00:00")];
        assert_at(&manager.send(&place, &rename, &past), "named_from");
        for (name, from) in [("Trung tâm B", ""), ("Trung tâm C", "2999-01-01T00:00")] {
            let renamed = [("name", name), ("named_from", from)];
            let renamed = manager.send(&place, &rename, &renamed);
            log::assert_events(world, &renamed, &["agency.renamed"]);
        }
        let page = manager.page(&place);
        assert!(page.contains("<h1><bdi>Trung tâm B</bdi></h1>"), "{page}");
        let dates = page.split_once("Tên theo thời gian").unwrap().1;
        let names = [
            "hành chính công",
            "Trung tâm B",
            "01/01/2999 00:00",
            "Trung tâm C",
        ];
        let mut rest = dates;
        for name in names {
            rest = rest.split_once(name).unwrap().1;
        }
        let relocate = format!("{place}/move");
        let late = [
            ("above", "h27"),
            ("moved_from", "2020-01-01T00:00"),
            ("otp", ""),
        ];
        assert_at(&manager.send(&place, &relocate, &late), "moved_from");
        let planned = [
            ("above", "h27"),
            ("moved_from", "2999-01-01T00:00"),
            ("otp", ""),
        ];
        let proposed = manager.send(&place, &relocate, &planned);
        log::assert_events(world, &proposed, &["change.proposed"]);
        let waiting = manager.page("/ui/changes");
        assert!(
            waiting.contains("từ 01/01/2999 00:00 (giờ Việt Nam)"),
            "{waiting}"
        );
    });
}

/// As the API has them.
#[test]
fn coverage_is_shown_by_level_and_by_agency() {
    let test = "it::pages::organising::coverage_is_shown_by_level_and_by_agency";
    on_both(test, |world| {
        let told = world.province().office.manager1.acting(Client::coverage);
        let told = told.unwrap();
        assert!(!told.levels.is_empty());
        let page = manager(world).page("/ui/coverage");
        let (by_level, by_agency) = page.split_once("theo cơ quan").unwrap();
        for sum in &told.levels {
            let positions = sum.required;
            let name = match &*sum.level {
                "tinh" => "Cấp tỉnh",
                "xa" => "Cấp xã",
                other => other,
            };
            let row = format!(
                "<th scope=\"row\"><bdi>{name}</bdi></th><td class=\"number\" data-name=\""
            );
            let row = by_level.split_once(&*row).unwrap().1;
            let figure = row.split_once('>').unwrap().1;
            assert!(figure.starts_with(&format!("{positions}</td>")), "{figure}");
        }
        let name = format!("<bdi>{}</bdi>", told.rows[0].name);
        assert!(by_agency.contains(&name), "{by_agency}");
    });
}
