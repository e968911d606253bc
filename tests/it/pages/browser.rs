//! A browser without a screen: it keeps cookies, sends forms as they are on the page, and follows nothing.

use std::collections::BTreeMap;

use kyso_tests::http::{Http, Reply};

/// Somebody's browser.
pub(crate) struct Browser<'a> {
    http: &'a Http,
    pub(crate) cookies: BTreeMap<String, String>,
    /// The address that a proxy says it comes from.
    pub(crate) from: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(http: &'a Http) -> Self {
        Self {
            http,
            cookies: BTreeMap::new(),
            from: "203.0.113.7".to_owned(),
        }
    }

    fn cookie(&self) -> String {
        let pairs = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn get(&mut self, path: &str) -> Reply {
        let call = self.http.get(path).header("Cookie", &self.cookie());
        let reply = call.header("X-Forwarded-For", &self.from).send().unwrap();
        self.keep(&reply);
        reply
    }

    /// Sends a form as our own page does.
    pub(crate) fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_from(self.http.base(), path, fields)
    }

    /// The same from a page of another origin.
    pub(crate) fn post_from(&mut self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let call = self.http.post(path).header("Cookie", &self.cookie());
        let call = call
            .header("X-Forwarded-For", &self.from)
            .header("Origin", origin);
        let reply = call.form(fields).send().unwrap();
        self.keep(&reply);
        reply
    }

    fn keep(&mut self, reply: &Reply) {
        let Some(set) = reply.header("set-cookie") else {
            return;
        };
        let pair = set.split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// The values of the hidden and other fields of this name on a page.
pub(crate) fn fields(page: &Reply, name: &str) -> Vec<String> {
    let text = page.text();
    let mark = format!("name=\"{name}\" value=\"");
    let parts = text.split(&mark).skip(1);
    parts
        .map(|part| part.split('"').next().unwrap_or_default().to_owned())
        .collect()
}

/// The one hidden field of this name.
pub(crate) fn field(page: &Reply, name: &str) -> String {
    let found = fields(page, name).into_iter().next();
    found.unwrap_or_else(|| panic!("no field {name} in {}", page.text()))
}
