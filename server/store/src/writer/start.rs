//! Starting the writer: only on a log that the head file vouches for.

use std::collections::HashMap;
use std::sync::Arc;

use kyso_core::Timestamp;
use kyso_core::id::BootId;
use kyso_core::instant::Clock;
use kyso_core::journal::JournalError;
use kyso_evidence::Frontier;

use super::batch::Scribe;
use super::head::{self, HeadKeeper};
use super::ledger::Ledger;
use crate::connection::{Access, Db};
use crate::error::StoreError;
use crate::observe::Figures;
use crate::seal::Sealer;
use crate::signing::oldest_grant;
use crate::signing::sweep::enter;
use crate::store::StoreConfig;
use crate::verify::{VerifyError, verify_from};

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
) -> Result<Scribe, StoreError> {
    let mut db = config.location.open(Access::Write)?;
    db.begin()?;
    let mut ledger = empty(config, Arc::clone(&figures));
    let (now, boot) = (clock.now(), ledger.boot);
    let entered = follow(config, &mut db, &mut ledger).and_then(|()| {
        check_recent(&mut db, now)?;
        ledger.read_epoch(&mut db)?;
        Ok(enter(&mut db, boot, instance, now, ledger.next()?)?)
    });
    match entered {
        Ok(()) => db.commit()?,
        Err(error) => {
            db.rollback()?;
            return Err(error);
        }
    }
    ledger.open_from = ledger.next()?;
    ledger.committed_size = ledger.frontier.size();
    figures.set_writable(true);
    let keeper = HeadKeeper::start(config.head_file.clone(), config.log.clone(), figures)?;
    if ledger.committed_size > 0 {
        keeper.note(ledger.frontier.clone(), ledger.last_time);
    }
    let location = config.location.clone();
    Ok(Scribe {
        db: Some(db),
        location,
        ledger,
        sealer,
        clock,
        head: keeper,
        unsure: false,
    })
}

fn empty(config: &StoreConfig, figures: Arc<Figures>) -> Ledger {
    Ledger {
        log: config.log.clone(),
        boot: BootId::random(),
        frontier: Frontier::new(),
        last_leaf: None,
        last_time: Timestamp::from_micros(0),
        epoch: 0,
        grants: crate::signing::Grants::default(),
        open: HashMap::new(),
        open_from: 0,
        committed_size: 0,
        figures,
    }
}

/// Follows the log to its end, and compares it with the head file on the way.
fn follow(config: &StoreConfig, db: &mut Db, ledger: &mut Ledger) -> Result<(), StoreError> {
    let head = head::read(&config.head_file)?;
    let Some(head) = head else {
        ledger.follow(db)?;
        let unvouched = ledger.frontier.size() > 0 && !config.adopt_head;
        return if unvouched {
            Err(StoreError::HeadMissing)
        } else {
            Ok(())
        };
    };
    if head.log() != config.log {
        return Err(StoreError::Head("it is of another log".to_owned()));
    }
    ledger.follow_until(db, head.size())?;
    if ledger.frontier.size() != head.size() || ledger.frontier.root() != head.root() {
        return Err(JournalError::Rewound.into());
    }
    Ok(ledger.follow(db)?)
}

/// Holds the entries that grants in force rely on against their columns: from the oldest such
/// grant on, so a few hours of the log at most.
fn check_recent(db: &mut Db, now: Timestamp) -> Result<(), StoreError> {
    let Some(from) = oldest_grant(db, now)? else {
        return Ok(());
    };
    verify_from(db, from).map_err(|error| match error {
        VerifyError::Fault(fault) => StoreError::Changed(fault),
        VerifyError::Store(error) => error,
    })
}
