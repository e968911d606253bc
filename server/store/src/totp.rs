//! A one-time password counts once: its step must be greater than the last accepted.

use std::net::IpAddr;

use diesel::prelude::*;
use kyso_core::Refusal;
use kyso_core::change::TotpUse;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::schema::totp_step;
use crate::throttle::{self, Factor};
use crate::writer::tx::Tx;

/// Accepts a one-time password that was found right, in the transaction of what it allows, and
/// ends the waits that failed ones brought upon the person's network.
///
/// # Errors
/// [`Refusal::OtpUsed`] if this step or a later one was accepted before (RFC 6238 §5.2).
pub(crate) fn accept(
    tx: &mut Tx<'_>,
    totp: TotpUse,
    source: Option<IpAddr>,
) -> Result<(), ApplyError> {
    let person = totp.person.as_bytes().as_slice();
    if last_step(tx.db, person)?.is_some_and(|last| totp.step <= last) {
        return Err(Refusal::OtpUsed.into());
    }
    let row = (
        totp_step::person_id.eq(person),
        totp_step::step.eq(totp.step),
    );
    let insert = diesel::insert_into(totp_step::table).values(row);
    on_each!(&mut *tx.db, db => insert.execute(db))?;
    throttle::clear(tx, person, Factor::Otp, source)
}

/// The last step accepted from this person.
pub(crate) fn last_step(db: &mut Db, person: &[u8]) -> QueryResult<Option<i64>> {
    let query = totp_step::table
        .filter(totp_step::person_id.eq(person))
        .select(diesel::dsl::max(totp_step::step));
    on_each!(db, db => query.get_result(db))
}
