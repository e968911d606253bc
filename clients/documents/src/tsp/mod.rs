//! The Time-Stamp Protocol (RFC 3161): what an authority is asked, and whether its answer is one.
//!
//! Nothing here talks to anybody: [`Request::to_der`] is what is sent, and [`Request::check`] reads what
//! came back. An answer is worth nothing until it is checked against its own request, so there is no way
//! to a [`TimeStamp`] but through it. Answers are read in DER alone; authorities that write BER are
//! refused.

#[cfg(feature = "verify")]
mod check;
mod info;
mod reading;
mod request;
mod response;

#[cfg(feature = "verify")]
pub use check::{Refusal, TimeStamp};
pub use info::StampInfo;
pub use request::{NotAPolicy, Policy, Request};
pub use response::{Failure, MAX_ANSWER, NoToken, Rejection, token};

/// What a token says, without a look at who says so: for a token that was checked when it came.
///
/// `None` if it is not a time-stamp token in DER.
pub fn read(token: &[u8]) -> Option<StampInfo> {
    let content = crate::timestamp::tst_info(token).ok()?;
    StampInfo::read(content).ok()
}
