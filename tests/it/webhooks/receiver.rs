//! A system's own server: it hears calls, and answers as a test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use kyso_client::Secret;
use kyso_client::webhook::{Disbelieved, Headers, verify};
use kyso_core::{Clock, SystemClock};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

/// Longer than any wait between tries here.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a call is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// With this status.
    Status(u16),
    /// With "look there instead".
    Elsewhere,
    /// Never.
    Silence,
}

/// A call that came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) path: String,
    fields: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Heard {
    pub(crate) fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(one, _)| one == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Whether it is the server's that knows this secret, at this many seconds from now.
    pub(crate) fn verify(&self, secret: &Secret, later: u64) -> Result<(), Disbelieved> {
        let headers = Headers {
            id: self.field("webhook-id"),
            timestamp: self.field("webhook-timestamp"),
            signature: self.field("webhook-signature"),
        };
        let now = u64::try_from(SystemClock.now().as_seconds()).unwrap() + later;
        verify(secret, headers, &self.body, now, Duration::from_mins(5))
    }
}

#[derive(Default)]
struct Ear {
    heard: Vec<Heard>,
    /// What comes next; the last one stays.
    answers: Vec<Answer>,
}

type Shared = Arc<(Mutex<Ear>, Condvar)>;

/// A server on a port of its own, which ends with this process.
pub(crate) struct Receiver {
    pub(crate) origin: String,
    shared: Shared,
}

impl Receiver {
    /// In plain HTTP.
    pub(crate) fn plain(answers: &[Answer]) -> Self {
        Self::start("http", answers, |stream| Box::new(stream))
    }

    /// In HTTPS, with this chain and key, both PEM.
    pub(crate) fn tls(answers: &[Answer], chain: &Path, key: &Path) -> Self {
        let chain = CertificateDer::pem_file_iter(chain).unwrap();
        let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_file(key).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let config = Arc::new(config);
        Self::start("https", answers, move |stream| {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            Box::new(rustls::StreamOwned::new(connection, stream))
        })
    }

    fn start(
        scheme: &str,
        answers: &[Answer],
        wrap: impl Fn(TcpStream) -> Box<dyn Stream> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let ear = Ear {
            answers: answers.to_vec(),
            ..Ear::default()
        };
        let shared: Shared = Arc::new((Mutex::new(ear), Condvar::new()));
        let hearing = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (stream, hearing) = (wrap(stream), Arc::clone(&hearing));
                // A peer that does not trust the certificate breaks off: nothing was heard then.
                thread::spawn(move || hear(stream, &hearing));
            }
        });
        Self {
            origin: format!("{scheme}://127.0.0.1:{port}"),
            shared,
        }
    }

    /// Answers otherwise from now on.
    pub(crate) fn answer(&self, answer: Answer) {
        self.shared.0.lock().unwrap().answers = vec![answer];
    }

    /// What was heard so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.shared.0.lock().unwrap().heard.clone()
    }

    /// What was heard, once it is so many calls.
    pub(crate) fn wait_for(&self, calls: usize) -> Vec<Heard> {
        let (ear, more) = &*self.shared;
        let ear = ear.lock().unwrap();
        let few = |ear: &mut Ear| ear.heard.len() < calls;
        let (ear, waited) = more.wait_timeout_while(ear, PATIENCE, few).unwrap();
        assert!(!waited.timed_out(), "{} of {calls} calls", ear.heard.len());
        ear.heard.clone()
    }
}

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

fn hear(stream: Box<dyn Stream>, shared: &Shared) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let heard = read(&mut stream)?;
    let answer = {
        let mut ear = shared.0.lock().unwrap();
        ear.heard.push(heard);
        if ear.answers.len() > 1 {
            ear.answers.remove(0)
        } else {
            ear.answers[0]
        }
    };
    shared.1.notify_all();
    let status = match answer {
        Answer::Status(code) => format!("{code} X"),
        Answer::Elsewhere => "302 X\r\nlocation: /elsewhere".to_owned(),
        // Until the other end gives up.
        Answer::Silence => return stream.read_to_end(&mut Vec::new()).ok().map(drop),
    };
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    stream.get_mut().write_all(answer.as_bytes()).ok()?;
    stream.get_mut().flush().ok()
}

fn read(stream: &mut BufReader<Box<dyn Stream>>) -> Option<Heard> {
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let path = line()?.split(' ').nth(1)?.to_owned();
    let mut fields = Vec::new();
    loop {
        let field = line()?;
        let Some((name, value)) = field.split_once(':') else {
            break;
        };
        fields.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let mut heard = Heard {
        path,
        fields,
        body: Vec::new(),
    };
    heard.body = vec![0; heard.field("content-length").parse().ok()?];
    stream.read_exact(&mut heard.body).ok()?;
    Some(heard)
}
