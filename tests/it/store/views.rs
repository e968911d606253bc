//! The standing questions find what must never happen, which no server of ours would write: here the entries are
//! written past policy.

use std::time::Duration;

use kyso_core::id::{AgencyId, PersonId, RequestId};
use kyso_core::journal::Journal as _;
use kyso_core::model::Owner;
use kyso_core::series::Series;
use kyso_core::{Clock as _, Draft, Timestamp};
use kyso_evidence::Event;
use kyso_evidence::entry::{Fact, KeyRecord, Outcome};
use kyso_store::read::{AuditFilter, AuditPage, DocumentNumber, audit_page};
use kyso_store::views::{
    GapFilter, GapPage, GapPlace, KeyOwner, OfficeHours, Question, Stretch, ViewPage, day_of_key,
    skipped_numbers, uses_of_day, view,
};
use uuid::Uuid;

use super::world::{World, digest, on_both};

on_both! {
    an_act_of_power_without_a_second_person_is_found,
    a_signature_under_a_record_that_is_not_in_force_is_found,
    a_seal_without_a_person_is_found,
    bulk_is_what_is_over_the_number,
    seals_outside_hours_are_told_by_the_clock_of_vietnam,
    a_page_ends_and_the_next_goes_on,
    an_entry_that_was_changed_is_told,
    skipped_numbers_are_found_page_by_page,
    the_day_of_a_key_is_told,
    what_was_erased_is_not_found_by_its_series,
}

const AGENCY: AgencyId = AgencyId::from_bytes([1; 16]);

async fn ask(world: &World, question: Question, stretch: Stretch, limit: u16) -> ViewPage {
    let store = world.store.as_ref().unwrap();
    let read = store.read_log(move |db, sealer| view(db, sealer, &question, &stretch, limit));
    read.await.unwrap()
}

/// Why each entry is in the view, the youngest first.
async fn whys(world: &World, question: Question) -> Vec<(&'static str, Option<u64>)> {
    let page = ask(world, question, Stretch::default(), 100).await;
    assert_eq!((page.next, page.spoilt), (None, Vec::new()));
    page.rows.iter().map(|row| (row.why, row.count)).collect()
}

fn draft(event: Event, by: PersonId, request: RequestId) -> Draft {
    let outcome = match event {
        Event::SignatureIntent => Outcome::Started,
        _ => Outcome::Ok,
    };
    Draft::new(event, outcome, &World::person(by), request)
}

async fn write(world: &World, draft: Draft) {
    world.journal().note(draft).await.unwrap();
}

fn with_key(mut draft: Draft, credential: &str, purpose: &str) -> Draft {
    draft.entry.credential = Some(credential.to_owned());
    draft.entry.key = Some(KeyRecord {
        algorithm: "p-256".to_owned(),
        certificate_issuer: None,
        certificate_serial: None,
        certificate_sha256: None,
        cka_id: "09".repeat(16),
        purpose: purpose.to_owned(),
    });
    draft
}

async fn an_act_of_power_without_a_second_person_is_found(world: &mut World) {
    let (one, two) = (PersonId::random(), PersonId::random());
    let change =
        |event, by, id: Uuid, request| draft(event, by, request).about("pending_change", id);
    let (right, wrong, unknown) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let call = RequestId::random();
    write(
        world,
        change(Event::ChangeProposed, one, right, RequestId::random()),
    )
    .await;
    write(world, change(Event::ChangeApproved, two, right, call)).await;
    write(world, draft(Event::RoleGranted, two, call)).await;
    write(
        world,
        change(Event::ChangeProposed, one, wrong, RequestId::random()),
    )
    .await;
    write(
        world,
        change(Event::ChangeApproved, one, wrong, RequestId::random()),
    )
    .await;
    write(
        world,
        change(Event::ChangeApproved, two, unknown, RequestId::random()),
    )
    .await;
    write(world, draft(Event::ClientGranted, one, RequestId::random())).await;
    write(
        world,
        draft(Event::FactorCodeIssued, one, RequestId::random()),
    )
    .await;
    // What a reset had locked comes back by itself, and what was refused was not done.
    let back = draft(Event::CredentialUnlocked, one, RequestId::random());
    write(world, back.fact("reason", "factor_enrolled")).await;
    let mut refused = draft(Event::ChangeApproved, one, RequestId::random());
    refused.entry.outcome = Outcome::Refused;
    write(world, refused).await;
    let found: Vec<_> = whys(world, Question::ActingAlone).await;
    let found: Vec<_> = found.into_iter().map(|(why, _)| why).collect();
    assert_eq!(found, ["code", "no_second", "no_proposal", "same_person"]);
    let of_two = Stretch {
        actor: Some(two),
        ..Stretch::default()
    };
    let page = ask(world, Question::ActingAlone, of_two, 100).await;
    assert_eq!(page.rows.len(), 1);
    assert_eq!(page.rows[0].why, "no_proposal");
}

