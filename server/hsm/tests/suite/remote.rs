//! A token behind `p11-kit server`, which can be killed and stopped, and whose answers can be broken off.

use std::fs;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kyso_hsm::{HsmObserver, Token};
use kyso_hsm_config::{Lanes, Profile};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::carry::carry;
use crate::support::{Bench, block_on, child, finish, profile, softhsm_conf, variable};

const SERVER: &str = "KYSO_TEST_P11_SOCKET";

/// A `p11-kit server` with the token behind it. It forks for each client, so it has a process
/// group of its own, and signals go to all of it.
pub(crate) struct Server(Child);

impl Server {
    pub(crate) fn start(module: &Path, socket: &Path) -> Self {
        drop(fs::remove_file(socket));
        let mut child = Command::new("p11-kit")
            .args(["server", "--foreground", "--provider"])
            .arg(module)
            .arg("--name")
            .arg(socket)
            .arg("pkcs11:token=kyso")
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        // It says its address when it listens.
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        Self(child)
    }

    pub(crate) fn signal(&self, name: &str) {
        let group = format!("-{}", self.0.id());
        let status = Command::new("kill").args([name, "--", &group]).status();
        assert!(status.unwrap().success());
    }

    pub(crate) fn kill(self) {
        drop(self);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal("-KILL");
        drop(self.0.wait());
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Away,
    Reopened,
    Replaced,
    PinRefused,
}

#[derive(Debug)]
struct Events(UnboundedSender<Event>);

impl HsmObserver for Events {
    fn away(&self) {
        drop(self.0.send(Event::Away));
    }
    fn reopened(&self) {
        drop(self.0.send(Event::Reopened));
    }
    fn pin_refused(&self) {
        drop(self.0.send(Event::PinRefused));
    }
    fn lane_replaced(&self) {
        drop(self.0.send(Event::Replaced));
    }
}

/// What a test here is given.
pub(crate) struct Stand {
    pub(crate) bench: Bench,
    /// Where the server listens, behind what the client connects to.
    pub(crate) socket: PathBuf,
    pub(crate) server: Server,
    pub(crate) token: Token,
    pub(crate) events: UnboundedReceiver<Event>,
    /// Ends the connection in the middle of the next answer.
    pub(crate) break_off: Arc<AtomicBool>,
}

impl Stand {
    fn new(socket: PathBuf, probe_ms: u32) -> Self {
        let (bench, break_off) = (Bench::made(), Arc::default());
        let client = socket;
        let socket = client.with_extension("server");
        let server = Server::start(&bench.profile.module, &socket);
        carry(&client, &socket, &break_off);
        let (to, events) = unbounded_channel();
        let observer = Arc::new(Events(to));
        let token = Token::open_observed(
            &remote(&bench.profile, probe_ms),
            bench.pin.clone(),
            observer,
        );
        Self {
            bench,
            socket,
            server,
            token: token.unwrap(),
            events,
            break_off,
        }
    }
}

/// The same token through the socket, given up soon.
fn remote(local: &Profile, probe_ms: u32) -> Profile {
    Profile {
        module: PathBuf::from("/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so"),
        lanes: hasty(probe_ms),
        ..local.clone()
    }
}

fn hasty(probe_ms: u32) -> Lanes {
    profile(&format!(
        "module = '/none'\ntoken.label = 'none'\npin.file = '/none'\nlanes.count = 2\n\
         lanes.call_limit_ms = 2000\nlanes.probe_ms = {probe_ms}",
    ))
    .lanes
}

/// Runs `body` in a child process whose `p11-kit-client` module talks to `socket`.
pub(crate) fn with_server(test: &str, body: impl AsyncFnOnce(Stand)) {
    with_server_probed(test, 100, body);
}

/// The same, on a token that is asked whether it is there every `probe_ms` milliseconds.
pub(crate) fn with_server_probed(test: &str, probe_ms: u32, body: impl AsyncFnOnce(Stand)) {
    let Some(socket) = variable(SERVER) else {
        return run_child(test);
    };
    block_on(body(Stand::new(socket.into(), probe_ms)));
}

fn run_child(test: &str) {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("p11");
    let mut child = child(test);
    child.env(SERVER, &socket);
    child.env("SOFTHSM2_CONF", softhsm_conf(directory.path()));
    child.env(
        "P11_KIT_SERVER_ADDRESS",
        format!("unix:path={}", socket.display()),
    );
    finish(test, &mut child);
}

pub(crate) async fn wait_for(events: &mut UnboundedReceiver<Event>, event: Event) {
    while events.recv().await.unwrap() != event {}
}
