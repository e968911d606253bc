//! A search by the rows of stretches finds what is in the log, also without the blocks, and whatever became of the rows.

use diesel::RunQueryDsl as _;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Binary};
use futures_util::future::join_all;
use kyso_core::id::{PersonId, RequestId};
use kyso_core::journal::Journal as _;
use kyso_core::{Draft, Timestamp};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_store::read::{AuditFilter, AuditPage, DocumentNumber, audit_page};

use sha2::{Digest as _, Sha256};

use super::world::{START, World, on_both};

/// A stretch, and a part of another: 72 blocks and some.
const ENTRIES: usize = 74_000;
/// A part of one: 41 blocks and some.
const FEWER: usize = 42_000;
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

async fn filled(world: &mut World, entries: usize) -> PersonId {
    let rare = PersonId::random();
    for first in (0..entries).step_by(500) {
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

/// Makes what tells of the blocks, and says how many there are.
async fn summarised(world: &World) -> i64 {
    let (journal, tree) = (world.journal(), world.tree().await);
    let mut next = 0;
    while let Some(further) = journal.summarise(next, &tree).await.unwrap() {
        next = further;
    }
    next
}

/// Given up to which block rows were made and how many blocks there are, from which one to go on.
async fn gathered(world: &World, told: i64, blocks: i64) -> Option<i64> {
    let then = world.journal().summarise_stretch(told, blocks).await;
    then.unwrap()
}

/// How many entries a single page has, and whether the search ended with it.
async fn page(world: &World, filter: &AuditFilter) -> (usize, bool) {
    let store = world.store.as_ref().unwrap();
    let filter = filter.clone();
    let read = store.read_log(move |db, sealer| audit_page(db, sealer, &filter, 50));
    let page: AuditPage = read.await.unwrap();
    (page.rows.len(), page.next.is_none())
}

/// Searches, each with the number of entries that fit in a log of so many.
fn searches(rare: PersonId, entries: usize) -> Vec<(AuditFilter, usize)> {
    let all = RARE.iter().filter(|number| **number < entries).count();
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
    let edges = edges(&by, all);
    let mut searches = vec![
        (with_outcome(&by), all),
        (by, all),
        (youngest, all),
        (nobody, 0),
        (early, 1),
        (late, all - 1),
        (numbered, 1),
    ];
    searches.extend(edges);
    searches
}

/// One that rows of two parts answer.
fn with_outcome(by: &AuditFilter) -> AuditFilter {
    AuditFilter {
        outcome: Some("ok".to_owned()),
        ..by.clone()
    }
}

/// Searches that begin in the middle of a block, or where one ends.
fn edges(by: &AuditFilter, all: usize) -> Vec<(AuditFilter, usize)> {
    let begins = |before, after| AuditFilter {
        before,
        after,
        ..by.clone()
    };
    let before = [
        (32_768, 1),
        (39_956, 1),
        (40_436, 2),
        (40_960, 2),
        (41_994, 2),
    ];
    let before = before.map(|(edge, count)| (begins(Some(edge), None), count));
    let after = [
        (0, all),
        (32_775, all - 1),
        (39_956, all - 1),
        (40_436, all - 2),
    ];
    let after = after.map(|(edge, count)| (begins(None, Some(edge)), count));
    before.into_iter().chain(after).collect()
}

async fn finds_at_once(world: &World, rare: PersonId, entries: usize) {
    finds(world, searches(rare, entries)).await;
}

async fn finds(world: &World, searches: Vec<(AuditFilter, usize)>) {
    for (filter, count) in searches {
        assert_eq!(page(world, &filter).await, (count, true), "{filter:?}");
    }
}

async fn a_stretch_is_searched_by_its_rows(world: &mut World) {
    let rare = filled(world, ENTRIES).await;
    assert_eq!(summarised(world).await, 72);
    assert_eq!(gathered(world, 0, 72).await, Some(64));
    assert_eq!(gathered(world, 64, 71).await, None);
    assert_eq!(gathered(world, 64, 72).await, Some(72));
    finds_at_once(world, rare, ENTRIES).await;
    assert!(world.verify().is_ok());
    let by = &searches(rare, ENTRIES)[0].0;

    // Without the blocks they say where to read; without both all has to be read, and a page ends before that.
    world.sql("CREATE TABLE kept_blocks AS SELECT * FROM audit_block; DELETE FROM audit_block");
    assert_eq!(page(world, by).await, (RARE.len(), true));
    world.sql("CREATE TABLE kept AS SELECT * FROM audit_stretch; DELETE FROM audit_stretch");
    assert!(!page(world, by).await.1);
    world.sql("INSERT INTO audit_block SELECT * FROM kept_blocks");

    // Of a block that is missing, and of those after it, nothing is told.
    world.sql("DELETE FROM audit_block WHERE number = 39");
    assert_eq!(gathered(world, 0, 64).await, Some(64));
    assert_eq!(rows(world, "blocks = 39"), 256);
    finds_at_once(world, rare, ENTRIES).await;
    world.sql("DELETE FROM audit_stretch; DELETE FROM audit_block WHERE number = 0");
    assert_eq!(gathered(world, 0, 64).await, Some(64));
    world.sql("INSERT INTO audit_block SELECT * FROM kept_blocks WHERE number IN (0, 39)");
    finds_at_once(world, rare, ENTRIES).await;
    world.sql("INSERT INTO audit_stretch SELECT * FROM kept");
    hides_nothing(world, rare).await;
    is_made_again(world, rare).await;
}

async fn the_youngest_stretch_is_told_of_as_it_fills(world: &mut World) {
    let rare = filled(world, FEWER).await;
    assert_eq!(summarised(world).await, 41);
    assert_eq!(gathered(world, 0, 7).await, None);
    assert_eq!(gathered(world, 0, 9).await, Some(8));
    // Eight are told of; what the other blocks say themselves leaves few to be read, and without them all have to be.
    let by = &searches(rare, FEWER)[0].0;
    finds_at_once(world, rare, FEWER).await;
    world.sql("CREATE TABLE kept_blocks AS SELECT * FROM audit_block; DELETE FROM audit_block");
    assert!(!page(world, by).await.1);
    world.sql("INSERT INTO audit_block SELECT * FROM kept_blocks");

    assert_eq!(gathered(world, 8, 33).await, Some(32));
    world.sql("CREATE TABLE kept AS SELECT * FROM audit_stretch");
    assert_eq!(gathered(world, 32, 39).await, None);
    // As a server does that was started again.
    assert_eq!(gathered(world, 0, 41).await, Some(40));
    assert!(world.verify().is_ok());
    let part = term(b'a', rare.as_bytes())[0];
    older_rows_hide_nothing(world, rare, part).await;
    spoilt_rows_are_named(world, part);
}

/// Rows that tell of fewer blocks are put back, some of them or all. Without the blocks, rows alone tell where to read.
async fn older_rows_hide_nothing(world: &World, rare: PersonId, part: u8) {
    let mut searches = searches(rare, FEWER);
    // Of a time within a stretch its blocks have to tell.
    searches.retain(|(filter, _)| filter.from.is_none() && filter.to.is_none());
    let by = &searches[0].0;
    world.sql("DELETE FROM audit_block; CREATE TABLE newer AS SELECT * FROM audit_stretch");
    assert_eq!(page(world, by).await, (2, true));
    for which in ["=", "<>", ">= 0 OR part ="] {
        world.sql(&format!(
            "DELETE FROM audit_stretch WHERE part {which} {part}"
        ));
        world.sql(&format!(
            "INSERT INTO audit_stretch SELECT * FROM kept WHERE part {which} {part}"
        ));
        finds(world, searches.clone()).await;
        assert!(world.verify().is_ok());
        world.sql("DELETE FROM audit_stretch; INSERT INTO audit_stretch SELECT * FROM newer");
    }
    world.sql("DELETE FROM audit_stretch");
    assert!(!page(world, by).await.1);
    world.sql("INSERT INTO audit_stretch SELECT * FROM newer");
    world.sql("INSERT INTO audit_block SELECT * FROM kept_blocks");
    assert!(world.verify().is_ok());
}

/// Also rows of a stretch that is not full, and those of entries that are not there: what comes in their place would be hidden.
fn spoilt_rows_are_named(world: &World, part: u8) {
    let rows = "delete the rows of number 0 of audit_stretch";
    let absent = "delete the rows of audit_block from number 41 on, and those of audit_stretch from number 0 on";
    let rest = "from_at, to_at, unnumbered, places, seal";
    let empty = world.blob(&[]);
    for (change, named) in [
        (format!("UPDATE audit_stretch SET places = {empty} WHERE part = {part}"), rows),
        ("DELETE FROM audit_stretch; INSERT INTO audit_stretch SELECT * FROM kept; UPDATE audit_stretch SET blocks = 40".to_owned(), rows),
        (
            format!("INSERT INTO audit_stretch SELECT 1, part, blocks, {rest} FROM audit_stretch WHERE number = 0"),
            absent,
        ),
        (
            "INSERT INTO audit_block SELECT 42, from_at, to_at, terms, signed, used, seal FROM audit_block WHERE number = 5"
                .to_owned(),
            absent,
        ),
    ] {
        world.sql(&change);
        let fault = world.verify().unwrap_err().to_string();
        assert!(fault.contains(named), "{change}: {fault}");
        world.sql("DELETE FROM audit_stretch; INSERT INTO audit_stretch SELECT * FROM newer");
    }
}

/// Somebody wants to hide the rare one, or when something was, and could even have the rows sealed.
async fn hides_nothing(world: &World, rare: PersonId) {
    let nothing = world.blob(&[]);
    let (person, number) = (
        term(b'a', rare.as_bytes()),
        term(b'n', &47_u32.to_be_bytes()),
    );
    let next = (i32::from(person[0]) + 1) % 256;
    let (of_person, of_next) = (format!("part = {}", person[0]), format!("part = {next}"));
    let without = |term: [u8; 4]| {
        let kept = without(&places(world, term[0]), term);
        format!(
            "UPDATE audit_stretch SET places = {} WHERE part = {}",
            world.blob(&kept),
            term[0]
        )
    };
    for change in [
        format!("UPDATE audit_stretch SET places = {nothing}"),
        "UPDATE audit_stretch SET to_at = 1".to_owned(),
        "UPDATE audit_stretch SET from_at = to_at".to_owned(),
        without(person),
        without(number),
        // Another part's row in the place of this one's.
        format!(
            "DELETE FROM audit_stretch WHERE {of_person}; UPDATE audit_stretch SET {of_person} WHERE {of_next}"
        ),
    ] {
        world.sql(&change);
        finds_at_once(world, rare, ENTRIES).await;
        let fault = world.verify().unwrap_err().to_string();
        let told = fault.contains("delete the rows of number 0 of audit_stretch");
        assert!(told, "{change}: {fault}");
        world.sql("DELETE FROM audit_stretch; INSERT INTO audit_stretch SELECT * FROM kept");
    }
    assert!(world.verify().is_ok());
}

/// What is lost or spoilt is made again, and two servers may do so at once.
async fn is_made_again(world: &World, rare: PersonId) {
    let nothing = world.blob(&[]);
    world.sql(&format!(
        "UPDATE audit_stretch SET seal = {} WHERE part = 7; DELETE FROM audit_stretch WHERE part > 250",
        world.blob(&[0; 32])
    ));
    let (one, other) = (world.journal(), world.journal());
    let both = tokio::join!(one.summarise_stretch(0, 64), other.summarise_stretch(0, 64));
    assert_eq!((both.0.unwrap(), both.1.unwrap()), (Some(64), Some(64)));
    assert_eq!(gathered(world, 64, 72).await, Some(72));
    let as_before = "seal IN (SELECT seal FROM kept)";
    assert_eq!(
        (rows(world, "part >= 0"), rows(world, as_before)),
        (512, 512)
    );
    // The rows alone tell now what there is, and when.
    world.sql(&format!(
        "UPDATE audit_block SET terms = {nothing}, from_at = 0, to_at = 0"
    ));
    finds_by_rows(world, rare).await;
}

/// Without a block that could be read instead, a page that had to read entries would end before it is full.
async fn finds_by_rows(world: &World, rare: PersonId) {
    let wholly = |from: i64, to: i64| AuditFilter {
        from: Some(Timestamp::from_seconds(START + from)),
        to: Some(Timestamp::from_seconds(START + to)),
        before: Some(i64::MAX),
        ..AuditFilter::default()
    };
    let by = AuditFilter {
        actor: Some(rare),
        ..wholly(-1_000, 1_000)
    };
    for (filter, count) in [
        (by, RARE.len()),
        (wholly(-1_000, -500), 0),
        (wholly(900, 1_000), 0),
    ] {
        assert_eq!(page(world, &filter).await, (count, true), "{filter:?}");
    }
}

/// What rows say of a value: the first bytes of SHA-256 over a letter for the column, and the value.
fn term(column: u8, value: &[u8]) -> [u8; 4] {
    let digest = Sha256::digest([&[column], value].concat());
    *digest.first_chunk().unwrap()
}

fn places(world: &World, part: u8) -> Vec<u8> {
    let places = format!("(SELECT places FROM audit_stretch WHERE number = 0 AND part = {part})");
    let places = diesel::select(sql::<Binary>(&places)).get_result(&mut world.raw());
    places.unwrap()
}

/// How many rows are like this.
fn rows(world: &World, which: &str) -> i64 {
    let count = format!("(SELECT COUNT(*) FROM audit_stretch WHERE {which})");
    let count = diesel::select(sql::<BigInt>(&count)).get_result(&mut world.raw());
    count.unwrap()
}

/// These places but for those of a term: its last three bytes, and the block.
fn without(places: &[u8], term: [u8; 4]) -> Vec<u8> {
    let places = places.as_chunks::<4>().0.iter();
    places
        .filter(|place| place[..3] != term[1..])
        .flatten()
        .copied()
        .collect()
}

on_both! {
    the_youngest_stretch_is_told_of_as_it_fills,
    a_stretch_is_searched_by_its_rows,
}
