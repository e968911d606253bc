//! Rows of SADs, stamping sessions and their uses, and what their seals cover.

use diesel::dsl::min;
use diesel::prelude::*;
use kyso_core::id::{ClientId, CredentialId, PersonId, SadId, StampingSessionId};
use kyso_core::model::{Sad, SadBinding, SadHash, StampingSession};
use kyso_core::{Digest, HashAlgorithm, Timestamp};

use super::uses::{Run, Use};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::seal::{Domain, Field, Sealer};
use crate::tables::{consumption, release, sad, stamping_session, stamping_session_end};

/// A row of `sad`.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = sad, treat_none_as_default_value = false)]
pub(super) struct SadRow {
    pub(super) id: Vec<u8>,
    pub(super) hash: Vec<u8>,
    pub(super) client_id: Option<Vec<u8>>,
    pub(super) person_id: Option<Vec<u8>>,
    pub(super) credential_id: Vec<u8>,
    pub(super) session_id: Option<Vec<u8>>,
    pub(super) hash_algorithm: Option<String>,
    pub(super) digests: Option<Vec<u8>>,
    pub(super) total: i64,
    pub(super) documents: Vec<u8>,
    pub(super) expires_at: i64,
    pub(super) made_by: i64,
    pub(super) seal: Vec<u8>,
}

impl SadRow {
    /// The sealed row of a SAD that the entry `made_by` made.
    pub(super) fn new(sad: &Sad, made_by: i64, sealer: &Sealer) -> Self {
        let (digests, total) = match &sad.binding {
            SadBinding::Count(count) => (None, i64::from(*count)),
            SadBinding::Hashes(hashes) => {
                let bytes = hashes
                    .iter()
                    .flat_map(|digest| digest.as_bytes().iter().copied());
                (
                    Some(bytes.collect()),
                    i64::try_from(hashes.len()).unwrap_or(i64::MAX),
                )
            }
        };
        let mut row = Self {
            id: sad.id.as_bytes().to_vec(),
            hash: sad.hash.as_bytes().to_vec(),
            client_id: sad.client.map(|id| id.as_bytes().to_vec()),
            person_id: sad.person.map(|id| id.as_bytes().to_vec()),
            credential_id: sad.credential.as_bytes().to_vec(),
            session_id: sad.session.map(|id| id.as_bytes().to_vec()),
            hash_algorithm: sad.hash_algorithm.map(|hash| hash.name().to_owned()),
            digests,
            total,
            documents: sad.documents.to_vec(),
            expires_at: sad.expires_at.as_micros(),
            made_by,
            seal: Vec::new(),
        };
        row.seal = sealer.seal(Domain::Sad, &row.fields()).to_vec();
        row
    }

    fn fields(&self) -> [Field<'_>; 12] {
        [
            Field::Bytes(&self.id),
            Field::Bytes(&self.hash),
            Field::bytes(self.client_id.as_deref()),
            Field::bytes(self.person_id.as_deref()),
            Field::Bytes(&self.credential_id),
            Field::bytes(self.session_id.as_deref()),
            Field::text(self.hash_algorithm.as_deref()),
            Field::bytes(self.digests.as_deref()),
            Field::Int(self.total),
            Field::Bytes(&self.documents),
            Field::Int(self.expires_at),
            Field::Int(self.made_by),
        ]
    }

    /// The SAD, if its seal holds and it says something possible.
    pub(super) fn open(&self, sealer: &Sealer) -> Option<Sad> {
        if !sealer.verify(Domain::Sad, &self.fields(), &self.seal) {
            return None;
        }
        let algorithm = match &self.hash_algorithm {
            Some(name) => Some(HashAlgorithm::from_name(name)?),
            None => None,
        };
        let binding = match (&self.digests, algorithm) {
            (Some(bytes), Some(algorithm)) => SadBinding::Hashes(split(bytes, algorithm)?.into()),
            (None, _) => SadBinding::Count(u32::try_from(self.total).ok()?),
            (Some(_), None) => return None,
        };
        Some(Sad {
            id: SadId::try_from(self.id.as_slice()).ok()?,
            hash: SadHash::from_bytes(self.hash.as_slice().try_into().ok()?),
            client: optional(self.client_id.as_deref()).ok()?,
            person: optional(self.person_id.as_deref()).ok()?,
            credential: CredentialId::try_from(self.credential_id.as_slice()).ok()?,
            session: optional(self.session_id.as_deref()).ok()?,
            hash_algorithm: algorithm,
            binding,
            documents: self.documents.as_slice().try_into().ok()?,
            expires_at: Timestamp::from_micros(self.expires_at),
            made_by: Some(self.made_by),
        })
    }
}

