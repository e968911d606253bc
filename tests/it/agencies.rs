//! Agencies over HTTP: the tree, codes in both formats, and what is left of one that has ended.

use kyso_api::management::{Agency, NewRole, RoleName};
use kyso_client::Client;
use kyso_tests::http::Reply;
use kyso_tests::province::{Granted, Holder};
use serde_json::{Value, json};

use crate::log;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_both, on_own};

/// A manager at the API of agencies and people.
pub(crate) struct Registry<'a> {
    world: &'a World,
    token: String,
}

impl<'a> Registry<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let manager = &world.province().office.manager1;
        let token = manager.token_with_otp().unwrap();
        Self { world, token }
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Reply {
        let call = self.world.http().post(&format!("/api/v1/{path}"));
        call.bearer(&self.token).json(body).send().unwrap()
    }

    pub(crate) fn register(&self, parent: &str, codes: &Value) -> Reply {
        let body = json!({"name": "Ban Quản lý", "parent": parent, "kind": "state",
            "level": "department", "codes": codes});
        self.post("agencies", &body)
    }

    /// An agency under the province; its id.
    pub(crate) fn fresh(&self) -> String {
        let (legacy, modern) = self.world.agency_codes();
        let codes = json!([{"format": "legacy", "code": legacy},
            {"format": "modern", "code": modern}]);
        let reply = self.register(&self.world.province().agencies.province, &codes);
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.member("id").unwrap()
    }

    pub(crate) fn end(&self, id: &str) -> Reply {
        self.post(&format!("agencies/{id}/end"), &json!({}))
    }

    pub(crate) fn seen(&self, id: &str) -> Agency {
        let manager = &self.world.province().office.manager1;
        let agencies = manager.acting(Client::agencies).unwrap();
        agencies.into_iter().find(|agency| agency.id == id).unwrap()
    }

    fn person(&self, agency: &str) -> Reply {
        let login = self.world.name("nguoi");
        let body = json!({"login": login, "name": "Người", "agency": agency,
            "position": "Chuyên viên", "email": "nguoi@hue.example.vn"});
        self.post("persons", &body)
    }
}

#[test]
fn a_code_in_either_format_names_one_agency_for_ever() {
    on_both(
        "it::agencies::a_code_in_either_format_names_one_agency_for_ever",
        |world| {
            let registry = Registry::new(world);
            let (one, other) = (registry.fresh(), registry.fresh());
            let alias = format!("agencies/{one}/codes");
            let (legacy, modern) = world.agency_codes();
            for (format, code) in [("legacy", &legacy), ("modern", &modern)] {
                // One in lower case is the same code.
                let code = json!({"format": format, "code": code.to_lowercase()});
                let reply = registry.post(&alias, &code);
                assert_eq!(reply.status, 204, "{}", reply.text());
                assert_problem(&registry.post(&alias, &code), 409, "wrong_state");
                let taken = registry.post(&format!("agencies/{other}/codes"), &code);
                assert_problem(&taken, 409, "wrong_state");
                let province = &world.province().agencies.province;
                let taken = registry.register(province, &json!([code]));
                assert_problem(&taken, 409, "wrong_state");
            }
            let codes = registry.seen(&one).codes;
            let codes: Vec<&str> = codes.iter().map(|code| &*code.code).collect();
            assert_eq!(codes.len(), 4);
            assert!(codes.contains(&&*legacy) && codes.contains(&&*modern));
            // It stays taken when its agency is gone.
            assert_eq!(registry.end(&one).status, 204);
            let code = json!({"format": "modern", "code": modern});
            let taken = registry.post(&format!("agencies/{other}/codes"), &code);
            assert_problem(&taken, 409, "wrong_state");
        },
    );
}

