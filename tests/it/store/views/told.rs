//! What is told of a key's day, and what the numbers of documents lead to.

use std::collections::BTreeSet;
use std::time::Duration;

use kyso_core::id::{AgencyId, CredentialId, PersonId, RequestId};
use kyso_core::model::Owner;
use kyso_core::series::Series;
use kyso_core::{Clock as _, Timestamp};
use kyso_evidence::Event;
use kyso_evidence::entry::Fact;
use kyso_store::read::{AuditFilter, AuditPage, DocumentNumber, audit_page};
use kyso_store::views::{
    GapFilter, GapPage, GapPlace, KeyOwner, day_of_key, skipped_numbers, uses_of_day,
};
use uuid::Uuid;

use super::{draft, last, spoil, with_key, write};
use crate::store::world::{World, digest, on_both};

on_both! {
    skipped_numbers_are_found_page_by_page,
    the_day_of_a_key_is_told,
    what_was_changed_is_named_on_a_keys_day,
    what_was_done_with_a_key_is_told_page_by_page,
    what_was_erased_is_not_found_by_its_series,
}

const AGENCY: AgencyId = AgencyId::from_bytes([1; 16]);

async fn gaps(world: &World, filter: &GapFilter, limit: u16) -> GapPage {
    let filter = filter.clone();
    let store = world.store.as_ref().unwrap();
    let read = store.read_log(move |db, _| skipped_numbers(db, &filter, limit));
    read.await.unwrap()
}

/// Numbers with gaps, of two agencies.
fn number_documents(world: &mut World) {
    let numbers = [
        (1_u8, "QĐ", 2026, 1),
        (1, "QĐ", 2026, 2),
        (1, "QĐ", 2026, 5),
        (1, "QĐ", 2026, 9),
        (1, "QĐ", 2025, 3),
        (1, "CV", 2026, 2),
        (2, "QĐ", 2026, 2),
    ];
    for (place, (agency, series, year, number)) in numbers.iter().enumerate() {
        let (agency, mark) = (world.blob(&[*agency; 16]), u8::try_from(place).unwrap());
        let revision = world.blob(&[mark; 32]);
        world.sql(&format!(
            "INSERT INTO document_number VALUES ({agency}, '{series}', {year}, {number}, {revision}, {place})"
        ));
    }
}

async fn skipped_numbers_are_found_page_by_page(world: &mut World) {
    number_documents(world);
    let mut filter = GapFilter {
        year: 2026,
        agency: None,
        after: None,
    };
    let told = |page: &GapPage| {
        let each = page.gaps.iter();
        let each = each.map(|gap| {
            (
                gap.then.agency.as_bytes()[0],
                gap.then.series.clone(),
                gap.missing,
            )
        });
        each.collect::<Vec<_>>()
    };
    let mut whole = told(&gaps(world, &filter, 100).await);
    let mut paged = Vec::new();
    loop {
        let page = gaps(world, &filter, 1).await;
        paged.extend(told(&page));
        let Some(next) = page.next else { break };
        assert_ne!(
            filter.after.replace(next.clone()),
            Some(next),
            "the same page again"
        );
    }
    assert_eq!(paged, whole);
    whole.sort();
    let text = |agency, series: &str, missing| (agency, series.to_owned(), missing);
    let wanted = [
        text(1, "CV", (1, 1)),
        text(1, "QĐ", (3, 4)),
        text(1, "QĐ", (6, 8)),
        text(2, "QĐ", (1, 1)),
    ];
    assert_eq!(whole, wanted);
    let own = GapFilter {
        agency: Some(AgencyId::from_bytes([2; 16])),
        after: None,
        ..filter
    };
    assert_eq!(told(&gaps(world, &own, 100).await), wanted[3..]);
    let beyond = GapFilter {
        after: Some(GapPlace {
            agency: AgencyId::from_bytes([9; 16]),
            series: String::new(),
            number: 0,
        }),
        ..own
    };
    assert_eq!(gaps(world, &beyond, 100).await, GapPage::default());
}

