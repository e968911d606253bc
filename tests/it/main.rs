//! Integration tests, one binary.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at what it did not expect; helpers are tests too"
)]

mod agencies;
mod alarms;
mod approvals;
mod approvals_csc;
mod attestation;
mod audit;
mod authority;
mod bad_input;
mod bodies;
mod building;
mod calls;
mod canary;
#[path = "../../server/hsm/tests/suite/carry.rs"]
mod carry;
mod certificate_requests;
mod check_config;
mod cli;
mod desk;
mod directory;
mod disabled;
mod disputes;
mod documents;
mod drain;
mod dropped;
mod enrolment;
mod events;
mod first_day;
mod forgery;
mod health;
mod hsm_commands;
mod idempotency;
mod kill;
mod log;
mod log_ins;
mod methods;
mod metrics;
mod mutual_tls;
mod oauth;
mod operator;
mod otp;
mod oversight;
mod owner;
mod pages;
mod pages_roles;
#[path = "../../server/render/tests/draw/paper.rs"]
mod paper;
mod pictures;
mod power;
mod proposals;
mod refusals;
mod reorganising;
mod routes;
mod sad;
mod sealing;
mod second_factor;
mod signing;
mod stamping;
mod stamping_sessions;
mod store;
mod systems;
mod time_stamps;
mod token_away;
mod transparency;
mod traps;
mod tree;
mod two_servers;
mod upgrade;
mod webhooks;
mod world;
