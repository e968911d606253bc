//! The signing server: everything that knows HTTP, authentication, metrics and the wiring.

pub mod app;
pub mod auth;
pub mod background;
pub mod command;
pub mod config;
pub mod http;
pub mod metrics;
pub mod tls;
pub mod webhook;

pub use app::{App, ChangeError, Running, start};
