//! Credentials, their keys and their certificates.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use kyso_core::change::CredentialRequest;
use kyso_core::custody::KeyRef;
use kyso_core::id::{AgencyId, CredentialId, PersonId};
use kyso_core::model::{Certificate, Credential, CredentialKind, CredentialState, Owner};
use kyso_core::{KeyAlgorithm, Timestamp};
use sha2::{Digest as _, Sha256};

use super::issued::issued;
use super::{Alarm, Latest, Sealed, latest_of, trust, trusted};
use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::schema::{certificate, credential, credential_key};
use crate::seal::{Domain, Field, Sealer};
use crate::writer::tx::Tx;

/// A credential, without its key.
#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = credential, treat_none_as_null = true)]
pub(crate) struct CredentialRow {
    pub(crate) id: Vec<u8>,
    pub(crate) kind: String,
    pub(crate) person_id: Option<Vec<u8>>,
    pub(crate) agency_id: Vec<u8>,
    pub(crate) chain: Option<Vec<u8>>,
    pub(crate) not_before: Option<i64>,
    pub(crate) not_after: Option<i64>,
    pub(crate) state: String,
    pub(crate) handed_over_at: Option<i64>,
    pub(crate) locked_by_reset: bool,
    pub(crate) multisign: i64,
    pub(crate) sad_seconds: i64,
    pub(crate) extensible: bool,
    pub(crate) by_digest: bool,
    pub(crate) made_by: i64,
    pub(crate) seal: Vec<u8>,
}

/// The key of a credential; never changed.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = credential_key)]
pub(crate) struct Image {
    pub(crate) credential_id: Vec<u8>,
    pub(crate) cka_id: Vec<u8>,
    pub(crate) algorithm: String,
    pub(crate) spki: Vec<u8>,
    pub(crate) request: Vec<u8>,
}

/// A credential and its key, which one seal covers.
#[derive(Clone)]
pub(crate) struct SealedCredential {
    pub(crate) row: CredentialRow,
    pub(crate) key: Image,
}

impl Sealed for SealedCredential {
    const DOMAIN: Domain = Domain::Credential;
    const EVENTS: &'static [kyso_evidence::Event] = &[
        kyso_evidence::Event::CredentialRequested,
        kyso_evidence::Event::CredentialCertified,
        kyso_evidence::Event::CredentialHandedOver,
        kyso_evidence::Event::CredentialActivated,
        kyso_evidence::Event::CredentialLocked,
        kyso_evidence::Event::CredentialUnlocked,
        kyso_evidence::Event::CredentialRevoked,
        kyso_evidence::Event::CredentialExpired,
        kyso_evidence::Event::CredentialErased,
    ];

    fn object(&self) -> &[u8] {
        &self.row.id
    }

    fn made_by(&self) -> i64 {
        self.row.made_by
    }

    fn seal(&self) -> &[u8] {
        &self.row.seal
    }

    fn fields(&self) -> Vec<Field<'_>> {
        let (row, key) = (&self.row, &self.key);
        let mut fields = vec![
            Field::Bytes(&row.id),
            Field::Text(&row.kind),
            Field::bytes(row.person_id.as_deref()),
            Field::Bytes(&row.agency_id),
            Field::Bytes(&key.cka_id),
            Field::Text(&key.algorithm),
            Field::Bytes(&key.spki),
            Field::bytes(row.chain.as_deref()),
            Field::int(row.not_before),
            Field::int(row.not_after),
            Field::Text(&row.state),
            Field::int(row.handed_over_at),
            Field::Flag(row.locked_by_reset),
            Field::Int(row.multisign),
            Field::Int(row.sad_seconds),
            Field::Flag(row.extensible),
        ];
        // Rows from before the column have none: where it is not set, theirs is the seal.
        if row.by_digest {
            fields.push(Field::Flag(true));
        }
        fields
    }

    fn put_seal(&mut self, made_by: i64, seal: [u8; 32]) {
        self.row.made_by = made_by;
        self.row.seal = seal.to_vec();
    }
}

