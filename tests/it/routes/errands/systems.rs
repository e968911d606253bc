//! Clients, and stamps within a clerk's session.

use std::time::Duration;

use kyso_core::{Clock, SystemClock};
use kyso_tests::assertion::ClientKey;
use serde_json::{Value, json};

use super::{Errands, id_of};
use crate::desk::{RSA_SHA256, SHA256, hash};

pub(super) fn life_of_a_client(errands: &Errands<'_>) {
    let seal = &errands.world.province().credentials.seal;
    let key = || ClientKey::generate().unwrap().public_pem();
    let wanted = json!({"client_id": "cong-dvc", "name": "Cổng dịch vụ công",
        "auth_method": "private_key_jwt", "key": key()});
    errands.manage("POST /clients", &[], "client.registered", &wanted);
    let client = errands.id_found("/clients", "client_id", "cong-dvc");
    errands.agree(
        "POST /clients/{id}/keys",
        &[&client],
        &json!({"key": key()}),
    );
    let added = errands.last("client.key_added").pop().unwrap();
    let added = added.entry["object"].as_str().unwrap();
    let (route, event) = ("DELETE /clients/{id}/keys/{key}", "client.key_revoked");
    errands.manage(route, &[&client, added], event, &Value::Null);
    let granted = json!({"credential": seal});
    errands.agree("POST /clients/{id}/grants", &[&client], &granted);
    let granted = errands.found("/clients", "client_id", "cong-dvc");
    let grant = granted["grants"][0]["id"].as_str().unwrap();
    let (route, event) = (
        "DELETE /clients/{id}/grants/{grant}",
        "client.grant_revoked",
    );
    errands.manage(route, &[&client, grant], event, &Value::Null);
    let origin = json!({"origin": "https://dvc.example.gov.vn"});
    let (route, event) = ("PUT /clients/{id}/callback", "client.callback_set");
    errands.manage(route, &[&client], event, &origin);
    let (route, event) = ("DELETE /clients/{id}/callback", "client.callback_removed");
    errands.manage(route, &[&client], event, &Value::Null);
    let (route, event) = ("POST /clients/{id}/disable", "client.disabled");
    errands.manage(route, &[&client], event, &json!({}));
}

pub(super) fn stamps(errands: &Errands<'_>) {
    let province = errands.world.province();
    let (seal, clerk) = (&province.credentials.seal, &province.clerk);
    let token = clerk.token_with_otp().unwrap();
    let until = SystemClock.now().after(Duration::from_mins(10));
    let wanted = json!({"client": province.document_system.id, "credential": seal, "limit": 4,
        "purposes": ["PHAT_HANH"], "until": until.to_string(),
        "otp": clerk.authenticator.code().unwrap()});
    let (open, opened) = ("POST /stamping-sessions", "session.opened");
    let session = errands.run(&token, open, &[], opened, &wanted);
    let system = province.document_system.token(&province.office).unwrap();
    let stamp = json!({"credential": seal, "hashes": [hash("x")],
        "hash_algorithm": SHA256, "sign_algorithm": RSA_SHA256,
        "documents": [{"label": "x", "purpose": "PHAT_HANH", "secrecy": "thường"}]});
    errands.run(&system, "POST /stamps", &[], "signature.intent", &stamp);
    let built = json!({"credential": seal, "hash_algorithm": SHA256, "sign_algorithm": RSA_SHA256,
        "documents": [{"format": "cades", "digest": hash("x"),
            "document": {"label": "x", "purpose": "PHAT_HANH", "secrecy": "thường"}}]});
    let (sign, intent) = ("POST /signatures", "signature.intent");
    errands.run(&system, sign, &[], intent, &built);
    let sealed = crate::sealing::body(errands.world, seal);
    errands.run(&system, "POST /seals", &[], "signature.intent", &sealed);
    let read = id_of(&session);
    let read = format!("/stamping-sessions/{read}/signatures");
    let stamped = errands.call(&token, "GET", &read, &Value::Null);
    assert_eq!(stamped.status, 200, "{}", stamped.text());
    let (close, closed) = ("POST /stamping-sessions/{id}/close", "session.closed");
    errands.run(&token, close, &[&id_of(&session)], closed, &json!({}));
}
