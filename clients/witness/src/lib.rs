//! A witness of transparency logs: it cosigns checkpoints that continue the last one it saw.
//!
//! It is meant to run at another authority than the log. C2SP `tlog-witness`, "add-checkpoint", is
//! all that it speaks; where version 1.0.0 of that and its present text differ (a second root for
//! one size), the present one is followed: 422 and not 409, since nothing could follow a 409.
//! What is checked, and in which bytes, is [`kyso_evidence`]'s.
//!
//! Everything lies in one directory, which one process at a time may use:
//!
//! | File | What |
//! |---|---|
//! | `lock` | locked while a process uses the directory |
//! | `key` | the secret key, which only its owner may read |
//! | `state` | the last checkpoint of each log, with the cosignature that was made |
//!
//! # What the state protects from, and what not
//!
//! A cosignature leaves only after the checkpoint is on the disk, so that no crash makes the witness
//! forget what it vouched for. A state file that is torn, edited, missing or another witness's is
//! refused. **An older state of the same witness is not told from the newest**: whoever puts one
//! back can have a second history cosigned from there on. Nothing in the directory could tell,
//! since all of it can be put back together. So the directory is never restored from a backup; a
//! witness that lost its state gets a new key.

mod durable;
mod home;
mod secret;
mod server;
mod state;
mod witness;

pub use home::{HomeError, found};
pub use secret::SecretError;
pub use server::{Limits, Server, Surroundings};
pub use state::StateError;
pub use witness::{Refused, Witness};
