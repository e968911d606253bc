//! Every body and every query that the description of our own API knows, with one mistake at a time:
//! a route that is added later is held against it without a line here.

mod mistakes;

use kyso_tests::http::{Reply, percent_encoded};
use serde_json::{Value, json};
use ureq::http::Method;

use self::mistakes::{Mistake, Schema};
use crate::health::internal;
use crate::routes::{Route, described};
use crate::stamping::{assert_problem, fresh_key};
use crate::world::{Database, World};

const JSON: &str = "application/json";

/// Members whose texts mean somebody, some key or a document: one that is nobody's is answered as unknown.
const JUDGED: [(&str, &str); 6] = [
    ("POST /approvals", "/credential"),
    ("POST /seals", "/credential"),
    ("POST /seals", "/file"),
    ("POST /sessions", "/login"),
    ("POST /signatures", "/credential"),
    ("POST /stamps", "/credential"),
];

/// A server of its own, with whoever may call the routes.
struct Hall {
    world: World,
    manager: String,
    clerk: String,
    officer: String,
    system: String,
    /// Id of a credential that waits for its certificate.
    requested: String,
}

impl Hall {
    fn open() -> Self {
        let world = World::own(Database::Sqlite).unwrap();
        let province = world.province();
        let manager = province.office.manager1.token_with_otp().unwrap();
        let wanted = json!({"kind": "seal", "owner_agency": province.agencies.province,
            "algorithm": "p-256", "subject": {"common_name": "UBND tỉnh"}});
        let call = world.http().post("/api/v1/credentials").bearer(&manager);
        let requested = call.json(&wanted).done().unwrap().member("id").unwrap();
        Self {
            clerk: province.clerk.token_with_otp().unwrap(),
            officer: province.office.officer.token_with_otp().unwrap(),
            system: province.document_system.token(&province.office).unwrap(),
            manager,
            requested,
            world,
        }
    }

    /// Whoever may call this route.
    fn caller(&self, route: &Route) -> &str {
        match &*route.name() {
            "POST /stamping-sessions" => &self.clerk,
            "POST /approvals" | "POST /seals" | "POST /signatures" | "POST /stamps" => &self.system,
            name if name.starts_with("GET /audit") => &self.officer,
            _ => &self.manager,
        }
    }

    /// The route's path, with ids of what is there where a body is read against it.
    fn path(&self, route: &Route) -> String {
        let id = match &*route.name() {
            "GET /audit/views/{name}" => return route.path.replace("{name}", "bulk"),
            "POST /credentials/{id}/certificate" => &self.requested,
            "POST /clients/{id}/keys" | "POST /clients/{id}/grants" => {
                &self.world.province().document_system.id
            }
            "PUT /pictures/{owner}" => &self.world.province().agencies.province,
            _ => return route.with_an_id(),
        };
        route.path.replace("{id}", id).replace("{owner}", id)
    }

    fn send(&self, route: &Route, path: &str, kind: &str, body: &str) -> Reply {
        let call = self.world.http().call(route.verb.clone(), path);
        let call = call.header("Idempotency-Key", &fresh_key());
        let call = call.bearer(self.caller(route));
        let call = if kind.is_empty() {
            call
        } else {
            call.bytes(kind, body)
        };
        call.send().unwrap()
    }

