//! Agencies, people, roles and authority.

use std::collections::BTreeMap;

use diesel::prelude::*;
use kyso_core::Timestamp;
use kyso_core::id::{AgencyId, AuthorityId, PersonId, RoleGrantId};
use kyso_core::model::{
    Agency, AgencyCode, AuthorityKind, AuthorityRecord, CodeFormat, Dated, Person, Role, RoleGrant,
};
use serde::{Deserialize, Serialize};

use super::sealed;
use crate::schema::{agency, agency_code, authority, person, role_grant};
use crate::seal::Field;

/// An agency without its codes.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agency, treat_none_as_null = true)]
pub(crate) struct AgencyRow {
    pub(crate) id: Vec<u8>,
    pub(crate) parent_id: Option<Vec<u8>>,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) level: String,
    pub(crate) valid_from: i64,
    pub(crate) valid_until: Option<i64>,
    pub(crate) dated: Option<String>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(AgencyRow in agency, key id, domain Agency,
events [AgencyRegistered, AgencyMoved, AgencyRenamed, AgencyEnded], |row| [
    Field::Bytes(&row.id),
    Field::bytes(row.parent_id.as_deref()),
    Field::Int(row.valid_from),
    Field::int(row.valid_until),
] and where there row.dated.as_deref().map(|dated| [Field::Text(dated), Field::Text(&row.name)]));

/// Other names and places than the first, each by the date from which it holds. A row without them is from before they
/// had dates, and its name is not under its seal.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    names: BTreeMap<Timestamp, String>,
    parents: BTreeMap<Timestamp, Option<AgencyId>>,
}

impl From<&Agency> for AgencyRow {
    fn from(agency: &Agency) -> Self {
        Self {
            id: agency.id.as_bytes().to_vec(),
            parent_id: agency.parent.first().map(|id| id.as_bytes().to_vec()),
            name: agency.name.first().clone(),
            kind: agency.kind.clone(),
            level: agency.level.clone(),
            valid_from: agency.valid_from.as_micros(),
            valid_until: agency.valid_until.map(Timestamp::as_micros),
            dated: stored(agency).ok(),
            made_by: 0,
            seal: Vec::new(),
        }
    }
}

impl AgencyRow {
    /// The agency, with these codes.
    pub(crate) fn model(&self, codes: Vec<AgencyCode>) -> Option<Agency> {
        let Changes { names, parents } = self.changes()?;
        let parent = self.parent_id.as_deref().map(AgencyId::try_from);
        Some(Agency {
            id: AgencyId::try_from(self.id.as_slice()).ok()?,
            parent: Dated::with(parent.transpose().ok()?, parents),
            name: Dated::with(self.name.clone(), names),
            kind: self.kind.clone(),
            level: self.level.clone(),
            valid_from: Timestamp::from_micros(self.valid_from),
            valid_until: self.valid_until.map(Timestamp::from_micros),
            codes,
        })
    }

    fn changes(&self) -> Option<Changes> {
        let stored = self.dated.as_deref();
        stored.map_or(Some(Changes::default()), |json| {
            serde_json::from_str(json).ok()
        })
    }

    /// Puts what has changed or is planned of the agency's name and place into the row.
    pub(crate) fn plan(&mut self, agency: &Agency) -> Result<(), serde_json::Error> {
        self.dated = Some(stored(agency)?);
        Ok(())
    }
}

/// What has changed or is planned of an agency's name and place, as the row has it.
fn stored(agency: &Agency) -> Result<String, serde_json::Error> {
    let names = agency.name.later().clone();
    let parents = agency.parent.later().clone();
    serde_json::to_string(&Changes { names, parents })
}

/// A code of an agency; it names and grants nothing, so it has no seal.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = agency_code)]
pub(crate) struct CodeOfAgency {
    pub(crate) format: String,
    pub(crate) code: String,
    pub(crate) agency_id: Vec<u8>,
    pub(crate) valid_from: i64,
    pub(crate) valid_until: Option<i64>,
}

