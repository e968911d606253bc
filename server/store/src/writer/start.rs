//! Starting the writer: only on a log that the head file vouches for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use kyso_core::Timestamp;
use kyso_core::id::BootId;
use kyso_core::instant::Clock;
use kyso_core::journal::JournalError;
use kyso_evidence::Frontier;
use kyso_evidence::tree::Hash;

use super::batch::{Kit, Scribe};
use super::head::{self, HeadKeeper};
use super::ledger::Ledger;
use super::watch::Watch;
use crate::connection::{Access, Db};
use crate::error::StoreError;
use crate::observe::Figures;
use crate::seal::Sealer;
use crate::signing::oldest_grant;
use crate::signing::sweep::enter;
use crate::store::StoreConfig;
use crate::verify::verify_from;

/// Reads the log, holds its leaves against the head file, and enters this run of the server.
///
/// Every entry is read and hashed: a root can be had from nothing less, and a stored leaf proves
/// nothing about the entry beside it.
pub(crate) fn open(
    config: &StoreConfig,
    instance: &[u8; 16],
    sealer: Arc<Sealer>,
    clock: Arc<dyn Clock>,
    figures: Arc<Figures>,
) -> Result<Begun, StoreError> {
    let connector = config.connector();
    let mut db = connector.open(Access::Write)?;
    let mut ledger = empty(config, Arc::clone(&figures));
    // What takes long is done before the others must wait for this server's turn.
    follow(config, &mut db, &mut ledger)?;
    check_recent(&mut db, clock.now())?;
    let asked = Instant::now();
    in_turn(config, &mut db, &mut ledger, instance, clock.now())?;
    ledger.open_from = ledger.next()?;
    ledger.committed_size = ledger.frontier.size();
    figures.set_writable(true);
    figures.lease(asked, config.lease);
    let keeper = HeadKeeper::start(config.head_file.clone(), config.log.clone(), figures)?;
    if ledger.committed_size > 0 {
        keeper.note().put(ledger.frontier.clone(), ledger.last_time);
    }
    let kit = Kit {
        connector,
        sealer,
        clock,
        head: keeper.note(),
        watch: Arc::new(Watch::new(ledger.anchor(), config.patience)),
    };
    let boot = ledger.boot;
    let scribe = Scribe::first(kit.clone(), db, ledger);
    Ok(Begun {
        scribe,
        kit,
        keeper,
        boot,
    })
}

/// A writer that may begin.
pub(crate) struct Begun {
    pub(crate) scribe: Scribe,
    pub(crate) kit: Kit,
    pub(crate) keeper: HeadKeeper,
    pub(crate) boot: BootId,
}

/// Follows what is left of the log and enters this run, in one transaction.
fn in_turn(
    config: &StoreConfig,
    db: &mut Db,
    ledger: &mut Ledger,
    instance: &[u8; 16],
    now: Timestamp,
) -> Result<(), StoreError> {
    db.begin()?;
    let entered = ledger.follow(db).map_err(StoreError::from).and_then(|()| {
        ledger.read_epoch(db)?;
        let from = ledger.next()?;
        Ok(enter(db, ledger.boot, instance, now, from, config.lease)?)
    });
    match entered {
        Ok(()) => Ok(db.commit()?),
        Err(error) => {
            db.rollback()?;
            Err(error)
        }
    }
}

fn empty(config: &StoreConfig, figures: Arc<Figures>) -> Ledger {
    Ledger {
        log: config.log.clone(),
        boot: BootId::random(),
        frontier: Frontier::new(),
        last_leaf: None,
        last_time: Timestamp::from_micros(0),
        epoch: 0,
        moves: Vec::new(),
        appended: 0,
        grants: crate::signing::Grants::default(),
        open: HashMap::new(),
        open_from: 0,
        committed_size: 0,
        figures,
        pulse: None,
    }
}

/// Follows the log to its end, and compares it on the way with what is known of it outside the database.
fn follow(config: &StoreConfig, db: &mut Db, ledger: &mut Ledger) -> Result<(), StoreError> {
    let head = head::read(&config.head_file)?;
    if head.as_ref().is_some_and(|head| head.log() != config.log) {
        return Err(StoreError::Head("it is of another log".to_owned()));
    }
    let of_head = head.as_ref().map(|head| (head.size(), head.root()));
    let mut known: Vec<(u64, Hash)> = config.vouched.iter().copied().chain(of_head).collect();
    known.sort_unstable();
    for (size, root) in known {
        ledger.follow_until(db, size)?;
        if ledger.frontier.size() != size || ledger.frontier.root() != root {
            return Err(JournalError::Rewound.into());
        }
    }
    ledger.follow(db)?;
    if of_head.is_none() && ledger.frontier.size() > 0 && !config.adopt_head {
        return Err(StoreError::HeadMissing);
    }
    Ok(())
}

/// Holds the entries that grants in force rely on against their columns: from the oldest such
/// grant on, so a few hours of the log at most.
fn check_recent(db: &mut Db, now: Timestamp) -> Result<(), StoreError> {
    let Some(from) = oldest_grant(db, now)? else {
        return Ok(());
    };
    verify_from(db, from)
}
