//! A server with a province on it: made new, or as an earlier run left it.

use anyhow::bail;

use crate::province::description::FILE;
use crate::province::{Codes, Province};
use crate::server::{Plan, Server, Site};

/// A running server and who is on it.
#[derive(Debug)]
pub struct Deployment {
    /// The server's process.
    pub server: Server,
    /// Who is on it.
    pub province: Province,
}

impl Deployment {
    /// Starts the server of this plan; sets up database and province if there are none.
    ///
    /// # Errors
    /// If a step fails, or an earlier run was interrupted half-way.
    pub fn open(plan: Plan, signers: usize) -> anyhow::Result<Self> {
        let site = Site::prepare(plan)?;
        if site.path(FILE).exists() {
            let server = Server::start(&site)?;
            let province = Province::remembered(&site)?;
            province.describe(&site)?;
            return Ok(Self { server, province });
        }
        if site.path("audit.head").exists() {
            let directory = site.path("");
            bail!(
                "{} was set up half-way; remove it to begin anew",
                directory.display()
            );
        }
        let (server, codes) = begin(&site)?;
        let province = Province::found(&site, &codes, signers)?;
        Ok(Self { server, province })
    }
}

/// Makes the database and the first three people, and starts the server.
///
/// # Errors
/// If a step fails.
pub fn begin(site: &Site) -> anyhow::Result<(Server, Codes)> {
    site.run(&["migrate"])?;
    let codes = Codes::read(&site.run(&["bootstrap"])?)?;
    Ok((Server::start(site)?, codes))
}
