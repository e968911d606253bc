//! A search by a document's number finds each entry that names it, whoever said it and whatever became of the summaries.

use kyso_core::id::RequestId;
use kyso_core::journal::Journal as _;
use kyso_core::request::DocumentFacts;
use kyso_core::series::Series;
use kyso_core::{Actor, Draft};
use kyso_evidence::Event;
use kyso_evidence::entry::Outcome;
use kyso_store::read::{AuditFilter, AuditPage, DocumentNumber, audit_page};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinSet;

use super::world::{World, on_both};

on_both! {
    a_number_is_found_with_and_without_summaries,
    a_number_that_was_hidden_from_its_summary_is_found,
    a_summary_without_a_number_is_a_fault,
}

/// More than one block.
const NOTES: usize = 1_100;

fn note() -> Draft {
    draft(Event::AuditRead, Outcome::Ok)
}

fn draft(event: Event, outcome: Outcome) -> Draft {
    Draft::new(event, outcome, &Actor::system(), RequestId::random())
}

async fn write(world: &World, draft: Draft) {
    world.journal().note(draft).await.unwrap();
}

async fn fill(world: &World) {
    for _ in 0..NOTES / 100 {
        let mut notes = JoinSet::new();
        for _ in 0..100 {
            let journal = world.journal();
            notes.spawn(async move { journal.note(note()).await });
        }
        for end in notes.join_all().await {
            end.unwrap();
        }
    }
}

fn said(number: &str, symbol: &str) -> DocumentFacts {
    DocumentFacts {
        number: Some(number.to_owned()),
        symbol: Some(symbol.to_owned()),
        ..DocumentFacts::default()
    }
}

/// Five entries about number 12, and some about others; all in the first block.
async fn named(world: &World) {
    let twelve = said("12", "QĐ-UBND");
    let other = said("13", "QĐ-UBND");
    let naming = |event, outcome, documents: &[&DocumentFacts]| {
        draft(event, outcome).documents(documents.iter().copied())
    };
    let (submitted, ok) = (Event::ApprovalSubmitted, Outcome::Ok);
    let (intent, started) = (Event::SignatureIntent, Outcome::Started);
    write(world, naming(submitted, ok, &[&twelve])).await;
    write(world, naming(intent, started, &[&other, &twelve])).await;
    write(world, naming(intent, started, &[&other])).await;
    write(world, naming(submitted, ok, &[&said("012", "CV")])).await;
    let (refused, why) = (Event::SignatureRefused, Outcome::Refused);
    write(world, naming(refused, why, &[&twelve])).await;
    let sealed = draft(intent, started)
        .fact("number", 12_i64)
        .fact("date", "2026-11-27")
        .commit("series", "QĐ-UBND");
    write(world, sealed).await;
    write(world, naming(submitted, ok, &[&said("mười hai", "12")])).await;
}

async fn find(world: &World, number: u32, series: Option<&str>, year: Option<u32>) -> usize {
    let number = DocumentNumber {
        number,
        series: series.and_then(Series::new),
        year,
    };
    let mut filter = AuditFilter {
        number: Some(number),
        ..AuditFilter::default()
    };
    let store = world.store.as_ref().unwrap();
    let mut count = 0;
    loop {
        let asked = filter.clone();
        let read = store.read_log(move |db, sealer| audit_page(db, sealer, &asked, 2));
        let page: AuditPage = read.await.unwrap();
        count += page.rows.len();
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return count,
        }
    }
}

async fn finds_all(world: &World) {
    for (number, series, year, count) in [
        (12, None, None, 5),
        (12, Some("QĐ-UBND"), None, 4),
        (12, Some("qđ-ubnd"), Some(2027), 3), // the clock of these tests stands in 2027
        (12, Some("QĐ-UBND"), Some(2026), 1), // as the server read it
        (12, Some("CV"), None, 1),
        (12, Some("BC"), None, 0),
        (13, None, None, 2),
        (14, None, None, 0),
    ] {
        let found = find(world, number, series, year).await;
        assert_eq!(found, count, "{number} {series:?} {year:?}");
    }
}

async fn summarised(world: &World) {
    let tree = world.tree().await;
    let next = world.journal().summarise(0, &tree).await;
    assert_eq!(next.unwrap(), Some(1));
}

