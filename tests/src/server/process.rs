//! The server's process: started, asked whether it is ready, stopped or killed.

use std::fs::File;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::Site;
use crate::http::{Http, Witness};

/// How many lines of the log of a server whose test fails are shown.
const TOLD: usize = 60;
/// In a line that says no more than that a call was answered, of which there may be thousands.
const ACCESS: &str = r#""message":"request""#;

/// A running server; it is killed when this value goes.
#[derive(Debug)]
pub struct Server {
    child: Child,
    site: Site,
    http: Http,
}

impl Server {
    /// Starts it and waits until it says that it is ready.
    ///
    /// # Errors
    /// If it ends instead, or is not ready within a minute: the error shows its log.
    pub fn start(site: &Site) -> anyhow::Result<Self> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(site.path("kysod.log"))?;
        let child = site
            .command(&["serve"])
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("kysod cannot be started")?;
        let mut server = Self {
            child,
            http: Http::new(&site.base_url(), &site.ca()?)?,
            site: site.clone(),
        };
        server.wait_until_ready(Duration::from_mins(1))?;
        Ok(server)
    }

    /// Its API.
    pub const fn http(&self) -> &Http {
        &self.http
    }

    /// Has somebody look on at what its API is asked and answers.
    pub fn watch(&mut self, witness: Witness) {
        self.http = self.http.clone().witnessed_by(witness);
    }

    /// Its deployment.
    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.site.path("kysod.log")).unwrap_or_default()
    }

    /// Waits until `/readyz` answers 200.
    ///
    /// # Errors
    /// If the process ends or the time runs out.
    pub fn wait_until_ready(&mut self, at_most: Duration) -> anyhow::Result<()> {
        let internal = Http::new(&self.site.internal_url(), &self.site.ca()?)?;
        let start = Instant::now();
        while start.elapsed() < at_most {
            if let Some(status) = self.child.try_wait()? {
                bail!("kysod ended with {status}:\n{}", self.log());
            }
            if internal
                .get("/readyz")
                .send()
                .is_ok_and(|reply| reply.status == 200)
            {
                return Ok(());
            }
            pause();
        }
        bail!("kysod was not ready after {at_most:?}:\n{}", self.log())
    }

    /// SIGKILL: no chance to tidy up.
    ///
    /// # Errors
    /// If the process is not ours any more.
    pub fn kill(mut self) -> anyhow::Result<Site> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(self.site.clone())
    }

    /// SIGTERM: it drains and ends.
    ///
    /// # Errors
    /// If it does not end within half a minute.
    pub fn stop(mut self) -> anyhow::Result<ExitStatus> {
        signal(self.id(), "TERM")?;
        self.ended(Duration::from_secs(30))
    }

    /// Waits until it has ended, whatever ends it.
    ///
    /// # Errors
    /// If it does not in this time.
    pub fn ended(&mut self, at_most: Duration) -> anyhow::Result<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < at_most {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            pause();
        }
        bail!("kysod did not stop:\n{}", self.log())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let told = log.lines().filter(|line| !line.contains(ACCESS));
            let told: Vec<&str> = told.collect();
            let from = told.len().saturating_sub(TOLD);
            eprintln!("the server's log ends with:\n{}", told[from..].join("\n"));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(process: u32, name: &str) -> anyhow::Result<()> {
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .arg(process.to_string())
        .status()?;
    anyhow::ensure!(status.success(), "kill -{name} {process}: {status}");
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process has no event to wait for"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(25));
}