impl SealedCredential {
    /// The rows of a new key.
    pub(crate) fn new(request: &CredentialRequest, agency: &[u8]) -> Self {
        let id = request.id.as_bytes().to_vec();
        let person_id = request
            .owner
            .person()
            .map(|person| person.as_bytes().to_vec());
        let key = Image {
            credential_id: id.clone(),
            cka_id: request.key.cka_id.to_vec(),
            algorithm: request.key.algorithm.name().to_owned(),
            spki: request.key.spki.to_vec(),
            request: request.request.clone(),
        };
        let row = CredentialRow {
            id,
            kind: request.kind.name().to_owned(),
            person_id,
            agency_id: agency.to_vec(),
            chain: None,
            not_before: None,
            not_after: None,
            state: CredentialState::Requested.name().to_owned(),
            handed_over_at: None,
            locked_by_reset: false,
            multisign: i64::from(request.multisign),
            sad_seconds: i64::from(request.sad_seconds),
            extensible: request.extensible,
            by_digest: request.by_digest,
            made_by: 0,
            seal: Vec::new(),
        };
        Self { row, key }
    }

    /// The state, if it is one.
    pub(crate) fn state(&self) -> Option<CredentialState> {
        CredentialState::from_name(&self.row.state)
    }

    /// Inserts both rows.
    pub(crate) fn insert(mut self, tx: &mut Tx<'_>, made_by: i64) -> Result<(), ApplyError> {
        self.sign(tx.sealer, made_by);
        let row = diesel::insert_into(credential::table).values(&self.row);
        on_each!(&mut *tx.db, db => row.execute(db))?;
        let key = diesel::insert_into(credential_key::table).values(&self.key);
        on_each!(&mut *tx.db, db => key.execute(db))?;
        Ok(())
    }

    /// Writes the row anew; the key never changes.
    pub(crate) fn update(mut self, tx: &mut Tx<'_>, made_by: i64) -> Result<(), ApplyError> {
        self.sign(tx.sealer, made_by);
        let row = credential::table.filter(credential::id.eq(&self.row.id));
        let update = diesel::update(row).set(&self.row);
        on_each!(&mut *tx.db, db => update.execute(db))?;
        Ok(())
    }

    /// The credential with this id, if there is one and it can be trusted.
    pub(crate) fn find(tx: &mut Tx<'_>, id: &[u8]) -> Result<Option<Self>, ApplyError> {
        let found: Option<(CredentialRow, Image)> = on_each!(&mut *tx.db, db => credential::table
            .inner_join(credential_key::table)
            .filter(credential::id.eq(id))
            .select((CredentialRow::as_select(), Image::as_select()))
.first(db).optional())?;
        found
            .map(|(row, key)| trust(tx, Self { row, key }))
            .transpose()
    }

