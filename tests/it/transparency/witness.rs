//! A witness as another authority runs it: `kyso witness`, a process of its own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use kyso_evidence::key::WitnessKey;
use serde_json::Value;

pub(super) const KYSO: &str = env!("CARGO_BIN_EXE_kyso-under-test");

/// A witness, and where its key and state are.
pub(crate) struct Witness {
    home: tempfile::TempDir,
    pub(crate) key: WitnessKey,
    running: Option<Running>,
}

struct Running {
    child: Child,
    address: SocketAddr,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(home: &Path) -> Command {
    let mut command = Command::new(KYSO);
    command.env_clear().current_dir(home).arg("--json");
    command
}

impl Witness {
    /// Makes one of this name, which does not run yet.
    pub(super) fn new(name: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut init = command(home.path());
        init.args(["witness", "init", "w", "--name", name]);
        let made = init.output().unwrap();
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        Self {
            key: made["key"].as_str().unwrap().parse().unwrap(),
            home,
            running: None,
        }
    }

    /// Has it witness the log of this key; where it is.
    pub(crate) fn run(&mut self, log: &str, at: Option<SocketAddr>) -> SocketAddr {
        let listen = at.map_or_else(|| "127.0.0.1:0".to_owned(), |at| at.to_string());
        let mut serve = command(self.home.path());
        serve.args(["witness", "serve", "w", "--listen", &listen, "--log", log]);
        let mut child = serve.stdout(Stdio::piped()).spawn().unwrap();
        let says = serde_json::Deserializer::from_reader(child.stdout.take().unwrap());
        let says: Value = says.into_iter().next().unwrap().unwrap();
        let address = says["address"].as_str().unwrap().parse().unwrap();
        self.running = Some(Running { child, address });
        address
    }

    /// Ends it; what it knows stays. Where it was.
    pub(crate) fn stop(&mut self) -> SocketAddr {
        self.running.take().unwrap().address
    }

    /// What it knows.
    pub(super) fn state(&self) -> PathBuf {
        self.home.path().join("w")
    }
}
