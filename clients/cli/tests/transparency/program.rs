//! The program, once for a command and once as a witness that runs; and what speaks HTTP to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::time::Duration;

use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::key::WitnessKey;
use kyso_evidence::note::NoteSignature;
use serde_json::Value;

use crate::log::Log;

/// A directory of its own for each test.
pub(crate) struct Desk(tempfile::TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kyso"));
        command
            .env_clear()
            .env("LANG", "en_GB.UTF-8")
            .current_dir(self.0.path())
            .args(line.split_whitespace());
        command
    }

    pub(crate) fn kyso(&self, line: &str) -> Said {
        let output = self.command(line).output().unwrap();
        Said(output)
    }

    /// Starts a witness that must not come to listen.
    pub(crate) fn serve_in_vain(&self, line: &str) -> Said {
        let mut child = self
            .command(line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut says = child.stdout.take().unwrap();
        let listens = says.read(&mut [0; 1]).unwrap() > 0;
        if listens {
            child.kill().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        assert!(!listens, "a witness that should not listens: {line}");
        Said(output)
    }

    /// Makes a witness in a directory of that name.
    pub(crate) fn witness(&self, name: &str) -> WitnessKey {
        let said = self.kyso(&format!("witness init {name} --name {name}.example"));
        assert_eq!(said.code(), 0, "{said:?}");
        said.out().trim_end().parse().unwrap()
    }

    /// Has a witness that was made witness these logs.
    pub(crate) fn serve(&self, name: &str, logs: &[&Log]) -> Running {
        let logs = logs.iter().map(|log| format!(" --log {}", log.key()));
        let logs: String = logs.collect();
        let line = format!("--json witness serve {name} --listen 127.0.0.1:0{logs}");
        let mut child = self
            .command(&line)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let says = serde_json::Deserializer::from_reader(child.stdout.take().unwrap());
        let says: Value = says.into_iter().next().unwrap().unwrap();
        Running {
            address: says["address"].as_str().unwrap().parse().unwrap(),
            key: says["key"].as_str().unwrap().parse().unwrap(),
            events: BufReader::new(child.stderr.take().unwrap()),
            child,
        }
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Said(Output);

impl Said {
    pub(crate) fn code(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    pub(crate) fn err(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }
}

/// A witness that runs, until it is killed or dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) key: WitnessKey,
    events: BufReader<ChildStderr>,
    child: Child,
}

impl Running {
    pub(crate) fn add(&self, request: &str) -> Answer {
        add(self.address, request)
    }

    /// Has a checkpoint cosigned that must be.
    pub(crate) fn cosign(&self, log: &Log, old: u64, onto: &mut SignedCheckpoint) {
        let answer = self.add(&log.request(old));
        assert_eq!(answer.status, 200, "{answer:?}");
        let lines = NoteSignature::parse_lines(answer.body.as_bytes()).unwrap();
        let [line]: [NoteSignature; 1] = lines.try_into().unwrap();
        assert!(onto.add(&self.key, line).unwrap() > 1_700_000_000);
    }

    /// The size that it knows of that log, which it says to whoever does not know it.
    pub(crate) fn size(&self, log: &Log) -> u64 {
        let probe = log.request(0);
        let answer = self.add(&probe);
        assert_eq!(answer.status, 409, "{answer:?}");
        answer.size()
    }

    /// The next thing that it says on standard error.
    pub(crate) fn event(&mut self) -> Value {
        let mut line = String::new();
        self.events.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// SIGKILL: nothing of it runs any more.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The size that a 409 says, in the one form that it has.
    pub(crate) fn size(&self) -> u64 {
        assert!(self.head.contains("\r\ncontent-type: text/x.tlog.size\r\n"));
        let size = self.body.strip_suffix('\n').unwrap();
        size.parse().unwrap()
    }
}

pub(crate) fn add(address: SocketAddr, request: &str) -> Answer {
    let length = request.len();
    let head = format!("POST /add-checkpoint HTTP/1.1\r\ncontent-length: {length}");
    ask(address, &head, request).unwrap()
}

/// Sends a request whose head lacks its end only; none if there was no whole answer.
pub(crate) fn ask(address: SocketAddr, head: &str, body: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!("{head}\r\nhost: witness\r\nconnection: close\r\n\r\n");
    // Who is refused early may not be read to the end.
    stream.set_read_timeout(Some(Duration::from_mins(1))).ok()?;
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    let text = String::from_utf8(text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer {
        status,
        head: format!("{}\r\n", head.to_lowercase()),
        body: body.to_owned(),
    })
}