#[test]
fn an_agency_hangs_under_one_that_is_there() {
    on_both(
        "it::agencies::an_agency_hangs_under_one_that_is_there",
        |world| {
            let registry = Registry::new(world);
            let parent = registry.fresh();
            let (_, modern) = world.agency_codes();
            let codes = json!([{"format": "modern", "code": modern}]);
            let nowhere = registry.register(&uuid::Uuid::now_v7().to_string(), &codes);
            assert!(matches!(nowhere.status, 403 | 404), "{}", nowhere.text());
            let child = registry.register(&parent, &codes);
            assert_eq!(child.status, 201, "{}", child.text());
            let child = registry.seen(&child.member("id").unwrap());
            assert_eq!(child.parent.as_deref(), Some(&*parent));
            assert_eq!(registry.end(&parent).status, 204);
            assert!(registry.seen(&parent).valid_to.is_some());
            assert_problem(&registry.end(&parent), 409, "wrong_state");
            let (_, modern) = world.agency_codes();
            let codes = json!([{"format": "modern", "code": modern}]);
            let late = registry.register(&parent, &codes);
            assert_problem(&late, 409, "wrong_state");
            assert_eq!(registry.person(&parent).status, 409);
            // What hangs under it goes on until it is ended itself.
            assert_eq!(registry.person(&child.id).status, 201);
        },
    );
}

#[test]
fn an_agency_that_ended_grants_nothing_and_its_seal_does_not_stamp() {
    on_both(
        "it::agencies::an_agency_that_ended_grants_nothing_and_its_seal_does_not_stamp",
        |world| {
            let registry = Registry::new(world);
            let agency = registry.fresh();
            let office = &world.province().office;
            let holder = Holder::Agency(&agency, "Ban Quản lý");
            let seal = office.credential(holder, "rsa-2048", 5).unwrap();
            let name = world.name("he-thong");
            let system = office.system(&name, Granted::Agency(&agency)).unwrap();
            let login = world.name("van-thu");
            let role = RoleName::RecordsClerk;
            let clerk = office
                .person(&login, "Văn thư", "Văn thư", &agency, role)
                .unwrap();
            let bench = Bench {
                world,
                token: system.token(office).unwrap(),
                seal,
                system,
                clerk,
            };
            let (session, clerk) = bench.open(5);
            assert_eq!(bench.stamp("trước").status, 200);
            assert_eq!(registry.end(&agency).status, 204);
            let late = bench.stamp("sau");
            assert!((400..500).contains(&late.status), "{}", late.text());
            assert!(clerk.close_stamping_session(&session).is_err());
            let role = |client: &Client| {
                Ok(client.grant_role(&NewRole {
                    person: bench.clerk.person_id.clone(),
                    role: RoleName::Signer,
                    agency: Some(agency.clone()),
                    otp: None,
                }))
            };
            let error = office.manager1.acting(role).unwrap().unwrap_err();
            assert_eq!(error.code(), Some("wrong_state"), "{error}");
            // Whoever is over all agencies can still shut what is open.
            let close = registry.post(&format!("stamping-sessions/{session}/close"), &json!({}));
            assert_eq!(close.status, 204, "{}", close.text());
        },
    );
}

#[test]
fn a_manager_of_one_agency_gives_only_codes_below_those_of_the_agency_above() {
    on_both(
        "it::agencies::a_manager_of_one_agency_gives_only_codes_below_those_of_the_agency_above",
        |world| {
            let registry = Registry::new(world);
            let (agency, office) = (registry.fresh(), &world.province().office);
            let (login, role) = (world.name("nguoi"), RoleName::SubscriberManager);
            let manager = office.person(&login, "Người", "Chánh Văn phòng", &agency, role);
            let token = manager.unwrap().token_with_otp().unwrap();
            let theirs = Registry { world, token };
            let modern = |code: &str| json!([{"format": "modern", "code": code}]);
            let own = registry.seen(&agency).codes;
            let own = own
                .iter()
                .find(|code| !code.code.starts_with(char::is_numeric));
            let own = &own.unwrap().code;
            let legacy = json!([{"format": "legacy", "code": "000.00.05.H27"}]);
            for beyond in [modern("H27.5"), modern("G01"), modern(own), legacy] {
                let refused = theirs.register(&agency, &beyond);
                assert_problem(&refused, 403, "forbidden");
                let alias = format!("agencies/{agency}/codes");
                let refused = theirs.post(&alias, &beyond[0]);
                assert_problem(&refused, 403, "forbidden");
            }
            let below = theirs.register(&agency, &modern(&format!("{own}.1")));
            assert_eq!(below.status, 201, "{}", below.text());
        },
    );
}

