//! The store on both databases.

mod grants;
mod journal;
mod retries;
mod tampering;
pub(crate) mod world;
