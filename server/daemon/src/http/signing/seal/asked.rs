//! What the process apart is asked of a file, in its own words.

use kyso_core::Timestamp;
use kyso_core::ground::CopyKind;
use kyso_core::id::{AgencyId, RequestId};
use kyso_documents::appearance::CopyKind as Copied;
use time::OffsetDateTime;

use super::super::approved::Approved;
use super::super::{Failure, broken};
use super::wanted::{Kind, Wanted};
use crate::documents;
use crate::http::desk::Desk;
use crate::sealing::{self, Question};

/// All but the file.
pub(super) fn question(
    desk: &Desk,
    wanted: &Wanted,
    (agency, approved): (AgencyId, Option<Approved>),
    call: RequestId,
) -> Result<Question, Failure> {
    let (app, now) = (desk.app(), desk.now());
    let snapshot = desk.policy().snapshot();
    Ok(Question {
        file: actix_web::web::Bytes::new(),
        kind: kind(wanted),
        compose: wanted.compose,
        agency: snapshot.name_of(agency, now).unwrap_or_default().to_owned(),
        seal: approved.map(|Approved { png, width, .. }| sealing::Seal { png, width }),
        hash: wanted.scheme.hash(),
        anchors: app.anchors(),
        now: moment(now)?,
        begun: moment(call.begun().unwrap_or(now))?,
    })
}

fn kind(wanted: &Wanted) -> sealing::Kind {
    match &wanted.kind {
        Kind::Issue { .. } => sealing::Kind::Issue,
        Kind::Appendix(number, series) => {
            let symbol = wanted.facts.symbol.clone();
            sealing::Kind::Appendix {
                number: *number,
                symbol: symbol.unwrap_or_else(|| series.shown().to_owned()),
            }
        }
        Kind::Copy(kind, source) => sealing::Kind::Copy {
            kind: copied(*kind),
            source: source.clone(),
        },
    }
}

/// The same kind of copy.
const fn copied(kind: CopyKind) -> Copied {
    match kind {
        CopyKind::Extract => Copied::Extract,
        CopyKind::Full => Copied::Whole,
        CopyKind::Further => Copied::Transcript,
    }
}

fn moment(time: Timestamp) -> Result<OffsetDateTime, Failure> {
    documents::moment(time).map_err(|error| Failure::Answered(broken(&error)))
}
