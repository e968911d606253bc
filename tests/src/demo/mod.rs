//! The demonstration: one province, one signature, one stamp, what is refused, and the log of it.

mod audit;
mod leader;
mod narrate;
mod others;
mod paper;
mod patience;
mod stamp;

use std::io::{Read, stdin, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::deployment::Deployment;
use crate::province::description::FILE;
use crate::server::Plan;
use narrate::{say, title};
use paper::Paper;

/// Port of the API.
const PUBLIC_PORT: u16 = 8443;
/// Port of metrics and health.
const INTERNAL_PORT: u16 = 9443;

/// Runs the scenario, and leaves the server running until Ctrl-C unless `once`.
///
/// # Errors
/// If a step does not hold.
pub fn show(directory: &Path, once: bool) -> anyhow::Result<()> {
    let mut plan = Plan::new(directory, &kysod()?);
    plan.public_port = Some(PUBLIC_PORT);
    plan.internal_port = Some(INTERNAL_PORT);
    title("Setting up");
    say(
        "token: SoftHSM2, which is not an HSM; certificates: an evaluation CA, without legal value",
    );
    let deployment = Deployment::open(plan, 0)?;
    introduce(&deployment);
    scenario(&deployment)?;
    if !once {
        title("The server goes on");
        say("Stop it with Ctrl-C. Begin anew by removing the directory.");
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
    let deployment = Deployment::open(Plan::new(directory, &kysod()?), signers)?;
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
    title("1. A leader signs a file with a one-time password");
    leader::sign(&deployment.province, &decision)?;
    title("2. A document system stamps a file for the agency");
    let session = stamp::open_session(&deployment.province)?;
    stamp::stamp(&deployment.province, &notice)?;
    title("3. Programs that are not ours verify both");
    others::openssl(deployment, &decision)?;
    others::openssl(deployment, &notice)?;
    others::pyhanko(deployment, &[&decision, &notice])?;
    title("4. What must not work");
    stamp::refused(&deployment.province, &notice, &session)?;
    leader::wrong_password(&deployment.province, &decision)?;
    title("5. The audit log");
    audit::read(&deployment.province)?;
    audit::verify(deployment)
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

fn wait_for_interrupt() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(tokio::signal::ctrl_c())?)
}
