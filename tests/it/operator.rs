//! An operator, through the server: what stands in ops/runbooks/operators.md, tried.

use kyso_api::management::RoleName;
use kyso_tests::http::Reply;
use kyso_tests::province::Account;
use serde_json::Value;

use crate::stamping::assert_problem;
use crate::world::World;

fn operator(world: &World) -> Account {
    let (office, agency) = (
        &world.province().office,
        &world.province().agencies.province,
    );
    let login = world.name("van-hanh");
    let role = RoleName::Operator;
    let person = office.person(&login, "Vận hành", "Quản trị viên", agency, role);
    person.unwrap()
}

#[test]
fn an_operator_reads_nothing_but_agencies_and_what_is_their_own() {
    let world = World::sqlite();
    let operator = operator(world);
    // With the password alone they are not let in.
    assert!(operator.log_in(None).is_err());
    let token = operator.token_with_otp().unwrap();
    let read = |path: &str| -> Reply {
        let call = world.http().get(&format!("/api/v1/{path}")).bearer(&token);
        call.send().unwrap()
    };
    for path in ["audit", "changes", "clients", "reports/coverage"] {
        assert_problem(&read(path), 403, "forbidden");
    }
    let items = |path: &str| -> Vec<Value> {
        let reply = read(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        reply.json()["items"].as_array().unwrap().clone()
    };
    assert!(!items("agencies").is_empty());
    for path in ["credentials", "stamping-sessions", "authorities"] {
        assert!(items(path).is_empty(), "{path}");
    }
    let persons = items("persons");
    assert_eq!(persons.len(), 1, "{persons:?}");
    assert_eq!(persons[0]["id"], operator.person_id.as_str());
    let roles = items("roles");
    assert_eq!(roles.len(), 1, "{roles:?}");
    assert_eq!(roles[0]["role"], "operator");
}
