//! A search by blocks finds what is in the log, no more and no less, whatever became of the blocks.

use kyso_core::id::{AgencyId, PersonId, RequestId};
use kyso_core::journal::Journal as _;
use kyso_core::{Actor, Draft, Timestamp};
use kyso_evidence::entry::Outcome;
use kyso_evidence::{Entry, Event, leaf_hash};
use kyso_store::StoreError;
use kyso_store::read::{AuditFilter, AuditPage, OfHour, audit_page, signatures_by_hour};
use tokio::task::JoinSet;

use super::world::{Kind, START, World, digest, on_both};

/// Two blocks and some.
const NOTES: usize = 2_300;
const RARE: usize = 700;
const AGENCY: AgencyId = AgencyId::from_bytes([1; 16]);

fn draft(number: usize, rare: PersonId) -> Draft {
    let actor = if number == RARE {
        World::person(rare)
    } else {
        Actor::system()
    };
    let (event, outcome) = match number % 10 {
        0 => (Event::AuditRead, Outcome::Refused),
        1..=4 => (Event::AuditRead, Outcome::Ok),
        _ => (Event::LoginFailed, Outcome::Failed),
    };
    let mut draft = Draft::new(event, outcome, &actor, RequestId::random());
    draft.entry.agency = number.is_multiple_of(7).then(|| AGENCY.to_string());
    draft
}

/// Five signatures in two hours, among many entries in three.
async fn filled(world: &mut World) -> PersonId {
    let rare = PersonId::random();
    let three = [digest(1), digest(2), digest(3)];
    let sad = world.sad(&three).await;
    world.sign(world.with_sad(&sad, &three)).await.unwrap();
    for part in 0..NOTES / 100 {
        let mut notes = JoinSet::new();
        for number in part * 100..(part + 1) * 100 {
            let journal = world.journal();
            notes.spawn(async move { journal.note(draft(number, rare)).await });
        }
        notes
            .join_all()
            .await
            .into_iter()
            .for_each(|end| end.unwrap());
        world.clock.advance(300);
    }
    let two = [digest(4), digest(5)];
    let sad = world.sad(&two).await;
    world.sign(world.with_sad(&sad, &two)).await.unwrap();
    rare
}

async fn page(world: &World, filter: &AuditFilter, limit: u16) -> AuditPage {
    let filter = filter.clone();
    let store = world.store.as_ref().unwrap();
    let read = store.read_log(move |db, sealer| audit_page(db, sealer, &filter, limit));
    read.await.unwrap()
}

/// The sequences of all pages in either direction, always in ascending order.
async fn all(world: &World, filter: &AuditFilter, limit: u16, youngest_first: bool) -> Vec<i64> {
    let (mut filter, mut found) = (filter.clone(), Vec::new());
    filter.before = youngest_first.then_some(i64::MAX);
    loop {
        let page = page(world, &filter, limit).await;
        assert!(page.rows.len() <= usize::from(limit));
        found.extend(page.rows.iter().map(|row| row.sequence));
        let Some(next) = page.next else { break };
        let place = if youngest_first {
            &mut filter.before
        } else {
            &mut filter.after
        };
        assert_ne!(place.replace(next), Some(next), "the same page again");
    }
    if youngest_first {
        found.reverse();
    }
    found
}

type Fits = Box<dyn Fn(&Entry) -> bool>;

/// Filters, and what they mean said in another way.
fn filters(rare: PersonId, request: &str) -> Vec<(AuditFilter, Fits)> {
    fn only(set: impl FnOnce(&mut AuditFilter)) -> AuditFilter {
        let mut filter = AuditFilter::default();
        set(&mut filter);
        filter
    }
    let (from, to) = (
        Timestamp::from_seconds(START + 1_500),
        Timestamp::from_seconds(START + 3_000),
    );
    let (rare_text, request) = (rare.to_string(), request.to_owned());
    let wanted = request.parse().unwrap();
    vec![
        (only(|_| {}), Box::new(|_| true)),
        (
            only(|f| f.actor = Some(rare)),
            Box::new(move |e| e.actor.id.as_deref() == Some(&rare_text)),
        ),
        (
            only(|f| f.actor = Some(PersonId::random())),
            Box::new(|_| false),
        ),
        (
            only(|f| f.event = Some("signature.outcome".to_owned())),
            Box::new(|e| e.event == Event::SignatureOutcome),
        ),
        (
            only(|f| f.outcome = Some("refused".to_owned())),
            Box::new(|e| e.outcome == Outcome::Refused),
        ),
        (
            only(|f| {
                f.agency = Some(AGENCY);
                f.event = Some("audit.read".to_owned());
            }),
            Box::new(|e| e.agency == Some(AGENCY.to_string()) && e.event == Event::AuditRead),
        ),
        (
            only(|f| (f.from, f.to) = (Some(from), Some(to))),
            Box::new(move |e| (from.to_string()..to.to_string()).contains(&e.time)),
        ),
        (
            only(|f| f.request = Some(wanted)),
            Box::new(move |e| e.request == request),
        ),
    ]
}

