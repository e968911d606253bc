//! Who is calling: tokens, passwords, one-time passwords, and where calls come from.

pub mod actor;
mod argon;
pub mod assertion;
mod claims;
pub mod clients;
pub mod enrolment;
pub mod factors;
pub mod failures;
pub mod grant;
pub mod guesses;
pub mod keys;
pub mod log_in;
mod memory;
pub mod networks;
pub mod password;
pub mod refresh;
pub mod rotation;
pub mod stay;
pub mod token;
pub mod totp;
mod turns;
