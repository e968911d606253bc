//! A browser without a screen: it keeps cookies, sends forms as they are on the page, and follows nothing.

use std::cell::RefCell;
use std::collections::BTreeMap;

use kyso_tests::http::{Http, Reply};
use kyso_tests::province::Account;

/// The cookie of a log-in.
const SESSION: &str = "__Host-kyso";

/// Somebody's browser.
pub(crate) struct Browser<'a> {
    http: &'a Http,
    cookies: RefCell<BTreeMap<String, String>>,
    /// The address that a proxy says it comes from.
    from: String,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(http: &'a Http) -> Self {
        Self {
            http,
            cookies: RefCell::default(),
            from: "203.0.113.7".to_owned(),
        }
    }

    /// One in which somebody logged in on the page without a one-time password.
    pub(crate) fn by_password(http: &'a Http, account: &Account) -> Self {
        let browser = Self::new(http);
        let sent = [("login", &*account.login), ("password", &*account.password)];
        let entered = browser.post("/ui/login", &sent);
        assert_eq!(entered.status, 303, "{}", entered.text());
        browser
    }

    /// One with the log-in, by one-time password, that all tests share which look as this person.
    pub(crate) fn of(http: &'a Http, account: &Account) -> Self {
        let browser = Self::new(http);
        let cookie = account.on_pages(|otp| {
            let fields = [
                ("login", account.login.as_str()),
                ("password", account.password.as_str()),
                ("otp", otp.as_str()),
                ("next", ""),
            ];
            let entered = browser.post("/ui/login", &fields);
            assert_eq!(entered.status, 303, "{}", entered.text());
            browser.log_in().unwrap()
        });
        let cookie = (SESSION.to_owned(), cookie.unwrap());
        browser.cookies.borrow_mut().extend([cookie]);
        browser
    }

    /// Another browser, elsewhere, with this one's cookies.
    pub(crate) fn copied_to(&self, from: &str) -> Self {
        Self {
            http: self.http,
            cookies: self.cookies.clone(),
            from: from.to_owned(),
        }
    }

    /// The cookie of a log-in.
    pub(crate) fn log_in(&self) -> Option<String> {
        self.cookies.borrow().get(SESSION).cloned()
    }

    fn cookie(&self) -> String {
        let cookies = self.cookies.borrow();
        let pairs = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        let call = self.http.get(path).header("Cookie", &self.cookie());
        let reply = call.header("X-Forwarded-For", &self.from).send().unwrap();
        self.keep(&reply);
        reply
    }

    /// Follows a link that stands on another site.
    pub(crate) fn led_to(&self, path: &str) -> Reply {
        let call = self.http.get(path).header("Cookie", &self.cookie());
        let call = call
            .header("X-Forwarded-For", &self.from)
            .header("Sec-Fetch-Site", "cross-site");
        call.send().unwrap()
    }

    /// Sends a form as our own page does.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.post_from(self.http.base(), path, fields)
    }

    /// The same from a page of another origin.
    pub(crate) fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let call = self.http.post(path).header("Cookie", &self.cookie());
        let call = call
            .header("X-Forwarded-For", &self.from)
            .header("Origin", origin);
        let reply = call.form(fields).send().unwrap();
        self.keep(&reply);
        reply
    }

    /// Sends a form with a file, as a browser puts it together (RFC 7578), of the page at `from`.
    pub(crate) fn send_file(
        &self,
        from: &str,
        fields: &[(&str, &str)],
        (name, file): (&str, &[u8]),
    ) -> Reply {
        let html = self.page(from);
        let csrf = values(&html, "csrf").remove(0);
        let mut body = Vec::new();
        for (name, value) in [("csrf", csrf.as_str())].iter().chain(fields) {
            let head =
                format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        let head = format!(
            "--limit\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n"
        );
        body.extend([head.as_bytes(), file, b"\r\n--limit--\r\n"].concat());
        let call = self.http.post(from).header("Cookie", &self.cookie());
        let call = call
            .header("X-Forwarded-For", &self.from)
            .header("Origin", self.http.base());
        let call = call.bytes("multipart/form-data; boundary=limit", body);
        call.send().unwrap()
    }

    /// The page, which must be there.
    pub(crate) fn page(&self, path: &str) -> String {
        let reply = self.get(path);
        assert_eq!(reply.status, 200, "{path}: {}", reply.text());
        let policy = reply.header("content-security-policy");
        assert_eq!(policy, Some(kyso_web::CONTENT_SECURITY_POLICY), "{path}");
        reply.text()
    }

    /// The page, and each that its link to the next one leads to.
    pub(crate) fn every_page(&self, path: &str) -> Vec<String> {
        let mut pages = vec![self.page(path)];
        while let Some(next) = pages.last().and_then(|page| next(page)) {
            assert!(pages.len() < 100, "{path} leads on and on, to {next}");
            pages.push(self.page(&next));
        }
        pages
    }

    /// Sends a form of the page at `from`, with what is hidden in it.
    pub(crate) fn send(&self, from: &str, to: &str, fields: &[(&str, &str)]) -> Reply {
        let html = self.page(from);
        assert!(html.contains(&format!("action=\"{to}\"")), "{from}: {html}");
        let csrf = values(&html, "csrf").remove(0);
        let fields: Vec<_> = std::iter::once(("csrf", csrf.as_str()))
            .chain(fields.iter().copied())
            .collect();
        self.post(to, &fields)
    }

    fn keep(&self, reply: &Reply) {
        let Some(set) = reply.header("set-cookie") else {
            return;
        };
        let pair = set.split(';').next().unwrap_or_default();
        if let Some((name, value)) = pair.split_once('=') {
            self.cookies
                .borrow_mut()
                .insert(name.to_owned(), value.to_owned());
        }
    }
}

/// Where the link to the next page of a list leads.
fn next(page: &str) -> Option<String> {
    let (before, _) = page.split_once("\" rel=\"next\"")?;
    let link = before.rsplit('"').next()?;
    Some(link.replace("&#38;", "&"))
}

/// The values of the hidden and other fields of this name on a page.
pub(crate) fn fields(page: &Reply, name: &str) -> Vec<String> {
    values(&page.text(), name)
}

fn values(html: &str, name: &str) -> Vec<String> {
    let mark = format!("name=\"{name}\" value=\"");
    let parts = html.split(&mark).skip(1);
    parts
        .map(|part| part.split('"').next().unwrap_or_default().to_owned())
        .collect()
}

/// The one hidden field of this name.
pub(crate) fn field(page: &Reply, name: &str) -> String {
    let found = fields(page, name).into_iter().next();
    found.unwrap_or_else(|| panic!("no field {name} in {}", page.text()))
}