    fn assert_ready(&self) {
        let reply = internal(&self.world).get("/readyz").send().unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    /// All that a manager sees; but for the checkpoint, which grows by itself.
    fn seen(&self) -> Vec<(String, String)> {
        let lists = described().into_iter().filter(|route| {
            route.verb == Method::GET
                && !route.path.contains('{')
                && !route.path.starts_with("/api/v1/audit")
                && route.path != "/api/v1/log/checkpoint"
        });
        let read = |route: Route| {
            let reply = self.send(&route, &route.path, "", "");
            assert_eq!(reply.status, 200, "{}: {}", route.path, reply.text());
            (route.path.clone(), reply.text())
        };
        lists.map(read).collect()
    }
}

/// Why this answer to a mistake is not the right one.
fn fault(route: &Route, mistake: &Mistake, reply: &Reply) -> Option<String> {
    let judged = JUDGED.contains(&(&*route.name(), &*mistake.place));
    let (json, text) = (reply.json(), reply.text());
    let code = json["code"].as_str().unwrap_or_default();
    let right = match reply.status {
        400 => {
            let detail = json["detail"].as_str().unwrap_or_default();
            assert_problem(reply, 400, code);
            mistake.is_guess || mistake.is_named_in(detail)
        }
        status if mistake.is_guess || judged => {
            assert_problem(reply, status, code);
            (401..500).contains(&status)
        }
        _ => false,
    };
    let status = reply.status;
    (!right).then(|| format!("{}: {}: {status} {text}", route.name(), mistake.what))
}

/// The body that the description shows is taken, or fails because of what is there or who calls.
fn fault_of_example(hall: &Hall, route: &Route, example: &Value) -> Option<String> {
    let reply = hall.send(route, &route.with_an_id(), JSON, &example.to_string());
    let (status, text) = (reply.status, reply.text());
    let refused_for_its_form = [400, 405, 413, 415].contains(&status) || status >= 500;
    refused_for_its_form.then(|| format!("{}: its example: {status} {text}", route.name()))
}

#[test]
fn every_route_reads_what_it_is_sent_strictly() {
    let hall = Hall::open();
    members_are_read_strictly(&hall);
    bodies_are_missed_and_other_types_refused(&hall);
    queries_are_read_strictly(&hall);
    hall.assert_ready();
}

fn members_are_read_strictly(hall: &Hall) {
    let (mut faults, mut tried) = (Vec::new(), 0);
    for route in described().iter().filter(|route| route.takes(JSON)) {
        let (document, content) = route.content(JSON);
        let example = &content["example"];
        faults.extend(fault_of_example(hall, route, example));
        let (path, before) = (hall.path(route), hall.seen());
        for mistake in Schema::new(document, &content["schema"]).mistakes(example) {
            let reply = hall.send(route, &path, JSON, &mistake.body.to_string());
            faults.extend(fault(route, &mistake, &reply));
            tried += 1;
        }
        assert_eq!(hall.seen(), before, "{} changed something", route.name());
    }
    assert!(
        faults.is_empty(),
        "{}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(tried > 1000, "{tried}");
}

/// An empty body is none of those that must be there.
fn bodies_are_missed_and_other_types_refused(hall: &Hall) {
    let routes = described();
    for route in routes.iter().filter(|route| route.verb != Method::GET) {
        let path = hall.path(route);
        if route.needs_body() {
            let (kind, _) = route.sample();
            assert_problem(&hall.send(route, &path, kind, ""), 400, "malformed_body");
            let other = hall.send(route, &path, "application/xml", "<a/>");
            assert_problem(&other, 415, "unsupported_media_type");
        }
        let taken = |verb: &Method| {
            let mut same = routes.iter().filter(|one| one.path == route.path);
            same.any(|one| one.verb == *verb)
        };
        let other = [Method::PUT, Method::PATCH].into_iter();
        for verb in other.filter(|verb| !taken(verb)) {
            let call = hall.world.http().call(verb, &path);
            let reply = call.bearer(hall.caller(route)).send().unwrap();
            assert_problem(&reply, 405, "method_not_allowed");
        }
    }
}

/// Values that a parameter with this schema cannot have.
fn wrong_values(schema: &Value) -> Vec<&'static str> {
    let mut values = vec!["", "\u{0}", "khong-co", "' OR 1=1 --", "a\u{202e}b", "1,2"];
    if schema["type"] == "integer" {
        values.extend(["-1", "1.5", "0x1", "99999999999999999999999"]);
    }
    if schema["format"] == "date-time" {
        values.extend(["2026-11-26", "2026-13-01T00:00:00Z", "2026-11-26T08:00:00"]);
    }
    values
}

fn queries_are_read_strictly(hall: &Hall) {
    let before = hall.seen();
    let (mut faults, mut tried) = (Vec::new(), 0);
    for route in described() {
        let path = hall.path(&route);
        let mut queries = vec![("query", "mau=xanh".to_owned())];
        for (name, schema) in route.queries() {
            for value in wrong_values(schema) {
                queries.push((name, format!("{name}={}", percent_encoded(value))));
            }
            queries.push((name, format!("{name}=1&{name}=1")));
        }
        for (name, query) in queries {
            let (kind, body) = route.sample();
            let reply = hall.send(&route, &format!("{path}?{query}"), kind, &body);
            let detail = reply.json()["detail"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let named = detail.contains(name) || detail == "query";
            if reply.status != 400 || !named {
                faults.push(format!(
                    "{}?{query}: {} {}",
                    route.name(),
                    reply.status,
                    reply.text()
                ));
            }
            tried += 1;
        }
    }
    assert!(
        faults.is_empty(),
        "{}:\n{}",
        faults.len(),
        faults.join("\n")
    );
    assert!(tried > 150, "{tried}");
    assert_eq!(hall.seen(), before);
}
