//! How long after it was shown a request may be approved.

use super::matrix::given;
use super::town::{Town, at, person_actor, totp};
use crate::change::Change;
use crate::model::{Approval, ApprovalState};
use crate::refusal::Refusal;

/// What becomes of the approval of a request that was bent like this.
fn approve(bend: impl FnOnce(&mut Approval)) -> Result<(), Refusal> {
    let town = Town::new();
    let signer = town.signer();
    let mut given = given(&town, signer);
    bend(&mut given.approval);
    given.shown = given.approval.shown();
    let change = Change::GiveApprovals(vec![given], totp(signer));
    let actor = person_actor(signer);
    town.policy().authorize_change(actor, change).map(|_| ())
}

/// 15 minutes, from when the signer opened it and not from when it came, which may be days ago.
#[test]
fn the_window_to_approve_begins_when_the_signer_opens_it() {
    for (opened, end) in [
        (0, Ok(())),
        (-15 * 60, Ok(())),
        (-15 * 60 - 1, Err(Refusal::ApprovalStale)),
        (-300_000, Err(Refusal::ApprovalStale)),
    ] {
        let approved = approve(|approval| {
            approval.submitted_at = at(-300_000);
            approval.state_at = at(opened);
        });
        assert_eq!(approved, end, "{opened}");
    }
}

#[test]
fn what_was_not_opened_or_is_over_is_not_approved() {
    let waiting = approve(|approval| approval.state = ApprovalState::Waiting);
    assert_eq!(waiting, Err(Refusal::ApprovalStale));
    let over = approve(|approval| approval.open_until = at(0));
    assert_eq!(over, Err(Refusal::ApprovalEnded));
    let withdrawn = approve(|approval| approval.state = ApprovalState::Withdrawn);
    assert_eq!(withdrawn, Err(Refusal::ApprovalEnded));
}
