//! Tiles as rows.

use std::cell::RefCell;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel::upsert::excluded;
use kyso_evidence::bundle::Disclosed;
use kyso_evidence::tiles::{GrownTile, ReadTile, Tile};
use kyso_evidence::tree::Hash;

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::openings;
use crate::tables::{audit_entry, audit_opening, tree_tile};

/// The stored tiles, for provers.
#[derive(Debug)]
pub struct Tiles<'a>(RefCell<&'a mut Db>);

impl<'a> Tiles<'a> {
    /// Those of this database.
    pub const fn of(db: &'a mut Db) -> Self {
        Self(RefCell::new(db))
    }
}

/// An entry to be exported, with what opens its commitments.
type ToExport = (Vec<u8>, Vec<Disclosed>);

impl Tiles<'_> {
    /// The entries from this one on, at most so many, each with what opens it where that is wanted.
    ///
    /// # Errors
    /// If the database fails.
    pub fn entries(
        &self,
        from: u64,
        most: u64,
        disclose: bool,
    ) -> Result<Vec<ToExport>, StoreError> {
        let number = |size: u64| i64::try_from(size).unwrap_or(i64::MAX);
        let db = &mut **self.0.borrow_mut();
        let rows: Vec<(Vec<u8>, Option<String>)> = on_each!(db, db => audit_entry::table
            .left_join(audit_opening::table.on(audit_opening::sequence.eq(audit_entry::sequence)))
            .filter(audit_entry::sequence.ge(number(from)))
            .order(audit_entry::sequence)
            .limit(number(most))
            .select((audit_entry::entry, audit_opening::openings.nullable()))
            .load(db))?;
        let opened = |(entry, packed): (Vec<u8>, Option<String>)| {
            let packed = packed.filter(|_| disclose).unwrap_or_default();
            let disclosed = openings::disclosed(&entry, &packed);
            (entry, disclosed)
        };
        Ok(rows.into_iter().map(opened).collect())
    }
}

impl ReadTile for Tiles<'_> {
    type Error = StoreError;

    /// A tile that is not there has no hashes, which is too few for any prover.
    fn read_tile(&self, tile: Tile) -> Result<Vec<Hash>, StoreError> {
        let number = i64::try_from(tile.index()).unwrap_or(i64::MAX);
        let row = tree_tile::table.find((i64::from(tile.level()), number));
        let db = &mut **self.0.borrow_mut();
        let hashes = on_each!(db, db => row.select(tree_tile::hashes).first(db).optional())?;
        let hashes: Vec<u8> = hashes.unwrap_or_default();
        Ok(hashes.as_chunks::<32>().0.to_vec())
    }
}

#[derive(Insertable)]
#[diesel(table_name = tree_tile)]
struct TileRow {
    level: i64,
    number: i64,
    hashes: Vec<u8>,
}

/// Forgets all tiles, to make them anew.
pub(super) fn clear(db: &mut Db) -> QueryResult<()> {
    on_each!(db, db => diesel::delete(tree_tile::table).execute(db)).map(drop)
}

/// Stores tiles that became new or wider, each in the place of its narrower self; a server that lags behind makes none
/// narrower again.
pub(super) fn store(db: &mut Db, grown: &[GrownTile]) -> QueryResult<()> {
    for one in grown {
        let row = TileRow {
            level: one.tile().level().into(),
            number: i64::try_from(one.tile().index()).unwrap_or(i64::MAX),
            hashes: one.to_bytes(),
        };
        let wider = tree_tile::hashes.eq(excluded(tree_tile::hashes));
        let longer = sql::<Bool>("length(excluded.hashes) >= length(tree_tile.hashes)");
        let insert = diesel::insert_into(tree_tile::table)
            .values(&row)
            .on_conflict((tree_tile::level, tree_tile::number))
            .do_update()
            .set(wider);
        let insert = diesel::query_dsl::methods::FilterDsl::filter(insert, longer);
        on_each!(db, db => insert.execute(db))?;
    }
    Ok(())
}
