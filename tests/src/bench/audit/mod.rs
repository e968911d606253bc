//! What the audit log costs and how fast it answers: `ops/bench audit`.
//!
//! The journal, the tree, the search and the proofs are the server's own, without HTTP and without a token: a signature's
//! cost would hide theirs.

mod command;
mod filling;
mod reading;
mod writing;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kyso_core::SystemClock;
use kyso_store::{Database, Location, Store, StoreConfig};
use secrecy::{SecretBox, SecretString};

pub use command::AuditCommand;
use reading::Reads;
use writing::Throughput;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct AuditPlan {
    /// Entries of the small log.
    few: u64,
    /// Entries of the large one.
    many: u64,
    /// Seconds of each window of writing.
    seconds: u64,
    /// Windows with and without the tree, by turns.
    windows: usize,
    /// Searches and proofs that count, for each size.
    looks: usize,
}

impl AuditPlan {
    /// Rows of a page of a search: as many as the small log has, so that both logs answer the same number.
    fn rows(&self) -> u16 {
        let there = u16::try_from(self.few / filling::RARE).unwrap_or(u16::MAX);
        there.clamp(1, reading::PAGE)
    }
}

/// The file of the SQLite database.
const FILE: &str = "audit.db";

/// What was measured.
#[derive(Debug, Clone)]
struct AuditTold {
    /// Writing, with the tree growing beside it and without.
    throughput: Throughput,
    /// Searches and proofs in the small log and in the large one.
    reads: Vec<Reads>,
}

/// Measures in a database of its own: an SQLite file in this directory, or this PostgreSQL.
///
/// # Errors
/// If the database cannot be used.
fn audit(directory: &Path, postgres: Option<String>, plan: AuditPlan) -> anyhow::Result<AuditTold> {
    std::fs::create_dir_all(directory)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let store = open(directory, postgres)?;
    let rows = plan.rows();
    let told = runtime.block_on(async {
        let mut log = filling::Log::new(&store);
        log.fill(plan.few).await?;
        let few = reading::measure(&log, plan.looks, rows).await?;
        let window = Duration::from_secs(plan.seconds);
        let throughput = writing::measure(&mut log, window, plan.windows).await?;
        log.fill(plan.many).await?;
        let many = reading::measure(&log, plan.looks, rows).await?;
        let reads = vec![few, many];
        anyhow::Ok(AuditTold { throughput, reads })
    })?;
    store.shutdown()?;
    Ok(told)
}

fn open(directory: &Path, postgres: Option<String>) -> anyhow::Result<Store> {
    let location = match postgres {
        Some(url) => Location::Postgres(SecretString::from(url)),
        None => Location::Sqlite(directory.join(FILE)),
    };
    let head = directory.join("audit.head");
    let config = StoreConfig::new(location, head, "bench.kyso.example".to_owned());
    let database = Database::connect(config)?;
    database.migrate()?;
    let root = SecretBox::new(Box::new([7; 32]));
    Ok(database.start(&root, Arc::new(SystemClock))?)
}