/// A day on which the leader signs, as a signer and by a system; both end an hour after it.
async fn day_with_an_end(world: &mut World) -> Timestamp {
    let role = Uuid::now_v7();
    let leader = world.leader;
    let role = |event| {
        draft(event, PersonId::random(), RequestId::random())
            .about("role_grant", role)
            .fact("person", leader.to_string())
            .fact("role", "signer")
    };
    let begins = world.clock.now();
    write(world, role(Event::RoleGranted)).await;
    let other = role(Event::RoleGranted).about("role_grant", Uuid::now_v7());
    write(world, other.fact("person", PersonId::random().to_string())).await;
    let grant = draft(
        Event::ClientGranted,
        PersonId::random(),
        RequestId::random(),
    );
    let mut grant = grant
        .about("client_grant", Uuid::now_v7())
        .fact("of_client", world.client.to_string());
    grant.entry.agency = Some(AGENCY.to_string());
    write(world, grant).await;
    let sad = world.sad(&[digest(1)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    world.clock.advance(25 * 3_600);
    let end = draft(
        Event::ClientDisabled,
        PersonId::random(),
        RequestId::random(),
    );
    write(world, end.about("client", world.client)).await;
    write(world, role(Event::RoleRevoked)).await;
    begins
}

const DAY: Duration = Duration::from_hours(24);

async fn the_day_of_a_key_is_told(world: &mut World) {
    let begins = day_with_an_end(world).await;
    let key = world.personal;
    let owner = KeyOwner {
        owner: Owner::Person(world.leader),
        agencies: [AGENCY.to_string()].into(),
    };
    let told = async |from: Timestamp| {
        let (owner, span) = (owner.clone(), (from, from.after(DAY)));
        let store = world.store.as_ref().unwrap();
        let read = store.read_log(move |db, sealer| day_of_key(db, sealer, key, &owner, span));
        let told = read.await.unwrap();
        assert!(told.whole);
        (told.roles, told.grants)
    };
    let (roles, grants) = told(begins).await;
    assert_eq!((roles.len(), grants.len()), (1, 1));
    assert_eq!(
        (roles[0].until, roles[0].ended_by),
        (None, None),
        "not on that day"
    );
    let (roles, grants) = told(begins.after(DAY)).await;
    assert_eq!((roles.len(), grants.len()), (1, 1));
    assert!(roles[0].ended_by.is_some() && grants[0].ended_by.is_some());
    assert_eq!(
        grants[0].until,
        Some(begins.after(Duration::from_hours(25)))
    );
    for far in [begins.after(DAY * 3), begins.before(DAY * 2)] {
        let (roles, grants) = told(far).await;
        assert_eq!((roles.len(), grants.len()), (0, 0));
    }
}

/// Of what could be used, not of the uses alone: a role, a record, a session and a grant that were changed, what ended
/// them, and the key's own life.
async fn what_was_changed_is_named_on_a_keys_day(world: &mut World) {
    let begins = day_with_an_end(world).await;
    let (key, seal) = (world.personal, world.seal);
    let of_seal = |event| {
        let one = draft(event, PersonId::random(), RequestId::random());
        with_key(one, &seal.to_string(), "seal").about("stamping_session", Uuid::now_v7())
    };
    write(world, of_seal(Event::SessionOpened)).await;
    write(world, of_seal(Event::SessionClosed)).await;
    let record = |event| {
        let one = draft(event, PersonId::random(), RequestId::random());
        one.about("authority", Uuid::now_v7())
    };
    write(world, record(Event::AuthorityRecorded)).await;
    write(world, record(Event::AuthorityEnded)).await;
    let locked = draft(
        Event::CredentialLocked,
        PersonId::random(),
        RequestId::random(),
    );
    let locked = locked.about("credential", key).fact("state", "locked");
    write(world, locked).await;

    let leader = (key, Owner::Person(world.leader));
    let agency = (seal, Owner::Agency(AGENCY));
    for of in [leader, agency] {
        assert!(named(world, of, begins).await.is_empty());
    }
    let powers: [i64; 6] = [
        Event::RoleGranted,
        Event::ClientGranted,
        Event::ClientDisabled,
        Event::RoleRevoked,
        Event::AuthorityRecorded,
        Event::AuthorityEnded,
    ]
    .map(|event| last(world, event));
    let life = last(world, Event::CredentialLocked);
    let sessions = [Event::SessionOpened, Event::SessionClosed].map(|event| last(world, event));
    for at in powers.iter().chain([&life]).chain(&sessions) {
        spoil(world, *at);
    }
    // Nobody can say whose powers they were, so those of all are named for each key.
    for (of, own) in [(leader, &[life][..]), (agency, &sessions[..])] {
        let wanted: BTreeSet<i64> = powers.iter().chain(own).copied().collect();
        assert_eq!(named(world, of, begins).await, wanted);
    }
}

/// The places of changed entries that are told with two days of a key.
async fn named(
    world: &World,
    (credential, owner): (CredentialId, Owner),
    begins: Timestamp,
) -> BTreeSet<i64> {
    let owner = KeyOwner {
        owner,
        agencies: [AGENCY.to_string()].into(),
    };
    let span = (begins, begins.after(DAY * 2));
    let store = world.store.as_ref().unwrap();
    let read = store.read_log(move |db, sealer| day_of_key(db, sealer, credential, &owner, span));
    read.await.unwrap().spoilt.into_iter().collect()
}

async fn what_was_done_with_a_key_is_told_page_by_page(world: &mut World) {
    let begins = day_with_an_end(world).await;
    let (key, span) = (world.personal, (begins, begins.after(DAY)));
    let store = world.store.as_ref().unwrap();
    let uses = async |after, limit| {
        let read =
            store.read_log(move |db, sealer| uses_of_day(db, sealer, key, span, after, limit));
        read.await.unwrap()
    };
    let all = uses(None, 100).await;
    let events: Vec<Event> = all.rows.iter().map(|(_, entry)| entry.event).collect();
    let wanted = [
        Event::SadAuthorized,
        Event::SignatureIntent,
        Event::SignatureOutcome,
    ];
    assert_eq!(events, wanted);
    let first = uses(None, 2).await;
    let rest = uses(first.next, 2).await;
    assert_eq!([first.rows, rest.rows].concat(), all.rows);
}

async fn what_was_erased_is_not_found_by_its_series(world: &mut World) {
    let seal = world.seal.to_string();
    let intent = |number: i64, series: &str, year: (&str, Fact)| {
        let draft = draft(
            Event::SignatureIntent,
            PersonId::random(),
            RequestId::random(),
        );
        let mut draft = with_key(draft, &seal, "seal").fact("number", number);
        draft.entry.data.insert(year.0.to_owned(), year.1);
        draft.commit("series", series.as_bytes())
    };
    let date = || ("date", Fact::Text("2026-11-27".to_owned()));
    let year = || ("year", Fact::Integer(2026));
    write(world, intent(7, "QĐ-UBND", date())).await;
    write(world, intent(7, "CV", date())).await;
    write(world, intent(8, "QĐ-UBND", date())).await;
    write(world, intent(7, "qđ - ubnd", year())).await;
    let find = async |series: Option<&str>, year, youngest: bool| {
        let filter = AuditFilter {
            before: youngest.then_some(i64::MAX),
            number: Some(DocumentNumber {
                number: 7,
                series: series.and_then(Series::new),
                year,
            }),
            ..AuditFilter::default()
        };
        let store = world.store.as_ref().unwrap();
        let read = store.read_log(move |db, sealer| audit_page(db, sealer, &filter, 100));
        let page: AuditPage = read.await.unwrap();
        assert_eq!(page.next, None);
        page.rows.iter().map(|row| row.sequence).collect::<Vec<_>>()
    };
    let both = find(Some("QĐ-UBND"), Some(2026), false).await;
    assert_eq!(both.len(), 2, "the document and its appendix");
    let reversed: Vec<i64> = both.iter().rev().copied().collect();
    assert_eq!(find(Some("QĐ-UBND"), None, true).await, reversed);
    assert!(find(Some("QĐ-UBND"), Some(2025), false).await.is_empty());
    assert_eq!(find(None, None, false).await.len(), 3);
    world.sql("DELETE FROM audit_opening");
    assert!(find(Some("QĐ-UBND"), Some(2026), false).await.is_empty());
    assert_eq!(
        find(None, None, false).await.len(),
        3,
        "a number is no text"
    );
}