impl CodeOfAgency {
    pub(crate) fn new(agency: AgencyId, code: &AgencyCode) -> Self {
        Self {
            format: format_name(code.format).to_owned(),
            code: code.code.clone(),
            agency_id: agency.as_bytes().to_vec(),
            valid_from: code.valid_from.as_micros(),
            valid_until: code.valid_until.map(Timestamp::as_micros),
        }
    }

    pub(crate) fn model(&self) -> AgencyCode {
        let legacy = self.format == format_name(CodeFormat::Legacy);
        AgencyCode {
            format: if legacy {
                CodeFormat::Legacy
            } else {
                CodeFormat::Modern
            },
            code: self.code.clone(),
            valid_from: Timestamp::from_micros(self.valid_from),
            valid_until: self.valid_until.map(Timestamp::from_micros),
        }
    }
}

pub(crate) const fn format_name(format: CodeFormat) -> &'static str {
    match format {
        CodeFormat::Legacy => "legacy",
        CodeFormat::Modern => "modern",
    }
}

/// A person.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = person, treat_none_as_null = true)]
pub(crate) struct PersonRow {
    pub(crate) id: Vec<u8>,
    pub(crate) login: String,
    pub(crate) name: String,
    pub(crate) agency_id: Vec<u8>,
    pub(crate) position: String,
    pub(crate) email: String,
    pub(crate) position_required: bool,
    pub(crate) ended_at: Option<i64>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(PersonRow in person, key id, domain Person,
events [PersonRegistered, PersonEnded, PersonErased], |row| [
    Field::Bytes(&row.id),
    Field::Text(&row.login),
    Field::Bytes(&row.agency_id),
    Field::int(row.ended_at),
]);

impl From<&Person> for PersonRow {
    fn from(person: &Person) -> Self {
        Self {
            id: person.id.as_bytes().to_vec(),
            login: person.login.clone(),
            name: person.name.clone(),
            agency_id: person.agency.as_bytes().to_vec(),
            position: person.position.clone(),
            email: person.email.clone(),
            position_required: person.position_required,
            ended_at: person.ended_at.map(Timestamp::as_micros),
            made_by: 0,
            seal: Vec::new(),
        }
    }
}

impl PersonRow {
    pub(crate) fn model(&self) -> Option<Person> {
        Some(Person {
            id: PersonId::try_from(self.id.as_slice()).ok()?,
            login: self.login.clone(),
            name: self.name.clone(),
            agency: AgencyId::try_from(self.agency_id.as_slice()).ok()?,
            position: self.position.clone(),
            email: self.email.clone(),
            position_required: self.position_required,
            ended_at: self.ended_at.map(Timestamp::from_micros),
        })
    }
}

/// A role that a person holds or held.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = role_grant, treat_none_as_null = true)]
pub(crate) struct RoleRow {
    pub(crate) id: Vec<u8>,
    pub(crate) person_id: Vec<u8>,
    pub(crate) role: String,
    pub(crate) agency_id: Option<Vec<u8>>,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(RoleRow in role_grant, key id, domain Role,
events [RoleGranted, RoleRevoked], |row| [
    Field::Bytes(&row.id),
    Field::Bytes(&row.person_id),
    Field::Text(&row.role),
    Field::bytes(row.agency_id.as_deref()),
    Field::int(row.revoked_at),
]);

impl From<&RoleGrant> for RoleRow {
    fn from(grant: &RoleGrant) -> Self {
        Self {
            id: grant.id.as_bytes().to_vec(),
            person_id: grant.person.as_bytes().to_vec(),
            role: grant.role.name().to_owned(),
            agency_id: grant.agency.map(|id| id.as_bytes().to_vec()),
            revoked_at: None,
            made_by: 0,
            seal: Vec::new(),
        }
    }
}

impl RoleRow {
    pub(crate) fn model(&self) -> Option<RoleGrant> {
        Some(RoleGrant {
            id: RoleGrantId::try_from(self.id.as_slice()).ok()?,
            person: PersonId::try_from(self.person_id.as_slice()).ok()?,
            role: Role::from_name(&self.role)?,
            agency: match &self.agency_id {
                Some(agency) => Some(AgencyId::try_from(agency.as_slice()).ok()?),
                None => None,
            },
        })
    }
}

/// A record of authority, in force or ended.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = authority, treat_none_as_null = true)]
pub(crate) struct AuthorityRow {
    pub(crate) id: Vec<u8>,
    pub(crate) person_id: Vec<u8>,
    pub(crate) agency_id: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) basis: String,
    pub(crate) valid_from: i64,
    pub(crate) valid_until: i64,
    pub(crate) ended_at: Option<i64>,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

sealed!(AuthorityRow in authority, key id, domain Authority,
events [AuthorityRecorded, AuthorityEnded], |row| [
    Field::Bytes(&row.id),
    Field::Bytes(&row.person_id),
    Field::Bytes(&row.agency_id),
    Field::Text(&row.kind),
    Field::Text(&row.basis),
    Field::Int(row.valid_from),
    Field::Int(row.valid_until),
    Field::int(row.ended_at),
]);

impl From<&AuthorityRecord> for AuthorityRow {
    fn from(record: &AuthorityRecord) -> Self {
        Self {
            id: record.id.as_bytes().to_vec(),
            person_id: record.person.as_bytes().to_vec(),
            agency_id: record.agency.as_bytes().to_vec(),
            kind: record.kind.name().to_owned(),
            basis: record.basis.clone(),
            valid_from: record.valid_from.as_micros(),
            valid_until: record.valid_until.as_micros(),
            ended_at: None,
            made_by: 0,
            seal: Vec::new(),
        }
    }
}

impl AuthorityRow {
    /// The record; one that was ended is valid until then.
    pub(crate) fn model(&self) -> Option<AuthorityRecord> {
        Some(AuthorityRecord {
            id: AuthorityId::try_from(self.id.as_slice()).ok()?,
            person: PersonId::try_from(self.person_id.as_slice()).ok()?,
            agency: AgencyId::try_from(self.agency_id.as_slice()).ok()?,
            kind: AuthorityKind::from_name(&self.kind)?,
            basis: self.basis.clone(),
            valid_from: Timestamp::from_micros(self.valid_from),
            valid_until: Timestamp::from_micros(
                self.valid_until.min(self.ended_at.unwrap_or(i64::MAX)),
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Sealed as _;

    /// The seal of a row from before has to hold: what was under it is what it was.
    #[test]
    fn an_agency_from_before_names_had_dates_has_the_fields_that_it_had() {
        let agency = Agency {
            id: AgencyId::random(),
            parent: Dated::new(Some(AgencyId::random())),
            name: Dated::new("A".to_owned()),
            kind: "so".to_owned(),
            level: "tinh".to_owned(),
            valid_from: Timestamp::from_micros(7),
            valid_until: None,
            codes: Vec::new(),
        };
        let mut row = AgencyRow::from(&agency);
        assert_eq!(row.fields().len(), 6, "dates and name are under it");
        row.dated = None;
        let parent = agency.parent.first().unwrap();
        let before = [
            Field::Bytes(agency.id.as_bytes()),
            Field::Bytes(parent.as_bytes()),
            Field::Int(7),
            Field::int(None),
        ];
        let root = secrecy::SecretBox::new(Box::new([7; 32]));
        let sealer = crate::seal::Sealer::new(&root);
        let [now, then] =
            [&row.fields()[..], &before].map(|all| sealer.seal(AgencyRow::DOMAIN, all));
        assert_eq!(now, then);
        assert_eq!(row.model(Vec::new()), Some(agency));
    }
}
