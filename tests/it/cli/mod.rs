//! `kyso` as people and scripts run it: a process of its own, against a running server.

pub(crate) mod apart;
mod coverage;
mod disputing;
mod drawing;
pub(crate) mod enrolling;
mod house;
mod importing;
mod managing;
mod online;
mod outgoing;
mod overseeing;
mod pdf;
mod signing;
mod stamping;
mod time_stamped;
mod trusting;
mod usage;
mod verifying;

use std::path::PathBuf;
use std::process::{Command, Output};

use kyso_tests::province::Account;
use kyso_tests::server::tls;
use serde_json::Value;
use tempfile::TempDir;

use crate::world::World;

/// The command line's program.
const PROGRAM: &str = env!("CARGO_BIN_EXE_kyso-under-test");

/// Somebody's terminal: a home directory, which is the working directory too.
pub(crate) struct Terminal<'a> {
    home: TempDir,
    world: &'a World,
}

impl<'a> Terminal<'a> {
    /// One where nobody has logged in yet.
    fn new(world: &'a World) -> Self {
        let home = tempfile::tempdir().unwrap();
        Self { home, world }
    }

    /// One where this person has logged in with their password, as signers do.
    fn of_signer(world: &'a World, person: &Account) -> Self {
        let terminal = Self::new(world);
        terminal.write("password", &person.password);
        let login = ["login", &person.login, "--password-file", "password"];
        terminal.done(&login);
        terminal
    }

    /// One where this person has logged in with a one-time password too, as everybody else does.
    fn of(world: &'a World, person: &Account) -> Self {
        let terminal = Self::new(world);
        terminal.write("password", &person.password);
        let login = ["login", &person.login, "--password-file", "password"];
        let login = [&login[..], &["--otp-file", "otp"]].concat();
        terminal.with_otp(person, || terminal.done(&login));
        terminal
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Puts a fresh one-time password into the file `otp`, of somebody whom no other test knows.
    fn take_otp(&self, person: &Account) {
        self.write("otp", &person.authenticator.code().unwrap());
    }

    /// Does something while a fresh one-time password of this person's lies in the file `otp`.
    fn with_otp<T>(&self, person: &Account, work: impl FnOnce() -> T) -> T {
        let work = |otp: String| {
            self.write("otp", &otp);
            work()
        };
        person.with_code(work).unwrap()
    }

    /// A command with nothing in its environment but a home: Vietnamese, since no locale says else.
    fn kyso(&self, arguments: &[&str]) -> Output {
        let site = self.world.deployment.server.site();
        self.kyso_at(&site.base_url(), arguments)
    }

    /// The same at another server.
    fn kyso_at(&self, server: &str, arguments: &[&str]) -> Output {
        self.command_at(server, arguments).output().unwrap()
    }

    /// The command, not run yet.
    fn command_at(&self, server: &str, arguments: &[&str]) -> Command {
        let authorities = self.world.deployment.server.site().path(tls::CA);
        let mut command = Command::new(PROGRAM);
        command.env_clear().env("HOME", self.home.path());
        command.current_dir(self.home.path());
        command.args(["--server", server, "--tls-ca"]);
        command.arg(authorities).args(arguments);
        command
    }

    /// Runs a command that must succeed; what it says to people.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.kyso(arguments);
        assert_eq!(code(&output), 0, "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must succeed; what it says to programs.
    fn json(&self, arguments: &[&str]) -> Value {
        let text = self.done(&[&["--json"], arguments].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {text}"))
    }

    /// Runs a command that must fail with this exit code; the word for why, and the sentence.
    fn fails(&self, exit: i32, arguments: &[&str]) -> (String, String) {
        let output = self.kyso(&[&["--json"], arguments].concat());
        assert_eq!(code(&output), exit, "{arguments:?}: {output:?}");
        why(&output)
    }

    /// `openssl` on a file with the signature beside it and the evaluation CA; whether it holds.
    fn openssl_accepts(&self, file: &str) -> bool {
        let site = self.world.deployment.server.site();
        let mut command = Command::new("openssl");
        command.args(["cms", "-verify", "-cades", "-binary", "-inform", "DER"]);
        command.args(["-purpose", "any", "-out", "/dev/null", "-CAfile"]);
        command.arg(site.path("evaluation-ca.pem"));
        command.args(["-in", &format!("{file}.p7s"), "-content", file]);
        let output = command.current_dir(self.home.path()).output().unwrap();
        output.status.success()
    }

    /// `kyso verify` on a file with the signature beside it.
    fn verify(&self, file: &str) -> Output {
        self.verify_with(file, &[])
    }

    /// The same with these options.
    fn verify_with(&self, file: &str, more: &[&str]) -> Output {
        let site = self.world.deployment.server.site();
        let authority = site.path("evaluation-ca.pem");
        let line = [
            "verify",
            file,
            "--json",
            "--ca",
            authority.to_str().unwrap(),
        ];
        self.kyso(&[&line[..], more].concat())
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// The word and the sentence of a failure under `--json`.
fn why(output: &Output) -> (String, String) {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().last().unwrap_or_default();
    let error: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{output:?}"));
    let member = |name: &str| error[name].as_str().unwrap().to_owned();
    (member("error"), member("message"))
}

/// The member `name` as text.
fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    let found = value[name].as_str();
    found.unwrap_or_else(|| panic!("no {name} in {value}"))
}
