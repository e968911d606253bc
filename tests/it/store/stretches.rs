//! A search by the rows of stretches finds what is in the log, also without the blocks, and whatever became of the rows.

use futures_util::future::join_all;
use kyso_core::id::{PersonId, RequestId};
use kyso_core::journal::Journal as _;
use kyso_core::{Draft, Timestamp};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_store::read::{AuditFilter, AuditPage, DocumentNumber, audit_page};

use super::world::{START, World, on_both};

/// A stretch and some.
const ENTRIES: usize = 66_000;
/// Where somebody does something who does nothing else.
const RARE: [usize; 3] = [700, 40_000, 65_900];
/// Where a document is sealed, by the number 47.
const SEALED: usize = 30_000;

fn draft(number: usize, rare: PersonId) -> Draft {
    let one = if RARE.contains(&number) {
        rare
    } else {
        PersonId::from_bytes([9; 16])
    };
    let actor = World::person(one);
    if number == SEALED {
        let draft = Draft::new(
            Event::SignatureIntent,
            Outcome::Started,
            &actor,
            RequestId::random(),
        );
        return draft.fact("number", 47_i64).fact("year", 2027_i64);
    }
    Draft::new(Event::AuditRead, Outcome::Ok, &actor, RequestId::random())
}

async fn filled(world: &mut World) -> PersonId {
    let rare = PersonId::random();
    for first in (0..ENTRIES).step_by(500) {
        let journal = world.journal();
        let notes = (first..first + 500).map(|number| journal.note(draft(number, rare)));
        let ends = join_all(notes).await;
        for end in ends {
            end.unwrap();
        }
        world.clock.advance(1);
    }
    rare
}

async fn summarised(world: &World) {
    let journal = world.journal();
    let mut next = 0;
    while let Some(further) = journal.summarise(next).await.unwrap() {
        next = further;
    }
    assert_eq!(next, 64);
    assert_eq!(journal.summarise_stretch(0).await.unwrap(), Some(1));
    assert_eq!(
        journal.summarise_stretch(1).await.unwrap(),
        None,
        "the next one is not full"
    );
}

/// How many entries a single page has, and whether the search ended with it.
async fn page(world: &World, filter: &AuditFilter) -> (usize, bool) {
    let store = world.store.as_ref().unwrap();
    let filter = filter.clone();
    let read = store.read_log(move |db, sealer| audit_page(db, sealer, &filter, 50));
    let page: AuditPage = read.await.unwrap();
    (page.rows.len(), page.next.is_none())
}

/// Searches, each with the number of entries that fit.
fn searches(rare: PersonId) -> Vec<(AuditFilter, usize)> {
    let by = AuditFilter {
        actor: Some(rare),
        ..AuditFilter::default()
    };
    let youngest = AuditFilter {
        before: Some(i64::MAX),
        ..by.clone()
    };
    let nobody = AuditFilter {
        actor: Some(PersonId::random()),
        ..youngest.clone()
    };
    // 500 entries a second
    let early = AuditFilter {
        to: Some(Timestamp::from_seconds(START + 20)),
        ..youngest.clone()
    };
    let late = AuditFilter {
        from: Some(Timestamp::from_seconds(START + 20)),
        ..by.clone()
    };
    let number = DocumentNumber {
        number: 47,
        series: None,
        year: Some(2027),
    };
    let numbered = AuditFilter {
        number: Some(number),
        ..AuditFilter::default()
    };
    vec![
        (by, 3),
        (youngest, 3),
        (nobody, 0),
        (early, 1),
        (late, 2),
        (numbered, 1),
    ]
}

async fn finds_at_once(world: &World, rare: PersonId) {
    for (filter, count) in searches(rare) {
        assert_eq!(page(world, &filter).await, (count, true), "{filter:?}");
    }
}

async fn a_stretch_is_searched_by_its_rows(world: &mut World) {
    let rare = filled(world).await;
    summarised(world).await;
    finds_at_once(world, rare).await;
    assert!(world.verify().is_ok());
    let by = &searches(rare)[0].0;

    // Without the blocks they say where to read; without both all has to be read, and a page ends before that.
    world.sql("CREATE TABLE kept_blocks AS SELECT * FROM audit_block; DELETE FROM audit_block");
    assert_eq!(page(world, by).await, (RARE.len(), true));
    world.sql("CREATE TABLE kept AS SELECT * FROM audit_stretch; DELETE FROM audit_stretch");
    assert!(!page(world, by).await.1);
    world.sql("INSERT INTO audit_block SELECT * FROM kept_blocks");

    // A stretch that lacks a block gets no rows.
    world.sql("DELETE FROM audit_block WHERE number = 39");
    assert_eq!(world.journal().summarise_stretch(0).await.unwrap(), Some(1));
    world.sql("INSERT INTO audit_block SELECT * FROM kept_blocks WHERE number = 39");
    finds_at_once(world, rare).await;
    world.sql("INSERT INTO audit_stretch SELECT * FROM kept");

    // Somebody wants to hide the rare one, and somebody else when it was.
    let nothing = world.blob(&[]);
    for change in [
        format!("places = {nothing}"),
        "to_at = 1".to_owned(),
        "from_at = 1".to_owned(),
    ] {
        world.sql(&format!("UPDATE audit_stretch SET {change}"));
        finds_at_once(world, rare).await;
        let fault = world.verify().unwrap_err().to_string();
        assert!(
            fault.contains("delete the rows of number 0 of audit_stretch"),
            "{fault}"
        );
        world.sql("DELETE FROM audit_stretch");
        assert_eq!(
            world.journal().summarise_stretch(0).await.unwrap(),
            Some(1),
            "made again"
        );
        finds_at_once(world, rare).await;
    }
    assert!(world.verify().is_ok());
}

on_both! {
    a_stretch_is_searched_by_its_rows,
}
