//! The reviewed description of our own API, held against what really goes over the wire: every
//! request of these tests that is served, and every reply to them, fits its schema.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonschema::Validator;
use kyso_tests::http::{Call, Reply};
use kysod::http::multipart::parts;
use serde_json::{Value, json};
use ureq::http::Method;

use super::errands::run_errands;
use super::{call as ask_as_a_stranger, described};
use crate::building::PDF;
use crate::time_stamps;
use crate::transparency;
use crate::world::{World, until};

/// As in the router.
const ROOT: &str = "/api/v1";

/// Where the description has the body of every refusal.
const PROBLEM: &str = "/components/responses/Problem/content/application~1problem+json";

static DESCRIPTION: LazyLock<Description> = LazyLock::new(Description::read);

/// What was held so far: `POST /agencies request`, `POST /agencies done`, `GET /me problem`.
static HELD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

struct Description {
    document: Value,
    /// Of each body, by the JSON pointer of where it is described.
    schemas: BTreeMap<String, Validator>,
}

impl Description {
    fn read() -> Self {
        let text = include_str!("../../../clients/openapi.json");
        let document: Value = serde_json::from_str(text).unwrap();
        let places = bodies(&document).into_iter();
        let schemas = places.map(|place| (place.clone(), validator(&document, &place)));
        Self {
            schemas: schemas.collect(),
            document,
        }
    }

    /// The path as it is described, with names in braces.
    fn template(&self, path: &str) -> Option<&str> {
        let asked: Vec<&str> = path.split('/').collect();
        let fits = |template: &&String| {
            let named: Vec<&str> = template.split('/').collect();
            let mut parts = named.iter().zip(&asked);
            named.len() == asked.len()
                && parts.all(|(name, part)| name == part || name.starts_with('{'))
        };
        let paths = self.document["paths"].as_object().unwrap();
        paths.keys().find(fits).map(String::as_str)
    }

    fn describes(&self, place: &str) -> bool {
        self.document.pointer(place).is_some()
    }

