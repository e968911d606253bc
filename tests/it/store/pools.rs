//! Connections for looking things up only read: whatever else somebody does over one, the database refuses.

use diesel::connection::SimpleConnection as _;
use kyso_core::journal::Journal as _;
use kyso_store::{Db, StoreError};

use super::world::{World, on_both};
use crate::store::note;

/// Each is refused for what it is: by hand the same is done.
const WRITES: [&str; 4] = [
    "UPDATE policy_epoch SET counter = counter + 1",
    "DELETE FROM time_stamp",
    "INSERT INTO policy_epoch (area, counter) VALUES ('mine', 1)",
    "CREATE TABLE mine (id INTEGER)",
];

fn doing(sql: &'static str) -> impl FnOnce(&mut Db) -> Result<(), StoreError> + Send {
    move |db| Ok(db.batch_execute(sql)?)
}

async fn a_connection_that_reads_cannot_write(world: &mut World) {
    world.journal().note(note()).await.unwrap();
    let store = world.store.as_ref().unwrap();
    for sql in WRITES {
        let database = store.database();
        let ends = [
            store.read(doing(sql)).await,
            store.read_log(|db, _| doing(sql)(db)).await,
            database.read(doing(sql)).await,
            database.read_at_length(doing(sql)),
        ];
        assert!(ends.iter().all(Result::is_err), "{sql}: {ends:?}");
    }
    // The same connections still read.
    let read = store.read(kyso_store::read::is_empty);
    let read: Result<bool, StoreError> = read.await;
    assert!(!read.unwrap());
    for sql in WRITES {
        world.sql(sql);
    }
}

on_both! {
    a_connection_that_reads_cannot_write,
}
