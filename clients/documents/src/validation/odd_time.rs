//! What is odd about the times of one signature.

use time::{Duration, OffsetDateTime};

use super::answers::Notice;

/// How far a claimed time may lie ahead of the verifier's clock, and the times of one signature apart: as far as a server
/// here lets a claimed time be from its own clock, and twice what an authority was seen to take for a time stamp.
const TOLERANCE: Duration = Duration::minutes(5);
/// Viet Nam's offset from UTC.
const VIETNAM: Duration = Duration::hours(7);
/// How far from seven hours a claimed time may be off to be taken for local time called UTC.
const NEAR: Duration = Duration::minutes(10);

/// Whether the times of one signature are too far apart: what it claims, what its text says, and what a time stamp in it
/// proves. One over the whole file may be of any later day, but of no earlier one.
pub(super) fn differs(
    claims: [Option<OffsetDateTime>; 3],
    inside: Option<OffsetDateTime>,
    stamped: Option<OffsetDateTime>,
) -> bool {
    let times = || claims.into_iter().chain([inside]).flatten();
    let (first, last) = (times().min(), times().max());
    let apart = |from: Option<OffsetDateTime>| {
        let pair = from.zip(last);
        pair.is_some_and(|(from, last)| last - from > TOLERANCE)
    };
    apart(first) || apart(stamped)
}

/// Seven hours off from what is known better, or simply ahead.
pub(super) fn oddity(
    claim: OffsetDateTime,
    stamped: Option<OffsetDateTime>,
    claims: [Option<OffsetDateTime>; 3],
    now: OffsetDateTime,
) -> Option<Notice> {
    let seven = |other: OffsetDateTime| (claim - other - VIETNAM).abs() <= NEAR;
    let others = claims.into_iter().flatten();
    if stamped.is_some_and(seven) || others.into_iter().any(seven) {
        return Some(Notice::LocalTimeAsUtc);
    }
    let ahead = now.saturating_add(TOLERANCE);
    if claim <= ahead {
        None
    } else if claim.saturating_sub(VIETNAM) <= ahead {
        Some(Notice::LocalTimeAsUtc)
    } else {
        Some(Notice::TimeAhead)
    }
}
