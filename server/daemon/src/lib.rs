//! The signing server: everything that knows HTTP, authentication, metrics and the wiring.

pub mod alarms;
pub mod apart;
pub mod app;
pub mod auth;
pub mod background;
pub mod command;
pub mod config;
mod documents;
pub mod drawing;
pub mod http;
pub mod metrics;
pub mod sealing;
pub mod time_stamps;
pub mod tls;
pub mod tree;
pub mod verification;
pub mod webhook;

pub use app::{App, ChangeError, Running, start};
