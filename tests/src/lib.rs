//! What tests, the demonstration and the benchmark share.

pub mod assertion;
pub mod authenticator;
pub mod bench;
pub mod cluster;
pub mod demo;
pub mod deployment;
pub mod http;
pub mod load;
pub mod postgres;
pub mod province;
pub mod proxy;
pub mod server;
pub mod skip;
