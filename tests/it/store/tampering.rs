//! Whoever writes to the database behind the server's back gets no signature.

use std::sync::Arc;

use kyso_core::custody::DigestOutcome;
use kyso_core::journal::{CommitError, Journal as _, JournalError};
use kyso_core::model::SadHash;
use kyso_core::{Refusal, id::SadId};
use kyso_evidence::Event;
use kyso_store::StoreError;

use super::world::{Kind, World, digest, key, on_both, signed};

async fn whoever_gives_back_a_consumed_hash_gets_no_signature(world: &mut World) {
    let sad = world.sad(&[digest(1), digest(2)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    world.as_owner("consumption", "DELETE FROM consumption;");
    let known = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
    assert_eq!(known, Refusal::HashNotAuthorized, "the server remembers");
    world.restart();
    let found = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
    assert_eq!(found, Refusal::Tampered, "the log remembers");
    assert_eq!(world.entries(Event::AlarmRaised).len(), 1);
    world.verify().unwrap();
}

async fn whoever_hides_a_use_from_its_grant_gets_no_signature(world: &mut World) {
    let sad = world.sad(&[digest(1), digest(2)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    world.as_owner("consumption", "DELETE FROM consumption;");
    world.as_owner("audit_entry", "UPDATE audit_entry SET grant_id = NULL;");
    world.store = None;
    let refused = world.open();
    assert!(
        matches!(refused, Err(StoreError::Changed(_))),
        "{refused:?}"
    );
}

async fn whoever_inserts_a_release_gets_no_signature(world: &mut World) {
    let sad = world.sad(&[digest(1), digest(2)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    world.sql(
        "INSERT INTO release SELECT grant_id, ordinal, turn, sequence + 1, seal FROM consumption",
    );
    world.restart();
    let found = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
    assert_eq!(found, Refusal::Tampered);
}

async fn whoever_moves_a_release_gets_no_signature(world: &mut World) {
    let sad = world.sad(&[digest(1), digest(2)]).await;
    let both = world.with_sad(&sad, &[digest(1), digest(2)]);
    let intent = world.intent(both).await.unwrap();
    let mut outcomes = signed(2);
    outcomes[1] = DigestOutcome::NotAttempted;
    world.outcome(&intent, outcomes).await.unwrap();
    world.as_owner("release", "UPDATE release SET ordinal = 0;");
    world.restart();
    let found = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
    assert_eq!(found, Refusal::Tampered);
}

async fn whoever_changes_an_entry_gets_no_server(world: &mut World) {
    world.sad(&[digest(1)]).await;
    world.store = None;
    let entry = world.blob(b"another entry");
    world.as_owner(
        "audit_entry",
        &format!("UPDATE audit_entry SET entry = {entry};"),
    );
    let refused = world.open();
    assert!(
        matches!(refused, Err(StoreError::Journal(JournalError::Rewound))),
        "{refused:?}"
    );
}

async fn whoever_inserts_a_sad_gets_no_signature(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    let (id, hash) = (SadId::random(), SadHash::of("mine"));
    let columns = "client_id, person_id, credential_id, session_id, hash_algorithm, digests, \
                   total, documents, expires_at, made_by, seal";
    world.sql(&format!(
        "INSERT INTO sad (id, hash, {columns}) SELECT {}, {}, {columns} FROM sad",
        world.blob(id.as_bytes()),
        world.blob(hash.as_bytes()),
    ));
    let mut forged = sad.clone();
    (forged.id, forged.hash) = (id, hash);
    let found = world.refusal(world.with_sad(&forged, &[digest(1)])).await;
    assert_eq!(found, Refusal::Tampered);
    assert_eq!(world.entries(Event::AlarmRaised).len(), 1);
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
}

async fn a_refused_change_does_not_make_the_server_forget(world: &mut World) {
    let sad = world.sad(&[digest(1), digest(2)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    world.as_owner("consumption", "DELETE FROM consumption;");
    let totp = world.totp(world.leader);
    let single = || kyso_core::model::SadBinding::Hashes([digest(3)].into());
    let authorize = |sad| kyso_core::Change::AuthorizeSad(sad, Some(totp));
    let first = authorize(world.sad_value(single()));
    world.change(world.system(), first).await.unwrap();
    let again = authorize(world.sad_value(single()));
    world.change(world.system(), again).await.unwrap_err();
    let known = world.refusal(world.with_sad(&sad, &[digest(1)])).await;
    assert_eq!(known, Refusal::HashNotAuthorized, "the server remembers");
    world
        .sign(world.with_sad(&sad, &[digest(2)]))
        .await
        .unwrap();
}

async fn whoever_widens_a_session_gets_no_signature(world: &mut World) {
    world.session(1).await;
    world.sign(world.stamp(&[digest(1)], "a")).await.unwrap();
    world.as_owner(
        "stamping_session",
        "UPDATE stamping_session SET total = 500;",
    );
    let known = world.refusal(world.stamp(&[digest(2)], "b")).await;
    assert_eq!(known, Refusal::TooManySignatures, "the server remembers");
    world.restart();
    let found = world.refusal(world.stamp(&[digest(2)], "b")).await;
    assert_eq!(found, Refusal::Tampered);
}

async fn whoever_reopens_a_session_gets_no_signature(world: &mut World) {
    let session = world.session(5).await;
    let sad = world.counted(&session, 2).await.unwrap();
    let close = kyso_core::Change::CloseStampingSession(session.id);
    let committed = world
        .change(World::person(world.clerk), close)
        .await
        .unwrap();
    world.as_owner("stamping_session_end", "DELETE FROM stamping_session_end;");
    world.restart();
    let mut snapshot = (*world.policy.snapshot()).clone();
    snapshot.epoch = committed.epoch;
    world.policy.install(snapshot);
    let mut request = world.with_sad(&sad, &[digest(1)]);
    request.idempotency = Some(key("a", 1));
    assert_eq!(world.refusal(request).await, Refusal::SessionClosed);
}

async fn an_epoch_that_goes_back_is_noticed(world: &mut World) {
    world.session(1).await; // moves the epoch
    let base = world.policy.snapshot();
    world.sql("UPDATE policy_epoch SET counter = 0");
    let polled = world.journal().snapshot(Arc::clone(&base)).await;
    assert_eq!(polled.unwrap_err(), JournalError::Rewound);
    if world.kind == Kind::Postgres {
        // Other servers may move it, so it is read with every batch.
        let sad = world.sad_value(kyso_core::model::SadBinding::Hashes([digest(1)].into()));
        let refused = world.authorize(sad).await;
        let rewound = matches!(refused, Err(CommitError::Journal(JournalError::Rewound)));
        assert!(rewound, "{refused:?}");
    }
}

async fn a_counter_that_is_gone_stops_changes(world: &mut World) {
    let base = world.policy.snapshot();
    world.sql("DELETE FROM policy_epoch WHERE area = 'sessions'");
    let polled = world.journal().snapshot(base).await;
    assert_eq!(polled.unwrap_err(), JournalError::Rewound);
}

async fn a_database_behind_its_head_file_does_not_start(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    world.store = None;
    world.as_owner(
        "audit_entry",
        "DELETE FROM audit_entry WHERE sequence >= 2;",
    );
    let refused = world.open();
    assert!(
        matches!(refused, Err(StoreError::Journal(JournalError::Rewound))),
        "{refused:?}"
    );
    assert!(world.verify().is_err());
}

async fn a_database_with_another_past_does_not_start(world: &mut World) {
    world.sad(&[digest(1)]).await;
    world.store = None;
    let leaf = world.blob(&[5; 32]);
    world.as_owner(
        "audit_entry",
        &format!("UPDATE audit_entry SET leaf_hash = {leaf};"),
    );
    let refused = world.open();
    assert!(
        matches!(refused, Err(StoreError::Journal(JournalError::Rewound))),
        "{refused:?}"
    );
}

async fn a_log_without_its_head_file_is_not_taken_unasked(world: &mut World) {
    world.sad(&[digest(1)]).await;
    world.store = None;
    std::fs::remove_file(world.config().head_file).unwrap();
    assert!(matches!(world.open(), Err(StoreError::HeadMissing)));
}

async fn a_changed_projection_is_found(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    let intent = world
        .intent(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    world.outcome(&intent, signed(1)).await.unwrap();
    world.verify().unwrap();
    world.as_owner(
        "audit_entry",
        "UPDATE audit_entry SET grant_id = NULL WHERE sequence = 1;",
    );
    let fault = world.verify().unwrap_err().to_string();
    assert_eq!(fault, "row 1: column grant differs from its entry");
}

async fn audit_rows_are_append_only(world: &mut World) {
    let sad = world.sad(&[digest(1)]).await;
    world
        .sign(world.with_sad(&sad, &[digest(1)]))
        .await
        .unwrap();
    let (agency, revision) = ("07".repeat(16), "07".repeat(32));
    let bytes = |hex: String| match world.kind {
        Kind::Sqlite => format!("x'{hex}'"),
        Kind::Postgres => format!("'\\x{hex}'"),
    };
    let (agency, revision) = (bytes(agency), bytes(revision));
    world.sql(&format!(
        "INSERT INTO document_number VALUES ({agency}, 'QĐ', 2026, 1, {revision}, 1)"
    ));
    let mut attempts = vec![
        "UPDATE document_number SET number = 2",
        "DELETE FROM document_number",
        "UPDATE audit_entry SET reason = 'x'",
        "DELETE FROM audit_entry",
        "DELETE FROM consumption",
        "UPDATE attempt_outcome SET sequence = 0",
        "UPDATE audit_opening SET openings = '{}' WHERE 0 = 1 OR sequence = sequence",
    ];
    match world.kind {
        Kind::Sqlite => attempts.extend([
            "REPLACE INTO audit_entry SELECT * FROM audit_entry",
            "REPLACE INTO document_number SELECT * FROM document_number",
        ]),
        Kind::Postgres => attempts.extend([
            "TRUNCATE audit_entry",
            "TRUNCATE audit_entry_0000",
            "DELETE FROM audit_entry_0000",
            "SET session_replication_role = replica; DELETE FROM audit_entry",
            "SET session_replication_role = replica; TRUNCATE audit_entry_0000",
            "TRUNCATE consumption CASCADE",
        ]),
    }
    for sql in attempts {
        let opening = sql.contains("audit_opening"); // none was made, so there is no row to refuse
        assert!(world.try_sql(sql).is_err() || opening, "{sql}");
    }
    world.verify().unwrap();
}

/// Fails unless the application reads, inserts into named columns and has no other right on the tables that are written once.
const RIGHTS: &str = "
DO $$
DECLARE
    named TEXT;
    wanted TEXT;
    found INT := 0;
BEGIN
    -- Whatever table refuses a change to everybody, by a trigger, also one that a later migration makes; and two without.
    -- Partitions belong to their table, and nobody reaches them by themselves.
    FOR named IN SELECT t.tgrelid::regclass::text FROM pg_trigger AS t
        JOIN pg_proc AS f ON f.oid = t.tgfoid AND f.proname = 'refuse_change'
        WHERE NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = t.tgrelid)
        UNION VALUES ('sealed_key'), ('totp_step') LOOP
        found := found + 1;
        FOREACH wanted IN ARRAY ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'] LOOP
            -- What opens a commitment may be erased.
            CONTINUE WHEN named = 'audit_opening' AND wanted = 'DELETE';
            IF has_table_privilege('kyso_app', named, wanted) THEN
                RAISE EXCEPTION 'kyso_app has % on all of %', wanted, named;
            END IF;
        END LOOP;
        IF has_any_column_privilege('kyso_app', named, 'UPDATE') THEN
            RAISE EXCEPTION 'kyso_app may update a column of %', named;
        END IF;
        IF NOT has_table_privilege('kyso_app', named, 'SELECT') OR NOT has_any_column_privilege('kyso_app', named, 'INSERT') THEN
            RAISE EXCEPTION 'kyso_app cannot work with %', named;
        END IF;
    END LOOP;
    IF found < 13 THEN
        RAISE EXCEPTION 'only % tables refuse changes', found;
    END IF;
END $$";

/// What the application's own role may do on PostgreSQL.
#[test]
fn the_application_role_can_only_add() {
    super::world::run(Kind::Postgres, async |world: &mut World| {
        let sad = world.sad(&[digest(1)]).await;
        world
            .sign(world.with_sad(&sad, &[digest(1)]))
            .await
            .unwrap();
        world.sql(include_str!("../../../ops/postgres/roles.sql"));
        world.sql("SET ROLE kyso_app; SELECT count(*) FROM audit_entry");
        world.sql(RIGHTS); // apart from what the triggers refuse to everybody
        for sql in [
            "UPDATE audit_entry SET reason = 'x'",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
            "SELECT * FROM audit_entry_0000",
            "INSERT INTO audit_entry_0000 SELECT * FROM audit_entry",
            "DELETE FROM consumption",
            "DELETE FROM document_number",
            "UPDATE sad SET total = 9",
            "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
            "SET session_replication_role = replica",
            "DROP TABLE audit_entry",
            "CREATE TABLE mine (id INT)",
        ] {
            assert!(
                world.try_sql(&format!("SET ROLE kyso_app; {sql}")).is_err(),
                "{sql}"
            );
        }
        world.database_of_app();
        world.restart();
        let sad = world.sad(&[digest(1)]).await;
        world
            .sign(world.with_sad(&sad, &[digest(1)]))
            .await
            .unwrap();
    });
}

on_both! {
    whoever_gives_back_a_consumed_hash_gets_no_signature,
    whoever_hides_a_use_from_its_grant_gets_no_signature,
    whoever_inserts_a_release_gets_no_signature,
    whoever_moves_a_release_gets_no_signature,
    whoever_changes_an_entry_gets_no_server,
    whoever_inserts_a_sad_gets_no_signature,
    a_refused_change_does_not_make_the_server_forget,
    whoever_widens_a_session_gets_no_signature,
    whoever_reopens_a_session_gets_no_signature,
    an_epoch_that_goes_back_is_noticed,
    a_counter_that_is_gone_stops_changes,
    a_database_behind_its_head_file_does_not_start,
    a_database_with_another_past_does_not_start,
    a_log_without_its_head_file_is_not_taken_unasked,
    a_changed_projection_is_found,
    audit_rows_are_append_only,
}