async fn everything(world: &World) -> Vec<(i64, Entry)> {
    let (mut found, mut filter) = (Vec::new(), AuditFilter::default());
    loop {
        let page = page(world, &filter, 1_000).await;
        let rows = page.rows.iter();
        found.extend(rows.map(|row| (row.sequence, Entry::parse(&row.entry).unwrap())));
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return found,
        }
    }
}

async fn finds_all(world: &World, rare: PersonId) {
    let entries = everything(world).await;
    let request = &entries[1_500].1.request;
    for (filter, fits) in filters(rare, request) {
        let fitting = entries.iter().filter(|(_, entry)| fits(entry));
        let expected: Vec<i64> = fitting.map(|(sequence, _)| *sequence).collect();
        for (limit, youngest_first) in [(7, true), (100, false), (1_000, true), (1_000, false)] {
            let found = all(world, &filter, limit, youngest_first).await;
            assert_eq!(found, expected, "{filter:?} by {limit}, {youngest_first}");
        }
    }
}

async fn counted(world: &World) -> Vec<(i64, u64)> {
    let (from, to) = (
        Timestamp::from_seconds(START - 3_600),
        Timestamp::from_seconds(START + 36_000),
    );
    let store = world.store.as_ref().unwrap();
    let read = store.read_log(move |db, sealer| signatures_by_hour(db, sealer, from, to));
    let found: Result<Vec<OfHour>, StoreError> = read.await;
    let hour = |one: &OfHour| (one.hour.as_micros() / 1_000_000 - START) / 3_600;
    let found = found.unwrap();
    assert!(found.iter().all(|one| one.agency == Some(AGENCY)));
    found
        .iter()
        .map(|one| (hour(one), one.signatures))
        .collect()
}

/// Makes all blocks that are full; gives how many there are.
async fn summarised(world: &World) -> i64 {
    let (mut next, tree) = (0, world.tree().await);
    while let Some(further) = world.journal().summarise(next, &tree).await.unwrap() {
        next = further;
    }
    next
}

async fn a_search_finds_the_same_with_and_without_blocks(world: &mut World) {
    let rare = filled(world).await;
    let (first, second) = (0, i64::try_from(NOTES).unwrap() / 100 * 300 / 3_600);
    let by_hour = vec![(first, 3), (second, 2)];
    finds_all(world, rare).await;
    assert_eq!(counted(world).await, by_hour);

    assert_eq!(summarised(world).await, 2);
    finds_all(world, rare).await;
    assert_eq!(counted(world).await, by_hour);

    // Somebody wants to hide the rare one, and another block is lost.
    let nothing = world.blob(&[]);
    world.sql(&format!(
        "UPDATE audit_block SET terms = {nothing}, signed = {nothing} WHERE number = 0"
    ));
    world.sql("DELETE FROM audit_block WHERE number = 1");
    finds_all(world, rare).await;
    assert_eq!(counted(world).await, by_hour);

    // What is lost is made again.
    assert_eq!(summarised(world).await, 2);
    finds_all(world, rare).await;
}

/// The owner changes the rare one's entry until its block is made, and puts it right again.
async fn what_was_changed_meanwhile_gets_no_summary(world: &mut World) {
    let rare = filled(world).await;
    let id = world.blob(rare.as_bytes());
    let hide = format!("UPDATE audit_entry SET actor_id = NULL WHERE actor_id = {id}");
    let sequence = all(world, &by(rare), 10, false).await[0];
    world.as_owner("audit_entry", &hide);
    assert_eq!(summarised(world).await, 2);
    let restore = format!("UPDATE audit_entry SET actor_id = {id} WHERE sequence = {sequence}");
    world.as_owner("audit_entry", &restore);
    assert!(world.verify().is_ok());
    finds_all(world, rare).await;
}

