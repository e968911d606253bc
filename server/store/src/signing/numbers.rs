//! Numbers of outgoing documents: each stands for one document.

use diesel::prelude::*;
use kyso_core::Refusal;
use kyso_core::ground::{Appendix, Issue, SealGround};
use kyso_core::id::AgencyId;
use kyso_core::policy::Signing;

use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::tables::document_number;
use crate::writer::tx::{Tx, insert_all};

#[derive(Insertable)]
#[diesel(table_name = document_number, treat_none_as_default_value = false)]
struct NumberRow<'a> {
    agency_id: &'a [u8],
    series: &'a str,
    year: i64,
    number: i64,
    revision: &'a [u8],
    sequence: i64,
}

/// Whether the number of the document is free and to be kept; it may be this document's already. That of an appendix
/// must be a document's.
pub(super) fn is_new(signing: &Signing, tx: &mut Tx<'_>) -> Result<bool, ApplyError> {
    let agency = signing.credential.agency;
    let issue = match &signing.request.ground {
        Some(SealGround::Issue(issue)) => issue,
        Some(SealGround::Appendix(appendix)) if !is_known(appendix, agency, tx)? => {
            return Err(Refusal::NumberUnknown.into());
        }
        Some(SealGround::Appendix(_) | SealGround::Copy(..)) | None => return Ok(false),
    };
    match standing(issue, agency, tx)?.as_slice() {
        [] => Ok(true),
        [one] if *one == this(issue) => Ok(false),
        _ => Err(Refusal::NumberTaken.into()),
    }
}

/// Whether a document of the agency has this number.
fn is_known(appendix: &Appendix, agency: AgencyId, tx: &mut Tx<'_>) -> QueryResult<bool> {
    let key = (
        agency.as_bytes().as_slice(),
        appendix.series.key(),
        i64::from(appendix.year),
        i64::from(appendix.number),
    );
    let query = document_number::table.find(key);
    on_each!(tx.db, db => diesel::select(diesel::dsl::exists(query)).get_result(db))
}

/// Series by its key, year, number and revision.
type Standing = (String, i64, i64, Vec<u8>);

fn this(issue: &Issue) -> Standing {
    let (year, number) = (issue.date.year().into(), issue.number.into());
    (
        issue.series.key().to_owned(),
        year,
        number,
        issue.revision.to_vec(),
    )
}

/// Whatever has this number, or is this document.
fn standing(issue: &Issue, agency: AgencyId, tx: &mut Tx<'_>) -> QueryResult<Vec<Standing>> {
    let number = document_number::series
        .eq(issue.series.key())
        .and(document_number::year.eq(i64::from(issue.date.year())))
        .and(document_number::number.eq(i64::from(issue.number)));
    let either = number.or(document_number::revision.eq(issue.revision.as_slice()));
    on_each!(tx.db, db => document_number::table
        .filter(document_number::agency_id.eq(agency.as_bytes().as_slice()))
        .filter(either)
        .select((
            document_number::series,
            document_number::year,
            document_number::number,
            document_number::revision,
        ))
        .load(db))
}

/// Keeps the number for the document of this intent.
pub(super) fn keep(signing: &Signing, tx: &mut Tx<'_>, sequence: i64) -> QueryResult<()> {
    let Some(SealGround::Issue(issue)) = &signing.request.ground else {
        return Ok(());
    };
    let row = NumberRow {
        agency_id: signing.credential.agency.as_bytes(),
        series: issue.series.key(),
        year: issue.date.year().into(),
        number: issue.number.into(),
        revision: &issue.revision,
        sequence,
    };
    insert_all!(tx.db, document_number::table, [row])
}