#[test]
fn an_agency_ends_from_now_on_and_an_end_to_come_is_moved() {
    on_both(
        "it::agencies::an_agency_ends_from_now_on_and_an_end_to_come_is_moved",
        |world| {
            let registry = Registry::new(world);
            let agency = registry.fresh();
            let end = |at: &str| {
                let body = json!({"at": at});
                registry.post(&format!("agencies/{agency}/end"), &body)
            };
            assert_problem(&end("2020-01-01T00:00:00Z"), 400, "invalid_field");
            for year in [2990, 2999, 2980] {
                let set = end(&format!("{year}-01-01T00:00:00Z"));
                assert_eq!(set.status, 204, "{}", set.text());
                let seen = registry.seen(&agency).valid_to.unwrap();
                assert!(seen.starts_with(&year.to_string()), "{seen}");
            }
            assert_eq!(registry.end(&agency).status, 204);
            assert_problem(&end("2999-01-01T00:00:00Z"), 409, "wrong_state");
            let (_, modern) = world.agency_codes();
            let code = json!({"format": "modern", "code": modern});
            let alias = registry.post(&format!("agencies/{agency}/codes"), &code);
            assert_problem(&alias, 409, "wrong_state");
        },
    );
}

#[test]
fn of_two_managers_of_the_province_neither_takes_the_other_away() {
    on_own(
        "it::agencies::of_two_managers_of_the_province_neither_takes_the_other_away",
        |world| {
            let registry = Registry::new(&world);
            let province = world.province();
            let other = &province.office.manager2.person_id;
            let roles = province.office.manager1.acting(Client::roles).unwrap();
            let role = roles.iter().find(|role| role.person == *other).unwrap();
            let root = &province.agencies.province;
            let later = json!({"at": "2999-01-01T00:00:00Z"});
            for (path, body) in [
                (format!("persons/{other}/end"), json!({})),
                (format!("agencies/{root}/end"), json!({})),
                (format!("agencies/{root}/end"), later),
            ] {
                assert_problem(&registry.post(&path, &body), 409, "wrong_state");
            }
            let path = format!("roles/{}/withdraw", role.id);
            assert_problem(&registry.post(&path, &json!({})), 409, "wrong_state");
            let roles = province.office.manager1.acting(Client::roles).unwrap();
            assert!(roles.iter().any(|role| role.person == *other));
        },
    );
}

/// What somebody may still see of an agency: whether its seal, its clerk and the systems.
fn sights(client: &Client, seal: &str, clerk: &str) -> (bool, bool, bool) {
    let seals = client.credentials().unwrap();
    let people = client.persons().unwrap();
    let systems = client.systems();
    if let Err(error) = &systems {
        assert_eq!(error.code(), Some("forbidden"), "{error}");
    }
    (
        seals.iter().any(|one| one.id == seal),
        people.iter().any(|person| person.id == clerk),
        systems.is_ok(),
    )
}

#[test]
fn whoever_looked_after_an_agency_that_ended_reads_nothing_of_it() {
    on_both(
        "it::agencies::whoever_looked_after_an_agency_that_ended_reads_nothing_of_it",
        |world| {
            let registry = Registry::new(world);
            let (agency, office) = (registry.fresh(), &world.province().office);
            let holder = Holder::Agency(&agency, "Ban Quản lý");
            let seal = office.credential(holder, "rsa-2048", 5).unwrap();
            let person = |role| {
                let login = world.name("nguoi");
                let person = office.person(&login, "Người", "Chuyên viên", &agency, role);
                let person = person.unwrap();
                let code = person.authenticator.code().unwrap();
                (person.log_in(Some(code)).unwrap(), person)
            };
            let (clerks, clerk) = person(RoleName::RecordsClerk);
            let (managers, _manager) = person(RoleName::SubscriberManager);
            let (seal, clerk) = (&*seal, &*clerk.person_id);
            assert_eq!(sights(&clerks, seal, clerk), (true, true, true));
            assert_eq!(sights(&managers, seal, clerk), (true, true, true));
            let rows = || b"login,name,agency,position,email,required\n".to_vec();
            let import = managers.import_persons(rows(), true);
            assert_eq!(
                import.unwrap_err().code(),
                Some("forbidden"),
                "rows may be of any agency"
            );
            managers.coverage().unwrap();
            assert_eq!(registry.end(&agency).status, 204);
            // Oneself everybody sees.
            assert_eq!(sights(&clerks, seal, clerk), (false, true, false));
            assert_eq!(sights(&managers, seal, clerk), (false, false, false));
            for error in [
                managers.coverage().unwrap_err(),
                managers.changes(None).unwrap_err(),
            ] {
                assert_eq!(error.code(), Some("forbidden"), "{error}");
            }
        },
    );
}

