//! A token that can be taken away.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::world::until;

/// The token behind a socket, in a process that can be killed.
pub(super) struct Remote {
    child: Child,
    directory: PathBuf,
    socket: PathBuf,
}

impl Remote {
    /// Where the server's module looks for it.
    pub(super) fn start(directory: &Path) -> Self {
        Self::at(directory, "p11")
    }

    pub(super) fn at(directory: &Path, socket: &str) -> Self {
        let (directory, socket) = (directory.to_owned(), directory.join(socket));
        Self {
            child: listen(&directory, &socket),
            directory,
            socket,
        }
    }

    /// Starts it again, at the same place.
    pub(super) fn come_back(&mut self) {
        self.child = listen(&self.directory, &self.socket);
    }

    /// Kills the server and the process that serves the connection.
    pub(super) fn vanish(&mut self) {
        let children = Command::new("pgrep")
            .args(["-P", &self.child.id().to_string()])
            .output()
            .unwrap();
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        for child in String::from_utf8(children.stdout).unwrap().lines() {
            let _ = Command::new("kill").args(["-KILL", child]).status();
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.vanish();
        }
    }
}

fn listen(directory: &Path, socket: &Path) -> Child {
    let _ = std::fs::remove_file(socket);
    let child = Command::new("p11-kit")
        .args([
            "server",
            "--foreground",
            "--provider",
            "/usr/lib/softhsm/libsofthsm2.so",
            "--name",
        ])
        .arg(socket)
        .arg("pkcs11:")
        .env("SOFTHSM2_CONF", directory.join("softhsm2.conf"))
        .env("XDG_RUNTIME_DIR", directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until(|| socket.exists());
    child
}
