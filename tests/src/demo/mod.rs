//! The demonstration: one province, one signature, one stamp, what is refused, and the log of it.

mod audit;
mod inbox;
mod leader;
mod narrate;
mod others;
mod outgoing;
pub mod pages;
mod paper;
mod patience;
pub mod production;
mod stamp;
mod verdict;

use std::io::{ErrorKind, Read, stdin, stdout};
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};

use crate::deployment::Deployment;
use crate::province::description::FILE;
use crate::server::Plan;
use narrate::{part, say, title};
use paper::Paper;

/// Where the server listens; `None` lets the system choose.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// Port of the API.
    pub public: Option<u16>,
    /// Port of metrics and health.
    pub internal: Option<u16>,
}

impl Ports {
    /// Whether the server could listen there, for a phone at this address: asked before it starts, since whoever else listens
    /// would answer in its place.
    fn free(self, lan: Option<IpAddr>) -> anyhow::Result<()> {
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        free(lan.unwrap_or(here), self.public, "KYSO_DEMO_PORT")?;
        free(here, self.internal, "KYSO_DEMO_INTERNAL_PORT")
    }
}

fn free(at: IpAddr, port: Option<u16>, variable: &str) -> anyhow::Result<()> {
    let Some(port) = port else {
        return Ok(());
    };
    match TcpListener::bind((at, port)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AddrInUse => anyhow::bail!(
            "port {port} is taken, perhaps by another demonstration: end that, or set {variable} to a free port"
        ),
        Err(error) => Err(error).with_context(|| {
            format!("nobody may listen on port {port} here: set {variable} to another")
        }),
    }
}

/// Runs the scenario, and leaves the server running until Ctrl-C unless `once`.
///
/// # Errors
/// If a port is taken, or a step does not hold: the error names it.
pub fn show(directory: &Path, ports: Ports, lan: Option<IpAddr>, once: bool) -> anyhow::Result<()> {
    let mut plan = Plan::new(directory, &kysod()?);
    plan.lan = lan;
    plan.asserted_seals = None;
    plan.public_port = ports.public;
    plan.internal_port = ports.internal;
    ports.free(lan)?;
    let deployment = part("Setting up", || {
        say(
            "token: SoftHSM2, which is not an HSM; certificates: an evaluation CA, without legal value",
        );
        let mut deployment = Deployment::open(plan, 0)?;
        let site = deployment.server.site();
        deployment.province.add_stamp(site)?;
        Ok(deployment)
    })?;
    introduce(&deployment);
    scenario(&deployment)?;
    if !once {
        title("The server goes on");
        inbox::tell(&deployment)?;
        wait_for_interrupt()?;
    }
    let status = deployment.server.stop()?;
    anyhow::ensure!(status.success(), "kysod ended with {status}");
    say("The server has stopped in order.");
    Ok(())
}

/// Serves a province with so many further signers until standard input is closed.
///
/// # Errors
/// If the server cannot be set up or does not stop in order.
pub fn serve(directory: &Path, signers: usize) -> anyhow::Result<()> {
    let mut deployment = Deployment::open(Plan::new(directory, &kysod()?), signers)?;
    let site = deployment.server.site();
    deployment.province.add_stamp(site)?;
    println!("ready {}", deployment.server.site().path(FILE).display());
    std::io::Write::flush(&mut stdout())?;
    stdin().read_to_end(&mut Vec::new())?;
    let status = deployment.server.stop()?;
    anyhow::ensure!(status.success(), "kysod ended with {status}");
    Ok(())
}

fn introduce(deployment: &Deployment) {
    let (server, province) = (&deployment.server, &deployment.province);
    say(&format!(
        "server:   {} (log: {})",
        server.http().base(),
        server.site().path("kysod.log").display()
    ));
    say(&format!("province: {}", province.office.name));
    say("people:   lanh-dao (leader), van-thu (records clerk), two managers, an officer");
    say(&format!(
        "accounts: {} (mode 0600)",
        server.site().path(FILE).display()
    ));
}

fn scenario(deployment: &Deployment) -> anyhow::Result<()> {
    let papers = deployment.server.site().path("ho-so");
    std::fs::create_dir_all(&papers)?;
    let decision = Paper::write(&papers, "Quyết định 12-QĐ-UBND.txt", paper::DECISION)?;
    let notice = Paper::write(&papers, "Công văn 345-UBND-NC.txt", paper::NOTICE)?;
    let province = &deployment.province;
    part("1. A leader signs a file with a one-time password", || {
        leader::sign(&province.leader, &province.credentials.leader, &decision)
    })?;
    let sessions = part("2. A document system stamps a file for the agency", || {
        let sessions = stamp::open_sessions(province)?;
        stamp::stamp(province, &notice)?;
        Ok(sessions)
    })?;
    let number = outgoing::next_number(&papers);
    let issued = part("3. An outgoing PDF: signed, numbered, sealed", || {
        outgoing::authorise(province)?;
        let issued = outgoing::issue(province, &papers, number)?;
        Ok((issued, outgoing::enclose(province, &papers, number)?))
    })?;
    let (issued, appendix) = issued;
    part("4. Programs that are not ours verify all of it", || {
        others::openssl(deployment, &decision)?;
        others::openssl(deployment, &notice)?;
        others::pyhanko(
            deployment,
            &[&decision.path, &notice.path, &issued, &appendix],
        )
    })?;
    part("5. What must not work", || {
        outgoing::taken(province, number)?;
        stamp::not_allowed(province, &notice, &sessions)?;
        leader::wrong_otp(province, &decision)
    })?;
    part("6. A leader's inbox on the pages", || inbox::fill(province))?;
    part("7. The audit log", || {
        audit::read(province)?;
        audit::verify(deployment)
    })
}

/// The program `kysod` of the same build.
fn kysod() -> anyhow::Result<PathBuf> {
    let beside = || {
        let own = std::env::current_exe()?;
        anyhow::Ok(own.parent().context("no directory")?.to_owned())
    };
    let directory = std::env::var_os("KYSO_BIN_DIR").map_or_else(beside, |path| Ok(path.into()))?;
    let program = directory.join("kysod");
    anyhow::ensure!(
        program.exists(),
        "{} is not there: build it with cargo build -p kysod",
        program.display()
    );
    Ok(program)
}

/// Ctrl-C, or the end of the terminal or of whatever else started this.
///
/// It says so only once it listens: a job in the background was started with SIGINT ignored, and one that came before
/// would be lost.
fn wait_for_interrupt() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut pressed = signal(SignalKind::interrupt())?;
        let mut end = signal(SignalKind::terminate())?;
        let mut gone = signal(SignalKind::hangup())?;
        say("Stop it with Ctrl-C. Begin anew by removing the directory.");
        tokio::select! {
            _ = pressed.recv() => {}
            _ = end.recv() => {}
            _ = gone.recv() => {}
        }
        Ok(())
    })
}
