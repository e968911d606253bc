//! The server's API as any program sees it: requests and replies as they are on the wire, so that a
//! test can send what no typed client would.

use std::sync::Arc;

use anyhow::{Context, bail};
use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// Sees each request with the reply to it.
pub type Witness = fn(&Call<'_>, &Reply);

/// Where to, and whom to trust.
#[derive(Debug, Clone)]
pub struct Http {
    agent: ureq::Agent,
    base: String,
    witness: Option<Witness>,
}

/// A request under construction.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    http: &'a Http,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Header fields.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Http {
    /// A client of the server at `base` (no slash at its end) that trusts the CA in `ca`, PEM.
    ///
    /// # Errors
    /// If `ca` holds no certificate.
    pub fn new(base: &str, ca: &str) -> anyhow::Result<Self> {
        Self::with_certificate(base, ca, None)
    }

    /// The same with a TLS client certificate and its key, both PEM.
    ///
    /// # Errors
    /// If the PEM cannot be read.
    pub fn with_certificate(
        base: &str,
        ca: &str,
        own: Option<(&str, &str)>,
    ) -> anyhow::Result<Self> {
        let own = own
            .map(|(certificate, key)| {
                let certificate = Certificate::from_pem(certificate.as_bytes())?;
                let key = PrivateKey::from_pem(key.as_bytes())?;
                anyhow::Ok(ClientCert::new_with_certs(&[certificate], key))
            })
            .transpose()?;
        let roots = RootCerts::new_with_certs(&[Certificate::from_pem(ca.as_bytes())?]);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(roots)
            .client_cert(own);
        let agent = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .proxy(None)
            .build()
            .into();
        Ok(Self {
            agent,
            base: base.to_owned(),
            witness: None,
        })
    }

    /// The same with somebody who looks on.
    #[must_use]
    pub fn witnessed_by(self, witness: Witness) -> Self {
        Self {
            witness: Some(witness),
            ..self
        }
    }

    /// The URL that requests go to.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A request with any verb.
    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        Call {
            http: self,
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// A GET.
    pub fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    /// A POST.
    pub fn post(&self, path: &str) -> Call<'_> {
        self.call(Method::POST, path)
    }
}

impl Call<'_> {
    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(self, value: &Value) -> Self {
        self.bytes("application/json", value.to_string())
    }

    /// Sets a form.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let pairs = fields
            .iter()
            .map(|(name, value)| format!("{}={}", percent_encoded(name), percent_encoded(value)));
        let body = pairs.collect::<Vec<_>>().join("&");
        self.bytes("application/x-www-form-urlencoded", body)
    }

    /// Sets any body with any content type.
    #[must_use]
    pub fn bytes(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("Content-Type", content_type)
    }

    /// Sets any body without saying what type it has.
    #[must_use]
    pub fn untyped(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Its verb, its path with the query, and its body.
    pub fn sent(&self) -> (&Method, &str, &[u8]) {
        (&self.method, &self.path, &self.body)
    }

    /// Sends it.
    ///
    /// # Errors
    /// If there is no reply at all; a status of 400 or more is a reply.
    pub fn send(self) -> anyhow::Result<Reply> {
        let reply = self.answer()?;
        if let Some(witness) = self.http.witness {
            witness(&self, &reply);
        }
        Ok(reply)
    }

    fn answer(&self) -> anyhow::Result<Reply> {
        let url = format!("{}{}", self.http.base, self.path);
        let mut request = Request::builder().method(self.method.clone()).uri(url);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        // ureq refuses a body on verbs that have none by definition, even an empty one.
        let reply = if self.body.is_empty() && self.method != Method::POST {
            self.http.agent.run(request.body(())?)
        } else {
            self.http.agent.run(request.body(&self.body[..])?)
        };
        let mut reply = reply.with_context(|| format!("{} {}", self.method, self.path))?;
        Ok(Reply {
            status: reply.status().as_u16(),
            headers: reply.headers().clone(),
            body: reply
                .body_mut()
                .with_config()
                .limit(1 << 26)
                .read_to_vec()?,
        })
    }

    /// Sends it and wants a status from 200 to 299.
    ///
    /// # Errors
    /// If there is no reply, or another status: the error shows the body.
    pub fn done(self) -> anyhow::Result<Reply> {
        let asked = format!("{} {}", self.method, self.path);
        let reply = self.send()?;
        if (200..300).contains(&reply.status) {
            return Ok(reply);
        }
        bail!("{asked}: {} {}", reply.status, reply.text())
    }
}

impl Reply {
    /// The body as JSON; `null` if it is not.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header field.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The text in this member of the body; a path as `/person/id`, or a name.
    ///
    /// # Errors
    /// If it is not there.
    pub fn member(&self, name: &str) -> anyhow::Result<String> {
        let json = self.json();
        let found = if name.starts_with('/') {
            json.pointer(name)
        } else {
            json.get(name)
        };
        let text = found.and_then(Value::as_str).map(str::to_owned);
        text.with_context(|| format!("no {name} in {}", self.text()))
    }
}

/// `application/x-www-form-urlencoded` (WHATWG URL §5), every character that could matter escaped.
pub fn percent_encoded(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes()
        .map(|byte| {
            if plain(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn escapes_what_a_form_would_change() {
        assert_eq!(percent_encoded("a+b /=é"), "a%2Bb%20%2F%3D%C3%A9");
    }
}