/// As above, with bytes, hash and columns alike: only the tree tells.
async fn what_was_exchanged_meanwhile_gets_no_summary(world: &mut World) {
    let rare = filled(world).await;
    let tree = world.tree().await;
    let row = page(world, &by(rare), 1).await.rows.remove(0);
    let other = PersonId::random();
    let bytes = String::from_utf8(row.entry.clone()).unwrap();
    let forged = bytes.replace(&rare.to_string(), &other.to_string());
    assert_ne!(bytes, forged);
    let exchange = |entry: &[u8], person: PersonId| {
        let (leaf, id) = (world.blob(&leaf_hash(entry)), world.blob(person.as_bytes()));
        let entry = world.blob(entry);
        let set = format!("entry = {entry}, leaf_hash = {leaf}, actor_id = {id}");
        format!(
            "UPDATE audit_entry SET {set} WHERE sequence = {}",
            row.sequence
        )
    };
    world.as_owner("audit_entry", &exchange(forged.as_bytes(), other));
    let made = world.journal().summarise(0, &tree).await.unwrap();
    assert_eq!(made, Some(2));
    world.as_owner("audit_entry", &exchange(&row.entry, rare));
    assert!(world.verify().is_ok());
    finds_all(world, rare).await;
}

/// As above, by somebody who could even have the row sealed.
async fn a_summary_that_hides_something_is_a_fault(world: &mut World) {
    let rare = filled(world).await;
    assert_eq!(summarised(world).await, 2);
    assert!(world.verify().is_ok());
    let nothing = world.blob(&[]);
    for column in ["terms", "signed", "used"] {
        let spoil = format!("UPDATE audit_block SET {column} = {nothing} WHERE number = 0");
        world.sql(&spoil);
        let fault = world.verify().unwrap_err().to_string();
        assert!(fault.contains("delete row 0 of audit_block"), "{fault}");
        world.sql("DELETE FROM audit_block WHERE number = 0");
        assert!(world.verify().is_ok());
        assert_eq!(summarised(world).await, 2);
    }
    finds_all(world, rare).await;
}

/// Whoever cuts the log within the entries of a summary is not to have the officer delete the summary.
async fn a_cut_is_not_blamed_on_a_summary(world: &mut World) {
    filled(world).await;
    assert_eq!(summarised(world).await, 2);
    let cut = "DELETE FROM audit_entry WHERE sequence >= 1500";
    world.as_owner("audit_entry", cut);
    let fault = world.verify().unwrap_err();
    assert!(fault.to_string().contains("tail cut off"), "{fault}");
}

fn by(person: PersonId) -> AuditFilter {
    AuditFilter {
        actor: Some(person),
        ..AuditFilter::default()
    }
}

async fn two_servers_make_the_same_blocks(world: &mut World) {
    if world.kind == Kind::Sqlite {
        return; // has one server
    }
    filled(world).await;
    let second = world.second_server();
    super::world::settle(&second).await;
    let (one, other) = (world.journal(), second.journal());
    let tree = world.tree().await;
    let (one, other) = tokio::join!(one.summarise(0, &tree), other.summarise(0, &tree));
    assert_eq!((one.unwrap(), other.unwrap()), (Some(2), Some(2)));
}

/// Many entries, written past the journal: they are only searched.
fn flood(world: &World, rare: PersonId) -> String {
    let series = match world.kind {
        Kind::Sqlite => {
            "WITH RECURSIVE series(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM series WHERE i < 70000)"
        }
        Kind::Postgres => "WITH series AS (SELECT generate_series(100, 70000) AS i)",
    };
    let (entry, leaf, id) = (
        world.blob(b"{}"),
        world.blob(&[0; 32]),
        world.blob(&[5; 16]),
    );
    let rare = world.blob(rare.as_bytes());
    let columns =
        "sequence, entry, leaf_hash, recorded_at, event, outcome, request_id, actor_kind, actor_id";
    format!(
        "INSERT INTO audit_entry ({columns}) {series} SELECT i, {entry}, {leaf}, 0, 'audit.read', 'ok', {id}, 'person', \
         CASE WHEN i IN (777, 65535, 65536, 69999) THEN {rare} ELSE NULL END FROM series"
    )
}

async fn a_search_in_vain_ends_and_goes_on(world: &mut World) {
    let rare = PersonId::from_bytes([8; 16]);
    world.sql(&flood(world, rare));
    let filter = by(rare);
    for youngest_first in [true, false] {
        let found = all(world, &filter, 3, youngest_first).await;
        assert_eq!(found, [777, 65_535, 65_536, 69_999]);
    }
    let never = AuditFilter {
        outcome: Some("unknown".to_owned()),
        before: Some(i64::MAX),
        ..AuditFilter::default()
    };
    let short = page(world, &never, 50).await;
    assert!(short.rows.is_empty(), "there is none");
    let next = short.next.unwrap();
    assert!((1..70_000 - 31 * 1_024).contains(&next), "{next}");
}

on_both! {
    a_summary_that_hides_something_is_a_fault,
    a_cut_is_not_blamed_on_a_summary,
    a_search_finds_the_same_with_and_without_blocks,
    a_search_in_vain_ends_and_goes_on,
    two_servers_make_the_same_blocks,
    what_was_changed_meanwhile_gets_no_summary,
    what_was_exchanged_meanwhile_gets_no_summary,
}
