//! The tables of the journal and of signing, as both databases have them; one section a migration.

use diesel::{allow_tables_to_appear_in_same_query, table};

// 000001_audit.
table! {
    audit_entry (sequence) {
        sequence -> BigInt,
        entry -> Binary,
        leaf_hash -> Binary,
        recorded_at -> BigInt,
        event -> Text,
        outcome -> Text,
        request_id -> Binary,
        actor_kind -> Text,
        actor_id -> Nullable<Binary>,
        client_id -> Nullable<Binary>,
        agency_id -> Nullable<Binary>,
        credential_id -> Nullable<Binary>,
        object_id -> Nullable<Binary>,
        grant_id -> Nullable<Binary>,
        reason -> Nullable<Text>,
    }
}

table! {
    audit_opening (sequence) {
        sequence -> BigInt,
        openings -> Text,
    }
}

allow_tables_to_appear_in_same_query!(audit_entry, audit_opening);

// 000002_journal.
table! {
    policy_epoch (area) {
        area -> Text,
        counter -> BigInt,
    }
}

table! {
    boot (id) {
        id -> Binary,
        instance -> Binary,
        started_at -> BigInt,
        open_from -> BigInt,
        lease_until -> BigInt,
        swept -> BigInt,
    }
}

table! {
    attempt (sequence) {
        sequence -> BigInt,
        request_id -> Binary,
        boot_id -> Binary,
    }
}

table! {
    attempt_outcome (request_id) {
        request_id -> Binary,
        sequence -> BigInt,
        state -> Nullable<Text>,
        signatures -> Nullable<Binary>,
    }
}

table! {
    idempotency (scope, turn) {
        scope -> Binary,
        turn -> BigInt,
        request_id -> Binary,
        body -> Binary,
        boot_id -> Binary,
    }
}

table! {
    sealed_key (purpose, version) {
        purpose -> Text,
        version -> BigInt,
        blob -> Binary,
    }
}

// 000003_signing.
table! {
    sad (id) {
        id -> Binary,
        hash -> Binary,
        client_id -> Nullable<Binary>,
        person_id -> Nullable<Binary>,
        credential_id -> Binary,
        session_id -> Nullable<Binary>,
        hash_algorithm -> Nullable<Text>,
        digests -> Nullable<Binary>,
        total -> BigInt,
        documents -> Binary,
        expires_at -> BigInt,
        made_by -> BigInt,
        seal -> Binary,
    }
}

table! {
    stamping_session (id) {
        id -> Binary,
        client_id -> Binary,
        credential_id -> Binary,
        opened_by -> Binary,
        total -> BigInt,
        purposes -> Text,
        opened_at -> BigInt,
        expires_at -> BigInt,
        made_by -> BigInt,
        seal -> Binary,
    }
}

table! {
    stamping_session_end (session_id) {
        session_id -> Binary,
        closed_at -> BigInt,
        made_by -> BigInt,
    }
}

table! {
    consumption (grant_id, ordinal, turn) {
        grant_id -> Binary,
        ordinal -> BigInt,
        turn -> BigInt,
        span -> BigInt,
        sequence -> BigInt,
        seal -> Binary,
    }
}

table! {
    release (grant_id, ordinal, turn) {
        grant_id -> Binary,
        ordinal -> BigInt,
        turn -> BigInt,
        sequence -> BigInt,
        seal -> Binary,
    }
}

allow_tables_to_appear_in_same_query!(attempt, attempt_outcome);
allow_tables_to_appear_in_same_query!(stamping_session, stamping_session_end);
allow_tables_to_appear_in_same_query!(consumption, sad);

// 000011_audit_blocks.
table! {
    audit_block (number) {
        number -> BigInt,
        from_at -> BigInt,
        to_at -> BigInt,
        terms -> Binary,
        signed -> Binary,
        used -> Binary,
        seal -> Binary,
    }
}

// 000012_time_stamps.
table! {
    time_stamp (id) {
        id -> Binary,
        request_id -> Binary,
        place -> BigInt,
        credential_id -> Binary,
        client_id -> Nullable<Binary>,
        hash -> Text,
        imprint -> Binary,
        state -> Text,
        tries -> BigInt,
        asked_at -> BigInt,
        next_at -> BigInt,
        token -> Nullable<Binary>,
    }
}

// 000013_document_numbers.
table! {
    document_number (agency_id, series, year, number) {
        agency_id -> Binary,
        series -> Text,
        year -> BigInt,
        number -> BigInt,
        revision -> Binary,
        sequence -> BigInt,
    }
}

// 000016_tree.
table! {
    tree_tile (level, number) {
        level -> BigInt,
        number -> BigInt,
        hashes -> Binary,
    }
}

table! {
    tree_checkpoint (size) {
        size -> BigInt,
        signed_at -> BigInt,
        witnesses -> BigInt,
        note -> Text,
    }
}

// 000017_alarms.
table! {
    alarm_call (id) {
        id -> BigInt,
        place -> BigInt,
        tries -> BigInt,
        next_at -> BigInt,
    }
}

// 000020_partly_filled_stretches.
table! {
    audit_stretch (number, part) {
        number -> BigInt,
        part -> BigInt,
        blocks -> BigInt,
        from_at -> BigInt,
        to_at -> BigInt,
        unnumbered -> BigInt,
        places -> Binary,
        seal -> Binary,
    }
}
