//! Verification by programs that are not ours, each in a process of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail};

use super::narrate::{held, say};
use super::paper::Paper;
use crate::deployment::Deployment;
use crate::province::description::FILE;

pub(super) fn openssl(deployment: &Deployment, paper: &Paper) -> anyhow::Result<()> {
    let authority = deployment.server.site().path("evaluation-ca.pem");
    let mut command = Command::new("openssl");
    command.args([
        "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-purpose", "any",
    ]);
    command.arg("-CAfile").arg(authority);
    command
        .arg("-in")
        .arg(paper.signature())
        .arg("-content")
        .arg(&paper.path);
    command.args(["-out", "/dev/null"]);
    let output = command.output().context("openssl is not installed")?;
    let said = check(&output)?;
    held(&format!(
        "openssl cms -verify -cades, \"{}\": {}",
        paper.name,
        said.trim()
    ));
    Ok(())
}

/// pyHanko validates the signature files, then signs a PDF through `/csc/v1` and validates that.
pub(super) fn pyhanko(deployment: &Deployment, papers: &[&PathBuf]) -> anyhow::Result<()> {
    let otp = deployment.province.leader.authenticator.code()?;
    let mut command = Command::new(python());
    command
        .arg(script()?)
        .arg(deployment.server.site().path(FILE));
    command.args(papers);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("python, named by KYSO_PYTHON")?;
    // By standard input, so that it stands in no list of processes.
    let stdin = child.stdin.take().context("no standard input")?;
    writeln!(&stdin, "{otp}")?;
    drop(stdin);
    let said = check(&child.wait_with_output()?)?;
    for line in said.lines() {
        match line.strip_prefix("ok ") {
            Some(line) => held(&format!("pyHanko: {line}")),
            None => say(line),
        }
    }
    Ok(())
}

fn check(output: &Output) -> anyhow::Result<String> {
    let said = [&*output.stdout, &*output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    bail!("{}: {said}", output.status)
}

fn python() -> PathBuf {
    std::env::var_os("KYSO_PYTHON").map_or_else(|| "python3".into(), PathBuf::from)
}

fn script() -> anyhow::Result<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/demo_verify.py");
    anyhow::ensure!(path.exists(), "{} is not there", path.display());
    Ok(path)
}