/// An intent and its outcome under this record; the outcome's grant leads to the intent.
async fn signed_under(world: &World, record: &str, purpose: &str) {
    let (request, grant) = (RequestId::random(), Uuid::now_v7().to_string());
    let key = Uuid::now_v7().to_string();
    let entry = |event| {
        let mut draft = with_key(draft(event, PersonId::random(), request), &key, purpose);
        draft.entry.authority = Some(record.to_owned());
        draft.entry.grant = Some(grant.clone());
        draft
    };
    write(world, entry(Event::SignatureIntent)).await;
    let intents = world.entries(Event::SignatureIntent);
    let leaf = kyso_evidence::leaf_hash(&intents.last().unwrap().to_bytes().unwrap());
    let mut outcome = entry(Event::SignatureOutcome);
    outcome.entry.intent = Some(hex::encode(leaf));
    write(world, outcome).await;
}

fn record(id: Uuid, from: Timestamp, until: Timestamp) -> Draft {
    draft(
        Event::AuthorityRecorded,
        PersonId::random(),
        RequestId::random(),
    )
    .about("authority", id)
    .fact("valid_from", from.to_string())
    .fact("valid_until", until.to_string())
}

async fn a_signature_under_a_record_that_is_not_in_force_is_found(world: &mut World) {
    let (now, hour) = (world.clock.now(), Duration::from_hours(1));
    let ids: [Uuid; 4] = std::array::from_fn(|_| Uuid::now_v7());
    let [good, early, late, ended] = ids;
    write(world, record(good, now.before(hour), now.after(hour))).await;
    write(world, record(early, now.after(hour), now.after(hour * 2))).await;
    write(world, record(late, now.before(hour * 2), now.before(hour))).await;
    write(world, record(ended, now.before(hour), now.after(hour))).await;
    signed_under(world, &ended.to_string(), "sign").await;
    let end = draft(
        Event::AuthorityEnded,
        PersonId::random(),
        RequestId::random(),
    );
    write(world, end.about("authority", ended)).await;
    for id in ids {
        signed_under(world, &id.to_string(), "sign").await;
        // A seal relies on whoever signed before it.
        signed_under(world, &id.to_string(), "seal").await;
    }
    signed_under(world, &Uuid::now_v7().to_string(), "seal").await;
    let found = whys(world, Question::ExpiredAuthority).await;
    let found: Vec<_> = found.into_iter().map(|(why, _)| why).collect();
    assert_eq!(found, ["no_record", "ended", "run_out", "not_yet"]);
}

