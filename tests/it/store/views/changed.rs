//! What an answer rests on and somebody changed: it must not make wrong look right.

use std::time::Duration;

use kyso_core::Clock as _;
use kyso_core::id::{PersonId, RequestId};
use kyso_evidence::Event;
use kyso_store::views::Question;
use uuid::Uuid;

use super::{draft, last, record, signed_under, spoil, whys, with_key, write};
use crate::store::world::{World, digest, on_both};

on_both! {
    a_proposal_that_was_changed_is_told,
    a_record_of_which_an_entry_was_changed_is_told,
    a_signature_that_was_changed_stands_behind_no_seal,
}

async fn words(world: &World, question: Question) -> Vec<&'static str> {
    let found = whys(world, question).await;
    found.into_iter().map(|(why, _)| why).collect()
}

async fn a_record_of_which_an_entry_was_changed_is_told(world: &mut World) {
    let (now, hour) = (world.clock.now(), Duration::from_hours(1));
    let ended = Uuid::now_v7();
    write(world, record(ended, now.before(hour), now.after(hour))).await;
    let end = draft(
        Event::AuthorityEnded,
        PersonId::random(),
        RequestId::random(),
    );
    write(world, end.about("authority", ended)).await;
    signed_under(world, &ended.to_string(), "sign").await;
    assert_eq!(words(world, Question::ExpiredAuthority).await, ["ended"]);
    spoil(world, last(world, Event::AuthorityEnded));
    assert_eq!(words(world, Question::ExpiredAuthority).await, ["tampered"]);
}

async fn a_signature_that_was_changed_stands_behind_no_seal(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    let signature = last(world, Event::SignatureOutcome);
    let intent = draft(
        Event::SignatureIntent,
        PersonId::random(),
        RequestId::random(),
    );
    let intent = with_key(intent, &world.seal.to_string(), "seal")
        .fact("ground", "signed_document")
        .fact("signed_by", world.personal.to_string());
    write(world, intent).await;
    assert!(
        words(world, Question::SealWithoutSignature)
            .await
            .is_empty()
    );
    spoil(world, signature);
    let unsupported = words(world, Question::SealWithoutSignature).await;
    assert_eq!(unsupported, ["unsupported"]);
}

async fn a_proposal_that_was_changed_is_told(world: &mut World) {
    let change = Uuid::now_v7();
    for (event, by) in [
        (Event::ChangeProposed, PersonId::random()),
        (Event::ChangeApproved, PersonId::random()),
    ] {
        let one = draft(event, by, RequestId::random());
        write(world, one.about("pending_change", change)).await;
    }
    assert!(words(world, Question::ActingAlone).await.is_empty());
    spoil(world, last(world, Event::ChangeProposed));
    assert_eq!(words(world, Question::ActingAlone).await, ["tampered"]);
}
