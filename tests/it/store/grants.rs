//! SADs and stamping sessions: each use once, and no more than was authorized.

use kyso_core::journal::{CommitError, Journal as _, JournalError};
use kyso_core::model::SadBinding;
use kyso_core::{Change, DigestOutcome, Refusal};

use kyso_store::SadUse;

use super::world::{World, digest, documents, key, on_both};

async fn every_hash_occurrence_is_used_once(world: &mut World) {
    let sad = world.sad(&[digest(1), digest(1), digest(2)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    world
        .sign(world.with_sad(&sad, &[digest(2), digest(1)]))
        .await
        .unwrap();
    let again = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
    assert_eq!(again, Refusal::HashNotAuthorized);
    assert_eq!(world.verify().unwrap().open_intents, Vec::<u64>::new());
}

async fn a_sad_is_for_its_hashes_client_credential_and_time(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    let other_hash = world.with_sad(&sad, &[digest(9)]);
    assert_eq!(world.refusal(other_hash).await, Refusal::HashNotAuthorized);
    let mut other_credential = world.with_sad(&sad, &[digest(1)]);
    other_credential.credential = world.seal;
    other_credential.documents = documents(1);
    assert_eq!(world.refusal(other_credential).await, Refusal::UnknownSad);
    let mut documented = world.with_sad(&sad, &[digest(1)]);
    documented.documents = documents(1);
    assert_eq!(world.refusal(documented).await, Refusal::DocumentsMismatch);
    let mut own = world.sad_value(SadBinding::Hashes([digest(1)].into()));
    own.client = None;
    let totp = world.totp(world.leader);
    let change = Change::AuthorizeSad(own.clone(), Some(totp));
    world
        .change(World::person(world.leader), change)
        .await
        .unwrap();
    assert_eq!(
        world.refusal(world.with_sad(&own, &[digest(1)])).await,
        Refusal::UnknownSad
    );
    world.clock.advance(301);
    let late = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
    assert_eq!(late, Refusal::SadExpired);
}

async fn documents_are_bound_into_the_sad(world: &mut World) {
    let mut sad = world.sad_value(SadBinding::Hashes([digest(1)].into()));
    sad.documents = World::hash_of_documents(1);
    let sad = world.authorize(sad).await.unwrap();
    let mut request = world.with_sad(&sad, &[digest(1)]);
    assert_eq!(
        world.refusal(request.clone()).await,
        Refusal::DocumentsMismatch
    );
    request.documents = documents(1);
    world.sign(request).await.unwrap();
}

async fn twenty_uses_at_once_of_one_hash_make_one_signature(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    let mut calls = Vec::new();
    for _ in 0..20 {
        let authorized = world.authorized(world.with_sad(&sad, &[digest(1)]));
        let draft = kyso_core::draft::intent(&authorized);
        let journal = world.journal();
        calls.push(tokio::spawn(async move {
            journal.record_intent(authorized, draft).await
        }));
    }
    let mut recorded = 0;
    for call in calls {
        recorded += usize::from(call.await.unwrap().is_ok());
    }
    assert_eq!(recorded, 1);
}

async fn what_the_key_was_not_asked_for_is_given_back(world: &mut World) {
    let sad = world.sad(&[digest(1), digest(2), digest(3)]).await;
    let all = [digest(1), digest(2), digest(3)];
    let intent = world.intent(world.with_sad(&sad, &all)).await.unwrap();
    let outcomes = vec![
        DigestOutcome::Unknown,
        DigestOutcome::Withheld,
        DigestOutcome::NotAttempted,
    ];
    let made = world.journal().sad_use(sad.hash).await.unwrap();
    assert_eq!((made.taken, made.running), (3, 1), "nobody knows yet");
    world.outcome(&intent, outcomes).await.unwrap();
    world.restart(); // what is given back must survive, and be given back once
    let use_of = async |taken, signed, unknown| {
        let use_of = SadUse {
            taken,
            signed,
            unknown,
            running: 0,
        };
        assert_eq!(world.journal().sad_use(sad.hash).await.unwrap(), use_of);
    };
    use_of(2, 0, 2).await;
    for used in [digest(1), digest(2)] {
        assert_eq!(
            world.refusal(world.with_sad(&sad, &[used])).await,
            Refusal::HashNotAuthorized
        );
    }
    world
        .sign(world.with_sad(&sad, &[digest(3)]))
        .await
        .unwrap();
    use_of(3, 1, 2).await;
    let again = world.refusal(world.with_sad(&sad, &[digest(3)])).await;
    assert_eq!(again, Refusal::HashNotAuthorized);
}

async fn a_count_needs_a_key_and_ends_at_its_number(world: &mut World) {
    let session = world.session(10).await;
    let sad = world.counted(&session, 3).await.unwrap();
    let bare = world.with_sad(&sad, &[digest(1)]);
    assert_eq!(
        world.refusal(bare.clone()).await,
        Refusal::IdempotencyRequired
    );
    for name in ["a", "b", "c"] {
        let mut request = world.with_sad(&sad, &[digest(1)]);
        request.idempotency = Some(key(name, 1));
        world.sign(request).await.unwrap();
    }
    let mut request = bare;
    request.idempotency = Some(key("d", 1));
    assert_eq!(world.refusal(request).await, Refusal::TooManySignatures);
}

async fn sads_never_reach_past_their_session(world: &mut World) {
    let session = world.session(10).await;
    world.counted(&session, 6).await.unwrap();
    let more = world.counted(&session, 5).await;
    assert!(
        matches!(more, Err(CommitError::Refused(Refusal::TooManySignatures))),
        "{more:?}"
    );
    world.counted(&session, 4).await.unwrap();
    world.restart();
    let direct = world.refusal(world.stamp(&[digest(1)], "a")).await;
    assert_eq!(direct, Refusal::TooManySignatures);
}

async fn a_session_stamps_directly_within_its_number_purposes_and_time(world: &mut World) {
    world.session(2).await;
    world
        .sign(world.stamp(&[digest(1), digest(2)], "a"))
        .await
        .unwrap();
    let third = world.refusal(world.stamp(&[digest(3)], "b")).await;
    assert_eq!(third, Refusal::TooManySignatures);
}

async fn closing_a_session_ends_its_sads_too(world: &mut World) {
    let session = world.session(10).await;
    let sad = world.counted(&session, 3).await.unwrap();
    let close = Change::CloseStampingSession(session.id);
    let committed = world
        .change(World::person(world.clerk), close)
        .await
        .unwrap();
    let mut snapshot = (*world.policy.snapshot()).clone(); // which still has the session
    snapshot.epoch = committed.epoch;
    world.policy.install(snapshot);
    let mut request = world.with_sad(&sad, &[digest(1)]);
    request.idempotency = Some(key("a", 1));
    assert_eq!(world.refusal(request).await, Refusal::SessionClosed);
    let direct = world.refusal(world.stamp(&[digest(1)], "b")).await;
    assert_eq!(direct, Refusal::SessionClosed);
}

async fn a_session_ends_by_itself(world: &mut World) {
    let session = world.session(10).await;
    let mut sad = world.sad_value(SadBinding::Count(2));
    (sad.credential, sad.person, sad.session) = (world.seal, None, Some(session.id));
    sad.expires_at = session.expires_at.after(std::time::Duration::from_mins(1));
    let sad = world.authorize(sad).await.unwrap();
    world.clock.advance(3_601);
    let mut request = world.with_sad(&sad, &[digest(1)]);
    request.idempotency = Some(key("a", 1));
    assert_eq!(world.refusal(request).await, Refusal::SessionClosed);
}

async fn another_purpose_is_refused_under_a_sad(world: &mut World) {
    let session = world.session(10).await;
    let sad = world.counted(&session, 3).await.unwrap();
    let mut request = world.with_sad(&sad, &[digest(1)]);
    request.idempotency = Some(key("a", 1));
    request.documents[0].purpose = Some("SAO_Y".to_owned());
    assert_eq!(world.refusal(request).await, Refusal::PurposeNotAllowed);
}

async fn an_extension_ends_the_old_sad_and_never_grows(world: &mut World) {
    let old = world.sad(&[digest(1), digest(2)]).await;
    world
        .sign(world.with_sad(&old, &[digest(1)]))
        .await
        .unwrap();
    let wide = world.sad_value(SadBinding::Hashes([digest(5), digest(6)].into()));
    let grown = world
        .change(world.system(), Change::ExtendSad(old.hash, wide))
        .await;
    assert!(matches!(
        grown,
        Err(CommitError::Refused(Refusal::TooManySignatures))
    ));
    let new = world.sad_value(SadBinding::Hashes([digest(5)].into()));
    world
        .change(world.system(), Change::ExtendSad(old.hash, new.clone()))
        .await
        .unwrap();
    assert_eq!(
        world.refusal(world.with_sad(&old, &[digest(2)])).await,
        Refusal::UnknownSad
    );
    world
        .sign(world.with_sad(&new, &[digest(5)]))
        .await
        .unwrap();
}

async fn a_one_time_password_counts_once(world: &mut World) {
    let totp = world.totp(world.leader);
    let sad = world.sad_value(SadBinding::Hashes([digest(1)].into()));
    world
        .change(world.system(), Change::AuthorizeSad(sad, Some(totp)))
        .await
        .unwrap();
    let sad = world.sad_value(SadBinding::Hashes([digest(2)].into()));
    let again = world
        .change(world.system(), Change::AuthorizeSad(sad, Some(totp)))
        .await;
    assert!(matches!(again, Err(CommitError::Refused(Refusal::OtpUsed))));
}

async fn an_outcome_comes_once(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    let intent = world
        .intent(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    world
        .outcome(&intent, super::world::signed(1))
        .await
        .unwrap();
    let twice = world
        .outcome(&intent, vec![DigestOutcome::NotAttempted])
        .await;
    assert!(
        matches!(twice, Err(JournalError::Unavailable(_))),
        "{twice:?}"
    );
    let again = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
    assert_eq!(again, Refusal::HashNotAuthorized, "and gives nothing back");
}

on_both! {
    every_hash_occurrence_is_used_once,
    a_sad_is_for_its_hashes_client_credential_and_time,
    documents_are_bound_into_the_sad,
    twenty_uses_at_once_of_one_hash_make_one_signature,
    what_the_key_was_not_asked_for_is_given_back,
    a_count_needs_a_key_and_ends_at_its_number,
    sads_never_reach_past_their_session,
    a_session_stamps_directly_within_its_number_purposes_and_time,
    closing_a_session_ends_its_sads_too,
    a_session_ends_by_itself,
    another_purpose_is_refused_under_a_sad,
    an_extension_ends_the_old_sad_and_never_grows,
    a_one_time_password_counts_once,
    an_outcome_comes_once,
}
