//! The store on both databases.

mod away;
mod durable;
mod grants;
mod journal;
mod retries;
mod tampering;
pub(crate) mod world;
