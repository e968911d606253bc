//! Loads what policy decides over: every row that grants power and can be trusted.
//!
//! Only areas that moved since the base are read again, as this server's own changes say; all of them, where another server made a
//! change. A row whose seal does not hold, or whose
//! entry is not the latest about it, is left out, so it grants nothing, and is reported.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use kyso_core::id::{CredentialId, PersonId, TokenFamilyId};
use kyso_core::journal::JournalError;
use kyso_core::model::{Credential, Factors, StampingSession};
use kyso_core::sessions::Sessions;
use kyso_core::snapshot::{Agencies, Clients, People, RevokedTokens};
use kyso_core::{Snapshot, Timestamp};
use secrecy::SecretString;

use crate::apply::LONGEST_ACCESS;
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::rows::{
    AgencyRow, Alarm, AuthorityRow, CallbackRow, Certificates, ClientRow, CodeOfAgency, Fault,
    GrantRow, KeyRow, PENDING, PasswordRow, PendingRow, PersonRow, PictureRow, RoleRow,
    SealedCredential, Table as _, TotpRow, readable,
};
use crate::schema::{agency_code, revoked_family, revoked_token};
use crate::seal::{Domain, Sealer};
use crate::writer::ledger::counters;
use crate::writer::tx::Area;

/// A snapshot, and the rows that were left out of it.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) snapshot: Snapshot,
    pub(crate) alarms: Vec<Alarm>,
}

/// Loads the newest snapshot, sharing with `base` the areas that did not move; inside a
/// transaction that sees one state throughout. `own` says which moved between the base and an epoch, if nobody else moved any.
///
/// # Errors
/// [`JournalError::Rewound`] if the epoch is behind the base, or an area has no counter: what moved
/// would go unnoticed.
pub(crate) fn load(
    db: &mut Db,
    sealer: &Sealer,
    base: &Snapshot,
    now: Timestamp,
    own: impl FnOnce(i64) -> Option<Vec<Area>>,
) -> Result<Loaded, StoreError> {
    // Counters before rows: rows may be newer than the epoch says, never older.
    let counters = counters(db)?;
    let epoch = counters.iter().copied().max().unwrap_or(0);
    if counters.len() != Area::COUNT || epoch < base.epoch {
        return Err(JournalError::Rewound.into());
    }
    // Which counter tells of a change is for the database's owner to say; what changed is not.
    let own = own(epoch);
    let moved = |area: Area| own.as_ref().is_none_or(|areas| areas.contains(&area));
    let mut loader = Loader {
        db,
        sealer,
        now,
        alarms: Vec::new(),
    };
    let mut snapshot = base.clone();
    if moved(Area::Agencies) {
        snapshot.agencies = Arc::new(loader.agencies()?);
    }
    if moved(Area::People) {
        snapshot.people = Arc::new(loader.people()?);
    }
    if moved(Area::Clients) {
        snapshot.clients = Arc::new(loader.clients()?);
    }
    if moved(Area::Credentials) {
        snapshot.credentials = Arc::new(loader.credentials()?);
    }
    if moved(Area::Sessions) {
        snapshot.sessions = Arc::new(loader.sessions()?);
    }
    let bearing = [
        Area::Agencies,
        Area::Credentials,
        Area::People,
        Area::Sessions,
    ];
    if bearing.into_iter().any(moved) {
        loader.leave_out_outlived(&mut snapshot);
    }
    if moved(Area::Pending) {
        snapshot.pending = Arc::new(loader.pending()?);
    }
    if moved(Area::Tokens) {
        snapshot.revoked = Arc::new(loader.revoked()?);
    }
    snapshot.epoch = epoch;
    Ok(Loaded {
        snapshot,
        alarms: loader.alarms,
    })
}

struct Loader<'a> {
    db: &'a mut Db,
    sealer: &'a Sealer,
    now: Timestamp,
    alarms: Vec<Alarm>,
}