    /// The credentials of a person, trusted or not.
    pub(crate) fn of_person(tx: &mut Tx<'_>, person: PersonId) -> Result<Vec<Self>, ApplyError> {
        let query = credential::table
            .filter(credential::person_id.eq(person.as_bytes().as_slice()))
            .order(credential::id)
            .select(credential::id);
        let ids: Vec<Vec<u8>> = on_each!(&mut *tx.db, db => query.load(db))?;
        let found = ids.iter().map(|id| Self::find(tx, id));
        Ok(found
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    /// Every credential that can be trusted; an alarm for each of the others.
    pub(crate) fn all_trusted(
        db: &mut Db,
        sealer: &Sealer,
        alarms: &mut Vec<Alarm>,
    ) -> QueryResult<Vec<Self>> {
        let (rows, latest) = (Self::all(db)?, Self::latest(db)?);
        Ok(trusted(sealer, rows, &latest, alarms))
    }

    fn latest(db: &mut Db) -> QueryResult<Latest> {
        latest_of!(db, Self, credential.id)
    }

    fn all(db: &mut Db) -> QueryResult<Vec<Self>> {
        let rows: Vec<(CredentialRow, Image)> = on_each!(db, db => credential::table
            .inner_join(credential_key::table)
            .select((CredentialRow::as_select(), Image::as_select()))
.load(db))?;
        Ok(rows
            .into_iter()
            .map(|(row, key)| Self { row, key })
            .collect())
    }

    /// The credential; `certificates` by their hash.
    pub(crate) fn model(&self, certificates: &Certificates) -> Option<Credential> {
        let (row, key) = (&self.row, &self.key);
        let agency = AgencyId::try_from(row.agency_id.as_slice()).ok()?;
        let owner = match &row.person_id {
            Some(person) => Owner::Person(PersonId::try_from(person.as_slice()).ok()?),
            None => Owner::Agency(agency),
        };
        Some(Credential {
            id: CredentialId::try_from(row.id.as_slice()).ok()?,
            owner,
            agency,
            kind: CredentialKind::from_name(&row.kind)?,
            key: Arc::new(KeyRef {
                cka_id: key.cka_id.as_slice().try_into().ok()?,
                algorithm: KeyAlgorithm::from_name(&key.algorithm)?,
                spki: key.spki.as_slice().into(),
            }),
            certificate: match &row.chain {
                Some(chain) => Some(Arc::new(self.certificate(chain, certificates)?)),
                None => None,
            },
            state: self.state()?,
            multisign: u32::try_from(row.multisign).ok()?,
            sad_lifetime: Duration::from_secs(u64::try_from(row.sad_seconds).ok()?),
            extensible: row.extensible,
            by_digest: row.by_digest,
        })
    }

    fn certificate(&self, chain: &[u8], certificates: &Certificates) -> Option<Certificate> {
        let (hashes, rest) = chain.as_chunks::<32>();
        let ders: Option<Vec<Vec<u8>>> = hashes
            .iter()
            .map(|hash| certificates.0.get(hash).cloned())
            .collect();
        let chain = ders.filter(|_| rest.is_empty())?;
        Some(Certificate {
            issued: issued(chain.first()?),
            chain,
            sha256: *hashes.first()?,
            not_before: Timestamp::from_micros(self.row.not_before?),
            not_after: Timestamp::from_micros(self.row.not_after?),
        })
    }
}

/// Certificates by the hash of what is really there, so a swapped one is not found.
pub(crate) struct Certificates(HashMap<[u8; 32], Vec<u8>>);

impl Certificates {
    /// Reads and hashes all of them.
    pub(crate) fn load(db: &mut Db) -> QueryResult<Self> {
        let query = certificate::table.select(certificate::der);
        let ders: Vec<Vec<u8>> = on_each!(db, db => query.load(db))?;
        Ok(Self(
            ders.into_iter()
                .map(|der| (Sha256::digest(&der).into(), der))
                .collect(),
        ))
    }
}

/// Stores the certificates of a chain that are not there yet; gives their hashes, leaf first.
pub(crate) fn store_certificates(
    tx: &mut Tx<'_>,
    chain: &[Vec<u8>],
) -> Result<Vec<u8>, ApplyError> {
    let mut hashes = Vec::with_capacity(chain.len() * 32);
    for der in chain {
        let hash: [u8; 32] = Sha256::digest(der).into();
        hashes.extend_from_slice(&hash);
        let known = certificate::table
            .filter(certificate::sha256.eq(hash.as_slice()))
            .count();
        let known: i64 = on_each!(&mut *tx.db, db => known.get_result(db))?;
        if known == 0 {
            let row = (
                certificate::sha256.eq(hash.to_vec()),
                certificate::der.eq(der),
            );
            let insert = diesel::insert_into(certificate::table).values(row);
            on_each!(&mut *tx.db, db => insert.execute(db))?;
        }
    }
    Ok(hashes)
}
