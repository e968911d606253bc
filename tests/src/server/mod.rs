//! A server in a process of its own, with token, database and TLS certificate of its own.

mod process;
mod site;
pub mod tls;

pub use process::Server;
pub use site::{PIN, Plan, Site, write_private};
