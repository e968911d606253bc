//! Every route of our own API: none serves strangers, and none changes anything without an entry.

pub(crate) mod description;
mod errands;

pub(crate) use errands::{issued_elsewhere, run_errands};

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kyso_tests::http::{Http, Reply};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::stamping::assert_problem;
use crate::world::World;

/// Routes that nobody needs to be known for.
const PUBLIC: [&str; 6] = [
    "GET /log/checkpoint",
    "GET /log/keys",
    "POST /sessions",
    "POST /enrolments",
    "POST /enrolments/confirm",
    "POST /verify",
];

/// A route as the reviewed description has it.
pub(crate) struct Route {
    pub(crate) verb: Method,
    /// With `/api/v1`, and with names in braces.
    pub(crate) path: String,
    operation: &'static Value,
}

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../clients/openapi.json")).unwrap());

impl Route {
    /// Whether it takes a body of this type.
    pub(crate) fn takes(&self, kind: &str) -> bool {
        self.operation["requestBody"]["content"][kind].is_object()
    }

    /// Whether a call without a body is one that forgot it.
    pub(crate) fn needs_body(&self) -> bool {
        self.operation["requestBody"]["required"] == true
    }

    /// Schema and example of the body: where the schema leads, and the body's own part.
    pub(crate) fn content(&self, kind: &str) -> (&'static Value, &'static Value) {
        let content = &self.operation["requestBody"]["content"][kind];
        (&DOCUMENT, content)
    }

    /// The type of the body that it takes, and one that is right; nothing where it takes none.
    pub(crate) fn sample(&self) -> (&'static str, String) {
        let content = self.operation["requestBody"]["content"].as_object();
        let sample = content.and_then(|content| content.iter().next());
        sample.map_or(("", String::new()), |(kind, body)| match &body["example"] {
            Value::String(text) => (kind, text.clone()),
            example => (kind, example.to_string()),
        })
    }

    /// Names and schemas of the query's parameters.
    pub(crate) fn queries(&self) -> Vec<(&'static str, &'static Value)> {
        let parameters = self.operation["parameters"].as_array();
        let parameters = parameters.into_iter().flatten();
        let queries = parameters.filter(|parameter| parameter["in"] == "query");
        let named = queries.map(|query| (query["name"].as_str().unwrap(), &query["schema"]));
        named.collect()
    }

    /// Its path, with an id that nothing has.
    pub(crate) fn with_an_id(&self) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        ["{id}", "{grant}", "{key}"]
            .iter()
            .fold(self.path.clone(), |path, name| path.replace(name, &id))
    }

    /// `POST /agencies`, as errands name it.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.verb, self.path.trim_start_matches("/api/v1"))
    }
}

/// Every route that the reviewed description lists.
pub(crate) fn described() -> Vec<Route> {
    let mut found = Vec::new();
    for (path, verbs) in DOCUMENT["paths"].as_object().unwrap() {
        for (verb, operation) in verbs.as_object().unwrap() {
            if !["get", "post", "put", "delete"].contains(&&**verb) {
                continue;
            }
            found.push(Route {
                verb: verb.to_uppercase().parse().unwrap(),
                path: format!("/api/v1{path}"),
                operation,
            });
        }
    }
    found
}

/// `POST /agencies`, … as the reviewed description lists them.
fn names() -> BTreeSet<String> {
    described().iter().map(Route::name).collect()
}

fn call(http: &Http, route: &Route) -> Reply {
    let call = http.call(route.verb.clone(), &route.with_an_id());
    let call = if route.verb == Method::POST {
        call.json(&json!({}))
    } else {
        call
    };
    call.send().unwrap()
}

#[test]
fn no_route_serves_a_stranger() {
    let world = World::sqlite();
    let routes = described();
    assert!(routes.len() > 40, "{}", routes.len());
    for route in &routes {
        let (reply, name) = (call(world.http(), route), route.name());
        if PUBLIC.contains(&&*name) {
            // What is not read takes more than an empty body.
            let reads = route.verb == Method::GET;
            let refused = (400..500).contains(&reply.status);
            assert!(refused || reads, "{name}: {}", reply.text());
        } else {
            println!("{name}");
            assert_problem(&reply, 401, "not_authenticated");
            assert!(reply.header("www-authenticate").is_some(), "{name}");
        }
    }
}

#[test]
fn every_reply_names_its_request() {
    let world = World::sqlite();
    for route in described() {
        let reply = call(world.http(), &route);
        assert!(reply.header("x-request-id").is_some(), "{}", route.name());
    }
}
