//! The token's absences, as entries: nobody need sign for them to be noticed.

use std::time::Duration;

use actix_web::web;
use kyso_core::id::RequestId;
use kyso_core::{Actor, Draft};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_hsm::TokenStatus;

use crate::app::App;

/// How often the token is looked at.
const PAUSE: Duration = Duration::from_secs(1);

/// How often the token went and came, as far as the log says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Entered {
    left: u64,
    reopened: u64,
}

/// Enters that the token went away or came back, for as long as the server runs. What cannot be
/// entered now is entered later.
pub(super) async fn run(app: web::Data<App>) {
    let mut entered = Entered::default();
    loop {
        while let Some((event, times, after)) = next(entered, &app.token.status()) {
            let outcome = match event {
                Event::HsmAway => Outcome::Failed,
                _ => Outcome::Ok,
            };
            let mut draft = Draft::new(event, outcome, &Actor::system(), RequestId::random());
            draft.entry.count = Some(times);
            if let Err(error) = app.note(draft).await {
                tracing::warn!(%error, "an absence of the token could not be entered");
                break;
            }
            entered = after;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The next entry that is due, how many times it stands for, and what is entered after it.
///
/// Going and coming take turns. A token that comes and goes many times between two looks makes one
/// entry of each kind, so that it does not fill the log.
fn next(entered: Entered, status: &TokenStatus) -> Option<(Event, u64, Entered)> {
    let (left, reopened) = (
        status.left.saturating_sub(entered.left),
        status.reopened.saturating_sub(entered.reopened),
    );
    let is_there = entered.left == entered.reopened;
    if is_there && left > 0 {
        // Of a row of absences the entry says how many; the last return stays to be told.
        let after = Entered {
            left: status.left,
            reopened: status.left - 1,
        };
        return Some((Event::HsmAway, left, after));
    }
    let after = Entered {
        reopened: status.reopened,
        left: entered.left.max(status.reopened),
    };
    (!is_there && reopened > 0).then_some((Event::HsmReturned, reopened, after))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kyso_hsm::{Phase, TokenFacts};

    use super::*;

    fn status(left: u64, reopened: u64) -> TokenStatus {
        TokenStatus {
            phase: Phase::Ready,
            unchanged: Duration::ZERO,
            facts: TokenFacts::default(),
            busy: 0,
            planned: 1,
            places: (1, 1),
            attested: 0,
            barred: 0,
            serial: String::new(),
            is_software: true,
            lanes: 1,
            people: 0,
            stamps: 0,
            left,
            reopened,
            replaced: 0,
        }
    }

    /// How often the token went and came, and the entries that are due then.
    type Step = (u64, u64, &'static [(Event, u64)]);

    #[test]
    fn going_and_coming_take_turns_in_the_log() {
        use Event::{HsmAway as Away, HsmReturned as Back};
        let steps: [Step; 6] = [
            (0, 0, &[]),
            (1, 0, &[(Away, 1)]),
            (1, 1, &[(Back, 1)]),
            (2, 2, &[(Away, 1), (Back, 1)]),
            (5, 4, &[(Away, 3)]),
            (6, 5, &[(Back, 1), (Away, 1)]),
        ];
        let mut entered = Entered::default();
        for (left, reopened, expected) in steps {
            let status = status(left, reopened);
            let mut found = Vec::new();
            while let Some((event, times, after)) = next(entered, &status) {
                found.push((event, times));
                entered = after;
            }
            assert_eq!(found, expected, "{left} {reopened}");
        }
    }
}
