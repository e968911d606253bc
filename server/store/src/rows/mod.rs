//! Rows that grant power, and what makes one trustworthy: its seal, and that the entry which made
//! it is the latest about its object.

mod approval;
mod client;
mod credential;
mod factor;
mod issued;
mod pending;
mod person;
mod picture;
mod token;

use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;

pub(crate) use approval::ApprovalRow;
pub(crate) use client::{CallbackRow, ClientRow, GrantRow, KeyRow};
pub(crate) use credential::{Certificates, SealedCredential, store_certificates};
pub(crate) use factor::{CodeRow, PasswordRow, TotpRow};
pub(crate) use pending::{PENDING, PendingRow};
pub(crate) use person::{AgencyRow, AuthorityRow, CodeOfAgency, PersonRow, RoleRow, format_name};
pub(crate) use picture::PictureRow;
pub(crate) use token::FamilyRow;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::ApplyError;
use crate::seal::{Domain, Field, Sealer};
use crate::tables::audit_entry;
use crate::writer::tx::Tx;

/// A row with a seal.
pub(crate) trait Sealed: Sized {
    /// Its table's key.
    const DOMAIN: Domain;

    /// The events whose entries write such rows; others may speak of the same object.
    const EVENTS: &'static [Event];

    /// The id that the entries are about.
    fn object(&self) -> &[u8];

    /// Sequence of the entry that made the row.
    fn made_by(&self) -> i64;

    /// The seal that stands in the row.
    fn seal(&self) -> &[u8];

    /// The row's id and its granting columns.
    fn fields(&self) -> Vec<Field<'_>>;

    /// Puts entry and seal into the row.
    fn put_seal(&mut self, made_by: i64, seal: [u8; 32]);

    /// Seals the row as made by this entry.
    fn sign(&mut self, sealer: &Sealer, made_by: i64) {
        let seal = sealer.seal(Self::DOMAIN, &with_entry(self.fields(), made_by));
        self.put_seal(made_by, seal);
    }

    /// Whether the seal is of this row as it stands.
    fn is_intact(&self, sealer: &Sealer) -> bool {
        let fields = with_entry(self.fields(), self.made_by());
        sealer.verify(Self::DOMAIN, &fields, self.seal())
    }
}