/// A code that has ended is found no more, and is nobody else's.
#[test]
fn one_code_ends_and_names_nobody_else() {
    on_both(
        "it::agencies::one_code_ends_and_names_nobody_else",
        |world| {
            let registry = Registry::new(world);
            let (one, other) = (registry.fresh(), registry.fresh());
            let code = registry.seen(&one).codes.remove(0);
            let body = json!(code);
            let end = |id: &str| registry.post(&format!("agencies/{id}/codes/end"), &body);
            assert_problem(&end(&other), 404, "not_found");
            let ended = end(&one);
            assert_eq!(ended.status, 204, "{}", ended.text());
            log::assert_events(world, &ended, &["agency.code_ended"]);
            assert_problem(&end(&one), 404, "not_found");
            let seen = registry.seen(&one);
            assert_eq!(seen.former_codes, std::slice::from_ref(&code));
            assert_eq!(seen.codes.len(), 1);
            for id in [&one, &other] {
                let again = registry.post(&format!("agencies/{id}/codes"), &body);
                assert_problem(&again, 409, "wrong_state");
            }
        },
    );
}

/// Whoever manages the new place manages it from then on, and whoever managed the old one does not.
#[test]
fn an_agency_is_moved_by_two_and_its_managers_change() {
    on_own(
        "it::agencies::an_agency_is_moved_by_two_and_its_managers_change",
        |world| {
            let registry = Registry::new(&world);
            let (from, to) = (registry.fresh(), registry.fresh());
            let moved = registry.register(&from, &json!([]));
            let moved = moved.member("id").unwrap();
            let [old, new] = [&from, &to].map(|agency| manager_of(&world, agency));
            let may = |token: &str| {
                let body = json!({"login": world.name("nguoi"), "name": "Người", "agency": moved,
                    "position": "Chuyên viên", "email": "nguoi@hue.example.vn"});
                let call = world.http().post("/api/v1/persons").bearer(token);
                call.json(&body).send().unwrap().status == 201
            };
            assert!(may(&old) && !may(&new));
            let path = format!("agencies/{moved}/move");
            for (parent, status) in [
                (&moved, 409),
                (&from, 409),
                (&uuid::Uuid::now_v7().to_string(), 409),
            ] {
                let refused = registry.post(&path, &json!({"parent": parent}));
                assert_eq!(refused.status, status, "{}", refused.text());
            }
            let proposed = registry.post(&path, &json!({"parent": to}));
            assert_eq!(proposed.status, 202, "{}", proposed.text());
            let below = registry.post(&format!("agencies/{to}/move"), &json!({"parent": moved}));
            assert_eq!(below.status, 202, "{}", below.text());
            let change = |reply: &Reply| reply.member("/change/id").unwrap();
            let office = &world.province().office;
            office.approve(&change(&proposed)).unwrap();
            assert_eq!(registry.seen(&moved).parent, Some(to));
            assert!(!may(&old) && may(&new));
            // What was proposed before makes no ring of it.
            assert!(office.approve(&change(&below)).is_err());
        },
    );
}

/// Somebody who manages this agency alone; their token.
pub(crate) fn manager_of(world: &World, agency: &str) -> String {
    let office = &world.province().office;
    let role = RoleName::SubscriberManager;
    let login = world.name("quan-ly-rieng");
    let manager = office.person(&login, "Người quản lý", "Trưởng phòng", agency, role);
    manager.unwrap().token_with_otp().unwrap()
}
