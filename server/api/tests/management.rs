//! Management requests refuse what they do not know, and keep secrets to themselves.

use kyso_api::management::{
    AuditQuery, NewAgency, NewCredential, NewGrant, NewRole, NewSession, PendingReply, StampRequest,
};
use kyso_api::oauth::{JWT_BEARER, TokenRequest};
use serde_json::json;

#[test]
fn misspelt_members_are_refused() {
    assert!(
        serde_json::from_value::<NewSession>(json!({ "login": "a", "password": "b", "opt": "1" }))
            .is_err()
    );
    assert!(
        serde_json::from_value::<NewAgency>(json!({
        "name": "n", "kind": "so", "level": "tinh",
        "codes": [{ "format": "modern", "code": "H26", "extra": 1 }] }))
        .is_err()
    );
    assert!(serde_json::from_value::<NewCredential>(json!({
        "kind": "seal", "owner_agncy": "x", "algorithm": "rsa-2048", "subject": { "common_name": "n" } })).is_err());
    assert!(
        serde_json::from_value::<StampRequest>(json!({
        "credential": "c", "hashes": [], "hash_algorithm": "o", "sign_algorithm": "o",
        "documents": [{ "symbl": "QĐ" }] }))
        .is_err()
    );
    assert!(serde_json::from_value::<AuditQuery>(json!({ "evnt": "x" })).is_err());
}

#[test]
fn unknown_words_are_refused() {
    let role = |word: &str| json!({ "person": "p", "role": word, "otp": "123456" });
    assert!(serde_json::from_value::<NewRole>(role("records_clerk")).is_ok());
    assert!(serde_json::from_value::<NewRole>(role("admin")).is_err());
}

#[test]
fn grants_are_narrow_unless_said_otherwise() {
    let grant: NewGrant = serde_json::from_value(json!({ "agency": "a", "otp": "1" })).unwrap();
    assert!(!grant.explicit && !grant.raw_hash);
}

#[test]
fn no_password_shows() {
    let session: NewSession =
        serde_json::from_value(json!({ "login": "a", "password": "canary", "otp": "canary" }))
            .unwrap();
    assert!(!format!("{session:?}").contains("canary"));
}

#[test]
fn a_pending_change_has_the_shape_of_the_202() {
    let body = json!({ "change": { "id": "i", "kind": "role.grant", "summary": "s",
                                   "proposed_by": "p", "expires_at": "2026-11-23T05:00:00Z" } });
    let reply: PendingReply = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(serde_json::to_value(reply).unwrap(), body);
}

#[test]
fn a_token_form_is_read_with_members_missing_or_unknown() {
    let form: TokenRequest = serde_json::from_value(json!({
        "grant_type": "client_credentials", "client_assertion_type": JWT_BEARER,
        "client_assertion": "x.y.z", "audience": "unknown" }))
    .unwrap();
    assert_eq!(form.grant_type.as_deref(), Some("client_credentials"));
    assert_eq!(
        form.client.client_assertion_type.as_deref(),
        Some(JWT_BEARER)
    );
    assert!(
        serde_json::from_value::<TokenRequest>(json!({}))
            .unwrap()
            .grant_type
            .is_none()
    );
}
