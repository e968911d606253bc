//! Names as Vietnamese sorts and searches them: people by the given name, and letters in their own order.

use kyso_api::management::{AuthorityKind, NewAuthority, NewPerson};
use kyso_core::{Clock, SystemClock};
use kyso_tests::province::Holder;

use super::Browser;
use super::managing::{but, manager};
use super::organising::{registered, typed};
use crate::world::{World, on_both};

/// Asserts that these stand on the page in this order.
fn assert_order(page: &str, names: &[String]) {
    let place = |name: &String| page.find(name).unwrap_or_else(|| panic!("{name}: {page}"));
    let places: Vec<usize> = names.iter().map(place).collect();
    assert!(places.is_sorted(), "{names:?} at {places:?}: {page}");
}

/// Registers an agency below the department that only this test has; its id.
fn agency(world: &World, manager: &Browser<'_>, name: &str) -> String {
    let (_, code) = world.agency_codes();
    let typed = typed(&code);
    let place = registered(world, manager, &but(&typed, "name", name));
    place.rsplit('/').next().unwrap().to_owned()
}

/// Registers somebody of this agency; their id.
fn person(world: &World, agency: &str, name: &str, position: &str) -> String {
    let login = world.name("xep");
    let person = NewPerson {
        email: format!("{login}@hue.example.vn"),
        login,
        name: name.to_owned(),
        agency: agency.to_owned(),
        position: position.to_owned(),
        position_required: None,
    };
    let manager = &world.province().office.manager1;
    let added = manager.acting(|client| client.add_person(&person));
    added.unwrap().id
}

/// By the given name, then letter by letter: D comes before Đ, whatever the bytes say.
const PEOPLE: [&str; 4] = ["Trần Văn An", "Đỗ Bình", "Phạm Dũng", "Lê Đức"];

#[test]
fn people_are_found_by_words_without_tones_and_sorted_by_given_name() {
    let test =
        "it::pages::sorted::people_are_found_by_words_without_tones_and_sorted_by_given_name";
    on_both(test, |world| {
        let (manager, tag) = (manager(world), world.name("to"));
        let department = &world.province().agencies.department;
        for name in PEOPLE.iter().rev() {
            person(world, department, name, &format!("Tổ trưởng ({tag})"));
        }
        let page = manager.page(&format!("/ui/people?q=to+truong+({tag})"));
        assert_order(&page, &PEOPLE.map(str::to_owned));
    });
}

#[test]
fn agencies_are_found_by_words_without_tones_and_sorted_as_vietnamese_does() {
    let test = "it::pages::sorted::agencies_are_found_by_words_without_tones_and_sorted_as_vietnamese_does";
    on_both(test, |world| {
        let (manager, tag) = (manager(world), world.name("doi"));
        let names = ["Ấp", "Dân phòng", "Đội", "Sở"].map(|name| format!("{name} ({tag})"));
        for name in names.iter().rev() {
            agency(world, &manager, name);
        }
        let page = manager.page(&format!("/ui/agencies?q=({tag})"));
        assert_order(&page, &names);
        let found = manager.page(&format!("/ui/agencies?q=dan+phong+({tag})"));
        assert!(
            found.contains(&names[1]) && !found.contains(&names[3]),
            "{found}"
        );
    });
}

#[test]
fn a_credential_is_found_by_its_owners_name_without_tones() {
    let test = "it::pages::sorted::a_credential_is_found_by_its_owners_name_without_tones";
    on_both(test, |world| {
        let (manager, tag) = (manager(world), world.name("khoa"));
        let agency = agency(world, &manager, &format!("Đội Xây dựng ({tag})"));
        let office = &world.province().office;
        let holder = Holder::Agency(&agency, "Đội Xây dựng");
        let request = office.request(holder, "p-256", 1);
        let requested = office
            .manager1
            .acting(|client| client.add_credential(&request));
        let link = format!("href=\"/ui/credentials/{}\"", requested.unwrap().id);
        let found = |words: &str| manager.page(&format!("/ui/credentials?q={words}+({tag})"));
        assert!(found("doi+xay+dung").contains(&link));
        assert!(!found("doi+cay+xanh").contains(&link));
    });
}

/// Lets somebody sign for this agency in another's place.
fn authorize(world: &World, agency: &str, person: String) {
    let (office, now) = (&world.province().office, SystemClock.now());
    let record = NewAuthority {
        person,
        agency: agency.to_owned(),
        kind: AuthorityKind::Tuq,
        basis: "Quyết định 12/QĐ-UBND".to_owned(),
        from: now.to_string(),
        to: Some("2999-01-01T00:00:00Z".to_owned()),
        otp: None,
    };
    let proposed = office
        .manager1
        .acting(|client| client.grant_authority(&record));
    office.approve(&proposed.unwrap().id).unwrap();
}

#[test]
fn those_who_sign_for_an_agency_are_sorted_by_given_name() {
    let test = "it::pages::sorted::those_who_sign_for_an_agency_are_sorted_by_given_name";
    on_both(test, |world| {
        let manager = manager(world);
        let agency = agency(world, &manager, "Trung tâm Lưu trữ");
        for name in PEOPLE.iter().rev() {
            let person = person(world, &agency, name, "Phó giám đốc");
            authorize(world, &agency, person);
        }
        let page = manager.page(&format!("/ui/agencies/{agency}"));
        assert_order(&page, &PEOPLE.map(str::to_owned));
    });
}