impl Loader<'_> {
    fn agencies(&mut self) -> QueryResult<Agencies> {
        let codes: Vec<CodeOfAgency> = on_each!(&mut *self.db, db => agency_code::table
            .order((agency_code::format, agency_code::code))
            .select(CodeOfAgency::as_select())
            .load(db))?;
        let mut by_agency: HashMap<Vec<u8>, Vec<_>> = HashMap::new();
        for code in codes {
            by_agency
                .entry(code.agency_id.clone())
                .or_default()
                .push(code.model());
        }
        let rows = AgencyRow::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        let codes = |row: &AgencyRow| by_agency.get(&row.id).cloned().unwrap_or_default();
        let agencies = readable(rows, &mut self.alarms, |row| row.model(codes(row)));
        Ok(agencies
            .into_iter()
            .map(|agency| (agency.id, agency))
            .collect())
    }

    fn people(&mut self) -> QueryResult<People> {
        let rows = PersonRow::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        let people = readable(rows, &mut self.alarms, PersonRow::model);
        let mut all = People::default();
        self.authorities(&mut all)?;
        self.factors(&mut all)?;
        self.roles(&mut all)?;
        let mut rows = PictureRow::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        rows.retain(|row| row.digest.is_some());
        let pictures = readable(rows, &mut self.alarms, PictureRow::model);
        let pictures = pictures.into_iter().map(|picture| (picture.owner, picture));
        all.pictures = pictures.collect();
        for person in people {
            all.by_login.insert(person.login.clone(), person.id);
            all.by_id.insert(person.id, person);
        }
        Ok(all)
    }

    fn factors(&mut self, people: &mut People) -> QueryResult<()> {
        let factors: &mut HashMap<PersonId, Factors> = &mut people.factors;
        for row in PasswordRow::all_trusted(self.db, self.sealer, &mut self.alarms)? {
            if let Ok(person) = PersonId::try_from(row.person_id.as_slice()) {
                let password = (SecretString::from(row.phc), row.made_by);
                factors.entry(person).or_default().password = Some(password);
            }
        }
        for row in TotpRow::all_trusted(self.db, self.sealer, &mut self.alarms)? {
            if let Ok(person) = PersonId::try_from(row.person_id.as_slice()) {
                factors.entry(person).or_default().totp = Some((row.secret, row.row_version));
                people.since.factors.insert(person, row.made_by);
            }
        }
        Ok(())
    }

    fn roles(&mut self, people: &mut People) -> QueryResult<()> {
        let mut rows = RoleRow::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        rows.retain(|row| row.revoked_at.is_none());
        let made = |row: &RoleRow| Some((row.model()?, row.made_by));
        for (grant, made_by) in readable(rows, &mut self.alarms, made) {
            people.since.roles.insert(grant.id, made_by);
            people.roles.push(grant);
        }
        Ok(())
    }

    fn authorities(&mut self, people: &mut People) -> QueryResult<()> {
        let rows = AuthorityRow::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        let (past, rest): (Vec<_>, _) = rows.into_iter().partition(|row| row.ended_at.is_some());
        people.authorities = readable(rest, &mut self.alarms, AuthorityRow::model);
        people.past_authorities = readable(past, &mut self.alarms, AuthorityRow::model);
        Ok(())
    }

    fn clients(&mut self) -> QueryResult<Clients> {
        let rows = ClientRow::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        let clients = readable(rows, &mut self.alarms, ClientRow::model);
        let mut rows = KeyRow::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        rows.retain(|row| row.revoked_at.is_none());
        let keys = readable(rows, &mut self.alarms, KeyRow::model);
        let mut grants = GrantRow::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        grants.retain(|row| row.revoked_at.is_none());
        let mut all = Clients {
            keys,
            ..Clients::default()
        };
        let rows = CallbackRow::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        for callback in readable(rows, &mut self.alarms, CallbackRow::model) {
            all.callbacks.insert(callback.client, callback);
        }
        for grant in readable(grants, &mut self.alarms, GrantRow::model) {
            all.grants.entry(grant.client).or_default().push(grant);
        }
        for client in clients {
            all.by_name.insert(client.name.clone(), client.id);
            all.by_id.insert(client.id, client);
        }
        Ok(all)
    }

    fn credentials(&mut self) -> QueryResult<HashMap<CredentialId, Arc<Credential>>> {
        let certificates = Certificates::load(self.db)?;
        let rows = SealedCredential::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        let credentials = readable(rows, &mut self.alarms, |row| row.model(&certificates));
        Ok(credentials
            .into_iter()
            .map(|c| (c.id, Arc::new(c)))
            .collect())
    }

    fn sessions(&mut self) -> QueryResult<Sessions> {
        let (sessions, bad) = crate::signing::open_sessions(self.db, self.sealer, self.now)?;
        let kind = Domain::StampingSession.name();
        let alarm = |object| Alarm {
            kind,
            object,
            fault: Fault::Seal,
        };
        self.alarms.extend(bad.into_iter().map(alarm));
        Ok(sessions.into_iter().collect())
    }

    /// Sessions that a reset or the end of an office did not find, since somebody hid their rows.
    fn leave_out_outlived(&mut self, snapshot: &mut Snapshot) {
        let outlived = |session: &&StampingSession| snapshot.is_outlived(session);
        let outlived: Vec<_> = snapshot
            .sessions
            .iter()
            .filter(outlived)
            .map(|s| s.id)
            .collect();
        if outlived.is_empty() {
            return;
        }
        let sessions = Arc::make_mut(&mut snapshot.sessions);
        for id in outlived {
            sessions.remove(id);
            self.alarms.push(Alarm {
                kind: Domain::StampingSession.name(),
                object: id.as_bytes().to_vec(),
                fault: Fault::Outlived,
            });
        }
    }

    fn pending(
        &mut self,
    ) -> QueryResult<HashMap<kyso_core::id::PendingChangeId, kyso_core::model::PendingChange>> {
        let mut rows = PendingRow::all_trusted(self.db, self.sealer, &mut self.alarms)?;
        rows.retain(|row| row.state == PENDING && row.expires_at > self.now.as_micros());
        let pending = readable(rows, &mut self.alarms, PendingRow::model);
        Ok(pending
            .into_iter()
            .map(|change| (change.id, change))
            .collect())
    }

    fn revoked(&mut self) -> QueryResult<RevokedTokens> {
        let now = self.now.as_micros();
        let tokens: Vec<Vec<u8>> = on_each!(&mut *self.db, db => revoked_token::table
            .filter(revoked_token::expires_at.gt(now))
            .select(revoked_token::jti)
            .load(db))?;
        let longest = i64::try_from(LONGEST_ACCESS.as_micros()).unwrap_or(i64::MAX);
        let families: Vec<Vec<u8>> = on_each!(&mut *self.db, db => revoked_family::table
            .filter(revoked_family::revoked_at.gt(now.saturating_sub(longest)))
            .select(revoked_family::family_id)
            .load(db))?;
        Ok(RevokedTokens {
            tokens: tokens
                .iter()
                .filter_map(|jti| jti.as_slice().try_into().ok())
                .collect(),
            families: families
                .iter()
                .filter_map(|family| TokenFamilyId::try_from(family.as_slice()).ok())
                .collect(),
        })
    }
}