async fn a_seal_without_a_person_is_found(world: &mut World) {
    let seal = world.seal.to_string();
    let intent = |ground: Option<&str>, signer: &str| {
        let draft = draft(
            Event::SignatureIntent,
            PersonId::random(),
            RequestId::random(),
        );
        let draft = with_key(draft, &seal, "seal").fact("signed_by", signer);
        match ground {
            Some(ground) => draft.fact("ground", ground),
            None => draft,
        }
    };
    let personal = world.personal.to_string();
    // The person's key has not signed yet.
    write(world, intent(Some("signed_document"), &personal)).await;
    let sad = world.sad(&[digest(1)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    write(world, intent(Some("signed_document"), &personal)).await;
    write(world, intent(Some("signed_document"), "no key")).await;
    write(world, intent(Some("appendix"), &personal)).await;
    write(world, intent(Some("copy"), &personal)).await;
    write(world, intent(Some("asserted_by_client"), &personal)).await;
    write(world, intent(None, &personal)).await;
    let found = whys(world, Question::SealWithoutSignature).await;
    let found: Vec<_> = found.into_iter().map(|(why, _)| why).collect();
    assert_eq!(
        found,
        ["no_ground", "asserted", "unsupported", "unsupported"]
    );
}

async fn bulk_is_what_is_over_the_number(world: &mut World) {
    let digests: Vec<_> = (0..5).map(digest).collect();
    let sad = world.sad(&digests).await;
    world.sign(world.with_sad(&sad, &digests)).await.unwrap();
    world.session(4).await;
    let call = RequestId::random();
    for _ in 0..3 {
        write(world, draft(Event::ApprovalGiven, world.leader, call)).await;
        write(world, draft(Event::SadAuthorized, world.leader, call)).await;
    }
    let by = |over| whys(world, Question::Bulk(over));
    let all = [
        ("one_password", Some(3)),
        ("one_session", Some(4)),
        ("one_call", Some(5)),
    ];
    assert_eq!(by(2).await, all);
    assert_eq!(by(3).await, all[1..]);
    assert_eq!(by(4).await, all[2..]);
    assert_eq!(by(5).await, []);
}

async fn seals_outside_hours_are_told_by_the_clock_of_vietnam(world: &mut World) {
    let seal = world.seal.to_string();
    // The clock of these tests stands at 15 January 2027, 08:00 UTC: a Friday, 15:00 in Vietnam.
    for (seconds, purpose) in [
        (0, "seal"),
        (3 * 3_600, "seal"),
        (0, "sign"),
        (14 * 3_600, "seal"),
    ] {
        world.clock.advance(seconds);
        let mut one = draft(
            Event::SignatureOutcome,
            PersonId::random(),
            RequestId::random(),
        );
        one.entry.intent = Some("00".repeat(32));
        write(world, with_key(one, &seal, purpose)).await;
    }
    let found = whys(world, Question::OutsideHours(OfficeHours::USUAL)).await;
    let found: Vec<_> = found.into_iter().map(|(why, _)| why).collect();
    assert_eq!(found, ["outside_days", "outside_hours"]);
    let always = OfficeHours {
        begins: 0,
        ends: 24 * 60,
        days: [true; 7],
    };
    assert_eq!(whys(world, Question::OutsideHours(always)).await, []);
}

async fn a_page_ends_and_the_next_goes_on(world: &mut World) {
    for _ in 0..7 {
        let one = draft(
            Event::FactorCodeIssued,
            PersonId::random(),
            RequestId::random(),
        );
        write(world, one).await;
    }
    let (mut seen, mut stretch) = (Vec::new(), Stretch::default());
    loop {
        let page = ask(world, Question::ActingAlone, stretch.clone(), 3).await;
        assert!(page.rows.len() <= 3);
        seen.extend(page.rows.iter().map(|row| row.sequence));
        let Some(next) = page.next else { break };
        assert_ne!(
            stretch.before.replace(next),
            Some(next),
            "the same page again"
        );
    }
    let whole = ask(world, Question::ActingAlone, Stretch::default(), 100).await;
    let whole: Vec<_> = whole.rows.iter().map(|row| row.sequence).collect();
    assert_eq!(seen, whole);
    assert_eq!(seen.len(), 7);
}

async fn an_entry_that_was_changed_is_told(world: &mut World) {
    let one = draft(
        Event::FactorCodeIssued,
        PersonId::random(),
        RequestId::random(),
    );
    write(world, one).await;
    let page = ask(world, Question::ActingAlone, Stretch::default(), 100).await;
    let at = page.rows[0].sequence;
    let forged = world.blob(br#"{"v":1}"#);
    let sql = format!("UPDATE audit_entry SET entry = {forged} WHERE sequence = {at}");
    world.as_owner("audit_entry", &sql);
    let page = ask(world, Question::ActingAlone, Stretch::default(), 100).await;
    assert_eq!((page.rows, page.spoilt), (Vec::new(), vec![at]));
}

async fn gaps(world: &World, filter: &GapFilter, limit: u16) -> GapPage {
    let filter = filter.clone();
    let store = world.store.as_ref().unwrap();
    let read = store.read_log(move |db, _| skipped_numbers(db, &filter, limit));
    read.await.unwrap()
}

async fn skipped_numbers_are_found_page_by_page(world: &mut World) {
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

async fn the_day_of_a_key_is_told(world: &mut World) {
    let (leader, key) = (world.leader, world.personal);
    let role = Uuid::now_v7();
    let granted = |event| {
        draft(event, PersonId::random(), RequestId::random())
            .about("role_grant", role)
            .fact("person", leader.to_string())
            .fact("role", "signer")
    };
    let begins = world.clock.now();
    write(world, granted(Event::RoleGranted)).await;
    let other = granted(Event::RoleGranted).about("role_grant", Uuid::now_v7());
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
    write(world, granted(Event::RoleRevoked)).await;

    let owner = KeyOwner {
        owner: Owner::Person(leader),
        agencies: vec![AGENCY.to_string()],
    };
    let day = Duration::from_hours(24);
    let told = async |from: Timestamp| {
        let (owner, span) = (owner.clone(), (from, from.after(day)));
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
    let (roles, grants) = told(begins.after(day)).await;
    assert_eq!((roles.len(), grants.len()), (1, 1));
    assert!(roles[0].ended_by.is_some() && grants[0].ended_by.is_some());
    assert_eq!(
        grants[0].until,
        Some(begins.after(Duration::from_hours(25)))
    );
    let (roles, grants) = told(begins.after(day * 3)).await;
    assert_eq!((roles.len(), grants.len()), (0, 0));
    let (roles, grants) = told(begins.before(day * 2)).await;
    assert_eq!((roles.len(), grants.len()), (0, 0));

    let store = world.store.as_ref().unwrap();
    let span = (begins, begins.after(day));
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
    let (agency, revision) = (world.blob(&[1; 16]), world.blob(&[7; 32]));
    world.sql(&format!(
        "INSERT INTO document_number VALUES ({agency}, 'QĐ-UBND', 2026, 7, {revision}, 0)"
    ));
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
    assert_eq!(find(Some("QĐ-UBND"), Some(2025), false).await, []);
    assert_eq!(find(None, None, false).await.len(), 3);
    world.sql("DELETE FROM audit_opening");
    assert_eq!(find(Some("QĐ-UBND"), Some(2026), false).await, []);
    assert_eq!(
        find(None, None, false).await.len(),
        3,
        "a number is no text"
    );
}
