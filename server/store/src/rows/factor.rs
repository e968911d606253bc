//! Passwords, one-time-password secrets, and the codes that let a person enrol them.

use diesel::prelude::*;

use super::sealed;
use crate::schema::{enrolment_code, password_factor, totp_factor};
use crate::seal::Field;

/// A password, as Argon2id hash.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = password_factor, primary_key(person_id))]
pub(crate) struct PasswordRow {
    pub(crate) person_id: Vec<u8>,
    pub(crate) phc: String,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(PasswordRow in password_factor, key person_id, domain Password,
events [FactorEnrolled, FactorReset, PasswordChanged], |row| [
    Field::Bytes(&row.person_id),
    Field::Text(&row.phc),
]);

/// A TOTP secret, sealed by the HSM under the row version.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = totp_factor, primary_key(person_id))]
pub(crate) struct TotpRow {
    pub(crate) person_id: Vec<u8>,
    pub(crate) secret: Vec<u8>,
    pub(crate) row_version: i64,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(TotpRow in totp_factor, key person_id, domain Totp,
events [FactorEnrolled, FactorReset], |row| [
    Field::Bytes(&row.person_id),
    Field::Bytes(&row.secret),
    Field::Int(row.row_version),
]);

/// A one-time enrolment code, as its hash. Using it is an entry about the person, after which
/// this row's own entry is no longer the latest: giving `used_at` back does not revive the code.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = enrolment_code, primary_key(person_id), treat_none_as_null = true)]
pub(crate) struct CodeRow {
    pub(crate) person_id: Vec<u8>,
    pub(crate) code_hash: Vec<u8>,
    pub(crate) expires_at: i64,
    pub(crate) used_at: Option<i64>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(CodeRow in enrolment_code, key person_id, domain EnrolmentCode,
events [FactorCodeIssued, FactorEnrolled, FactorReset], |row| [
    Field::Bytes(&row.person_id),
    Field::Bytes(&row.code_hash),
    Field::Int(row.expires_at),
    Field::int(row.used_at),
]);
