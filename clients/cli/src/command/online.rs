//! Authorities asked by network whether certificates were revoked, where the user wants that.

use std::time::Duration;

use kyso_documents::validation::{Evidence, Report};
use kyso_revocation::{Asker, Hosts, ROUNDS, Reach, Settings};
use time::OffsetDateTime;

use crate::args::OnlineArgs;
use crate::failure::Failure;

/// How long one answer may take.
const ONE: Duration = Duration::from_secs(5);
/// How long all answers for one file may take.
const TOGETHER: Duration = Duration::from_secs(10);

/// Judges by what is known, and again by what authorities answer; whoever does not answer changes nothing.
pub(crate) fn judged(
    args: &OnlineArgs,
    mut evidence: Evidence,
    now: OffsetDateTime,
    judge: impl Fn(&Evidence) -> Result<Report, Failure>,
) -> Result<Report, Failure> {
    let mut report = judge(&evidence)?;
    if !args.online {
        return Ok(report);
    }
    let authorities = Asker::new(settings(args));
    let mut asked = authorities.begin();
    for _ in 0..ROUNDS {
        let replies = authorities.ask(&report.inquiries, now, &mut asked);
        if replies.is_empty() {
            break;
        }
        for one in &replies {
            one.add_to(&mut evidence);
        }
        report = judge(&evidence)?;
    }
    report.explain(|inquiry| asked.why(inquiry));
    Ok(report)
}

/// Whoever is named; else whoever the certificates name, since the user asks for themself.
fn settings(args: &OnlineArgs) -> Settings {
    let named = args.revocation_host.clone();
    Settings {
        reach: Reach {
            hosts: if named.is_empty() {
                Hosts::Any
            } else {
                Hosts::Only(named)
            },
            addresses: args.revocation_address.clone(),
        },
        one: ONE,
        together: TOGETHER,
    }
}
