//! The tables of people, systems, credentials and tokens, as both databases have them; one
//! section a migration.

use crate::tables::audit_entry;

// 000004: directory.
diesel::table! {
    agency (id) {
        id -> Binary,
        parent_id -> Nullable<Binary>,
        name -> Text,
        kind -> Text,
        level -> Text,
        valid_from -> BigInt,
        valid_until -> Nullable<BigInt>,
        // 000021: other names and places, each from a date on.
        dated -> Nullable<Text>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    agency_code (format, code) {
        format -> Text,
        code -> Text,
        agency_id -> Binary,
        valid_from -> BigInt,
        valid_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    person (id) {
        id -> Binary,
        login -> Text,
        name -> Text,
        agency_id -> Binary,
        position -> Text,
        email -> Text,
        position_required -> Bool,
        ended_at -> Nullable<BigInt>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    role_grant (id) {
        id -> Binary,
        person_id -> Binary,
        role -> Text,
        agency_id -> Nullable<Binary>,
        revoked_at -> Nullable<BigInt>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    password_factor (person_id) {
        person_id -> Binary,
        phc -> Text,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    totp_factor (person_id) {
        person_id -> Binary,
        secret -> Binary,
        row_version -> BigInt,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    totp_step (person_id, step) {
        person_id -> Binary,
        step -> BigInt,
    }
}

diesel::table! {
    enrolment_code (person_id) {
        person_id -> Binary,
        code_hash -> Binary,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    authority (id) {
        id -> Binary,
        person_id -> Binary,
        agency_id -> Binary,
        kind -> Text,
        basis -> Text,
        valid_from -> BigInt,
        valid_until -> BigInt,
        ended_at -> Nullable<BigInt>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    throttle (account, factor, network) {
        account -> Binary,
        factor -> Text,
        network -> Text,
        failures -> BigInt,
        last_at -> BigInt,
    }
}

// 000005: clients.
diesel::table! {
    client (id) {
        id -> Binary,
        name -> Text,
        display_name -> Text,
        method -> Text,
        disabled_at -> Nullable<BigInt>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    client_key (id) {
        id -> Binary,
        client_id -> Binary,
        kind -> Text,
        material -> Binary,
        revoked_at -> Nullable<BigInt>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    client_grant (id) {
        id -> Binary,
        client_id -> Binary,
        target_kind -> Text,
        target_id -> Binary,
        allows_explicit -> Bool,
        allows_raw_hash -> Bool,
        revoked_at -> Nullable<BigInt>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

// 000006: credentials.
diesel::table! {
    certificate (sha256) {
        sha256 -> Binary,
        der -> Binary,
    }
}

diesel::table! {
    credential (id) {
        id -> Binary,
        kind -> Text,
        person_id -> Nullable<Binary>,
        agency_id -> Binary,
        chain -> Nullable<Binary>,
        not_before -> Nullable<BigInt>,
        not_after -> Nullable<BigInt>,
        state -> Text,
        handed_over_at -> Nullable<BigInt>,
        locked_by_reset -> Bool,
        multisign -> BigInt,
        sad_seconds -> BigInt,
        extensible -> Bool,
        by_digest -> Bool,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    credential_key (credential_id) {
        credential_id -> Binary,
        cka_id -> Binary,
        algorithm -> Text,
        spki -> Binary,
        request -> Binary,
    }
}

// 000007: tokens.
diesel::table! {
    revoked_token (jti) {
        jti -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    revoked_family (family_id) {
        family_id -> Binary,
        revoked_at -> BigInt,
    }
}

diesel::table! {
    token_family (id) {
        id -> Binary,
        client_id -> Nullable<Binary>,
        person_id -> Nullable<Binary>,
        refresh -> Binary,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    refresh_token (token_hash) {
        token_hash -> Binary,
        family_id -> Binary,
    }
}

diesel::table! {
    used_assertion (jti_hash) {
        jti_hash -> Binary,
        expires_at -> BigInt,
    }
}

// 000008: pending.
diesel::table! {
    pending_change (id) {
        id -> Binary,
        kind -> Text,
        payload -> Text,
        proposed_by -> Binary,
        expires_at -> BigInt,
        state -> Text,
        decided_by -> Nullable<Binary>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

// 000010: approvals.
diesel::table! {
    approval (id) {
        id -> Binary,
        client_id -> Binary,
        person_id -> Binary,
        credential_id -> Binary,
        payload -> Text,
        urgency -> BigInt,
        submission -> Text,
        submitted_at -> BigInt,
        due_at -> Nullable<BigInt>,
        open_until -> BigInt,
        state -> Text,
        state_at -> BigInt,
        reason -> Nullable<Text>,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    client_callback (client_id) {
        client_id -> Binary,
        origin -> Text,
        secret -> Binary,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    callback_due (id) {
        id -> Binary,
        approval_id -> Binary,
        tries -> BigInt,
        next_at -> BigInt,
    }
}

diesel::table! {
    picture (owner_id) {
        owner_id -> Binary,
        owner -> Text,
        digest -> Nullable<Binary>,
        width -> BigInt,
        made_by -> BigInt,
        seal -> Binary,
    }
}

diesel::table! {
    picture_file (digest) {
        digest -> Binary,
        png -> Binary,
    }
}

// 000015: approval_files.
diesel::table! {
    approval_file (approval_id, document, part) {
        approval_id -> Binary,
        document -> BigInt,
        part -> BigInt,
        came_at -> BigInt,
        sealed -> Binary,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    agency,
    agency_code,
    person,
    role_grant,
    password_factor,
    totp_factor,
    totp_step,
    enrolment_code,
    authority,
    throttle,
    client,
    client_key,
    client_grant,
    certificate,
    credential,
    credential_key,
    revoked_token,
    revoked_family,
    token_family,
    refresh_token,
    used_assertion,
    pending_change,
    approval,
    client_callback,
    callback_due,
    picture,
    picture_file,
    approval_file
);
diesel::joinable!(credential_key -> credential (credential_id));

// Each sealed table is asked for together with the entries about its rows.
macro_rules! beside_the_log {
    ($($table:ident),* $(,)?) => {$(
        diesel::allow_tables_to_appear_in_same_query!(audit_entry, $table);
    )*};
}
beside_the_log!(
    agency,
    person,
    role_grant,
    password_factor,
    totp_factor,
    enrolment_code,
    authority,
    client,
    client_key,
    client_grant,
    credential,
    token_family,
    pending_change,
    approval,
    client_callback,
    picture
);