async fn a_number_is_found_with_and_without_summaries(world: &mut World) {
    named(world).await;
    fill(world).await;
    finds_all(world).await;
    summarised(world).await;
    finds_all(world).await;
    assert!(world.verify().is_ok());
    // An entry in no summary yet, and a summary as older servers made it.
    let late = draft(Event::ApprovalSubmitted, Outcome::Ok);
    write(world, late.documents([said("14", "QĐ-UBND")].iter())).await;
    assert_eq!(find(world, 14, None, None).await, 1);
    leave(world, &[marker(), term(12), term(13)]);
    assert!(world.verify().is_ok());
    assert_eq!(find(world, 12, None, None).await, 5);
    // The register of numbers, whose rows have no seal, decides nothing.
    world.sql("DELETE FROM document_number");
    assert_eq!(find(world, 12, Some("QĐ-UBND"), Some(2026)).await, 1);
}

/// The owner takes away what opens an entry until its block is summed up, and puts it back.
async fn a_number_that_was_hidden_from_its_summary_is_found(world: &mut World) {
    named(world).await;
    fill(world).await;
    world.sql("CREATE TABLE kept AS SELECT * FROM audit_opening");
    world.sql("DELETE FROM audit_opening");
    summarised(world).await;
    assert_eq!(find(world, 12, None, None).await, 1, "what is no text");
    world.sql("INSERT INTO audit_opening SELECT * FROM kept");
    assert!(world.verify().is_ok());
    finds_all(world).await;
}

/// As above, by somebody who could even have the row sealed; what was erased since is no fault.
async fn a_summary_without_a_number_is_a_fault(world: &mut World) {
    named(world).await;
    fill(world).await;
    summarised(world).await;
    world.sql("CREATE TABLE kept AS SELECT * FROM audit_block");
    leave(world, &[term(12)]);
    let fault = world.verify().unwrap_err().to_string();
    assert!(fault.contains("delete row 0 of audit_block"), "{fault}");
    // Nor does it help that something else there was erased.
    world.sql("CREATE TABLE opened AS SELECT * FROM audit_opening");
    let other = "sequence = (SELECT max(sequence) FROM audit_opening)";
    world.sql(&format!("DELETE FROM audit_opening WHERE {other}"));
    let fault = world.verify().unwrap_err().to_string();
    assert!(fault.contains("delete row 0 of audit_block"), "{fault}");
    world.sql(
        "INSERT INTO audit_opening SELECT * FROM opened AS kept WHERE NOT EXISTS \
        (SELECT 1 FROM audit_opening AS there WHERE there.sequence = kept.sequence)",
    );
    world.sql("DELETE FROM audit_block");
    world.sql("INSERT INTO audit_block SELECT * FROM kept");
    assert!(world.verify().is_ok());
    world.sql("DELETE FROM audit_opening");
    assert!(world.verify().is_ok(), "erased");
    assert_eq!(find(world, 12, None, None).await, 1);
    assert_eq!(find(world, 12, Some("QĐ-UBND"), None).await, 0);
}

/// What a summary says of a number: the first bytes of SHA-256 over a letter and the number.
fn term(number: u32) -> [u8; 4] {
    first(&[&b"n"[..], &number.to_be_bytes()].concat())
}

/// What it says where it has all numbers.
fn marker() -> [u8; 4] {
    first(b"N")
}

fn first(bytes: &[u8]) -> [u8; 4] {
    *Sha256::digest(bytes).first_chunk().unwrap()
}

/// Takes these out of the first summary.
fn leave(world: &World, terms: &[[u8; 4]]) {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Binary)]
        terms: Vec<u8>,
    }
    let query = diesel::sql_query("SELECT terms FROM audit_block WHERE number = 0");
    let row: Row = diesel::RunQueryDsl::get_result(query, &mut world.raw()).unwrap();
    let kept = row.terms.as_chunks::<4>().0.iter();
    let kept: Vec<u8> = kept
        .filter(|one| !terms.contains(one))
        .flatten()
        .copied()
        .collect();
    assert_eq!(row.terms.len() - kept.len(), 4 * terms.len());
    let kept = world.blob(&kept);
    world.sql(&format!(
        "UPDATE audit_block SET terms = {kept} WHERE number = 0"
    ));
}
