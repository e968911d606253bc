//! Files of pictures stay as long as somebody may ask for them.

use std::sync::Arc;

use diesel::{QueryableByName, RunQueryDsl};
use kyso_core::Change;
use kyso_core::change::PowerChange;
use kyso_core::id::PersonId;
use kyso_core::model::{Owner, Picture};
use sha2::{Digest as _, Sha256};

use super::town::Town;
use crate::store::world::{World, on_both};

#[derive(QueryableByName)]
struct File {
    #[diesel(sql_type = diesel::sql_types::Binary)]
    png: Vec<u8>,
}

/// The files that are there, in their order.
fn files(town: &Town<'_>) -> Vec<String> {
    let query = diesel::sql_query("SELECT png FROM picture_file ORDER BY png");
    let files: Vec<File> = query.load(&mut town.world.raw()).unwrap();
    let text = |file: File| String::from_utf8(file.png).unwrap();
    files.into_iter().map(text).collect()
}

fn picture(owner: PersonId, file: &str) -> PowerChange {
    PowerChange::SetPicture(Picture {
        owner: Owner::Person(owner),
        digest: Sha256::digest(file).into(),
        width: 360,
        file: Some(Arc::from(file.as_bytes())),
    })
}

async fn a_picture_that_came_to_nothing_is_erased_and_no_other(world: &mut World) {
    let mut town = Town::found(world).await;
    let signer = town.signer("binh").await;
    let erase = async |town: &Town<'_>| {
        let journal = town.world.journal();
        journal.erase_pictures(town.later(0)).await.unwrap()
    };
    let first = town.propose(picture(signer, "first")).await.unwrap();
    town.approve(first).await.unwrap();
    let second = town.propose(picture(signer, "second")).await.unwrap();
    town.approve(second).await.unwrap();
    let refused = town.propose(picture(signer, "refused")).await.unwrap();
    let again = town.propose(picture(signer, "again")).await.unwrap();
    let several = PowerChange::Several(vec![picture(signer, "waits")]);
    town.propose(several).await.unwrap();
    assert_eq!(erase(&town).await, 0, "all are named");

    for id in [refused, again] {
        let reject = Change::Reject(id, "mờ".to_owned());
        let other = Town::actor(town.managers[1]);
        town.change(other, reject).await.unwrap();
    }
    town.propose(picture(signer, "again")).await.unwrap();
    assert_eq!(erase(&town).await, 1);
    // One that was in force once stays: whoever looks at what was signed then asks for it.
    assert_eq!(files(&town), ["again", "first", "second", "waits"]);
    assert_eq!(erase(&town).await, 0);
    // What waited was not decided in time.
    town.world.clock.advance(3_601);
    assert_eq!(erase(&town).await, 2);
    assert_eq!(files(&town), ["first", "second"]);
}

on_both! {
    a_picture_that_came_to_nothing_is_erased_and_no_other,
}