fn with_entry(mut fields: Vec<Field<'_>>, made_by: i64) -> Vec<Field<'_>> {
    fields.push(Field::Int(made_by));
    fields
}

/// The statements that every sealed table needs.
pub(crate) trait Table: Sealed {
    /// Inserts the row, made by this entry.
    fn insert(self, tx: &mut Tx<'_>, made_by: i64) -> Result<(), ApplyError>;

    /// Writes the row anew, made by this entry.
    fn update(self, tx: &mut Tx<'_>, made_by: i64) -> Result<(), ApplyError>;

    /// The row with this key, trusted or not.
    fn peek(db: &mut Db, key: &[u8]) -> QueryResult<Option<Self>>;

    /// Every row, trusted or not.
    fn all(db: &mut Db) -> QueryResult<Vec<Self>>;

    /// The latest entry about each row.
    fn latest(db: &mut Db) -> QueryResult<Latest>;

    /// Every row that can be trusted; an alarm for each of the others.
    fn all_trusted(
        db: &mut Db,
        sealer: &Sealer,
        alarms: &mut Vec<Alarm>,
    ) -> QueryResult<Vec<Self>> {
        let (rows, latest) = (Self::all(db)?, Self::latest(db)?);
        Ok(trusted(sealer, rows, &latest, alarms))
    }

    /// The row with this key, if there is one and it can be trusted.
    fn find(tx: &mut Tx<'_>, key: &[u8]) -> Result<Option<Self>, ApplyError> {
        let row = Self::peek(tx.db, key)?;
        row.map(|row| trust(tx, row)).transpose()
    }
}

/// A row that was left out because it cannot be trusted: somebody wrote to the database behind
/// the server's back, or restored an old row.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Alarm {
    /// The kind of row, as in entries.
    pub kind: &'static str,
    /// Its id.
    pub object: Vec<u8>,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// The entry that made it is not the latest about its object, or is not there.
    #[error("its entry is not the latest about it")]
    Entry,
    /// What it was given by has ended, and so should it have.
    #[error("it is older than what it was given by")]
    Outlived,
    /// The seal does not hold.
    #[error("its seal does not hold")]
    Seal,
    /// A column holds what no column of its kind may.
    #[error("a column cannot be read")]
    Value,
}

/// Sequence of the latest entry of its kind about each object.
pub(crate) type Latest = HashMap<Vec<u8>, i64>;

/// The rows that can be trusted, `latest` being the entries about them; an alarm for each other.
pub(crate) fn trusted<R: Sealed>(
    sealer: &Sealer,
    rows: Vec<R>,
    latest: &Latest,
    alarms: &mut Vec<Alarm>,
) -> Vec<R> {
    let mut good = Vec::with_capacity(rows.len());
    for row in rows {
        match fault(sealer, &row, latest) {
            None => good.push(row),
            Some(fault) => alarms.push(alarm(&row, fault)),
        }
    }
    good
}

/// Reads each row; one that cannot be read although its seal holds is left out too.
pub(crate) fn readable<R: Sealed, M>(
    rows: Vec<R>,
    alarms: &mut Vec<Alarm>,
    read: impl Fn(&R) -> Option<M>,
) -> Vec<M> {
    let mut models = Vec::with_capacity(rows.len());
    for row in rows {
        match read(&row) {
            Some(model) => models.push(model),
            None => alarms.push(alarm(&row, Fault::Value)),
        }
    }
    models
}

fn alarm<R: Sealed>(row: &R, fault: Fault) -> Alarm {
    Alarm {
        kind: R::DOMAIN.name(),
        object: row.object().to_vec(),
        fault,
    }
}

fn fault<R: Sealed>(sealer: &Sealer, row: &R, latest: &Latest) -> Option<Fault> {
    if !row.is_intact(sealer) {
        Some(Fault::Seal)
    } else if latest.get(row.object()) != Some(&row.made_by()) {
        Some(Fault::Entry)
    } else {
        None
    }
}

/// One row about to be changed: sealing it anew must not launder what somebody else wrote.
pub(crate) fn trust<R: Sealed>(tx: &mut Tx<'_>, row: R) -> Result<R, ApplyError> {
    let latest = entry_about(tx.db, R::EVENTS, row.object())?;
    if fault(tx.sealer, &row, &latest).is_none() {
        return Ok(row);
    }
    let object = row.object().try_into().unwrap_or_default();
    Err(tx.tampered(R::DOMAIN.name(), object))
}

/// The latest successful entry of these events about one object.
pub(crate) fn entry_about(db: &mut Db, events: &[Event], object: &[u8]) -> QueryResult<Latest> {
    let latest: Option<i64> = on_each!(db, db => audit_entry::table
        .filter(audit_entry::object_id.eq(object))
        .filter(audit_entry::outcome.eq(Outcome::Ok.as_str()))
        .filter(audit_entry::event.eq_any(names(events)))
        .select(max(audit_entry::sequence))
        .get_result(db))?;
    Ok(latest
        .into_iter()
        .map(|sequence| (object.to_vec(), sequence))
        .collect())
}

/// Names of events, as the table has them.
pub(crate) fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(|event| event.name()).collect()
}

/// The latest successful entry of a sealed kind about each row of a table: a join, which both
/// databases plan well whether the log is short or long.
macro_rules! latest_of {
    ($db:expr, $row:ty, $table:ident.$key:ident) => {{
        use $crate::tables::audit_entry;
        let found: Vec<(Option<Vec<u8>>, Option<i64>)> =
            $crate::dialect::on_each!($db, db => audit_entry::table
                .filter(audit_entry::object_id.eq_any($table::table.select($table::$key.nullable())))
                .filter(audit_entry::outcome.eq(kyso_evidence::entry::Outcome::Ok.as_str()))
                .filter(audit_entry::event.eq_any($crate::rows::names(
                    <$row as $crate::rows::Sealed>::EVENTS,
                )))
                .group_by(audit_entry::object_id)
                .select((audit_entry::object_id, diesel::dsl::max(audit_entry::sequence)))
                .load(db))?;
        Ok(found
            .into_iter()
            .filter_map(|(object, sequence)| Some((object?, sequence?)))
            .collect())
    }};
}
use latest_of;

/// Implements [`Sealed`] and [`Table`]; the fields `and where there` came later, all of them together, and a row without them
/// keeps the seal that it had before.
macro_rules! sealed {
    (
        $row:ident in $table:ident, key $key:ident, domain $domain:ident,
        events [$($event:ident),*], |$this:ident| [$($field:expr),* $(,)?]
        $(and where there $later:expr)?
    ) => {
        impl $crate::rows::Sealed for $row {
            const DOMAIN: $crate::seal::Domain = $crate::seal::Domain::$domain;
            const EVENTS: &'static [kyso_evidence::Event] = &[$(kyso_evidence::Event::$event),*];

            fn object(&self) -> &[u8] {
                &self.$key
            }

            fn made_by(&self) -> i64 {
                self.made_by
            }

            fn seal(&self) -> &[u8] {
                &self.seal
            }

            fn fields(&self) -> Vec<$crate::seal::Field<'_>> {
                let $this = self;
                let fields = vec![$($field),*];
                $(let fields = [fields, $later.into_iter().flatten().collect()].concat();)?
                fields
            }

            fn put_seal(&mut self, made_by: i64, seal: [u8; 32]) {
                self.made_by = made_by;
                self.seal = seal.to_vec();
            }
        }

        $crate::rows::statements!($row in $table, key $key);
    };
}
use sealed;

