//! A time-stamp authority that answers as a test says, when the test lets it.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// Longer than any wait between tries here.
const PATIENCE: Duration = Duration::from_secs(90);

/// How a query is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Not at all: the connection is closed.
    Closed,
    /// By somebody whom nobody trusts.
    Foreign,
    /// With bytes that are no answer.
    Garbage,
    /// With the stamp of something else.
    OtherImprint,
    /// As if to an earlier query.
    OtherNonce,
    /// With a refusal (`PKIStatus` 2).
    Refused,
    /// As it should be.
    Right,
    /// With this status of HTTP.
    Status(u16),
}

#[derive(Default)]
struct Desk {
    queries: Vec<Vec<u8>>,
    /// What comes next; after the last everything is right.
    answers: VecDeque<Answer>,
    /// Nobody is answered meanwhile.
    shut: bool,
}

type Shared = Arc<(Mutex<Desk>, Condvar)>;

/// An authority on a port of its own, which ends with this process.
pub(crate) struct Authority {
    pub(super) url: String,
    own: Arc<Stamper>,
    shared: Shared,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Shared::default();
        let own = Arc::new(Stamper::new());
        let foreign = Arc::new(Stamper::new());
        let (hearing, stamping) = (Arc::clone(&shared), Arc::clone(&own));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (shared, own) = (Arc::clone(&hearing), Arc::clone(&stamping));
                let foreign = Arc::clone(&foreign);
                // A caller that has gone is not answered.
                thread::spawn(move || serve(stream, &shared, &own, &foreign));
            }
        });
        Self {
            url: format!("http://127.0.0.1:{port}/tsa"),
            own,
            shared,
        }
    }

    /// The certificate that is to be trusted, PEM.
    pub(crate) fn root(&self) -> PathBuf {
        self.own.path("root.pem")
    }

    /// Answers so from now on, in this order, and rightly then.
    pub(super) fn answer(&self, answers: &[Answer]) {
        self.shared.0.lock().unwrap().answers = answers.iter().copied().collect();
    }

    /// Lets everybody wait, or nobody any more.
    pub(crate) fn shut(&self, shut: bool) {
        self.shared.0.lock().unwrap().shut = shut;
        self.shared.1.notify_all();
    }

    /// The queries so far.
    pub(super) fn queries(&self) -> Vec<Vec<u8>> {
        self.shared.0.lock().unwrap().queries.clone()
    }

    /// The queries, once there are so many more than `before`.
    pub(super) fn wait_for(&self, before: usize, more: usize) -> Vec<Vec<u8>> {
        let (desk, changed) = &*self.shared;
        let few = |desk: &mut Desk| desk.queries.len() < before + more;
        let desk = desk.lock().unwrap();
        let (desk, waited) = changed.wait_timeout_while(desk, PATIENCE, few).unwrap();
        assert!(!waited.timed_out(), "{} queries", desk.queries.len());
        desk.queries.clone()
    }

    /// What `openssl ts -verify` says of a token over these bytes.
    pub(super) fn accepts(&self, token: &[u8], data: &[u8]) -> bool {
        self.own.accepts(token, data)
    }
}

fn serve(stream: TcpStream, shared: &Shared, own: &Stamper, foreign: &Stamper) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let query = read(&mut stream)?;
    let answer = {
        let mut desk = shared.0.lock().unwrap();
        desk.queries.push(query.clone());
        shared.1.notify_all();
        let mut desk = shared.1.wait_while(desk, |desk| desk.shut).unwrap();
        desk.answers.pop_front().unwrap_or(Answer::Right)
    };
    let (status, body) = match answer {
        Answer::Closed => return None,
        Answer::Foreign => (200, foreign.answer(&query)),
        Answer::Garbage => (200, b"<html>".to_vec()),
        Answer::OtherImprint => (200, own.answer(&changed(&query, 0))),
        Answer::OtherNonce => (200, own.answer(&changed(&query, 34))),
        Answer::Refused => (200, b"\x30\x05\x30\x03\x02\x01\x02".to_vec()),
        Answer::Right => (200, own.answer(&query)),
        Answer::Status(status) => (status, Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/timestamp-reply\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    let stream = stream.get_mut();
    stream.write_all(&[head.as_bytes(), &body].concat()).ok()?;
    stream.flush().ok()
}

/// The query with one bit changed, so far behind the start of its SHA-256 digest: the nonce follows, with
/// its tag and length.
fn changed(query: &[u8], behind: usize) -> Vec<u8> {
    let start = query.windows(2).position(|two| two == [4, 32]).unwrap() + 2;
    let mut query = query.to_vec();
    *query
        .get_mut(start + behind + usize::from(behind > 0))
        .unwrap() ^= 1;
    query
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let (mut length, mut fit) = (None, false);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            match line.trim_end() {
                "" => break,
                _ => continue,
            }
        };
        match name.to_lowercase().as_str() {
            "content-length" => length = value.parse().ok(),
            "content-type" => fit = value == "application/timestamp-query",
            _ => {}
        }
    }
    let mut body = vec![0; length?];
    stream.read_exact(&mut body).ok()?;
    fit.then_some(body)
}

/// A root, an authority below it, and `openssl ts`.
struct Stamper {
    folder: TempDir,
    turn: Mutex<()>,
}

const CONFIGURATION: &str = "[tsa]\ndefault_tsa = here\n[here]\nserial = serial\nsigner_cert = tsa.pem\n\
    certs = tsa.pem\nsigner_key = tsa.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\n\
    digests = sha256, sha384, sha512\naccuracy = secs:1\nordering = yes\ntsa_name = yes\n\
    ess_cert_id_chain = no\ness_cert_id_alg = sha256\n";

const EXTENSIONS: &str = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
    extendedKeyUsage=critical,timeStamping\n";

impl Stamper {
    fn new() -> Self {
        let made = Self {
            folder: tempfile::tempdir().unwrap(),
            turn: Mutex::default(),
        };
        for (name, text) in [
            ("ts.conf", CONFIGURATION),
            ("ext", EXTENSIONS),
            ("serial", "01\n"),
        ] {
            std::fs::write(made.path(name), text).unwrap();
        }
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
        made.must(&format!(
            "req -x509 {key} -keyout root.key -out root.pem -days 3650 -subj /CN=Root \
             -addext keyUsage=critical,keyCertSign"
        ));
        made.must(&format!(
            "req {key} -keyout tsa.key -out tsa.csr -subj /CN=TSA"
        ));
        made.must(
            "x509 -req -in tsa.csr -CA root.pem -CAkey root.key -out tsa.pem -days 3000 -extfile ext",
        );
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &str) -> (bool, String) {
        let mut openssl = Command::new("openssl");
        let openssl = openssl.args(arguments.split_ascii_whitespace());
        let output = openssl.current_dir(self.folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    }

    fn must(&self, arguments: &str) {
        let (ended_well, said) = self.run(arguments);
        assert!(ended_well, "openssl {arguments}: {said}");
    }

    fn answer(&self, query: &[u8]) -> Vec<u8> {
        let _turn = self.turn.lock().unwrap();
        std::fs::write(self.path("query"), query).unwrap();
        self.must("ts -reply -config ts.conf -section here -queryfile query -out answer");
        std::fs::read(self.path("answer")).unwrap()
    }

    fn accepts(&self, token: &[u8], data: &[u8]) -> bool {
        let _turn = self.turn.lock().unwrap();
        std::fs::write(self.path("token"), token).unwrap();
        std::fs::write(self.path("data"), data).unwrap();
        self.run("ts -verify -token_in -in token -data data -CAfile root.pem")
            .0
    }
}
