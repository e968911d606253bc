//! Integration tests, one binary.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at what it did not expect; helpers are tests too"
)]

mod agencies;
mod attestation;
mod audit;
mod authority;
mod bad_input;
mod canary;
mod desk;
mod directory;
mod documents;
mod drain;
mod dropped;
mod events;
mod first_day;
mod health;
mod hsm_commands;
mod kill;
mod log;
mod metrics;
mod mutual_tls;
mod otp;
mod owner;
mod power;
mod proposals;
mod refusals;
mod routes;
mod sad;
mod signing;
mod stamping;
mod stamping_sessions;
mod store;
mod systems;
mod token_away;
mod tree;
mod two_servers;
mod world;