    fn hold(&self, place: &str, body: &[u8]) {
        let body: Value = serde_json::from_slice(body).unwrap();
        let errors = self.schemas[place].iter_errors(&body);
        let wrong: Vec<String> = errors.map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{place}: {wrong:#?} in {body:#}");
    }

    fn hold_reply(&self, operation: &str, reply: &Reply) {
        let own = format!("{operation}/responses/{}", reply.status);
        let kind = reply.header("content-type").unwrap_or_default();
        let (kind, _) = kind.split_once(';').unwrap_or((kind, ""));
        if matches!(
            kind,
            "application/pdf" | "application/x-tar" | "image/png" | "text/plain"
        ) {
            let file = format!("{own}/content/{}", kind.replace('/', "~1"));
            assert!(self.describes(&file), "{file}");
            return;
        }
        let place = if self.describes(&own) {
            format!("{own}/content/application~1json")
        } else {
            assert!(reply.status >= 400, "{operation}: {}", reply.status);
            PROBLEM.to_owned()
        };
        if reply.body.is_empty() {
            assert!(!self.describes(&place), "{place} came empty");
        } else {
            self.hold(&place, &reply.body);
        }
    }
}

/// Where the document describes a body in JSON: JSON pointers.
fn bodies(document: &Value) -> Vec<String> {
    fn walk(value: &Value, place: &str, found: &mut Vec<String>) {
        for (name, value) in value.as_object().into_iter().flatten() {
            let place = format!("{place}/{}", name.replace('/', "~1"));
            if name.ends_with("json") && value.get("schema").is_some() {
                found.push(place);
            } else {
                walk(value, &place, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(document, "", &mut found);
    found
}

/// Of a body within the document, to which its schema may refer.
fn validator(document: &Value, place: &str) -> Validator {
    let mut schema = document.clone();
    let fragment = place.replace('{', "%7B").replace('}', "%7D");
    schema["$ref"] = json!(format!("#{fragment}/schema"));
    let options = jsonschema::options().should_validate_formats(true);
    let built = options.build(&schema);
    built.unwrap_or_else(|error| panic!("{place}: {error}"))
}

/// What is asked for in a body: in a form it is the part before the file, and has the same schema.
fn requested(body: &[u8]) -> &[u8] {
    let first = body.split(|byte| *byte == b'\r').next();
    let Some(boundary) = first.and_then(|line| line.strip_prefix(b"--")) else {
        return body;
    };
    let boundary = std::str::from_utf8(boundary).unwrap();
    parts(body, boundary).unwrap()[0].content
}

/// Holds a request that was served, and any reply, against the description.
pub(crate) fn hold(call: &Call<'_>, reply: &Reply) {
    let (verb, path, body) = call.sent();
    let path = path.split('?').next().unwrap_or_default();
    let described = path.strip_prefix(ROOT);
    let Some(template) = described.and_then(|path| DESCRIPTION.template(path)) else {
        return;
    };
    let (place, method) = (template.replace('/', "~1"), verb.as_str().to_lowercase());
    let operation = format!("/paths/{place}/{method}");
    if !DESCRIPTION.describes(&operation) {
        return;
    }
    let asked = format!("{operation}/requestBody/content/application~1json");
    let served = (200..300).contains(&reply.status);
    let mut held = vec![if served { "done" } else { "problem" }];
    if served && !body.is_empty() && DESCRIPTION.describes(&asked) {
        DESCRIPTION.hold(&asked, requested(body));
        held.push("request");
    }
    DESCRIPTION.hold_reply(&operation, reply);
    let held = held.iter().map(|what| format!("{verb} {template} {what}"));
    HELD.lock().unwrap().extend(held);
}

#[test]
fn every_body_has_a_schema_and_an_example_that_fits() {
    let document = &DESCRIPTION.document;
    let places = bodies(document);
    assert!(places.len() > 60, "{}", places.len());
    for place in places {
        let example = &document.pointer(&place).unwrap()["example"];
        assert!(example.is_object(), "{place} has no example");
        DESCRIPTION.hold(&place, example.to_string().as_bytes());
    }
}

#[test]
fn anybody_may_read_the_description_as_it_was_reviewed() {
    let world = World::sqlite();
    let get = |path: &str| world.http().get(path).send().unwrap();
    let reply = get("/api/v1/openapi.json");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let kept = reply.header("cache-control");
    assert_eq!(kept, Some("public, max-age=3600"));
    assert_eq!(reply.text(), include_str!("../../../clients/openapi.json"));
    let page = get("/ui/integrate").text();
    assert!(page.contains("href=\"/api/v1/openapi.json\""), "{page}");
    let (_, asset) = page.split_once("href=\"/ui/assets/").unwrap();
    let asset = get(&format!("/ui/assets/{}", asset.split('"').next().unwrap()));
    let kept = asset.header("cache-control").unwrap();
    assert!(kept.contains("immutable"), "{kept}");
}

/// Reads all that there is to read: lists as a manager, the log as an officer.
fn read_everything(world: &World) {
    let office = &world.province().office;
    let manager = office.manager1.token_with_otp().unwrap();
    let officer = office.officer.token_with_otp().unwrap();
    let get = |path: &str, token: &str| {
        let reply = world.http().get(&format!("{ROOT}{path}")).bearer(token);
        reply.done().unwrap().json()
    };
    for route in described().iter().filter(|route| route.verb == Method::GET) {
        let path = route.path.trim_start_matches(ROOT);
        match path {
            // Read by their errands, as nobody else's are.
            "/approvals/{id}"
            | "/approvals/{id}/documents/{place}/file"
            | "/approvals/{id}/documents/{place}/pages/{page}"
            | "/changes/{id}/picture"
            | "/pictures/{owner}"
            | "/receipts/{id}"
            | "/stamping-sessions/{id}/signatures"
            | "/time-stamps/{id}" => Value::Null,
            "/audit/export" => export(world, &officer),
            "/audit" | "/audit/signatures" | "/audit/views" => get(path, &officer),
            "/audit/views/{name}" => get("/audit/views/acting-alone", &officer),
            "/audit/key-use" => {
                let first = get("/credentials", &manager)["items"][0]["id"].clone();
                let first = first.as_str().unwrap();
                get(
                    &format!("{path}?credential={first}&day=2026-11-27"),
                    &officer,
                )
            }
            "/credentials/{id}" => {
                let first = get("/credentials", &manager)["items"][0]["id"].clone();
                get(&path.replace("{id}", first.as_str().unwrap()), &manager)
            }
            _ => get(path, &manager),
        };
    }
}

/// The log's first entry, once a checkpoint covers it.
fn export(world: &World, officer: &str) -> Value {
    until(|| {
        let reply = world.http().get(&format!("{ROOT}/audit/export?to=1"));
        reply.bearer(officer).send().unwrap().status == 200
    });
    Value::Null
}

/// Has a PDF without signatures verified, as anybody may.
fn verify(world: &World) {
    let body = json!({"document": STANDARD.encode(PDF)});
    let call = world.http().post(&format!("{ROOT}/verify"));
    call.json(&body).done().unwrap();
}

#[test]
fn every_route_takes_and_answers_what_the_description_says() {
    let world = time_stamps::with_an_authority();
    run_errands(&world);
    time_stamps::stamped_once(&world);
    transparency::stamped_with_a_receipt(&world);
    read_everything(&world);
    verify(&world);
    for route in described() {
        ask_as_a_stranger(world.http(), &route);
    }
    let held = HELD.lock().unwrap().clone();
    let wanted = described().into_iter().flat_map(|route| {
        let sends = route.takes("application/json");
        let refuses = route.operation["responses"]["default"].is_object();
        let whole = [("done", true), ("problem", refuses), ("request", sends)].into_iter();
        whole
            .filter(|(_, there)| *there)
            .map(|(what, _)| what)
            .map(move |what| format!("{} {what}", route.name()))
            .collect::<Vec<_>>()
    });
    let never: Vec<String> = wanted.filter(|one| !held.contains(one)).collect();
    assert_eq!(never, Vec::<String>::new(), "never seen");
}
