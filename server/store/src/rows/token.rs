//! Token families: the refresh token in force of each log-in.

use diesel::prelude::*;

use super::sealed;
use crate::schema::token_family;
use crate::seal::Field;

/// A family that has a refresh token.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = token_family, treat_none_as_null = true)]
pub(crate) struct FamilyRow {
    pub(crate) id: Vec<u8>,
    pub(crate) client_id: Option<Vec<u8>>,
    pub(crate) person_id: Option<Vec<u8>>,
    pub(crate) refresh: Vec<u8>,
    pub(crate) expires_at: i64,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(FamilyRow in token_family, key id, domain TokenFamily,
events [TokenIssued, TokenRevoked], |row| [
    Field::Bytes(&row.id),
    Field::bytes(row.client_id.as_deref()),
    Field::bytes(row.person_id.as_deref()),
    Field::Bytes(&row.refresh),
    Field::Int(row.expires_at),
    Field::int(row.revoked_at),
]);
