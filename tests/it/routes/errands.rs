//! What each route does is an entry.

mod approvals;
pub(crate) mod credentials;
mod people;
mod systems;

pub(crate) use credentials::issued_elsewhere;

use std::cell::RefCell;
use std::collections::BTreeSet;

use kyso_api::management::AuditQuery;
use kyso_tests::http::Reply;
use serde_json::{Value, json};
use ureq::http::Method;

use super::names;
use crate::log;
use crate::stamping::fresh_key;
use crate::world::{Database, World};

/// Shows a secret that is kept nowhere until it is confirmed: nothing is changed yet.
const CHANGES_NOTHING: [&str; 2] = ["POST /enrolments", "POST /verify"];

/// Does things one after another and holds each against the log.
struct Errands<'a> {
    world: &'a World,
    /// The first manager's token.
    one: String,
    /// The second manager's.
    two: String,
    done: RefCell<BTreeSet<String>>,
}

impl<'a> Errands<'a> {
    fn new(world: &'a World) -> Self {
        let office = &world.province().office;
        Self {
            world,
            one: office.manager1.token_with_otp().unwrap(),
            two: office.manager2.token_with_otp().unwrap(),
            done: RefCell::default(),
        }
    }

    fn last(&self, event: &str) -> Vec<kyso_api::management::AuditEntry> {
        let query = AuditQuery {
            event: Some(event.to_owned()),
            ..AuditQuery::default()
        };
        log::entries(self.world, &query)
    }

    /// Calls a route as somebody; its event must be in the log under the id that the reply names.
    /// The names in braces are filled with `ids` in their order.
    fn run(&self, token: &str, route: &str, ids: &[&str], event: &str, body: &Value) -> Reply {
        let (verb, path) = route.split_once(' ').unwrap();
        let names = ["{id}", "{key}", "{grant}", "{owner}"];
        let names = names.iter().filter(|name| path.contains(*name));
        let path = names
            .zip(ids)
            .fold(path.to_owned(), |path, (name, id)| path.replace(name, id));
        let reply = self.call(token, verb, &path, body);
        let (status, text) = (reply.status, reply.text());
        assert!((200..300).contains(&status), "{route}: {status} {text}");
        let events = log::events_of_call(self.world, &reply);
        let left = events.iter().any(|one| one == event);
        assert!(left, "{route} left no entry {event}: {events:?}");
        self.done.borrow_mut().insert(route.to_owned());
        reply
    }

    fn call(&self, token: &str, verb: &str, path: &str, body: &Value) -> Reply {
        let verb = Method::from_bytes(verb.as_bytes()).unwrap();
        let call = self.world.http().call(verb, &format!("/api/v1{path}"));
        let mut call = call.header("Idempotency-Key", &fresh_key());
        if !token.is_empty() {
            call = call.bearer(token);
        }
        let call = match body {
            Value::Null => call,
            Value::String(csv) => call.bytes("text/csv", csv.clone()),
            body => call.json(body),
        };
        call.send().unwrap()
    }

    /// As the first manager.
    fn manage(&self, route: &str, ids: &[&str], event: &str, body: &Value) -> Reply {
        self.run(&self.one, route, ids, event, body)
    }

    /// The first manager proposes; the change's id.
    fn propose(&self, route: &str, ids: &[&str], body: &Value) -> String {
        id_of(&self.manage(route, ids, "change.proposed", body))
    }

    /// The second approves what the first proposes.
    fn agree(&self, route: &str, ids: &[&str], body: &Value) {
        let (change, approve) = (self.propose(route, ids, body), "POST /changes/{id}/approve");
        let approved = "change.approved";
        self.run(&self.two, approve, &[&change], approved, &json!({}));
    }

    /// The one of a list whose member has this value.
    fn found(&self, path: &str, name: &str, value: &str) -> Value {
        let reply = self.call(&self.one, "GET", path, &Value::Null).json();
        let items = reply["items"].as_array().unwrap();
        let found = items.iter().find(|item| item[name] == value);
        found.unwrap_or_else(|| panic!("{path}: {reply}")).clone()
    }

    fn id_found(&self, path: &str, name: &str, value: &str) -> String {
        let found = self.found(path, name, value);
        found["id"].as_str().unwrap().to_owned()
    }
}

fn id_of(reply: &Reply) -> String {
    let id = reply.member("id").or_else(|_| reply.member("/change/id"));
    id.unwrap()
}

#[test]
fn every_route_that_changes_something_leaves_an_entry() {
    let world = World::own(Database::Sqlite).unwrap();
    let done = run_errands(&world);
    let changing = names()
        .into_iter()
        .filter(|route| !route.starts_with("GET") && !CHANGES_NOTHING.contains(&route.as_str()));
    let forgotten: Vec<String> = changing.filter(|route| !done.contains(route)).collect();
    assert_eq!(
        forgotten,
        Vec::<String>::new(),
        "routes that no errand calls"
    );
}

/// Does one errand a route that changes something; the routes that it called.
pub(crate) fn run_errands(world: &World) -> BTreeSet<String> {
    let errands = Errands::new(world);
    let agency = people::agencies(&errands);
    let person = people::newcomer(&errands, &agency);
    people::powers(&errands, &agency, &person);
    credentials::life_of_a_credential(&errands, &agency, &person);
    systems::life_of_a_client(&errands);
    systems::stamps(&errands);
    approvals::approvals(&errands);
    people::endings(&errands, &agency, &person);
    errands.done.into_inner()
}
