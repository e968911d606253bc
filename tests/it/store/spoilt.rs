//! Open intents whose entry was spoilt stay open; the others are closed.

use std::time::Duration;

use diesel::RunQueryDsl as _;
use kyso_core::journal::{Intent, Journal as _};
use kyso_evidence::{Entry, Event, leaf_hash};

use super::away::{latest_lease, noting_until};
use super::note;
use super::world::{World, digest, on_both, signed};

/// Rounds of upkeep come often.
fn often(world: &mut World) {
    world.tune = |config| config.lease = Duration::from_secs(1);
    world.restart();
}

/// What upkeep looks at in one round, and one more.
const MORE_THAN_A_ROUND: usize = 257;

async fn some_more_rounds(world: &World) {
    for _ in 0..2 {
        let before = latest_lease(world);
        noting_until(world, |world| latest_lease(world) > before).await;
    }
}

async fn until_closed(world: &World, count: usize) {
    let closed = |world: &World| world.entries(Event::SignatureOutcome).len() == count;
    noting_until(world, closed).await;
}

/// Its outcome cannot be written.
async fn lose(world: &World, intent: &Intent) {
    let mut record = World::outcome_record(intent, signed(1));
    "not an id".clone_into(&mut record.draft.entry.request);
    world.journal().record_outcome(record).await.unwrap_err();
}

fn write_entry(world: &World, sequence: u64, entry: &[u8], leaf: &[u8]) {
    let (entry, leaf) = (world.blob(entry), world.blob(leaf));
    let set = format!("SET entry = {entry}, leaf_hash = {leaf} WHERE sequence = {sequence}");
    world.as_owner("audit_entry", &format!("UPDATE audit_entry {set};"));
}

fn write(world: &World, sequence: u64, entry: &Entry) {
    let bytes = entry.to_bytes().unwrap();
    write_entry(world, sequence, &bytes, &leaf_hash(&bytes));
}

async fn a_spoilt_entry_keeps_no_other_intent_open(world: &mut World) {
    often(world);
    let digests = [digest(1), digest(2), digest(3), digest(4)];
    let sad = world.sad(&digests).await;
    let mut intents = Vec::new();
    for digest in digests {
        let intent = world.intent(world.with_sad(&sad, &[digest])).await;
        intents.push(intent.unwrap());
    }
    let entries = world.entries(Event::SignatureIntent);
    let [first, second, third, whole] = entries.as_slice() else {
        panic!("{entries:?}");
    };
    let leaf = leaf_hash(&first.to_bytes().unwrap());
    write_entry(world, first.seq, b"another entry", &leaf);
    write_entry(world, second.seq, &whole.to_bytes().unwrap(), &leaf);
    write(world, third.seq, whole);
    for intent in &intents {
        lose(world, intent).await;
    }
    until_closed(world, 1).await;
    let closed = world.entries(Event::SignatureOutcome);
    assert_eq!(closed[0].request, whole.request);
    some_more_rounds(world).await;
    let alarms = world.entries(Event::AlarmRaised);
    assert_eq!(alarms.len(), 3, "one for each, once: {alarms:?}");
    assert_eq!(world.journal().figures().read().alarms, 3);
    for entry in [first, second, third] {
        write(world, entry.seq, entry);
    }
    until_closed(world, 4).await;
    assert_eq!(world.verify().unwrap().open_intents, Vec::<u64>::new());
}

fn is_swept(world: &World) -> bool {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        open: i64,
    }
    let query = "SELECT count(*) AS open FROM boot WHERE swept = 0 \
                 AND id = (SELECT boot_id FROM attempt ORDER BY sequence DESC LIMIT 1)";
    let row: Row = diesel::sql_query(query)
        .get_result(&mut world.raw())
        .unwrap();
    row.open == 0
}

/// However many stand before it, and however long they do.
async fn a_round_full_of_spoilt_intents_keeps_none_open_for_ever(world: &mut World) {
    often(world);
    let sad = world.sad(&[digest(1)]).await;
    let entered = |_| {
        let journal = world.journal();
        tokio::spawn(async move { journal.note(note()).await })
    };
    let notes: Vec<_> = (0..MORE_THAN_A_ROUND).map(entered).collect();
    for entered in notes {
        entered.await.unwrap().unwrap();
    }
    let open = world.intent(world.with_sad(&sad, &[digest(1)])).await;
    drop(open.unwrap());
    world.store = None;
    // The notes are said to be open intents; they come before the one that is.
    world.sql(
        "INSERT INTO attempt (sequence, request_id, boot_id) \
         SELECT sequence, request_id, (SELECT boot_id FROM attempt) FROM audit_entry \
         WHERE event = 'audit.read'; UPDATE boot SET open_from = 0",
    );
    let spoilt = world.entries(Event::AuditRead).len();
    world.open().unwrap();
    until_closed(world, 1).await;
    some_more_rounds(world).await;
    assert_eq!(world.verify().unwrap().open_intents, Vec::<u64>::new());
    assert_eq!(world.entries(Event::AlarmRaised).len(), spoilt);
    assert_eq!(world.entries(Event::JournalRecovered).len(), 1);
    assert!(!is_swept(world), "some of it is still open");
    let notes = "SELECT sequence FROM audit_entry WHERE event = 'audit.read'";
    world.as_owner(
        "attempt",
        &format!("DELETE FROM attempt WHERE sequence IN ({notes});"),
    );
    noting_until(world, is_swept).await;
}

on_both! {
    a_round_full_of_spoilt_intents_keeps_none_open_for_ever,
    a_spoilt_entry_keeps_no_other_intent_open,
}
