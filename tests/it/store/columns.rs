//! The owner of the database changes each sealed column of a SAD and of a stamping session: the row grants nothing any more,
//! and an alarm is an entry.

use kyso_core::Refusal;
use kyso_core::journal::Journal as _;
use kyso_core::model::{Sad, SadHash};
use kyso_evidence::Event;

use super::world::{World, digest, on_both};

/// A column, and what it is changed to.
type Changed = (&'static str, String);

/// Changes each column, starts the server anew, looks, and puts the column back.
async fn each(
    world: &mut World,
    table: &str,
    columns: &[Changed],
    grants_nothing: impl AsyncFn(&World, &str),
) {
    for (column, value) in columns {
        world.sql(&format!("CREATE TABLE kept AS SELECT * FROM {table}"));
        let before = world.entries(Event::AlarmRaised).len();
        let change = format!("UPDATE {table} SET {column} = {value};");
        world.as_owner(table, &change);
        world.restart();
        grants_nothing(world, column).await;
        let alarms = world.entries(Event::AlarmRaised).len();
        assert!(alarms > before, "{table}.{column} changed without an alarm");
        let back = format!("UPDATE {table} SET {column} = (SELECT {column} FROM kept);");
        world.as_owner(table, &format!("{back} DROP TABLE kept;"));
    }
    world.restart();
}

fn sealed(world: &World) -> [Changed; 2] {
    [
        ("seal", world.blob(&[0; 32])),
        ("made_by", "made_by + 1".to_owned()),
    ]
}

async fn each_column_of_a_sad_is_sealed(world: &mut World) {
    let sad = world.sad(&[digest(1), digest(2)]).await;
    let (other, forged) = (world.blob(&[6; 16]), SadHash::of("mine"));
    let columns = [
        ("id", other.clone()),
        ("hash", world.blob(forged.as_bytes())),
        ("client_id", "NULL".to_owned()),
        ("person_id", other.clone()),
        ("credential_id", world.blob(world.seal.as_bytes())),
        ("session_id", other),
        ("hash_algorithm", "'sha512'".to_owned()),
        ("digests", world.blob(&[[3; 32], [4; 32]].concat())),
        ("digests", "NULL".to_owned()),
        ("total", 9.to_string()),
        ("documents", world.blob(&[6; 32])),
        ("expires_at", i64::MAX.to_string()),
    ];
    let columns = [&columns[..], &sealed(world)].concat();
    each(world, "sad", &columns, async |world, column| {
        let hash = if column == "hash" { forged } else { sad.hash };
        let asked = Sad {
            hash,
            ..sad.clone()
        };
        let found = world.refusal(world.with_sad(&asked, &[digest(1)])).await;
        assert_eq!(found, Refusal::Tampered, "{column}");
    })
    .await;
    let right = world.with_sad(&sad, &[digest(1)]);
    world.sign(right).await.unwrap();
}

async fn each_column_of_a_stamping_session_is_sealed(world: &mut World) {
    world.session(5).await;
    let other = world.blob(&[6; 16]);
    let columns = [
        ("id", other.clone()),
        ("client_id", other.clone()),
        ("credential_id", world.blob(world.personal.as_bytes())),
        ("opened_by", other),
        ("total", 500.to_string()),
        ("purposes", "'[\"PHAT_HANH\",\"SAO_Y\"]'".to_owned()),
        ("opened_at", 1.to_string()),
        ("expires_at", i64::MAX.to_string()),
    ];
    let columns = [&columns[..], &sealed(world)].concat();
    each(
        world,
        "stamping_session",
        &columns,
        async |world, column| {
            let found = world.refusal(world.stamp(&[digest(1)], column)).await;
            let expected = if column == "id" {
                Refusal::SessionRequired // it is another one, which nobody is known to have opened
            } else {
                Refusal::Tampered
            };
            assert_eq!(found, expected, "{column}");
            let known = world.journal().snapshot(std::sync::Arc::default()).await;
            assert!(known.unwrap().sessions.is_empty(), "{column}");
        },
    )
    .await;
    world
        .sign(world.stamp(&[digest(1)], "right"))
        .await
        .unwrap();
}

on_both! {
    each_column_of_a_sad_is_sealed,
    each_column_of_a_stamping_session_is_sealed,
}