fn split(bytes: &[u8], algorithm: HashAlgorithm) -> Option<Vec<Digest>> {
    let chunks = bytes.chunks(algorithm.digest_length());
    chunks
        .map(|chunk| Digest::new(algorithm, chunk).ok())
        .collect()
}

fn optional<'a, T: TryFrom<&'a [u8]>>(bytes: Option<&'a [u8]>) -> Result<Option<T>, T::Error> {
    bytes.map(T::try_from).transpose()
}

/// The row with this SAD's hash.
pub(super) fn sad_by_hash(db: &mut Db, hash: &SadHash) -> QueryResult<Option<SadRow>> {
    let hash = hash.as_bytes().as_slice();
    on_each!(db, db => sad::table
        .filter(sad::hash.eq(hash))
        .select(SadRow::as_select())
        .first(db)
        .optional())
}

/// A row of `stamping_session`.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = stamping_session, treat_none_as_default_value = false)]
pub(super) struct SessionRow {
    id: Vec<u8>,
    client_id: Vec<u8>,
    credential_id: Vec<u8>,
    opened_by: Vec<u8>,
    total: i64,
    purposes: String,
    opened_at: i64,
    expires_at: i64,
    pub(super) made_by: i64,
    seal: Vec<u8>,
}

impl SessionRow {
    /// The sealed row of a session that the entry `made_by` opened.
    pub(super) fn new(session: &StampingSession, made_by: i64, sealer: &Sealer) -> Self {
        let mut row = Self {
            id: session.id.as_bytes().to_vec(),
            client_id: session.client.as_bytes().to_vec(),
            credential_id: session.credential.as_bytes().to_vec(),
            opened_by: session.opened_by.as_bytes().to_vec(),
            total: i64::from(session.limit),
            // A list of strings cannot fail to serialise.
            purposes: serde_json::to_string(&session.purposes).unwrap_or_default(),
            opened_at: session.opened_at.as_micros(),
            expires_at: session.expires_at.as_micros(),
            made_by,
            seal: Vec::new(),
        };
        row.seal = sealer.seal(Domain::StampingSession, &row.fields()).to_vec();
        row
    }

    fn fields(&self) -> [Field<'_>; 9] {
        [
            Field::Bytes(&self.id),
            Field::Bytes(&self.client_id),
            Field::Bytes(&self.credential_id),
            Field::Bytes(&self.opened_by),
            Field::Int(self.total),
            Field::Text(&self.purposes),
            Field::Int(self.opened_at),
            Field::Int(self.expires_at),
            Field::Int(self.made_by),
        ]
    }

    /// The session, if its seal holds.
    pub(super) fn open(&self, sealer: &Sealer) -> Option<StampingSession> {
        if !sealer.verify(Domain::StampingSession, &self.fields(), &self.seal) {
            return None;
        }
        Some(StampingSession {
            id: StampingSessionId::try_from(self.id.as_slice()).ok()?,
            client: ClientId::try_from(self.client_id.as_slice()).ok()?,
            credential: CredentialId::try_from(self.credential_id.as_slice()).ok()?,
            opened_by: PersonId::try_from(self.opened_by.as_slice()).ok()?,
            limit: u32::try_from(self.total).ok()?,
            purposes: serde_json::from_str(&self.purposes).ok()?,
            opened_at: Timestamp::from_micros(self.opened_at),
            expires_at: Timestamp::from_micros(self.expires_at),
            closed_at: None,
            made_by: Some(self.made_by),
        })
    }
}

/// The row of this session.
pub(super) fn session_by_id(db: &mut Db, id: &[u8; 16]) -> QueryResult<Option<SessionRow>> {
    on_each!(db, db => stamping_session::table
        .find(id.as_slice())
        .select(SessionRow::as_select())
        .first(db)
        .optional())
}

/// Sessions that were not closed and have not ended, for the snapshot; and the ids of those rows
/// that must not be trusted.
pub(crate) fn open_sessions(
    db: &mut Db,
    sealer: &Sealer,
    now: Timestamp,
) -> QueryResult<(Vec<StampingSession>, Vec<Vec<u8>>)> {
    use stamping_session_end::session_id;
    let ended = stamping_session_end::table.select(session_id);
    let rows: Vec<SessionRow> = on_each!(db, db => stamping_session::table
        .filter(stamping_session::expires_at.gt(now.as_micros()))
        .filter(stamping_session::id.ne_all(ended))
        .select(SessionRow::as_select())
        .load(db))?;
    let (mut open, mut bad) = (Vec::new(), Vec::new());
    for row in rows {
        let latest = crate::writer::tx::latest_entry(db, &row.id)?;
        match row.open(sealer) {
            Some(session) if latest.is_some_and(|(made_by, _)| made_by == row.made_by) => {
                open.push(session);
            }
            _ => bad.push(row.id),
        }
    }
    Ok((open, bad))
}

