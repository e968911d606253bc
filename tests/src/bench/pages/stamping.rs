//! Systems stamp: each stamp is two entries, so this is what the log is filled with.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use anyhow::Context as _;
use rustls::ClientConfig;

use super::town::Town;
use crate::bench::plan::trusting;
use crate::bench::{Call as _, CountBound, Order};
use crate::http::Http;
use crate::load::Connection;
use crate::province::Province;
use crate::server::{Server, Site};

/// Connections that stamp.
const CALLERS: usize = 24;
/// How many of a thousand stamps are whose: agencies differ as they do.
const SHARES: [u64; 5] = [620, 250, 100, 29, 1];

/// What stamps.
#[derive(Debug)]
pub(super) struct Stamps {
    site: Site,
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    orders: Vec<Order>,
    drawn: AtomicU64,
}

impl Stamps {
    pub(super) fn new(server: &Server, province: &Province, town: &Town) -> anyhow::Result<Self> {
        let counter = Arc::<AtomicU64>::default();
        let order = |quarter: &super::town::Quarter| {
            anyhow::Ok(Order {
                token: quarter.system.token(&province.office)?,
                credential: quarter.seal.clone(),
                algorithm: "p-256".to_owned(),
                hashes: 1,
                counter: Arc::clone(&counter),
            })
        };
        Ok(Self {
            site: server.site().clone(),
            address: SocketAddr::from(([127, 0, 0, 1], server.site().public_port())),
            tls: Arc::new(trusting(server.site())?),
            orders: town.quarters.iter().map(order).collect::<Result<_, _>>()?,
            drawn: AtomicU64::new(0),
        })
    }

    /// Entries in the log, as the server says.
    pub(super) fn size(&self) -> anyhow::Result<u64> {
        let internal = Http::new(&self.site.internal_url(), &self.site.ca()?)?;
        let text = internal.get("/metrics").done()?.text();
        let mut lines = text.lines();
        let size = lines.find_map(|line| line.strip_prefix("kyso_journal_size "));
        Ok(size.context("no size in the metrics")?.parse()?)
    }

    /// Stamps until the log has so many entries.
    pub(super) fn until(&self, entries: u64) -> anyhow::Result<()> {
        loop {
            let missing = entries.saturating_sub(self.size()?);
            if missing == 0 {
                return Ok(());
            }
            let budget = AtomicI64::new(i64::try_from(missing.div_ceil(2))?);
            std::thread::scope(|scope| {
                let callers: Vec<_> = (0..CALLERS)
                    .map(|_| scope.spawn(|| self.stamp(&budget)))
                    .collect();
                for caller in callers {
                    let end = caller.join();
                    end.map_err(|_| anyhow::anyhow!("a caller panicked"))??;
                }
                anyhow::Ok(())
            })?;
        }
    }

    fn stamp(&self, budget: &AtomicI64) -> anyhow::Result<()> {
        let mut connection = Connection::open(self.address, &self.tls)?;
        let mut calls: Vec<CountBound> = self.orders.iter().cloned().map(CountBound::new).collect();
        while budget.fetch_sub(1, Ordering::Relaxed) > 0 {
            let whose = whose(self.drawn.fetch_add(1, Ordering::Relaxed));
            let call = calls.get_mut(whose).context("no such agency")?;
            match call.perform(&mut connection) {
                Ok(stamped) => anyhow::ensure!(stamped.is_some(), "a stamp was refused"),
                // A connection may break in an hour; what is missing then is stamped in the next round.
                Err(_) => connection = Connection::open(self.address, &self.tls)?,
            }
        }
        Ok(())
    }
}

/// Whose stamp the one with this number is; a prime step mixes them.
fn whose(number: u64) -> usize {
    let mut drawn = number * 617 % 1000;
    for (at, share) in SHARES.iter().enumerate() {
        if drawn < *share {
            return at;
        }
        drawn -= share;
    }
    0
}
