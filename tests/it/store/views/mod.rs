//! The standing questions find what must never happen, which no server of ours would write: here the entries are
//! written past policy.

mod changed;
mod told;

use std::time::Duration;

use kyso_core::id::{PersonId, RequestId};
use kyso_core::journal::Journal as _;
use kyso_core::{Clock as _, Draft, Timestamp};
use kyso_evidence::Event;
use kyso_evidence::entry::{KeyRecord, Outcome};
use kyso_store::views::{OfficeHours, Question, Stretch, ViewPage, view};
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
    what_takes_two_and_gives_no_power_is_found_too,
}

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

/// One manager may take any role away but a security officer's.
async fn what_takes_two_and_gives_no_power_is_found_too(world: &mut World) {
    let (one, two, call) = (PersonId::random(), PersonId::random(), RequestId::random());
    let id = Uuid::now_v7();
    for (event, by, request) in [
        (Event::ChangeProposed, one, RequestId::random()),
        (Event::ChangeApproved, two, call),
    ] {
        write(world, draft(event, by, request).about("pending_change", id)).await;
    }
    let acts = [
        (Event::PersonErased, ""),
        (Event::CredentialErased, ""),
        (Event::RoleRevoked, "security_officer"),
        (Event::RoleRevoked, "signer"),
    ];
    for (event, role) in acts {
        write(world, draft(event, two, call).fact("role", role)).await;
    }
    assert_eq!(whys(world, Question::ActingAlone).await, []);
    for (event, role) in acts {
        let alone = draft(event, one, RequestId::random());
        write(world, alone.fact("role", role)).await;
    }
    let found = whys(world, Question::ActingAlone).await;
    assert_eq!(found, [("no_second", None); 3]);
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
    spoil(world, at);
    let page = ask(world, Question::ActingAlone, Stretch::default(), 100).await;
    assert_eq!((page.rows, page.spoilt), (Vec::new(), vec![at]));
}

/// Changes the bytes of an entry, as the database's owner can.
fn spoil(world: &World, at: i64) {
    let forged = world.blob(br#"{"v":1}"#);
    let sql = format!("UPDATE audit_entry SET entry = {forged} WHERE sequence = {at}");
    world.as_owner("audit_entry", &sql);
}

/// The place of the last entry of this kind.
fn last(world: &World, event: Event) -> i64 {
    let entries = world.entries(event);
    i64::try_from(entries.last().unwrap().seq).unwrap()
}