/// Sequence of the entry that made the oldest grant in force.
pub(crate) fn oldest_grant(db: &mut Db, now: Timestamp) -> QueryResult<Option<i64>> {
    let now = now.as_micros();
    let oldest_sad: Option<i64> = on_each!(&mut *db, db => sad::table
        .filter(sad::expires_at.gt(now))
        .select(min(sad::made_by))
        .first(db))?;
    let oldest_session: Option<i64> = on_each!(db, db => stamping_session::table
        .filter(stamping_session::expires_at.gt(now))
        .select(min(stamping_session::made_by))
        .first(db))?;
    Ok(oldest_sad.into_iter().chain(oldest_session).min())
}

/// A row of `consumption`.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = consumption, treat_none_as_default_value = false)]
pub(super) struct ConsumptionRow {
    grant_id: Vec<u8>,
    ordinal: i64,
    turn: i64,
    pub(super) span: i64,
    pub(super) sequence: i64,
    seal: Vec<u8>,
}

impl ConsumptionRow {
    /// The sealed row of uses that the entry `sequence` makes.
    pub(super) fn new(grant: &[u8; 16], made: Run, sequence: i64, sealer: &Sealer) -> Self {
        let mut row = Self {
            grant_id: grant.to_vec(),
            ordinal: made.first.ordinal,
            turn: made.first.turn,
            span: made.span,
            sequence,
            seal: Vec::new(),
        };
        row.seal = sealer.seal(Domain::Consumption, &row.fields()).to_vec();
        row
    }

    /// A single use is sealed as it was before there were runs, so that its older rows hold.
    fn fields(&self) -> Vec<Field<'_>> {
        let single = [
            Field::Bytes(&self.grant_id),
            Field::Int(self.ordinal),
            Field::Int(self.turn),
            Field::Int(self.sequence),
        ];
        let run = (self.span != 1).then_some(Field::Int(self.span));
        single.into_iter().chain(run).collect()
    }

    /// The uses, if the seal holds.
    pub(super) fn open(&self, sealer: &Sealer) -> Option<Run> {
        let holds = sealer.verify(Domain::Consumption, &self.fields(), &self.seal);
        holds.then_some(Run {
            first: Use {
                ordinal: self.ordinal,
                turn: self.turn,
            },
            span: self.span,
        })
    }
}

/// A row of `release`.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = release, treat_none_as_default_value = false)]
pub(super) struct ReleaseRow {
    grant_id: Vec<u8>,
    ordinal: i64,
    turn: i64,
    pub(super) sequence: i64,
    seal: Vec<u8>,
}

impl ReleaseRow {
    /// The sealed row of a use that the entry `sequence` gives back.
    pub(super) fn new(grant: &[u8; 16], made: Use, sequence: i64, sealer: &Sealer) -> Self {
        let mut row = Self {
            grant_id: grant.to_vec(),
            ordinal: made.ordinal,
            turn: made.turn,
            sequence,
            seal: Vec::new(),
        };
        row.seal = sealer.seal(Domain::Release, &row.fields()).to_vec();
        row
    }

    fn fields(&self) -> [Field<'_>; 4] {
        [
            Field::Bytes(&self.grant_id),
            Field::Int(self.ordinal),
            Field::Int(self.turn),
            Field::Int(self.sequence),
        ]
    }

    /// The use that was given back, if the seal holds.
    pub(super) fn open(&self, sealer: &Sealer) -> Option<Use> {
        let holds = sealer.verify(Domain::Release, &self.fields(), &self.seal);
        holds.then_some(Use {
            ordinal: self.ordinal,
            turn: self.turn,
        })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretBox;

    use super::*;

    /// What the first schema sealed: a use had four columns.
    #[test]
    fn the_seal_of_a_single_use_is_the_one_from_before_runs() {
        let sealer = Sealer::new(&SecretBox::new(Box::new([3; 32])));
        let made = Use {
            ordinal: 7,
            turn: 1,
        };
        let before = [
            Field::Bytes(&[1; 16]),
            Field::Int(7),
            Field::Int(1),
            Field::Int(40),
        ];
        let row = ConsumptionRow::new(&[1; 16], Run::single(made), 40, &sealer);
        assert!(sealer.verify(Domain::Consumption, &before, &row.seal));
        let mut run = row;
        run.span = 2;
        assert_eq!(run.open(&sealer), None, "a run is sealed with its length");
    }
}
