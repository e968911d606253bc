//! Everything that knows SQL.
//!
//! [`Database::connect`] reaches a database, [`Database::migrate`] or
//! [`Database::check_schema`] sees to its schema, [`Database::sealed_keys`] gives the daemon what
//! the HSM must open, and [`Database::start`] starts the journal with the key that was in it.
//! [`Store::journal`] is the core's [`Journal`](kyso_core::Journal); [`Store::read`] reads.

mod alarms;
mod apply;
mod approvals;
mod blocks;
mod bootstrap;
mod callbacks;
mod connection;
mod dialect;
mod directory;
pub mod durable;
mod error;
mod journal;
mod limits;
mod lock;
mod lookup;
mod migrations;
mod naming;
mod observe;
mod openings;
mod pictures;
mod pool;
mod purge;
pub mod read;
mod rows;
mod sad_use;
mod schema;
pub mod seal;
mod secret_box;
mod signing;
mod snapshot;
mod store;
mod tables;
mod throttle;
mod time_stamps;
mod totp;
pub mod tree;
mod verify;
pub mod views;
mod writer;

pub use alarms::DueAlarm;
pub use approvals::{ApprovalFilter, Asked, COUNTED, FilePart, PageStart, Place as ApprovalPlace};
pub use bootstrap::{Bootstrap, Founder};
pub use callbacks::DueCall;
pub use connection::{Db, Location};
pub use error::StoreError;
pub use journal::{JournalHandle, Place};
pub use observe::{Figures, Reading};
pub use rows::{Alarm, Fault};
pub use sad_use::SadUse;
pub use seal::{Domain, Field, Sealer};
pub use secret_box::SealedKey;
pub use store::{Database, Store, StoreConfig};
pub use throttle::{Attempt, Factor, network_of};
pub use time_stamps::{DueStamp, StampQueue, StampState, Stamped, StoredStamp};
pub use verify::{
    By, Found, KeyFrom, Known, Misleading, Progress, RootFault, TileFault, VerifyError, Vouched,
};
