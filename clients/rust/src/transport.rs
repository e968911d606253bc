//! One HTTP call: what is sent, and what its answer means.

use std::borrow::Cow;
use std::io::{Read, Write};
use std::time::Duration;

use kyso_api::Secret;
use kyso_api::csc::CALL_HEADER;
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::{Method, Request, Response};
use ureq::{Agent, Body, RequestExt as _, SendBody};

use crate::error::{Head, refused};
use crate::{ClientError, Options};

/// Longest answer that is read: a page of the audit log is the longest there is.
const LONGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// Least time for a call that sends a file to be sealed. The server gives it a minute to arrive, 20 seconds for a place and 40 to be read;
/// whoever gave up before would not hear how it ended.
const WITH_FILE: Duration = Duration::from_secs(150);

/// A connection to one server, as one person or one system.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    base: String,
    language: &'static str,
    pub(crate) token: Option<Secret>,
}

/// An answer that is no refusal.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The call that made what the answer holds, where it is another one's.
    pub(crate) call: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads the body; an empty one (204) is read as `null`.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        let bytes: &[u8] = if self.body.is_empty() {
            b"null"
        } else {
            &self.body
        };
        serde_json::from_slice(bytes).map_err(|error| ClientError::Unreadable(error.to_string()))
    }
}

/// A body and its content type.
pub(crate) struct Content<'c> {
    kind: Cow<'static, str>,
    bytes: Bytes<'c>,
}

enum Bytes<'c> {
    Held(Vec<u8>),
    /// Read while it is sent.
    Read(&'c mut dyn Read),
}

impl<'c> Content<'c> {
    pub(crate) fn json(value: &impl Serialize) -> Result<Self, ClientError> {
        Ok(Self::held("application/json", written(value)?))
    }

    pub(crate) fn form(value: &impl Serialize) -> Result<Self, ClientError> {
        let text = serde_urlencoded::to_string(value)
            .map_err(|error| ClientError::Configuration(error.to_string()))?;
        let kind = "application/x-www-form-urlencoded";
        Ok(Self::held(kind, text.into_bytes()))
    }

    pub(crate) const fn csv(bytes: Vec<u8>) -> Self {
        Self::held("text/csv; charset=utf-8", bytes)
    }

    /// A form whose parts are written already.
    pub(crate) fn parts(boundary: &str, body: &'c mut dyn Read) -> Self {
        Self {
            kind: format!("multipart/form-data; boundary={boundary}").into(),
            bytes: Bytes::Read(body),
        }
    }

    const fn held(kind: &'static str, bytes: Vec<u8>) -> Self {
        Self {
            kind: Cow::Borrowed(kind),
            bytes: Bytes::Held(bytes),
        }
    }
}

pub(crate) fn written(value: &impl Serialize) -> Result<Vec<u8>, ClientError> {
    serde_json::to_vec(value).map_err(|error| ClientError::Configuration(error.to_string()))
}

impl Client {
    /// Prepares to call a server; nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError::Configuration`] if the address, the authorities or the identity are unusable.
    pub fn new(options: &Options) -> Result<Self, ClientError> {
        Ok(Self {
            agent: options.agent()?,
            base: options.checked_base()?,
            language: options.language.tag(),
            token: None,
        })
    }

    /// The same, with an access token from an earlier log-in.
    #[must_use]
    pub fn with_token(mut self, token: Secret) -> Self {
        self.token = Some(token);
        self
    }

    /// The server's base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base
    }

    pub(crate) fn get<R: DeserializeOwned>(&self, path: &str) -> Result<R, ClientError> {
        self.call(Method::GET, path, &[], None)?.json()
    }

    pub(crate) fn query<R: DeserializeOwned>(
        &self,
        path: &str,
        query: &impl Serialize,
    ) -> Result<R, ClientError> {
        let query = serde_urlencoded::to_string(query)
            .map_err(|error| ClientError::Configuration(error.to_string()))?;
        if query.is_empty() {
            self.get(path)
        } else {
            self.get(&format!("{path}?{query}"))
        }
    }

    pub(crate) fn post<R: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<R, ClientError> {
        self.call(Method::POST, path, &[], Some(Content::json(body)?))?
            .json()
    }

    pub(crate) fn put<R: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<R, ClientError> {
        self.call(Method::PUT, path, &[], Some(Content::json(body)?))?
            .json()
    }

    pub(crate) fn delete(&self, path: &str) -> Result<(), ClientError> {
        self.call(Method::DELETE, path, &[], None).map(drop)
    }

    pub(crate) fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        content: Option<Content<'_>>,
    ) -> Result<Answer, ClientError> {
        answer(self.send(method, path, headers, content)?)
    }

    /// Gets what may be long and writes it down as it comes; how many bytes came.
    pub(crate) fn download(&self, path: &str, to: &mut impl Write) -> Result<u64, ClientError> {
        let mut response = self.send(Method::GET, path, &[], None)?;
        if !response.status().is_success() {
            return answer(response).map(|_| 0);
        }
        let mut body = response.body_mut().as_reader();
        let copied = std::io::copy(&mut body, to);
        copied.map_err(|error| ClientError::Unreachable(error.to_string()))
    }

    fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        content: Option<Content<'_>>,
    ) -> Result<Response<Body>, ClientError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("accept", "application/json, application/problem+json")
            .header("accept-language", self.language);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let (Some(token), false) = (&self.token, has_authorization(headers)) {
            request = request.header("authorization", format!("Bearer {}", token.expose()));
        }
        let unusable = |error: ureq::http::Error| ClientError::Configuration(error.to_string());
        let response = match content {
            Some(Content { kind, bytes }) => {
                let request = request.header("content-type", &*kind);
                match bytes {
                    Bytes::Held(bytes) => self.agent.run(request.body(bytes).map_err(unusable)?),
                    Bytes::Read(reader) => {
                        let body = SendBody::from_reader(reader);
                        let request = request.body(body).map_err(unusable)?;
                        let request = request.with_agent(&self.agent).configure();
                        request.timeout_global(self.patience()).build().run()
                    }
                }
            }
            None => self.agent.run(request.body(()).map_err(unusable)?),
        };
        response.map_err(unreached)
    }
}

impl Client {
    /// How long a call may take that sends a file.
    fn patience(&self) -> Option<Duration> {
        let usual = self.agent.config().timeouts().global;
        usual.map(|usual| usual.max(WITH_FILE))
    }
}

fn has_authorization(headers: &[(&str, &str)]) -> bool {
    headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("authorization"))
}

fn unreached(error: ureq::Error) -> ClientError {
    match error {
        ureq::Error::BadUri(why) => ClientError::Configuration(why),
        other => ClientError::Unreachable(other.to_string()),
    }
}

fn answer(mut response: Response<Body>) -> Result<Answer, ClientError> {
    let header = |name: &str| {
        response
            .headers()
            .get(name)?
            .to_str()
            .ok()
            .map(str::to_owned)
    };
    let call = header(CALL_HEADER);
    let head = Head {
        status: response.status().as_u16(),
        request_id: header("x-request-id"),
        // The server sends seconds only, never a date (RFC 9110 §10.2.3 allows both).
        retry_after: header("retry-after")
            .and_then(|text| text.parse().ok())
            .map(Duration::from_secs),
    };
    let body = response
        .body_mut()
        .with_config()
        .limit(LONGEST_ANSWER)
        .read_to_vec()
        .map_err(|error| ClientError::Unreachable(error.to_string()))?;
    if (200..300).contains(&head.status) {
        return Ok(Answer {
            status: head.status,
            call,
            body,
        });
    }
    Err(refused(head, &body))
}