/// Implements [`Table`].
macro_rules! statements {
    ($row:ident in $table:ident, key $key:ident) => {
        impl $crate::rows::Table for $row {
            fn insert(
                mut self,
                tx: &mut $crate::writer::tx::Tx<'_>,
                made_by: i64,
            ) -> Result<(), $crate::error::ApplyError> {
                $crate::rows::Sealed::sign(&mut self, tx.sealer, made_by);
                let insert = diesel::insert_into($table::table).values(&self);
                $crate::dialect::on_each!(&mut *tx.db, db => insert.execute(db))?;
                Ok(())
            }

            fn update(
                mut self,
                tx: &mut $crate::writer::tx::Tx<'_>,
                made_by: i64,
            ) -> Result<(), $crate::error::ApplyError> {
                $crate::rows::Sealed::sign(&mut self, tx.sealer, made_by);
                let row = $table::table.filter($table::$key.eq(&self.$key));
                let update = diesel::update(row).set(&self);
                $crate::dialect::on_each!(&mut *tx.db, db => update.execute(db))?;
                Ok(())
            }

            fn peek(
                db: &mut $crate::connection::Db,
                key: &[u8],
            ) -> diesel::QueryResult<Option<Self>> {
                $crate::dialect::on_each!(db, db => $table::table
                    .filter($table::$key.eq(key))
                    .select(Self::as_select())
                    .first(db)
                    .optional())
            }

            fn latest(
                db: &mut $crate::connection::Db,
            ) -> diesel::QueryResult<$crate::rows::Latest> {
                $crate::rows::latest_of!(db, $row, $table.$key)
            }

            fn all(db: &mut $crate::connection::Db) -> diesel::QueryResult<Vec<Self>> {
                $crate::dialect::on_each!(db, db => $table::table
                    .select(Self::as_select())
                    .load(db))
            }
        }
    };
}
use statements;
