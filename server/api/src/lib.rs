//! Wire types: what crosses the network, and nothing of what it means.
//!
//! The server parses requests with these types and the client writes them, so the two cannot
//! drift apart. Nothing here knows a database, a token or a policy. Three families, each with its
//! own error body:
//!
//! - [`csc`] and [`csc_error`]: Cloud Signature Consortium API 1.0.4.0 (`/csc/v1`) and 2.x (`/csc/v2`);
//! - [`oauth`]: OAuth 2.0 (RFC 6749, 7009, 7523, 8414);
//! - [`management`] and [`problem`]: our own API under `/api/v1` (errors by RFC 9457).

pub mod csc;
pub mod csc_error;
pub mod encoding;
pub mod management;
pub mod oauth;
pub mod problem;
pub mod secret;
mod words;

pub use secret::Secret;
