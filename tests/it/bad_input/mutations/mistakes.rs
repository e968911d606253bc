//! What can be wrong with a body that fits its schema: one mistake at a time, read off the schema.

use serde_json::{Value, json};

/// One mistake in a body that is right otherwise.
pub(super) struct Mistake {
    /// Where it is: a JSON pointer.
    pub(super) place: String,
    pub(super) body: Value,
    pub(super) what: String,
    /// The text is judged as somebody's secret is: it is refused, and how is said to nobody.
    pub(super) is_guess: bool,
}

/// Objects and lists of them that an example does not show, since they go with another one of its members: tests of their own
/// make mistakes in them (`it::approvals::undrawn`, `it::sealing::unfit`).
const UNSHOWN: [&str; 2] = ["/compose", "/prepared"];

/// A schema, within the document that its references lead into.
#[derive(Clone, Copy)]
pub(super) struct Schema<'a> {
    document: &'a Value,
    own: &'a Value,
}

impl<'a> Schema<'a> {
    pub(super) fn new(document: &'a Value, own: &'a Value) -> Self {
        let reference = own["$ref"].as_str();
        let own = reference.map_or(own, |place| {
            document.pointer(place.trim_start_matches('#')).unwrap()
        });
        Self { document, own }
    }

    fn inner(self, name: &str) -> Self {
        Self::new(self.document, &self.own[name])
    }

    fn is(self, kind: &str) -> bool {
        self.own["type"] == kind
    }

    fn format(self) -> &'a str {
        self.own["format"].as_str().unwrap_or_default()
    }

    /// Every mistake that can be made in this body.
    pub(super) fn mistakes(self, body: &Value) -> Vec<Mistake> {
        let mut found = Vec::new();
        self.walk(body, "", &mut found);
        found
    }

    fn walk(self, body: &Value, place: &str, found: &mut Vec<Mistake>) {
        let stranger = format!("{place}/mau");
        found.push(Mistake::put(body, &stranger, json!("xanh"), false));
        for name in self.own["properties"].as_object().unwrap().keys() {
            let required = self.own["required"].as_array();
            let required = required.is_some_and(|names| names.contains(&json!(name)));
            let member = self.member(name);
            let place = format!("{place}/{name}");
            if required {
                found.push(Mistake::missing(body, &place));
            }
            for value in member.wrong_types() {
                found.push(Mistake::put(body, &place, value, false));
            }
            for value in member.wrong_values(required) {
                let is_guess = member.format() == "password";
                found.push(Mistake::put(body, &place, value, is_guess));
            }
            member.descend(body, &place, found);
        }
    }

    fn member(self, name: &str) -> Self {
        Self::new(self.document, &self.own["properties"][name])
    }

    /// Into an object, or into the objects of a list.
    fn descend(self, body: &Value, place: &str, found: &mut Vec<Mistake>) {
        if UNSHOWN.contains(&place) {
            return;
        }
        if self.is("object") {
            self.walk(body, place, found);
        } else if self.is("array") && self.inner("items").is("object") {
            self.inner("items").walk(body, &format!("{place}/0"), found);
        }
    }

    fn wrong_types(self) -> Vec<Value> {
        let mut values = vec![json!(null), json!(0.5)];
        let others = [
            ("string", json!("có")),
            ("integer", json!(7)),
            ("boolean", json!(true)),
            ("array", json!(["a"])),
            ("object", json!({"a": 1})),
        ];
        let others = others.into_iter().filter(|(kind, _)| !self.is(kind));
        values.extend(others.map(|(_, value)| value));
        if self.is("string") {
            values.push(json!("a\u{0}b"));
        }
        if self.is("array") {
            values.extend([json!([null]), json!([7]), json!([[]])]);
        }
        values
    }

    fn wrong_values(self, required: bool) -> Vec<Value> {
        match self.own["type"].as_str().unwrap() {
            "string" => self.wrong_texts(required),
            "integer" => vec![json!(0), json!(-1), json!(1_u64 << 40), json!("1")],
            "boolean" => vec![json!("true"), json!(1)],
            "array" if self.inner("items").is("string") => {
                hidden().map(|text| json!([text])).into()
            }
            _ => Vec::new(),
        }
    }

    fn wrong_texts(self, required: bool) -> Vec<Value> {
        let mut texts = vec!["x".repeat(10_000)];
        // An empty text that may be absent counts as absent.
        if required {
            texts.extend(["", "  "].map(String::from));
        }
        texts.extend(hidden().map(String::from));
        texts.extend(self.other_alphabets().iter().map(|text| (*text).to_owned()));
        texts.into_iter().map(Value::from).collect()
    }

    /// Texts that are none of those that this member may hold.
    fn other_alphabets(self) -> &'static [&'static str] {
        match self.format() {
            "uuid" => &[
                "",
                "khong-co",
                "0199a1b2-0000-7000-8000-00000000000g",
                "0199a1b2-0000-7000-8000-0000000000",
                "' OR 1=1 --",
            ],
            "date-time" => &[
                "",
                "hôm nay",
                "2027-11-23",
                "23/11/2027 08:00",
                "2027-13-01T00:00:00Z",
                "2027-11-23T08:00:00",
                "99999-01-01T00:00:00Z",
            ],
            _ if self.own["enum"].is_array() => &["", "khong-co", "KHONG_CO"],
            _ => &[],
        }
    }
}

/// Texts in which something hides: a line, a change of direction, an escape.
fn hidden() -> [&'static str; 3] {
    ["a\u{202e}b", "a\u{7}b", "\u{2066}a"]
}

impl Mistake {
    fn put(body: &Value, place: &str, value: Value, is_guess: bool) -> Self {
        let what = format!("{place} = {value:.60}");
        let mut body = body.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[name] = value;
        Self {
            place: place.to_owned(),
            body,
            what,
            is_guess,
        }
    }

    fn missing(body: &Value, place: &str) -> Self {
        let mut body = body.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).unwrap().as_object_mut();
        parent.unwrap().remove(name).unwrap();
        Self {
            place: place.to_owned(),
            body,
            what: format!("{place} missing"),
            is_guess: false,
        }
    }

    /// Whether this answer names the member, or one that holds it.
    pub(super) fn is_named_in(&self, detail: &str) -> bool {
        let names = self.place.split('/').filter(|part| !part.is_empty());
        names
            .filter(|part| *part != "0")
            .any(|name| detail.contains(name))
    }
}
