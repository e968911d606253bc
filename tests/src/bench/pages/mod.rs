//! How long each page takes to its first byte when the database is full: `ops/bench pages`.
//!
//! All that fills it goes through the server's own API, so every row is sealed and every entry proves itself.

mod asking;
mod cast;
mod command;
#[cfg(test)]
mod complete;
mod deciding;
mod file;
mod filling;
mod looking;
mod stamping;
mod standing;
mod table;
mod town;
mod visits;

use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use self::cast::Cast;
use crate::deployment::begin;
use crate::province::Province;
use crate::server::{Plan, Server, Site};

pub use command::PagesCommand;
use table::{Looked, Told};

/// What is to be in the database before the pages are looked at.
#[derive(Debug, Clone, Copy, Serialize)]
struct Fill {
    /// Requests for approval.
    pub requests: u64,
    /// Entries in the audit log.
    pub entries: u64,
}

/// A server that is full, and who looks at its pages.
#[derive(Debug)]
struct Full {
    server: Server,
    cast: Cast,
    /// Seconds that filling took; none for one that an earlier run filled.
    filling_seconds: f64,
}

impl Full {
    /// Starts a server in this directory and fills its database; one that an earlier run filled is taken as it is.
    ///
    /// # Errors
    /// If the server does not start or refuses a step.
    fn open(
        directory: &Path,
        program: &Path,
        postgres: Option<String>,
        fill: Fill,
    ) -> anyhow::Result<Self> {
        let mut plan = Plan::new(directory, program);
        plan.postgres = postgres;
        // Nobody opens two thousand stamping sessions of 500 stamps for this, nor logs in again meanwhile.
        "[limits]\nsession_signatures = 100000000\n\
         [tokens]\nperson_seconds = 7200\nclient_seconds = 7200\npage_seconds = 7200\n"
            .clone_into(&mut plan.more);
        plan.public_port = Cast::port(directory)?;
        let site = Site::prepare(plan)?;
        if let Some(cast) = Cast::remembered(&site)? {
            let server = Server::start(&site)?;
            return Ok(Self {
                server,
                cast,
                filling_seconds: 0.0,
            });
        }
        let (server, codes) = begin(&site)?;
        let province = Province::found(&site, &codes, 0)?;
        let started = Instant::now();
        let cast = filling::fill(&server, &province, fill)?;
        cast.remember(&site)?;
        Ok(Self {
            server,
            cast,
            filling_seconds: started.elapsed().as_secs_f64(),
        })
    }

    /// Looks at every page, so many times each after some that do not count; says of each what it took.
    ///
    /// # Errors
    /// If a page is refused or the connection breaks.
    fn look(&self, times: usize, each: impl FnMut(&Looked)) -> anyhow::Result<Told> {
        let visits = visits::all(&self.server, &self.cast)?;
        let looked = looking::look(self.server.site(), &visits, times, each)?;
        Ok(Told {
            requests: table::count(self.server.site(), "approval")?,
            entries: table::count(self.server.site(), "audit_entry")?,
            filling_seconds: self.filling_seconds,
            pages: looked,
        })
    }
}
